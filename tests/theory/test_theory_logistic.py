"""Logistic theory against 150-digit arithmetic, simulation and numerical integration."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from swept import slow

from lab.objectives import OneHotLogistic
from lab.objectives.instances import Instance, many_logits, two_logits
from lab.optimizers import DiagonalGN, SignSGD
from lab.simulation import simulate
from lab.theory import logistic
from lab.theory.logistic import (
    METHODS,
    POWERS,
    constant_step_bound,
    learning_rates,
    residual,
    separable_flow,
    stability_threshold,
    two_cycle_partner,
)


def mp_residual(z, power, q):
    with mpmath.workdps(150):
        sig = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        return (sig * (1 - sig)) ** mpmath.mpf(power) * (sig - mpmath.mpf(q))


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0, -0.7])
def test_residual_in_many_digits(power):
    for q in (0.5, 0.2, 1.0, 0.0):
        for z in (-90.0, -3.0, 0.7, 5.0, 90.0):
            assert residual(z, power, q) == pytest.approx(
                float(mp_residual(z, power, q)), rel=1e-13
            )


def test_residual_far_out():
    """No NaN where S overflows or its factors do: e^900 is inf, and GD's residual stays 1/2."""
    assert residual(900.0, -1.0) == np.inf
    assert residual(-900.0, -1.0) == -np.inf
    assert residual(900.0, -0.5) == pytest.approx(np.exp(450.0) / 2)
    assert residual(1e6, 0.0) == 0.5
    assert residual(-1e6, -1.0, 0.0) == pytest.approx(
        1.0
    )  # q = 0: (sig - 0) / (sig (1 - sig)) -> 1


@pytest.mark.parametrize("q", [0.5, 0.7, 0.05, 0.99])
def test_two_cycle_partner_has_the_opposite_residual(q):
    z = np.linspace(-20, 20, 41)
    for power in (-1.0, -0.5):
        partner = two_cycle_partner(z, power, q)
        s = residual(z, power, q)
        np.testing.assert_allclose(residual(partner, power, q), -s, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(two_cycle_partner(z, -0.3), -z, rtol=1e-15, atol=1e-15)


def ends_near(f, power, lr, start, *, steps=3000):
    """Largest distance of a logit from its optimum after a run."""
    last = simulate(
        f,
        DiagonalGN(lr, power=power),
        start / f.a,
        steps=steps,
        every=steps,
        record={"z": lambda x: f.a * x},
    )["z"][-1]
    return np.abs(last - np.log(f.q / (1 - f.q))).max(-1)


@pytest.mark.parametrize(
    ("power", "q"),
    [(-1.0, 0.5), (-0.5, 0.5), (0.0, 0.5), (-0.2, 0.5), (-1.0, 0.7), (-0.5, 0.7), (-1.0, 0.95)],
)
@pytest.mark.parametrize("offset", [5.0, -0.4, *slow(-4.0, 1.0)])
def test_stability_threshold_separates_convergence(power, q, offset):
    """1 % below it converges, 1 % above it does not: through the 2-cycle, or because the optimum
    itself is unstable."""
    f = OneHotLogistic(np.array([0.7, 0.3]), q, np.array([1.5, 0.8]))
    z = np.log(q / (1 - q)) + offset * np.array([1.0, 0.9])
    threshold = stability_threshold(z, power=power, q=q, weight=f.pi * f.a**2)
    below, above = ends_near(f, power, np.array([0.99, 1.01]) * threshold, z)
    assert below < 1e-8
    assert not above < 1e-3


def test_stability_threshold_closed_forms():
    c = np.sqrt(0.3)
    for m in (0.5, 3.0, 10.0):
        assert stability_threshold(m, power=-1.0, weight=0.3) == pytest.approx(
            2 * m / np.sinh(m), rel=1e-12
        )
        assert stability_threshold(m, power=-0.5, weight=0.3) == pytest.approx(
            2 * m / (c * np.sinh(m / 2)), rel=1e-12
        )
        assert stability_threshold(m, power=0.0, weight=0.3) == pytest.approx(8 / 0.3, rel=1e-12)
    assert stability_threshold(0.0, power=-1.0) == 2.0
    # sinh(8) to some eps, of which |z| = 8 in the exponent is the largest part
    assert stability_threshold([1.0, 8.0], power=-1.0) == pytest.approx(
        stability_threshold(-8.0, power=-1.0), rel=1e-14
    )


def test_the_mirror_formula_is_not_the_threshold():
    """q = 0.7, four above and below the optimum: 0.23341 and 0.42945, where mirroring says 0.212
    and 0.477."""
    optimum = np.log(0.7 / 0.3)
    assert stability_threshold(optimum + 4, power=-1.0, q=0.7) == pytest.approx(0.233414, abs=1e-6)
    assert stability_threshold(optimum - 4, power=-1.0, q=0.7) == pytest.approx(0.429446, abs=1e-6)
    for sign, mirror in ((4, 0.212), (-4, 0.477)):
        assert 2 * sign / residual(optimum + sign, -1.0, 0.7) == pytest.approx(mirror, abs=5e-4)


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0, *slow(-0.15)])
@pytest.mark.parametrize(
    ("large", "small", "spread"),
    [(8.0, 1.0, 100.0), (4.0, 3.0, 1000.0), *slow((6.0, 0.5, 3.0))],
)
def test_no_constant_step_beats_the_bound(power, large, small, spread):
    instance = two_logits(large, small, spread)
    weight = instance.objective.pi
    lr = stability_threshold(instance.theta, power=power, weight=weight) * (
        1 - np.geomspace(1e-6, 0.9, 300)
    )
    run = simulate(
        instance.objective,
        DiagonalGN(lr, power=power),
        instance.theta,
        steps=3000,
        record={"z": lambda x: np.abs(x).max(-1)},
    )
    assert run.steps_to(0.1, "z").min() >= constant_step_bound(
        instance.theta, power=power, accuracy=0.1, weight=weight
    )


def test_constant_step_bound_exceeds_the_simple_form():
    """(1/x - 1) log(m / accuracy), with 1/x as in the docstring: 179.7, 73.0, 112.8 on the
    two-logit instance."""
    m = 8.0
    small = 1.0
    spread = 100.0
    inverse = {
        "GN^-1": small * np.sinh(m) / (2 * m * np.sinh(small)),
        "GN^-1/2": np.sqrt(spread) * small * np.sinh(m / 2) / (2 * m * np.sinh(small / 2)),
        "GD": spread / 2,
    }
    for method, reciprocal in inverse.items():
        bound = constant_step_bound(
            [m, small],
            power=POWERS[method],
            accuracy=0.1,
            weight=np.array([spread, 1.0]) / (spread + 1),
        )
        x = 1 / reciprocal
        assert bound == pytest.approx(np.log(10) / -np.log(1 - x), rel=1e-10)
        assert bound >= (reciprocal - 1) * np.log(10)
    assert constant_step_bound([8.0], power=-1.0, accuracy=0.1) == 0.0
    assert constant_step_bound([8.0, 0.05], power=-1.0, accuracy=0.1) == 0.0


def steps(instance, method, lr):
    optimizer = SignSGD(lr) if method == "sign" else DiagonalGN(lr, power=POWERS[method])
    f = instance.objective
    record = {"z": lambda x: np.abs(instance.objective.a * x).max(-1)}
    return simulate(f, optimizer, instance.theta, steps=400, record=record).steps_to(0.1, "z")


def test_learning_rates_of_the_two_logit_instance():
    instance = two_logits()
    tuned = {
        method: steps(instance, method, learning_rates(instance, method)).min()
        for method in METHODS
    }
    assert tuned == {"GN^-1": 216, "GN^-1/2": 77, "GD": 117, "sign": 41}


def test_learning_rates_are_geometric_up_to_the_threshold():
    instance = many_logits(5, 6.0, 10.0)
    pi = instance.objective.pi
    tops = {
        "GN^-1": 12 / np.sinh(6),
        "GN^-1/2": 12 / (np.sqrt(pi[0]) * np.sinh(3)),
        "GD": 8 / pi[0],
    }
    for method, top in tops.items():
        lr = learning_rates(instance, method, points=11, decades=1)
        np.testing.assert_allclose(lr, 0.996 * top * 10 ** np.linspace(-1, 0, 11), rtol=1e-12)
    assert learning_rates(instance, "sign")[-1] == pytest.approx(6 / 31)


def test_learning_rates_for_features_of_another_scale():
    """theta -> theta / 2, a -> 2 a: the same logits, so the same step counts."""
    plain = two_logits()
    scaled = Instance(OneHotLogistic(np.array([100.0, 1.0]), a=2.0), plain.theta / 2, plain.active)
    for method in METHODS:
        counts = [
            steps(instance, method, learning_rates(instance, method)).min()
            for instance in (plain, scaled)
        ]
        assert counts[0] == counts[1]


@pytest.mark.parametrize("method", METHODS)
def test_separable_flow_integrates(method):
    """dz/dt = weight^(1+p) (sig (1 - sig))^p (1 - sig), integrated; 1e-11 per step over some
    hundred steps."""

    def rate(_, z):
        miss = 1 / (1 + np.exp(z))
        if method == "sign":
            return np.ones(1)
        return 0.4 ** (1 + POWERS[method]) * (miss * (1 - miss)) ** POWERS[method] * miss

    t = np.linspace(0, 20, 9)
    path = solve_ivp(rate, (0, 20), [-0.8], "DOP853", t, rtol=1e-11, atol=1e-11).y[0]
    np.testing.assert_allclose(
        separable_flow(t, method, start=-0.8, weight=0.4), path, rtol=1e-8, atol=1e-8
    )


def test_separable_flow_late():
    """Where e^t overflows: t = 1e4."""
    assert separable_flow(1e4, "GN^-1") == pytest.approx(1e4 + np.log(2), rel=1e-15)
    z = separable_flow(1e4, "GD")
    assert z + np.exp(z) == pytest.approx(1e4 + 1, rel=1e-12)
    assert separable_flow(40.0, "GN^-1/2") == pytest.approx(6.0890, abs=5e-5)
    assert [separable_flow(0.0, method, start=0.3) for method in METHODS] == pytest.approx(
        [0.3] * 4, abs=1e-15
    )


TWO_Q = Instance(OneHotLogistic(np.ones(2), np.array([0.2, 0.5])), np.ones(2), np.ones(2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: stability_threshold(800.0, power=-1.0), "z reaches 800"),
        (lambda: stability_threshold(1.0, power=-2.0), "power = -2"),
        (lambda: stability_threshold(1.0, power=-0.3, q=0.4), "q = 1/2, or power -1 or -1/2"),
        (lambda: stability_threshold(1.0, power=-1.0, q=1.0), "q = 1"),
        (lambda: stability_threshold(1.0, power=-1.0, weight=0.0), "weight = 0"),
        (lambda: two_cycle_partner(np.inf, -1.0), "z = inf"),
        (lambda: constant_step_bound(1.0, power=-1.0, accuracy=0.0), "accuracy = 0"),
        (lambda: learning_rates(two_logits(), "Adam"), "method = 'Adam'"),
        (lambda: learning_rates(two_logits(), "GD", points=1), "points = 1"),
        (lambda: learning_rates(TWO_Q, "GD"), "2 values"),
        (lambda: separable_flow(-1.0, "GD"), "t = -1"),
        (lambda: separable_flow(1.0, "gd"), "method = 'gd'"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_every_public_function_is_tested():
    """A new function of the module must be imported here."""
    public = {
        name
        for name, value in vars(logistic).items()
        if getattr(value, "__module__", "") == logistic.__name__
    }
    assert {name for name in public if not name.startswith("_")} <= set(globals())

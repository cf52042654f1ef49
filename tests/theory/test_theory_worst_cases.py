"""Worst-case rates and the functions that attain them, against printed constants and written-out
derivations."""

import math

import numpy as np
import pytest
from examples import objectives, spd

from lab.objectives import Huber, MaxCoordinate, PiecewiseQuadratic, Quadratic
from lab.objectives.worst_case import (
    lessard_recht_packard,
    worst_huber_for_gap,
    worst_huber_for_gradient,
    worst_nonconvex,
    worst_nonsmooth,
)
from lab.optimizers import OGM, SGD, AcceleratedGradient, ExactLineSearch, SignSGD, subgradient_lr
from lab.simulation import simulate
from lab.theory import worst_cases as worst

RTOL = 1e-9


def end(f, optimizer, theta, steps):
    return float(simulate(f, optimizer, theta, steps=steps)["loss"][-1])


# --- rates attained, away from L = R = 1


@pytest.mark.parametrize("steps", [1, 2, 4, 11])
@pytest.mark.parametrize("h", [0.3, 1.0, 1.5, 1.9])
def test_gd_on_its_worst_functions(steps, h):
    smoothness = 3.0
    radius = 2.0
    theta = np.array([2.0])
    method = SGD(h / smoothness)
    quadratic = Quadratic(np.array([[smoothness]]))
    gaps = [
        end(f, method, theta, steps)
        for f in (worst_huber_for_gap(steps * h, smoothness, radius), quadratic)
    ]
    assert max(gaps) == pytest.approx(worst.gd_gap(steps, h, smoothness, radius), rel=RTOL)
    kink = worst_huber_for_gradient(steps * h, smoothness, radius)
    for f, share in ((kink, steps * h + 1), (quadratic, None)):
        g = abs(f.grad(simulate(f, method, theta, steps=steps).final)[0])
        gap = f.loss(theta)
        assert g <= worst.gd_gradient_from_distance(steps, h, smoothness, radius) * (1 + RTOL)
        assert g**2 <= worst.gd_gradient_from_gap(steps, h, smoothness, gap) * (1 + RTOL)
        if share:
            assert g == pytest.approx(smoothness * radius / share, rel=RTOL)


def test_printed_constants():
    assert worst.gd_gap(4) == pytest.approx(1 / 18)
    np.testing.assert_allclose(
        [worst.ogm_gap(n) for n in (1, 2, 5)], [0.125, 0.06189418, 0.01858814], atol=5e-9
    )
    np.testing.assert_allclose(
        worst.nesterov_gap(np.array([1, 2, 5])), [1 / 6, 0.1, 1 / 28], rtol=1e-15
    )
    np.testing.assert_allclose(
        worst.subgradient_gap(np.array([3, 6])), [0.5, 0.37796447], atol=5e-9
    )
    assert worst.line_search_contraction(1.0, 10.0) == pytest.approx(0.66942149, abs=5e-9)
    assert worst.gd_nonconvex(2) == pytest.approx(0.5)
    assert worst.gd_contraction(1.0, 10.0, 2 / 11) == pytest.approx(9 / 11)


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_accelerated_methods_on_their_worst_functions(steps):
    smoothness = 3.0
    theta = np.array([2.0])
    f = worst_huber_for_gap(worst.ogm_travel(steps), smoothness, 2.0)
    assert end(f, OGM(1 / smoothness, steps), theta, steps) == pytest.approx(
        worst.ogm_gap(steps, smoothness, 2.0), rel=RTOL
    )
    f = worst_huber_for_gap(worst.nesterov_travel(steps), smoothness, 2.0)
    y = simulate(f, AcceleratedGradient(1 / smoothness), theta, steps=steps - 1).final
    assert f.loss(y - f.grad(y) / smoothness) == pytest.approx(
        worst.nesterov_gap(steps, smoothness, 2.0), rel=RTOL
    )


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_nonconvex_and_nonsmooth_worst_functions(steps):
    f, theta = worst_nonconvex(steps, 3.0, 0.7)
    x = simulate(f, SGD(1 / 3), theta, steps=steps, record={"x": lambda x: x})["x"]
    np.testing.assert_allclose(np.abs(f.grad(x)), 0.7, rtol=RTOL)
    assert worst.gd_nonconvex(steps, 3.0, f.loss(theta)) == pytest.approx(0.49, rel=RTOL)
    f = worst_nonsmooth(steps, 3.0, 2.0)
    best = simulate(f, SGD(subgradient_lr(2.0, 3.0, steps)), np.zeros(steps + 1), steps=steps)[
        "loss"
    ].min()
    assert best - f.lowest == pytest.approx(worst.subgradient_gap(steps, 3.0, 2.0), rel=RTOL)


def test_line_search_attains_its_rate_at_every_step():
    f = Quadratic(np.diag([0.5, 7.0]))
    loss = simulate(f, ExactLineSearch(SGD(1.0)), np.array([2.0, 1 / 7]), steps=8)["loss"]
    np.testing.assert_allclose(
        loss[1:] / loss[:-1], worst.line_search_contraction(0.5, 7.0), rtol=RTOL
    )


# --- sign descent


def test_sign_descent_on_a_diagonal_quadratic():
    lam = np.array([2.0, 0.5, 0.1])
    theta = np.array([3.0, -4.0, 5.0])
    f = Quadratic(np.diag(lam))
    loss = simulate(f, SignSGD(0.3), theta, steps=1)["loss"]
    assert loss[0] - loss[1] == pytest.approx(
        worst.sign_decrease(6.0 + 2.0 + 0.5, 0.3, 2.6), rel=1e-12
    )
    assert worst.sign_rate(8, 2.0, 9.0) == pytest.approx(math.sqrt(4.5))


def test_max_norm_smoothness():
    h = spd(5)
    signs = [[(-1) ** (k >> i & 1) for i in range(5)] for k in range(32)]
    assert worst.max_norm_smoothness(h) == pytest.approx(
        max(np.array(s) @ h @ np.array(s) for s in signs), rel=1e-14
    )
    assert np.trace(h) <= worst.max_norm_smoothness(h) <= np.abs(h).sum()


# --- the objectives themselves


def test_examples_have_points_on_every_piece():
    """The contracts of test_objectives would not see a wrong outer piece otherwise."""
    theta = np.random.default_rng(9).standard_normal((6, 6))
    huber = objectives()["Huber"]
    outer = objectives()["MaxCoordinate"]
    assert len(set(np.linalg.norm(theta, axis=-1) > huber.delta)) == 2
    assert len(set(np.linalg.norm(theta, axis=-1) - outer.offset > theta.max(-1))) == 2


def test_huber_by_hand():
    f = Huber(2.0, 0.5, 2)
    np.testing.assert_allclose(
        f.loss(np.array([[0.3, 0.0], [0.0, -0.5], [3.0, 4.0], [0.0, 0.0]])),
        [0.09, 0.25, 5 - 0.25, 0.0],
    )
    np.testing.assert_allclose(f.grad(np.array([3.0, 4.0])), [0.6, 0.8])


def test_piecewise_quadratic_is_the_double_integral():
    f = PiecewiseQuadratic(np.array([-2.0, -0.5, 1.0]), np.array([3.0, -1.0, 2.0, 0.5]))
    x = np.linspace(-4, 4, 8001)
    second = np.select([x < -2, x < -0.5, x < 1], [3.0, -1.0, 2.0], 0.5)
    first = np.concatenate([[0], np.cumsum((second[1:] + second[:-1]) / 2)]) * 1e-3
    first -= first[4000]
    value = np.concatenate([[0], np.cumsum((first[1:] + first[:-1]) / 2)]) * 1e-3
    np.testing.assert_allclose(f.grad(x[:, None])[:, 0], first, atol=1e-2)
    np.testing.assert_allclose(f.loss(x[:, None]), value - value[4000], atol=2e-2)
    np.testing.assert_allclose(
        f.hessian(np.array([[-3.0], [-1.0], [0.2], [7.0]])).diag()[:, 0], [3.0, -1.0, 2.0, 0.5]
    )


def test_max_coordinate_minimum():
    f = MaxCoordinate(2.0, 1.5, 4)
    minimiser = np.full(4, -1.5 / (1 + 2))
    assert f.loss(minimiser) == pytest.approx(f.lowest, rel=1e-14)
    nearby = minimiser + 1e-3 * np.random.default_rng(0).standard_normal((500, 4))
    assert (f.loss(nearby) >= f.lowest).all()
    np.testing.assert_array_equal(f.grad(np.zeros(4)), [2.0, 0, 0, 0])
    assert f.loss(np.zeros(4)) == 0.0


def test_lessard_recht_packard_slope():
    x = np.array([-2.0, 0.5, 1.5, 3.0])
    np.testing.assert_allclose(
        lessard_recht_packard().grad(x[:, None])[:, 0], [-50.0, 12.5, 25.5, 51.0], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: Huber(0.0, 1.0), "smoothness = 0: must be > 0"),
        (lambda: Huber(1.0, -1.0), "delta = -1: must be > 0"),
        (lambda: Huber(1.0, 1.0, 0), "dims = 0: must be an integer >= 1"),
        (lambda: PiecewiseQuadratic(np.array([1.0, 1.0]), np.ones(3)), "must increase"),
        (
            lambda: PiecewiseQuadratic(np.array([1.0]), np.ones(3)),
            "curvatures has 3 entries: must have 2",
        ),
        (lambda: MaxCoordinate(0.0, 1.0), "lipschitz = 0: must be > 0"),
        (lambda: MaxCoordinate(1.0, -1.0), "offset = -1: must be >= 0"),
        (lambda: worst_nonconvex(0), "steps = 0: must be an integer >= 1"),
        (lambda: worst.ogm_factor(0), "steps = 0: must be an integer >= 1"),
    ],
)
def test_bad_input(call, says):
    with pytest.raises(ValueError, match=says):
        call()

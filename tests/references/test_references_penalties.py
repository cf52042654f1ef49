"""Penalties on p and z, penalties on the gradient, and sharpness-aware steps against naive versions
that share no code with the lab."""

import math

import numpy as np
import pytest
from examples import spd
from scipy.optimize import minimize_scalar
from test_references import GRADIENTS, START

from lab.maps import Linear
from lab.objectives import Logistic, Quadratic
from lab.optimizers import (
    L1,
    L2,
    LQ,
    SAM,
    SGD,
    AdaGrad,
    Adam,
    DiagonalGN,
    ElasticNet,
    GradientPenalty,
    InVariables,
    Muon,
    Regularized,
)
from lab.simulation import replay, simulate

H = spd(4)
B = [0.3, -1.0, 0.5, 2.0]
POWERS = (1.01, 1.2, 4 / 3, 1.5, 2.0, 3.0, 8.0)


def sign(x):
    return (x > 0) - (x < 0)


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-11, atol=1e-12)


# --- proximal steps: closed forms, and the minimum itself


def closed(q, y, t):
    """argmin_u>=0 (u - y)^2 / 2 + t u^q / q."""
    root = math.sqrt(t / 3)
    return {
        4 / 3: lambda: (2 * root * math.sinh(math.asinh(y / (2 * root**3)) / 3)) ** 3,
        1.5: lambda: (2 * y / (t + math.sqrt(t * t + 4 * y))) ** 2,
        2.0: lambda: y / (1 + t),
        3.0: lambda: 2 * y / (1 + math.sqrt(1 + 4 * t * y)),
    }[q]()


@pytest.mark.parametrize("q", [4 / 3, 1.5, 2.0, 3.0])
def test_closed_proximal_steps(q):
    """rtol 1e-9: the closed form for 4/3 takes sinh(asinh(.) / 3) at arguments of 1e9."""
    for y in (1e-3, 0.3, 5.0, 1e3):
        for t in (1e-3, 0.7, 40.0):
            found = LQ(t, q).prox(np.array([y, -y, 0.0]), 1.0)
            expected = closed(q, y, t)
            np.testing.assert_allclose(found, [expected, -expected, 0.0], rtol=1e-9)


@pytest.mark.parametrize("q", POWERS)
def test_every_proximal_step_solves_its_equation(q):
    """x + rate weight D^(q/2 - 1) x^(q - 1) = y, of what is not so small that it is rounded."""
    y = np.geomspace(1e-3, 1e3, 25)
    d = np.geomspace(1e2, 1e-2, 25)
    x = LQ(0.6, q).prox(y, 0.5, d)
    np.testing.assert_allclose(x + 0.3 * d ** (q / 2 - 1) * x ** (q - 1), y, rtol=1e-12)
    assert (x > 0).all()


@pytest.mark.parametrize(
    "penalty",
    [L1(0.4), L2(0.4), LQ(0.4, 1.5), ElasticNet(0.2, 0.7)],
    ids=lambda p: type(p).__name__,
)
def test_proximal_steps_minimise(penalty):
    """rate R(x) + (x - y)^2 / 2 by golden section, to the root of precision."""
    for y in (-2.0, -0.1, 0.05, 0.7):

        def lagrangian(x, y=y):
            return 0.5 * penalty.value(np.array([x])) + (x - y) ** 2 / 2

        lowest = minimize_scalar(lagrangian, bracket=(-3.0, 3.0), tol=1e-10)
        assert abs(penalty.prox(np.array([y]), 0.5)[0] - lowest.x) <= 1e-6


def test_gradients_are_those_of_the_values():
    """Central differences of width 1e-6 away from 0."""
    x = np.array([0.7, -1.3, 0.2])
    for penalty in (L1(0.4), LQ(0.4, 1.5), LQ(0.3, 3.0), ElasticNet(0.2, 0.7)):
        steps = 1e-6 * np.eye(3)
        slopes = [(penalty.value(x + e) - penalty.value(x - e)) / 2e-6 for e in steps]
        np.testing.assert_allclose(penalty.gradient(x), slopes, rtol=1e-8)


# --- steps, by loops


def adam_step(k, moments, t, g):
    """The step and the divisor of Adam(0.07, 0.5, 0.8, eps = 0.1) in coordinate k."""
    moments[k][0] = 0.5 * moments[k][0] + 0.5 * g
    moments[k][1] = 0.8 * moments[k][1] + 0.2 * g * g
    d = math.sqrt(moments[k][1] / (1 - 0.8**t)) + 0.1
    return -0.07 * moments[k][0] / (1 - 0.5**t) / d, d


def soft(x, threshold):
    return sign(x) * max(abs(x) - threshold, 0.0)


STEPS = {
    "L1, z, prox": (
        {"penalty": L1(0.6), "on": "z", "form": "prox"},
        lambda x, delta, d: soft(x + delta, 0.07 * 0.6 / math.sqrt(d)),
    ),
    "L1, z, before": (
        {"penalty": L1(0.6), "on": "z"},
        lambda x, delta, d: x + delta - 0.07 * 0.6 / math.sqrt(d) * sign(x),
    ),
    "L1, p, prox": (
        {"penalty": L1(0.6), "on": "p", "form": "prox"},
        lambda x, delta, d: soft(x + delta, 0.07 * 0.6 / d),
    ),
    "LQ, z, after": (
        {"penalty": LQ(0.6, 3.0), "on": "z", "form": "after"},
        lambda x, delta, d: x + delta - 0.042 * math.sqrt(d) * (x + delta) * abs(x + delta),
    ),
    "elastic net, z, prox": (
        {"penalty": ElasticNet(0.6, 0.9), "on": "z", "form": "prox"},
        lambda x, delta, d: soft(x + delta, 0.042 / math.sqrt(d)) / (1 + 0.063),
    ),
    "elastic net, p, prox": (
        {"penalty": ElasticNet(0.6, 0.9), "on": "p", "form": "prox"},
        lambda x, delta, d: soft(x + delta, 0.042 / d) / (1 + 0.063 / d),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_penalties_beside_adam(name):
    how, moved = STEPS[name]
    path = replay(
        Regularized(Adam(0.07, 0.5, 0.8, 0.1), **how), np.array(START), np.array(GRADIENTS)
    )
    moments = [[0.0, 0.0] for _ in START]
    expected = [list(START)]
    for t, g in enumerate(GRADIENTS, 1):
        point = []
        for k, x in enumerate(expected[-1]):
            delta, d = adam_step(k, moments, t, g[k])
            point.append(moved(x, delta, d))
        expected.append(point)
    close(path, expected)


def test_a_coordinate_that_never_moved_is_left_alone():
    """D = 0 with eps = 0: P is infinite, and the penalty does nothing there."""
    gradients = np.array([[0.0, 1.0]] * 3)
    optimizer = Regularized(AdaGrad(0.1, 0.0), L1(0.5), on="z", form="prox")
    path = replay(optimizer, np.array([0.4, 0.4]), gradients)
    assert (path[:, 0] == 0.4).all()
    assert (np.diff(path[:, 1]) < 0).all()


@pytest.mark.parametrize("q", [1.2, 4 / 3, 1.5, 2.0, 3.0])
@pytest.mark.parametrize("form", ["before", "prox"])
def test_on_z_is_on_p_in_the_variables_of_the_method(q, form):
    """DiagonalGN on a quadratic has P = diag(H)^(-1/2) for ever: the penalty on z is that of
    gradient descent in z = P^-1 theta."""
    p = np.diag(H) ** -0.5
    f, theta = Quadratic(H, linear=B), np.array(START)
    beside = Regularized(DiagonalGN(0.3, power=-1.0), LQ(0.4, q), on="z", form=form)
    inside = Regularized(SGD(0.3), LQ(0.4, q), on="p", form=form)
    moved = simulate(f, InVariables(Linear(np.diag(p)), inside), theta, steps=9).final
    close(simulate(f, beside, theta, steps=9).final, moved)


def test_a_metric_that_is_not_diagonal_is_refused():
    refused = Regularized(Muon(0.1), L1(0.1), on="z")
    with pytest.raises(TypeError, match=r"type L1, on = 'z', .* needs a method with a diagonal"):
        simulate(Quadratic(H), refused, np.ones(4), steps=1)


def test_a_curved_penalty_has_no_shift():
    with pytest.raises(TypeError, match=r"LQ.q = 1.5: its Hessian is no multiple of I; use L2"):
        _ = LQ(0.1, 1.5).shift


# --- penalties on the gradient


def gradient(x):
    return [sum(H[i][j] * x[j] for j in range(4)) - B[i] for i in range(4)]


def times(v):
    return [sum(H[i][j] * v[j] for j in range(4)) for i in range(4)]


@pytest.mark.parametrize("distance", [None, 1e-3, 7.0])
@pytest.mark.parametrize("on", ["p", "z"])
def test_gradient_penalty(on, distance):
    """By loops; on a quadratic one extra gradient is the product with the Hessian, at any distance.

    rtol 1e-10: 1e-3 divides differences that have lost three digits.
    """
    inner = DiagonalGN(0.3, power=-1.0)
    run = simulate(
        Quadratic(H, linear=B),
        GradientPenalty(inner, 0.4, on=on, distance=distance),
        np.array(START),
        steps=4,
    )
    x = list(START)
    for _ in range(4):
        g = gradient(x)
        v = [g[k] / H[k][k] if on == "z" else g[k] for k in range(4)]
        u = [a + 0.4 * b for a, b in zip(g, times(v), strict=True)]
        x = [x[k] - 0.3 * u[k] / H[k][k] for k in range(4)]
    np.testing.assert_allclose(run.final, x, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("adaptive", [False, True])
def test_sharpness_aware(adaptive):
    run = simulate(Quadratic(H, linear=B), SAM(SGD(0.3), 0.4, adaptive), np.array(START), steps=4)
    x = list(START)
    for _ in range(4):
        g = gradient(x)
        t = [abs(a) if adaptive else 1.0 for a in x]
        length = math.sqrt(sum((t[k] * g[k]) ** 2 for k in range(4)))
        ahead = gradient([x[k] + 0.4 * t[k] ** 2 * g[k] / length for k in range(4)])
        x = [x[k] - 0.3 * ahead[k] for k in range(4)]
    close(run.final, x)


def test_at_a_minimum_sharpness_aware_steps_rest():
    rest = simulate(Quadratic(H), SAM(SGD(0.1)), np.zeros(4), steps=2).final
    assert (rest == 0).all()


def test_one_extra_gradient_is_within_its_bound():
    """|H v - (g(p + d v) - g(p)) / d| <= d M |v|^2 / 2, M of the logistic loss."""
    from lab.theory.gradient_regularization import extra_gradient_error
    from lab.theory.preconditioning import logistic_lipschitz

    rng = np.random.default_rng(3)
    x = rng.standard_normal((9, 4))
    f = Logistic(x, (rng.random(9) > 0.4).astype(float))
    theta = np.array(START)

    def step(distance):
        return simulate(f, GradientPenalty(SGD(1.0), 2.0, distance=distance), theta, steps=1).final

    v = np.linalg.norm(f.grad(theta))
    for d in (0.1, 1.0):
        bound = extra_gradient_error(2.0, d, logistic_lipschitz(x), v)
        error = np.linalg.norm(step(d) - step(None))
        assert 1e-3 * bound < error <= bound

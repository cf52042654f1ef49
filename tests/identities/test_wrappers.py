"""Schedules, bases and line searches against naive versions that share no code with the lab."""

from types import SimpleNamespace

import numpy as np
import pytest
from examples import spd
from references_adam import adam
from scipy.optimize import brentq, minimize_scalar
from test_references import GRADIENTS, START, X, Y

from lab.bases import Orthogonal, random
from lab.maps import Elementwise
from lab.objectives import Logistic, Quadratic, Reparameterised
from lab.optimizers import (
    SGD,
    Backtracking,
    Constant,
    ExactLineSearch,
    Geometric,
    Halving,
    InBasis,
    Linear,
    Scheduled,
    example,
)
from lab.simulation import replay, simulate

SCHEDULES = {
    "Constant": (Constant(), lambda t: 1.0),
    "Linear": (Linear(6.0), lambda t: max(0.0, (6 - t) / 6)),
    "Geometric": (Geometric(0.7), lambda t: 0.7**t),
    "Halving": (Halving(3), lambda t: [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125][t]),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_act_inside_the_velocity(name):
    schedule, factor = SCHEDULES[name]
    path = replay(Scheduled(schedule, example("HeavyBall")), np.array(START), np.array(GRADIENTS))
    expected = [START]
    v = [0.0] * 4
    for t, g in enumerate(GRADIENTS):
        v = [0.6 * v[k] - 0.07 * factor(t) * g[k] for k in range(4)]
        expected.append([x + d for x, d in zip(expected[-1], v, strict=True)])
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-14)


def test_swept_schedules():
    """A schedule's parameter is a sweep like any other."""
    path = replay(
        Scheduled(Geometric(np.array([0.7, 0.4])), example("SGD")),
        np.ones((2, 4)),
        np.array(GRADIENTS),
    )
    for k, ratio in enumerate((0.7, 0.4)):
        alone = replay(Scheduled(Geometric(ratio), example("SGD")), np.ones(4), np.array(GRADIENTS))
        np.testing.assert_allclose(path[:, k], alone, rtol=1e-13)


def test_in_basis():
    """theta = Q z with z moved by the reference on Q^T g, by loops."""
    q = random(4, np.random.default_rng(2)).q

    def turned(x):
        return [sum(q[i][j] * x[i] for i in range(4)) for j in range(4)]

    optimizer = example("Adam")
    gradients = [turned(g) for g in GRADIENTS]
    hyper = SimpleNamespace(**vars(optimizer))
    moved = [list(adam(x, [g[j] for g in gradients], hyper)) for j, x in enumerate(turned(START))]
    z = [turned(START), *zip(*moved, strict=True)]
    expected = [[sum(q[i][j] * point[j] for j in range(4)) for i in range(4)] for point in z]
    path = replay(InBasis(Orthogonal(q), optimizer), np.array(START), np.array(GRADIENTS))
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("lr", [1e-6, 0.3, 1e6])
def test_exact_line_search_on_a_quadratic(lr):
    """a = -g.d / d.Hd, whatever the length of the direction d; 1e-11 = tolerance 1e-12 on the slope
    with a margin for rounding."""
    h = spd(4)
    theta = np.array(START)
    f = Quadratic(h, linear=[0.3, -1.0, 0.5, 2.0])
    for _ in range(4):
        g = h @ theta - f.linear
        d = -g / (np.diag(h) + 0.3)
        moved = simulate(
            f, ExactLineSearch(example("DiagonalGN", power=-1.0, lr=lr)), theta, steps=1
        ).final
        np.testing.assert_allclose(moved, theta - (g @ d) / (d @ h @ d) * d, rtol=1e-11, atol=1e-13)
        theta = moved


@pytest.mark.parametrize("lr", [1e-3, 0.1, 1.0, 1000.0])
def test_exact_line_search_on_logistic_regression(lr):
    """Against SciPy: the zero of the slope by Brent's method (to 1e-10), the minimum by golden
    section (to the root of precision)."""
    f = Logistic(X, (Y > 0).astype(float), ridge=0.02)
    theta = 3 * np.array(START)
    d = -lr * f.grad(theta)
    a = brentq(lambda a: f.grad(theta + a * d) @ d, 0.0, 1e5 / lr, xtol=1e-300, rtol=1e-14)
    moved = simulate(f, ExactLineSearch(SGD(lr)), theta, steps=1).final
    np.testing.assert_allclose(moved, theta + a * d, rtol=1e-10, atol=1e-11)
    golden = minimize_scalar(lambda a: f.loss(theta + a * d), bracket=(0.0, 2 * a), tol=1e-10)
    assert abs(golden.x - a) <= 1e-5 * a


@pytest.mark.parametrize(
    ("shrink", "armijo", "lr"), [(0.5, 1e-4, 40.0), (0.7, 0.4, 5.0), (0.9, 0.6, 100.0)]
)
def test_backtracking(shrink, armijo, lr):
    """The naive loop: shorten until the loss has decreased by armijo times what the slope
    promises."""
    f = Logistic(X, (Y > 0).astype(float), ridge=0.1)
    theta = np.array(START)
    path = simulate(
        f, Backtracking(SGD(lr), shrink, armijo), theta, steps=5, record={"theta": lambda t: t}
    )["theta"]
    lengths = []
    for moved in path[1:]:
        g = f.grad(theta)
        a = 1.0
        while f.loss(theta - a * lr * g) > f.loss(theta) - armijo * a * lr * (g @ g):
            a *= shrink
        theta = theta - a * lr * g
        lengths.append(a)
        np.testing.assert_allclose(moved, theta, rtol=1e-12, atol=1e-13)
    assert min(lengths) < 1


def test_a_direction_that_never_descends():
    """Line searches stay where they are: exactly, or to the rounding of the loss, where
    backtracking can't see the ascent any more."""

    class Ascent:
        needs = frozenset({"grad"})
        vectors = ()
        units = {}

        def init(self, theta):
            return ()

        def step(self, s, oracle, theta):
            return oracle.grad, s

    f = Logistic(X, (Y > 0).astype(float), ridge=0.1)
    theta = np.array(START)
    np.testing.assert_array_equal(
        simulate(f, ExactLineSearch(Ascent()), theta, steps=2).final, theta, err_msg="steps of 0"
    )
    np.testing.assert_allclose(
        simulate(f, Backtracking(Ascent()), theta, steps=2).final, theta, rtol=1e-13
    )


class Counting:
    """A quadratic in sinh(theta) that counts how often its gradient is asked for."""

    def __init__(self):
        self.f = Reparameterised(
            Quadratic(np.eye(1), linear=np.sinh([5.0])),
            Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh),
        )
        self.start, self.loss, self.draw, self.asked = self.f.start, self.f.loss, self.f.draw, 0

    def grad(self, theta, batch=None):
        self.asked += 1
        return self.f.grad(theta, batch)


@pytest.mark.parametrize("lr", [1e-9, 1e-3, 1.0, 1e4])
def test_exact_line_search_where_the_slope_grows_exponentially(lr):
    """The minimum is at theta = 5, whether the first step is far too short, or so long that the
    slope overflows.

    log2 of the misjudgement (30 at most here) by doubling or bisection, and some 10 evaluations
    more; a secant alone needs hundreds.
    """
    f = Counting()
    moved = simulate(f, ExactLineSearch(SGD(lr)), np.array([0.1]), steps=1).final
    np.testing.assert_allclose(moved, 5.0, rtol=1e-10)
    assert f.asked <= 60


def test_exact_line_search_needs_three_gradients_on_a_quadratic():
    """At 0, at 1, at the secant's zero: exact already. Plus one to see that it is."""
    f = Counting()
    f.f = Quadratic(spd(1), linear=[3.0])
    f.loss, f.start, f.draw = f.f.loss, f.f.start, f.f.draw
    simulate(f, ExactLineSearch(SGD(10.0)), np.array([0.1]), steps=1)
    assert f.asked <= 4


def test_line_searches_decide_per_run():
    """Many starts at once equal as many runs alone: a search that is done does not move while
    others go on."""
    f = Logistic(X, (Y > 0).astype(float), ridge=0.1)
    theta = np.random.default_rng(1).standard_normal((20, 4)) * np.geomspace(0.01, 20, 20)[:, None]
    for search in (ExactLineSearch(SGD(30.0)), Backtracking(SGD(30.0), 0.7, 0.3)):
        together = simulate(f, search, theta, steps=3).final
        alone = [simulate(f, search, start, steps=3).final for start in theta]
        np.testing.assert_allclose(together, alone, rtol=1e-9, atol=1e-10)

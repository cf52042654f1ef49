"""The exact line search on generated convex problems: against 40 digits, over the floating range,
and where there is no minimum."""

import mpmath
import numpy as np
import pytest
from files import sampled
from swept import slow

from lab.arrays import Layers
from lab.objectives import OneHotLogistic, Quadratic
from lab.optimizers import SGD, DiagonalGN, ExactLineSearch
from lab.oracle import Asked
from lab.simulation import simulate

EPS = np.finfo(float).eps
TOL = 1e-12


def one_hot(seed):
    """Weights over four decades, logits up to 12 (every fourth to 40), half of them at the largest
    in every third instance."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 61))
    largest = 40.0 if seed % 4 == 0 else rng.uniform(0.1, 12.0)
    z = rng.uniform(-largest, largest, n)
    if seed % 3 == 0:
        z[: n // 2] = largest
    return OneHotLogistic(10 ** rng.uniform(-2, 2, n)), z


def moved(f, inner, theta):
    """theta after one step, and the direction that the inner method gave."""
    d, _ = inner.step(inner.init(theta), Asked(f, theta), theta)
    return simulate(f, ExactLineSearch(inner, TOL), theta, steps=1).final, d


def excess(f, theta, d, found):
    """(loss at `found` - minimum along d, possible decrease), by bisection of the slope in 40
    digits; f is one-hot with q = 1/2."""
    with mpmath.workdps(40):
        p, z, u = (
            [mpmath.mpf(float(x)) for x in values] for values in (f.pi, theta, d / np.abs(d).max())
        )

        def loss(z):
            return mpmath.fsum(
                pi * (mpmath.log(2 * mpmath.cosh(x / 2))) for pi, x in zip(p, z, strict=True)
            )

        def slope(a):
            return mpmath.fsum(
                pi * ui * mpmath.tanh((x + a * ui) / 2) for pi, ui, x in zip(p, u, z, strict=True)
            )

        high = mpmath.mpf(1)
        while slope(high) < 0:
            high *= 2
        low = mpmath.mpf(0)
        for _ in range(400):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) < 0 else (low, middle)
        least = loss([x + low * ui for x, ui in zip(z, u, strict=True)])
        return float(loss([mpmath.mpf(float(x)) for x in found]) - least), float(loss(z) - least)


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0])
@pytest.mark.parametrize("seed", sampled(range(8), every=5))
def test_a_step_is_the_minimum_to_forty_digits(seed, power):
    """Excess loss <= 2 tol times the decrease, and what the rounding of slope and step leaves: of
    the n terms |g_i d_i| of the slope
    each is off by some eps over the length of the step, and each moved z_i by eps max(|z_i|, |moved
    z_i|) times its slope |g_i|."""
    f, z = one_hot(seed)
    found, d = moved(f, DiagonalGN(1.0, power=power), z)
    above, decrease = excess(f, z, d, found)
    slopes = f.pi / 2
    rounding = 8 * len(z) * EPS * (slopes * (np.abs(found - z) + np.abs(z))).sum()
    assert above <= 2 * TOL * decrease + rounding


@pytest.mark.parametrize("seeds", [range(30), *slow(range(30, 100))], ids=["some", "others"])
@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0])
def test_the_loss_of_generated_instances_never_increases(power, seeds):
    """From light weights at large logits to one dimension; rounding is n eps of a loss whose terms
    add up to it.

    On the way logits reach -5000, where the curvature underflows and the direction is infinite. Up
    to M = 12 Gauss-Newton is at the minimum in 20 steps; at M = 40 the method itself, searched
    exactly, needs more.
    """
    for seed in seeds:
        f, z = one_hot(seed)
        loss = simulate(f, ExactLineSearch(DiagonalGN(1.0, power=power)), z, steps=20)["loss"]
        assert (loss[1:] <= loss[:-1] * (1 + 4 * len(z) * EPS)).all(), f"seed {seed}: {loss}"
        if power == -1 and seed % 4:
            assert loss[-1] - np.log(2) <= 1e-6, f"seed {seed}: {loss - np.log(2)}"


@pytest.mark.parametrize(
    ("weights", "start"), [([0.02, 9.33, 19.12], [5.7, 0.6, 0.9]), ([0.5, 0.5], [100.0, 1.0])]
)
def test_where_one_logit_overshoots_by_orders_of_magnitude(weights, start):
    loss = simulate(
        OneHotLogistic(np.array(weights)),
        ExactLineSearch(DiagonalGN(1.0)),
        np.array(start),
        steps=4,
    )["loss"]
    assert loss[-1] - np.log(2) <= 1e-7


@pytest.mark.parametrize("seed", range(40))
def test_quadratics_of_every_scale(seed):
    """Curvature, start and the length of the direction over 1e-25 ... 1e25 each: a = |g|^2 / (lr
    g.Hg).

    The slope at the zero is a difference of terms |g_i|^2 that cancel: n eps of their sum, over the
    curvature g.Hg, moves a by kappa n eps relatively, here 100 n eps = 2e-13 at most.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 11))
    curvature, size, lr = 10 ** rng.uniform(-25, 25, 3)
    h = curvature * np.diag(10 ** rng.uniform(-2, 0, n))
    theta = size * rng.standard_normal(n)
    g = h @ theta
    unit = g / np.abs(g).max()
    expected = theta - (g @ unit) / (unit @ h @ unit) * unit
    found = simulate(Quadratic(h), ExactLineSearch(SGD(lr)), theta, steps=1).final
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11 * np.abs(theta).max())


@pytest.mark.parametrize("exponent", range(-300, 301, 100))
def test_the_minimum_is_found_over_the_floating_range(exponent):
    """|theta - 10^exponent|^(3/2) from 0, with a direction of length one: the slope is no
    polynomial, so no secant is exact."""

    class Power(Quadratic):
        def grad(self, theta, batch=None):
            away = theta / 10.0**exponent - 1
            return np.sign(away) * np.abs(away) ** 0.5

    for lr in (1e-200, 1.0, 1e200):
        found = simulate(Power(np.eye(1)), ExactLineSearch(SGD(lr)), np.zeros(1), steps=1).final
        np.testing.assert_allclose(found, 10.0**exponent, rtol=2 * TOL)


@pytest.mark.parametrize("seed", range(8))
def test_of_two_ends_the_one_nearer_to_the_minimum_is_taken(seed):
    """Along a line of a quadratic the secant is exact, so one end is the minimum, up to rounding;
    the other may be TOL away, which is a thousand times more."""
    rng = np.random.default_rng(seed)
    start = rng.uniform(-1, 1, (200, 1))
    lr = 10 ** rng.uniform(-3, 3, 200)
    found = simulate(Quadratic(np.eye(1)), ExactLineSearch(SGD(lr)), start, steps=1).final
    assert (np.abs(found) <= 8 * EPS * np.abs(start)).all()


class Undefined(Quadratic):
    """f increases away from 0, and beyond 27 its gradient is inf / inf."""

    def grad(self, theta, batch=None):
        with np.errstate(over="ignore", invalid="ignore"):
            grown = np.exp(theta**2)
            return theta * grown / (1 + grown)


def test_a_point_without_a_gradient_is_too_far():
    start = np.array([[20.0], [-3.0], [1e-3]])
    found = simulate(Undefined(np.eye(1)), ExactLineSearch(SGD(1e6)), start, steps=1).final
    assert (np.abs(found) <= 2 * TOL * np.abs(start)).all()


def test_at_the_minimum_nothing_moves():
    for n in (1, 3):
        f = OneHotLogistic(np.ones(n))
        theta = np.zeros((2, n))
        np.testing.assert_array_equal(
            simulate(f, ExactLineSearch(DiagonalGN(1.0)), theta, steps=3).final,
            theta,
            err_msg="nothing was added",
        )


class Wave(Quadratic):
    """f = cos theta: not convex."""

    def grad(self, theta, batch=None):
        return -np.sin(theta)


def test_an_ascent_direction_is_not_followed_to_where_the_loss_turns_down():
    """At 4 f increases, at 7 it falls."""

    class Ahead:
        needs = frozenset({"grad"})
        vectors = ()
        units = {}

        def init(self, theta):
            return ()

        def step(self, s, oracle, theta):
            return np.array([3.0]), s

    theta = np.array([4.0])
    np.testing.assert_array_equal(
        simulate(Wave(np.eye(1)), ExactLineSearch(Ahead()), theta, steps=1).final,
        theta,
        err_msg="nothing was added",
    )


class Linear(Quadratic):
    """f = theta_1 + ... + theta_n, which has no minimum."""

    def grad(self, theta, batch=None):
        return np.ones_like(theta)


def test_a_direction_without_a_minimum_is_refused():
    theta = np.zeros((2, 3))
    with pytest.raises(
        ValueError,
        match=(
            r"ExactLineSearch: the loss has no minimum along the direction of run \[0\]: "
            r"the slope is still -3"
        ),
    ):
        simulate(Linear(np.eye(3)), ExactLineSearch(SGD(0.1)), theta, steps=1)


def test_a_diverged_run_is_data_and_leaves_the_others_alone():
    """A start whose gradient overflows beside one that is fine."""
    f = Quadratic(1e200 * np.eye(2))
    theta = np.array([[1.0, 2.0], [1e200, 1.0]])
    path = simulate(f, ExactLineSearch(SGD(1e-200)), theta, steps=2)
    np.testing.assert_allclose(path.final[0], 0.0, atol=1e-11)
    assert not np.isfinite(path["loss"][-1, 1])


def test_layers_are_searched_as_one_vector():
    """The blocks of Layers move by one common length, that of the vector of all entries."""
    h = np.diag([1.0, 2.0, 5.0, 9.0])

    class Blocks:
        def grad(self, theta, batch=None):
            return Layers([theta[0] * [[1.0, 2.0]], theta[1] * [5.0, 9.0]], theta.orders)

    start = np.array([0.3, -1.0, 0.5, 2.0])
    theta = Layers([start[None, :2], start[2:]])
    search = ExactLineSearch(SGD(0.1))
    delta, _ = search.step(search.init(theta), Asked(Blocks(), theta), theta)
    g = h @ start
    np.testing.assert_allclose(
        np.concatenate([np.ravel(x) for x in delta]), -(g @ g) / (g @ h @ g) * g, rtol=1e-11
    )

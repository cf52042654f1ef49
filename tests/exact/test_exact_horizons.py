"""At horizons no simulation reaches, closed forms equal high-precision arithmetic."""

from itertools import product

import mpmath
import numpy as np
import pytest
from swept import over

from lab.exact import exact
from lab.objectives import Quadratic
from lab.optimizers import SGD, DiagonalGN, HeavyBall, Nesterov, SignSGD

EPS = np.finfo(float).eps


def linear_map(optimizer, lam):
    """The 2x2 map of (theta, memory) on f = lam theta^2 / 2, read off the definition of the method,
    and its start, in 60 digits."""
    lr, lam, beta = (
        mpmath.mpf(optimizer.lr),
        mpmath.mpf(lam),
        mpmath.mpf(getattr(optimizer, "momentum", 0.0)),
    )
    a = lr * lam
    if isinstance(optimizer, Nesterov):  # (y, x): x+ = (1 - a) y, y+ = x+ + beta (x+ - x)
        return mpmath.matrix([[(1 + beta) * (1 - a), -beta], [1 - a, 0]]), mpmath.matrix([1, 1])
    return mpmath.matrix([[1 - a, beta], [-a, beta]]), mpmath.matrix(
        [1, 0]
    )  # (theta, v): v+ = beta v - a theta, theta+ = theta + v+


def reference(optimizer, lam, t):
    with mpmath.workdps(60):
        matrix, start = linear_map(optimizer, lam)
        now = matrix**t * start
        before = matrix ** (t - 1) * start
        return now[0], abs(now[0]) + abs(before[0])


def near(a):
    return [a * (1 + d) for d in (0.0, 2e-16, -2e-16, 1e-13, -1e-13, 1e-9, -1e-9, 1e-4, -1e-4)]


def momentum_cases():
    for beta in (0.9, 1 - 1e-5):
        for a in near((1 - np.sqrt(beta)) ** 2) + [1e-9, 0.3, 1 + beta, 0.999 * 2 * (1 + beta)]:
            yield HeavyBall(a, beta)
        for a in near(((1 - beta) / (1 + beta)) ** 2) + near(1.0)[:3] + [1e-9, 0.3, 1.2]:
            yield Nesterov(a, beta)
    yield from (SGD(lr) for lr in (1e-9, 1e-5, 0.3, 1.0, 1.7, 2 - 1e-5))


@over(list(product(momentum_cases(), [1, 2, 7, 1000, 10**6])))
def test_long_horizons_and_double_roots(case):
    """Relative to |z_t| + |z_{t-1}|: a power carries t eps, rounding a moves the roots by eps a and
    z by up to t^2 eps a, z = A' - beta A
    cancels by 1 / (1 - beta); in SGD and Nesterov the product 1 - a carries eps a / |1 - a|. A
    value below 1e-300 may be 0."""
    optimizer, t = case
    lam = 0.7
    a = optimizer.lr
    beta = getattr(optimizer, "momentum", 0.0)
    optimizer = type(optimizer)(a / lam) if beta == 0 else type(optimizer)(a / lam, beta)
    value, size = reference(optimizer, lam, t)
    ours = exact(Quadratic(np.array([[lam]])), optimizer, np.ones(1), steps=np.array([t]))["theta"][
        0, 0
    ]
    factor = 0.0 if isinstance(optimizer, HeavyBall) else a / max(abs(1 - a), EPS)
    growth = t * (1 + factor) + min(t**2 * a, t / (1 - beta)) * (beta > 0) + 1 / (1 - beta)
    assert abs(ours - value) <= 8 * EPS * growth * size + 1e-300


def test_a_million_steps_in_every_mode():
    """A dense problem whose matrix is known in closed form: the slow mode decides, (1 - lr
    mu)^t."""
    h = np.array([[1.0, 0.999999], [0.999999, 1.0]])
    t = 10**6
    path = exact(Quadratic(h), SGD(0.9), np.array([3.0, 1.0]), steps=np.array([t]))
    with mpmath.workdps(40):
        slow = (1 - mpmath.mpf(0.9) * (1 - mpmath.mpf(0.999999))) ** t
    np.testing.assert_allclose(
        path["theta"][0], float(slow) * np.array([1.0, -1.0]), rtol=4 * t * EPS
    )


@pytest.mark.parametrize(("power", "expected"), [(0.0, 41643), (-0.5, 417), (-1.0, 1)])
def test_steps_in_the_eigenbasis(power, expected):
    """Geometric spectrum, kappa = 1e4, n = 50, d_i = 1: the first T with sum lam (1 - eta
    lam^(1+p))^(2T) <= 1e-8 sum lam, in 40 digits."""
    n = 50
    kappa = mpmath.mpf(10**4)
    with mpmath.workdps(40):
        lam = [kappa ** (-mpmath.mpf(i) / (n - 1)) for i in range(n)]
        eta = 2 / (1 + kappa ** -(1 + mpmath.mpf(power)))
        left = [
            mpmath.fsum(x * (1 - eta * x ** (1 + mpmath.mpf(power))) ** (2 * t) for x in lam)
            for t in (expected - 1, expected)
        ]
        assert left[1] <= mpmath.mpf("1e-8") * mpmath.fsum(lam) < left[0]
    f = Quadratic(np.diag(np.geomspace(1, 1e-4, n)))
    run = exact(
        f,
        DiagonalGN(float(eta), power),
        np.ones(n),
        steps=np.arange(max(0, expected - 3), expected + 3),
    )
    assert run.steps_to(1e-8 * f.loss(np.ones(n))) == expected


def test_sign_descent_at_a_million_steps_is_in_its_cycle():
    f = Quadratic(np.eye(1))
    lr = 0.3
    d = 1000.1
    with mpmath.workdps(40):
        r = mpmath.fmod(mpmath.mpf(d), mpmath.mpf(lr))
        k = int((mpmath.mpf(d) - r) / mpmath.mpf(lr))
        expected = [
            float(r if (t - k) % 2 == 0 else r - mpmath.mpf(lr)) for t in (10**6, 10**6 + 1)
        ]
    path = exact(f, SignSGD(lr), np.array([d]), steps=np.array([10**6, 10**6 + 1]))
    np.testing.assert_allclose(path["theta"][:, 0], expected, rtol=1e-15)

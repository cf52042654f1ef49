"""Every closed form equals simulation; at horizons no simulation reaches, it equals high-precision
arithmetic."""

import mpmath
import numpy as np
import pytest
from examples import spd

from lab.bases import Orthogonal, eigen, random
from lab.exact import exact
from lab.objectives import Quadratic
from lab.optimizers import (
    SGD,
    Adam,
    DiagonalGN,
    GaussNewton,
    HeavyBall,
    InBasis,
    InVariables,
    Nesterov,
    Newton,
    SignSGD,
)
from lab.simulation import simulate

EPS = np.finfo(float).eps
RNG = np.random.default_rng(21)
B = RNG.standard_normal(6)
Q, P = random(6, RNG), random(6, RNG)
SINGULAR = spd(6) - 0.02 * np.outer(
    *2 * [np.linalg.eigh(spd(6))[1][:, 0]]
)  # its smallest eigenvalue, 1/50, is removed
DENSE = Quadratic(spd(6), linear=B)
FLAT = Quadratic(SINGULAR, linear=SINGULAR @ B)
RESTING = Quadratic(np.diag([2.0, 0.0, 0.5]), linear=[1.0, 0.0, -1.0])
DIAGONAL = Quadratic(np.diag([3.0, 0.0, 0.5, 1e-6]), linear=[1.0, 0.0, 2.0, 0.0])
STABLE = np.array([0.1, 0.7, 1.7])
LR = np.append(STABLE, 2.3)[:, None]  # the last diverges: the largest eigenvalue is 1
BETA = np.array([0.0, 0.3, 0.8, 0.95])[:, None]

EXAMPLES = {
    SGD: [(DENSE, SGD(0.3)), (DENSE, SGD(LR)), (FLAT, SGD(LR)), (RESTING, SGD(0.8))],
    HeavyBall: [
        (DENSE, HeavyBall(0.3, 0.6)),
        (DENSE, HeavyBall(2 * LR, BETA)),
        (FLAT, HeavyBall(1.2, BETA)),
    ],
    Nesterov: [
        (DENSE, Nesterov(0.3, 0.6)),
        (DENSE, Nesterov(LR, BETA)),
        (FLAT, Nesterov(1.0, BETA)),
    ],
    DiagonalGN: [
        (DENSE, DiagonalGN(0.3, -1.0)),
        (DENSE, DiagonalGN(LR, -0.5, 0.01)),
        (DENSE, DiagonalGN(0.2, -BETA, 0.1 * BETA.T[:, :3])),
        (FLAT, DiagonalGN(LR, -0.7)),
        (RESTING, DiagonalGN(LR, -0.7)),
        (RESTING, DiagonalGN(0.4, -1.0, 0.1)),
    ],
    GaussNewton: [
        (DENSE, GaussNewton(LR, 0.3)),
        (FLAT, GaussNewton(0.6)),
        (RESTING, GaussNewton(1.0, 0.1 * BETA)),
    ],
    Newton: [(DENSE, Newton(LR, 0.3)), (FLAT, Newton(LR)), (DENSE, Newton(0.9))],
    InVariables: [
        (DENSE, InBasis(Q, DiagonalGN(LR, -0.7, 0.1))),
        (FLAT, InBasis(Q, InBasis(P, DiagonalGN(0.3, -0.5)))),
        (DENSE, InBasis(Q, HeavyBall(LR, BETA))),
        (FLAT, InBasis(eigen(SINGULAR), SGD(LR))),
        (DENSE, InBasis(eigen(DENSE.h), SignSGD(LR))),
        (DENSE, InBasis(Orthogonal(np.stack([Q.q, P.q, np.eye(6)])), DiagonalGN(LR, -1.0))),
    ],
    SignSGD: [
        (DIAGONAL, SignSGD(0.3)),
        (DIAGONAL, SignSGD(LR)),
        (Quadratic(np.diag([1.0, 2.0])), SignSGD(0.25)),
    ],
}
CASES = [(f, optimizer) for examples in EXAMPLES.values() for f, optimizer in examples]


def record(f):
    return {"loss": f.loss, "theta": lambda theta: theta}


def rounding(f, path):
    """(K, ...): t steps and an eigendecomposition each round by eps of the largest iterate so far;
    preconditioners spread it by kappa."""
    size = np.maximum.accumulate(np.abs(path).max(-1), 0) + np.abs(f.minimiser).max()
    t = np.arange(len(path)).reshape((-1,) + (1,) * (path.ndim - 2))
    return 50 * EPS * (t + path.shape[-1]) * size


@pytest.mark.parametrize(("f", "optimizer"), CASES)
@pytest.mark.parametrize("runs", [(), (3,), (2, 1, 3)])
def test_it_is_the_simulation(f, optimizer, runs):
    """Losses and iterates agree, with the same shapes, for starts with and without run axes, swept
    or not, stable or diverging."""
    if runs == () and getattr(optimizer, "change", Q).q.ndim > 2:
        runs = (3,)  # one basis per run needs the runs
    theta = 2 * np.random.default_rng(4).standard_normal((*runs, len(f.h)))
    ours, theirs = (
        exact(f, optimizer, theta, steps=60),
        simulate(f, optimizer, theta, steps=60, record=record(f)),
    )
    tolerance = rounding(f, theirs["theta"])
    np.testing.assert_array_equal(ours.t, theirs.t, err_msg="integers")
    assert {k: x.shape for k, x in ours.series.items()} == {
        k: x.shape for k, x in theirs.series.items()
    }
    assert ours.final.shape == theirs.final.shape
    assert (np.abs(ours["theta"] - theirs["theta"]).max(-1) <= tolerance).all()
    scale = np.abs(f.h).sum(0).max() * (
        np.maximum.accumulate(np.abs(theirs["theta"]).max(-1), 0) + np.abs(f.minimiser).max()
    )
    assert (np.abs(ours["loss"] - theirs["loss"]) <= len(f.h) * scale * tolerance).all()


@pytest.mark.parametrize(("f", "optimizer"), CASES)
def test_some_steps_are_the_steps_of_the_whole_path(f, optimizer):
    theta = np.random.default_rng(4).standard_normal((3, len(f.h)))
    t = np.array([0, 3, 17, 40])
    some, whole = exact(f, optimizer, theta, steps=t), exact(f, optimizer, theta, steps=40)
    np.testing.assert_array_equal(some.t, t, err_msg="integers")
    np.testing.assert_allclose(some["theta"], whole["theta"][t], rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(exact(f, optimizer, theta, steps=40, every=15).t, [0, 15, 30, 40])


@pytest.mark.parametrize(
    "optimizer",
    [SGD(2.3), SGD(60.0), HeavyBall(4.2, 0.6), Nesterov(2.1, 0.5), InBasis(Q, Newton(2.5))],
)
def test_divergence_is_infinite_where_simulation_is(optimizer):
    """The loss leaves the range within a step of the simulated one, and stays out, without a
    warning."""
    theta = np.ones((2, 6))
    ours, theirs = (
        exact(DENSE, optimizer, theta, steps=8000),
        simulate(DENSE, optimizer, theta, steps=8000),
    )
    left = [np.isinf(run["loss"]).argmax(0) for run in (ours, theirs)]
    assert (left[1] > 0).all()
    assert (np.abs(left[0] - left[1]) <= 1).all()
    assert np.isinf(ours["loss"][left[0].max() :]).all()
    late = exact(DENSE, optimizer, theta, steps=np.array([10**6]))
    assert np.isinf(late["loss"]).all()
    assert np.isinf(late["theta"]).all()  # and not NaN where two unstable modes cancel


def test_a_mode_at_rest_does_not_diverge():
    """Started on an eigenvector, exact arithmetic stays on it: the unstable mode has coefficient
    0."""
    path = exact(
        Quadratic(np.diag([3.0, 0.1])), SGD(1.0), np.array([0.0, 1.0]), steps=np.array([10**5])
    )
    np.testing.assert_allclose(path["theta"], [[0.0, 0.0]], atol=1e-300)


# --- against high-precision arithmetic
# -------------------------------------------------------------------------------------------


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
        now, before = matrix**t * start, matrix ** (t - 1) * start
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


@pytest.mark.parametrize("optimizer", list(momentum_cases()), ids=repr)
@pytest.mark.parametrize("t", [1, 2, 7, 1000, 10**6])
def test_long_horizons_and_double_roots(optimizer, t):
    """Relative to |z_t| + |z_{t-1}|: a power carries t eps, rounding a moves the roots by eps a and
    z by up to t^2 eps a, z = A' - beta A
    cancels by 1 / (1 - beta); in SGD and Nesterov the product 1 - a carries eps a / |1 - a|. A
    value below 1e-300 may be 0."""
    lam, a, beta = 0.7, optimizer.lr, getattr(optimizer, "momentum", 0.0)
    optimizer = type(optimizer)(a / lam) if beta == 0 else type(optimizer)(a / lam, beta)
    value, size = reference(optimizer, lam, t)
    ours = exact(Quadratic(np.array([[lam]])), optimizer, np.ones(1), steps=np.array([t]))["theta"][
        0, 0
    ]
    product = 0.0 if isinstance(optimizer, HeavyBall) else a / max(abs(1 - a), EPS)
    growth = t * (1 + product) + min(t**2 * a, t / (1 - beta)) * (beta > 0) + 1 / (1 - beta)
    assert abs(ours - value) <= 8 * EPS * growth * size + 1e-300


def test_a_million_steps_in_every_mode():
    """A dense problem whose matrix is known in closed form: the slow mode decides, (1 - lr
    mu)^t."""
    h, t = np.array([[1.0, 0.999999], [0.999999, 1.0]]), 10**6
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
    n, kappa = 50, mpmath.mpf(10**4)
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


# --- sign descent
# ------------------------------------------------------------------------------------------------


def test_sign_descent_on_representable_multiples_rests():
    """lr = 1/4 and starts that are multiples of it: every number is exact, and the minimiser is
    reached and kept."""
    theta = np.array([[1.0, -2.5], [0.0, 0.25]])
    f = Quadratic(np.diag([1.0, 2.0]))
    ours, theirs = (
        exact(f, SignSGD(0.25), theta, steps=20),
        simulate(f, SignSGD(0.25), theta, steps=20),
    )
    np.testing.assert_array_equal(
        ours["loss"], theirs["loss"], err_msg="multiples of 1/4, without rounding"
    )
    np.testing.assert_array_equal(ours["loss"][-1], 0)


def test_sign_descent_at_a_million_steps_is_in_its_cycle():
    f, lr, d = Quadratic(np.eye(1)), 0.3, 1000.1
    with mpmath.workdps(40):
        r = mpmath.fmod(mpmath.mpf(d), mpmath.mpf(lr))
        k = int((mpmath.mpf(d) - r) / mpmath.mpf(lr))
        expected = [
            float(r if (t - k) % 2 == 0 else r - mpmath.mpf(lr)) for t in (10**6, 10**6 + 1)
        ]
    path = exact(f, SignSGD(lr), np.array([d]), steps=np.array([10**6, 10**6 + 1]))
    np.testing.assert_allclose(path["theta"][:, 0], expected, rtol=1e-15)


# --- what it refuses
# ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: exact(DENSE, Adam(0.1), B, steps=3),
            TypeError,
            "no closed form for .Quadratic, Adam.; there is one for",
        ),
        (
            lambda: exact(DENSE, InBasis(Q, Adam(0.1)), B, steps=3),
            TypeError,
            "no closed form for .Quadratic, Adam.",
        ),
        (lambda: exact(DENSE, SignSGD(0.1), B, steps=3), TypeError, "diagonal"),
        (
            lambda: exact(Quadratic(spd(6), noise=0.1), SGD(0.1), B, steps=3, batch=4),
            TypeError,
            "use simulate",
        ),
        (lambda: exact(DENSE, SGD(0.1), B, steps=3, batch=0), ValueError, "batch = 0"),
        (
            lambda: exact(Quadratic(SINGULAR, linear=B), SGD(0.1), B, steps=3),
            ValueError,
            "outside the range of h",
        ),
        (
            lambda: exact(DENSE, InBasis(random(5, RNG), SGD(0.1)), B, steps=3),
            ValueError,
            "dimension 5",
        ),
        (lambda: exact(DENSE, SGD(0.1), B[:4], steps=3), ValueError, "last axis must be 6"),
        (lambda: exact(DENSE, SGD(0.1), B, steps=-1), ValueError, "steps = -1"),
        (lambda: exact(DENSE, SGD(0.1), B, steps=np.array([3, 2])), ValueError, "increasing"),
        (
            lambda: exact(DENSE, HeavyBall(np.ones(2), np.zeros(3)), B, steps=3),
            ValueError,
            "do not broadcast",
        ),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_batch_without_noise_is_the_full_batch():
    ours = exact(DENSE, SGD(0.3), B, steps=5, batch=4)
    # five steps of a contraction in six dimensions: some 5 * 6 eps
    np.testing.assert_allclose(ours["loss"], exact(DENSE, SGD(0.3), B, steps=5)["loss"], rtol=1e-13)

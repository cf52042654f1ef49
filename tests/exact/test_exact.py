"""Every closed form equals simulation, diverges where it does, and refuses what it can't do."""

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
Q = random(6, RNG)
P = random(6, RNG)
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
    ours = exact(f, optimizer, theta, steps=60)
    theirs = simulate(f, optimizer, theta, steps=60, record=record(f))
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
    some = exact(f, optimizer, theta, steps=t)
    whole = exact(f, optimizer, theta, steps=40)
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
    ours = exact(DENSE, optimizer, theta, steps=8000)
    theirs = simulate(DENSE, optimizer, theta, steps=8000)
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


# --- sign descent
# ------------------------------------------------------------------------------------------------


def test_sign_descent_on_representable_multiples_rests():
    """lr = 1/4 and starts that are multiples of it: every number is exact, and the minimiser is
    reached and kept."""
    theta = np.array([[1.0, -2.5], [0.0, 0.25]])
    f = Quadratic(np.diag([1.0, 2.0]))
    ours = exact(f, SignSGD(0.25), theta, steps=20)
    theirs = simulate(f, SignSGD(0.25), theta, steps=20)
    np.testing.assert_array_equal(
        ours["loss"], theirs["loss"], err_msg="multiples of 1/4, without rounding"
    )
    np.testing.assert_array_equal(ours["loss"][-1], 0)


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

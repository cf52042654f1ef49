"""The exact risk recursion: against Monte Carlo, against the full matrix recursion, its two
solvers, its speed, its refusals."""

import numpy as np
import pytest
from examples import spd

from lab.bases import random
from lab.exact import exact
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, DiagonalGN, GaussNewton, InBasis
from lab.simulation import simulate
from lab.theory.recursion import covariance_recursion, risk_curve
from lab.theory.sgd import stability_limit

N = 5
SIGMA = spd(N, seed=3, kappa=30.0)
STAR = np.linspace(-1, 1, N)
NOISE = 0.6
F = GaussianRegression(SIGMA, STAR, NOISE)
THETA = np.array([1.0, -2.0, 0.5, 0.3, -1.0])
Q1, Q2 = (random(N, np.random.default_rng(k)) for k in (1, 2))
OPTIMIZERS = {
    "SGD": SGD(0.2),
    "DiagonalGN": DiagonalGN(0.1, power=-0.7, damping=0.05),
    "GaussNewton": GaussNewton(0.2, damping=0.1),
    "InBasis(DiagonalGN)": InBasis(Q1, DiagonalGN(0.15, power=-0.5)),
    "InBasis(InBasis(GN))": InBasis(Q1, InBasis(Q2, DiagonalGN(0.1, power=-1.0))),
    "InBasis(GaussNewton)": InBasis(Q1, GaussNewton(0.2, damping=0.1)),
    "InBasis(SGD)": InBasis(Q1, SGD(0.2)),
}


def monte_carlo(objective, optimizer, batch, runs, steps):
    run = simulate(
        objective, optimizer, np.broadcast_to(THETA, (runs, N)), steps=steps, batch=batch, rng=7
    )
    return run.mean()["loss"][1:], run.mean().error["loss"][1:]


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_expected_loss_against_simulation(name, batch):
    mean, error = monte_carlo(F, OPTIMIZERS[name], batch, 4000, 12)
    loss = exact(F, OPTIMIZERS[name], THETA, steps=12, batch=batch)["loss"]
    assert loss[0] == pytest.approx(F.loss(THETA), rel=1e-12)
    assert (np.abs(mean - loss[1:]) <= 5 * error).all()


@pytest.mark.parametrize("sampler", ["law", "rows"])
def test_sixty_thousand_runs(sampler):
    """60000 runs of a rotated diagonal preconditioner, from rows and in law: 0.4 % wide error bars,
    z <= 5 at every step."""
    optimizer = OPTIMIZERS["InBasis(DiagonalGN)"]
    mean, error = monte_carlo(
        GaussianRegression(SIGMA, STAR, NOISE, sampler), optimizer, 3, 60_000, 8
    )
    loss = exact(F, optimizer, THETA, steps=8, batch=3)["loss"][1:]
    assert (error < 0.01 * loss).all()
    assert (np.abs(mean - loss) <= 5 * error).all()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_full_batch_is_deterministic(name):
    loss = exact(F, OPTIMIZERS[name], THETA, steps=20)["loss"]
    np.testing.assert_allclose(
        loss, simulate(F, OPTIMIZERS[name], THETA, steps=20)["loss"], rtol=1e-11
    )


def naive_preconditioner(name):
    """P of each method written with inverses and square roots of explicit matrices."""
    g1 = Q1.q.T @ SIGMA @ Q1.q
    g12 = Q2.q.T @ Q1.q.T @ SIGMA @ Q1.q @ Q2.q
    return {
        "SGD": 0.2 * np.eye(N),
        "DiagonalGN": 0.1 * np.diag([(SIGMA[i, i] + 0.05) ** -0.7 for i in range(N)]),
        "GaussNewton": 0.2 * np.linalg.inv(SIGMA + 0.1 * np.eye(N)),
        "InBasis(DiagonalGN)": 0.15 * Q1.q @ np.diag([g1[i, i] ** -0.5 for i in range(N)]) @ Q1.q.T,
        "InBasis(InBasis(GN))": 0.1
        * Q1.q
        @ Q2.q
        @ np.diag([1 / g12[i, i] for i in range(N)])
        @ Q2.q.T
        @ Q1.q.T,
        "InBasis(GaussNewton)": 0.2 * np.linalg.inv(SIGMA + 0.1 * np.eye(N)),
        "InBasis(SGD)": 0.2 * np.eye(N),
    }[name]


@pytest.mark.parametrize("batch", [1, 6, None])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_reduced_recursion_is_the_full_one(name, batch):
    """n numbers per step instead of n^2, for preconditioners that don't commute with Sigma."""
    d = THETA - STAR
    p = naive_preconditioner(name)
    path = covariance_recursion((p + p.T) / 2, SIGMA, np.outer(d, d), 30, batch, noise=NOISE)
    loss = exact(F, OPTIMIZERS[name], THETA, steps=30, batch=batch)["loss"]
    np.testing.assert_allclose(
        loss, (np.trace(SIGMA @ path, axis1=1, axis2=2) + NOISE**2) / 2, rtol=1e-11
    )


def test_one_step_of_the_full_recursion_by_simulation():
    """C_1 entry by entry: E of delta delta^T after one SGD step."""
    runs = 100_000
    p = naive_preconditioner("InBasis(DiagonalGN)")
    record = {"products": lambda x: (x - STAR)[..., :, None] * (x - STAR)[..., None, :]}
    start = np.tile(THETA, (runs, 1))
    products = simulate(
        F, OPTIMIZERS["InBasis(DiagonalGN)"], start, steps=1, batch=2, rng=3, record=record
    )["products"][1]
    d = THETA - STAR
    expected = covariance_recursion((p + p.T) / 2, SIGMA, np.outer(d, d), 1, 2, noise=NOISE)[1]
    assert (np.abs(products.mean(0) - expected) <= 5 * products.std(0) / np.sqrt(runs)).all()


@pytest.mark.parametrize("batch", [1, 16, None])
def test_stepping_and_eigenvalues_agree(batch):
    """Recorded densely the recursion steps, recorded at the end only it diagonalises: the same
    numbers, to kappa(q) times rounding."""
    q, m = (
        np.array([[0.3], [0.9]])
        * np.geomspace(1, 1e-2, 6)
        * stability_limit(np.geomspace(1, 1e-2, 6), 0.0, batch),
        np.arange(6.0),
    )
    q[:, 4] = 0.0
    dense = risk_curve(q, m, np.arange(3001), batch, 0.3)
    sparse = risk_curve(q, m, np.array([1, 2, 700, 3000]), batch, 0.3)
    np.testing.assert_allclose(sparse, dense[[1, 2, 700, 3000]], rtol=1e-10)


def test_a_billion_steps_away():
    risk = risk_curve(np.geomspace(0.1, 1e-6, 50), np.ones(50), np.array([0, 10**6, 10**9]), 4, 0.5)
    assert risk[0] == pytest.approx(50)
    assert risk[1] > risk[2] > 0


def test_divergence_is_inf_not_nan():
    loss = exact(F, SGD(np.array([0.1, 50.0])), THETA, steps=1000, batch=1)["loss"]
    assert np.isfinite(loss[:, 0]).all()
    assert np.isinf(loss[-1, 1])
    far = exact(F, SGD(np.array([0.1, 50.0])), THETA, steps=np.array([10**8]), batch=1)["loss"]
    assert np.isfinite(far[0, 0])
    assert np.isinf(far[0, 1])


def test_sweeps_and_starts_broadcast():
    """lr (2, 1) with power (3, 1, 1), and starts (4, n): runs (3, 2, 4), each as if alone."""
    lr = np.array([[0.05], [0.1]])
    power = np.array([-1.0, -0.5, 0.0])[:, None, None]
    theta = np.random.default_rng(0).standard_normal((4, N))
    together = exact(F, InBasis(Q1, DiagonalGN(lr, power=power)), theta, steps=6, batch=2)["loss"]
    assert together.shape == (7, 3, 2, 4)
    alone = exact(F, InBasis(Q1, DiagonalGN(0.1, power=-0.5)), theta[2], steps=6, batch=2)["loss"]
    np.testing.assert_allclose(together[:, 1, 1, 2], alone, rtol=1e-12)
    damped = exact(F, GaussNewton(0.1, damping=np.array([0.1, 1.0])), theta[2], steps=6, batch=2)[
        "loss"
    ]
    np.testing.assert_allclose(
        damped[:, 1],
        exact(F, GaussNewton(0.1, damping=1.0), theta[2], steps=6, batch=2)["loss"],
        rtol=1e-12,
    )


def test_diagonal_covariance_is_the_dense_one():
    lam = np.geomspace(1, 0.1, N)
    for optimizer in (SGD(0.1), DiagonalGN(0.1, power=-0.5), OPTIMIZERS["InBasis(DiagonalGN)"]):
        losses = [
            exact(GaussianRegression(s, STAR, NOISE), optimizer, THETA, steps=9, batch=2)["loss"]
            for s in (lam, np.diag(lam))
        ]
        np.testing.assert_allclose(*losses, rtol=1e-11)


def test_singular_covariance_never_moves_its_null_space():
    f = GaussianRegression(np.array([1.0, 0.5, 0.0]), 0.0)
    theta = np.array([1.0, 1.0, 5.0])
    for optimizer in (SGD(0.1), DiagonalGN(0.1), GaussNewton(0.1)):
        mean = simulate(f, optimizer, np.tile(theta, (4000, 1)), steps=5, batch=3).mean()
        loss = exact(f, optimizer, theta, steps=5, batch=3)["loss"]
        assert (np.abs(mean["loss"] - loss)[1:] <= 5 * mean.error["loss"][1:]).all()

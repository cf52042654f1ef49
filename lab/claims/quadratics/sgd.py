"""SGD on quadratics with gradients of examples: its steady state.

Linear regression, loss (x^T theta - y)^2 / 2, independent coordinates of x with variances lam_i,
labels y = +-sigma (minimum at 0), fresh batches of B. M_i = E theta_i^2. Not a random walk to be
sampled: the law of an example has finitely many values, so the affine map M -> M+ is computed
exactly and its fixed point solved for; a run of SGD then only has to stay there.
"""

from __future__ import annotations

import itertools

import numpy as np
from sympy import Eq

from lab.claims import (
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    named,
    symbols,
    vector,
    within,
)
from lab.objectives.regression import LeastSquares
from lab.optimizers import SGD
from lab.simulation import simulate

n, B, lam, eta, sigma, kurtosis = symbols("n B lam eta sigma kurtosis")
moments, mean, error = symbols("moments mean error")


@named
def heat(lam, eta, batch):
    """c = (eta/B) sum_j lam_j / (2 - eta lam_j (B + 1)/B)

    The share of the stationary excess that feeds itself: mean-square stable iff c < 1 and every
    denominator is positive. `eta`, (R,), or a number.
    """
    eta = np.asarray(eta)[:, None]
    return (eta / batch * lam / (2 - eta * lam * (batch + 1) / batch)).sum(-1)


SQUARES = {"squares": np.square}

# equally likely values with mean 0 and variance 1, so that every expectation is a finite sum
VALUES = {3: np.sqrt(3) * np.array([-1.0, 0, 0, 0, 0, 1]), 1: np.array([-1.0, 1.0])}


def examples(lam, sigma, kurtosis) -> LeastSquares:
    """All inputs with independent coordinates of variance lam (n,) and this kurtosis, with all
    labels +- sigma: 2 6^n rows at kurtosis 3, 2^(n+1) at 1."""
    grid = itertools.product(*np.sqrt(lam)[:, None] * VALUES[kurtosis], (-sigma, sigma))
    points = np.array(list(grid))
    return LeastSquares(points[:, :-1], points[:, -1])


def second_moments(f, eta, batch, m) -> np.ndarray:
    """E theta_i^2 (n,) after one step of batch size `batch` from theta_i = +- sqrt(m_i), averaged
    over examples and signs."""
    n = len(m)
    # signs of theta_i: all that matters of their law is that products vanish and squares are m_i
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=n))) * np.sqrt(m)
    residual = corners @ f.x.T - f.y
    each = residual[..., None] * f.x
    mean = each.mean(1)
    spread = (each**2).mean(1) - mean**2
    return ((corners - eta * mean) ** 2 + eta**2 * spread / batch).mean(0)


def stationary(f, eta, batch) -> np.ndarray:
    """The fixed point (n,) of `second_moments`, which is affine."""
    n = f.x.shape[1]
    offset = second_moments(f, eta, batch, np.zeros(n))
    columns = [second_moments(f, eta, batch, unit) - offset for unit in np.eye(n)]
    return np.linalg.solve(np.eye(n) - np.stack(columns, -1), offset)


def measured(f, eta, batch, rng, runs=1000) -> tuple[np.ndarray, ...]:
    """The stationary moments (n,), and mean and standard error of theta^2 30 steps of SGD later."""
    kept = stationary(f, eta, batch)
    start = np.sqrt(kept) * rng.choice([-1.0, 1.0], (runs, len(kept)))
    run = simulate(f, SGD(eta), start, steps=30, batch=batch, rng=rng, every=30, record=SQUARES)
    squares = run["squares"][-1]
    return kept, squares.mean(0), squares.std(0, ddof=1) / np.sqrt(runs)


@claim(
    "sgd/steady-state",
    over={
        n: dimension(1, 3),
        B: choice(1, 4),
        kurtosis: choice(3, 1),
        lam: vector(n, -0.5, 0.5),
        sigma: decades(-1, 1),
        # stable in mean square for all these spectra: c < 0.7
        eta: decades(-2, -1),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "moments": equal(
            moments,
            eta / B * sigma**2 / (1 - heat(lam, eta, B)) / (2 - eta * lam * (B + 1) / B),
            rtol=1e-10,
            because="n = 3 equations, conditioned like 1 / (eta lam) <= 300",
        ),
        "run": within(mean, moments, error),
    },
    where={
        moments: "E theta_i^2 that one step of batch size B keeps, enumerated over inputs of"
        " independent"
        " coordinates, variances lam, and label noise sigma; minimum at 0",
        mean: "mean of theta_i^2 over 1000 runs of SGD, 30 steps after that start",
        error: "its standard error",
    },
    cites=derived("E x x^T M x x^T = 2 H M H + H tr(H M) for coordinates of kurtosis 3"),
    # each enumerates all rows, and runs 1000 times 30 steps
    instances=12,
)
def steady_state(n, B, kurtosis, lam, sigma, eta, seed):
    """One step is theta+ = theta - eta (mean of x (x^T theta - y)). With H = diag(lam), E x x^T M x
    x^T = 2 H M H + H tr(H M) for independent coordinates of kurtosis 3, and a batch divides what
    exceeds the mean by B:

        M+ = (1 - 2 eta lam + eta^2 (1 + 1/B) lam^2) M + (eta^2 / B) lam (S + sigma^2)

    with S = sum lam_j M_j. At the fixed point M_i (2 - eta lam_i (B + 1)/B) = (eta / B)(S +
    sigma^2); times lam_i and summed, S = c (S + sigma^2), so S + sigma^2 = sigma^2 / (1 - c) and
    M_i follows. E theta_i theta_j = 0 by symmetry of the signs.

    Kurtosis 3 is necessary (or Gaussian inputs, which have it): with signs as inputs, kurtosis 1,
    the diagonal of 2 H M H is missing. Steps are small enough that c < 0.7 on the whole space; the
    last digits of the solve go like 1 / (eta lam).
    """
    rng = np.random.default_rng([seed, n, B])
    columns = zip(lam, sigma, eta, strict=True)
    found = [measured(examples(row, x, kurtosis), lr, B, rng) for row, x, lr in columns]
    return dict(zip((moments, mean, error), map(np.array, zip(*found, strict=True)), strict=True))

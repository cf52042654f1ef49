"""Where Adam stops under gradient noise: the predicted floors, and the runs that measure them.

Letters as in lab.claims.adaptive.adam. Predictions take one spectrum lam (n,) at a time; runs start
from a law that is stationary to leading order, since small eigenvalues move too slowly to find
their place within the steps that a judge can afford.
"""

from __future__ import annotations

import numpy as np

from lab.claims import named, one_by_one
from lab.objectives import GaussianRegression
from lab.optimizers import IdealisedAdam
from lab.simulation import simulate
from lab.theory import adam_floors, floors
from lab.theory.sgd import stability_limit


@named
def effective_rank(lam):
    """r1 = tr Sigma^(1/2) / max Sigma^(1/2)

    At the floor m_i is proportional to w_i, so 1 / r1 is the largest share that one coordinate has
    in the loss. 1 for one dominant coordinate in any dimension, n for a flat spectrum.
    """
    return one_by_one(adam_floors.effective_rank, lam)


@named
def trace_root(lam):
    """tr Sigma^(1/2)"""
    return np.sqrt(lam).sum(-1)


@named
def stable_step(lam, batch):
    """the mean-square stability limit of GN^-1/2

    eta* with (1/B) sum q_i / (2 - A q_i) = 1 at q_i = eta* w_i, the eigenvalues of eta P Sigma.
    """
    return one_by_one(lambda row: stability_limit(row, -0.5, int(batch)), lam)


@named
def fixed_point(lam, eta, batch):
    """T with eta w_i = 2 sqrt(m_i/A) H(T / ((B+1) m_i)), sum m_i = T, w_i = sqrt(lam_i), A = 1 +
    1/B, H(c) = E z^2 / sqrt(z^2 + c)"""
    return one_by_one(
        lambda row: adam_floors.idealised_adam_floor(row, float(eta), int(batch)), lam
    )


@named
def slow_fixed_point(lam, eta, batch, beta1):
    """T with m_i (2 - (1-beta1)/(1+beta1) u_i) = u_i (m_i + T)/B, u_i = eta w_i / sqrt(A m_i +
    T/B), sum m_i + 1 = T

    Given T, a quadratic equation in sqrt(m_i) for every i; then one outer root. Label noise 1.
    """
    return one_by_one(
        lambda row: adam_floors.slow_adam_floor(row, eta, batch, beta1, noise=1.0), lam
    )


@named
def label_floor(lam, eta, batch):
    """E with (1 + E) (1 - Q) = 1, Q = (1/B) sum q_i / (2 - (1 + 1/B) q_i), q_i = eta sqrt(B lam_i /
    (1 + E))

    The stationary risk Q / (1 - Q) of a fixed preconditioner (sgd/stationary-risk, label noise 1),
    at the step that the risk itself sets.
    """
    return one_by_one(lambda row: floors.adam_floor(row, eta, batch, 1.0) - 1, lam)


def residuals(lam, eta, batch: int, seed: int) -> np.ndarray:
    """tau = delta^T Sigma delta of idealised Adam, (R, recorded, runs), from what is stationary to
    leading order; sixteen runs of 600 steps, every tenth recorded, without the first half.

    Small eigenvalues move too slowly to find their place by themselves: lam_i E delta_i^2 = eta w_i
    sqrt(T / B) / 2, w = sqrt(lam), and sqrt T = eta sum w / (2 sqrt B) to this order.
    """
    found = []
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta**2 * w.sum() / (4 * batch * w))
        # many short runs, of 31 records each: a step of sixteen costs little more than of one
        start = spread * np.random.default_rng(seed).standard_normal((16, len(row)))
        run = simulate(
            GaussianRegression(row, 0.0),
            IdealisedAdam(eta),
            start,
            steps=600,
            batch=batch,
            rng=seed,
            every=10,
        )
        # the largest coordinate forgets its start in r1 / 2 <= 64 steps
        found.append(2 * run["loss"][30:])
    return np.array(found)


def excess_risk(optimizer, lam, eta, batch: int, seed: int) -> np.ndarray:
    """The stationary mean of delta^T Sigma delta (R,) with label noise 1, started from its first
    order: e_i^2 = eta w_i / (2 sqrt B), w = sqrt(lam). One hundred runs of 800 steps; the first
    fifth is left out, which is enough because the start is stationary to first order already.
    """
    found, steps = [], 800
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta / (2 * np.sqrt(batch) * w))
        start = spread * np.random.default_rng(seed).standard_normal((100, len(row)))
        f = GaussianRegression(row, 0.0, 1.0)
        run = simulate(f, optimizer, start, steps=steps, batch=batch, rng=seed, every=10)
        found.append(2 * run["loss"][steps // 50 :].mean() - 1)
    return np.array(found)

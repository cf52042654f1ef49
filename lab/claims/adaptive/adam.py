"""Adam: where it stops under gradient noise."""

from __future__ import annotations

import numpy as np
from sympy import sqrt

from lab.claims import choice, claim, derived, equal, named, one_by_one, spectrum, symbols
from lab.objectives import GaussianRegression
from lab.optimizers import IdealisedAdam
from lab.simulation import simulate
from lab.theory import adam_floors
from lab.theory.sgd import stability_limit

n, B, lam, eta, floor, rms = symbols("n B lam eta floor rms")


@named
def effective_rank(lam):
    """r1 = tr Sigma^(1/2) / max Sigma^(1/2)"""
    return one_by_one(adam_floors.effective_rank, lam)


@named
def stable_step(lam, batch):
    """the mean-square stability limit of GN^-1/2"""
    return one_by_one(lambda row: stability_limit(row, -0.5, int(batch)), lam)


@named
def fixed_point(lam, eta, batch):
    """T with eta w_i = 2 sqrt(m_i/A) H(T / ((B+1) m_i)), sum m_i = T, w_i = sqrt(lam_i), A = 1 +
    1/B, H(c) = E z^2 / sqrt(z^2 + c)"""
    return one_by_one(
        lambda row: adam_floors.idealised_adam_floor(row, float(eta), int(batch)), lam
    )


def residuals(lam, eta, batch: int, seed: int, steps=1500) -> np.ndarray:
    """tau = delta^T Sigma delta of idealised Adam, (R, recorded, runs), from what is stationary to
    leading order.

    Small eigenvalues move too slowly to find their place by themselves: lam_i E delta_i^2 = eta
    w_i sqrt(T / B) / 2, w = sqrt(lam).
    """
    found = []
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta**2 * w.sum() / (4 * batch * w))
        start = spread * np.random.default_rng(seed).standard_normal((4, len(row)))
        run = simulate(
            GaussianRegression(row, 0.0),
            IdealisedAdam(eta),
            start,
            steps=steps,
            batch=batch,
            rng=seed,
            every=10,
        )
        found.append(2 * run["loss"][steps // 50 :])
    return np.array(found)


# 480 recorded values of four runs, correlated over some ten of them: 1 %; what is left of order (B
# + 1) / r1: 1.5 %
SAMPLING = "1 % of sampling error, and the next order in (B + 1) / r1"


@claim(
    "adam/noise-floor",
    over={n: choice(32, 128), B: choice(1, 8), eta: choice(0.1, 1.0), lam: spectrum(n, -4, -0.5)},
    assuming=[effective_rank(lam) >= 4 * (B + 1)],
    says={"edge": equal(floor, eta * sqrt(B) / stable_step(lam, B), rtol=0.04, because=SAMPLING)},
    where={
        floor: "geometric mean of sqrt(tau) of idealised Adam, tau = delta^T Sigma delta,"
        " without label noise, Sigma diagonal"
    },
    cites=derived("leading order in (B + 1) / r1; n itself is irrelevant"),
    instances=10,
)
def noise_floor(B, lam, eta, seed):
    """Idealised Adam is GN^-1/2 with the step eta sqrt(B / tau), which grows as the loss falls,
    until it is the largest stable one."""
    return {floor: np.exp(np.log(residuals(lam, eta, B, seed)).mean((1, 2)) / 2)}


@claim(
    "adam/floor-fixed-point",
    over={n: choice(32, 128), B: choice(1, 8), eta: choice(0.1, 1.0), lam: spectrum(n, -4, -0.5)},
    assuming=[effective_rank(lam) >= 5],
    says={
        "closure": equal(
            rms,
            sqrt(fixed_point(lam, eta, B)),
            rtol=0.04,
            because="1 % of sampling error, 3 % of the closure",
        )
    },
    where={rms: "sqrt of the mean of tau of idealised Adam, as in adam/noise-floor"},
    cites=derived(
        "E[2 e_i^2 / sqrt(A e_i^2 + tau / B)] = eta w_i is exact; closed by normal e_i ="
        " sqrt(lam_i) delta_i and tau = T"
    ),
    instances=10,
)
def floor_fixed_point(B, lam, eta, seed):
    """Every coordinate is stationary where its drift equals its step squared: one equation per
    coordinate, coupled through T."""
    return {rms: np.sqrt(residuals(lam, eta, B, seed).mean((1, 2)))}

"""Adam: where it stops under gradient noise."""

from __future__ import annotations

import numpy as np
from sympy import Rational, sqrt

from lab.claims import (
    between,
    choice,
    claim,
    derived,
    enclosed,
    equal,
    let,
    named,
    one_by_one,
    spectrum,
    symbols,
)
from lab.objectives import GaussianRegression
from lab.optimizers import Adam, IdealisedAdam
from lab.simulation import simulate
from lab.theory import adam_floors, floors
from lab.theory.sgd import stability_limit

n, B, lam, eta, beta1, beta2, floor, rms, excess = symbols(
    "n B lam eta beta1 beta2 floor rms excess"
)
c, E, adam = symbols("c E adam")


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


def residuals(lam, eta, batch: int, seed: int) -> np.ndarray:
    """tau = delta^T Sigma delta of idealised Adam, (R, recorded, 16 runs), from what is stationary
    to leading order: every ten steps, 300 to 600.

    Small eigenvalues move too slowly to find their place by themselves: lam_i E delta_i^2 = eta
    w_i sqrt(T / B) / 2, w = sqrt(lam).
    """
    found = []
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta**2 * w.sum() / (4 * batch * w))
        # many short runs: a step of sixteen costs little more than one of a single run
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


# 496 recorded values of sixteen runs, correlated over some ten of them: 1 %. The next order in
# (B + 1) / r1 <= 1/4 is not derived: no instance was found 2 % off, and twice that is allowed
SAMPLING = "1 % of sampling error, and the next order in (B + 1) / r1: 4 % is measured, not derived"


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
            because="1 % of sampling error; that of the closure is measured, not derived",
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


@named
def slow_fixed_point(lam, eta, batch, beta1):
    """T with m_i (2 - (1-beta1)/(1+beta1) u_i) = u_i (m_i + T)/B, u_i = eta w_i / sqrt(A m_i +
    T/B), sum m_i + 1 = T"""
    return one_by_one(
        lambda row: adam_floors.slow_adam_floor(row, eta, batch, beta1, noise=1.0), lam
    )


@claim(
    "adam/slow-floor",
    over={
        n: choice(24),
        B: choice(1, 8),
        beta1: choice(0.0, 0.9),
        eta: choice(0.03, 0.1),
        lam: spectrum(n, -2, -0.5),
    },
    says={
        "floor": equal(
            excess,
            slow_fixed_point(lam, eta, B, beta1) - 1,
            rtol=0.03,
            because="three standard errors of 1 %, and 0.3 % of E v^-1/2",
        )
    },
    where={
        excess: "mean of delta^T Sigma delta of Adam(eta, beta1, 0.999, eps = 0) with label"
        " noise 1, Sigma diagonal"
    },
    cites=derived("the limit beta2 -> 1, exact in mean square for every spectrum and batch"),
    instances=8,
)
def slow_floor(B, beta1, eta, lam, seed):
    """As beta2 -> 1, v is frozen at its mean A m_i + T/B, and e_i a linear filter of noise of
    variance (m_i + T)/B. At beta2 = 0.999 the variance of v is (1 - beta2)/(1 + beta2) (kurtosis -
    1) of its square, kurtosis 9 for a product of two normal numbers, and 3/8 of that is what the
    mean of v^-1/2 is larger by: 0.15 %, and twice that while v has seen a thousand squares only."""
    found = []
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta / (2 * np.sqrt(B) * w))
        start = spread * np.random.default_rng(seed).standard_normal((64, len(row)))
        f = GaussianRegression(row, 0.0, 1.0)
        run = simulate(
            f, Adam(eta, beta1, 0.999, 0.0), start, steps=1500, batch=B, rng=seed, every=10
        )
        # 750 steps: the slowest coordinate, eta w = .003, has forgotten its start to e^-2, its
        # square to e^-4; v, which is debiased, has no start to forget
        found.append(2 * run["loss"][75:].mean() - 1)
    return {excess: np.array(found)}


# 1 % of sampling, and what is of first order in (B + 1) E / (T r1) <= 1/20
FIRST_ORDER = "four standard errors of 1 %, and the next order in the step"


@named
def label_floor(lam, eta, batch):
    """E with (1 + E) (1 - Q) = 1, Q = (1/B) sum q_i / (2 - (1 + 1/B) q_i), q_i = eta sqrt(B lam_i /
    (1 + E))"""
    return one_by_one(lambda row: floors.adam_floor(row, eta, batch, 1.0) - 1, lam)


@named
def trace_root(lam):
    """tr Sigma^(1/2)"""
    return np.sqrt(lam).sum(-1)


def excess_risk(optimizer, lam, eta, batch: int, seed: int) -> np.ndarray:
    """The stationary mean of delta^T Sigma delta (R,) with label noise 1, started from its first
    order: e_i^2 = eta w_i / (2 sqrt B), w = sqrt(lam)."""
    found, steps = [], 800
    for row in lam:
        w = np.sqrt(row)
        spread = np.sqrt(eta / (2 * np.sqrt(batch) * w))
        start = spread * np.random.default_rng(seed).standard_normal((100, len(row)))
        f = GaussianRegression(row, 0.0, 1.0)
        run = simulate(f, optimizer, start, steps=steps, batch=batch, rng=seed, every=10)
        found.append(2 * run["loss"][steps // 50 :].mean() - 1)
    return np.array(found)


@claim(
    "adam/label-noise-floor",
    over={
        n: choice(32),
        B: choice(1, 8),
        eta: choice(0.03, 0.3),
        lam: spectrum(n, -1, -0.3),
        c: let(eta * trace_root(lam) / (2 * sqrt(B))),
        E: let(c * (c / 2 + sqrt(c**2 / 4 + 1))),
    },
    assuming=[effective_rank(lam) / 20 >= (B + 1) * E / (1 + E)],
    says={
        "idealised": equal(excess, label_floor(lam, eta, B), rtol=0.05, because=FIRST_ORDER),
        "Adam": equal(adam, E, rtol=0.05, because=FIRST_ORDER),
    },
    where={
        excess: "mean of delta^T Sigma delta of idealised Adam with label noise 1, Sigma diagonal",
        adam: "the same of Adam(eta, 0, 0.999, eps = 0)",
    },
    cites=derived("stationary risk of GN^-1/2 at the effective step eta sqrt(B / (1 + E))"),
    instances=3,
)
def label_noise_floor(B, lam, eta, seed):
    """Idealised Adam is GN^-1/2 with the step eta sqrt(B / T), T = 1 + E; to first order in the
    step E = c sqrt(T). Adam agrees to that order, not beyond: its v remembers larger residuals."""
    ideal = excess_risk(IdealisedAdam(eta), lam, eta, B, seed)
    real = excess_risk(Adam(eta, 0.0, 0.999, 0.0), lam, eta, B, seed)
    return {excess: ideal, adam: real}


@claim(
    "adam/step-bound-at-defaults",
    over={beta1: between(0.9, 0.9), beta2: between(0.999, 0.999)},
    says={
        "7.2703": enclosed(
            equal(
                (1 - beta1) / sqrt((1 - beta2) * (1 - beta1**2 / beta2)),
                Rational(72703, 10000),
                atol=5e-5,
                because="printed to four decimals",
            ),
            beta1=(0.9, 0.9),
            beta2=(0.999, 0.999),
        )
    },
    cites=derived(
        "Cauchy-Schwarz, as lab.theory.stability.adam_step_bound; attained by gradients "
        "(beta2 / beta1)^t"
    ),
)
def step_bound_at_defaults():
    """m^2 <= (1 - beta1)^2 sum (beta1^2 / beta2)^k sum beta2^k g_(t-k)^2, and the last sum is v /
    (1 - beta2)."""
    return {}

"""Adam: where it stops under gradient noise.

Linear regression with Gaussian rows of covariance Sigma = diag(lam), batch B, label noise sigma (0
or 1). Letters: w_i = sqrt(lam_i), e_i = w_i d_i with d the distance from the minimum, m_i = E
e_i^2, tau = sum e_i^2 + sigma^2, T = E tau, A = 1 + 1/B, r1 = sum w / max w <= n.

Idealised Adam divides by the root of the expected squared gradient, s_i = lam_i (A e_i^2 + tau /
B). To leading order that is GN^-1/2 with the step eta sqrt(B / tau), which grows as the loss falls:
with a constant eta Adam never converges, and without label noise T is proportional to eta^2. The
claims give the floor at three levels: the stability edge (leading order), a closed fixed point
(next order, idealised Adam), and the limit beta2 -> 1 of Adam itself, which is another number and
not the idealised one. What decides is r1, not the dimension n.

Setting: the small-batch half of arXiv 2510.13680; its theorems are not known to us, and these are
our own derivations. lab.theory.adam_floors and lab.theory.floors hold the formulas.
"""

from __future__ import annotations

import numpy as np
from sympy import Rational, sqrt

from lab.claims import between, choice, claim, derived, enclosed, equal, let, spectrum, symbols
from lab.claims.adaptive.floors import (
    effective_rank,
    excess_risk,
    fixed_point,
    label_floor,
    residuals,
    slow_fixed_point,
    stable_step,
    trace_root,
)
from lab.objectives import GaussianRegression
from lab.optimizers import Adam, IdealisedAdam
from lab.simulation import simulate

n, B, lam, eta, beta1, beta2, floor, rms, excess = symbols(
    "n B lam eta beta1 beta2 floor rms excess"
)
c, E, adam = symbols("c E adam")


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
    """s_i = lam_i (tau / B) (1 + (B + 1) e_i^2 / tau). While (B + 1) e_i^2 << tau the bracket is 1
    and idealised Adam is GN^-1/2 with the step eta sqrt(B / tau). That step grows as the loss
    falls: below the largest mean-square stable one, eta*, tau falls, above it tau grows, so that
    log tau is stationary where eta sqrt(B / tau) = eta*.

    The hypothesis is what makes the bracket 1: the largest m_i / T is 1 / r1, so r1 >= 4 (B + 1)
    keeps the correction below a quarter. In its place "n >= 16 B" was once assumed and is false: n
    = 256 with lam_i = i^-2 and B = 16 has a floor half of the formula's. The geometric mean is what
    an edge speaks about; its tolerance is measured, as the next order is not derived here
    (adam/floor-fixed-point has it).
    """
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
    """E[e_i+^2 | d] = e_i^2 - 2 eta w_i e_i^2 / sqrt(A e_i^2 + tau / B) + eta^2 w_i^2 exactly: the
    last term has no factor because the expected squared gradient is the square of the denominator.
    Stationary, E[2 e_i^2 / sqrt(A e_i^2 + tau / B)] = eta w_i for every coordinate.

    Two approximations close it: e_i = sqrt(m_i) z with z normal, and tau = T inside the root. Then
    the left side is 2 sqrt(m_i / A) H(c_i), c_i = T / ((B + 1) m_i), H(c) = E z^2 / sqrt(z^2 + c):
    one monotone equation per coordinate, m_i(T), and one outer root sum m_i(T) = T.

    r1 >= 5 is for the second: with one dominant coordinate tau is e_1^2 and not its mean, and sqrt
    T is off by more than ten per cent at n = 1, B = 1. For B -> inf the e_i are uniform on [-eta
    w_i, eta w_i], not normal.
    """
    return {rms: np.sqrt(residuals(lam, eta, B, seed).mean((1, 2)))}


@claim(
    "adam/slow-floor",
    over={
        n: choice(24),
        B: choice(1, 8),
        # grouped: a run is one beta1, eta and B for all its spectra
        beta1: choice(0.0, 0.9),
        eta: choice(0.03, 0.1),
        # kappa <= 100, as a coordinate needs 1 / (eta sqrt lam) steps
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
    """As beta2 -> 1, v is frozen at its mean A m_i + T/B, and e_i is a linear filter of noise that
    is white, because batches are fresh, and of variance (m_i + T)/B: x+ = x - u m with EMA momentum
    beta1 has the stationary variance (u/2) S / (1 - (1 - beta1) u / (2 (1 + beta1))) under noise of
    variance S. No assumption on the law of e_i enters, hence no hypothesis on r1 or B.

    So beta1 matters at the floor. Adam stayed below idealised Adam wherever both were computed: its
    v remembers larger residuals than today's. Only the mean square obeys this; log tau wanders the
    more the slower v is.

    At beta2 = 0.999 the variance of v is (1 - beta2)/(1 + beta2) (kurtosis - 1) of its square,
    kurtosis 9 for a product of two normal numbers, and 3/8 of that is what the mean of v^-1/2 is
    larger by: 0.15 %, and twice that while v has seen a thousand squares only.
    """
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
    """While (B + 1) e_i^2 << tau idealised Adam is GN^-1/2 with the step eta sqrt(B / T), T = 1 +
    E, whose stationary risk is E = T Q, Q as in label_floor. For small steps Q = sum q_i / (2 B) =
    c / sqrt T with c = eta tr Sigma^(1/2) / (2 sqrt B), so E = c sqrt(1 + E), and E is the positive
    root of E^2 = c^2 (1 + E).

    Adam agrees to that order, not beyond: its v remembers larger residuals, and the tolerance is
    the order that is left out. The hypothesis keeps the share of one coordinate, (B + 1) E / (T
    r1), below 1/20; one large eigenvalue is outside it, and there the edge is a quarter too high,
    as at 32 coordinates (1, 1e-4, ..., 1e-4), B = 32, eta = 0.2.
    """
    ideal = excess_risk(IdealisedAdam(eta), lam, eta, B, seed)
    # beta1 = 0: idealised Adam has no momentum either
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
            # intervals of one point: what is enclosed is a number
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
    """m = (1 - beta1) sum_k beta1^k g_(t-k). Cauchy-Schwarz with weights beta2^k:

        m^2 <= (1 - beta1)^2 [sum (beta1^2 / beta2)^k] [sum beta2^k g_(t-k)^2]

    and the last sum is v / (1 - beta2), so |m| / sqrt v <= (1 - beta1) / sqrt((1 - beta2)(1 -
    beta1^2 / beta2)). The first sum converges iff beta1^2 < beta2; beyond that no bound exists.
    Equality iff g_(t-k) is proportional to (beta1 / beta2)^k, gradients that grow like (beta2 /
    beta1)^t. The debiased step at time t has the further factor sqrt(1 - beta2^t) / (1 - beta1^t),
    up to the terms that the sums then lack.
    """
    return {}

"""SGD with a fixed preconditioner on Gaussian linear regression: stability, best rate, critical batch, stationary risk, best exponent.

All depend on the preconditioner P only through the spectrum mu of P Sigma, scaled by the step: q = lr mu. Functions take
    spectrum (n,) > 0, power p: mu_i = lam_i^(1 + p), which is GN^p in the eigenbasis (p = 0 SGD, -1/2, -1)
and cover every other P by power = 0 and spectrum = preconditioned_spectrum(P, sigma). batch None means the full batch.
Everything is derived (see lab.theory.recursion); ValueError for a spectrum that is not positive or a batch that is no integer >= 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq

from lab.checks import covariance, nonnegative, positive, real
from lab.theory.recursion import inverse_batch, modes, risk_curve
from lab.ties import rounded


class BestRate(NamedTuple):
    """lr, and rate: the factor of E[delta^T Sigma delta] per step, asymptotically."""

    lr: float
    rate: float

    @property
    def steps(self) -> float:
        """Steps per e-fold of the risk, -1 / log(rate)."""
        return -1 / np.log(self.rate) if self.rate > 0 else 0.0


class BestExponent(NamedTuple):
    """powers (P,) with the tuned lr (K, P) and risk (K, P) for every horizon; best (K,): the power of lowest risk."""

    powers: np.ndarray
    lr: np.ndarray
    risk: np.ndarray
    best: np.ndarray


def preconditioned_spectrum(p, sigma) -> np.ndarray:
    """The eigenvalues of P Sigma, (n,), P (n, n) symmetric PSD or (n,) diagonal. Use with power = 0."""
    return modes(covariance("p", p), covariance("sigma", sigma))[0]


def stability_limit(spectrum, power: float, batch: int | None) -> float:
    """The lr with (1/B) sum_i q_i / (2 - (1 + 1/B) q_i) = 1,  q_i = lr lam_i^(1+p)

    E[delta^T Sigma delta] stays bounded iff lr is below it (all q_i < 2 / (1 + 1/B) is implied). Full batch: 2 / max mu.
    GN^-1: 2B / (B + n + 1). Small B: about 2B / sum mu.
    """
    mu, b = _scaled(spectrum, power), inverse_batch(batch)
    x, top = mu / mu.max(), 2 / ((1 + b) * mu.max())
    if b == 0:
        return float(top)

    # in s = 1 - lr / top, so that full-batch-like limits (s ~ 1/B) keep all digits
    def excess(log_s):
        s = np.exp(log_s)
        return b / (1 + b) * np.sum((1 - s) * x / ((1 - x) + s * x)) - 1

    low, high = b / (1 + 2 * b), len(mu) * b / (1 + b + len(mu) * b)
    log_s = brentq(excess, np.log(low) - 1e-9, min(np.log(high) + 1e-9, 0.0), xtol=1e-15, rtol=1e-15)
    return float(top * -np.expm1(log_s))


def rate(spectrum, power: float, batch: int | None, lr: float) -> float:
    """The asymptotic factor per step r = 1 - x of the risk: (1/B) sum_i q_i^2 / (2 q_i - (1 + 1/B) q_i^2 - x) = 1, the largest such r

    Full batch: max (1 - q_i)^2. Above 1 the risk diverges.
    """
    positive("lr", lr)
    return 1 - _decay(lr * _scaled(spectrum, power), inverse_batch(batch))


def _decay(q, b):
    """1 - rate, to the relative precision of the gaps 2q - (1 + b) q^2: rates close to 1 keep their digits."""
    gap = 2 * q - (1 + b) * q**2
    if b == 0:
        return float(gap.min())
    above, total = gap - gap.min(), b * np.sum(q**2)
    low = np.max(b * q**2 - above)
    if total <= low * (1 + 1e-15):
        return float(gap.min() - total)

    # in log y, y = min gap - x > 0, which may be far smaller than the gaps
    def excess(log_y):
        return b * np.sum(q**2 / (above + np.exp(log_y))) - 1

    log_y = brentq(excess, np.log(low) - 1e-9, np.log(total) + 1e-9, xtol=1e-15, rtol=1e-15)
    return float(gap.min() - np.exp(log_y))


def best_rate(spectrum, power: float, batch: int | None) -> BestRate:
    """The lr of the fastest asymptotic decay, and its factor. For GN^-1: lr = B / (B + n + 1), rate (n + 1) / (B + n + 1), which no
    symmetric positive definite preconditioner beats.

    In v = 1 / lr the terms 1 / (2 v / mu - x v^2 / mu^2 - (1 + 1/B)) of the rate equation are convex, so the rate has one minimum: the
    zero of sum_i (1/mu_i - x v / mu_i^2) / (...)^2 in v.
    """
    mu, b = _scaled(spectrum, power), inverse_batch(batch)
    if b == 0:
        lr = 2 / (mu.max() + mu.min())
        return BestRate(float(lr), float(((mu.max() - mu.min()) / (mu.max() + mu.min())) ** 2))
    limit = stability_limit(mu, 0.0, batch)

    def slope(log_lr):
        v = np.exp(-log_lr)
        x, u = _decay(mu / v, b), v / mu
        h = 2 * u - x * u**2 - (1 + b)
        return np.sum(h.min() ** 2 / h**2 * (1 - x * u) / mu) * mu.min()

    lr = float(np.exp(brentq(slope, np.log(limit) - 20, np.log(limit), xtol=1e-15, rtol=1e-15)))
    return BestRate(lr, 1 - _decay(lr * mu, b))


def critical_batch(spectrum, power: float) -> float:
    """sum mu / max mu, the effective rank of P Sigma: below it the stable step grows like B, above it saturates at 2 / max mu

    n for GN^-1, tr(Sigma) / lam_1 for SGD: preconditioning raises the critical batch.
    """
    mu = _scaled(spectrum, power)
    return float(mu.sum() / mu.max())


def stationary_risk(spectrum, power: float, lr, batch: int | None, noise: float) -> np.ndarray:
    """lim E[delta^T Sigma delta] = noise^2 Q / (1 - Q),  Q = (1/B) sum_i q_i / (2 - (1 + 1/B) q_i): twice the excess loss

    lr a number or (*r,). ValueError naming the limit when a step is not below it.
    """
    lr, limit = real("lr", lr), stability_limit(spectrum, power, batch)
    positive("lr", lr), nonnegative("noise", real("noise", noise, 0))
    if (lr >= limit).any():
        size = "the full batch" if batch is None else f"batch {batch}"
        raise ValueError(f"the step {lr.max():g} is above the mean-square stability limit {limit:g} for {size}")
    excess = feedback(lr[..., None] * _scaled(spectrum, power), batch)
    return noise**2 * excess / (1 - excess)


def feedback(q, batch: int | None) -> np.ndarray:
    """Q = (1/B) sum_i q_i / (2 - (1 + 1/B) q_i), (*r,), for q (*r, n) below the limit: the noise each unit of risk feeds back."""
    b = inverse_batch(batch)
    return b * (q / (2 - (1 + b) * q)).sum(-1)


def best_exponent(spectrum, source: float, horizons, batch: int | None, *, powers=None, noise: float = 0.0) -> BestExponent:
    """The power p whose GN^p, with its lr tuned, has the lowest risk after T steps, from E[delta_i^2] = lam_i^-s (source exponent s)

    horizons (K,): the T. powers: candidates, -1, -7/8, ..., 0 unless given. GN^-1 is best as T -> inf; at finite T with B = 1 the
    source decides: one greedy step has p_i ~ delta_i^2, that is power -s. lr: 40 values from 0.01 to 1.5 times the stability limit.
    """
    lam, t = _scaled(spectrum, 0.0), np.asarray(horizons)
    powers = np.linspace(-1, 0, 9) if powers is None else real("powers", powers, 1)
    limits = np.array([stability_limit(lam, p, batch) for p in powers])
    lr = limits[:, None] * np.geomspace(0.01, 1.5, 40)
    q = lr[..., None] * lam ** (1 + powers)[:, None, None]
    risk = risk_curve(q, lam ** (1 - source), t, batch, noise)
    tuned = rounded(risk).argmin(-1)
    lowest = np.take_along_axis(risk, tuned[..., None], -1)[..., 0]
    rates = np.take_along_axis(np.broadcast_to(lr, risk.shape), tuned[..., None], -1)[..., 0]
    return BestExponent(powers, rates, lowest, powers[rounded(lowest).argmin(-1)])


def _scaled(spectrum, power) -> np.ndarray:
    """mu = lam^(1 + power), checked."""
    spectrum = real("spectrum", spectrum, 1)
    positive("spectrum", spectrum)
    return spectrum ** (1 + float(real("power", power, 0)))

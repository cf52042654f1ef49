"""SGD with a fixed preconditioner on Gaussian linear regression: what its spectrum decides.

Stability, best rate, critical batch, stationary risk and best exponent depend on the preconditioner
P only through the spectrum mu of P Sigma, scaled by the step: q = lr mu. Functions take
    spectrum (n,) > 0, power p: mu_i = lam_i^(1 + p)
which is GN^p in the eigenbasis (p = 0 SGD, -1/2, -1), and cover every other P by power = 0 and
spectrum = preconditioned_spectrum(P, sigma). batch B: an integer >= 1, or None for the full batch.
Everything is derived (see lab.theory.recursion). ValueError for a spectrum that is empty or not
positive, a batch that is no integer >= 1, or a mu that leaves the floating-point range.

Moments in the modes are multiplied by diag(1 - 2 q + (1 + 1/B) q^2) + (1/B) q^2 1^T per step: a
diagonal matrix plus rank one, with entries >= 0. Its largest eigenvalue is real (Perron) and solves
an equation with a sum over modes (determinant lemma), which is monotone: hence roots by bracketing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import nonnegative, positive, real
from lab.domains import entries, filled, in_range, increasing_steps, number, vector
from lab.matrix_checks import covariance
from lab.theory.recursion import inverse_batch, modes, risk_curve
from lab.theory.roots import TOLERANCE, crossing
from lab.ties import rounded

# brackets are exact bounds of the root; this lets them contain it after rounding
SLACK = 1e-9
# the fastest step is half the stability limit for GN^-1 and never far from that: e^-20 of the limit
# is well below it
E_FOLDS_BELOW = 20

# best_exponent's learning rates, as shares of the stability limit: over two decades, and above 1
# because at a short horizon the best step may be one that diverges in the end
RATES = 40
LOWEST_SHARE = 0.01
HIGHEST_SHARE = 1.5


class BestRate(NamedTuple):
    """lr, and rate: the factor of E[delta^T Sigma delta] per step, asymptotically."""

    lr: float
    rate: float

    @property
    def steps(self) -> float:
        """Steps per e-fold of the risk, -1 / log(rate)."""
        return -1 / np.log(self.rate) if self.rate > 0 else 0.0


class BestExponent(NamedTuple):
    """The tuned lr (K, P) and its risk (K, P) of every horizon and power; best (K,): a power."""

    powers: np.ndarray
    lr: np.ndarray
    risk: np.ndarray
    best: np.ndarray


@in_range
def preconditioned_spectrum(
    p: np.ndarray,
    sigma: np.ndarray,
) -> np.ndarray:
    """The eigenvalues of P Sigma, (n,). Use with power = 0.

    p (n, n) symmetric PSD or (n,) >= 0 diagonal; sigma (n, n) or (n,). ValueError otherwise.
    """
    p = covariance("p", real("p", p))
    sigma = covariance("sigma", real("sigma", sigma))
    q, _ = modes(p, sigma)
    return q


@in_range
def stability_limit(
    spectrum: np.ndarray,
    power: float,
    batch: int | None,
) -> float:
    """The lr with (1/B) sum_i q_i / (2 - (1 + 1/B) q_i) = 1,  q_i = lr lam_i^(1+p)

    E[delta^T Sigma delta] stays bounded iff lr is below it (all q_i < 2 / (1 + 1/B) is implied).
    Full batch: 2 / max mu. GN^-1: 2B / (B + n + 1). Small B: about 2B / sum mu, never above it.
    """
    mu = _scaled(spectrum, power)
    b = inverse_batch(batch)
    x = mu / mu.max()
    top = 2 / ((1 + b) * mu.max())
    if b == 0:
        return float(top)

    # in s = 1 - lr / top, so that full-batch-like limits (s ~ 1/B) keep all digits
    def excess(log_s):
        s = np.exp(log_s)
        terms = (1 - s) * x / ((1 - x) + s * x)
        return b / (1 + b) * np.sum(terms) - 1

    # one eigenvalue at the top, and all of them there
    n = len(mu)
    low = np.log(b / (1 + 2 * b)) - SLACK
    high = np.log(n * b / (1 + b + n * b)) + SLACK
    log_s = crossing(excess, low, min(high, 0.0))
    return float(top * -np.expm1(log_s))


@in_range
def rate(
    spectrum: np.ndarray,
    power: float,
    batch: int | None,
    lr: float,
) -> float:
    """The asymptotic factor of the risk per step

    The largest r = 1 - x with (1/B) sum_i q_i^2 / (2 q_i - (1 + 1/B) q_i^2 - x) = 1.

    Full batch: max (1 - q_i)^2. Above 1 the risk diverges. lr > 0. Asymptotic: what a mode without
    error at the start adds comes through the noise of the others.
    """
    lr = number("lr", lr, positive)
    q = lr * _scaled(spectrum, power)
    return 1 - _decay(q, inverse_batch(batch))


def _decay(q, b):
    """1 - rate, to the relative precision of the gaps: rates close to 1 keep their digits."""
    gap = 2 * q - (1 + b) * q**2
    if b == 0:
        return float(gap.min())

    above = gap - gap.min()
    total = b * np.sum(q**2)
    low = np.max(b * q**2 - above)
    # nothing between the bounds: one eigenvalue, or equal ones
    if total <= low * (1 + TOLERANCE):
        return float(gap.min() - total)

    # in log y, y = min gap - x > 0, which may be far smaller than the gaps
    def excess(log_y):
        return b * np.sum(q**2 / (above + np.exp(log_y))) - 1

    log_y = crossing(excess, np.log(low) - SLACK, np.log(total) + SLACK)
    return float(gap.min() - np.exp(log_y))


@in_range
def best_rate(
    spectrum: np.ndarray,
    power: float,
    batch: int | None,
) -> BestRate:
    """The lr of the fastest asymptotic decay, and its factor.

    For GN^-1: lr = B / (B + n + 1), rate (n + 1) / (B + n + 1), which no symmetric positive
    definite preconditioner beats. In v = 1 / lr the terms 1 / (2 v / mu - x v^2 / mu^2 - (1 +
    1/B)) of the rate equation are convex, so the rate has one minimum: the zero in v of
    sum_i (1/mu_i - x v / mu_i^2) / (...)^2.
    """
    mu = _scaled(spectrum, power)
    b = inverse_batch(batch)
    if b == 0:
        return _best_full_batch(mu)

    def slope(log_lr):
        lr = np.exp(log_lr)
        u = 1 / (lr * mu)
        x = _decay(lr * mu, b)
        h = 2 * u - x * u**2 - (1 + b)
        weight = h.min() ** 2 / h**2
        return np.sum(weight * (1 - x * u) / mu) * mu.min()

    limit = np.log(stability_limit(mu, 0.0, batch))
    lr = float(np.exp(crossing(slope, limit - E_FOLDS_BELOW, limit)))
    return BestRate(lr, 1 - _decay(lr * mu, b))


def _best_full_batch(mu):
    """lr = 2 / (max mu + min mu): gradient descent, whose risk contracts by the square."""
    total = mu.max() + mu.min()
    lr = 2 / total
    contraction = (mu.max() - mu.min()) / total
    return BestRate(float(lr), float(contraction**2))


@in_range
def critical_batch(spectrum: np.ndarray, power: float) -> float:
    """sum mu / max mu, the effective rank of P Sigma

    Below it the stable step grows like B, above it saturates at 2 / max mu. n for GN^-1,
    tr(Sigma) / lam_1 for SGD: preconditioning raises the critical batch.
    """
    mu = _scaled(spectrum, power)
    return float(mu.sum() / mu.max())


@in_range
def stationary_risk(
    spectrum: np.ndarray,
    power: float,
    lr: float | np.ndarray,
    batch: int | None,
    noise: float,
) -> np.ndarray:
    """lim E[delta^T Sigma delta] = noise^2 Q / (1 - Q): twice the excess loss, (*r,)

    Q = (1/B) sum_i q_i / (2 - (1 + 1/B) q_i). lr > 0, a number or (*r,); noise >= 0. ValueError
    naming the limit when a step is not below it.
    """
    lr = filled("lr", real("lr", lr))
    positive("lr", lr)
    noise = number("noise", noise, nonnegative)

    limit = stability_limit(spectrum, power, batch)
    if (lr >= limit).any():
        size = "the full batch" if batch is None else f"batch {batch}"
        raise ValueError(
            f"lr: the step {lr.max():g} is above the mean-square stability limit {limit:g} for "
            f"{size}"
        )

    q = lr[..., None] * _scaled(spectrum, power)
    excess = feedback(q, batch)
    return noise**2 * excess / (1 - excess)


@in_range
def feedback(q: np.ndarray, batch: int | None) -> np.ndarray:
    """Q = (1/B) sum_i q_i / (2 - (1 + 1/B) q_i), (*r,): the noise each unit of risk feeds back.

    q (*r, n) with 0 <= q_i < 2 / (1 + 1/B), ValueError outside. Stable iff Q < 1.
    """
    q = filled("q", entries("q", real("q", q), 1))
    nonnegative("q", q)
    b = inverse_batch(batch)
    left = 2 - (1 + b) * q
    if not (left > 0).all():
        raise ValueError(f"q reaches {q.max():g}: must be below 2 / (1 + 1/B) = {2 / (1 + b):g}")
    return b * (q / left).sum(-1)


@in_range
def best_exponent(
    spectrum: np.ndarray,
    source: float,
    horizons: np.ndarray,
    batch: int | None,
    *,
    powers: np.ndarray | None = None,
    noise: float = 0.0,
) -> BestExponent:
    """The power p whose GN^p, with its lr tuned, has the lowest risk after T steps

    From E[delta_i^2] = lam_i^-s, s the source exponent. horizons (K,): the T, increasing. powers:
    candidates, -1, -7/8, ..., 0 unless given. GN^-1 is best as T -> inf; at finite T with B = 1 the
    source decides: one greedy step has p_i ~ delta_i^2, that is power -s. lr: 40 values from 0.01
    to 1.5 times the stability limit.
    """
    lam = _scaled(spectrum, 0.0)
    source = number("source", source)
    t = increasing_steps("horizons", horizons)
    powers = np.linspace(-1, 0, 9) if powers is None else vector("powers", powers)

    limits = np.array([stability_limit(lam, p, batch) for p in powers])
    lr = limits[:, None] * np.geomspace(LOWEST_SHARE, HIGHEST_SHARE, RATES)
    mu = lam ** (1 + powers)[:, None]
    q = lr[..., None] * mu[:, None]
    start = lam ** (1 - source)
    if not np.isfinite(start).all():
        raise ValueError(f"source = {source:g}: must keep spectrum^(1 - source) in floating range")
    risk = risk_curve(q, start, t, batch, noise)

    # (K, P, 1): where on the grid of rates the lowest risk of a horizon and a power is
    tuned = rounded(risk).argmin(-1)
    tuned = tuned[..., None]
    lowest = np.take_along_axis(risk, tuned, -1)[..., 0]
    rates = np.take_along_axis(np.broadcast_to(lr, risk.shape), tuned, -1)[..., 0]
    best = powers[rounded(lowest).argmin(-1)]
    return BestExponent(powers, rates, lowest, best)


def _scaled(spectrum, power) -> np.ndarray:
    """mu = lam^(1 + power), checked."""
    spectrum = vector("spectrum", spectrum)
    positive("spectrum", spectrum)
    exponent = 1 + float(real("power", power, 0))
    mu = spectrum**exponent
    if not ((mu > 0) & np.isfinite(mu)).all():
        raise ValueError(
            f"spectrum^(1 + power) reaches from {mu.min():g} to {mu.max():g}: "
            "must be in the floating-point range"
        )
    return mu

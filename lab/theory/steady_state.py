"""Stationary second moments of stochastic gradient methods on quadratics, coordinate by coordinate.

In the eigenbasis. lam: eigenvalue of the Hessian; sigma >= 0: standard deviation of the additive
gradient noise in that coordinate; lr > 0 and beta in (-1, 1) constant. Elementwise, and inf where
the method has no steady state, among others where lam <= 0. ValueError outside.

Additive noise is independent of theta, and a variance is the fixed point of a linear recursion of
E x_t^2 and E x_t x_{t-1}. In regression the noise grows with the error, and the moments of all
coordinates are coupled by one number, the risk.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, nonnegative, positive
from lab.domains import Numbers, in_range, last_axis, number, together, vector
from lab.linalg import ratio
from lab.theory.stability import heavy_ball_radius, momentum_coefficient, nesterov_radius


@in_range
def heavy_ball_variance(
    lam: Numbers,
    lr: Numbers,
    beta: Numbers,
    sigma: Numbers,
) -> Numbers:
    """Var = lr sigma^2 (1 + beta) / (lam (1 - beta)(2 (1 + beta) - lr lam)): `HeavyBall`

    With beta = 0 `SGD`: lr sigma^2 / (lam (2 - lr lam)). For small lr it is that of SGD with the
    rate lr / (1 - beta).
    """
    lam, lr, beta, sigma = _checked(lam, lr, beta, sigma)
    # the radius, not the edge: it also knows that lam <= 0 has no steady state
    stable = heavy_ball_radius(lam, lr, beta) < 1
    above = lr * sigma**2 * (1 + beta)
    below = lam * (1 - beta) * (2 * (1 + beta) - lr * lam)
    return np.where(stable, ratio(above, below, np.inf), np.inf)


@in_range
def nesterov_variance(
    lam: Numbers,
    lr: Numbers,
    beta: Numbers,
    sigma: Numbers,
) -> Numbers:
    """Var y = lr sigma^2 (1 + beta + s beta (1 + 2 beta)) / (lam (1 - beta + s beta) d), s = lr lam

    d = 2 + 2 beta - s (1 + 2 beta). The y-sequence, which is what `Nesterov` and the libraries'
    iterate are: .32177033 at lr = .1, beta = .9, lam = sigma = 1.
    """
    lam, lr, beta, sigma = _checked(lam, lr, beta, sigma)
    s = lr * lam
    stable = nesterov_radius(lam, lr, beta) < 1
    heat = 1 + beta + s * beta * (1 + 2 * beta)
    d = 2 + 2 * beta - s * (1 + 2 * beta)
    above = lr * sigma**2 * heat
    below = lam * (1 - beta + s * beta) * d
    return np.where(stable, ratio(above, below, np.inf), np.inf)


def _checked(lam, lr, beta, sigma):
    """The four, broadcast; lam may be any real number."""
    lam, lr, beta, sigma = together(lam=lam, lr=lr, beta=beta, sigma=sigma)
    positive("lr", lr)
    momentum_coefficient("beta", beta)
    nonnegative("sigma", sigma)
    return lam, lr, beta, sigma


@in_range
def regression_moments(
    lam: np.ndarray,
    lr: float,
    batch: int,
    sigma: float,
) -> np.ndarray:
    """M_i = (lr / B)(S + sigma^2) / d_i,  d_i = 2 - lr lam_i (B + 1) / B, (n,)

        S = sigma^2 c / (1 - c),  c = (lr / B) sum_j lam_j / d_j

    M_i = E (theta_i - theta*_i)^2 of SGD on Gaussian linear regression, fresh batches of size B,
    label noise sigma >= 0, lam (n,) > 0. S = sum_i lam_i M_i; S / 2 is the excess risk of the loss
    (x^T theta - y)^2 / 2. 0 without label noise. inf unless every denominator is positive and
    c < 1. The fixed point of `regression_step`. (derived, from
    E[x x^T M x x^T] = 2 H M H + H tr(H M); any x with independent coordinates of kurtosis 3 has the
    same)
    """
    lam, lr, batch, sigma = _regression(lam, lr, batch, sigma)
    # (batch + 1) / batch: the kurtosis of Gaussian inputs makes large steps noisier
    below = 2 - lr * lam * (batch + 1) / batch
    unstable = np.full_like(lam, np.inf)
    if (below <= 0).any():
        return unstable

    # of the noise that a unit of risk makes, the share that comes back as risk
    c = lr / batch * (lam / below).sum()
    if c >= 1:
        return unstable
    # S + sigma^2 = sigma^2 / (1 - c)
    return lr / batch * sigma**2 / (1 - c) / below


@in_range
def regression_step(
    moments: np.ndarray,
    lam: np.ndarray,
    lr: float,
    batch: int,
    sigma: float,
) -> np.ndarray:
    """One step of those moments (n,) >= 0

    M <- (1 - 2 lr lam + lr^2 (1 + 1/B) lam^2) M + (lr^2 / B) lam (lam . M + sigma^2)
    """
    lam, lr, batch, sigma = _regression(lam, lr, batch, sigma)
    moments = vector("moments", moments)
    nonnegative("moments", moments)
    last_axis("moments", moments, len(lam))

    kept = 1 - 2 * lr * lam + lr**2 * (1 + 1 / batch) * lam**2
    residual = lam @ moments + sigma**2
    heat = lr**2 / batch * lam * residual
    return kept * moments + heat


def _regression(lam, lr, batch, sigma):
    """The four, checked."""
    lam = vector("lam", lam)
    positive("lam", lam)
    lr = number("lr", lr, positive)
    sigma = number("sigma", sigma, nonnegative)
    return lam, lr, count("batch", batch), sigma

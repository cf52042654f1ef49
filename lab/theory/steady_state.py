"""Stationary second moments of stochastic gradient methods on quadratics, coordinate by coordinate in the eigenbasis.

lam: eigenvalue of the Hessian; sigma: standard deviation of the additive gradient noise in that coordinate. Elementwise, inf where
the method has no steady state. Learning rate and noise are constant.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import Scalar
from lab.theory.stability import heavy_ball_edge, nesterov_edge


def heavy_ball_variance(lam: Scalar, lr: Scalar, beta: Scalar, sigma: Scalar) -> Scalar:
    """Var = lr sigma^2 (1 + beta) / (lam (1 - beta)(2 (1 + beta) - lr lam)): `HeavyBall`; with beta = 0 `SGD`."""
    stable = lam < heavy_ball_edge(lr, beta)
    below = lam * (1 - beta) * (2 * (1 + beta) - lr * lam)
    return np.where(stable, lr * sigma**2 * (1 + beta) / np.where(stable, below, 1.0), np.inf)


def nesterov_variance(lam: Scalar, lr: Scalar, beta: Scalar, sigma: Scalar) -> Scalar:
    """Var y = lr sigma^2 (1 + beta + lr lam beta (1 + 2 beta)) / (lam (1 - beta + lr lam beta)(2 + 2 beta - lr lam (1 + 2 beta)))

    The y-sequence, which is what `Nesterov` and the libraries' iterate are: .32177033 at lr = .1, beta = .9, lam = sigma = 1.
    """
    stable, s = lam < nesterov_edge(lr, beta), lr * lam
    below = lam * (1 - beta + s * beta) * (2 + 2 * beta - s * (1 + 2 * beta))
    return np.where(stable, lr * sigma**2 * (1 + beta + s * beta * (1 + 2 * beta)) / np.where(stable, below, 1.0), np.inf)


def regression_moments(lam: np.ndarray, lr: float, batch: int, sigma: float) -> np.ndarray:
    """M_i = (lr / B)(S + sigma^2) / d_i,  d_i = 2 - lr lam_i (B + 1) / B,  S = sigma^2 c / (1 - c),  c = (lr / B) sum_j lam_j / d_j

    M_i = E (theta_i - theta*_i)^2 of SGD on Gaussian linear regression, fresh batches of size B, label noise sigma, lam (n,). S / 2 is the
    excess risk of the loss (x^T theta - y)^2 / 2. inf unless every denominator is positive and c < 1. (derived, from
    E[x x^T M x x^T] = 2 H M H + H tr(H M); any x with independent coordinates of kurtosis 3 has the same)
    """
    below = 2 - lr * lam * (batch + 1) / batch
    if (below <= 0).any():
        return np.full_like(lam, np.inf)
    c = lr / batch * (lam / below).sum()
    return lr / batch * sigma**2 / (1 - c) / below if c < 1 else np.full_like(lam, np.inf)


def regression_step(moments: np.ndarray, lam: np.ndarray, lr: float, batch: int, sigma: float) -> np.ndarray:
    """One step of those moments: M <- (1 - 2 lr lam + lr^2 (1 + 1/B) lam^2) M + (lr^2 / B) lam (lam . M + sigma^2)."""
    kept = 1 - 2 * lr * lam + lr**2 * (1 + 1 / batch) * lam**2
    return kept * moments + lr**2 / batch * lam * (lam @ moments + sigma**2)

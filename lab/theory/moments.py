"""Second moments of mini-batch gradients in Gaussian linear regression, and how far Adam is from GN^-1/2 because of them.

Common arguments: sigma (n, n) or (n,) for a diagonal covariance; delta = theta - theta_star, (*r, n); noise: label-noise standard
deviation; batch B; basis: an Orthogonal basis U, the coordinates unless given. E = delta^T Sigma delta, tau = E + noise^2, r = E / tau.
Everything is derived (Isserlis' theorem); Liu et al. 2025 state that Adam is close to GN^-1/2 at small batches, without our constants.
ValueError for a batch that is no integer >= 1, negative noise, a covariance that is not PSD.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.bases import Orthogonal
from lab.checks import count, covariance, nonnegative, real
from lab.linalg import multiply


class AdamOverGN(NamedTuple):
    """(P_Adam / P_GN^-1/2)_i = sqrt(B / (tau k_i)), lower <= k_i <= upper in every basis.

    k (*r, n); lower and upper (*r,): 1 and K = 1 + (B + 1) r for Gaussian inputs; r (*r,); rho2 (*r, n): rho_i^2, rho_i the correlation
    of u_i^T x with delta^T x. A common factor of k is a learning rate, so only `spread` is a difference between the methods.
    """

    k: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    r: np.ndarray
    rho2: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """max / min over coordinates of P_Adam / P_GN^-1/2, (*r,)."""
        return np.sqrt(self.k.max(-1) / self.k.min(-1))


def second_moment(sigma, delta, noise: float, batch: int | None, basis: Orthogonal | None = None) -> np.ndarray:
    """E[g_B g_B^T] = (1 + 1/B) Sigma delta delta^T Sigma + (tau / B) Sigma, as a matrix (*r, n, n) in the basis; batch None: B -> inf"""
    sigma, delta = _problem(sigma, delta, noise)
    inverse = 0.0 if batch is None else 1 / count("batch", batch)
    g, tau = multiply(sigma, delta), (delta * multiply(sigma, delta)).sum(-1) + noise**2
    dense = np.diag(sigma) if sigma.ndim == 1 else sigma
    if basis is not None:
        dense, g = basis.rows(basis.rows(dense).T).T, basis.to(g)
    return (1 + inverse) * g[..., :, None] * g[..., None, :] + inverse * tau[..., None, None] * dense


def adam_over_gn_half(sigma, delta, noise: float, batch: int, basis: Orthogonal | None = None, *, k4: float = 1.0) -> AdamOverGN:
    """s_i = E[(u_i^T g_B)^2] = (tau / B) Sigma_ii k_i,   k_i = (k4 r + 1 - r) + (2 k4 + B - 1) r rho_i^2

    k4 = E w^2 is the kurtosis factor of elliptical inputs x = sqrt(w) z; k4 = 1, Gaussian, gives k_i = 1 + (B + 1) r rho_i^2. Since
    0 <= rho_i^2 <= 1, upper / lower <= 3 at B = 1 for every k4, sigma, delta and basis. Both sides are attained: Sigma diagonal,
    delta = e_1, noise = 0 has k = (B + 2, 1, ..., 1). As r -> 0 (label noise dominates) Adam becomes GN^-1/2 exactly.
    ValueError when delta and noise both vanish: there is no gradient.
    """
    r, rho2 = _correlations(sigma, delta, noise, basis)
    b = count("batch", batch)
    if not np.min(k4) >= 1:
        raise ValueError(f"k4 = {k4:g}: must be >= 1")
    lower = k4 * r + 1 - r
    upper = lower + (2 * k4 + b - 1) * r
    return AdamOverGN(lower[..., None] + (2 * k4 + b - 1) * r[..., None] * rho2, lower, upper, r, rho2)


def batch_crossover(sigma, delta, noise: float, basis: Orthogonal | None = None) -> np.ndarray:
    """B_i = 1 / (r rho_i^2) - 1: the batch size at which coordinate i turns from GN^-1/2-like to sign-like (k_i = 2), (*r, n)

    inf for a coordinate with rho_i = 0, which stays GN^-1/2-like at every batch size.
    """
    r, rho2 = _correlations(sigma, delta, noise, basis)
    with np.errstate(divide="ignore"):
        return 1 / (r[..., None] * rho2) - 1


def one_step_progress(p, sigma, delta, noise: float, batch: int | None, *, basis: Orthogonal | None = None) -> np.ndarray:
    """D(P) = max over the step of the expected decrease of the loss = (g^T P g)^2 / (2 tr(P Sigma P E[g_B g_B^T])),  g = Sigma delta

    P = U diag(p) U^T, p (*r, n). With tr(P Sigma P M) = p^T (Sigma o M) p. Any factor of p drops out.
    """
    p, m = real("p", p), second_moment(sigma, delta, noise, batch, basis)
    sigma, delta = _problem(sigma, delta, noise)
    dense, g = np.diag(sigma) if sigma.ndim == 1 else sigma, multiply(sigma, delta)
    if basis is not None:
        dense, g = basis.rows(basis.rows(dense).T).T, basis.to(g)
    quadratic = (p[..., None, :] @ (dense * m) @ p[..., :, None])[..., 0, 0]
    return (p * g**2).sum(-1) ** 2 / (2 * quadratic)


def _problem(sigma, delta, noise):
    sigma, delta = covariance("sigma", sigma), real("delta", delta)
    nonnegative("noise", real("noise", noise, 0))
    if delta.ndim == 0 or delta.shape[-1] != len(sigma):
        raise ValueError(f"delta has shape {delta.shape}: its last axis must be {len(sigma)}, the dimension of sigma")
    return sigma, delta


def _correlations(sigma, delta, noise, basis):
    """r (*r,) and rho_i^2 (*r, n); rho_i = 0 where u_i^T x or delta^T x vanishes."""
    sigma, delta = _problem(sigma, delta, noise)
    g = multiply(sigma, delta)
    e = (delta * g).sum(-1)
    if not (e + noise**2 > 0).all():
        raise ValueError("delta^T Sigma delta and noise are both 0: there is no gradient to precondition")
    variance = sigma if sigma.ndim == 1 else np.diag(sigma)
    if basis is not None:
        g, variance = basis.to(g), (basis.q * multiply(sigma, basis.q.T).T).sum(0)
    scale = variance * e[..., None]
    rho2 = np.where(scale > 0, g**2 / np.where(scale > 0, scale, 1.0), 0.0)
    return e / (e + noise**2), rho2

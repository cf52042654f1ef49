"""What statements about gradient noise name: functions of arrays over instances that SymPy can't
hold."""

from __future__ import annotations

import numpy as np

from lab.claims import named, one_by_one
from lab.linalg import matvec
from lab.theory import sgd


@named
def excess(sigma, d):
    """d^T Sigma d"""
    return (d * _times(sigma, d)).sum(-1)


def _times(sigma, d):
    """Sigma d (R, n), whole numbers where both are."""
    return (sigma @ d[..., None])[..., 0]


@named
def outer(sigma, d):
    """(Sigma d) (Sigma d)^T

    The square of the mean gradient (R, n, n), whole numbers where Sigma and d are.
    """
    g = _times(sigma, d)
    return g[:, :, None] * g[:, None, :]


def inside(u, h) -> np.ndarray:
    """diag(U^T H U) (R, n)."""
    return np.einsum("rji,rjk,rki->ri", u, h, u)


@named
def share(sigma, d, noise, u):
    """r rho^2 = (u^T Sigma d)^2 / (tau u^T Sigma u), tau = d^T Sigma d + noise^2, per column u

    (R, n), the part of a direction's variance that is explained by the distance: 0 for u^T Sigma d
    = 0, r where u^T x is proportional to d^T x.
    """
    tau = (d * matvec(sigma, d)).sum(-1) + noise**2
    means = matvec(u.swapaxes(-1, -2), matvec(sigma, d))
    return means**2 / (tau[:, None] * inside(u, sigma))


@named
def first(x):
    """the first entry"""
    return x[:, 0]


@named
def highest(x):
    """the largest entry"""
    return x.max(-1)


@named
def lowest(x):
    """the smallest entry"""
    return x.min(-1)


def progress(u, p, sigma, d, moment) -> np.ndarray:
    """D(P) = (g^T P g)^2 / (2 tr(P Sigma P M)) (R,), P = U diag(p) U^T, g = Sigma d: the largest
    over eta of eta g^T P g - eta^2 tr(P Sigma P M) / 2, the expected decrease of the loss by one
    step -eta P g_B.
    """
    turn = u.swapaxes(-1, -2)
    g = matvec(turn, matvec(sigma, d))
    weights = (turn @ sigma @ u) * (turn @ moment @ u)
    return (p * g**2).sum(-1) ** 2 / (2 * (p * matvec(weights, p)).sum(-1))


@named
def most(d):
    """max |d_i|"""
    return np.abs(d).max(-1)


@named
def least(d):
    """min |d_i|"""
    return np.abs(d).min(-1)


@named
def drift(p, sigma, c):
    """P Sigma C + C Sigma P"""
    moved = p @ sigma @ c
    return moved + moved.swapaxes(-1, -2)


@named
def kept(p, sigma, c):
    """P Sigma C Sigma P"""
    return p @ sigma @ c @ sigma @ p


@named
def heat(p, sigma):
    """P Sigma P"""
    return p @ sigma @ p


@named
def trace(sigma, c):
    """tr(Sigma C)"""
    return (sigma * c).sum((-1, -2))


def transfer(q, batch, kurtosis=3.0) -> np.ndarray:
    """T (R, n, n) with m+ = T m for the diagonal m of C, in units in which it is symmetric.

    T = diag(1 - 2 q + (1 + (kurtosis - 2)/B) q^2) + q q^T / B, of coordinates that are independent
    with this kurtosis, 3 if Gaussian. In the units of m itself the last term is q^2 1^T / B;
    scaling entry i by q_i makes it symmetric, and leaves the eigenvalues.
    """
    # one batch for all instances, or one each
    inverse = np.broadcast_to(1 / np.asarray(batch, dtype=float), q.shape[:1])[:, None]
    own = 1 - 2 * q + (1 + (np.reshape(kurtosis, (-1, 1)) - 2) * inverse) * q**2
    coupling = inverse[..., None] * q[:, :, None] * q[:, None, :]
    return own[:, :, None] * np.eye(q.shape[-1]) + coupling


@named
def stability_limit(lam, batch):
    """the eta with (1/B) sum_i q_i / (2 - (1 + 1/B) q_i) = 1 and all q_i < 2 / (1 + 1/B), q = eta
    lam

    At most 2 B / sum lam, near it for small batches and flat spectra; 2 / max lam as B -> inf.
    """
    return one_by_one(lambda row, b: sgd.stability_limit(row, 0.0, b), lam, batch)


@named
def feedback(lam, eta, batch):
    """(1/B) sum_i q_i / (2 - (1 + 1/B) q_i), q = eta lam

    Q of sgd/stationary-risk: 1 at the stability limit.
    """
    q = eta[:, None] * lam
    b = 1 / np.asarray(batch, dtype=float)[:, None]
    return (b * q / (2 - (1 + b) * q)).sum(-1)

"""What is measured of a matrix: kappa, kappa of the nonzero spectrum, under a metric, and omega."""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.checks import EPS, able, count, real
from lab.domains import in_range
from lab.linalg import kappa, symmetric_power
from lab.matrix_checks import symmetric, symmetric_matrices
from lab.theory.conditioning.scalings import scaled


@in_range
def kappa_nonzero(
    h: np.ndarray,
    rank: int | None = None,
) -> tuple[float, int]:
    """lam_1 / lam_rank of a positive semi-definite h (n, n), and the rank that was used.

    Without one, eigenvalues up to n eps lam_1 count as zero: the rounding of computing them. A rank
    that is known says more: it tells a tiny eigenvalue from a zero. ValueError for h = 0, an
    indefinite h, and a rank above n or above the number of eigenvalues that are positive.
    """
    h = symmetric("h", real("h", h))
    lam = np.linalg.eigvalsh(h)[::-1]
    if lam[0] <= 0:
        raise ValueError("h = 0: must have a nonzero eigenvalue")

    # eigvalsh is backward stable: a zero comes out as some n eps lam_1, of either sign
    if rank is None:
        rounding = len(lam) * EPS * lam[0]
        used = int((lam > rounding).sum())
    else:
        used = count("rank", rank, 1)
    if used > len(lam) or lam[used - 1] <= 0:
        raise ValueError(f"rank = {used}: h has {int((lam > 0).sum())} positive eigenvalues")
    return float(lam[0] / lam[used - 1]), used


@in_range
def kappa_with(
    h: np.ndarray,
    d: np.ndarray,
) -> np.ndarray:
    """kappa(D H D), shape (*r,), for scalings d (*r, n) > 0 of matrices h (*r, n, n)."""
    return kappa(scaled(h, d))


@in_range
def kappa_under(
    h: np.ndarray,
    metric: Any,
) -> float:
    """kappa(P^T H P) with P P^T = M^-1: H (n, n) as a method sees it that divides by its metric M

    From H^(1/2) M^-1 H^(1/2), which has the same eigenvalues. metric: what an optimizer's
    `metric(state)` returns, which answers `solve`. inf for a singular H or M^-1; TypeError for a
    thing that does not answer.
    """
    h = symmetric("h", real("h", h))
    able("metric", metric, "solve")
    root = symmetric_power(h, 0.5)
    # each row v of the root becomes (M^-1 v)^T, M being symmetric
    inside = metric.solve(root) @ root
    return float(kappa((inside + inside.T) / 2))


@in_range
def omega(h: np.ndarray) -> np.ndarray:
    """(tr H / n) / det(H)^(1/n) >= 1, shape (*r,): 1 for multiples of the identity only

    The arithmetic over the geometric mean of the eigenvalues; Jacobi's scaling minimises it over
    all diagonals: tr(D H D) / n >= (det(D)^2 prod h_ii)^(1/n), with equality where all d_i^2 h_ii
    are one number. omega <= kappa, see `specht_ratio`. inf for a singular H (*r, n, n), ValueError
    for an indefinite one.
    """
    h = symmetric_matrices("h", h)
    return np.exp(log_kaporin(h) / h.shape[-1])


@in_range
def log_kaporin(h: np.ndarray) -> np.ndarray:
    """ln K = n ln omega = n ln(tr H / n) - ln det H, shape (*r,)

    It bounds the residuals of conjugate gradients: |r_j| <= (K^(1/j) - 1)^(j/2) |b| (Kaporin 1994).
    """
    h = symmetric_matrices("h", h)
    condition = kappa(h)
    n = h.shape[-1]
    mean = np.trace(h, axis1=-2, axis2=-1) / n
    # in units of the mean, so that no determinant leaves the floating range
    _, log_det = np.linalg.slogdet(h / np.where(mean > 0, mean, 1.0)[..., None, None])
    return np.where(np.isinf(condition), np.inf, np.maximum(-log_det, 0.0))

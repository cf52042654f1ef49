"""Powers of Z Z^T + rho I with Z tall and thin, (*r, m, k): from k columns, never an m x m matrix.

The push-through identity g(Z Z^T) Z = Z g(Z^T Z) holds for any function g of eigenvalues: with the
thin singular values Z = U S V^T both sides are U S g(S^2) V^T. Cost O(m k^2) in place of O(m^3).
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS
from lab.domains import Numbers, entries, filled, not_negative, number, runs_fit
from lab.linalg import transposed


def power_times(
    z: np.ndarray,
    x: np.ndarray,
    power: float,
    rho: Numbers = 0.0,
) -> np.ndarray:
    """(Z Z^T + rho I)^p X = rho^p X + U ((S^2 + rho)^p - rho^p) U^T X

    z (*r, m, k), x (*r, m, c), rho a number or one per run (*r,). With rho = 0 and p < 0 a power of
    the pseudo-inverse: singular values up to max(m, k) eps times the largest count as zero, and X
    is projected. Right to a few eps (lam / rho)^|p|, lam the largest eigenvalue, because the two
    terms cancel on the range of Z; `pushed` has nothing that cancels. ValueError for shapes that do
    not fit, a negative rho, and a power that is no number.
    """
    z = filled("z", entries("z", z, 2))
    x = filled("x", entries("x", x, 2))
    power = number("power", power)
    if x.shape[-2] != z.shape[-2]:
        raise ValueError(f"x has shape {x.shape}: must have {z.shape[-2]} rows, as z")
    runs_fit("x", x.shape[:-2], z.shape[:-2])
    rho = _per_run(rho, z)

    u, s, _ = _svd(z)
    outside = _power(np.asarray(rho), power)
    inside = _power(_eigenvalues(z, s) + rho, power)
    seen = transposed(u) @ x
    change = (inside - outside)[..., None] * seen
    return outside[..., None] * x + u @ change


def pushed(
    z: np.ndarray,
    power: float,
    rho: Numbers = 0.0,
) -> np.ndarray:
    """(Z Z^T + rho I)^p Z = U S (S^2 + rho)^p V^T,  (*r, m, k), to a few eps for every rho.

    What a gradient that lies in the span of its own factor becomes: same batch for both. z, rho
    and errors as in `power_times`.
    """
    z = filled("z", entries("z", z, 2))
    power = number("power", power)
    rho = _per_run(rho, z)
    u, s, vt = _svd(z)
    gain = _power(_eigenvalues(z, s) + rho, power)
    return (u * (s * gain)[..., None, :]) @ vt


def _per_run(rho, z):
    """rho (*r, 1), to add to eigenvalues."""
    rho = not_negative("rho", rho)
    runs_fit("rho", rho.shape, z.shape[:-2])
    return rho[..., None]


def _svd(z):
    """U, S, V^T; NaN for runs that left the floating range, on which LAPACK gives up."""
    finite = np.isfinite(z).all((-1, -2), keepdims=True)
    u, s, vt = np.linalg.svd(np.where(finite, z, 0.0), full_matrices=False)
    return (np.where(finite, u, np.nan), s, vt)


def _eigenvalues(z, s):
    """S^2, 0 where it is 0 up to rounding."""
    zero = max(z.shape[-2:]) * EPS * s[..., :1]
    return np.where(s > zero, s, 0.0) ** 2


def _power(lam, power):
    """lam^p, and 0 for 0: the pseudo-inverse."""
    positive = lam > 0
    return np.where(positive, np.where(positive, lam, 1.0) ** power, 0.0)

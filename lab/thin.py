"""Powers of Z Z^T + rho I with Z tall and thin, (*r, m, k): from k columns, never an m x m matrix.

The push-through identity g(Z Z^T) Z = Z g(Z^T Z) holds for any function g of eigenvalues: with the
thin singular values Z = U S V^T both sides are U S g(S^2) V^T. Cost O(m k^2) in place of O(m^3).

A factor of a layer's curvature is Z Z^T with one column per example (and label): where a batch is
smaller than a layer is wide, its powers act as a number off the columns, and on them as k x k
matrices do. Runs (*r,) are independent; NaN marks those that left the floating range.
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
    rows = z.shape[-2]
    if x.shape[-2] != rows:
        raise ValueError(f"x has shape {x.shape}: must have {rows} rows, as z")
    own = x.shape[:-2]
    runs = z.shape[:-2]
    runs_fit("x", own, runs)
    rho = _per_run(rho, z)

    u, s, _ = _svd(z)
    lam = _eigenvalues(z, s)
    outside = _power(rho, power)
    inside = _power(lam + rho, power)

    # X times the number that acts everywhere, and what is different on the range of Z
    seen = transposed(u) @ x
    difference = (inside - outside)[..., None]
    change = u @ (difference * seen)
    everywhere = outside[..., None] * x
    return everywhere + change


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
    lam = _eigenvalues(z, s)
    gain = s * _power(lam + rho, power)
    scaled = u * gain[..., None, :]
    return scaled @ vt


def _per_run(rho, z):
    """rho (*r, 1), to add to eigenvalues."""
    rho = not_negative("rho", rho)
    runs = z.shape[:-2]
    runs_fit("rho", rho.shape, runs)
    return rho[..., None]


def _svd(z):
    """U, S, V^T; NaN for runs that left the floating range, on which LAPACK gives up."""
    entries_finite = np.isfinite(z)
    finite = entries_finite.all((-1, -2), keepdims=True)
    cleaned = np.where(finite, z, 0.0)
    u, s, vt = np.linalg.svd(cleaned, full_matrices=False)
    # NaN in one factor is NaN in every product with it
    return np.where(finite, u, np.nan), s, vt


def _eigenvalues(z, s):
    """S^2 (*r, min(m, k)), 0 where it is 0 up to rounding."""
    # as LAPACK's own rounding: n eps of the largest
    zero = max(z.shape[-2:]) * EPS * s[..., :1]
    kept = np.where(s > zero, s, 0.0)
    return kept**2


def _power(lam, power):
    """lam^p, and 0 for 0: the pseudo-inverse."""
    positive = lam > 0
    safe = np.where(positive, lam, 1.0)
    return np.where(positive, safe**power, 0.0)

"""Diagonal scalings D H D and the methods that imply them.

A diagonal method divides the gradient by D^-2; its Hessian in the variable z = D^-1 theta is
D H D. All scalings d (*r, n) are of symmetric matrices or stacks h (*r, n, n).
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS, positive, real
from lab.domains import in_range, last_axis, runs_fit
from lab.matrix_checks import symmetric, symmetric_matrices


@in_range
def scaled(h: np.ndarray, d: np.ndarray) -> np.ndarray:
    """D H D, shape (*r, n, n), for d (*r, n) > 0. ValueError otherwise."""
    h = symmetric_matrices("h", h)
    d = real("d", np.atleast_1d(real("d", d)))
    last_axis("d", d, h.shape[-1])
    runs_fit("d", d.shape[:-1], h.shape[:-2])
    positive("d", d)
    return d[..., :, None] * h * d[..., None, :]


@in_range
def jacobi(h: np.ndarray) -> np.ndarray:
    """d = diag(H)^(-1/2): unit diagonal. GN^-1, and Newton's method where H is diagonal.

    Within min(n, kappa*) of the best diagonal (van der Sluis 1969), and it minimises omega.
    ValueError unless diag(H) > 0.
    """
    return _diagonal(h) ** -0.5


@in_range
def unit_diagonal(h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """J H J of unit diagonal and d = J (n,), of a positive definite h (n, n) in any units

    Whether h is definite is judged there: units that are far apart hide the smallest eigenvalue of
    h behind the rounding of the largest, and those of J H J are as near as they can be. ValueError
    for an h that is not symmetric positive definite.
    """
    h = symmetric("h", real("h", h))
    lowest = np.diag(h).min()
    if lowest <= 0:
        raise ValueError(f"h has {lowest:.3g} on its diagonal: must be positive definite")
    d = jacobi(h)
    m = d[:, None] * h * d
    np.fill_diagonal(m, 1.0)
    lam = np.linalg.eigvalsh(m)
    least = lam[0]
    # an eigenvalue is known to n eps of the largest, which is between 1 and n
    rounding = len(m) * EPS
    if least <= rounding:
        raise ValueError(
            f"h has smallest eigenvalue {least:.3g} with unit diagonal: must be positive definite"
        )
    return (m + m.T) / 2, d


@in_range
def gn_half(h: np.ndarray) -> np.ndarray:
    """d = diag(H)^(-1/4): GN^-1/2, what Adam does where the noise of the gradient dominates.

    In the eigenbasis kappa becomes its square root, exactly. ValueError unless diag(H) > 0.
    """
    return _diagonal(h) ** -0.25


@in_range
def row_norm(h: np.ndarray) -> np.ndarray:
    """d = |H e_i|^(-1/2): what Adam does where the error is isotropic, E[g_i^2] = s^2 |H e_i|^2.

    ValueError for a row of zeros.
    """
    h = symmetric_matrices("h", h)
    # of rows, which are the columns H e_i of a symmetric matrix
    length = np.linalg.norm(h, axis=-1)
    positive("row norms of h", length)
    return length**-0.5


def _diagonal(h):
    """diag(H) (*r, n) > 0."""
    h = symmetric_matrices("h", h)
    d = np.diagonal(h, axis1=-2, axis2=-1)
    positive("diag(h)", d)
    return d

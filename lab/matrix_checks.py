"""Checks of matrices: what is square, symmetric, definite, a covariance or orthogonal.

As `lab.checks` and `lab.domains` do, each answers its argument as an array, or raises a ValueError
or TypeError in one line: the parameter, what was given, what is valid.
"""

from __future__ import annotations

import numpy as np

from lab.checks import (
    EPS,
    as_array,
    nonnegative,
    real,
)
from lab.domains import entries, filled

# |H - H^T| relative to the largest entry: products of three matrices stay far below it
ASYMMETRY = 1e-12
# half the digits: what a user computed by any stable method passes, a wrong matrix does not
ORTHOGONAL = 1e-8


def square(name: str, h) -> np.ndarray:
    """h (*r, n, n), n >= 1, whose entries may be NaN or inf."""
    h = filled(name, entries(name, h, 2))
    rows, columns = h.shape[-2:]
    if rows != columns:
        raise ValueError(f"{name} has shape {h.shape}: must be square")
    return h


def matrices(name: str, h) -> np.ndarray:
    """h as a stack (*r, m, n) of finite matrices with at least one row and column.

    Condition numbers and spectra of something that is not finite have no meaning, so NaN is
    refused.
    """
    h = real(name, h)
    if h.ndim < 2:
        raise ValueError(f"{name} has shape {h.shape}: must be a matrix or a stack of matrices")
    return filled(name, h)


def symmetric_matrices(name: str, h) -> np.ndarray:
    """h as a stack (*r, n, n) of symmetric matrices. ValueError otherwise."""
    h = square(name, matrices(name, h))

    # halves, so that the difference of two huge entries stays finite
    half = h / 2
    apart = np.abs(half - half.swapaxes(-1, -2))
    gap = apart.max((-1, -2))
    largest = np.abs(h).max((-1, -2))
    asymmetric = gap > ASYMMETRY * largest
    if asymmetric.any():
        worst = 2 * gap.max()
        raise ValueError(f"{name} is not symmetric: |{name} - {name}^T| reaches {worst:.2g}")
    return h


def symmetric(
    name: str,
    h,
    *,
    definite: bool = False,
) -> np.ndarray:
    """h as a symmetric positive semi-definite (or definite) matrix, shape (n, n).

    ValueError otherwise. The tolerance is that of a symmetric eigenvalue computation: |lam| <= n
    eps max|lam| counts as zero.
    """
    h = symmetric_matrices(name, real(name, h, 2))
    lam = np.linalg.eigvalsh(h)
    least = lam[0]
    zero = len(h) * EPS * np.abs(lam).max()

    told = f"{name} has smallest eigenvalue {least:.3g}"
    if definite and least <= zero:
        raise ValueError(f"{told}: must be positive definite")
    if least < -zero:
        raise ValueError(f"{told}: must be positive semi-definite")
    return (h + h.T) / 2


def covariance(name: str, sigma) -> np.ndarray:
    """sigma as a positive semi-definite matrix (n, n), or non-negative (n,) for a diagonal one.

    ValueError otherwise. It may be singular, and stays (n,) where it was given so.
    """
    sigma = real(name, sigma, (1, 2))
    if sigma.ndim == 2:
        return symmetric(name, sigma)
    if not sigma.size:
        raise ValueError(f"{name} is empty: must have at least one entry")
    nonnegative(name, sigma)
    return sigma


def orthogonal(name: str, q) -> np.ndarray:
    """q (*r, n, n) with Q^T Q = I. ValueError otherwise.

    What is orthogonal to the digits of float32 becomes so to those of float64.
    """
    given = as_array(name, q)
    q = square(name, real(name, given))
    identity = np.eye(q.shape[-1])
    if given.dtype.kind == "f" and given.dtype.itemsize < q.dtype.itemsize:
        # one step of Newton and Schulz towards the polar factor squares the defect
        gram = q.swapaxes(-1, -2) @ q
        q = q @ (1.5 * identity - gram / 2)

    gram = q.swapaxes(-1, -2) @ q
    defect = np.abs(gram - identity).max()
    if defect > ORTHOGONAL:
        raise ValueError(f"{name} is not orthogonal: |Q^T Q - I| reaches {defect:.2g}")
    return q

"""Units in which a symmetric matrix has diagonal 1, and projections off a null space.

What lab.linalg.solve_symmetric decides ranks with. NaN is kept out by its caller.

For a matrix whose coordinates have very different sizes, the eigenvalues that rounding makes of
zeros are as large as the small ones that mean something; in these units they are not: diag(1,
1e-20) is singular to n eps, and regular once its diagonal is 1. It is Jacobi's scaling, within a
factor n of the best condition number that any diagonal gives (van der Sluis 1969).
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS


def unit_diagonal(a: np.ndarray) -> np.ndarray:
    """S = diag(A)^(-1/2), (*r, n), 1 for a zero.

    All 1 for a matrix with a negative 1 x 1 or 2 x 2 minor, which has no such scale: |a_ij| <=
    sqrt(a_ii a_jj) is what keeps the scaled entries at most 1, and every semi-definite A has it.
    """
    d = np.diagonal(a, axis1=-2, axis2=-1)
    positive = d > 0
    # 1 in place of what must not be divided by, so that its scale is 1
    kept = np.where(positive, d, 1.0)
    root = np.sqrt(kept)
    scale = 1 / root

    # a minor of a singular block is 0 up to a few roundings of its products
    margin = 1 + 8 * EPS
    root = np.sqrt(np.abs(d))
    rows = margin * root[..., :, None]
    columns = root[..., None, :]
    bound = rows * columns
    size = np.abs(a)
    bounded = size <= bound
    minors = bounded.all((-1, -2))
    entries = d >= 0
    semidefinite = entries.all(-1)
    definite = minors & semidefinite
    scaled = definite[..., None]
    return np.where(scaled, scale, 1.0)


def off(
    null: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """x (*r, n) less its part in the span of the columns of null (*r, n, n), most of them 0.

    Orthogonal projection onto the complement. x itself when null is 0, the common case, without
    an SVD.

    null: (*r, n, n), directions in its columns and 0 elsewhere; x: (*r, n). The directions need not
    be orthogonal: an SVD orthonormalises them first. They are given as the columns S q of scaled
    eigenvectors, which are orthogonal before the scaling only.
    """
    if not null.any():
        return x
    length = np.linalg.norm(null, axis=-2, keepdims=True)
    directed = length > 0
    divisor = np.where(directed, length, 1.0)
    directions = null / divisor
    u, s, _ = np.linalg.svd(directions)

    # columns have length 1 or 0, and those that are not 0 came from orthogonal ones: half the
    # digits tell them apart
    half_the_digits = np.sqrt(EPS)
    kept = s > half_the_digits
    columns = kept[..., None, :]
    span = np.where(columns, u, 0.0)
    row = x[..., None, :]
    along = row @ span
    column = along.swapaxes(-1, -2)
    part = span @ column
    return x - part[..., 0]

"""Units in which a symmetric matrix has diagonal 1, and projections off a null space.

For a matrix whose coordinates have very different sizes, the eigenvalues that rounding makes of
zeros are as large as the small ones that mean something; in these units they are not.
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS


def unit_diagonal(a: np.ndarray) -> np.ndarray:
    """S = diag(A)^(-1/2), (*r, n), 1 for a zero.

    All 1 for a matrix with a negative 1 x 1 or 2 x 2 minor, which has no such scale.
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

    Orthogonal projection onto the complement. x itself when null is 0, the common case.

    null: (*r, n, n), directions in its columns and 0 elsewhere; x: (*r, n). The directions need not
    be orthogonal: an SVD orthonormalises them first.
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

"""Units in which a symmetric matrix has diagonal 1, and projections off a null space."""

from __future__ import annotations

import numpy as np

from lab.checks import EPS


def unit_diagonal(a: np.ndarray) -> np.ndarray:
    """S = diag(A)^(-1/2), (*r, n), 1 for a zero.

    All 1 for a matrix with a negative 1 x 1 or 2 x 2 minor, which has no such scale.
    """
    d = np.diagonal(a, axis1=-2, axis2=-1)
    positive = d > 0
    divisor = np.where(positive, d, 1.0)
    scale = np.where(positive, 1 / np.sqrt(divisor), 1.0)

    # a minor of a singular block is 0 up to a few roundings of its products
    root = np.sqrt(np.abs(d))
    bound = (1 + 8 * EPS) * root[..., :, None] * root[..., None, :]
    bounded = np.abs(a) <= bound
    semidefinite = (d >= 0).all(-1)
    definite = bounded.all((-1, -2)) & semidefinite
    return np.where(definite[..., None], scale, 1.0)


def off(
    null: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """x (*r, n) less its part in the span of the columns of null (*r, n, n), most of them 0."""
    if not null.any():
        return x
    length = np.linalg.norm(null, axis=-2, keepdims=True)
    length = np.where(length > 0, length, 1.0)
    directions = null / length
    u, s, _ = np.linalg.svd(directions)

    # columns have length 1 or 0, and those that are not 0 came from orthogonal ones: half the
    # digits tell them apart
    kept = s[..., None, :] > np.sqrt(EPS)
    u = np.where(kept, u, 0.0)
    along = x[..., None, :] @ u
    part = u @ along.swapaxes(-1, -2)
    return x - part[..., 0]

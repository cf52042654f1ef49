"""Two axes as one, and one as several."""

from __future__ import annotations

import numpy as np


def joined(x: np.ndarray) -> np.ndarray:
    """(..., a, b, n) as (..., a b, n)."""
    *first, a, b, n = x.shape
    shape = (*first, a * b, n)
    return x.reshape(shape)


def parted(
    x: np.ndarray,
    a: int,
) -> np.ndarray:
    """(..., a b, n) as (..., a, b, n)."""
    *first, both, n = x.shape
    b = both // a
    shape = (*first, a, b, n)
    return x.reshape(shape)


def with_shape(
    x: np.ndarray,
    shape: tuple[int, ...],
) -> np.ndarray:
    """The last axis of x (*r, n) as axes of these lengths."""
    *first, _ = x.shape
    return x.reshape(*first, *shape)

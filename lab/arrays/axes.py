"""Two axes as one, and one as several.

All three functions reshape in C order: the last axis varies fastest, and the result is a view
wherever NumPy can give one. None of them checks lengths: an impossible one is NumPy's ValueError.
"""

from __future__ import annotations

import numpy as np


def joined(x: np.ndarray) -> np.ndarray:
    """(..., a, b, n) as (..., a b, n): rows of examples and labels as one list of rows."""
    *first, a, b, n = x.shape
    shape = (*first, a * b, n)
    return x.reshape(shape)


def parted(
    x: np.ndarray,
    a: int,
) -> np.ndarray:
    """(..., a b, n) as (..., a, b, n), the inverse of `joined`; b is what is left of the axis."""
    # b is not asked for: it could only disagree
    *first, both, n = x.shape
    b = both // a
    shape = (*first, a, b, n)
    return x.reshape(shape)


def with_shape(
    x: np.ndarray,
    shape: tuple[int, ...],
) -> np.ndarray:
    """The last axis of x (*r, n) as axes of these lengths."""
    # the length itself is not checked: reshape knows whether it fits
    *first, _ = x.shape
    return x.reshape(*first, *shape)

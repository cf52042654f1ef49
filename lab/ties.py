"""Ties: numbers that differ by rounding only are made equal, before a winner is read off them.

Before an order or a sign, too. Another BLAS, another vector unit, another version of a library
changes last digits. Where numbers are equal in exact arithmetic, a bare argmin, argsort or sign of
them is then a different one on every machine; after `rounded` the first of them wins everywhere.
"""

from __future__ import annotations

import numpy as np

# binary: 1e-12, far above the rounding of a short computation, far below differences that mean
# something
DIGITS = 40
STEPS = 2.0**DIGITS


def rounded(x, scale: float | None = None) -> np.ndarray:
    """x (any shape) to 40 binary digits of each number, or of `scale` where that is given.

    scale > 0: a size below which differences are rounding. Binary digits, because a rational number
    of small denominator is then on the grid or well away from the middle between two of its points,
    where rounding would decide again: 1/8 is, 0.1 is, decimal digits would not have this. inf and
    NaN stay. rounded(loss).argmin() is the first of the best; rounded(x, 1.0) is 0 where x is what
    rounding left of a 0 beside numbers of size 1.
    """
    x = np.asarray(x, dtype=float)
    if scale is not None:
        unit = scale / STEPS
        return np.rint(x / unit) * unit
    mantissa, exponent = np.frexp(x)
    whole = np.rint(mantissa * STEPS)
    return np.ldexp(whole, exponent - DIGITS)

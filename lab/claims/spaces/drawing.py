"""From coordinates of the unit cube to arrays: normal numbers, kinds, and the n of a dimension."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri


def chosen(found, kinds, u):
    """Of found, arrays (R, ...) by kind, row by row the one that the first coordinate of u (R, k)
    says. KeyError for a kind that there is not."""
    drawn = np.stack([found[k] for k in kinds])
    which = np.minimum((u[:, 0] * len(kinds)).astype(int), len(kinds) - 1)
    return drawn[which, np.arange(len(u))]


def normals(u):
    """Standard normal values; clipped, so that a corner of the cube is 4.75 and not infinite."""
    return ndtri(np.clip(u, 1e-6, 1 - 1e-6))


def size_of(n, values) -> int:
    """n of these instances, all of one shape."""
    return n if isinstance(n, int) else values[str(n)]


def largest_of(n, largest) -> int:
    """The largest n there may be, for which coordinates are set aside."""
    return n if isinstance(n, int) else largest[str(n)]


def shown(n) -> str:
    """n as printed: a number, or the symbol's name."""
    return str(n)

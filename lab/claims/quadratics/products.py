"""Matrices, their powers and the size of a state, for the claims about Kronecker products."""

from __future__ import annotations

import numpy as np

from lab.arrays import Layers


def symmetric_trace(c, power) -> np.ndarray:
    """tr C^q of positive semi-definite C (R, D, D), (R,): eigenvalues that rounding made negative
    count as 0."""
    lam = np.linalg.eigvalsh(c)
    return (np.maximum(lam, 0.0) ** power).sum(-1)


def stretched(q, stretch) -> np.ndarray:
    """Q with its first row times `stretch`: Q^T Q is a multiple of I iff that is 1."""
    rows = np.arange(q.shape[-1])[:, None] < 1
    return q * np.where(rows, stretch[:, None, None], 1.0)


def numbers_in(state) -> int:
    """How many entries of arrays a state holds: through tuples, lists and layers; counters are
    none."""
    if isinstance(state, np.ndarray):
        return state.size
    parts = state if isinstance(state, (tuple, list, Layers)) else ()
    return sum(numbers_in(part) for part in parts)

"""Sums, norms and copies of parameters, block by block: of a vector, or of Layers.

Run axes come first in every block and are never summed over.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lab.arrays.layers import Layers, Params, each, each_tensor, parts, raveled, tensors


def inner(
    a: Params,
    b: Params,
) -> np.ndarray:
    """<a, b> = sum of a b over everything but the run axes, shape (*r,).

    ValueError when a and b are Layers of different orders. For vectors the run axes of the two
    broadcast, so that one vector may meet a sweep.
    """
    both = isinstance(a, Layers) and isinstance(b, Layers)
    if not both:
        return np.einsum("...i,...i->...", np.asarray(a), np.asarray(b))

    # zero-dimensional runs too: the sum is an array (*r,), never a Python float
    total = np.zeros(runs(a))
    for k, x, y in tensors(a, b):
        own = tuple(range(-k, 0))
        product = x * y
        total = total + product.sum(axis=own)
    return total


def norm(
    a: Params,
    order: float = 2,
) -> np.ndarray:
    """The 1-, 2- or infinity-norm of all entries together, shape (*r,).

    The norm of the vector of block norms, which for every p is the p-norm of all entries.
    """
    if not isinstance(a, Layers):
        return np.linalg.norm(a, order, axis=-1)

    norms = []
    for x, k in parts(a):
        flat = raveled(x, k)
        norms.append(np.linalg.norm(flat, order, axis=-1))
    of_blocks = np.stack(norms, -1)
    return np.linalg.norm(of_blocks, order, axis=-1)


def block_norm(a: Params) -> Params:
    """The 2-norm of every block by itself, shaped to multiply it.

    (*r, 1), or Layers of (*r, 1, ..., 1).
    """

    # the norm of a block by itself: its parameters are one axis, the runs the others
    def length(k, x):
        size = norm(raveled(x, k))
        return trailing(size, k)

    return each_tensor(length, a)


def trailing(
    x: np.ndarray,
    k: int,
) -> np.ndarray:
    """x (*r,) with k trailing axes of length 1: shaped to multiply a tensor of order k."""
    ones = (None,) * k
    return x[(..., *ones)]


def zeros_like(theta: Params) -> Params:
    """Zeros of the same blocks and shapes, C-contiguous.

    C order whatever the order of theta: a state in another order would slow down every step (see
    `contiguous`).
    """
    return each(lambda x: np.zeros_like(x, order="C"), theta)


def runs(theta: Params) -> tuple[int, ...]:
    """The run axes *r of theta.

    ValueError is not raised here for blocks that disagree: `lab.simulation.start_point` has refused
    them.
    """
    # the first block stands for all
    block, k = next(parts(theta))
    first = block.ndim - k
    return block.shape[:first]


def contiguous(theta: Params) -> Params:
    """theta with every block C-contiguous; a copy only where it is not.

    One array in another order makes every later formula mix both, three to five times slower.
    """
    return each(np.ascontiguousarray, theta)


def with_runs(
    theta: Params,
    shape: tuple[int, ...],
) -> Params:
    """theta repeated so that its run axes are `shape`, C-contiguous.

    `shape` must be one to which the run axes of theta broadcast. A copy, never a view with strides
    of 0, which an in-place operation would corrupt.
    """

    def repeated(k, x):
        first = x.ndim - k
        own = x.shape[first:]
        spread = np.broadcast_to(x, shape + own)
        return np.ascontiguousarray(spread)

    return each_tensor(repeated, theta)


def stack(points: Sequence[Params]) -> Params:
    """Points along a new first axis, time: (K, *r, ...).

    All points have the same blocks; an empty sequence is NumPy's ValueError.
    """
    return each(lambda *blocks: np.stack(blocks), *points)

"""Working through the runs of a sweep in blocks that stay in the cache.

Runs are independent of each other and, on the full batch, not random: block by block they take the
same steps. Gradient, moments and temporaries of a block stay in the caches, and numpy reuses their
memory instead of asking the system for new pages at every operation.

Nothing but the time that it takes may depend on this. So a sweep stays whole where a run could see
another one: draws that runs share, a basis or a buffer per run, a function of the user's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.arrays import Params, swept_fields
from lab.arrays.sweeps import mapped

# per array: smaller blocks spend more on calls, larger ones leave the caches. From 256 KiB to 1 MiB
# it makes five percent, beside 1 MiB of second-level and 32 MiB of third-level cache
BLOCK_BYTES = 2**19

# oracle members that involve no draw of labels or probes
DETERMINISTIC = frozenset({"grad", "loss", "hessian.solve", "hessian.times", "second_moment.diag"})


def separable(optimizer, theta: Params, axes: tuple[int, ...]) -> bool:
    """Whether these runs may and should be worked through in blocks, on the full batch.

    Many enough, without draws, and nothing per run but the Scalars.

    Layers, generators and arrays with more than two axes keep the whole sweep together. axes: the
    run axes of theta and of the sweep, broadcast.
    """
    if not isinstance(theta, np.ndarray) or not axes:
        return False
    needs = getattr(optimizer, "needs", None)
    if needs is None or not needs <= DETERMINISTIC:
        return False
    # below two blocks there is nothing to gain
    size = int(np.prod(axes)) * theta.shape[-1] * theta.itemsize
    return size >= 2 * BLOCK_BYTES and _runs_only_in_scalars(optimizer)


def _runs_only_in_scalars(part: Any) -> bool:
    """Whether no field but the Scalars can hold a value per run, such as a basis (*r, n, n).

    Parts are asked in turn: an inner method, a penalty, a schedule.
    """
    if not dataclasses.is_dataclass(part):
        return False
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if field.name in swept_fields(part.__class__):
            continue
        if dataclasses.is_dataclass(value):
            if not _runs_only_in_scalars(value):
                return False
        elif isinstance(value, np.ndarray):
            if value.ndim > 2:
                return False
        # what we don't know, a callable for instance, might hold a value per run
        elif not isinstance(value, (bool, int, float, str, type(None))):
            return False
    return True


def in_blocks(
    run: Callable,
    optimizer,
    theta: Params,
    axes: tuple[int, ...],
):
    """run(optimizer, theta, axes) -> (series, final), put together from blocks of the runs.

    The run axes are flattened first.

    Series are joined along the run axis, behind time. The numbers are those of one pass, bit for
    bit where a formula works row by row; products of matrices may round differently in blocks of
    another height.
    """
    point = np.asarray(theta)
    n = point.shape[-1]
    spread = np.broadcast_to(point, (*axes, n))
    flat = spread.reshape(-1, n)
    rows = max(1, BLOCK_BYTES // (n * point.itemsize))

    done = []
    for first in range(0, len(flat), rows):
        # the last block may be shorter
        there = slice(first, min(first + rows, len(flat)))
        part = mapped(optimizer, lambda scalar, there=there: _of_block(scalar, axes, there))
        block = flat[there]
        done.append(run(part, block, (len(block),)))

    recorded = [kept for kept, _ in done]
    series = {}
    for name in recorded[0]:
        # axis 0 is time
        joined = np.concatenate([kept[name] for kept in recorded], axis=1)
        series[name] = joined.reshape(len(joined), *axes)
    final = np.concatenate([end for _, end in done])
    return series, final.reshape(*axes, n)


def _of_block(scalar, axes, there):
    """The values of a hyper-parameter for the runs of one block.

    Broadcast to all runs, flattened, and cut: a rate (L, 1) becomes one number per run of the
    block. Not lifted yet: that is done for each block with its own runs.
    """
    if np.ndim(scalar) == 0:
        return scalar
    return np.broadcast_to(scalar, axes).reshape(-1)[there]

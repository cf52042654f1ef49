"""Working through the runs of a sweep in blocks that stay in the cache.

Runs are independent of each other and, on the full batch, not random: block by block they take the same steps. Gradient,
moments and temporaries of a block fit into the second-level cache, and numpy reuses their memory instead of asking the
system for new pages at every operation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.arrays import Params, swept_fields
from lab.arrays.sweeps import mapped

# per array; measured best between 128 KiB and 512 KiB on machines with 0.5 to 2 MiB of second-level cache
BLOCK_BYTES = 2**18

# oracle members that involve no draw of labels or probes
DETERMINISTIC = frozenset({"grad", "loss", "hessian.solve", "hessian.times", "second_moment.diag"})


def separable(optimizer, theta: Params, axes: tuple[int, ...]) -> bool:
    """Whether these runs may and should be worked through in blocks: many enough, without draws, nothing else per run."""
    if not isinstance(theta, np.ndarray) or not axes:
        return False
    size = int(np.prod(axes)) * theta.shape[-1] * theta.itemsize
    needs = getattr(optimizer, "needs", None)
    return size >= 2 * BLOCK_BYTES and needs is not None and needs <= DETERMINISTIC and _runs_only_in_scalars(optimizer)


def _runs_only_in_scalars(part: Any) -> bool:
    """Whether no field but the Scalars can hold a value per run, such as a basis (*r, n, n)."""
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
        elif not isinstance(value, (bool, int, float, str, type(None))):
            return False
    return True


def in_blocks(run: Callable, optimizer, theta: Params, axes: tuple[int, ...]):
    """run(optimizer, theta, axes) -> (series, final), block by block over the flattened run axes, put together again."""
    point = np.asarray(theta)
    n = point.shape[-1]
    flat = np.broadcast_to(point, (*axes, n)).reshape(-1, n)
    rows = max(1, BLOCK_BYTES // (n * point.itemsize))

    done = []
    for first in range(0, len(flat), rows):
        block = flat[first : first + rows]
        there = slice(first, first + len(block))
        part = mapped(optimizer, lambda scalar, there=there: _of_block(scalar, axes, there))
        done.append(run(part, block, (len(block),)))

    names = done[0][0]
    series = {name: np.concatenate([kept[name] for kept, _ in done], axis=1) for name in names}
    final = np.concatenate([end for _, end in done]).reshape(*axes, n)
    return {name: x.reshape(len(x), *axes) for name, x in series.items()}, final


def _of_block(scalar, axes, there):
    """The values of a hyper-parameter for the runs of one block."""
    return scalar if np.ndim(scalar) == 0 else np.broadcast_to(scalar, axes).reshape(-1)[there]

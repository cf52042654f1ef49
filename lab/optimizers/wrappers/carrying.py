"""What becomes of a state when its coordinates change from z = Q^T theta to P^T theta.

Vectors turn, matrices turn on both sides, averages per coordinate can't be turned (the squares of a
rotated gradient are not the rotated squares) and stay with their columns.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from lab.arrays import Layers, Params
from lab.bases import Basis, Kronecker, Orthogonal, PerLayer
from lab.linalg import transposed


def modes(basis: Basis) -> tuple[tuple[np.ndarray, ...], ...]:
    """Per tensor, the orthogonal matrix of every mode of a basis.

    TypeError for a basis that is no orthogonal matrix per mode, such as a linear change.
    """
    # in the order of the blocks of Layers; a vector has one block
    if isinstance(basis, PerLayer):
        blocks = [modes(one) for one in basis.bases]
        return tuple(chain.from_iterable(blocks))
    if isinstance(basis, Orthogonal):
        return ((basis.q,),)
    if isinstance(basis, Kronecker):
        return (basis.factors,)
    raise TypeError(
        f"{type(basis).__name__} has no matrix per mode: state matrices can't be carried"
    )


def turned(factors, new: Basis, old: Basis):
    """A -> (P^T Q) A (P^T Q)^T, mode by mode.

    new: P, old: Q; factors: per tensor a tuple of matrices, one per mode. Traces and eigenvalues
    are kept. TypeError for bases without a matrix per mode.
    """
    blocks = []
    for block, ps, qs in zip(factors, modes(new), modes(old), strict=True):
        matrices = []
        for a, p, q in zip(block, ps, qs, strict=True):
            turn = transposed(p) @ q
            matrices.append(turn @ a @ transposed(turn))
        blocks.append(tuple(matrices))
    return tuple(blocks)


def carried(state: Any, names: tuple[str, ...], move) -> Any:
    """The state with `move` applied to the fields in `names`, also inside the states of wrappers.

    A name "part.field" means the field in the state `part`, and goes before names without a part
    there. What is no NamedTuple is returned as it is.
    """
    if not hasattr(state, "_replace"):
        return state
    moved = {}
    for field, value in zip(state._fields, state, strict=True):
        if field in names:
            moved[field] = move(value)
        else:
            inside = _inside(names, field)
            moved[field] = carried(value, inside, move)
    return state._replace(**moved)


def _inside(names, field):
    """ "part.field" without its part; all names where none begins with it."""
    start = f"{field}."
    own = [name.removeprefix(start) for name in names if name.startswith(start)]
    return tuple(own) or names


def undeclared(state: Any, names: tuple[str, ...], theta: Params):
    """Names of the fields that are in nobody's list and hold arrays which are not one number per
    coordinate, mean or tensor.

    At the start of a run: a field that nobody turns would silently live in old coordinates.
    """
    fields = getattr(state, "_fields", ())
    for field, value in zip(fields, state, strict=False):
        if field in names:
            continue
        if hasattr(value, "_fields"):
            yield from undeclared(value, _inside(names, field), theta)
        elif not _fits(value, theta):
            yield field


def _fits(value, theta):
    """Numbers, arrays that broadcast to theta, and Layers of such do; tuples of matrices don't."""
    # a number per run or per tensor has no coordinates, and nothing to turn
    if value is None or isinstance(value, (int, float)):
        return True
    if isinstance(value, tuple):
        return False
    if isinstance(theta, Layers):
        return isinstance(value, Layers) and all(map(_broadcasts, value, theta))
    return isinstance(value, np.ndarray) and _broadcasts(value, theta)


def _broadcasts(x, y):
    """Whether x could multiply y without adding axes or lengths."""
    if x.ndim > y.ndim:
        return False
    # lengths are compared from the last axis on
    lengths = zip(x.shape[::-1], y.shape[::-1], strict=False)
    return all(a in (1, b) for a, b in lengths)

"""What becomes of a state when its coordinates change from z = Q^T theta to P^T theta.

Vectors turn, matrices turn on both sides, averages per coordinate can't be turned (the squares of a
rotated gradient are not the rotated squares) and stay with their columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.arrays import Layers, Params
from lab.bases import Basis, Kronecker, Orthogonal, PerLayer


def modes(basis: Basis) -> tuple[tuple[np.ndarray, ...], ...]:
    """Per tensor, the orthogonal matrix of every mode of a basis.

    TypeError for a basis that is no orthogonal matrix per mode, such as a linear change.
    """
    if isinstance(basis, PerLayer):
        return tuple(block for one in basis.bases for block in modes(one))
    if isinstance(basis, Orthogonal):
        return ((basis.q,),)
    if isinstance(basis, Kronecker):
        return (basis.factors,)
    raise TypeError(
        f"{type(basis).__name__} has no matrix per mode: state matrices can't be carried"
    )


def turned(factors, new: Basis, old: Basis):
    """A -> (P^T Q) A (P^T Q)^T, mode by mode.

    new: P, old: Q; factors: per tensor a tuple of matrices, one per mode.
    """
    blocks = []
    for block, ps, qs in zip(factors, modes(new), modes(old), strict=True):
        turns = [p.swapaxes(-1, -2) @ q for p, q in zip(ps, qs, strict=True)]
        blocks.append(tuple(r @ a @ r.swapaxes(-1, -2) for a, r in zip(block, turns, strict=True)))
    return tuple(blocks)


def carried(state: Any, names: tuple[str, ...], move) -> Any:
    """The state with `move` applied to the fields in `names`, also inside the states of wrappers.

    A name "part.field" means the field in the state `part`, and goes before names without a part
    there.
    """
    if not hasattr(state, "_replace"):
        return state
    moved = {}
    for field, value in zip(state._fields, state, strict=True):
        own = field in names
        moved[field] = move(value) if own else carried(value, _inside(names, field), move)
    return state._replace(**moved)


def _inside(names, field):
    """ "part.field" without its part; all names where none begins with it."""
    own = tuple(name.split(".", 1)[1] for name in names if name.startswith(f"{field}."))
    return own or names


def undeclared(state: Any, names: tuple[str, ...], theta: Params):
    """Names of the fields that are in nobody's list and hold arrays which are not one number per
    coordinate, mean or tensor.

    At the start of a run: a field that nobody turns would silently live in old coordinates.
    """
    for field, value in zip(getattr(state, "_fields", ()), state, strict=False):
        if field in names:
            continue
        if hasattr(value, "_fields"):
            yield from undeclared(value, _inside(names, field), theta)
        elif not _fits(value, theta):
            yield field


def _fits(value, theta):
    """Numbers, arrays that broadcast to theta, and Layers of such do; tuples of matrices don't."""
    if value is None or isinstance(value, (int, float)):
        return True
    if isinstance(value, tuple):
        return False
    if isinstance(theta, Layers):
        return isinstance(value, Layers) and all(map(_broadcasts, value, theta))
    return isinstance(value, np.ndarray) and _broadcasts(value, theta)


def _broadcasts(x, y):
    """Whether x could multiply y without adding axes or lengths."""
    return x.ndim <= y.ndim and all(
        a in (1, b) for a, b in zip(x.shape[::-1], y.shape[::-1], strict=False)
    )

"""Arrays from the nested lists of a JSON file: a wrong entry is named by its place.

NumPy would answer a ragged list with a sentence about an inhomogeneous shape and a null with an
array of objects. Here every list is walked once: its shape is that along its first entries, every
other entry must fit into it, and every leaf must be a number, true and false being none, and
finite, but where a run may have been lost.
What does not fit is told as `grads[3, 1] = null: must be a number`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lab.arrays import Layers, Params

# What reads an entry, given where it is.
Leaf = Callable[[str, Any], float]

# Longer values are cut where a message quotes them.
QUOTED = 60

# A time axis and the axes of a convolution kernel are five; more is a mistake, not a tensor.
MOST_AXES = 8


def show(value: Any) -> str:
    """A value as JSON writes it, in one line, cut after QUOTED characters: what a message
    quotes.
    """
    text = json.dumps(value)
    return text if len(text) <= QUOTED else text[: QUOTED - 4] + " ..."


def number(here: str, value: Any) -> float:
    """A leaf, finite. JSON's true is Python's True, which is an int: it is no number here.

    ValueError naming the place, as all of this module's.
    """
    found = number_or_lost(here, value)
    if not math.isfinite(found):
        raise ValueError(f"{here} = {show(value)}: must be finite")
    return found


def number_or_lost(here: str, value: Any) -> float:
    """A leaf that may be NaN or infinite, as the points of a run that diverged are."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{here} = {show(value)}: must be a number")
    if isinstance(value, int) and not finite(value):
        raise ValueError(f"{here} = {show(value)}: must be finite")
    return float(value)


def array(
    name: str,
    content: Any,
    shape: Sequence[int | None] | None = None,
    leaf: Leaf = number,
) -> np.ndarray:
    """The nested lists as a float array of this shape (None in it: any length; None: any shape).

    name: what to call it in a message; leaf: what reads an entry at its place. ValueError naming
    the place of the first entry that it refuses, or that breaks the shape.
    """
    found = _shape(name, content)
    flat: list[float] = []
    _collect(name, content, found, flat, leaf)
    if shape is not None:
        _fits(name, found, shape)
    numbers = np.array(flat, dtype=float)
    return numbers.reshape(found)


def tensors(
    name: str,
    content: Any,
    shapes: list | None,
    *,
    steps: bool,
    leaf: Leaf = number,
) -> Params:
    """A vector (n,), or Layers: one tensor, or a list of them.

        [1.0, 2.0]                    a vector
        [[1.0, 2.0], [3.0, 4.0]]      one tensor (2, 2)
        [[[1.0, 2.0]], [3.0]]         two, (1, 2) and (1,): they don't fit into one

    shapes: those of the blocks where they are known; without them a list whose entries have
    different shapes is one of tensors, and any other is one tensor. steps: content is a list
    over steps of such lists, and every block gets a leading axis (T, ...). ValueError as in
    `array`.
    """
    if steps:
        return _stacked(name, content, shapes or [], leaf)
    if shapes is None and not _ragged(content):
        whole = array(name, content)
        if not whole.size:
            raise ValueError(f"{name} = {show(content)}: must have at least one number")
        return whole if whole.ndim == 1 else Layers([whole])

    if shapes is not None and [_shape(name, content)] == shapes:
        block = array(name, content, shapes[0])
        return Layers([block])
    return Layers(_blocks(name, content, shapes))


def _stacked(
    name: str,
    content: list,
    shapes: list,
    leaf: Leaf,
) -> Layers:
    """Layers whose blocks have the steps as first axis, from a list over steps."""
    points = []
    for t, point in enumerate(content):
        place = f"{name}[{t}]"
        points.append(_blocks(place, point, shapes, leaf))
    blocks = [np.stack(block) for block in zip(*points, strict=True)]
    orders = [len(shape) for shape in shapes]
    return Layers(blocks, orders)


def _blocks(
    name: str,
    content: Any,
    shapes: list | None,
    leaf: Leaf = number,
) -> list[np.ndarray]:
    """One array per parameter.

    content has one entry for each shape where these are known. ValueError, naming the parameter.
    """
    listed = isinstance(content, list)
    many = shapes is None or (listed and len(content) == len(shapes))
    if not listed or not many:
        count = "" if shapes is None else f" of {len(shapes)}"
        raise ValueError(
            f"{name} = {show(content)}: must be a list{count} tensors, one per parameter"
        )

    known = [None] * len(content) if shapes is None else shapes
    found: list[np.ndarray] = []
    for block, shape in zip(content, known, strict=True):
        place = f"{name}[{len(found)}]"
        found.append(array(place, block, shape, leaf))
    return found


def _ragged(content) -> bool:
    """Whether the entries of a list are lists of different shapes: one per parameter. Two
    parameters of one shape are one tensor to JSON; such a record says `shapes`.
    """
    if not isinstance(content, list):
        return False
    lists = [x for x in content if isinstance(x, list) and x]
    if len(lists) < len(content):
        return False
    outlines = set(map(_outline, content))
    return len(outlines) > 1


def _outline(content):
    """The shape along the first entries, without looking at the others: () of a number or []."""
    shape = []
    while isinstance(content, list) and content:
        shape.append(len(content))
        content = content[0]
    return tuple(shape)


def _shape(name, content) -> tuple[int, ...]:
    """The outline, of a list that has one: not empty, and not too deep."""
    if not isinstance(content, list):
        raise ValueError(f"{name} = {show(content)}: must be a list of numbers")
    if not content:
        raise ValueError(f"{name} = []: must have at least one number")
    shape = _outline(content)
    if len(shape) > MOST_AXES:
        raise ValueError(f"{name} has {len(shape)} axes: must have {MOST_AXES} at most")
    return shape


def _collect(
    name: str,
    content: Any,
    shape: tuple[int, ...],
    flat: list[float],
    leaf: Leaf,
    place: tuple[int, ...] = (),
) -> None:
    """Append the numbers to `flat` in C order; place: the indices so far.

    ValueError at the first entry that is no number, or out of shape. The walk is as deep as the
    shape, which `_shape` bounds: no file makes it recurse without end.
    """
    here = f"{name}{list(place)}" if place else name
    if shape and not isinstance(content, list):
        raise ValueError(f"{here} = {show(content)}: must be a list of {shape[0]} entries")
    if not shape:
        flat.append(leaf(here, content))
        return
    if len(content) != shape[0]:
        raise ValueError(
            f"{here} has {len(content)} entries and others {shape[0]}: must be as many"
        )
    inside = shape[1:]
    for k, entry in enumerate(content):
        _collect(name, entry, inside, flat, leaf, (*place, k))


def finite(value: float) -> bool:
    """Whether a JSON number is finite as a float: integers may be too large for one, and
    Infinity is read as a number by Python.
    """
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _fits(
    name: str,
    found: tuple[int, ...],
    shape: Sequence[int | None],
) -> None:
    """ValueError unless the shape is as wanted, where None stands for any length: the message calls
    that axis "steps".
    """
    axes = zip(found, shape, strict=False)
    differ = [have for have, want in axes if want is not None and have != want]
    if differ or len(found) != len(shape):
        lengths = ["steps" if d is None else str(d) for d in shape]
        told = ", ".join(lengths)
        raise ValueError(f"{name} has shape {found}: must have shape ({told})")

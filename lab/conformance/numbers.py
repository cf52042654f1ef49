"""Arrays from the nested lists of a JSON file: a wrong entry is named by its place."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from lab.arrays import Layers, Params

# Longer values are cut where a message quotes them.
QUOTED = 60

# A time axis and the axes of a convolution kernel are five; more is a mistake, not a tensor.
MOST_AXES = 8


def show(value: Any) -> str:
    """A value as JSON writes it, in one line, cut after QUOTED characters."""
    text = json.dumps(value)
    return text if len(text) <= QUOTED else text[: QUOTED - 4] + " ..."


def array(name: str, content: Any, shape: Sequence[int | None] | None = None) -> np.ndarray:
    """The nested lists as a float array of this shape (None: any length). ValueError naming the
    place.
    """
    found = _shape(name, content)
    flat: list[float] = []
    _collect(name, content, found, flat)
    result = np.array(flat, dtype=float).reshape(found)
    if shape is not None:
        _fits(name, found, tuple(shape))
    return result


def tensors(name: str, content: Any, shapes: list | None, *, steps: bool) -> Params:
    """A vector, or Layers: one tensor, or a list of them.

    shapes: those of the blocks where they are known. steps: content is a list over steps of such
    lists, and every block gets a leading axis.
    """
    if steps:
        return _stacked(name, content, shapes)
    if shapes is None and not _ragged(content):
        whole = array(name, content)
        if not whole.size:
            raise ValueError(f"{name} = {show(content)}: must have at least one number")
        return whole if whole.ndim == 1 else Layers([whole])

    if shapes is not None and len(shapes) == 1 and _shape(name, content) == shapes[0]:
        return Layers([array(name, content, shapes[0])])
    _one_per_block(name, content, shapes)
    known = [None] * len(content) if shapes is None else shapes
    blocks = [
        array(f"{name}[{k}]", x, shape)
        for k, (x, shape) in enumerate(zip(content, known, strict=True))
    ]
    return Layers(blocks)


def _stacked(name, content, shapes):
    points = []
    for t, point in enumerate(content):
        _one_per_block(f"{name}[{t}]", point, shapes)
        points.append(
            [
                array(f"{name}[{t}][{k}]", x, shape)
                for k, (x, shape) in enumerate(zip(point, shapes, strict=True))
            ]
        )
    blocks = [np.stack(block) for block in zip(*points, strict=True)]
    return Layers(blocks, [len(shape) for shape in shapes])


def _one_per_block(name, content, shapes):
    if not isinstance(content, list) or (shapes is not None and len(content) != len(shapes)):
        count = "" if shapes is None else f" of {len(shapes)}"
        raise ValueError(
            f"{name} = {show(content)}: must be a list{count} tensors, one per parameter"
        )


def _ragged(content) -> bool:
    """Whether the entries of a list are lists of different shapes: one per parameter."""
    if not isinstance(content, list) or not all(isinstance(x, list) and x for x in content):
        return False
    outlines = {_outline(x) for x in content}
    return len(outlines) > 1


def _outline(content):
    """The shape along the first entries, without looking at the others."""
    shape = []
    while isinstance(content, list) and content:
        shape.append(len(content))
        content = content[0]
    return tuple(shape)


def _shape(name, content) -> tuple[int, ...]:
    if not isinstance(content, list):
        raise ValueError(f"{name} = {show(content)}: must be a list of numbers")
    if not content:
        raise ValueError(f"{name} = []: must have at least one number")
    shape = _outline(content)
    if len(shape) > MOST_AXES:
        raise ValueError(f"{name} has {len(shape)} axes: must have {MOST_AXES} at most")
    return shape


def _collect(name, content, shape, flat, place=()) -> None:
    """Append the numbers in C order. ValueError at the first entry that is no number, or out of
    shape.
    """
    here = f"{name}{list(place)}" if place else name
    if shape and not isinstance(content, list):
        raise ValueError(f"{here} = {show(content)}: must be a list of {shape[0]} entries")
    if not shape:
        flat.append(_number(here, content))
        return
    if len(content) != shape[0]:
        raise ValueError(
            f"{here} has {len(content)} entries and others {shape[0]}: must be as many"
        )
    for k, entry in enumerate(content):
        _collect(name, entry, shape[1:], flat, (*place, k))


def _number(here, value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{here} = {show(value)}: must be a number")
    if not finite(value):
        raise ValueError(f"{here} = {show(value)}: must be finite")
    return float(value)


def finite(value: float) -> bool:
    """Whether a JSON number is finite as a float: integers may be too large for one."""
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False


def _fits(name, found, shape):
    fits = len(found) == len(shape) and all(
        b is None or a == b for a, b in zip(found, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("steps" if d is None else str(d) for d in shape)
        raise ValueError(f"{name} has shape {found}: must have shape ({wanted})")

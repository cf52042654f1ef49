"""Hyper-parameters that are sweeps: one number, one per run, or one per block.

What sweeps is decided by the type `Scalar` of a field: `lift` shapes those fields, and only those.
An array in a field of another type is a TypeError, so that a rate per run never becomes a rate per
coordinate by accident.
"""

from __future__ import annotations

import copy
import dataclasses
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any

import numpy as np

from lab.arrays.blockwise import runs, trailing
from lab.arrays.layers import Layers, Params, like, parts


@dataclasses.dataclass(frozen=True, eq=False)
class PerBlock:
    """One hyper-parameter value per block of Layers, each a number or one number per run.

    SGD(PerBlock((0.1, 0.2))) moves the first block at rate 0.1, the second at 0.2.
    """

    values: tuple

    def __post_init__(self):
        # a list will do; frozen, so that this is the only way
        object.__setattr__(self, "values", tuple(self.values))
        if not self.values:
            raise ValueError("PerBlock.values is empty: needs one value per block")


SWEPT = "a number or one per run"

# as a user types it: a number, an array over runs, or PerBlock; as a formula sees it: what `lift`
# has shaped of that. Any, because the formulas are written for both
Scalar = Annotated[Any, SWEPT]


def values(scalar: Scalar) -> tuple:
    """The values of a hyper-parameter: one, or one per block.

    Not yet lifted: as a user typed them.
    """
    return scalar.values if isinstance(scalar, PerBlock) else (scalar,)


@cache
def swept_fields(cls: type) -> frozenset[str]:
    """The fields of a dataclass whose type is Scalar, possibly `Scalar | None`.

    Looked up once per class: annotations are text, and evaluating them at every step would cost
    more than the step of a small problem.
    """
    return frozenset(f.name for f in dataclasses.fields(cls) if _is_swept(_resolved(cls, f.type)))


@cache
def _plain_fields(cls: type) -> frozenset[str]:
    """The fields of a dataclass that are declared as a plain number, which may be no array."""
    found = []
    for field in dataclasses.fields(cls):
        declared = _alternatives(_resolved(cls, field.type))
        if any(kind in (float, int, bool) for kind in declared):
            found.append(field.name)
    return frozenset(found)


def _resolved(
    cls: type,
    annotation: Any,
) -> Any:
    """The type that an annotation stands for.

    With `from __future__ import annotations` it arrives as text.
    """
    if not isinstance(annotation, str):
        return annotation

    # the module that defines the class is where the names of its annotations mean something
    names = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
    try:
        return eval(annotation, dict(names))
    except NameError:
        # a name of a function's local scope, or imported for type checkers only: no Scalar
        return None


def _is_swept(annotation: Any) -> bool:
    """Whether Scalar is among the members of an annotation."""
    return any(SWEPT in getattr(a, "__metadata__", ()) for a in _alternatives(annotation))


def _alternatives(annotation: Any) -> tuple:
    """The members of `A | B`, or the annotation itself."""
    union = typing.get_origin(annotation) in (typing.Union, types.UnionType)
    return typing.get_args(annotation) if union else (annotation,)


def rowwise(
    scalar: Scalar,
    theta: Params,
) -> Scalar | Layers:
    """A hyper-parameter shaped to multiply theta: (*r,) -> (*r, 1), or Layers of (*r, 1, ..., 1).

    TypeError for PerBlock where theta is a vector, ValueError where it has another number of
    blocks.
    """
    if isinstance(scalar, PerBlock):
        return _per_block(scalar, theta)
    # lifted already, most likely
    if isinstance(scalar, Layers):
        raise TypeError("a hyper-parameter is Layers: give one value per block as PerBlock((...))")
    if np.ndim(scalar) == 0:
        return scalar
    per_run = np.asarray(scalar)
    shaped = [trailing(per_run, k) for _, k in parts(theta)]
    return like(theta, shaped)


def _per_block(
    scalar: PerBlock,
    theta: Params,
) -> Params:
    """One array per block, each with the trailing axes of its block."""
    if not isinstance(theta, Layers):
        raise TypeError(f"PerBlock of {len(scalar.values)} values: theta is one vector, not Layers")
    if len(scalar.values) != len(theta):
        raise ValueError(f"PerBlock of {len(scalar.values)} values: theta has {len(theta)} blocks")
    blocks = []
    for value, k in zip(scalar.values, theta.orders, strict=True):
        blocks.append(trailing(np.asarray(value, dtype=float), k))
    return like(theta, blocks)


def per_matrix(
    scalar: Scalar,
    k: int,
) -> Scalar:
    """A hyper-parameter lifted to a tensor of order k, (*r, 1, ..., 1), as (*r, 1, 1).

    It then multiplies the matrix of a mode.
    """
    if np.ndim(scalar) == 0:
        return scalar
    # k axes of length 1 were added for the tensor: two are wanted
    axes = np.shape(scalar)[: np.ndim(scalar) - k]
    return np.reshape(scalar, (*axes, 1, 1))


def scalars(optimizer: Any) -> Iterator[tuple[str, Scalar]]:
    """Name and value of every Scalar hyper-parameter that is set, through all nested parts.

    Parts are optimizers, penalties and schedules.

    TypeError for an array in a field of another type: annotate it Scalar to sweep it.
    """
    for field in _fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name in swept_fields(optimizer.__class__):
            if value is not None:
                yield field.name, value
        elif isinstance(value, PerBlock) or _misplaced(optimizer, field.name, value):
            raise TypeError(
                f"{type(optimizer).__name__}.{field.name} has type {field.type} and holds "
                f"{type(value).__name__}: a hyper-parameter that sweeps must have type Scalar"
            )
        elif dataclasses.is_dataclass(value):
            yield from scalars(value)


def _fields(part: Any) -> tuple[dataclasses.Field, ...]:
    """The fields of a dataclass; an optimizer that is none has no hyper-parameters that sweep."""
    return dataclasses.fields(part) if dataclasses.is_dataclass(part) else ()


def _misplaced(optimizer: Any, field: str, value: Any) -> bool:
    """Whether a field declared as a plain number holds an array."""
    return field in _plain_fields(optimizer.__class__) and np.ndim(value) > 0


def sweep_shape(optimizer) -> tuple[int, ...]:
    """The common run shape of all hyper-parameters.

    ValueError names those that do not broadcast.

    () without a sweep. Values of PerBlock count one by one: they broadcast against each other too.
    """
    shapes = []
    for name, scalar in scalars(optimizer):
        shapes += [(name, np.shape(x)) for x in values(scalar) if np.ndim(x)]
    try:
        return np.broadcast_shapes(*(shape for _, shape in shapes))
    except ValueError:
        told = ", ".join(f"{name} {shape}" for name, shape in shapes)
        raise ValueError(
            f"hyper-parameters of shapes {told} do not broadcast to one shape of runs"
        ) from None


def all_runs(optimizer, theta: Params) -> tuple[int, ...]:
    """The run shape of a simulation: seeds of theta and sweep of the hyper-parameters, broadcast.

    ValueError when they do not.
    """
    seeds = runs(theta)
    swept = sweep_shape(optimizer)
    try:
        return np.broadcast_shapes(seeds, swept)
    except ValueError:
        raise ValueError(
            f"hyper-parameters sweep over runs {swept}, theta has runs {seeds}: they must broadcast"
        ) from None


def lift(optimizer, theta: Params):
    """The same optimizer with every Scalar field shaped to multiply theta.

    So formulas need no `[:, None]`.

    A lifted optimizer is what `init` and `step` are called on. Lifting is not idempotent: a lifted
    (*r, 1) would become (*r, 1, 1).
    """
    return mapped(optimizer, lambda scalar: rowwise(scalar, theta))


def mapped(optimizer: Any, change):
    """The same optimizer with `change` applied to every Scalar field that is set, at any depth.

    Fields are replaced without their checks: a lifted or sliced value is no longer what a user
    typed.

    Parts that are dataclasses (an inner optimizer, a penalty, a schedule) are copied along; arrays
    and texts are shared with the original.
    """
    new = copy.copy(optimizer)
    for field in _fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name in swept_fields(optimizer.__class__):
            if value is not None:
                # frozen dataclasses can't be assigned to
                object.__setattr__(new, field.name, change(value))
        elif dataclasses.is_dataclass(value) and not isinstance(value, type):
            object.__setattr__(new, field.name, mapped(value, change))
    return new

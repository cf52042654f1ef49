"""Records of our own optimizers, for any test suite.

A golden record is what another program needs to be compared with ours: where to start, the
gradients of every step, what else the method asks for, and the parameters after every step. It is
made on a stream with power (see `streams`), where every hyper-parameter changes the numbers, and
written as plain JSON: nested lists, no NaN, no infinity, so that every language reads it back to
the last bit.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np

from lab.arrays import Layers
from lab.checks import count, one_of
from lab.conformance.answers import RECORDED, unrecorded
from lab.conformance.records import Record, build, path
from lab.conformance.streams import DIMS, STEPS, stream
from lab.optimizers import OPTIMIZERS, defaults


def golden_settings(name: str) -> dict[str, Any]:
    """What `lab golden NAME` can set, with the defaults (those of EXAMPLES where a method has
    none).

    The hyper-parameters and switches of the optimizer, and steps, dims, seed of the stream.
    ValueError for an unknown one, with the known names.
    """
    one_of("optimizer", name, OPTIMIZERS)
    return {**defaults(name), "steps": STEPS, "dims": DIMS, "seed": 0}


def may_be_none(name: str) -> set[str]:
    """The settings of `lab golden NAME` that can be None: by default, or by their annotation.

    On the command line the word None is then no text.
    """
    hints = get_type_hints(OPTIMIZERS[name])
    allowed = {key for key, hint in hints.items() if NoneType in get_args(hint)}
    return allowed & golden_settings(name).keys()


def record_of(
    name: str,
    hyper: Mapping[str, Any],
    *,
    steps: int = STEPS,
    dims: int = DIMS,
    seed: int = 0,
    single: bool = False,
) -> Record:
    """A record of our optimizer `name` on a stream with power.

    hyper: what is not at its default (that of EXAMPLES where a method has none). steps, dims:
    the length of the stream, and of a vector in it. seed: of the stream. single: one tensor
    only, as a caller with one array needs it. ValueError for an unknown name, TypeError or
    ValueError for what the optimizer refuses, TypeError for a method that asks what no record
    holds. A run that diverges is a record with infinities;
    see `golden`.
    """
    count("steps", steps)
    count("dims", dims)
    count("seed", seed, 0)
    one_of("optimizer", name, OPTIMIZERS)
    full = defaults(name) | dict(hyper)
    empty = Record(name, "lab", full, np.zeros(1), None, None, np.zeros((steps, 1)))
    optimizer = build(empty)
    _refuse_unrecorded(name, optimizer)
    drawn = stream(optimizer, steps=steps, dims=dims, seed=seed, single=single)
    record = dataclasses.replace(empty, theta0=drawn.theta0, grads=drawn.grads, told=drawn.told)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return dataclasses.replace(record, trajectory=path(optimizer, record))


def _refuse_unrecorded(name, optimizer) -> None:
    """TypeError where the method asks for what no record holds."""
    missing = ", ".join(unrecorded(optimizer))
    if missing:
        held = ", ".join(sorted(RECORDED))
        raise TypeError(f"{name} asks for {missing}: a record holds only {held}")


def golden(
    name: str,
    hyper: Mapping[str, Any],
    *,
    steps: int = STEPS,
    dims: int = DIMS,
    seed: int = 0,
) -> dict[str, Any]:
    """A record of our own optimizer `name`, as the JSON object that `read` takes.

    It names its own layout: library "lab", the whole of the hyper-parameters, shapes.
    ValueError for an unknown name or hyper-parameter, and for a run that diverges, with the
    step: JSON has no infinity. TypeError for a method that asks what no record holds.
    """
    record = record_of(name, hyper, steps=steps, dims=dims, seed=seed)
    diverged = ~np.isfinite(record.trajectory).all(1)
    if diverged.any():
        step = int(np.argmax(diverged)) + 1
        raise ValueError(
            f"{name} diverges at step {step} of {steps}: a record must be finite, lower lr or steps"
        )

    told = {
        field.name: _listed(getattr(record.told, field.name))
        for field in dataclasses.fields(record.told)
        if getattr(record.told, field.name) is not None
    }
    return {
        "library": "lab",
        "optimizer": name,
        "hyper": record.hyper,
        "shapes": _shapes(record.theta0),
        "theta0": _listed(record.theta0, 0),
        "grads": _listed(record.grads),
        **told,
        "trajectory": _unfolded(record),
    }


def _shapes(theta):
    """The shapes of the parameters, as lists: which lists are tensors."""
    blocks = theta if isinstance(theta, Layers) else [theta]
    return [list(block.shape) for block in blocks]


def _listed(params, axes: int = 1):
    """Nested lists; of Layers, one list of tensors per step (axes = 1), or one (axes = 0)."""
    if not isinstance(params, Layers):
        return params.tolist()
    if axes == 0:
        return [block.tolist() for block in params]
    return [[block[t].tolist() for block in params] for t in range(len(params[0]))]


def _unfolded(record):
    """The trajectory as lists of the shapes of theta0, a list of tensors per step."""
    if not isinstance(record.theta0, Layers):
        return record.trajectory.tolist()
    shapes = [block.shape for block in record.theta0]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    points = [np.split(row, ends) for row in record.trajectory]
    return [
        [piece.reshape(shape).tolist() for piece, shape in zip(point, shapes, strict=True)]
        for point in points
    ]

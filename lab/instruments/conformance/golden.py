"""Records of our own optimizers, for any test suite."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, get_args, get_type_hints

import numpy as np

from lab.arrays import Layers
from lab.checks import count, one_of
from lab.instruments.conformance.records import Record, build, path
from lab.instruments.conformance.streams import DIMS, STEPS, stream
from lab.optimizers import OPTIMIZERS, defaults
from lab.workshop.settings import parse


def golden_settings(name: str) -> dict[str, Any]:
    """What `lab golden NAME` can set, with the defaults (those of EXAMPLES where a method has none).

    The hyper-parameters and switches of the optimizer, and steps, dims, seed. ValueError for an unknown one.
    """
    one_of("optimizer", name, OPTIMIZERS)
    return {**defaults(name), "steps": STEPS, "dims": DIMS, "seed": 0}


def chosen_settings(name: str, words: Sequence[str]) -> dict[str, Any]:
    """Those of golden_settings with what the words of a command line set.

    A switch needs no value: --nesterov is --nesterov true. What is None by default is read as JSON:
    --rms 0.2, --clip null. ValueError for an unknown setting or a value that does not fit.
    """
    settings = golden_settings(name)
    spelled = _with_values(settings, words)
    optional = {
        key for key, value in settings.items() if value is None or key in _may_be_none(name)
    }
    given = {}
    plain = []
    for word, value in zip(spelled[::2], spelled[1::2], strict=False):
        key = _setting(word)
        if key in optional:
            given[key] = _json(key, value)
        else:
            plain += [word, value]
    plain += spelled[len(spelled) // 2 * 2 :]
    return parse(name, settings, plain) | given


def _setting(word):
    return word.removeprefix("--").replace("-", "_")


def _with_values(settings, words):
    """The words, "true" behind every switch without a value."""
    split = [
        part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])
    ]
    spelled = []
    # a last word has nothing behind it, as if another setting followed
    for word, after in zip(split, [*split, "--"][1:], strict=True):
        spelled.append(word)
        alone = word.startswith("--") and after.startswith("--")
        if alone and isinstance(settings.get(_setting(word)), bool):
            spelled.append("true")
    return spelled


def _may_be_none(name):
    """The settings whose annotation allows None."""
    factory = OPTIMIZERS[name]
    hints = get_type_hints(factory)
    return {key for key, hint in hints.items() if NoneType in get_args(hint)}


def _json(key, value):
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"{key} = {value!r}: must be a number, or null for none") from None


def record_of(
    name: str,
    hyper: Mapping[str, Any],
    *,
    steps: int = STEPS,
    dims: int = DIMS,
    seed: int = 0,
    single: bool = False,
) -> Record:
    """A record of our optimizer `name` on a stream with power; single: of one tensor."""
    count("steps", steps)
    count("dims", dims)
    count("seed", seed, 0)
    one_of("optimizer", name, OPTIMIZERS)
    full = defaults(name) | dict(hyper)
    empty = Record(name, "lab", full, np.zeros(1), None, None, np.zeros((steps, 1)))
    optimizer = build(empty)
    drawn = stream(optimizer, steps=steps, dims=dims, seed=seed, single=single)
    record = dataclasses.replace(empty, theta0=drawn.theta0, grads=drawn.grads, told=drawn.told)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return dataclasses.replace(record, trajectory=path(optimizer, record))


def golden(
    name: str,
    hyper: Mapping[str, Any],
    *,
    steps: int = STEPS,
    dims: int = DIMS,
    seed: int = 0,
) -> dict[str, Any]:
    """A record of our own optimizer `name`, as the JSON object that `read` takes.

    ValueError for an unknown name or hyper-parameter, and for a run that diverges: JSON has no infinity.
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
    """The trajectory as lists of the shapes of theta0."""
    if not isinstance(record.theta0, Layers):
        return record.trajectory.tolist()
    shapes = [block.shape for block in record.theta0]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    points = [np.split(row, ends) for row in record.trajectory]
    return [
        [piece.reshape(shape).tolist() for piece, shape in zip(point, shapes, strict=True)]
        for point in points
    ]

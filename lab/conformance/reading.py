"""Records from JSON files: every refusal names the file, the place in it, and what belongs there.

A record has `optimizer`, `library` ("lab", "torch", "optax" or "authors"), `hyper` (that library's
names; absent = its default), `theta0`, `trajectory` (the parameters after each step), and either
`grads` (open loop: one gradient per step, whatever the parameters do) or `H` (closed loop:
gradient = H theta).

theta0 is a list of numbers, a nested list for one tensor, or a list of tensors, one per parameter;
those are told apart by `shapes` ([[4, 3], [4]]) or, without it, by not fitting into one tensor.
Methods that ask for more find it in `hessian`, `curvature`, `second_moment` (n, n), `sampled`,
`true` (T, m, n), `probes` (like grads) and `losses` (T,): see Told. A file is one record, or has a
list of them under `settings`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.arrays import Layers, Params, sweep_shape
from lab.checks import one_line, symmetric
from lab.conformance.answers import Told, members
from lab.conformance.numbers import array, finite, show, tensors
from lab.conformance.records import Record, build, rows, signature

LAYOUT = "a record has optimizer, hyper, theta0, trajectory, and grads or H"


def read(path: str | Path) -> list[Record]:
    """The records of a file. ValueError, naming the file and the place, when it is not in the
    layout above.
    """
    if not Path(path).exists():
        raise ValueError(f"{path}: no such file")
    try:
        # with or without a byte order mark
        content = json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as reason:
        told = one_line(str(reason))[1:-1]
        raise ValueError(f"{path} is not a readable JSON file: {told}") from None

    try:
        return [_record(one) for one in _settings(content)]
    except (ValueError, TypeError) as reason:
        raise ValueError(f"{path}: {reason}") from None


def _settings(content) -> list[dict[str, Any]]:
    """The objects of a file, each with what they share."""
    if not isinstance(content, dict):
        raise ValueError(f"holds {show(content)}: must be an object with theta0, trajectory, ...")
    if "settings" not in content:
        return [content]

    listed = content["settings"]
    if not isinstance(listed, list) or not listed:
        raise ValueError(f"settings = {show(listed)}: must be a list with at least one record")
    shared = {key: value for key, value in content.items() if key != "settings"}
    for k, one in enumerate(listed):
        if not isinstance(one, dict):
            raise ValueError(f"settings[{k}] = {show(one)}: must be an object; {LAYOUT}")
    return [shared | one for one in listed]


def _record(content: Mapping[str, Any]) -> Record:
    missing = [key for key in ("optimizer", "theta0", "trajectory") if key not in content]
    if missing:
        raise ValueError(f"has no {missing[0]}: {LAYOUT}")
    if ("grads" in content) == ("H" in content):
        raise ValueError(f"needs either grads or H: {LAYOUT}")
    library = content.get("library", "lab")
    for key, value in {"optimizer": content["optimizer"], "library": library}.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} = {show(value)}: must be a name in quotes")

    shapes = _shapes(content)
    theta = tensors("theta0", content["theta0"], shapes, steps=False)
    sizes = [block.shape for block in theta] if isinstance(theta, Layers) else [theta.shape]
    trajectory = _per_step("trajectory", content["trajectory"], theta, sizes)
    grads = _per_step("grads", content["grads"], theta, sizes) if "grads" in content else None
    steps = _steps(trajectory)
    if grads is not None and _steps(grads) != steps:
        raise ValueError(_other_steps(steps, _steps(grads)))

    record = Record(
        content["optimizer"],
        library,
        content.get("hyper", {}),
        theta,
        grads,
        _quadratic(content, theta),
        rows(trajectory, 1),
        _told(content, theta, sizes, steps),
    )
    _settings_fit(record)
    return record


def _shapes(content):
    """The shapes of the blocks where the record lists them."""
    shapes = content.get("shapes")
    if shapes is None:
        return None
    ok = isinstance(shapes, list) and shapes and all(_is_shape(shape) for shape in shapes)
    if not ok:
        raise ValueError(f"shapes = {show(shapes)}: must be a list like [[4, 3], [4]]")
    found = [tuple(shape) for shape in shapes]
    # one vector is written without a list around it
    return None if len(found) == 1 and len(found[0]) == 1 else found


def _is_shape(shape):
    return isinstance(shape, list) and shape and all(type(d) is int and d > 0 for d in shape)


def _per_step(name, content, theta, sizes) -> Params:
    """One theta per step."""
    known = [tuple(size) for size in sizes] if isinstance(theta, Layers) else None
    if not isinstance(content, list) or not content:
        raise ValueError(f"{name} = {show(content)}: must be a list with one entry per step")
    single = len(sizes) == 1
    # one tensor is written without a list around it, unless theta0 has that list
    bare = known is None or (single and _depth(content) == len(sizes[0]) + 1)
    try:
        if bare:
            found = array(name, content, (None, *sizes[0]))
            return found if known is None else Layers([found], [len(sizes[0])])
        return tensors(name, content, known, steps=True)
    except ValueError as reason:
        told = " and ".join(str(size) for size in sizes)
        raise ValueError(f"{reason} (theta0 has shape {told})") from None


def _depth(content):
    depth = 0
    while isinstance(content, list) and content:
        depth += 1
        content = content[0]
    return depth


def _steps(params):
    return len(params[0]) if isinstance(params, Layers) else len(params)


def _other_steps(steps, gradients):
    told = f"trajectory has {steps} steps and grads {gradients}: must be as many"
    if steps == gradients + 1:
        told += "; a trajectory begins after the first step, leave out theta0"
    return told


def _quadratic(content, theta):
    if "H" not in content:
        return None
    if isinstance(theta, Layers):
        raise ValueError(
            "H with a theta0 of tensors: a closed loop takes one list of numbers, use grads"
        )
    h = array("H", content["H"], (theta.size, theta.size))
    return symmetric("H", h)


def _told(content, theta, sizes, steps) -> Told:
    n = rows(theta, 0).size
    shapes: dict[str, tuple] = dict.fromkeys(("hessian", "curvature", "second_moment"), (n, n))
    shapes |= dict.fromkeys(("sampled", "true"), (steps, None, n))
    shapes["losses"] = (steps,)
    found: dict[str, Any] = {
        key: array(key, content[key], shape) for key, shape in shapes.items() if key in content
    }
    if "probes" in content:
        found["probes"] = _per_step("probes", content["probes"], theta, sizes)
        if _steps(found["probes"]) != steps:
            raise ValueError(f"probes has {_steps(found['probes'])} steps: must have {steps}")
    return Told(**found)


def _settings_fit(record: Record) -> None:
    """ValueError, naming the setting, unless our optimizer can be built from them and takes one
    value each.
    """
    if not isinstance(record.hyper, dict):
        raise ValueError(f"hyper = {show(record.hyper)}: must be an object, {{}} for the defaults")
    for name, parameter in signature(record.library, record.optimizer).items():
        if name in record.hyper:
            _typed(f"hyper.{name}", record.hyper[name], parameter)
    try:
        optimizer = build(record)
    except (ValueError, TypeError) as reason:
        raise ValueError(f"hyper: {reason}") from None

    if sweep_shape(optimizer):
        lists = [name for name, value in record.hyper.items() if isinstance(value, list)]
        raise ValueError(f"hyper.{lists[0]} = {show(record.hyper[lists[0]])}: must be one number")
    needs = members(optimizer) - {"grad", "at"}
    # a quadratic answers all but the labels of a model
    answered = (
        {"hessian", "curvature", "loss", "probe", "second_moment"}
        if record.h is not None
        else set()
    )
    for need in sorted(needs - answered):
        keys = _ANSWERS.get(need, (need,))
        if not any(getattr(record.told, key, None) is not None for key in keys):
            raise ValueError(
                f"{record.optimizer} asks for {need}: the record needs {' or '.join(keys)}"
            )


# What a method asks for, and the keys that answer it.
_ANSWERS = {
    "curvature": ("curvature", "sampled", "true"),
    "probe": ("probes",),
    "loss": ("losses",),
}


def _typed(name, value, parameter):
    """ValueError unless the JSON value is of the kind that the default has."""
    default = parameter.default
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and not finite(value):
        raise ValueError(f"{name} = {show(value)}: must be finite")
    if value is None and default is not None:
        raise ValueError(f"{name} = null: leave it out for the default")
    if isinstance(default, bool) and not isinstance(value, bool):
        raise ValueError(f"{name} = {show(value)}: must be true or false, without quotes")
    if isinstance(default, str) and not isinstance(value, str):
        raise ValueError(f"{name} = {show(value)}: must be text like {json.dumps(default)}")
    if isinstance(default, tuple):
        _same_length(name, value, default)
    required = default is parameter.empty
    plain = isinstance(default, (int, float)) and not isinstance(default, bool)
    if (plain or required) and not number:
        raise ValueError(f"{name} = {show(value)}: must be one number")


def _same_length(name, value, default):
    """ValueError unless value is a list of as many numbers (or nulls, where the default has
    one).
    """
    example = json.dumps(list(default))
    if not isinstance(value, list) or len(value) != len(default):
        raise ValueError(f"{name} = {show(value)}: must be a list like {example}")
    for k, (one, usual) in enumerate(zip(value, default, strict=True)):
        number = isinstance(one, (int, float)) and not isinstance(one, bool)
        if not (number and finite(one)) and not (one is None and usual is None):
            raise ValueError(f"{name}[{k}] = {show(one)}: must be one number")

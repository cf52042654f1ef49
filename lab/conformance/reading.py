"""Records from JSON files: every refusal names the file, the place in it, and what belongs there.

A record has `optimizer`, `library` ("lab", "torch", "optax" or "authors"), `hyper` (that library's
names; absent = its default), `theta0`, `trajectory` (the parameters after each step), and either
`grads` (open loop: one gradient per step, whatever the parameters do) or `H` (closed loop: gradient
= H theta).

    {"optimizer": "Adam", "library": "torch", "hyper": {"lr": 0.1},
     "theta0": [1.0, 2.0], "grads": [[0.3, -0.1], ...], "trajectory": [[0.9, 2.1], ...]}

theta0 is a list of numbers, a nested list for one tensor, or a list of tensors, one per parameter;
those are told apart by `shapes` ([[4, 3], [4]]) or, without it, by not fitting into one tensor.
Methods that ask for more find it in `hessian`, `curvature`, `second_moment` (n, n), `sampled`,
`true` (T, m, n), `probes` (like grads) and `losses` (T,): see Told. A file is one record, or has a
list of them under `settings`, which share what stands beside that list.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.arrays import Layers, Params
from lab.checks import one_line
from lab.conformance.answers import Told
from lab.conformance.numbers import array, number, number_or_lost, show, tensors
from lab.conformance.records import Record, rows
from lab.conformance.settings import fit
from lab.matrix_checks import symmetric

LAYOUT = "a record has optimizer, hyper, theta0, trajectory, and grads or H"


def read(path: str | Path) -> list[Record]:
    """The records of a file, one or more.

    With or without a byte order mark; NaN and Infinity, which some programs write into JSON, are
    read, in a trajectory as what they are, and elsewhere refused by their place. ValueError, naming
    the file and the place, when there is no such file, it is no JSON, is not in the layout above,
    or has settings that our optimizer refuses.
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
    """The objects of a file, each with what they share. ValueError for a file that holds no
    object, and for an empty list of settings: it would pass without a check.
    """
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
    """One record of a file. The order of the checks is that in which a person mends: names,
    shapes, numbers, settings.
    """
    missing = [key for key in ("optimizer", "theta0", "trajectory") if key not in content]
    if missing:
        raise ValueError(f"has no {missing[0]}: {LAYOUT}")
    if ("grads" in content) == ("H" in content):
        raise ValueError(f"needs either grads or H: {LAYOUT}")
    library = content.get("library", "lab")
    names = {"optimizer": content["optimizer"], "library": library}
    for key, value in names.items():
        if not isinstance(value, str):
            raise ValueError(f"{key} = {show(value)}: must be a name in quotes")

    shapes = _shapes(content)
    theta = tensors("theta0", content["theta0"], shapes, steps=False)
    trajectory = _per_step("trajectory", content["trajectory"], theta, number_or_lost)
    steps = _steps(trajectory)
    record = Record(
        content["optimizer"],
        library,
        content.get("hyper", {}),
        theta,
        _gradients(content, theta, steps),
        _quadratic(content, theta),
        rows(trajectory, 1),
        _told(content, theta, steps),
    )
    fit(record)
    return record


def _shapes(content):
    """The shapes of the blocks where the record lists them; None for one vector, written
    without a list.
    """
    shapes = content.get("shapes")
    if shapes is None:
        return None
    listed = isinstance(shapes, list) and shapes
    if not listed or not all(map(_is_shape, shapes)):
        raise ValueError(f"shapes = {show(shapes)}: must be a list like [[4, 3], [4]]")
    found = [tuple(shape) for shape in shapes]
    # one vector is written without a list around it
    return None if len(found) == 1 and len(found[0]) == 1 else found


def _is_shape(shape) -> bool:
    """[4, 3]: positive integers, of which true is none."""
    if not isinstance(shape, list) or not shape:
        return False
    lengths = [d for d in shape if type(d) is int and d > 0]
    return len(lengths) == len(shape)


def _sizes(theta) -> list[tuple[int, ...]]:
    """The shapes of the parameters."""
    blocks = theta if isinstance(theta, Layers) else [theta]
    return [block.shape for block in blocks]


def _per_step(name, content, theta, leaf=number) -> Params:
    """One theta per step: (T, n), or Layers with the steps as first axis. One tensor may stand
    with or without a list of tensors around it, in every step as in theta0.
    """
    sizes = _sizes(theta)
    known = sizes if isinstance(theta, Layers) else None
    if not isinstance(content, list) or not content:
        raise ValueError(f"{name} = {show(content)}: must be a list with one entry per step")
    first = sizes[0]
    # one tensor is written without a list around it, unless theta0 has that list
    alone = len(sizes) == 1 and _depth(content) == len(first) + 1
    try:
        if known is not None and not alone:
            return tensors(name, content, known, steps=True, leaf=leaf)
        found = array(name, content, (None, *first), leaf)
    except ValueError as reason:
        told = " and ".join(map(str, sizes))
        raise ValueError(f"{reason} (theta0 has shape {told})") from None
    return found if known is None else Layers([found], [len(first)])


def _depth(content):
    """How many lists stand around the first entry."""
    depth = 0
    while isinstance(content, list) and content:
        depth += 1
        content = content[0]
    return depth


def _steps(params):
    """The length of the first axis."""
    return len(params[0]) if isinstance(params, Layers) else len(params)


def _gradients(content, theta, steps) -> Params | None:
    """Those of an open loop, as many as the trajectory has steps; None in a closed one."""
    if "grads" not in content:
        return None
    grads = _per_step("grads", content["grads"], theta)
    found = _steps(grads)
    if found != steps:
        raise ValueError(_other_steps(steps, found))
    return grads


def _other_steps(steps, gradients):
    """What to say of a trajectory and gradients of different lengths: one row too many is
    theta0.
    """
    told = f"trajectory has {steps} steps and grads {gradients}: must be as many"
    if steps == gradients + 1:
        told += "; a trajectory begins after the first step, leave out theta0"
    return told


def _quadratic(content, theta):
    """H (n, n) of a closed loop, which is one of vectors; None in an open one. ValueError
    unless it is symmetric.
    """
    if "H" not in content:
        return None
    if isinstance(theta, Layers):
        raise ValueError(
            "H with a theta0 of tensors: a closed loop takes one list of numbers, use grads"
        )
    h = array("H", content["H"], (theta.size, theta.size))
    return symmetric("H", h)


def _told(content, theta, steps) -> Told:
    """What else the record says, each in its shape; n: all parameters side by side."""
    n = rows(theta, 0).size
    shapes: dict[str, tuple] = {
        "hessian": (n, n),
        "curvature": (n, n),
        "second_moment": (n, n),
        "sampled": (steps, None, n),
        "true": (steps, None, n),
        "losses": (steps,),
    }
    found: dict[str, Any] = {}
    for key, shape in shapes.items():
        if key in content:
            found[key] = array(key, content[key], shape)

    if "probes" in content:
        probes = _per_step("probes", content["probes"], theta)
        if _steps(probes) != steps:
            raise ValueError(f"probes has {_steps(probes)} steps: must have {steps}")
        found["probes"] = probes
    return Told(**found)

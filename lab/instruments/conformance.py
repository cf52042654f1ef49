"""Does an optimizer, written in any language, do what we do? Recorded trajectories, digits of agreement, and what explains a gap.

A record is JSON, in the layout of the recorded trajectories in tests/golden: `optimizer`, `library` ("lab", "torch", "optax" or
"authors"), `hyper` (that library's names; absent = its default), `theta0`, `trajectory` (the parameters after each step), and either
`grads` (open loop: one gradient per step, whatever the parameters do) or `H` (closed loop: gradient = H theta). A file is one record,
or has a list of them under `settings`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lab import conventions
from lab.arrays import Layers
from lab.checks import count, one_of, real
from lab.instruments.alterations import alterations
from lab.objectives import Quadratic
from lab.optimizers import OPTIMIZERS, defaults
from lab.simulation import replay, simulate

DIGITS = 10.0


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """One recorded trajectory: theta0 (n,) or a matrix, grads (T, ...) or h (n, n), trajectory (T, ...)."""

    optimizer: str
    library: str
    hyper: Mapping[str, Any]
    theta0: np.ndarray
    grads: np.ndarray | None
    h: np.ndarray | None
    trajectory: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Conformance:
    """digits (T,): agreement after each step; explanations: alterations of our optimizer that reproduce the record, with their digits.

    needed: the digits asked for. conforms: whether every step has them. Empty explanations of a record that doesn't conform mean
    that nothing we know explains it.
    """

    record: Record
    digits: np.ndarray
    needed: float
    explanations: tuple[tuple[str, float], ...]

    @property
    def conforms(self) -> bool:
        return bool((self.digits >= self.needed).all())

    def __str__(self) -> str:
        name = f"{self.record.library}:{self.record.optimizer}"
        if self.conforms:
            return f"{name} conforms: {self.digits.min():.1f} digits or more at each of {len(self.digits)} steps"
        first = int(np.argmax(self.digits < self.needed))
        told = f"{name} does not conform: {self.digits[first]:.1f} digits at step {first + 1}, {self.digits[-1]:.1f} at the last"
        if not self.explanations:
            return f"{told}; no alteration that we know explains it"
        return f"{told}; explained by: " + ", or ".join(
            f"{what} ({digits:.1f} digits)" for what, digits in self.explanations
        )


def read(path: str | Path) -> list[Record]:
    """The records of a file. ValueError, naming the file and the field, when it is not in the layout above."""
    if not Path(path).exists():
        raise ValueError(f"{path}: no such file")
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as reason:
        raise ValueError(f"{path} is not a readable JSON file: {reason}") from None
    if not isinstance(content, dict):
        raise ValueError(
            f"{path} holds a {type(content).__name__}: must be an object with theta0, trajectory, ..."
        )
    shared = {k: v for k, v in content.items() if k != "settings"}
    return [_record(path, shared | one) for one in content.get("settings", [{}])]


def _record(path, content) -> Record:
    missing = [k for k in ("optimizer", "theta0", "trajectory") if k not in content]
    if missing or ("grads" in content) == ("H" in content):
        needs = f"has no {missing[0]}" if missing else "needs either grads or H"
        raise ValueError(
            f"{path} {needs}: a record has optimizer, hyper, theta0, trajectory, and grads or H"
        )
    arrays = {
        k: real(f"{path}: {k}", content[k])
        for k in ("theta0", "trajectory", "grads", "H")
        if k in content
    }
    theta, trajectory, grads = arrays["theta0"], arrays["trajectory"], arrays.get("grads")
    if trajectory.shape[1:] != theta.shape or (
        grads is not None and grads.shape != trajectory.shape
    ):
        raise ValueError(
            f"{path}: theta0 {theta.shape}, trajectory {trajectory.shape}: must be steps of theta0's shape, like grads"
        )
    library = content.get("library", "lab")
    return Record(
        content["optimizer"],
        library,
        content.get("hyper", {}),
        theta,
        grads,
        arrays.get("H"),
        trajectory,
    )


def build(record: Record) -> Any:
    """Our optimizer with the record's choices. ValueError for an unknown library, optimizer or hyper-parameter, naming the known ones."""
    if record.library != "lab":
        one_of("library", record.library, ("lab", "torch", "optax", "authors"))
        return getattr(conventions, record.library)(record.optimizer, **record.hyper)
    one_of("optimizer", record.optimizer, OPTIMIZERS)
    for name in record.hyper:
        one_of(f"hyper-parameter of {record.optimizer}", name, defaults(record.optimizer))
    return OPTIMIZERS[record.optimizer](**record.hyper)


def path(optimizer: Any, record: Record) -> np.ndarray:
    """Our iterates (T, ...) on the record's gradients or its quadratic."""
    if record.grads is None:
        found = simulate(
            Quadratic(np.asarray(record.h)),
            optimizer,
            record.theta0,
            steps=len(record.trajectory),
            record={"theta": np.asarray},
        )
        return found["theta"][1:]
    if record.theta0.ndim == 1:
        return np.asarray(replay(optimizer, record.theta0, record.grads))[1:]
    return replay(optimizer, Layers([record.theta0]), [Layers([g]) for g in record.grads])[0][1:]


def agreement(ours: np.ndarray, theirs: np.ndarray, theta0: np.ndarray) -> np.ndarray:
    """Digits of agreement (T,): -log10 of |ours - theirs| over the distance moved so far, maximum norms, at most 16.

    Relative to the movement, because a short run from a large start would agree to many digits whatever the method. A difference within the
    rounding of the parameters themselves (8 units in the last place) is agreement.
    """
    axes = tuple(range(1, theirs.ndim))
    moved = np.maximum.accumulate(np.abs(theirs - theta0).max(axes))
    rounding = 8 * np.finfo(float).eps * np.abs(theirs).max(axes)
    error = np.abs(ours - theirs).max(axes)
    error = np.where(np.isnan(error), np.inf, np.maximum(error - rounding, 0.0))
    ratio = np.where(
        moved > 0, error / np.where(moved > 0, moved, 1.0), np.where(error > 0, np.inf, 0.0)
    )
    return np.clip(-np.log10(np.maximum(ratio, 1e-16)), 0.0, 16.0)


def conform(record: Record, digits: float = DIGITS) -> Conformance:
    """Compare a record with our optimizer; where they part, search single alterations, then pairs, for those that reproduce it."""
    optimizer = build(record)
    reached = agreement(path(optimizer, record), record.trajectory, record.theta0)
    explained = () if (reached >= digits).all() else _explain(optimizer, record, digits)
    return Conformance(record, reached, digits, explained)


def _explain(optimizer, record, digits):
    start = record.theta0 if record.theta0.ndim == 1 else Layers([record.theta0])
    level: dict[frozenset[str], Any] = {frozenset(): optimizer}
    for _ in range(2):
        level = {
            told | {alteration.name}: changed
            for told, o in level.items()
            for alteration in alterations(o, start)
            if (changed := alteration.apply(o)) is not None
        }
        with np.errstate(all="ignore"):
            found = [
                (" and ".join(sorted(told)), _worst_digits(o, record)) for told, o in level.items()
            ]
        fits = sorted(
            (pair for pair in found if pair[1] >= digits), key=lambda pair: -round(pair[1])
        )
        if fits:
            return tuple(fits[:3])
    return ()


def _worst_digits(optimizer, record):
    return float(agreement(path(optimizer, record), record.trajectory, record.theta0).min())


def golden_settings(name: str) -> dict[str, Any]:
    """What `lab golden NAME` can set: the hyper-parameters and switches of the optimizer with their defaults (those of EXAMPLES where
    it has none), and steps, dims, seed. ValueError for an unknown optimizer."""
    one_of("optimizer", name, OPTIMIZERS)
    return {**defaults(name), "steps": 10, "dims": 4, "seed": 0}


def golden(
    name: str, hyper: Mapping[str, Any], *, steps: int = 10, dims: int = 4, seed: int = 0
) -> dict[str, Any]:
    """A record of our own optimizer `name`, as the JSON object that `read` takes: gradients drawn around a slowly shrinking mean, or, for
    methods that ask for more than gradients, a closed loop on a quadratic. ValueError for an unknown name or hyper-parameter."""
    count("steps", steps)
    count("dims", dims)
    rng = np.random.default_rng(count("seed", seed, 0))
    theta = np.round(rng.standard_normal(dims), 4)
    shrinking = 0.8 ** np.arange(steps)[:, None]
    grads = np.round(
        shrinking * (rng.standard_normal(dims) + 0.5 * rng.standard_normal((steps, dims))), 4
    )
    factor = np.round(rng.standard_normal((dims, dims)), 2)
    record = Record(name, "lab", hyper, theta, grads, None, np.zeros((steps, dims)))
    optimizer = build(record)
    if not optimizer.needs <= {"grad"}:
        record = dataclasses.replace(record, grads=None, h=factor @ factor.T / dims)
    inputs = {"H": record.h} if record.grads is None else {"grads": record.grads}
    written = {"theta0": theta, **inputs, "trajectory": path(optimizer, record)}
    arrays = {key: np.asarray(value).tolist() for key, value in written.items()}
    full = defaults(name) | dict(hyper)
    return {"library": "lab", "optimizer": name, "hyper": full, "shape": [dims], **arrays}

"""A recorded trajectory, our own path on its inputs, and the digits to which the two agree.

    digits_t = -log10( |ours_t - theirs_t| / max_(s <= t) |theirs_s - theta0| ),   maximum norms

at most 16, and 16 where the difference is rounding of the parameters themselves.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab import conventions
from lab.arrays import Layers, Params
from lab.checks import one_of
from lab.conformance.answers import Answering, Told
from lab.conventions import LIBRARIES
from lab.objectives import Quadratic
from lab.optimizers import OPTIMIZERS, Ascent, defaults
from lab.simulation import replay, simulate

# Two programs that compute a parameter in another order differ by a few of its last places.
ROUNDINGS = 8


@dataclasses.dataclass(frozen=True, eq=False)
class Record:
    """One recorded trajectory.

    theta0: a vector (n,), or Layers. grads: open loop, (T, n) or Layers with T as first axis, None
    in a closed loop. h (n, n): the quadratic of a closed loop, else None. trajectory (T, N): the
    parameters after each step, block after block in one row. told: what besides the gradient was
    answered, see `answers`.
    """

    optimizer: str
    library: str
    hyper: Mapping[str, Any]
    theta0: Params
    grads: Params | None
    h: np.ndarray | None
    trajectory: np.ndarray
    told: Told = dataclasses.field(default_factory=Told)

    @property
    def start(self) -> np.ndarray:
        """theta0 as one row (N,)."""
        return rows(self.theta0, 0)

    @property
    def gradients(self) -> np.ndarray | None:
        """grads as rows (T, N), None in a closed loop."""
        return None if self.grads is None else rows(self.grads, 1)


def rows(params: Params, axes: int) -> np.ndarray:
    """Blocks side by side, behind the leading axes: (T, N) for axes = 1, (N,) for 0. A vector
    is itself.
    """
    if not isinstance(params, Layers):
        return np.asarray(params)
    flat = [block.reshape(*block.shape[:axes], -1) for block in params]
    return np.concatenate(flat, axis=-1)


def build(record: Record) -> Any:
    """Our optimizer with the record's choices.

    A setting that a library's entry here does not have is accepted where it is off (false or null):
    it changes nothing. `maximize` flips the gradient. ValueError for an unknown library, optimizer
    or hyper-parameter, naming the known ones.
    """
    hyper = dict(record.hyper)
    if record.library == "lab":
        one_of("optimizer", record.optimizer, OPTIMIZERS)
        for name in hyper:
            one_of(f"hyper-parameter of {record.optimizer}", name, defaults(record.optimizer))
        return OPTIMIZERS[record.optimizer](**hyper)

    one_of("library", record.library, ("lab", *LIBRARIES))
    known = signature(record.library, record.optimizer)
    upwards = "maximize" not in known and hyper.get("maximize") is True
    if upwards:
        del hyper["maximize"]

    used = {}
    for name, value in hyper.items():
        if name in known or not _off(value):
            used[name] = value
    convention = getattr(conventions, record.library)
    made = convention(record.optimizer, **used)
    return Ascent(made) if upwards else made


def _off(value):
    """Whether a setting is one that changes nothing, as `optimizer.defaults` prints many: false
    or null.
    """
    return value is None or value is False


def signature(library: str, optimizer: str) -> Mapping[str, Any]:
    """Name -> parameter of an entry of a library or of our own factory; empty where it is
    unknown.
    """
    entry = entry_of(library, optimizer)
    return {} if entry is None else inspect.signature(entry).parameters


def entry_of(library: str, optimizer: str) -> Callable | None:
    """The function or class of that name in a library's table, or in ours; None where it is
    unknown.
    """
    entries = OPTIMIZERS if library == "lab" else LIBRARIES.get(library, {})
    return entries.get(optimizer)


def path(optimizer: Any, record: Record, steps: int | None = None) -> np.ndarray:
    """Our iterates (T, N) after each step, on the record's gradients or its quadratic.

    steps: only the first so many. The method is told what the record tells. TypeError or
    ValueError where it asks for more than that; a run that diverges has infinities and NaN.
    """
    steps = len(record.trajectory) if steps is None else steps
    method = Answering(optimizer, record.told) if record.told.anything else optimizer
    if record.grads is None:
        found = simulate(
            Quadratic(np.asarray(record.h)),
            method,
            record.theta0,
            steps=steps,
            record={"theta": np.asarray},
        )
        return found["theta"][1:]

    gradients = unstacked(record.grads, steps)
    points = replay(method, record.theta0, gradients)
    # without the first, theta0
    return rows(points, 1)[1:]


def unstacked(grads: Params, steps: int) -> list[Params]:
    """The first gradients of a recording, one by one: vectors, or Layers."""
    if not isinstance(grads, Layers):
        return list(grads[:steps])

    points: list[Params] = []
    for t in range(steps):
        blocks = [block[t] for block in grads]
        points.append(Layers(blocks, grads.orders))
    return points


def agreement(
    ours: np.ndarray, theirs: np.ndarray, theta0: np.ndarray, eps: float = 2.0**-52
) -> np.ndarray:
    """Digits of agreement (T,): -log10 of |ours - theirs| over the distance moved so far, at most
    16.

    Maximum norms. Relative to the movement, because a short run from a large start would agree to
    many digits whatever the method. An entry that is not finite agrees with one that is not, and
    with no number. A difference within the rounding of the parameters themselves
    (8 units in the last place, eps the distance from 1 to the next number) is agreement.
    """
    axes = tuple(range(1, theirs.ndim))
    lost = ~np.isfinite(theirs)
    there = np.where(lost, theta0, theirs)
    way = np.abs(there - theta0)
    distance = way.max(axes)
    moved = np.maximum.accumulate(distance)
    rounding = ROUNDINGS * eps * np.abs(there).max(axes)

    # both lost: no gap; one of them: NaN
    parted = lost & np.isfinite(ours)
    known = np.where(lost, there, ours)
    found = np.where(parted, np.nan, known)
    away = np.abs(found - there)
    gap = away.max(axes)
    error = np.maximum(gap - rounding, 0.0)
    error = np.where(np.isnan(gap), np.inf, error)

    # before any movement nothing but equality agrees
    still = moved == 0
    unmoved = np.where(error > 0, np.inf, 0.0)
    divisor = np.where(still, 1.0, moved)
    ratio = np.where(still, unmoved, error / divisor)
    at_least = np.maximum(ratio, 1e-16)
    digits = -np.log10(at_least)
    return np.clip(digits, 0.0, 16.0)

"""What explains a record that parts from our path: single alterations, then pairs, accepted if
they reproduce it.

An alteration has no free number, or one that is measured at a single step and then has to
reproduce all others, so an explanation to ten digits over a whole record is no accident.
Explanations that are one and the same method are found on a second stream and told once.

The cost is that of paths: a candidate is run up to the step that parts and one beyond, and to the
end only if it has the digits there. Pairs, n^2 / 2 of them, are made of alterations that change
nothing before the record parts: what does can be no half of a cause, unless the other half undoes
it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.conformance.alterations import METHOD, Alteration, alterations, own_fields
from lab.conformance.defaults import sets
from lab.conformance.factor import scaled_from
from lab.conformance.records import Record, agreement, path

# Explanations told, and how much worse than the best one may be: rounding differs by a digit
# between formulas.
TOLD = 3
WORSE = 1.5

# Steps beyond those that agree, by which nearly every wrong candidate has parted: the parting one
# itself.
AHEAD = 1


class Explanation(NamedTuple):
    """What reproduces a record: in words, its fewest digits at a step, and the method itself."""

    name: str
    digits: float
    optimizer: Any


# The levels without pairs.
DEEP = 3


def explain(
    optimizer: Any, record: Record, reached: np.ndarray, needed: float, *, shallow: bool = False
) -> list[Explanation]:
    """The explanations of the first level that has any, the best first; [] where nothing fits.

    reached (T,): the digits of `optimizer`, which must fall short somewhere; needed: those that
    an explanation must have at every step. shallow: no pairs. The levels: one alteration, the
    defaults of another library, a factor on the step, two alterations. A simple cause is never
    told beside a compound one: two alterations reproduce by accident what one does by reason.
    """
    parting = int(np.argmax(reached < needed))
    short = min(len(reached), parting + AHEAD)
    with np.errstate(all="ignore"):
        singles = list(alterations(optimizer, record.theta0))
        levels = (
            lambda: _singles(singles, optimizer),
            lambda: sets(record, optimizer),
            lambda: scaled_from(optimizer, record, parting),
            lambda: _pairs(_useful(singles, optimizer, record, parting, needed), optimizer),
        )
        for level in levels[:DEEP] if shallow else levels:
            found = [_tried(name, o, record, short, needed) for name, o in level()]
            fits = [one for one in found if one is not None]
            if fits:
                return _told_once(fits, record)
    return []


def _singles(alterations, optimizer) -> Iterator[tuple[str, Any]]:
    """The altered optimizers, None where an alteration does not apply."""
    for one in alterations:
        yield one.name, one.apply(optimizer)


def _useful(
    singles: list[Alteration],
    optimizer: Any,
    record: Record,
    parting: int,
    needed: float,
) -> list[Alteration]:
    """The alterations that change the path on this record, and not before it parts from ours:
    the candidates for one half of a pair.
    """
    ours = path(optimizer, record)
    agreed = record.trajectory[:parting]
    useful = []
    for alteration in singles:
        candidate = alteration.apply(optimizer)
        changed = _attempt(candidate, record, len(ours))
        if changed is None or np.array_equal(changed, ours, equal_nan=True):
            continue
        before = agreement(changed[:parting], agreed, record.start)
        if (before >= needed).all():
            useful.append(alteration)
    return useful


def _pairs(singles, optimizer) -> Iterator[tuple[str, Any]]:
    """Two alterations of different subjects, in the order of `singles`; of another method, its
    own fields. As (name, optimizer); the second is applied to what the first has made.
    """
    for k, first in enumerate(singles):
        changed = first.apply(optimizer)
        behind = own_fields(changed) if METHOD in first.subjects else singles[k + 1 :]
        taken = first.subjects | {METHOD}
        for second in behind:
            if not second.subjects & taken:
                both = f"{first.name} and {second.name}"
                yield both, second.apply(changed)


def _attempt(optimizer, record, steps):
    """The path, or None where the candidate is no method or can't be run on this record. What
    NumPy and our checks raise for a bad value is caught; anything else is a mistake of ours.
    """
    if optimizer is None:
        return None
    try:
        return path(optimizer, record, steps)
    except (TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError):
        return None


def _tried(
    name: str,
    optimizer: Any,
    record: Record,
    short: int,
    needed: float,
) -> Explanation | None:
    """The explanation, if it has the digits: on the first steps, then on all. None otherwise:
    most candidates have parted after `short` steps, which is what makes pairs affordable.
    """
    digits = 0.0
    for steps in (short, len(record.trajectory)):
        ours = _attempt(optimizer, record, steps)
        if ours is None:
            return None
        theirs = record.trajectory[:steps]
        digits = float(agreement(ours, theirs, record.start).min())
        if digits < needed:
            return None
    return Explanation(name, digits, optimizer)


def _told_once(fits, record) -> list[Explanation]:
    """The best, without those that are the same method on a second stream: at most TOLD, none
    WORSE digits below the best.
    """
    best = max(one.digits for one in fits)
    close = [one for one in fits if one.digits >= best - WORSE]
    second = another(record)
    steps = len(second.trajectory)
    told: list[Explanation] = []
    paths: list[np.ndarray] = []
    for one in close:
        ours = _attempt(one.optimizer, second, steps)
        # what can't be run on the second stream is told, and compared with nothing
        if ours is not None:
            if any(_same(ours, known, second) for known in paths):
                continue
            paths.append(ours)
        told.append(one)
    return told[:TOLD]


def _same(ours, theirs, record):
    """Whether two paths are of one method."""
    digits = agreement(ours, theirs, record.start)
    # two formulas of one method differ by rounding, which twelve digits leave room for
    return digits.min() >= 12.0


def another(record: Record) -> Record:
    """The record's inputs as another stream: from elsewhere, the gradients in the opposite order
    and larger.

    Of a closed loop: from elsewhere, the coordinates in the opposite order. What else the record
    tells stays as it is.
    """
    start = -0.7 * record.theta0
    if record.grads is None:
        turned = start[::-1].copy()
        return dataclasses.replace(record, theta0=turned)

    grads: Any = record.grads
    if isinstance(grads, Layers):
        blocks = [1.3 * block[::-1] for block in grads]
        other = Layers(blocks, grads.orders)
    else:
        other = 1.3 * grads[::-1]
    return dataclasses.replace(record, theta0=start, grads=other)

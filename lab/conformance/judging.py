"""A record against our optimizer: whether it conforms, and if not, what explains it.

What is said first is what is cheapest to be wrong about: a trajectory that begins with theta0 and
one in single precision are no faults of a formula, so they are told before any cause is searched.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from lab.conformance.measured import measured, precision, start_included
from lab.conformance.records import Record, agreement, build, path
from lab.conformance.search import explain

# Digits that a record in double precision has after some dozen steps: 16, less rounding that adds
# up.
DIGITS = 10.0

# Double precision has no more.
MOST_DIGITS = 16.0


@dataclasses.dataclass(frozen=True, eq=False)
class Conformance:
    """What is said of a record.

    digits (T,): agreement after each step. needed: the digits asked for. explanations:
    alterations of our optimizer that reproduce the record, as (what, its fewest digits), the
    best first; none where it conforms. measured: what can be said where no name fits. conforms:
    whether every step has the digits asked for.

    As text it is one line: that it conforms, with its fewest digits, or where it first parts,
    and why.
    """

    record: Record
    digits: np.ndarray
    needed: float
    explanations: tuple[tuple[str, float], ...]
    measured: str = ""

    @property
    def conforms(self) -> bool:
        """Whether every step has the digits asked for."""
        return bool((self.digits >= self.needed).all())

    def __str__(self) -> str:
        name = f"{self.record.library}:{self.record.optimizer}"
        if self.conforms:
            least = self.digits.min()
            steps = len(self.digits)
            return f"{name} conforms: {least:.1f} digits or more at each of {steps} steps"

        short = self.digits < self.needed
        first = int(np.argmax(short))
        parted = f"{self.digits[first]:.1f} digits at step {first + 1}"
        last = f"{self.digits[-1]:.1f} at the last"
        told = f"{name} does not conform: {parted}, {last}"
        if not self.explanations:
            return f"{told}; {self.measured or 'no alteration that we know explains it'}"

        reasons = [f"{what} ({digits:.1f} digits)" for what, digits in self.explanations]
        return f"{told}; explained by: {', or '.join(reasons)}"


def conform(record: Record, digits: float = DIGITS) -> Conformance:
    """Compare a record with our optimizer; where they part, search what reproduces it, and else
    measure how.

    digits: those asked for at every step, relative to the distance moved (see `agreement`). Some
    tenths of a second for a method of vectors; pairs of causes, of a method in a moving basis, take
    seconds. ValueError unless 0 < digits <= 16, and for settings that our optimizer refuses.
    """
    number = isinstance(digits, (int, float))
    if not (number and 0 < digits <= MOST_DIGITS):
        raise ValueError(f"digits = {digits!r}: must be in (0, {MOST_DIGITS:g}]")
    optimizer = build(record)
    with np.errstate(over="ignore", invalid="ignore"):
        ours = path(optimizer, record)
    reached = agreement(ours, record.trajectory, record.start)
    if (reached >= digits).all():
        return Conformance(record, reached, digits, ())

    # an explanation that is no fault: it would be called a first call without a step
    late = start_included(record, ours, digits)
    if late:
        return Conformance(record, reached, digits, (), late)
    # a record that rounding explains needs no pair of causes
    coarse = precision(record, ours)
    found = explain(
        optimizer,
        record,
        reached,
        digits,
        shallow=bool(coarse),
    )
    if found:
        told = tuple((one.name, one.digits) for one in found)
        return Conformance(record, reached, digits, told)
    how = measured(record, ours, reached, digits)
    return Conformance(record, reached, digits, (), how)

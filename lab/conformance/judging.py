"""A record against our optimizer: whether it conforms, and if not, what explains it."""

from __future__ import annotations

import dataclasses

import numpy as np

from lab.conformance.measured import measured, precision, start_included
from lab.conformance.records import Record, agreement, build, path
from lab.conformance.search import explain

DIGITS = 10.0

# Double precision has no more.
MOST_DIGITS = 16.0


@dataclasses.dataclass(frozen=True, eq=False)
class Conformance:
    """digits (T,): agreement after each step; explanations: alterations of our optimizer that
    reproduce the record.

    needed: the digits asked for. explanations: (what, its fewest digits), the best first.
    measured: what can be said where no name fits. conforms: whether every step has the digits
    asked for.
    """

    record: Record
    digits: np.ndarray
    needed: float
    explanations: tuple[tuple[str, float], ...]
    measured: str = ""

    @property
    def conforms(self) -> bool:
        return bool((self.digits >= self.needed).all())

    def __str__(self) -> str:
        name = f"{self.record.library}:{self.record.optimizer}"
        if self.conforms:
            least = f"{self.digits.min():.1f} digits or more"
            return f"{name} conforms: {least} at each of {len(self.digits)} steps"
        first = int(np.argmax(self.digits < self.needed))
        last = f"{self.digits[-1]:.1f} at the last"
        told = (
            f"{name} does not conform: {self.digits[first]:.1f} digits at step {first + 1}, {last}"
        )
        if self.explanations:
            reasons = [f"{what} ({digits:.1f} digits)" for what, digits in self.explanations]
            return f"{told}; explained by: " + ", or ".join(reasons)
        return f"{told}; {self.measured or 'no alteration that we know explains it'}"


def conform(record: Record, digits: float = DIGITS) -> Conformance:
    """Compare a record with our optimizer; where they part, search what reproduces it, and else
    measure how.

    ValueError unless 0 < digits <= 16.
    """
    if not (isinstance(digits, (int, float)) and 0 < digits <= MOST_DIGITS):
        raise ValueError(f"digits = {digits!r}: must be in (0, {MOST_DIGITS:g}]")
    optimizer = build(record)
    with np.errstate(over="ignore", invalid="ignore"):
        ours = path(optimizer, record)
    reached = agreement(ours, record.trajectory, record.start)
    if (reached >= digits).all():
        return Conformance(record, reached, digits, ())

    late = start_included(record, ours, digits)
    if late:
        return Conformance(record, reached, digits, (), late)
    coarse = precision(record, ours)
    found = explain(optimizer, record, reached, digits, shallow=bool(coarse))
    if found:
        told = tuple((one.name, one.digits) for one in found)
        return Conformance(record, reached, digits, told)
    return Conformance(record, reached, digits, (), measured(record, ours, reached, digits))

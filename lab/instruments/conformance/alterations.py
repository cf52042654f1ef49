"""Ways in which two implementations of one method differ: each turns an optimizer into the other reading of it.

They are generated from the optimizer (its switches, the choices of its texts, its numbers at every default that the
table of conventions knows) and from lists that hold for all methods (`general`) or for one (`published`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lab.arrays import Params
from lab.instruments.conformance import fields, general, kinship, published


class Alteration(NamedTuple):
    """What differs, in words; what it is about, so that two of the same subject are never combined; and how."""

    name: str
    subjects: frozenset[str]
    apply: Callable[[Any], Any]


def alterations(optimizer: Any, theta: Params) -> Iterator[Alteration]:
    """Every single alteration of the optimizer started at theta."""
    sources = (
        fields.of_fields(optimizer),
        fields.of_eps(optimizer),
        fields.of_decay(optimizer),
        general.of_state(optimizer, theta),
        general.of_calls(optimizer),
        published.of_class(optimizer),
        kinship.of_relatives(optimizer),
    )
    for source in sources:
        for name, subjects, apply in source:
            yield Alteration(name, frozenset(subjects), apply)

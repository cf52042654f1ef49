"""Ways in which two implementations of one method differ: each turns an optimizer into the other
reading of it.

They are generated from the optimizer (its switches, the choices of its texts, its numbers at every
default that the table of conventions knows) and from lists that hold for all methods (`general`) or
for one (`published`).

    fields      switches, texts, numbers, rates, eps, decay
    published   formulas that were printed or shipped under the same name
    moving      what follows the columns of a moving basis
    general     starts, counters, bias corrections, single calls, gradients seen otherwise
    kinship     other methods that take the same numbers

A factor on the step and whole sets of defaults are no alterations of one place: see `factor` and
`defaults`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lab.arrays import Params
from lab.conformance import fields, general, kinship, published


class Alteration(NamedTuple):
    """What differs, in words; what it is about, so that two of the same subject are never
    combined; and how.
    """

    name: str
    subjects: frozenset[str]
    apply: Callable[[Any], Any]


# The subject of an alteration that is another method.
METHOD = "method"


def alterations(optimizer: Any, theta: Params) -> Iterator[Alteration]:
    """Every single alteration of the optimizer started at theta.

    Those of fields and decay come before those that stand around the method inside: in this order
    they combine.
    """
    yield from own_fields(optimizer)
    sources = (
        fields.of_decay(optimizer),
        published.of_class(optimizer),
        general.of_state(optimizer, theta),
        general.of_calls(optimizer),
        kinship.of_relatives(optimizer),
    )
    for source in sources:
        yield from _named(source)


def own_fields(optimizer: Any) -> Iterator[Alteration]:
    """Alterations of the fields of an optimizer, and of where its eps stands: those that
    combine with its being another method.
    """
    yield from _named(fields.of_fields(optimizer))
    yield from _named(fields.of_eps(optimizer))


def _named(source) -> Iterator[Alteration]:
    """The triples of the rooms as Alterations."""
    for name, subjects, apply in source:
        yield Alteration(name, frozenset(subjects), apply)

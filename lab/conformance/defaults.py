"""What the table of conventions knows about a method: the values of its fields, and whole sets of
defaults.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from lab.conformance.records import Record, build, signature
from lab.conventions import FURTHER, LIBRARIES
from lab.conventions.table import settings, title
from lab.optimizers import OPTIMIZERS, defaults, hyperparameters, with_

# Published values that are nobody's default, by field: whose they are.
PUBLISHED: dict[tuple[str, str], dict[Any, str]] = {
    ("RAdam", "threshold"): {4.0: "the paper's"},
    ("Muon", "rms"): {0.2: "match_rms_adamw"},
    ("RMSProp", "initial_accumulator"): {1.0: "a published start"},
    ("Adafactor", "clip"): {1.0: "the paper's", None: "no clipping"},
    ("SophiaH", "clip"): {1.0: "the paper's", None: "no clipping"},
    ("SophiaG", "clip"): {1.0: "the paper's", None: "no clipping"},
    ("Muon", "coefficients"): {(1.5, -0.5, 0.0): "the cubic"},
    ("AdaBelief", "eps"): {1e-8: "Adam's"},
}


class Defaults(NamedTuple):
    """An entry of a library at its defaults: whose, the optimizer, and the names that have no
    default.
    """

    library: str
    entry: str
    optimizer: Any
    required: tuple[str, ...]


@cache
def entries() -> tuple[Defaults, ...]:
    """Every entry of the table at its defaults, the further settings included, and our own
    defaults.
    """
    return tuple(_entries())


def _entries() -> Iterator[Defaults]:
    for library, table in LIBRARIES.items():
        for name, entry in table.items():
            required = _required(entry)
            given = dict.fromkeys(required, 1.0)
            yield Defaults(library, name, entry(**given), required)
            if (library, name) in FURTHER:
                yield Defaults(library, name, entry(**given, **FURTHER[library, name]), required)
    for name, factory in OPTIMIZERS.items():
        yield Defaults("lab", name, factory(**defaults(name)), _required(factory))


def _required(entry):
    parameters = inspect.signature(entry).parameters.items()
    return tuple(name for name, p in parameters if p.default is inspect.Parameter.empty)


@cache
def known_values(name: str) -> dict[str, dict[Any, str]]:
    """Field -> value -> whose default it is, of the optimizer with this title."""
    found: dict[str, dict[Any, str]] = {}
    for one in entries():
        if title(one.optimizer) != name:
            continue
        values = hyperparameters(one.optimizer)
        for field, value in values.items():
            # what a default of ours stands in for, where there is none, is nobody's
            if field in one.required or not _plain(value):
                continue
            whose = "the lab's default" if one.library == "lab" else f"{one.library}'s default"
            found.setdefault(field, {}).setdefault(value, whose)
    for (title_, field), values in PUBLISHED.items():
        if title_ == name:
            for value, whose in values.items():
                found.setdefault(field, {}).setdefault(value, whose)
    return found


def _plain(value):
    kinds = (int, float, str, tuple, type(None))
    return isinstance(value, kinds) and not isinstance(value, bool)


def sets(record: Record, ours: Any) -> Iterator[tuple[str, Any]]:
    """The method of a record at the defaults of every other entry of its name, with what the
    record sets.

    As (name, optimizer); what the record leaves to its library's default is taken from the other
    one, the learning rate too where that has one.
    """
    chosen = _chosen(record, ours)
    for one in entries():
        if title(one.optimizer) != title(ours):
            continue
        known = hyperparameters(one.optimizer).keys()
        for taken in _with_and_without_rate(one, chosen, ours):
            kept = {name: value for name, value in taken.items() if name in known}
            other = with_(one.optimizer, **kept)
            told = _told(ours, other)
            if told:
                yield f"these are {_whose(one)} defaults: {told}", other


def _whose(one):
    return "the lab's" if one.library == "lab" else f"{one.library}'s"


def _chosen(record, ours) -> dict[str, Any]:
    """Our names of what the record sets away from its library's defaults."""
    entry = signature(record.library, record.optimizer)
    required = {name for name, p in entry.items() if p.default is inspect.Parameter.empty}
    needed = {name: value for name, value in record.hyper.items() if name in required}
    plain = build(dataclasses.replace(record, hyper=needed))
    usual = hyperparameters(plain)
    return {
        name: value
        for name, value in hyperparameters(ours).items()
        if name not in usual or (usual[name] is not value and usual[name] != value)
    }


RATES = ("lr", "learning_rate", "alpha")


def _with_and_without_rate(one, chosen, ours):
    """What to take from the record: with its rate, and, where the entry has a rate of its own,
    without.
    """
    rate = hyperparameters(ours).get("lr")
    yield chosen if rate is None else chosen | {"lr": rate}
    if not any(name in one.required for name in RATES):
        yield {name: value for name, value in chosen.items() if name != "lr"}


def _told(ours, theirs) -> str:
    """The fields that differ, with their values."""
    mine = settings(ours)
    other = settings(theirs)
    changed = [name for name, value in other.items() if mine.get(name, _NEUTRAL.get(name)) != value]
    gone = [name for name in mine if name not in other and name == "weight_decay"]
    told = [f"{name} = {shown(other[name])}" for name in changed]
    return ", ".join(told + ["no weight decay" for _ in gone])


# What a method without decay around it has in the place of the fields of Regularized.
_NEUTRAL = {"weight_decay": 0.0, "form": "before", "times": "lr"}


def shown(value: Any) -> str:
    """A value as an explanation prints it."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:g}" if number else str(value)

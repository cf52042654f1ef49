"""What the table of conventions knows about a method: the values of its fields, and whole sets of
defaults.

An implementation that is right by its own library's lights differs from ours by what that library
chose: eps = 1e-7, an accumulator that starts at 0.1, a decay of 1e-4 that nobody set. So the values
that are tried are those that somebody ships (`entries`: torch, optax, the authors, ourselves) or
printed (`PUBLISHED`), never a grid: an explanation says whose number it is.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from lab.conformance.records import Record, build, entry_of
from lab.conventions import FURTHER, LIBRARIES
from lab.conventions.table import settings, title
from lab.optimizers import OPTIMIZERS, defaults, hyperparameters, with_

# Published values that are nobody's default, by method and field: whose they are.
PUBLISHED: dict[str, dict[str, dict[Any, str]]] = {
    "RAdam": {"threshold": {4.0: "the paper's"}},
    "RMSProp": {"initial_accumulator": {1.0: "a published start"}},
    "Adafactor": {"clip": {1.0: "the paper's", None: "no clipping"}},
    "SophiaH": {"clip": {1.0: "the paper's", None: "no clipping"}},
    "SophiaG": {"clip": {1.0: "the paper's", None: "no clipping"}},
    "AdaBelief": {"eps": {1e-8: "Adam's"}},
    "Muon": {
        "rms": {0.2: "match_rms_adamw"},
        "coefficients": {(1.5, -0.5, 0.0): "the cubic"},
    },
}


class Defaults(NamedTuple):
    """An entry of a library at its defaults.

    library: "torch", "optax", "authors", or "lab" for our own. entry: the name there. optimizer:
    ours that does the same. required: names without a default, for which 1.0 stands in: what they
    become in the optimizer is nobody's choice.
    """

    library: str
    entry: str
    optimizer: Any
    required: tuple[str, ...]


@cache
def entries() -> tuple[Defaults, ...]:
    """Every entry of the table at its defaults, and our own.

    Entries with a setting that makes them another class (Adam with amsgrad) come a second time,
    with it: `lab.conventions.FURTHER`. Made once per process: some 100 optimizers.
    """
    return tuple(_entries())


def _entries() -> Iterator[Defaults]:
    for library, table in LIBRARIES.items():
        for name, entry in table.items():
            required = _required(entry)
            given = dict.fromkeys(required, 1.0)
            plain = entry(**given)
            yield Defaults(library, name, plain, required)

            further = FURTHER.get((library, name))
            if further is not None:
                other = entry(**given, **further)
                yield Defaults(library, name, other, required)

    for name, factory in OPTIMIZERS.items():
        usual = factory(**defaults(name))
        required = _required(factory)
        yield Defaults("lab", name, usual, required)


def _required(entry):
    """The names that have no default."""
    parameters = inspect.signature(entry).parameters.items()
    return tuple(name for name, p in parameters if p.default is inspect.Parameter.empty)


@cache
def known_values(name: str) -> dict[str, dict[Any, str]]:
    """Field -> value -> whose it is ("optax's default"), of the optimizer with this title.

    The first library of the table that has a value gives its name to it; published values come
    last. Switches are left out: both of their values are always tried. Made once per title: a
    search asks for it with every candidate.
    """
    found: dict[str, dict[Any, str]] = {}
    for field, value, whose in _told_values(name):
        known = found.setdefault(field, {})
        known.setdefault(value, whose)
    return found


def _told_values(name: str) -> Iterator[tuple[str, Any, str]]:
    """(field, value, whose), in the order of the table."""
    for one in entries():
        if title(one.optimizer) != name:
            continue
        whose = f"{_whose(one)} default"
        values = hyperparameters(one.optimizer)
        for field, value in values.items():
            # what a default of ours stands in for, where there is none, is nobody's
            if field not in one.required and _plain(value):
                yield field, value, whose

    for field, values in PUBLISHED.get(name, {}).items():
        for value, whose in values.items():
            yield field, value, whose


def _plain(value):
    """Whether a field is a number, a text, a tuple or None: no switch, no part of the method."""
    kinds = (int, float, str, tuple, type(None))
    return isinstance(value, kinds) and not isinstance(value, bool)


def sets(record: Record, ours: Any) -> Iterator[tuple[str, Any]]:
    """The method of a record at the defaults of every other entry of its name, with what the
    record sets.

    As (name, optimizer); the name lists the fields that differ from ours, with their values. What
    the record leaves to its library's default is taken from the other one, the learning rate too
    where that has one. Nothing is told where nothing differs.
    """
    chosen = _chosen(record, ours)
    mine = title(ours)
    for one in entries():
        if title(one.optimizer) != mine:
            continue
        whose = _whose(one)
        for taken in _with_and_without_rate(one, chosen, ours):
            other = _with_known(one.optimizer, taken)
            told = _told(ours, other)
            if told:
                yield f"these are {whose} defaults: {told}", other


def _with_known(optimizer, values):
    """The optimizer with those of the values that it has fields for."""
    known = hyperparameters(optimizer)
    kept = {name: value for name, value in values.items() if name in known}
    return with_(optimizer, **kept)


def _whose(one):
    """ "the lab's", "optax's"."""
    return "the lab's" if one.library == "lab" else f"{one.library}'s"


def _chosen(record, ours) -> dict[str, Any]:
    """Our names of what the record sets away from its library's defaults."""
    entry = entry_of(record.library, record.optimizer)
    needed = {name: record.hyper[name] for name in _required(entry)}
    plain = dataclasses.replace(record, hyper=needed)
    usual = hyperparameters(build(plain))

    chosen = {}
    for name, value in hyperparameters(ours).items():
        # an array is compared by identity first: == between arrays is no truth value
        same = name in usual and (usual[name] is value or usual[name] == value)
        if not same:
            chosen[name] = value
    return chosen


# What the libraries call a learning rate.
RATES = ("lr", "learning_rate", "alpha")


def _with_and_without_rate(
    one: Defaults,
    chosen: dict[str, Any],
    ours: Any,
) -> Iterator[dict[str, Any]]:
    """What to take from the record: with its rate, and, where the entry has a rate of its own,
    without. A record may have been made with the other library's rate, which nobody wrote down.
    """
    rate = hyperparameters(ours).get("lr")
    yield chosen if rate is None else chosen | {"lr": rate}
    if not set(RATES) & set(one.required):
        yield {name: value for name, value in chosen.items() if name != "lr"}


def _told(ours, theirs) -> str:
    """The fields that differ, with their values."""
    mine = settings(ours)
    other = settings(theirs)
    known = _NEUTRAL | mine
    told = []
    for name, value in other.items():
        if known.get(name) != value:
            told.append(f"{name} = {shown(value)}")
    if "weight_decay" in mine and "weight_decay" not in other:
        told.append("no weight decay")
    return ", ".join(told)


# What a method without decay around it has in the place of the fields of Regularized.
_NEUTRAL = {"weight_decay": 0.0, "form": "before", "times": "lr"}


def shown(value: Any) -> str:
    """A value as an explanation prints it: a number in its shortest form, 1e-08, else its text."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:g}" if number else str(value)

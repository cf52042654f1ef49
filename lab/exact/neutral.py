"""Which fields a closed form reads, and what all others must be: at the value that does nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lab.checks import one_line


class Fields(NamedTuple):
    """read: the names that a closed form reads; only: name -> the values for which it holds.

    A field may be in both: read, but only for some values.
    """

    read: tuple[str, ...]
    only: Mapping[str, tuple] = {}


def neutral(cls: type) -> dict[str, float | bool]:
    """Field -> the value that does nothing, for the fields that have one.

    It is the default where that is 0 (momentum, damping, decay, noise) or False (switches). Other
    fields (a rate, a power, a matrix, a choice by text) always do something, and whoever solves the
    class must read them.

    A new switch of an optimizer that is off by default therefore needs no change here, and is
    refused when it is on.
    """
    found = {}
    for field in dataclasses.fields(cls):
        number = isinstance(field.default, (bool, int, float))
        if number and field.default == 0:
            found[field.name] = field.default
    return found


def complete(cls: type, fields: Fields) -> None:
    """TypeError unless every field of the class is read or has a neutral value."""
    names = {field.name for field in dataclasses.fields(cls)}
    for name in (*fields.read, *fields.only):
        if name not in names:
            raise TypeError(f"{cls.__name__} has no field {name}")

    names.difference_update(fields.read)
    names.difference_update(neutral(cls))
    if names:
        raise TypeError(f"{cls.__name__}.{min(names)} must be read: it has no neutral value")


def refuse_unread(thing, fields: Fields, pair: str) -> None:
    """TypeError for a field that the closed form of the pair does not read and that does something.

    It names the class, the field, its value and what is possible.

    Sweeps are refused unless all of their values are neutral.
    """
    cls = type(thing)
    allowed = dict(fields.only)
    for name, nothing in neutral(cls).items():
        if name not in fields.read:
            allowed[name] = (nothing,)

    for name, possible in allowed.items():
        value = getattr(thing, name)
        if not _is_one_of(value, possible):
            told = " or ".join(map(repr, possible))
            raise TypeError(
                f"no closed form for {pair} with {cls.__name__}.{name} = {one_line(value)}; "
                f"there is one for {name} = {told}; use simulate"
            )


def _is_one_of(value, possible) -> bool:
    """Whether a setting, or all of a sweep, is one of the possible values.

    Comparison with == is meant: these are values that a user typed, not results.
    """
    given = np.asarray(value)
    equal = [np.all(given == one) for one in possible]
    return any(equal)

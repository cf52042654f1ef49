"""Which fields a closed form reads, and what all others must be: at the value that does nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from lab.checks import one_line

NOTHING = (0, False)


class Fields(NamedTuple):
    """read: the names that a closed form reads; only: name -> the values for which it holds."""

    read: tuple[str, ...]
    only: Mapping[str, tuple] = {}


def neutral(cls: type) -> dict[str, float | bool]:
    """Field -> the value that does nothing, for the fields that have one.

    It is the default where that is 0 (momentum, damping, decay, noise) or False (switches). Other
    fields (a rate, a power, a matrix, a choice by text) always do something, and whoever solves the
    class must read them.
    """
    return {
        field.name: field.default
        for field in dataclasses.fields(cls)
        if isinstance(field.default, (bool, int, float)) and field.default in NOTHING
    }


def complete(cls: type, fields: Fields) -> None:
    """TypeError unless every field of the class is read or has a neutral value."""
    names = {field.name for field in dataclasses.fields(cls)}
    unknown = (set(fields.read) | set(fields.only)) - names
    if unknown:
        raise TypeError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}")

    always = names - set(neutral(cls)) - set(fields.read)
    if always:
        raise TypeError(
            f"{cls.__name__}.{', '.join(sorted(always))} must be read: it has no neutral value"
        )


def refuse_unread(thing, fields: Fields, pair: str) -> None:
    """TypeError for a field that the closed form of the pair does not read and that does something.

    It names the class, the field, its value and what is possible.
    """
    cls = type(thing)
    for name, nothing in neutral(cls).items():
        value = getattr(thing, name)
        if name not in fields.read and np.any(np.asarray(value) != nothing):
            _refuse(cls, name, value, pair, [nothing])

    for name, possible in fields.only.items():
        value = getattr(thing, name)
        if value not in possible:
            _refuse(cls, name, value, pair, possible)


def _refuse(cls, name, value, pair, possible):
    told = " or ".join(f"{name} = {one!r}" for one in possible)
    raise TypeError(
        f"no closed form for {pair} with {cls.__name__}.{name} = {one_line(value)}; "
        f"there is one for {told}; use simulate"
    )

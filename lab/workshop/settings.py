"""Settings from the words of a command line, typed by their defaults.

An experiment's signature is its configuration: no schema is written anywhere else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from lab.workshop.near import meant


def parse(
    name: str,
    settings: Mapping[str, Any],
    words: Sequence[str],
) -> dict[str, Any]:
    """["--dims", "8"] -> {"dims": 8, ...}, typed by the defaults in `settings`, which fill in what
    is not named.

    name is who has these settings. ValueError for an unknown setting, a missing value, or one that
    doesn't fit.
    """
    words = _apart(words)
    known = ", ".join(settings) or "none"
    for word in words[::2]:
        setting = _named(word)
        if not word.startswith("--") or setting not in settings:
            near = meant(setting, settings)
            raise ValueError(f"{name} has no setting {setting!r}; it has {known}{near}")
    if len(words) % 2:
        raise ValueError(f"{name}: {words[-1]} needs a value")

    chosen = dict(settings)
    pairs = zip(words[::2], words[1::2], strict=True)
    for word, value in pairs:
        setting = _named(word)
        chosen[setting] = _typed(setting, value, settings[setting])
    return chosen


def _apart(words: Sequence[str]) -> list[str]:
    """--dims=8 as two words; a value may have a = of its own."""
    parts = []
    for word in words:
        if word.startswith("--"):
            parts += word.split("=", 1)
        else:
            parts.append(word)
    return parts


def _named(word: str) -> str:
    """--batch-size -> batch_size"""
    return word.removeprefix("--").replace("-", "_")


def _typed(setting: str, value: str, default):
    """The value of a setting, of the type of its default; a tuple has the type of its first.

    An empty tuple or None as a default has no type to read, and stays as it is.
    """
    try:
        if isinstance(default, bool):
            # bool("false") is True
            return {"true": True, "false": False}[value.lower()]
        if isinstance(default, tuple):
            parts = value.split(",")
            return tuple(_typed(setting, part, default[0]) for part in parts)
        return type(default)(value)
    except (ValueError, TypeError, KeyError):
        raise ValueError(f"{setting} = {value!r}: must be {_needed(default)}") from None


def _needed(default) -> str:
    """What the command line asks for in place of this default."""
    if isinstance(default, tuple):
        return f"a list like {','.join(map(str, default))}"
    kinds = {bool: "true or false", int: "an integer", float: "a number"}
    return kinds.get(type(default), "left at its default")


def in_range(
    settings: Mapping[str, Any],
    defaults: Mapping[str, Any],
) -> None:
    """Numbers that are not the default must be finite, and integers >= 1, or >= the default where
    that is smaller; a seed >= 0.

    ValueError naming the first that is not. What else an experiment needs it checks itself.
    """
    for name, value in settings.items():
        usual = _parts(defaults[name])
        least = _least(name, usual)
        for number in _parts(value):
            # not isinstance: True is an int
            if type(number) is int and number < least:
                raise ValueError(f"{name} = {number}: must be an integer >= {least}")
            if number in usual or type(number) is not float:
                continue
            if not math.isfinite(number):
                raise ValueError(f"{name} = {number}: must be finite")


def allowed(name: str, default) -> str:
    """The values that a setting takes, in words: what `parse` and `in_range` let pass.

    Printed by `lab show EXPERIMENT`.
    """
    if isinstance(default, tuple):
        return f"a list of: {allowed(name, default[0])}" if default else "its default only"
    if isinstance(default, bool):
        return "true or false"
    if isinstance(default, int):
        return f"an integer >= {_least(name, (default,))}"
    if isinstance(default, float):
        return "a finite number"
    return "text" if isinstance(default, str) else "its default only"


def _least(name: str, usual: tuple) -> int:
    """The least integer that a setting with these defaults may be.

    0 of a seed; else 1, or the default where that is smaller.
    """
    integers = [x for x in usual if type(x) is int]
    return 0 if name == "seed" else min([1, *integers])


def _parts(value) -> tuple:
    """A setting as a tuple: one that is none is one part."""
    return value if isinstance(value, tuple) else (value,)

"""Settings from the words of a command line, typed by their defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any


def parse(
    name: str,
    settings: Mapping[str, Any],
    words: Sequence[str],
) -> dict[str, Any]:
    """["--dims", "8"] -> {"dims": 8, ...}, typed by the defaults in `settings`

    The defaults fill in what is not named; name is who has these settings. ValueError for an
    unknown setting, a missing value, or one that doesn't fit.
    """
    settings = dict(settings)
    words = list(chain.from_iterable(_parted(word) for word in words))
    names = words[::2]
    for word in names:
        if not word.startswith("--") or _setting(word) not in settings:
            known = ", ".join(settings) or "none"
            raise ValueError(f"{name} has no setting {_setting(word)!r}; it has {known}")
    if len(words) % 2:
        raise ValueError(f"{name}: {words[-1]} needs a value")

    for word, value in zip(names, words[1::2], strict=True):
        setting = _setting(word)
        settings[setting] = _typed(setting, value, settings[setting])
    return settings


def _parted(word):
    """--dims=8 as two words."""
    return word.split("=", 1) if word.startswith("--") else [word]


def _setting(word):
    return word.removeprefix("--").replace("-", "_")


def _typed(setting, value, default):
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[value.lower()]
        if isinstance(default, tuple):
            return tuple(_typed(setting, part, default[0]) for part in value.split(","))
        return type(default)(value)
    except (ValueError, TypeError, KeyError):
        kinds = {bool: "true or false", int: "an integer", float: "a number"}
        need = kinds.get(type(default), "left at its default")
        if isinstance(default, tuple):
            need = f"a list like {','.join(map(str, default))}"
        raise ValueError(f"{setting} = {value!r}: must be {need}") from None


def in_range(
    settings: Mapping[str, Any],
    defaults: Mapping[str, Any],
) -> None:
    """ValueError naming the first setting out of range.

    Numbers that are not the default must be finite, and integers >= 1, or >= the default where that
    is smaller; a seed >= 0. What else an experiment needs it checks itself.
    """
    for name, value in settings.items():
        usual = _parts(defaults[name])
        integers = [x for x in usual if type(x) is int]
        least = 0 if name == "seed" else min([1, *integers])
        for number in _parts(value):
            if type(number) is int and number < least:
                raise ValueError(f"{name} = {number}: must be an integer >= {least}")
            if type(number) is float:
                known = number in usual
                if not known and not math.isfinite(number):
                    raise ValueError(f"{name} = {number}: must be finite")


def _parts(value):
    return value if isinstance(value, tuple) else (value,)

"""Settings from the words of a command line, typed by their defaults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def parse(name: str, settings: Mapping[str, Any], words: Sequence[str]) -> dict[str, Any]:
    """["--dims", "8"] -> {"dims": 8, ...}, typed by the defaults in `settings`, which fill in what is not named.

    name is who has these settings. ValueError for an unknown setting, a missing value, or one that doesn't fit.
    """
    settings = dict(settings)
    words = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    for word in words[::2]:
        setting = word.removeprefix("--").replace("-", "_")
        if not word.startswith("--") or setting not in settings:
            raise ValueError(f"{name} has no setting {setting!r}; it has {', '.join(settings) or 'none'}")
    if len(words) % 2:
        raise ValueError(f"{name}: {words[-1]} needs a value")
    for word, value in zip(words[::2], words[1::2], strict=True):
        setting = word.removeprefix("--").replace("-", "_")
        settings[setting] = _typed(setting, value, settings[setting])
    return settings


def _typed(setting, value, default):
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[value.lower()]
        if isinstance(default, tuple):
            return tuple(_typed(setting, part, default[0]) for part in value.split(","))
        return type(default)(value)
    except (ValueError, TypeError, KeyError):
        kind = {bool: "true or false", int: "an integer", float: "a number"}.get(type(default), "left at its default")
        need = f"a list like {','.join(map(str, default))}" if isinstance(default, tuple) else kind
        raise ValueError(f"{setting} = {value!r}: must be {need}") from None

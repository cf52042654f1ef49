"""Words of a command line that settings.parse does not read by itself: switches without a value,
and settings that may be None.

    chosen("Muon", {"lr": 0.1, "nesterov": True, "rms": None}, ["--rms", "0.2"], optional={"rms"})
    # {"lr": 0.1, "nesterov": True, "rms": 0.2}
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lab.workshop.settings import parse


def chosen(
    name: str,
    settings: Mapping[str, Any],
    words: Sequence[str],
    *,
    optional: Collection[str],
) -> dict[str, Any]:
    """The settings with what the words set.

    A switch needs no value: --nesterov is --nesterov true. What is in `optional` is read as JSON:
    --rms 0.2, --clip null. ValueError for an unknown setting or a value that does not fit.
    """
    spelled = _with_values(settings, words)
    given = {}
    plain = []
    for word, value in zip(spelled[::2], spelled[1::2], strict=False):
        key = _setting(word)
        if key in optional:
            given[key] = _json(key, value)
        else:
            plain += [word, value]

    # of an odd number of words the last has no value: parse says so
    without_value = spelled[len(spelled) // 2 * 2 :]
    return parse(name, settings, plain + without_value) | given


def _setting(word):
    """--eps-root is eps_root."""
    return word.removeprefix("--").replace("-", "_")


def _with_values(settings, words):
    """The words, "true" behind every switch without a value."""
    split: list[str] = []
    for word in words:
        split += word.split("=", 1) if word.startswith("--") else [word]

    spelled = []
    # a last word has nothing behind it, as if another setting followed
    for word, after in zip(split, [*split, "--"][1:], strict=True):
        spelled.append(word)
        alone = word.startswith("--") and after.startswith("--")
        if alone and isinstance(settings.get(_setting(word)), bool):
            spelled.append("true")
    return spelled


def _json(key, value):
    """null is None, 0.2 a number; text would need quotes, and no optional setting is text.

    ValueError naming the setting for what is not JSON.
    """
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError(f"{key} = {value!r}: must be a number, or null for none") from None

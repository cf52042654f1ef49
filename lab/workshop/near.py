"""What somebody may have meant by a word that is not known.

For error messages: a misspelled name is the most frequent mistake at a prompt.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def meant(word: str, known: Iterable[str]) -> str:
    """The end of an error message, '; did you mean geodesic?' for geodesik, '' when none is near.

    Case does not count, nor does - for _.
    """
    spelled = {_plain(name): name for name in known}
    near = get_close_matches(_plain(word), spelled, n=1)
    return f"; did you mean {spelled[near[0]]}?" if near else ""


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")

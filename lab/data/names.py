"""Names of columns in messages, and as words of a command line.

A name is what a file says: it may be empty, hold a comma, a blank or a line break. In a message it
is one line; on a command line, where several stand in one word separated by commas, it is quoted as
in CSV and then for the shell, so that what a message tells to type can be typed.
"""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Sequence

# Names and faults that one message lists before it counts the rest.
SHOWN = 8


def listed(names: Sequence[str]) -> str:
    """a, b, c; the first SHOWN of many, and how many there are. Line breaks in names are blanks."""
    first = names[:SHOWN]
    # a line break in a name would end the message
    named = [" ".join(name.split()) or "(no name)" for name in first]
    shown = ", ".join(named)
    many = len(names)
    return shown if many <= SHOWN else f"{shown}, ... ({many} in all)"


def as_words(names: Sequence[str]) -> str:
    """Names as one word of a command line, quoted where it must be; `split_names` cuts it
    again. For one name or many: ("a", "b, c") is 'a,"b, c"'.
    """
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(names)
    return shlex.quote(text.getvalue())


def split_names(text: str) -> tuple[str, ...]:
    """'a,b' as ("a", "b"); a name that contains a comma stands in double quotes. "" is none."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    return tuple(name.strip() for name in names)

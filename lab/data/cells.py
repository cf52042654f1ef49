"""Cells as numbers, words, or nothing.

A number is [+-] digits [mark digits] [e digits], in ASCII, without separators of thousands.
Python's float() reads more: 2019_1 as 20191, digits of other scripts, and "infinity" as no text. A
cell that means "nothing" is one of MISSING in any case. Everything else is a word, and a column
with words and numbers is a mistake that somebody else names.

The decimal mark is one of the file's: 3,5 is 3.5 where no number has a point. 1,234 alone can be
read in two ways and therefore is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

# What programs write for nothing, in lower case.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nat", "?", "-", "."})
INFINITE = re.compile(r"[+-]?(inf|infinity)", re.IGNORECASE)

# ASCII digits without separators between them: Python's own float() also reads 2019_1, which is a
# code and no number
NUMBER = {
    ".": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?", re.ASCII),
}
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)

# A year first or last, with or without a time of day; or a time alone.
DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?",
    re.ASCII,
)


class Cells(NamedTuple):
    """What a column of m cells holds.

    numbers (m,): NaN where a cell is none. missing (m,): which cells are empty or say so.
    words: the other cells, stripped, in order, by their row from 0.
    """

    numbers: np.ndarray
    missing: np.ndarray
    words: dict[int, str]


def parsed(column: Sequence[str] | np.ndarray, mark: str = ".") -> Cells:
    """A column of text cells, with this decimal mark, or an array of numbers, whose NaN are
    missing.

    Blanks around a cell don't count. inf and infinity, in any case and with a sign, are numbers
    that are not finite: they are no words, and the column says where they are.
    """
    if isinstance(column, np.ndarray):
        numbers = column.astype(float)
        return Cells(numbers, np.isnan(numbers), {})

    numbers = np.full(len(column), np.nan)
    missing = np.zeros(len(column), dtype=bool)
    words = {}
    for row, cell in enumerate(column):
        text = cell.strip()
        # numbers first: nearly every cell is one
        if NUMBER[mark].fullmatch(text):
            numbers[row] = float(text.replace(",", "."))
        elif text.casefold() in MISSING:
            missing[row] = True
        elif INFINITE.fullmatch(text):
            numbers[row] = float(text)
        else:
            words[row] = text
    return Cells(numbers, missing, words)


def decimal_mark(columns: Sequence[Sequence[str] | np.ndarray]) -> tuple[str, str, str]:
    """The decimal mark of all columns; where none is sure, the cell that leaves it open and why.

    Both "" when there is one. A comma when numbers are written with commas and none with a point.
    No answer when both occur, and when every comma stands before three digits, as in 1,234, which
    is read as 1.234 here and as 1234 there.
    """
    texts = []
    for column in columns:
        if not isinstance(column, np.ndarray):
            texts += [cell.strip() for cell in column]
    commas = [text for text in texts if _marked(text, ",")]
    if not commas:
        return ".", "", ""

    first = commas[0]
    points = [text for text in texts if _marked(text, ".")]
    if points:
        told = f"{first!r} has a decimal comma and {points[0]!r} elsewhere a decimal point"
        return ".", first, f"{told}: use one of them"
    if all(GROUPED.fullmatch(text) for text in commas):
        both = f"{first.replace(',', '.')} or {first.replace(',', '')}"
        return ".", first, f"{first!r} may be {both}: write it without a comma"
    return ",", "", ""


def _marked(text, mark) -> bool:
    """Whether a cell is a number written with this mark: 3,5 with ",", and 3.5 with "."."""
    return mark in text and NUMBER[mark].fullmatch(text) is not None

"""Cells as numbers, words, or nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "nat", "?", "-", "."})
INFINITE = re.compile(r"[+-]?(inf|infinity)", re.IGNORECASE)

# ASCII digits without separators between them: Python's own float() also reads 2019_1, which is a
# code and no number
NUMBER = {
    ".": re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII),
    ",": re.compile(r"[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?", re.ASCII),
}
GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)

DATE = re.compile(
    r"(\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})([T ]\d{1,2}:\d{2}.*)?"
    r"|\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?",
    re.ASCII,
)


class Cells(NamedTuple):
    """numbers (m,), NaN where a cell is none; missing (m,); words: the other cells, in order, by
    their row.
    """

    numbers: np.ndarray
    missing: np.ndarray
    words: dict[int, str]


def parsed(column: Sequence[str] | np.ndarray, mark: str = ".") -> Cells:
    """A column of text cells, with this decimal mark, or an array of numbers, whose NaN are
    missing.
    """
    if isinstance(column, np.ndarray):
        numbers = column.astype(float)
        return Cells(numbers, np.isnan(numbers), {})

    numbers = np.full(len(column), np.nan)
    missing = np.zeros(len(column), dtype=bool)
    words = {}
    for row, cell in enumerate(column):
        text = cell.strip()
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
    """Whether a cell is a number written with this mark."""
    return mark in text and NUMBER[mark].fullmatch(text) is not None

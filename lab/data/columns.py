"""What a column is: numbers to learn from, classes, or no feature: an index, a time, text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from lab.checks import EPS
from lab.data.cells import DATE, parsed

# an exchangeable column is in order with a smaller chance than this only from ten rows on, where it
# is 2 / 10! = 5.5e-7
CHANCE = 1e-6
FULL = 10

# seconds of 2000-01-01 and 2100-01-01; also counted in milliseconds, microseconds and nanoseconds
CENTURY = (946684800, 4102444800)
UNITS = (1, 1e3, 1e6, 1e9)

# digits of a standardised column that must be more than rounding: two
MARGIN = 100


class Column(NamedTuple):
    """values (m,), NaN where missing; classes: the words that 0, 1, ... stand for.

    wrong: why it has no values, with the place ("" when it has). text: why it is no feature, though
    a target. other: what it is instead of a feature, "an index".
    """

    name: str
    values: np.ndarray
    classes: tuple[str, ...] = ()
    wrong: str = ""
    text: str = ""
    other: str = ""


def column(
    name: str,
    cells: Sequence[str] | np.ndarray,
    places: Sequence[str],
    mark: str = ".",
) -> Column:
    """A column judged by its cells; places names its rows."""
    numbers, missing, words = parsed(cells, mark)
    if missing.all():
        wrong = "is missing in every row"
        return Column(name, numbers, wrong=wrong) if name else Column(name, numbers, other="empty")
    if words:
        return _of_words(name, numbers, words, places)
    if np.isinf(numbers).any():
        row = int(np.argmax(np.isinf(numbers)))
        return Column(name, numbers, wrong=f"is not finite in {places[row]}")

    other = not_a_feature(name, numbers[~missing])
    unnamed = "" if name or other else "has no name"
    return Column(name, numbers, wrong=unnamed, other=other)


def _of_words(name, numbers, words, places):
    row, word = next(iter(words.items()))
    place = f"{word!r} in {places[row]}"
    if not np.isnan(numbers).all():
        return Column(name, numbers, wrong=f"is {place}: must be a number, as elsewhere")
    if all(DATE.fullmatch(text) for text in words.values()):
        return Column(name, numbers, wrong="is a date", other="a date")

    classes = tuple(sorted(set(words.values())))
    code = {text: k for k, text in enumerate(classes)}
    values = numbers.copy()
    codes = [code[word] for word in words.values()]
    values[list(words)] = codes
    text = f"is text ({place}, {len(classes)} different)" if len(classes) > 2 else ""
    unnamed = "" if name else "has no name"
    return Column(name, values, classes, wrong=unnamed, text=text)


def not_a_feature(
    name: str,
    values: np.ndarray,
) -> str:
    """What numbers are that tell about the rows' order or time and not about the example.

    "" for a feature.
    """
    whole = (values == np.round(values)).all()
    distinct = len(np.unique(values)) == len(values)
    ordered = in_order(values)

    if whole and distinct and len(values) > 1:
        if ordered and _is_id(name):
            return "an index" if not name else "an id"
        if len(values) >= FULL and np.ptp(values) == len(values) - 1:
            return "an index"
    span = np.ptp(values)
    if whole and span > 0 and any(_in_century(values, unit) for unit in UNITS):
        return "a unix time"
    return "in the order of the rows" if ordered and chance_of_order(values) < CHANCE else ""


def _in_century(values, unit) -> bool:
    first, last = CENTURY
    inside = (values >= first * unit) & (values <= last * unit)
    return bool(inside.all())


def _is_id(name):
    low = name.casefold()
    known = low in ("", "id", "index", "row", "nr", "no", "uuid")
    return known or low.endswith("_id") or low.startswith("unnamed:")


def in_order(values: np.ndarray) -> bool:
    """Whether they only rise, or only fall; ties allowed."""
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())


def chance_of_order(values: np.ndarray) -> float:
    """2 prod_i (n_i)! / m!: the probability that a random permutation of the values is in order

    n_i: how often each value occurs.
    """
    _, counts = np.unique(values, return_counts=True)
    same = gammaln(counts + 1).sum()
    log = np.log(2) + same - gammaln(len(values) + 1)
    return float(np.exp(min(0.0, log)))


def constant(x: np.ndarray) -> np.ndarray:
    """Whether columns x (m, ...) are constant, up to rounding.

    Every value is known to eps of its size and their mean, a pairwise sum, to log2(m) eps.
    Standardising magnifies that to (1 + log2 m) eps max|x| / (max x - min x), which must stay below
    1 / MARGIN.
    """
    largest = np.abs(x).max(0)
    rounding = (1 + np.log2(len(x))) * EPS * largest
    return np.ptp(x, axis=0) <= MARGIN * rounding

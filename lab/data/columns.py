"""What a column is: numbers to learn from, classes, or no feature: an index, a time, text.

A column that tells about the order of the rows, or the time at which they were written down, and
not about the example, predicts well on the file and on nothing else: files are often sorted by
class. So it is looked for and named. For a column of m values whose rows are exchangeable, with n_i
equal ones of each value, the chance to stand in order is

    2 n_1! n_2! ... / m!

and one with less than CHANCE is taken to be a count of the rows. The test errs on the side of
naming: what is left out is told, and `features` takes it all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from lab.checks import EPS
from lab.data.cells import DATE, parsed
from lab.data.names import SHOWN

# an exchangeable column is in order with a smaller chance than this only from ten rows on, where it
# is 2 / 10! = 5.5e-7
CHANCE = 1e-6
FULL = 10

# a column of whole numbers between these is taken for a time: seconds of 2000-01-01 and 2100-01-01;
# also counted in milliseconds, microseconds and nanoseconds
CENTURY = (946684800, 4102444800)
UNITS = (1, 1e3, 1e6, 1e9)

# digits of a standardised column that must be more than rounding: two
MARGIN = 100


class Column(NamedTuple):
    """values (m,), NaN where missing; classes: the words that 0, 1, ... stand for.

    wrong: why it has no values, with the place ("" when it has). text: why it is no feature, though
    a target: words of three and more kinds have no order. other: what it is instead of a feature,
    "an index"; such a column is left out, and told.
    """

    name: str
    values: np.ndarray
    classes: tuple[str, ...] = ()
    wrong: str = ""
    text: str = ""
    other: str = ""


def blank(rows: int) -> Column:
    """In place of a column that is not there: nothing is missing."""
    values = np.zeros(rows)
    return Column("", values)


def column(
    name: str,
    cells: Sequence[str] | np.ndarray,
    places: Sequence[str],
    mark: str = ".",
) -> Column:
    """A column judged by its cells.

    cells: text, or an array of numbers (m,). places: what to call each row. mark: the decimal mark.
    Nothing is raised: what is wrong is said in the column, because a column that nobody asks for
    may be as wrong as it likes.
    """
    numbers, missing, words = parsed(cells, mark)
    if missing.all() and not name:
        # what a separator at the end of every line leaves
        return Column(name, numbers, other="empty")
    if missing.all():
        return Column(name, numbers, wrong="is missing in every row")
    if words:
        return _of_words(name, numbers, words, places)
    infinite = np.isinf(numbers)
    if infinite.any():
        row = int(np.argmax(infinite))
        return Column(name, numbers, wrong=f"is not finite in {places[row]}")

    other = not_a_feature(name, numbers[~missing])
    unnamed = "" if name or other else "has no name"
    return Column(
        name,
        numbers,
        wrong=unnamed,
        other=other,
    )


def _of_words(
    name: str,
    numbers: np.ndarray,
    words: dict[int, str],
    places: Sequence[str],
) -> Column:
    """A column with words in it: classes, dates, or, among numbers, a mistake."""
    row, word = next(iter(words.items()))
    place = f"{word!r} in {places[row]}"
    if not np.isnan(numbers).all():
        wrong = f"is {place}: must be a number, as elsewhere"
        return Column(name, numbers, wrong=wrong)
    dates = [text for text in words.values() if DATE.fullmatch(text)]
    if len(dates) == len(words):
        return Column(name, numbers, wrong="is a date", other="a date")

    classes = tuple(sorted(set(words.values())))
    code = {text: k for k, text in enumerate(classes)}
    values = numbers.copy()
    codes = [code[word] for word in words.values()]
    values[list(words)] = codes
    text = f"is text ({place}, {len(classes)} different)" if len(classes) > 2 else ""
    unnamed = "" if name else "has no name"
    return Column(
        name,
        values,
        classes,
        wrong=unnamed,
        text=text,
    )


def not_a_feature(
    name: str,
    values: np.ndarray,
) -> str:
    """What numbers are that tell about the rows' order or time and not about the example.

    values (m,), without those that are missing. An index: distinct whole numbers that fill a range
    of m, in whatever order; an id: such that rise or fall, by its name. "" for a feature.
    """
    size = len(values)
    span = np.ptp(values)
    whole = (values == np.round(values)).all()
    distinct = len(np.unique(values)) == size
    ordered = in_order(values)

    if whole and distinct and size > 1:
        if ordered and _is_id(name):
            return "an id" if name else "an index"
        # distinct whole numbers of this span are all of a range
        if size >= FULL and span == size - 1:
            return "an index"
    times = [unit for unit in UNITS if _in_century(values, unit)]
    if whole and span > 0 and times:
        return "a unix time"
    return "in the order of the rows" if ordered and chance_of_order(values) < CHANCE else ""


def _in_century(values, unit) -> bool:
    """Whether all lie in it, counted in this fraction of a second."""
    first, last = CENTURY
    inside = (values >= first * unit) & (values <= last * unit)
    return bool(inside.all())


def _is_id(name) -> bool:
    """The names that indices and ids have, and that frames write for a column without one, in
    lower or upper case.
    """
    low = name.casefold()
    known = low in ("", "id", "index", "row", "nr", "no", "uuid")
    return known or low.endswith("_id") or low.startswith("unnamed:")


def in_order(values: np.ndarray) -> bool:
    """Whether they only rise, or only fall; ties allowed. True for one value, and for none: who
    asks about few rows asks `chance_of_order` too.
    """
    steps = np.diff(values)
    return bool((steps >= 0).all() or (steps <= 0).all())


def chance_of_order(values: np.ndarray) -> float:
    """2 prod_i (n_i)! / m!: the probability that a random permutation of the values is in
    order.

    n_i: how often each value occurs. Computed from logarithms: m! overflows from m = 171 on. At
    most 1, for values that are all equal.
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


def wrong_with(c: Column, *, named: bool) -> str:
    """What is wrong with a feature, "" for nothing; a constant that is named is meant."""
    return c.wrong or c.text or ("" if named else flat(c.values))


def flat(values: np.ndarray) -> str:
    """What is wrong with a column (m,) that is constant up to rounding; "" for any other, and for
    one with missing values, of which nobody knows."""
    return f"is constant ({values[0]:g}, up to rounding)" if constant(values) else ""


def said_classes(name: str, classes: Sequence[str]) -> str:
    """The note on words that were read as numbers: 'grade': 'bad' = 0, 'good' = 1."""
    shown = classes[:SHOWN]
    said = [f"{word!r} = {k}" for k, word in enumerate(shown)]
    told = ", ".join(said)
    return f"{name!r}: {told}"

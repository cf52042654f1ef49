"""Examples for binary classification: what every experiment with a `--data` setting learns from.

Logistic regression needs a target of exactly two values, and, for methods that treat coordinates
one by one, features of one scale. Without a file the examples are those of the digits, with one
digit against the rest or even against odd ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lab.data.columns import constant
from lab.data.digits import digits
from lab.data.names import as_words, split_names
from lab.data.tables import table
from lab.linalg import ratio


class Examples(NamedTuple):
    """Features x (m, n), labels y (m,) 0 or 1, and what they are.

    notes: how they were read and what was left out.
    """

    x: np.ndarray
    y: np.ndarray
    name: str
    notes: tuple[str, ...]


class Source(NamedTuple):
    """Where examples come from: the settings of the same names of an experiment.

    data: a file that `lab.data.table` reads, empty for the digits. target: its column with two
    values; for the digits one of them against the rest, empty for even against odd. missing:
    "refuse" or "drop". features, drop: names of columns, separated by commas. rows: only the first
    so many, 0 for all.
    """

    data: str = ""
    target: str = ""
    missing: str = "refuse"
    features: str = ""
    drop: str = ""
    rows: int = 0


def examples(source: Source, *, standardised: bool) -> Examples:
    """The examples of a source, the first `rows` of it.

    standardised: every feature to mean 0 and standard deviation 1, over the rows that are used.
    ValueError for data that logistic regression cannot use: a target of one value or of more
    than two, a feature that is constant in these rows, and whatever `table` refuses.
    """
    if not source.data:
        return _digits(source, standardised)
    if not source.target:
        raise ValueError("target = '': name the column of your data to predict, --target COLUMN")
    chosen = {"features": split_names(source.features), "drop": split_names(source.drop)}
    found = table(source.data, source.target, missing=source.missing, **chosen)

    last = source.rows or None
    x = found.x[:last]
    y = binary(found.y[:last], f"{source.data}: column {source.target!r}")
    x = standardise(x, source.data, found.columns) if standardised else x
    return Examples(x, y, f"{source.target} of the given data", found.notes)


def _digits(source, standardised):
    """The digits as examples, without the pixels that are the same in all rows."""
    target = source.target
    last = source.rows or None
    for setting in ("features", "drop"):
        if getattr(source, setting):
            raise ValueError(
                f"{setting} = {getattr(source, setting)!r}: the digits have no named columns; "
                "it goes with --data"
            )
    if target not in ("", *"0123456789"):
        raise ValueError(
            f"target = {target!r}: must be a digit 0 ... 9 (against the rest), "
            "or empty (even against odd)"
        )

    pixels, label = digits()
    x = pixels[:last]
    label = label[:last]
    x = x[:, np.ptp(x, axis=0) > 0]  # some pixels at the rim are always 0
    name = f"digit {target} against the rest" if target else "even against odd digits"
    y = binary(label == int(target) if target else label % 2, name)
    return Examples(standardise(x) if standardised else x, y, name, ())


def standardise(x: np.ndarray, name: str = "x", columns: Sequence[str] | None = None) -> np.ndarray:
    """Every column to mean 0 and standard deviation 1: (x - mean) / std, std over m, not m - 1.

    ValueError for a column that is constant up to rounding, which no scale fits: it is called
    by its number, or by its name in `columns`.
    """
    flat = np.flatnonzero(constant(x)).tolist()
    if flat:
        called = ", ".join(map(str, flat))
        if columns is not None:
            called = as_words([columns[k] for k in flat])
        raise ValueError(f"{name} has constant columns, which carry no information: drop {called}")
    return (x - x.mean(0)) / x.std(0)


def unit_interval(x: np.ndarray) -> np.ndarray:
    """Every column from 0 at its smallest to 1 at its largest entry; 0 for a constant one.

    What Bernoulli outputs can reproduce.
    """
    least = x.min(0)
    return ratio(x - least, x.max(0) - least)


def binary(y: np.ndarray, name: str = "target") -> np.ndarray:
    """A target with two distinct values as 0 and 1, the smaller one as 0. ValueError for one
    class, or more than two, calling the target `name`.
    """
    values = np.unique(y)
    if len(values) != 2:
        found = "one value" if len(values) == 1 else f"{len(values)} distinct values"
        raise ValueError(f"{name} has {found}: logistic regression needs exactly two classes")
    # sorted: the larger value is 1
    return (y == values[1]).astype(float)

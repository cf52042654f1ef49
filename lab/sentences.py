"""Sentences made from numbers: who is first, by how much, and when nobody is.

The summaries of experiments and the captions of figures are written with these, so that they are
true of the data at hand. Smaller is better; a value that is not finite was not reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np


class Standing(NamedTuple):
    """Who is first of those that got there: `leaders`, several in a tie, the lowest first, with
    their lowest and highest value; the next after them, and its value over the lowest one (inf over
    0); and who did not get there."""

    leaders: list[str]
    lowest: float
    highest: float
    second: str | None
    value: float
    factor: float
    missing: list[str]


def standing(
    names: Iterable[str],
    values: Sequence[float] | np.ndarray,
    bands: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    within: float = 0.01,
    floor: float = 0.0,
) -> Standing:
    """The order of methods by a value.

    bands: lower and upper quantile of each; methods whose band meets that of the lowest are tied
    with it. Without, those within a share `within` of the lowest, or below `floor`, where rounding
    decides, are.
    """
    known = np.asarray(values, dtype=float)
    called = [spoken(str(name)) for name in names]
    there = np.isfinite(known)
    order = [int(k) for k in np.argsort(known, kind="stable") if there[k]]
    missing = [called[k] for k in np.flatnonzero(~there)]
    if not order:
        return Standing([], np.inf, np.inf, None, np.inf, np.inf, missing)

    best = order[0]
    if bands is None:
        limit = max(known[best] * (1 + within), floor)
        tied = [k for k in order if known[k] <= limit]
    else:
        low, high = bands
        tied = [k for k in order if k == best or low[k] <= max(high[best], floor)]

    rest = [k for k in order if k not in tied]
    second = called[rest[0]] if rest else None
    value = known[rest[0]] if rest else np.inf
    lowest = known[best]
    factor = value / lowest if lowest > 0 else np.inf
    leaders = [called[k] for k in tied]
    highest = known[tied].max()
    return Standing(
        leaders,
        float(lowest),
        float(highest),
        second,
        float(value),
        float(factor),
        missing,
    )


def first(
    names: Iterable[str],
    values: Sequence[float] | np.ndarray,
    bands: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    unit: str = "",
    within: float = 0.01,
    floor: float = 0.0,
) -> str:
    """The standing in words: "Adam, 20 steps; then GD, 117 steps, 5.8 times as much"."""
    found = standing(names, values, bands, within=within, floor=floor)
    if not found.leaders:
        return "nobody gets there"

    behind = f" {unit}" if unit else ""
    if len(found.leaders) == 1:
        told = f"{found.leaders[0]}, {number(found.lowest)}{behind}"
    else:
        told = f"tie of {listed(found.leaders)}, {span(found.lowest, found.highest)}{behind}"
        told += "" if bands is None else " (bands overlap)"
    if found.second is not None:
        more = f", {number(found.factor)} times as much" if np.isfinite(found.factor) else ""
        told += f"; then {found.second}, {number(found.value)}{more}"
    if found.missing:
        told += f"; not reached by {listed(found.missing)}"
    return told


def spoken(name: str) -> str:
    """The name of a method in a sentence, without the comma that would look like a list's."""
    method, _, variant = name.partition(", ")
    whole = "sign descent" if method == "sign" else method
    return f"{whole} ({variant})" if variant else whole


def number(x: float) -> str:
    """Three digits; "infinite" where it is."""
    x = float(x)
    if not np.isfinite(x):
        return "infinite"
    if x == round(x) and abs(x) < 1e6:
        return f"{x:.0f}"
    return f"{x:,.0f}" if 1000 <= abs(x) < 1e6 else f"{x:.3g}"


def span(low: float, high: float) -> str:
    """ "3 to 5", or "3" when both are that."""
    ends = number(low), number(high)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def listed(words: Iterable[object]) -> str:
    """ "a, b and c"."""
    texts = [str(word) for word in words]
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def share(part: float, whole: float) -> str:
    """ "12 of 40"."""
    return f"{part:.0f} of {whole:.0f}"


def apart(one, other) -> float:
    """The largest relative distance of two arrays: |one - other| / |other| where other is not 0."""
    measured = np.asarray(one, dtype=float)
    theory = np.asarray(other, dtype=float)
    valid = np.isfinite(measured) & np.isfinite(theory)
    valid &= theory != 0
    scale = np.abs(theory[valid])
    gaps = np.abs(measured[valid] - theory[valid])
    relative = gaps / scale
    return float(relative.max(initial=0.0))


def quantiles_of(count: int) -> str:
    """What a band between the 10 % and 90 % quantiles is: over few runs, all of them."""
    # below ten runs the quantiles that are values of runs are the smallest and the largest one
    kind = "10-90 %" if count >= 10 else "smallest to largest"
    return f"{kind} of {count} seeds"

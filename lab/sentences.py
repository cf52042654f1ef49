"""Sentences made from numbers: who is first, by how much, and when nobody is.

The summaries of experiments and the captions of figures are written with these, so that they are
true of the data at hand. Smaller is better; a value that is not finite was not reached.

    first(["Adam", "GD"], [20, 117], unit="steps")
    # Adam, 20 steps; then GD, 117, 5.85 times as much
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from lab.ties import rounded

# what two ways of computing one number are apart, after sums of some thousand terms
ROUNDING = 1e-11


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

    NaN counts as not reached. The first of equal values is the one named first. names and values
    are as many; ties are with the lowest only: of three values, each near the next, the third may
    be second. Without anybody there, leaders is empty and lowest inf.
    """
    known = np.asarray(values, dtype=float)
    called = [spoken(str(name)) for name in names]
    there = np.isfinite(known)
    missing = [called[k] for k in np.flatnonzero(~there)]

    # stable: equal values stay in the order in which the methods were given
    increasing = np.argsort(known, kind="stable")
    order = [int(k) for k in increasing if there[k]]
    if not order:
        nobody = np.inf
        return Standing([], nobody, nobody, None, nobody, nobody, missing)

    best = order[0]
    lowest = float(known[best])
    if bands is None:
        starts = known
        limit = max(lowest * (1 + within), floor)
    else:
        starts, ends = bands
        limit = max(ends[best], floor)
    tied = [k for k in order if k == best or starts[k] <= limit]
    leaders = [called[k] for k in tied]
    highest = float(known[tied].max())

    second = None
    value = np.inf
    rest = [k for k in order if k not in tied]
    if rest:
        after = rest[0]
        second = called[after]
        value = float(known[after])
    factor = value / lowest if lowest > 0 else np.inf
    return Standing(leaders, lowest, highest, second, value, factor, missing)


def first(
    names: Iterable[str],
    values: Sequence[float] | np.ndarray,
    bands: tuple[np.ndarray, np.ndarray] | None = None,
    *,
    unit: str = "",
    within: float = 0.01,
    floor: float = 0.0,
) -> str:
    """The standing in words: "Adam, 20 steps; then GD, 117, 5.85 times as much".

    unit: after the values, "steps"; within, floor: as in `standing`; what is below the floor is not
    said in numbers. "nobody gets there" when no value is finite.
    """
    found = standing(names, values, bands, within=within, floor=floor)
    if not found.leaders:
        return "nobody gets there"

    behind = f" {unit}" if unit else ""
    who = listed(found.leaders)
    reached = span(found.lowest, found.highest)
    rounding = found.lowest < floor
    if found.highest < floor:
        reached = f"below {number(floor)}, where rounding decides"
    elif rounding:
        reached = f"below {number(floor)} to {number(found.highest)}"
    if len(found.leaders) == 1:
        told = f"{who}, {reached}{behind}"
    else:
        told = f"tie of {who}, {reached}{behind}"
        told += "" if bands is None else " (bands overlap)"

    if found.second is not None:
        value = number(found.value)
        # a band may meet that of the best though its middle is far above another's
        between = found.value < found.highest
        told += f"; {'outside of the tie' if between else 'then'} {found.second}, {value}"
        # a lowest value of 0 has no multiples, nor has rounding
        if np.isfinite(found.factor) and not rounding:
            times = number(found.factor)
            # two that are apart, by less than three digits say
            apart = f"{times} times as much" if times != "1" else f"{found.factor - 1:.1%} more"
            told += f", {apart}"
    if found.missing:
        told += f"; not reached by {listed(found.missing)}"
    return told


def spoken(name: str) -> str:
    """The name of a method in a sentence, without the comma that would look like a list's.

    "sign" is spoken of as sign descent, since a sentence has no context that a legend has.
    """
    method, _, variant = name.partition(", ")
    whole = "sign descent" if method == "sign" else method
    return f"{whole} ({variant})" if variant else whole


def number(x: float) -> str:
    """Three digits; "infinite" where it is.

    Integers below a million are spelled out; 1234.5 is "1,234", 0.00012 is "0.00012". From a
    million on it is "1e+06"; the sign is kept, but -0 is "0". Integers and places are those of x
    to 40 binary digits: 999.99999999999999 is "1000", as 1000 is, on every machine.
    """
    x = float(rounded(x))
    if not np.isfinite(x):
        return "infinite"
    if abs(x) >= 1e6:
        return f"{x:.3g}"
    if x.is_integer():
        # without the sign of -0
        return str(int(x))
    # from 999.5 on :.3g would say 1e+03
    return f"{x:,.0f}" if abs(x) >= 999.5 else f"{x:.3g}"


def signed(x: float, digits: int = 2) -> str:
    """x with its sign and so many places; 0 to these places is "+0.00", never "-0.00"."""
    told = round(float(x), digits)
    # without the sign of -0
    told += 0.0
    return f"{told:+.{digits}f}"


def exponent(x: float) -> str:
    """An exponent of the theory with its sign, in the digits that it has: "+0.5", "-1", "+0"."""
    # without the sign of -0
    return f"{float(x) + 0.0:+.2g}"


def closeness(gap: float) -> str:
    """How near two computations of one number are: one digit of the gap, or "rounding".

    Rounding is what lies below 1e-11, relative or beside numbers of size 1. Its digits are another
    machine's others: a caption that told them would be another picture there.
    """
    if gap < ROUNDING:
        return "rounding"
    return f"{gap:.1g}"


def span(low: float, high: float) -> str:
    """ "3 to 5", or "3" when both are that.

    low and high are compared as they are spoken, to three digits: 3.001 and 3.002 are both "3",
    3.01 and 3.02 are not.
    """
    first = number(low)
    last = number(high)
    return first if first == last else f"{first} to {last}"


def listed(words: Iterable[object]) -> str:
    """ "a, b and c".

    Nothing gives an empty text, one word itself.
    """
    texts = [str(word) for word in words]
    if len(texts) < 2:
        return "".join(texts)
    *first, last = texts
    before = ", ".join(first)
    return f"{before} and {last}"


def share(part: float, whole: float) -> str:
    """ "12 of 40"."""
    return f"{part:.0f} of {whole:.0f}"


def apart(one, other) -> float:
    """The largest relative distance of two arrays: |one - other| / |other| where other is not 0.

    0 when no entry of both is finite. For captions that say how far theory and measurement differ.
    one is what was measured, other the theory that it is measured by; they have one shape.
    """
    measured = np.asarray(one, dtype=float)
    theory = np.asarray(other, dtype=float)
    valid = np.isfinite(measured) & np.isfinite(theory)
    valid &= theory != 0

    truth = theory[valid]
    gaps = np.abs(measured[valid] - truth)
    relative = gaps / np.abs(truth)
    return float(relative.max(initial=0.0))


def quantiles_of(count: int) -> str:
    """What a band between the 10 % and 90 % quantiles is: over few runs, all of them.

    quantiles_of(40) is "10-90 % of 40 seeds", quantiles_of(5) "smallest to largest of 5 seeds".
    """
    # below ten runs the quantiles that are values of runs are the smallest and the largest one
    kind = "10-90 %" if count >= 10 else "smallest to largest"
    return f"{kind} of {count} seeds"


def edges_of(edge) -> str:
    """How many tuned rates stand at an edge of their grid; edge: texts, "" for those that do
    not."""
    edge = np.asarray(edge)
    return f"{np.count_nonzero(edge != '')} of {edge.size} best rates are at an edge of their grid"

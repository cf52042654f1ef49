"""Numbers at axes: enough of them to read a value, and none over another.

Two passes: `numbered` before the layout, where numbers take room, and `thinned` after it, where it
is known which of them touch. Both leave what a figure has set itself.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter

# what stands in a decade, from few to many
IN_A_DECADE = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.arange(1, 10, 0.5)))
ENOUGH = 3
CHOSEN = "numbers of lab.style.ticks"  # which it may thin


def numbered(figure: Figure) -> None:
    """Logarithmic axes on which fewer than two powers of ten are seen get round numbers.

    Matplotlib labels such an axis with one power, or with crowded multiples of it. Ticks that a
    figure has set itself stay.
    """
    for axis in _axes(figure):
        if axis.get_scale() == "log" and not _is_own(axis):
            _in_round_numbers(axis)


def thinned(figure: Figure) -> None:
    """Every second number goes, until none touches the next. Of a figure that was laid out.

    The first stays: halving keeps the even ones, so that numbers remain evenly apart.
    """
    for axis in _axes(figure):
        kept = [] if _is_own(axis) else _seen(axis)
        if not _touch(axis, kept):
            continue

        # two are needed to read a scale
        while len(kept) > 2 and _touch(axis, kept):
            kept = kept[::2]
        places = [place for place, _ in kept]
        texts = [text.get_text() for _, text in kept]
        _set(axis, places, texts)


def _axes(figure):
    """All x and y axes but those of colour bars, whose numbers Matplotlib places well."""
    for ax in figure.axes:
        if ax.get_label() != "<colorbar>":
            yield ax.xaxis
            yield ax.yaxis


def _in_round_numbers(axis) -> None:
    """Those of a decade that give enough; linear steps where even the many are too few.

    Nothing is done where two powers of ten are seen: they say what the scale is. Otherwise the
    sparsest of IN_A_DECADE with ENOUGH numbers inside, and of a very short axis equal steps.
    """
    axis.set_minor_formatter(NullFormatter())
    low, high = sorted(axis.get_view_interval())
    first = np.floor(np.log10(low))
    last = np.ceil(np.log10(high))
    decades = 10.0 ** np.arange(first, last + 1)
    powers = _between(decades, low, high)
    if len(powers) > 1:
        return

    for multiples in IN_A_DECADE:
        grid = np.outer(decades, multiples)
        shown = _between(grid.ravel(), low, high)
        if len(shown) >= ENOUGH:
            break
    else:
        steps = MaxNLocator(ENOUGH)
        grid = np.array(steps.tick_values(low, high))
        shown = _between(grid, low, high)
    texts = [_written(x) for x in shown]
    _set(axis, shown, texts)


def _between(places: np.ndarray, low: float, high: float) -> np.ndarray:
    """Those that are seen, ends included."""
    inside = (low <= places) & (places <= high)
    return places[inside]


def _written(x: float) -> str:
    """300, 0.0007, and powers of ten where these would be long: below 1e-4 and from 1e5."""
    if 1e-4 <= x < 1e5:
        return f"{x:g}"
    digits, power = f"{x:.5e}".split("e")
    mantissa = float(digits)
    ten = f"10^{{{int(power)}}}"
    if mantissa == 1:
        return f"${ten}$"
    return rf"${mantissa:g} \times {ten}$"


def _is_own(axis) -> bool:
    """Whether the figure has set its ticks itself."""
    locator = axis.get_major_locator()
    fixed = isinstance(locator, FixedLocator)
    return fixed and axis.get_gid() != CHOSEN


def _set(axis, places, texts) -> None:
    """These numbers and no others: (places, texts)."""
    axis.set_gid(CHOSEN)
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter(texts))


def _seen(axis) -> list:
    """Places and artists of the numbers that are seen, in the order of the axis."""
    low, high = sorted(axis.get_view_interval())
    # a rounding of the ends
    room = 1e-9 * (high - low)
    start = low - room
    end = high + room

    found = []
    places = axis.get_majorticklocs()
    for place, text in zip(places, axis.get_majorticklabels(), strict=True):
        if start <= place <= end and text.get_text():
            found.append((place, text))
    return found


def _touch(axis, kept) -> bool:
    """Whether a number is within two pixels of the next, along the axis: about the gap between two
    letters of a text, at which two numbers read as one.

    Only that extent counts: numbers of one axis stand on one line.
    """
    along = 0 if axis.axis_name == "x" else 1
    ends = []
    for _, text in kept:
        box = text.get_window_extent()
        ends.append((box.min[along], box.max[along]))
    ends.sort()
    return any(after[0] < before[1] + 2 for before, after in pairwise(ends))

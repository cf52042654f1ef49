"""Numbers at axes: enough of them to read a value, and none over another."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullFormatter

# what stands in a decade, from few to many
IN_A_DECADE = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7), tuple(np.arange(1, 10, 0.5)))
ENOUGH = 3


def numbered(figure: Figure) -> None:
    """Logarithmic axes on which fewer than two powers of ten are seen get round numbers.

    Matplotlib labels such an axis with one power, or with crowded multiples of it. Ticks that a
    figure has set itself stay.
    """
    for axis in _axes(figure):
        own = isinstance(axis.get_major_locator(), FixedLocator)
        if axis.get_scale() == "log" and not own:
            _in_round_numbers(axis)


def thinned(figure: Figure) -> None:
    """Every second number goes, until none touches the next. Of a figure that was laid out."""
    for axis in _axes(figure):
        if isinstance(axis.get_major_locator(), FixedLocator):
            continue
        kept = _inside(axis)
        if not _touch(axis, kept):
            continue
        while _touch(axis, kept):
            kept = kept[::2]
        _set(axis, [place for place, _ in kept], [text.get_text() for _, text in kept])


def _axes(figure):
    """All x and y axes but those of colour bars."""
    panels = [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]
    for ax in panels:
        yield from (ax.xaxis, ax.yaxis)


def _in_round_numbers(axis) -> None:
    low, high = sorted(axis.get_view_interval())
    decades = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    axis.set_minor_formatter(NullFormatter())
    if _between(decades, low, high).size >= 2:
        return

    for multiples in IN_A_DECADE:
        shown = _between(np.outer(decades, multiples).ravel(), low, high)
        if shown.size >= ENOUGH:
            break
    else:
        steps = MaxNLocator(ENOUGH)
        shown = _between(np.array(steps.tick_values(low, high)), low, high)
    _set(axis, shown, [_written(x) for x in shown])


def _between(places: np.ndarray, low: float, high: float) -> np.ndarray:
    return places[(low <= places) & (places <= high)]


def _written(x: float) -> str:
    """300, 0.0007, and powers of ten where these would be long."""
    if 1e-4 <= x < 1e5:
        return f"{x:g}"
    mantissa, power = f"{x:.15e}".split("e")
    digits = float(f"{float(mantissa):.6g}")
    front = "" if digits == 1 else rf"{digits:g} \times "
    return f"${front}10^{{{int(power)}}}$"


def _set(axis, places, texts) -> None:
    axis.set_major_locator(FixedLocator(places))
    axis.set_major_formatter(FixedFormatter(texts))


def _inside(axis) -> list:
    """Places and artists of the numbers that are seen."""
    low, high = sorted(axis.get_view_interval())
    # a rounding of the ends
    room = 1e-9 * (high - low)
    pairs = zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True)
    return [pair for pair in pairs if low - room <= pair[0] <= high + room and pair[1].get_text()]


def _touch(axis, kept) -> bool:
    """Whether a number is within two pixels of the next, along the axis."""
    along = 0 if axis.axis_name == "x" else 1
    boxes = [text.get_window_extent() for _, text in kept]
    ends = sorted((box.min[along], box.max[along]) for box in boxes)
    return any(after[0] < before[1] + 2 for before, after in pairwise(ends))

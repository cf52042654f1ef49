"""Words in a panel, and the levels and places that they name.

Letters have an edge that is unlike them, white round dark ones and black round light ones, so that
they are read where a curve passes and on a map of colours.
"""

from __future__ import annotations

from typing import Any

from matplotlib.colors import to_rgb
from matplotlib.patheffects import withStroke

from lab.style.pages import page

# a line that is neither measured nor theory, below both
DOTTED: dict[str, Any] = {
    "gid": "reference",
    "zorder": 1,
    "color": "0.4",
    "linestyle": (0, (1, 2)),
    "linewidth": 0.9,
}


def level(ax, y: float, text: str) -> None:
    """A thin dotted line at a target value y, in the units of the axis, named on the line.

    At the left end, where curves that fall have not come down yet; "" for a line without a name.
    """
    ax.axhline(y, **DOTTED)
    # across, a share of the panel; up, the value itself
    across_and_up = ("axes fraction", "data")
    note(ax, text, (0.01, y), xycoords=across_and_up, ha="left", va="bottom", color="0.35")


def place(ax, x: float, text: str = "") -> None:
    """A thin dotted line at a place x, in the units of the axis, named at its top; without a text
    the line alone, which stays out of the legend.
    """
    ax.axvline(x, **DOTTED)
    if text:
        along_and_top = ("data", "axes fraction")
        note(ax, f" {text}", (x, 0.99), xycoords=along_and_top, va="top", color="0.35")


def note(ax, text: str, at, **where) -> None:
    """A word beside a point, a line or an edge of the panel, in the smallest size; `where` as in
    Matplotlib's annotate.

    at: a point in the units of the axes, unless `where` has other xycoords. Light letters, on a map
    of dark colours, are those whose red, green and blue are above one half in the mean.
    """
    small = page().small
    written = ax.annotate(text, at, fontsize=small, **where)
    # an edge of the colour of the letters would close their holes
    light = sum(to_rgb(written.get_color())) > 1.5
    edge = withStroke(linewidth=1.5, foreground="black" if light else "white")
    written.set_path_effects([edge])

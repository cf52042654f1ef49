"""Words in a panel, and the levels and places that they name. They have a white edge."""

from __future__ import annotations

from matplotlib.patheffects import withStroke

from lab.style.pages import page


def level(ax, y: float, text: str) -> None:
    """A thin dotted line at a target value y, in the units of the axis, named on the line.

    At the left end, where curves that fall have not come down yet; "" for a line without a name.
    """
    dotted = (0, (1, 2))
    line = ax.axhline(y, gid="reference", zorder=1)
    line.set(color="0.4", linestyle=dotted, linewidth=0.9)

    # across, a share of the panel; up, the value itself
    across_and_up = ("axes fraction", "data")
    written = ax.annotate(text, (0.01, y), xycoords=across_and_up)
    written.set(ha="left", va="bottom", color="0.35")
    written.set_fontsize(page().small)
    _on_white(written)


def place(ax, x: float, text: str = "") -> None:
    """A thin dotted line at a place x, in the units of the axis, named at its top; without a text
    the line alone, which stays out of the legend.
    """
    dotted = (0, (1, 2))
    line = ax.axvline(x, gid="reference", zorder=1)
    line.set(color="0.4", linestyle=dotted, linewidth=0.9)
    if text:
        along_and_top = ("data", "axes fraction")
        note(ax, f" {text}", (x, 0.99), xycoords=along_and_top, va="top", color="0.35")


def note(ax, text: str, at, **where) -> None:
    """A word beside a point, a line or an edge of the panel, in the smallest size; `where` as in
    Matplotlib's annotate.

    at: a point in the units of the axes, unless `where` has other xycoords.
    """
    small = page().small
    written = ax.annotate(text, at, fontsize=small, **where)
    _on_white(written)


def _on_white(written) -> None:
    """White round the letters, so that they are read where a curve passes."""
    edge = withStroke(linewidth=1.5, foreground="white")
    written.set_path_effects([edge])

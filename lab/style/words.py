"""What stands below the panels, one block under the other: legend, table of numbers, caption.

Heights are measured: those of one text differ between releases of Matplotlib. The figure grows by
what a block takes, so that the panels keep their size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from lab.style.looks import METHODS
from lab.style.pages import page
from lab.style.panels import labels, lines

GAP = 0.08  # inches between blocks


def legend(figure: Figure, ax, columns: int = 4, title: str | None = None) -> None:
    """The legend of one panel for all: names only, what is theory last, in as many columns as
    there is room for."""
    handles, named = ax.get_legend_handles_labels()
    pairs = sorted(zip(handles, named, strict=True), key=lambda pair: "theory" in pair[1])
    entries = tuple(zip(*pairs, strict=True))

    room = figure.bbox.width
    for many in range(columns, 0, -1):
        drawn = figure.legend(*entries, ncols=many, title=title, loc="lower center")
        if drawn.get_window_extent().width <= room or many == 1:
            break
        drawn.remove()
    high = drawn.get_window_extent().height / figure.dpi
    _make_room(figure, high + GAP, without=drawn)
    at = (0.5, GAP / 2 / figure.get_figheight())
    drawn.set_bbox_to_anchor(at, transform=figure.transFigure)


def table(figure: Figure, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table of texts: the first column to the left, the others to the right."""
    cells = [list(header), *[list(row) for row in rows]]
    drawn = [[_cell(figure, text, k) for k, text in enumerate(row)] for row in cells]
    extents = [[artist.get_window_extent().width for artist in row] for row in drawn]
    ends = _ends(np.max(extents, axis=0) / figure.dpi)

    step = 1.45 * page().small / 72
    breaks = max(text.count("\n") for text in header)
    high = step * (1 + breaks + len(rows))
    _make_room(figure, high + GAP, without=list(chain(*drawn)))
    wide, tall = figure.get_size_inches()
    for i, row in enumerate(drawn):
        y = GAP / 2 + step * (len(rows) - i)
        for x, artist in zip(ends, row, strict=True):
            artist.set_position((x / wide, y / tall))


def _ends(widths: np.ndarray) -> np.ndarray:
    """Where the columns of a table are aligned, in inches: the first at its start, the others at
    their ends; the table in the middle of the page."""
    between = len(widths) - 1
    spare = page().width - 0.1 - widths.sum()
    gap = min(0.3, spare / max(between, 1))
    left = (page().width - widths.sum() - gap * between) / 2
    ends = left + np.cumsum(widths)
    ends += gap * np.arange(len(widths))
    ends[0] = left
    return ends


def _cell(figure, text, column):
    """An artist of the table, not yet in its place."""
    style = {"ha": "right" if column else "left", "va": "bottom", "fontsize": page().small}
    return figure.text(0, 0, lowered(text), gid="table", **style)


def caption(figure: Figure, text: str) -> None:
    """The caption, at the bottom, in lines as long as the figure is wide."""
    size = page().small
    one_line = lowered(" ".join(text.split()))
    room = 0.97 * figure.bbox.width
    letters = int(page().width * 72 / (0.47 * size))
    style: dict[str, Any] = {"fontsize": size, "va": "bottom", "ha": "left", "linespacing": 1.2}
    drawn = figure.text(0.015, 0, "", gid="caption", **style)
    # measuring takes long where there are formulas: the first guess is mended once or twice
    for _ in range(4):
        drawn.set_text("\n".join(lines(one_line, letters)))
        width = drawn.get_window_extent().width
        if width <= room:
            break
        letters = int(letters * room / width) - 1

    high = drawn.get_window_extent().height / figure.dpi
    _make_room(figure, high + GAP, without=[drawn])
    drawn.set_position((0.015, GAP / 2 / figure.get_figheight()))


def _make_room(figure: Figure, inches: float, without) -> None:
    """The figure grows at its bottom; what stands below the panels moves up with them."""
    own = without if isinstance(without, list) else [without]
    old = figure.get_figheight()
    new = old + inches
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise TypeError("the figure has no constrained layout: make it with style.panels")
    bottom = engine.get()["rect"][1]

    def raised(y):
        return (y * old + inches) / new

    anchors = [(drawn, _anchor(figure, drawn)) for drawn in figure.legends if drawn not in own]
    figure.set_figheight(new)
    for text in figure.texts:
        if text not in own:
            x, y = text.get_position()
            text.set_position((x, raised(y)))
    for drawn, y in anchors:
        drawn.set_bbox_to_anchor((0.5, raised(y)), transform=figure.transFigure)
    engine.set(rect=(0, raised(bottom), 1, 1 - raised(bottom)))


def _anchor(figure, drawn) -> float:
    """Where the legend stands, as a share of the figure's height."""
    return drawn.get_bbox_to_anchor().y0 / figure.bbox.height


def fit(figure: Figure) -> None:
    """The last thing before a figure is drawn: labels that fit their panels."""
    if figure.get_layout_engine() is not None:
        labels(figure)


# what sentences spell in letters, and how it is set
SYMBOLS = {
    r"GN\^-1/2": r"GN$^{-1/2}$",
    r"GN\^-1": r"GN$^{-1}$",
    r"\bbeta([12])\b": r"$\\beta_\1$",
    r"\bkappa\^-1/2": r"$\\kappa^{-1/2}$",
    r"\bkappa\b": r"$\\kappa$",
    r"\btheta\b": r"$\\theta$",
    r"\bnoise\^2": r"noise$^2$",
    r"\|g\|_1": r"$|g|_1$",
    r"E\|x - xi\|\^q": r"E$|x-\\xi|^q$",
    r"\+-": "\N{PLUS-MINUS SIGN}",
}


def lowered(text: str) -> str:
    """The text with symbols for what it spells in letters: GN^-1, beta1, kappa. Formulas stay."""
    pieces = text.split("$")
    for k in range(0, len(pieces), 2):
        for spelled, symbol in SYMBOLS.items():
            # what has been set already is a formula, and stays
            parts = re.split(r"(\$[^$]*\$)", pieces[k])
            parts[::2] = [re.sub(spelled, symbol, part) for part in parts[::2]]
            pieces[k] = "".join(parts)
    return "$".join(pieces)


ARROWS = {"": "", "low": "\N{DOWNWARDS ARROW}", "high": "\N{UPWARDS ARROW}"}


def arrow(edge) -> str:
    """An arrow where a best rate is at the upper or lower edge of its grid, else nothing."""
    return ARROWS[str(edge)]


def count(value: float, form: str = ".3g") -> str:
    """A number in a table; a dash where it is infinite."""
    if value == 0:
        return "0"
    return f"{value:{form}}" if np.isfinite(value) else "\N{EN DASH}"


def tuned(parts, of: str, form: str = ".2g") -> list[list[str]]:
    """Rows of a table: `of` for every method in each of several comparisons; an arrow marks a best
    rate at the upper or lower edge of its grid."""
    rows = []
    for k, name in enumerate(parts[0]["methods"]):
        row = [count(p[of][k], form) + arrow(p["edge"][k]) for p in parts]
        rows.append([METHODS[str(name)].label, *row])
    return rows


def steps(found) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a table: steps to the target and tuned rate of every method."""
    rows = []
    for k, name in enumerate(found["methods"]):
        rate = "" if "line search" in str(name) else f"{found['lr'][k]:.2g}"
        reached = count(found["steps"][k], ".0f")
        edge = arrow(found["edge"][k])
        label = METHODS[str(name)].label
        rows.append([label, reached, rate + edge])
    return ["method", "steps", "rate"], rows

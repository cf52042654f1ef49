"""The panels of a figure, their titles, and labels that fit them."""

from __future__ import annotations

import re
import textwrap

import numpy as np
from matplotlib.figure import Figure

from lab.style.pages import PAGES, page

LETTERS = "abcdefghi"


def panels(
    rows: int,
    columns: int,
    height: float = 2.7,
    *,
    narrow: int = 1,
    squeezed: bool = True,
) -> tuple[Figure, list]:
    """A figure as wide as the page, and its axes in reading order: row by row, also where a column
    leaves fewer beside each other, so that letters of titles stay those of the caption.

    height: of a row of panels on a page, in inches; slides are larger in proportion. In a column
    `narrow` panels stand beside each other, and none is higher than 2.2 inches unless it must not
    be squeezed.

    Returns the figure, which belongs to no pyplot state and is garbage when the caller drops it,
    and a flat list of axes.
    """
    place = page()
    if place.narrow:
        count = rows * columns
        columns = min(narrow, columns)
        rows = -(-count // columns)
        height = min(height, 2.2) if squeezed else height
    each = height * max(place.width / PAGES["page"].width, 1.0)
    figure = Figure(figsize=(place.width, rows * each), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    return figure, axes


def titles(axes, *texts: str) -> None:
    """Panel titles, lettered when there are several panels.

    ValueError unless there is one text per panel.
    """
    letters = LETTERS[: len(texts)]
    for ax, text, letter in zip(axes, texts, letters, strict=True):
        ax.set_title(f"({letter}) {text}" if len(texts) > 1 else text, loc="left")


def labels(figure: Figure) -> None:
    """Titles and axis labels that are longer than their panel are broken into lines.

    Lengths are measured, on panels laid out with the short labels: those of one text differ between
    releases of Matplotlib.
    """
    engine = figure.get_layout_engine()
    if engine is not None:
        # half the time of drawing it all
        engine.execute(figure)
    for ax in figure.axes:
        box = ax.get_window_extent()
        _broken(ax.xaxis.label, box.width)
        _broken(ax.yaxis.label, box.height)
        # a title starts at the panel and may end where the figure does
        _broken(_title(ax), min(figure.bbox.width - box.x0, 1.15 * box.width))


def _title(ax):
    """The artist of the title on the left; Matplotlib has no accessor for it."""
    return ax._left_title


def _broken(label, room: float) -> None:
    """The text in as many lines as it takes; formulas are not broken.

    room: in pixels along the text. A text that has a line break already stays as it is.
    """
    text = label.get_text()
    if not text:
        return
    extent = label.get_window_extent()
    length = max(extent.width, extent.height)
    if length <= room or "\n" in text:
        return
    # as many lines as it takes, of about one length
    many = int(np.ceil(length / room))
    broken = lines(text, int(drawn_letters(text) / many) + 4)
    label.set_text("\n".join(broken))


FORMULA = re.compile(r"\$[^$]*\$")


def lines(text: str, letters: int) -> list[str]:
    """The text in lines of about so many letters. A formula is one word, as long as it is drawn."""
    solid = FORMULA.sub(lambda formula: "\0" * _drawn(formula[0]), text)
    broken = textwrap.wrap(
        solid,
        max(letters, 8),
        break_long_words=False,
        break_on_hyphens=False,
    )
    left = iter(FORMULA.findall(text))
    return [re.sub("\0+", lambda _: next(left), line) for line in broken]


def drawn_letters(text: str) -> int:
    """How many letters a text has when it is drawn.

    For guessing where a text breaks; widths are measured afterwards.
    """
    return len(FORMULA.sub(lambda formula: "x" * _drawn(formula[0]), text))


def _drawn(formula: str) -> int:
    """The letters of a formula: a command is one, and what only groups or raises is none."""
    plain = re.sub(r"\\[a-z]+\W?", "x", formula)
    return max(len(re.sub(r"[$^_{} ]", "", plain)), 1)

"""What stands below the panels, one block under the other: legend, table of numbers, caption.

Heights are measured: those of one text differ between releases of Matplotlib. The figure grows by
what a block takes, so that the panels keep their size.

Order matters: what is added later stands lower. A figure calls legend, table and caption from the
panels downwards as they are read, and each pushes the earlier ones up.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from lab.style.cells import lowered
from lab.style.pages import page
from lab.style.panels import labels, lines
from lab.style.ticks import numbered, thinned

GAP = 0.08  # inches between blocks


def legend(
    figure: Figure,
    ax,
    columns: int = 4,
    title: str | None = None,
) -> None:
    """The legend of one panel for all: names only, what is theory last, in as many columns as there
    is room for. Formulas are set as in captions.

    columns: at most so many; title: what the names are, where they are not methods. Labels that
    begin with an underscore are left out. Room is measured, column number by column number: the
    widest legend that fits is taken, and one column where none does.
    """
    handles, named = ax.get_legend_handles_labels()
    pairs = list(zip(handles, map(lowered, named), strict=True))
    pairs.sort(key=_is_theory)
    columns_of_pairs = zip(*pairs, strict=True)
    entries = tuple(columns_of_pairs)

    room = figure.bbox.width
    for many in range(columns, 0, -1):
        drawn = figure.legend(*entries, ncols=many, title=title, loc="lower center")
        extent = drawn.get_window_extent()
        if extent.width <= room or many == 1:
            break
        drawn.remove()

    high = _inches(figure, drawn)
    _make_room(figure, high + GAP, without=drawn)
    _anchored(figure, drawn, _bottom(figure))


def inside(
    ax,
    loc: str = "best",
    columns: int = 1,
    title: str | None = None,
) -> None:
    """A legend in the panel itself, for names that hold in this panel alone; what is theory last.

    loc: as Matplotlib spells it, where no curve passes; columns and title as of `legend`. Formulas
    are set as in captions. ValueError for a panel in which nothing has a name.
    """
    handles, named = ax.get_legend_handles_labels()
    pairs = list(zip(handles, map(lowered, named), strict=True))
    pairs.sort(key=_is_theory)
    drawn, told = zip(*pairs, strict=True)
    ax.legend(drawn, told, loc=loc, ncols=columns, title=title)


def _is_theory(pair) -> bool:
    """Of a handle and its label. As a key it sorts theory last: False < True, and sorting is
    stable, so that all others stay in the order in which they were drawn.
    """
    _, label = pair
    return "theory" in label


def _inches(figure, drawn) -> float:
    """The height of an artist, as it would be drawn, in inches."""
    extent = drawn.get_window_extent()
    return extent.height / figure.dpi


def _bottom(figure) -> float:
    """Where the lowest block stands, half a gap above the edge, as a share of the height.

    The other half of the gap is above it: blocks that are stacked are GAP apart.
    """
    return GAP / 2 / figure.get_figheight()


def _anchored(figure, drawn, y: float) -> None:
    """A legend in the middle, at a share y of the figure's height."""
    drawn.set_bbox_to_anchor((0.5, y), transform=figure.transFigure)


def table(figure: Figure, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A small table of texts: the first column to the left, the others to the right.

    header: one text per column, which may have line breaks; rows: as many texts each. Formulas are
    set as in captions. Columns are as wide as their widest text, at most 0.3 inches apart, and
    nearer where the page is too narrow for that.
    """
    cells = [list(header), *[list(row) for row in rows]]
    drawn = []
    widths = []
    for row in cells:
        artists = [_cell(figure, text, k) for k, text in enumerate(row)]
        extents = [artist.get_window_extent() for artist in artists]
        drawn.append(artists)
        widths.append([extent.width for extent in extents])
    widest = np.max(widths, axis=0)
    inches = widest / figure.dpi
    ends = _ends(inches)

    # lines of small letters, in inches, and room between them
    step = 1.45 * page().small / 72
    count = len(rows)
    breaks = max(text.count("\n") for text in header)
    high = step * (1 + breaks + count)
    every = list(chain(*drawn))
    _make_room(figure, high + GAP, without=every)

    wide, tall = figure.get_size_inches()
    for i, artists in enumerate(drawn):
        above = step * (count - i)
        y = (GAP / 2 + above) / tall
        for x, artist in zip(ends, artists, strict=True):
            artist.set_position((x / wide, y))


def _ends(widths: np.ndarray) -> np.ndarray:
    """Where the columns of a table are aligned, in inches: the first at its start, the others at
    their ends; the table in the middle of the page.

    widths (C,): the widest text of each column. Between columns at most 0.3 inches, and less
    where the page is too narrow for that.
    """
    columns = np.arange(len(widths))
    between = len(widths) - 1
    room = page().width
    taken = widths.sum()

    # a tenth of an inch stays free beside a wide table
    spare = room - 0.1 - taken
    share = spare / max(between, 1)
    gap = min(0.3, share)
    whole = taken + gap * between
    left = (room - whole) / 2

    ends = left + np.cumsum(widths)
    ends += gap * columns
    ends[0] = left
    return ends


def _cell(figure, text, column):
    """An artist of the table, not yet in its place: numbers end where the column ends."""
    shown = lowered(text)
    artist = figure.text(0, 0, shown, gid="table", va="bottom")
    artist.set_ha("right" if column else "left")
    artist.set_fontsize(page().small)
    return artist


def caption(figure: Figure, text: str) -> None:
    """The caption, at the bottom, in lines as long as the figure is wide.

    text: any white space is one blank. TypeError for a figure without a constrained layout.
    """
    size = page().small
    words = text.split()
    one_line = lowered(" ".join(words))
    room = 0.97 * figure.bbox.width
    drawn = figure.text(0.015, 0, "", gid="caption", va="bottom")
    drawn.set(fontsize=size, ha="left")
    drawn.set_linespacing(1.2)

    # a letter is about half as wide as it is high; an inch has 72 points
    points = page().width * 72
    letters = int(points / (0.47 * size))
    # measuring takes long where there are formulas: the first guess is mended once or twice
    for _ in range(4):
        broken = lines(one_line, letters)
        drawn.set_text("\n".join(broken))
        width = drawn.get_window_extent().width
        if width <= room:
            break
        fitting = letters * room / width
        letters = int(fitting) - 1

    high = _inches(figure, drawn)
    _make_room(figure, high + GAP, without=[drawn])
    drawn.set_position((0.015, _bottom(figure)))


def _make_room(figure: Figure, inches: float, without) -> None:
    """The figure grows at its bottom; what stands below the panels moves up with them.

    A share y of the old height H is (y H + inches) / (H + inches) of the new one: panels keep their
    size in inches. without: what the room is for, which stays. TypeError for a figure without a
    constrained layout, whose rectangle says where panels may stand.
    """
    own = without if isinstance(without, list) else [without]
    old = figure.get_figheight()
    new = old + inches
    engine = figure.get_layout_engine()
    if not isinstance(engine, ConstrainedLayoutEngine):
        raise TypeError("the figure has no constrained layout: make it with style.panels")
    _, bottom, _, _ = engine.get()["rect"]

    def raised(y):
        return (y * old + inches) / new

    # anchors in pixels move when the figure grows: they are read before
    legends = [drawn for drawn in figure.legends if drawn not in own]
    anchors = [(drawn, _anchor(figure, drawn)) for drawn in legends]
    figure.set_figheight(new)
    for text in figure.texts:
        if text not in own:
            x, y = text.get_position()
            text.set_position((x, raised(y)))
    for drawn, y in anchors:
        _anchored(figure, drawn, raised(y))
    edge = raised(bottom)
    engine.set(rect=(0, edge, 1, 1 - edge))


def _anchor(figure, drawn) -> float:
    """Where the legend stands, as a share of the figure's height: its lower edge."""
    anchor = drawn.get_bbox_to_anchor()
    return anchor.y0 / figure.bbox.height


def fit(figure: Figure) -> None:
    """The last thing before a figure is drawn: labels that fit their panels, and numbers at axes
    that can be read.

    Titles and labels break when all panels have their final size; after it nothing may be added.
    A figure without a layout engine has been fitted, or places its panels itself: it stays. Numbers
    come first, since they take room from the panels that labels are measured against, and are
    thinned last, when it is known which of them touch.
    """
    if figure.get_layout_engine() is not None:
        numbered(figure)
        labels(figure)
        thinned(figure)

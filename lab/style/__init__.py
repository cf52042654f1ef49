"""One look for every figure: of a method, of theory, of a band, of the text below the panels.

Figures plot stored arrays and compute nothing. A figure is drawn for a page of a name in PAGES: a
column of a paper (3.3 inches, no text under 7 pt), a page, or slides; `sized("column")` says which.
Importing this package sets Matplotlib's defaults for everything the lab draws, whatever a user's
matplotlibrc says.

    from lab import style

    with style.sized("column"):
        figure, (ax,) = style.panels(1, 1)
        style.curve(ax, "Adam", path.t, path["loss"])
        style.legend(figure, ax)
        style.caption(figure, "Loss of Adam.")

Methods have looks (`curve`, `placed`, `race`), what is no method one of a cycle (`measured`,
`dots`), theory is dashed black (`theory`, `strokes`, `threshold`), a target dotted (`level`,
`place`). Legend, table and caption go below the panels, in this order.
"""

from lab.style.cells import arrow, count, lowered, steps, tuned
from lab.style.curves import (
    band,
    curve,
    dots,
    drawn,
    measured,
    medians,
    part,
    placed,
    race,
    runs,
    strokes,
    sweep,
    theory,
    threshold,
)
from lab.style.looks import CYCLE, GREYS, METHODS, Look, look, looks
from lab.style.notes import level, note, place
from lab.style.pages import PAGES, Page, page, sized
from lab.style.panels import labels, panels, titles
from lab.style.words import caption, fit, inside, legend, table

__all__ = [
    "CYCLE",
    "GREYS",
    "METHODS",
    "PAGES",
    "Look",
    "Page",
    "arrow",
    "band",
    "caption",
    "count",
    "curve",
    "dots",
    "drawn",
    "fit",
    "inside",
    "labels",
    "legend",
    "level",
    "look",
    "looks",
    "lowered",
    "measured",
    "medians",
    "note",
    "page",
    "panels",
    "part",
    "place",
    "placed",
    "race",
    "runs",
    "sized",
    "steps",
    "strokes",
    "sweep",
    "table",
    "theory",
    "threshold",
    "titles",
    "tuned",
]

"""Where a figure is to stand: its width in inches and the sizes of its letters in points.

A figure is drawn at the size it is printed in: nothing is scaled afterwards, so that 7 pt are 7 pt
on paper. The page is a context variable, because a figure's code does not know where it will stand.

Importing this sets Matplotlib's own defaults, without a window: what a user's matplotlibrc says is
for the user's figures. Text in a PDF is text (fonttype 42), and identifiers in an SVG have a fixed
salt, so that files are the same every time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

import matplotlib

matplotlib.rcdefaults()
matplotlib.use("agg")  # rcdefaults leaves the backend as it is


class Page(NamedTuple):
    """How a page is drawn.

    width: in inches; text and small: the sizes of labels and of everything else, in points; line
    and marker: in points; narrow: panels stand one below the other.
    """

    width: float
    text: float
    small: float
    line: float
    marker: float
    narrow: bool


PAGES = {
    "column": Page(3.3, 7.5, 7.0, 1.2, 3.8, narrow=True),
    "page": Page(7.2, 9.0, 8.0, 1.4, 4.8, narrow=False),
    "slides": Page(10.0, 13.0, 12.0, 2.0, 7.0, narrow=False),
}
_PAGE: ContextVar[Page] = ContextVar("page", default=PAGES["page"])


def page() -> Page:
    """The page that figures are drawn for: "page" unless inside of `sized`."""
    return _PAGE.get()


@contextmanager
def sized(name: str) -> Iterator[Page]:
    """Figures made inside are for the page of this name. ValueError naming the known ones.

    The page before is restored at the end, also after an error. Contexts nest, and threads have
    pages of their own.
    """
    if name not in PAGES:
        raise ValueError(f"width = {name!r}: must be one of {', '.join(PAGES)}")
    token = _PAGE.set(PAGES[name])
    try:
        with matplotlib.rc_context(_sizes(PAGES[name])):
            yield PAGES[name]
    finally:
        _PAGE.reset(token)


def _sizes(of: Page) -> dict:
    """Matplotlib's settings that depend on the page: letters, lines, markers and the legend's
    samples.
    """
    small = dict.fromkeys(
        ("legend.fontsize", "legend.title_fontsize", "xtick.labelsize", "ytick.labelsize"),
        of.small,
    )
    text = dict.fromkeys(("font.size", "axes.labelsize", "axes.titlesize"), of.text)
    return {
        # long dashes need a long sample, where there is room for one
        "legend.handlelength": 2.8 if of.narrow else 3.6,
        "legend.columnspacing": 1.0 if of.narrow else 2.0,
        **small,
        **text,
        "lines.linewidth": of.line,
        "lines.markersize": of.marker,
        "lines.markeredgewidth": of.line / 2,
    }


matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "0.92",
        "axes.axisbelow": True,
        "legend.frameon": False,
        # dashes have the lengths that looks give them, in line widths
        "lines.scale_dashes": True,
        "figure.dpi": 100,
        "savefig.dpi": 200,
        "pdf.fonttype": 42,
        "svg.hashsalt": "precond-lab",
        **_sizes(PAGES["page"]),
    }
)

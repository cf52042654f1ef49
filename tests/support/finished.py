"""Figures drawn from experiments at QUICK settings and laid out, and what is in them."""

from functools import lru_cache

import numpy as np
from files import ROOT, quick
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage
from matplotlib.mathtext import MathTextParser

from lab import style, workshop
from lab.workshop.drawing import Source, drawn

# of the last fifty formulas Matplotlib remembers how they are set; a figure with its caption has
# more, drawn several times in the same order, and the next one has many of them again
MathTextParser._parse_cached = lru_cache(maxsize=1000)(MathTextParser._parse_cached.__wrapped__)


def finished(name, width="column"):
    """As `_finished`: a cache tells a default from the same word given."""
    return _finished(name, width)


@lru_cache(maxsize=2)
def _finished(name, width):
    """The figure with its caption, laid out for a page, the caption, and the arrays it read."""
    module = workshop.load(ROOT / "figures", name)
    data = {source: quick(source) for source in module.READS}
    with style.sized(width):
        figure, caption = drawn(ROOT, module, Source(data))
        style.caption(figure, caption)
        style.fit(figure)
    # labels that broke into lines have moved their panels
    figure.draw_without_rendering()
    return figure, caption, [array for part in data.values() for array in part.values()]


def panels(figure):
    """The axes that plot something: all but colour bars."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def numbers_of(figure):
    """Every axis that has numbers or names at its ticks, with those that are seen."""
    for ax in panels(figure):
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            room = 1e-9 * (high - low)
            pairs = [
                *zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=True),
                *zip(axis.get_minorticklocs(), axis.get_minorticklabels(), strict=True),
            ]
            seen = [t for x, t in pairs if low - room <= x <= high + room and t.get_text().strip()]
            # a panel beside another may share its names
            if seen:
                yield axis, seen


def images(ax):
    """Heat maps: images and colour meshes."""
    return [
        artist
        for artist in (*ax.images, *ax.collections)
        if isinstance(artist, (AxesImage, QuadMesh))
    ]


def is_stored(values, arrays):
    """Whether values stand in a stored array along one of its axes, from the start of it, or are
    one stored number repeated."""
    values = np.asarray(values, dtype=float)
    for array in arrays:
        if array.dtype.kind not in "fiu":
            continue
        if (values == values[0]).all() and (array == values[0]).any():
            return True
        for axis in range(array.ndim):
            rows = np.moveaxis(array, axis, -1)[..., : len(values)]
            if rows.shape[-1] == len(values) and (rows == values).all(-1).any():
                return True
    return False

"""A map of tightness: how much of a bound is used over two parameters, the worst point, and what
lies outside the hypotheses.

A part of the figures tightness_*. The colour is the bound over what it bounds, or its inverse, as
`ratio` says: 1 is a bound that is attained. Where it exceeds `limit` the bound fails, which may
happen only outside of the hypotheses, in the hatched part.
"""

import matplotlib
import numpy as np

from lab import style


def draw(data, title, *, xlabel, ylabel, xscale="linear", yscale="linear"):
    """One panel, from the arrays of lab.claims.tightness.

    used (Y, X): the largest of the instances of a cell; inside (Y, X): whether the hypotheses hold
    there; worst: x and y of the star. xscale, yscale: "linear" or "log", of the axes and of the
    cells, whose sides are half way between the values on that scale.
    """
    figure, (ax,) = style.panels(1, 1, 3.6)
    # lighter than any of the map, in grey too, where red would be one of its middle
    colours = matplotlib.colormaps["cividis"].with_extremes(over="white")
    # the colours end at a tenth, so that two maps of one claim have one scale
    lowest = np.floor(10 * data["used"][data["inside"]].min()) / 10
    # a map of a bound that is attained everywhere has a scale, too
    scale = {
        "vmin": min(lowest, 0.9),
        "vmax": float(data["limit"]),
    }
    sides = edges(data["x"], xscale), edges(data["y"], yscale)
    mesh = ax.pcolormesh(*sides, data["used"], cmap=colours, rasterized=True, **scale)
    # an arrow at the upper end only where something is beyond it
    bar = figure.colorbar(
        mesh,
        ax=ax,
        extend="both" if fails(data) else "min",
    )
    bar.set_label(str(data["ratio"]))

    ax.set(xscale=xscale, yscale=yscale, xlabel=xlabel, ylabel=ylabel)
    ax.grid(False)
    if not data["inside"].all():
        outside(ax, *sides, data["inside"])
    star = {"marker": "*", "markersize": 14, "color": "white", "markeredgecolor": "black"}
    # a worst point may be at the edge, where half a star would be cut off
    ax.plot(
        data["worst"][:1],
        data["worst"][1:2],
        gid="worst",
        clip_on=False,
        zorder=4,
        **star,
    )

    style.titles([ax], title)
    return figure


def edges(values, scale):
    """The sides of cells around the values (K,), half way to the neighbours on that scale, (K +
    1,).

    The outermost are as far from their value as the side between it and its neighbour.
    """
    to, back = (np.log, np.exp) if scale == "log" else (np.asarray, np.asarray)
    places = to(values)
    middles = (places[1:] + places[:-1]) / 2
    first, last = 2 * places[0] - middles[0], 2 * places[-1] - middles[-1]
    return back(np.concatenate([[first], middles, [last]]))


def outside(ax, x, y, inside):
    """Hatched where no instance satisfies the hypotheses, with a line around it."""
    # both sides of every cell, so that the line follows the cells
    corners = np.repeat(x, 2)[1:-1], np.repeat(y, 2)[1:-1]
    allowed = np.repeat(np.repeat(inside.astype(float), 2, 0), 2, 1)
    look = {
        "levels": [-0.5, 0.5],
        "colors": "none",
        "hatches": ["///"],
    }
    with matplotlib.rc_context({"hatch.linewidth": 0.6, "hatch.color": "0.25"}):
        ax.contourf(*corners, allowed, **look)
    ax.contour(
        *corners,
        allowed,
        levels=[0.5],
        colors=["black"],
        linewidths=[1.4],
    )


def fails(data) -> bool:
    """Whether the bound is missed somewhere outside the hypotheses."""
    return bool((data["used"] > data["limit"]).any())


def caption(data, intro) -> str:
    """What is drawn. intro: what is measured, in words."""
    border = ", ".join(map(str, data["border"]))
    hatched = (
        "" if data["inside"].all() else f" Hatched: outside of {border}; white: the bound fails."
    )
    return f"""{intro} Colour: {data["ratio"]} of {data["says"]} (claim {data["id"]}), the largest
    of the instances drawn in a cell. Star: the worst point inside the hypotheses.{hatched} Our
    own experiment, no paper's figure."""

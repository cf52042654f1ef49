"""What is drawn in a panel: curves of methods, measurements, theory, bands, runs, levels.

Artists carry what they are in their gid: measured, theory, reference, run.
"""

from __future__ import annotations

import numpy as np

from lab.style.looks import CYCLE, METHODS, look
from lab.style.pages import page


def curve(ax, name: str, x, y, label: str | None = None):
    """A measured curve of a method, in its own look; markers are spread out and shifted, so that
    curves that coincide stay visible."""
    drawn = look(name)
    called = drawn.label if label is None else label
    line = ax.plot(x, y, label=called, gid="measured")[0]
    line.set(color=drawn.colour, linestyle=drawn.line, marker=drawn.marker)
    place = list(METHODS).index(name)
    line.set_markevery(spread(len(x), place))
    return line


def spread(points: int, k: int):
    """Which of many points have a marker: every seventh or so of the length, from another one on
    for every k."""
    return (0.03 * (k % 5), 0.15) if points > 30 else None


def placed(ax, name: str, x, y, label: str | None = None):
    """Measurements of a method without a line between them."""
    line = curve(ax, name, x, y, label)
    line.set(linestyle="none", markevery=None)
    return line


def measured(ax, k: int, x, y, label: str):
    """Measurements that belong to no method: look k of the cycle."""
    _, colour, line, marker = CYCLE[k % len(CYCLE)]
    drawn = ax.plot(x, y, label=label, gid="measured")[0]
    drawn.set(color=colour, linestyle=line, marker=marker)
    drawn.set_markevery(spread(len(x), k))
    return drawn


def dots(ax, k: int, x, y, label: str):
    """Measurements that belong to no method, without a line between them."""
    line = measured(ax, k, x, y, label)
    line.set(linestyle="none", markevery=None)
    return line


THEORY = {"color": "black", "linestyle": "--", "gid": "theory"}


def theory(ax, x, y, label: str = "theory"):
    """A theory curve: dashed black, named theory."""
    return ax.plot(x, y, linewidth=1.1, label=label, zorder=3, **THEORY)[0]


def threshold(ax, x: float, label: str = "_theory", vertical: bool = True):
    """A theory value as a line across the panel, dashed black."""
    draw = ax.axvline if vertical else ax.axhline
    return draw(x, linewidth=1.0, label=label, zorder=1, **THEORY)


def level(ax, y: float, text: str) -> None:
    """A thin dotted line at a target value, named on the line."""
    dotted = (0, (1, 2))
    ax.axhline(y, color="0.4", linestyle=dotted, linewidth=0.9, gid="reference", zorder=1)
    look = {"ha": "left", "va": "bottom", "fontsize": page().small, "color": "0.35"}
    ax.annotate(text, (0.01, y), xycoords=("axes fraction", "data"), **look)


def note(ax, text: str, at, **where) -> None:
    """A word beside a point, a line or an edge of the panel, in the smallest size; `where` as in
    Matplotlib's annotate."""
    ax.annotate(text, at, fontsize=page().small, **where)


def band(ax, x, low, high, line, *, label: str = "_band"):
    """The shade between two quantiles around a line, and what it is: "10-90 % of 40 seeds"."""
    shade = {"color": line.get_color(), "alpha": 0.2, "linewidth": 0, "gid": "band"}
    return ax.fill_between(x, low, high, label=label, **shade)


def runs(ax, x, each, line, label: str = "_runs") -> None:
    """The single runs (K, S) behind a median of few: thin lines in its colour."""
    thin = {"color": line.get_color(), "linewidth": 0.5, "alpha": 0.6, "gid": "run", "zorder": 1}
    single = np.moveaxis(np.asarray(each), -1, 0)
    for k, run in enumerate(single):
        ax.plot(x, run, label="_run" if k else label, **thin)


def part(data, case: str) -> dict[str, np.ndarray]:
    """The arrays whose names start with `case` and an underscore, without that start."""
    start = f"{case}_"
    found = {}
    for name, array in data.items():
        if name.startswith(start):
            found[name.removeprefix(start)] = array
    return found


def race(ax, found) -> None:
    """Loss against step of every method of a comparison, each at its best rate, up to the step
    where it reaches the target."""
    t = found["t"]
    for k, name in enumerate(found["methods"]):
        shown = t <= found["steps"][k]
        loss = found["loss"][k]
        curve(ax, str(name), t[shown], loss[shown])


def medians(ax, found, label: str) -> None:
    """Medians over seeds against step, and the quantiles at the last step as bars beside each other
    to the right, since the bands of many methods would lie on one another: loss (M, 3, K) holds the
    lower quantile, the median and the upper one; label: what the bars are."""
    t = found["t"]
    # bars stand a fiftieth of the panel apart
    gap = (t[-1] - t[0]) / 50
    for k, name in enumerate(found["methods"]):
        low, median, high = found["loss"][k]
        line = curve(ax, str(name), t, median)
        wide = 1.5 * line.get_linewidth()
        bar = {"color": line.get_color(), "linewidth": wide, "gid": "band"}
        place = t[-1] + (k + 1) * gap
        ax.vlines(place, low[-1], high[-1], label="_band", **bar)
    ax.vlines([], 0, 1, color="0.4", linewidth=2, label=label)


def sweep(ax, found) -> None:
    """Steps to the target against the learning rate, for the methods that have one; gaps where the
    target is not reached."""
    for k, name in enumerate(found["methods"]):
        if "line search" not in str(name):
            curve(ax, str(name), found["rates"][k], found["sweep"][k])

    ax.set_xscale("log")
    ax.set_yscale("log")

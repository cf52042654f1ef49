"""What is drawn in a panel: curves of methods, measurements, theory, bands, runs, levels.

Artists carry what they are in their gid: measured, theory, reference, run, band. Tests ask each for
something else: a measured line and theory for values that the experiment stored, theory for its
look, which nothing else may have, a run or a band for words that say of what it is. A reference is
a level, or a mark at the edge of a panel, and has no values to ask for.
"""

from __future__ import annotations

import numpy as np

from lab.style.looks import CYCLE, METHODS, Look, look


def curve(
    ax,
    name: str,
    x,
    y,
    label: str | None = None,
):
    """A measured curve of a method, in its own look: x, y (K,); label: what the legend says, the
    method's own name unless given.

    Markers are spread out and shifted, so that curves that coincide stay visible. KeyError for a
    method that has no look (lab.style.looks). Returns the line.
    """
    return drawn(ax, look(name), x, y, label)


def _line(
    ax,
    x,
    y,
    label: str,
    like: Look,
):
    """A measured curve that looks like that, with a marker at every point."""
    (line,) = ax.plot(x, y, label=label, gid="measured")
    line.set(color=like.colour, linestyle=like.line)
    line.set_marker(like.marker)
    return line


def spread(points: int, k: int):
    """Which of many points have a marker: one in every 15 % of the curve's length, from another
    place on for every k; None, all of them, up to 30 points.

    As Matplotlib's markevery: by length along the curve and not by number, so that a curve recorded
    at every step has no more of them than one recorded at few.
    """
    if points <= 30:
        return None
    # five places, after which the sixth curve has those of the first
    first = 0.03 * (k % 5)
    return first, 0.15


def drawn(
    ax,
    like: Look,
    x,
    y,
    label: str | None = None,
):
    """A measured curve that looks like one of `looks`; label: its own unless given.

    Curves that lie on each other show different markers, as each look starts at another place.
    """
    called = like.label if label is None else label
    line = _line(ax, x, y, called, like)
    # a place of its own for every marker
    markers = [one.marker for one in (*METHODS.values(), *CYCLE)]
    place = markers.index(like.marker)
    line.set_markevery(spread(len(x), place))
    return line


def placed(
    ax,
    name: str,
    x,
    y,
    label: str | None = None,
):
    """Measurements of a method without a line between them, every one with its marker."""
    line = curve(ax, name, x, y, label)
    line.set(linestyle="none", markevery=None)
    return line


def measured(
    ax,
    k: int,
    x,
    y,
    label: str,
):
    """Measurements that belong to no method (batch sizes, eigenvalues): look k of the cycle, which
    repeats after the last.
    """
    place = k % len(CYCLE)
    line = _line(ax, x, y, label, CYCLE[place])
    line.set_markevery(spread(len(x), k))
    return line


def dots(
    ax,
    k: int,
    x,
    y,
    label: str,
):
    """Measurements that belong to no method, without a line between them: look k of the cycle.

    For what is unordered along x, or for few points: a line would promise what is between them.
    """
    line = measured(ax, k, x, y, label)
    line.set(linestyle="none", markevery=None)
    return line


THEORY = {"color": "black", "linestyle": "--", "gid": "theory"}


def theory(ax, x, y, label: str = "theory"):
    """A theory curve: dashed black, named theory. Whatever is drawn with it must be a formula's
    values, never a fit.
    """
    # above the measurements, which theory must not hide behind
    (line,) = ax.plot(x, y, label=label, zorder=3, **THEORY)
    line.set_linewidth(1.1)
    return line


def strokes(ax, x, y, label: str = "theory", *, size: float = 9):
    """Theory of rows without an order, such as methods: a stroke at every value, `size` points
    high, and no line, because between two rows there is nothing."""
    line = theory(ax, x, y, label)
    line.set(marker="|", markersize=size, linewidth=0)
    return line


def threshold(ax, x: float, label: str = "_theory", vertical: bool = True):
    """A theory value as a line across the panel, dashed black: at x, or at a height with vertical =
    False. It stays out of the legend unless it has a label without an underscore.
    """
    draw = ax.axvline if vertical else ax.axhline
    line = draw(x, label=label, zorder=1, **THEORY)
    line.set_linewidth(1.0)
    return line


def band(
    ax,
    x,
    low,
    high,
    line,
    *,
    label: str = "_band",
):
    """The shade between two quantiles (K,) around a line, in its colour; label: what it is, "10-90
    % of 40 seeds".

    The label begins with an underscore, and stays out of the legend, unless the caption leaves the
    band unsaid.
    """
    shade = {
        "color": line.get_color(),
        "alpha": 0.2,
        "linewidth": 0,
        "gid": "band",
    }
    return ax.fill_between(x, low, high, label=label, **shade)


def runs(
    ax,
    x,
    each,
    line,
    label: str = "_runs",
) -> None:
    """The single runs (K, S) behind a median of few, x (K,): thin lines in its colour, below it."""
    thin = {
        "color": line.get_color(),
        "linewidth": 0.5,
        "alpha": 0.6,
        "gid": "run",
        "zorder": 1,
    }
    recorded = np.asarray(each)
    single = np.moveaxis(recorded, -1, 0)
    for k, run in enumerate(single):
        # one entry of the legend for all of them
        called = "_run" if k else label
        ax.plot(x, run, label=called, **thin)


def part(data, case: str) -> dict[str, np.ndarray]:
    """The arrays whose names start with `case` and an underscore, without that start.

    An experiment that runs one comparison in several cases stores them as case_loss, case_steps,
    ...
    """
    start = f"{case}_"
    found = {}
    for name, array in data.items():
        if name.startswith(start):
            found[name.removeprefix(start)] = array
    return found


def race(ax, found) -> None:
    """Loss against step of every method of a comparison, each at its best rate, up to the step
    where it reaches the target.

    found: t (K,), methods (M,), steps (M,), loss (M, K), as lab.instruments.comparison stores them.
    """
    t = found["t"]
    for k, method in enumerate(found["methods"]):
        name = str(method)
        shown = t <= found["steps"][k]
        times = t[shown]
        loss = found["loss"][k]
        curve(ax, name, times, loss[shown])


def medians(ax, found, label: str) -> None:
    """Medians over seeds against step; the quantiles at the last step as bars beside each other to
    the right, since the bands of many methods would lie on one another.

    found: t (K,), methods (M,), loss (M, 3, K) with the lower quantile, the median and the upper
    one; label: what the bars are.
    """
    t = found["t"]
    # bars stand a fiftieth of the panel apart
    start = t[0]
    end = t[-1]
    gap = (end - start) / 50
    for k, method in enumerate(found["methods"]):
        name = str(method)
        low, median, high = found["loss"][k]
        line = curve(ax, name, t, median)

        place = end + (k + 1) * gap
        bar = ax.vlines(place, low[-1], high[-1], label="_band")
        bar.set_color(line.get_color())
        bar.set_linewidth(1.5 * line.get_linewidth())
        bar.set_gid("band")

    # what the bars are, once, in the legend
    sample = ax.vlines([], 0, 1, label=label)
    sample.set_color("0.4")
    sample.set_linewidth(2)


def sweep(ax, found) -> None:
    """Steps to the target against the learning rate, both logarithmic, for the methods that have a
    rate; gaps where the target is not reached.

    found: methods (M,), rates (M, L), sweep (M, L), inf for a gap. A flat stretch is a method that
    forgives a wrong rate.
    """
    for k, method in enumerate(found["methods"]):
        name = str(method)
        # a line search has no rate to sweep
        if "line search" not in name:
            rates = found["rates"][k]
            curve(ax, name, rates, found["sweep"][k])

    ax.set_xscale("log")
    ax.set_yscale("log")

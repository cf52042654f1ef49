"""One look for all figures: of a method, of theory, of the caption under the picture.

Figures plot stored arrays and compute nothing. Colours are those of Okabe and Ito; every method
also has a line style and a marker of its own, so that the pictures survive grey printing. Importing
this module sets Matplotlib's defaults for everything the lab draws, whatever a user's matplotlibrc
says.
"""

from __future__ import annotations

import re
import textwrap
from typing import NamedTuple

import matplotlib
import numpy as np
from matplotlib.figure import Figure

matplotlib.rcdefaults()
matplotlib.use("agg")  # rcdefaults leaves the backend as it is
matplotlib.rcParams.update(
    {
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "axes.titlesize": 9.5,
        "axes.labelsize": 9,
        "legend.fontsize": 8,
        "xtick.labelsize": 8,
        "ytick.labelsize": 8,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": "0.92",
        "axes.axisbelow": True,
        "legend.frameon": False,
        "legend.handlelength": 3.2,
        "lines.linewidth": 1.5,
        "lines.markersize": 5,
        "figure.dpi": 100,
        "savefig.dpi": 160,
        "pdf.fonttype": 42,
        "svg.hashsalt": "precond-lab",
    }
)

ORANGE = "#E69F00"
SKY = "#56B4E9"
GREEN = "#009E73"
BLUE = "#0072B2"
VERMILLION = "#D55E00"
PURPLE = "#CC79A7"
GREY = "#7F7F7F"
CYCLE = [
    (BLUE, "-", "o"),
    (VERMILLION, "-.", "s"),
    (GREEN, (0, (5, 1, 1, 1)), "^"),
    (PURPLE, ":", "D"),
    (ORANGE, (0, (3, 1)), "v"),
]
WIDTH = 7.6  # inches, as are heights
GAP = 0.09  # inches between caption, legend and panels


class Look(NamedTuple):
    """How a method is drawn everywhere."""

    label: str
    colour: str
    line: str | tuple
    marker: str


METHODS = {
    "GD": Look("GD", GREY, "-", "o"),
    "GN^-1": Look("GN$^{-1}$", BLUE, "-", "s"),
    "GN^-1/2": Look("GN$^{-1/2}$", SKY, "-", "D"),
    "damped GN^-1": Look("damped GN$^{-1}$", GREEN, "-", "X"),
    "heavy ball": Look("heavy ball", PURPLE, "-", "P"),
    "Adam": Look("Adam", VERMILLION, "-", "^"),
    "SGD": Look("SGD", GREY, "-", "o"),
    "idealised Adam": Look("idealised Adam", ORANGE, "--", "<"),
    "Adam, decay": Look("Adam, decaying rate", VERMILLION, "-.", ">"),
    "sign": Look("sign descent", ORANGE, "-", "v"),
    "sign, decay": Look("sign descent, decaying rate", ORANGE, "-.", "<"),
    "sign, halving": Look("sign descent, halved rate", ORANGE, ":", "*"),
    "GD + line search": Look("GD + line search", GREY, ":", "h"),
    "GN^-1 + line search": Look("GN$^{-1}$ + line search", BLUE, ":", "p"),
    "GN^-1/2 + line search": Look("GN$^{-1/2}$ + line search", SKY, ":", "d"),
}


def panels(rows: int, columns: int, height: float) -> tuple[Figure, list]:
    """A figure of the common width, and its axes in reading order."""
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    axes = list(figure.subplots(rows, columns, squeeze=False).ravel())
    return figure, axes


def titles(axes, *texts: str) -> None:
    """Panel titles, lettered when there are several panels."""
    letters = "abcdefgh"
    for ax, text, letter in zip(axes, texts, letters[: len(texts)], strict=True):
        ax.set_title(f"({letter}) {text}" if len(texts) > 1 else text, loc="left")


def foot(
    figure: Figure,
    text: str,
    legend=None,
    columns: int = 2,
    title: str | None = None,
) -> None:
    """The caption, wrapped, under the figure, and above it the legend of the axes `legend` when it
    serves all panels.

    Heights are measured: those of one text differ between releases of Matplotlib.
    """
    inch = 1 / figure.get_figheight()
    one_line = " ".join(text.split())
    lines = _raised("\n".join(_wrapped(one_line)))
    look = {"fontsize": 8.5, "va": "bottom", "ha": "left", "linespacing": 1.2}
    caption = figure.text(0.012, 0.06 * inch, lines, gid="caption", **look)
    bottom = _top(figure, caption) + GAP * inch

    if legend is not None:
        named = legend.get_legend_handles_labels()
        place = {"loc": "lower center", "bbox_to_anchor": (0.5, bottom)}
        shared = figure.legend(*named, ncols=columns, title=title, **place)
        bottom = _top(figure, shared) + GAP * inch

    figure.get_layout_engine().set(rect=(0, bottom, 1, 1 - bottom))


def _top(figure: Figure, artist) -> float:
    """Where the artist ends, as a share of the figure's height."""
    return artist.get_window_extent().y1 / figure.bbox.height


def _wrapped(text: str, width: int = 116) -> list[str]:
    """Lines of about one width; a formula counts as long as its letters are when drawn, and is not
    broken."""
    formulas = re.findall(r"\$[^$]*\$", text)
    letters = [re.sub(r"\\[a-z]+\W?", "x", formula) for formula in formulas]
    sizes = iter([max(len(re.sub(r"[$^_{} ]", "", drawn)), 1) for drawn in letters])

    # a formula is one word of the drawn length while lines are broken
    solid = re.sub(r"\$[^$]*\$", lambda _: "\0" * next(sizes), text)
    lines = textwrap.wrap(solid, width, break_on_hyphens=False)
    left = iter(formulas)
    return [re.sub("\0+", lambda _: next(left), line) for line in lines]


def _raised(text: str) -> str:
    """GN^-1/2 and GN^-1 with real superscripts."""
    return text.replace("GN^-1/2", "GN$^{-1/2}$").replace("GN^-1", "GN$^{-1}$")


def curve(ax, name: str, x, y, label: str | None = None):
    """A measured curve of a method, in its own look; markers are spread out and shifted, so that
    curves that coincide stay visible."""
    look = METHODS[name]
    order = list(METHODS).index(name)
    spread = (0.03 * (order % 5), 0.15) if len(x) > 30 else None
    drawn = {
        "color": look.colour,
        "linestyle": look.line,
        "marker": look.marker,
        "markevery": spread,
        "label": look.label if label is None else label,
    }
    return ax.plot(x, y, gid="measured", **drawn)[0]


def measured(ax, k: int, x, y, label: str):
    """Measurements that belong to no method: look k of the cycle."""
    colour, line, marker = CYCLE[k % len(CYCLE)]
    look = {"color": colour, "linestyle": line, "marker": marker}
    return ax.plot(x, y, label=label, gid="measured", **look)[0]


THEORY = {"color": "black", "linestyle": "--", "gid": "theory"}


def theory(ax, x, y, label: str = "theory"):
    """A theory curve: dashed black, named theory."""
    return ax.plot(x, y, linewidth=1.2, label=label, zorder=3, **THEORY)[0]


def threshold(ax, x: float, label: str = "_theory", vertical: bool = True):
    """A theory value as a line across the panel, dashed black."""
    draw = ax.axvline if vertical else ax.axhline
    return draw(x, linewidth=1.0, label=label, zorder=1, **THEORY)


def level(ax, y: float, text: str) -> None:
    """A thin dotted line at a target value, named on the line."""
    dotted = (0, (1, 2))
    ax.axhline(y, color="0.4", linestyle=dotted, linewidth=0.9, gid="reference", zorder=1)
    look = {"ha": "left", "va": "bottom", "fontsize": 7.5, "color": "0.35"}
    ax.annotate(text, (0.01, y), xycoords=("axes fraction", "data"), **look)


def part(data, case: str) -> dict[str, np.ndarray]:
    """The arrays whose names start with `case` and an underscore, without that start."""
    start = f"{case}_"
    own = [name for name in data if name.startswith(start)]
    return {name.removeprefix(start): data[name] for name in own}


def tuned_label(found, k: int) -> str:
    """What a legend says about a tuned method: steps to the target, rate, and whether the best rate
    is at the edge of the grid."""
    name = str(found["methods"][k])
    steps = found["steps"][k]
    reached = f"{steps:.0f} steps" if np.isfinite(steps) else "not reached"
    rate = "" if "line search" in name else f", rate {found['lr'][k]:.2g}"
    return f"{METHODS[name].label}: {reached}{rate}{at_edge(found, k)}"


def at_edge(found, k: int) -> str:
    """What a legend adds where the best rate of method k is at the edge of its grid."""
    edge = found["edge"][k]
    return f" (grid edge: {edge})" if edge else ""


ARROW = "an arrow: the best rate is at that edge of its grid"
ARROWS = {"": "", "low": "\N{DOWNWARDS ARROW}", "high": "\N{UPWARDS ARROW}"}


def counts_label(parts, k: int, of: str = "steps", form: str = ".0f") -> str:
    """`of` for method k in several panels, "117 | 579", a dash where it is infinite; an arrow marks
    a best rate at the upper or lower edge of its grid."""
    counts = []
    for p in parts:
        value = p[of][k]
        count = f"{value:{form}}" if np.isfinite(value) else "\N{EN DASH}"
        counts.append(count + ARROWS[str(p["edge"][k])])

    name = str(parts[0]["methods"][k])
    return f"{METHODS[name].label}: " + " | ".join(counts)


def race(ax, found, label=tuned_label) -> None:
    """Loss against step of every method of a comparison, each at its best rate, up to the step
    where it reaches the target."""
    t = found["t"]
    for k, name in enumerate(found["methods"]):
        shown = t <= found["steps"][k]
        curve(ax, str(name), t[shown], found["loss"][k][shown], label(found, k))


def bands(ax, found, label) -> None:
    """Median and band over seeds against step: loss (M, 3, K) holds the lower quantile, the median
    and the upper one."""
    t = found["t"]
    for k, name in enumerate(found["methods"]):
        low, median, high = found["loss"][k]
        line = curve(ax, str(name), t, median, label(found, k))
        shade = {"color": line.get_color(), "alpha": 0.15, "linewidth": 0}
        ax.fill_between(t, low, high, **shade)


def sweep(ax, found) -> None:
    """Steps to the target against the learning rate, for the methods that have one; gaps where the
    target is not reached."""
    for k, name in enumerate(found["methods"]):
        if "line search" not in str(name):
            curve(ax, str(name), found["rates"][k], found["sweep"][k])

    ax.set_xscale("log")
    ax.set_yscale("log")

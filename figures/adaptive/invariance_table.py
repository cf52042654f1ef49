"""The table of invariances: measured deviation per optimizer and change of the objective.

Rows are optimizers, columns changes of the objective. A cell is the largest difference of two paths
of order 1, that on the objective and that on the changed one mapped back: 0 below ROUNDING, where a
number would be another one on another machine. Frames mark what a class declares, so that a frame
round a large number would be a fault. Methods of matrices have no column that they could be in.

The colour is a decimal logarithm from ROUNDING to 10, in a map that is ordered in grey, too; the
number in the cell says the same to a digit, since nobody reads a value off a colour. Words over the
columns say what was done to the objective. Cells that are dark without a frame are no fault: a
method may be invariant in this instance, and not declare it because other settings break it. A
bright cell with a frame would be one, and a test looks for it.
"""

import matplotlib
import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

from lab import style

READS = ("invariance_table",)
# paths are of order 1: what is below is rounding, and another number on another machine
ROUNDING = 1e-12
TEXT = {
    "scale": "loss\ntimes 7.3",
    "diagonal": "gradient\nrescaled",
    "permutation": "permuted",
    "sign": "signs\nflipped",
    "rotation": "rotated",
}


def draw(data):
    """One panel with a cell per optimizer and change; deviation (M, C), declared (M, C).

    M optimizers that act on vectors, C changes of the objective; matrices are the names of the
    others, which are only listed.
    """
    count = len(data["methods"])
    others = [str(name) for name in data["matrices"]]
    shown = data["deviation"]
    # inches: the words on top, and a line of small letters per row
    height = 0.9 + 0.155 * (count + len(others))
    figure, (ax,) = style.panels(1, 1, height, squeezed=False)
    colours = matplotlib.colormaps["cividis"]
    colours = colours.with_extremes(bad=colours(0))  # 0 has no logarithm
    cells = {"aspect": "auto", "interpolation": "nearest"}
    image = ax.imshow(shown, norm=LogNorm(ROUNDING, 1e1), cmap=colours, **cells)
    narrow = style.page().narrow
    place = {"location": "bottom"} if narrow else {"location": "right", "shrink": 0.5}
    bar = figure.colorbar(image, ax=ax, aspect=30, pad=0.02, **place)
    bar.set_label("largest difference of the two paths")
    bar.set_ticks([1e-12, 1e-8, 1e-4, 1])
    numbers(ax, shown, data["declared"])

    middle = (shown.shape[1] - 1) / 2
    for row in range(count, count + len(others)):
        style.note(ax, "acts on matrices", (middle, row), ha="center", va="center")
    changes = [TEXT.get(str(change), str(change)) for change in data["changes"]]
    ax.set_xticks(range(len(changes)), changes, rotation=90 if narrow else 0)
    named = [*(str(m) for m in data["methods"]), *others]
    ax.set_yticks(range(len(named)), named)
    ax.set_ylim(len(named) - 0.5, -0.5)
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set(xlabel="change of the objective", ylabel="optimizer")
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)

    style.titles((ax,), "what an optimizer does not see")
    return figure


def numbers(ax, shown, declared):
    """The number in every cell, and a frame where the class declares it 0."""
    for i, j in np.ndindex(shown.shape):
        value = shown[i, j]
        # about half-way on the logarithmic scale, where the map turns light
        colour = "white" if value < 1e-6 else "black"
        text = "0" if value < ROUNDING else f"{value:.0e}".replace("e-0", "e-")
        style.note(
            ax,
            text,
            (j, i),
            ha="center",
            va="center",
            color=colour,
        )
        if declared[i, j]:
            frame = {"fill": False, "edgecolor": "white", "linewidth": 0.8}
            ax.add_patch(Rectangle((j - 0.47, i - 0.42), 0.94, 0.84, **frame))


def caption(data) -> str:
    return f"""Two runs of {data["steps"]} steps from one start, on an objective and on the
    changed one, mapped back. Numbers: the largest difference of the two paths, 0 below 1e-12;
    dark is invariant up to rounding, bright is not, and a frame marks what the class declares;
    dark without a frame: it holds here, but not at all settings. Gradient rescaled: each
    coordinate by its own factor. Random probes (SophiaH, AdaHessian) do not move with the
    coordinates. Quadratics of {data["dims"]} coordinates, separable in the first two columns;
    eps, damping and coupled decay are 0. Our own experiment, derived, not a table of a paper."""

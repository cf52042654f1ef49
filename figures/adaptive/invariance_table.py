"""The table of invariances: measured deviation per optimizer and change of the objective."""

import matplotlib
import numpy as np
import style
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle

READS = ("invariance_table",)
# paths are of order 1: what is below is rounding, and another number on another machine
ROUNDING = 1e-12
TEXT = {
    "scale": "loss times 7.3",
    "diagonal": "gradient of each\ncoordinate rescaled",
    "permutation": "coordinates\npermuted",
    "sign": "signs\nflipped",
    "rotation": "rotated",
}


def draw(data):
    count = len(data["methods"])
    shown = data["deviation"]
    figure, (ax,) = style.panels(1, 1, 2.9 + 0.19 * count)
    colours = matplotlib.colormaps["cividis"]
    colours = colours.with_extremes(bad=colours(0))  # 0 has no logarithm
    cells = {"aspect": "auto", "interpolation": "nearest"}
    ax.imshow(shown, norm=LogNorm(ROUNDING, 1e1), cmap=colours, **cells)
    for i, j in np.ndindex(shown.shape):
        value = shown[i, j]
        colour = "white" if value < 1e-6 else "black"
        text = "0" if value < ROUNDING else f"{value:.0e}"
        ax.text(j, i, text, ha="center", va="center", fontsize=7.5, color=colour)
        if data["declared"][i, j]:
            frame = {"fill": False, "edgecolor": "white", "linewidth": 0.8}
            ax.add_patch(Rectangle((j - 0.47, i - 0.42), 0.94, 0.84, **frame))

    changes = [TEXT.get(str(change), str(change)) for change in data["changes"]]
    ax.set_xticks(range(len(changes)), changes)
    ax.set_yticks(range(count), [str(m) for m in data["methods"]])
    ax.tick_params(length=0, top=True, labeltop=True, bottom=False, labelbottom=False)
    ax.set(xlabel="change of the objective", ylabel="optimizer")
    ax.grid(False)
    for side in ax.spines.values():
        side.set_visible(False)

    style.titles((ax,), "what an optimizer does not see")
    style.foot(
        figure,
        """Two runs of 12 steps from one start, on an objective and on the changed one, mapped back.
        Numbers: the largest difference of the two paths, 0 below 1e-12; dark is invariant up to
        rounding, bright is not, and a frame marks what the class declares; dark without a frame: it
        holds here, but not at all settings. Random probes (SophiaH, AdaHessian) do not move with
        the coordinates. Quadratics of six coordinates, separable in the first two columns; eps,
        damping and coupled decay are 0. A coordinatewise adaptive method sees neither the scale of
        the loss nor that of a single coordinate's gradient, but it sees a rotation; a Euclidean
        method the reverse. Stand-in: derived, not a table of a paper.""",
    )
    return figure

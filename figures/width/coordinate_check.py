"""How far features move against the width, and the slopes of every method beside the derived.

(a, b) RMS change of the hidden pre-activations after training against the width M, in SP and in
muP, for the methods of the paper. (c, d) The slope in M of what each layer's own first step does,
all methods, black marks the derived exponents: in muP all at 0. (e, f) The slope of the whole
change after some steps, dashed 0. Left SP, right muP; a row per method.

(a, b) are logarithmic in both axes and share their range: level in (b) and not in (a) is what muP
promises. Thin lines are single starts. (c) to (f) are linear in slopes of a fit over widths, dots
for the three layers; black marks are derived and belong to the first step alone, before layers act
on each other. An interval is not drawn: the summary says which slopes are undecided. A dot away
from its mark in (c, d) by more than a tenth is counted as not as derived; dots away from 0 in (f)
say that a method does not move alike in five steps.
"""

import numpy as np
from _axes import named

from lab import style

READS = ("coordinate_check",)
# those of the paper, and what they are called in figures
SHOWN = {"SGD": "SGD", "Adam": "Adam", "Shampoo": "Shampoo", "KFAC": "K-FAC"}
HIDDEN = 1
LAYERS = ("input", "hidden", "output")


def draw(data):
    """middle (2, M, 3, W) and changed (2, M, 3, W, S) against widths; slope, derived, total by
    method.

    2 parameterizations, M methods, 3 layers, W widths, S starts. middle is over starts; slope,
    derived and total are exponents of the width.
    """
    figure, axes = style.panels(
        3,
        2,
        3.1,
        narrow=2,
        squeezed=False,
    )
    grid = axes[0].get_subplotspec().get_gridspec()
    # rows of methods need the height, curves do not
    grid.set_height_ratios([0.55, 1.0, 1.0])
    for p in range(2):
        moved(axes[p], data, p)
        slopes(axes[2 + p], data, data["slope"][p], data["derived"][p])
        slopes(axes[4 + p], data, data["total"][p], None)
    top = max(ax.get_ylim()[1] for ax in axes[:2])
    bottom = min(ax.get_ylim()[0] for ax in axes[:2])
    for ax in axes[:2]:
        ax.set_ylim(bottom, top)

    after = f"{data['steps']} steps"
    style.titles(axes, "SP", "muP", "SP, step 1", "muP, step 1", f"SP, {after}", f"muP, {after}")
    # names once, at the left of each row
    for ax in axes[3::2]:
        ax.set_yticks(data["place"], [""] * len(data["place"]))
        ax.set_ylabel(" ")
    style.legend(figure, axes[0], title="(a) and (b)")
    style.legend(figure, axes[2], title="(c) to (f)")
    return figure


def moved(ax, data, p):
    """The hidden layer's change of the four methods of the paper."""
    names = [str(name) for name in data["methods"]]
    for name, label in SHOWN.items():
        m = names.index(name)
        line = style.curve(ax, label, data["widths"], data["middle"][p, m, HIDDEN])
        style.runs(ax, data["widths"], data["changed"][p, m, HIDDEN], line)
    ax.set(
        yscale="log",
        xlabel="width M",
        ylabel="RMS change of $u_2$",
    )
    named(ax, data["widths"])


def slopes(ax, data, found, derived):
    """One row per method."""
    for k, layer in enumerate(LAYERS):
        if derived is not None:
            line = style.strokes(ax, derived[:, k], data["place"], "_theory" if k else "theory")
            # behind the dots, which stand on them
            line.set_zorder(1)
        style.dots(ax, k, found[:, k], data["place"], layer)
    if derived is None:
        style.threshold(ax, 0.0)
    rows = len(data["place"])
    ax.set(
        xlabel="slope in M",
        ylabel="method",
        ylim=(rows - 0.5, -0.5),
    )
    ax.set_yticks(data["place"], [str(name) for name in data["methods"]])
    reach = 1.15 * max(1.0, np.abs(found[:, : len(LAYERS)]).max())
    ax.set_xlim(-reach, reach)


def caption(data) -> str:
    widths = data["widths"]
    loose = (
        " SOAP's moves depend on last digits, to which its basis of a null space is left."
        if "SOAP" in data["methods"]
        else ""
    )
    return f"""Coordinate check of two hidden layers of tanh on {data["examples"]} digits,
    widths {widths[0]} to {widths[-1]}; SP and muP are one network at {widths[0]}. (a, b) Change
    of the hidden layer's pre-activations after {data["steps"]} steps; thick: median, thin: the
    {data["changed"].shape[-1]} starts. (c, d) Slopes of what each layer's own first step does
    to its features; black marks: derived exponents. (e, f) Slopes of the whole change of
    pre-activations after {data["steps"]} steps; dashed: 0, alike at every width.{loose} Our
    own experiment, in place of Fig. 1 of Ishikawa & Karakida (2024), which has larger networks
    on CIFAR-10."""

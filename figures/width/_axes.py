"""Axes of figures about the width: a part of other figures."""

import numpy as np


def named(ax, values):
    """A logarithmic x axis with a tick at every value and nowhere else."""
    ax.set_xscale("log")
    ax.minorticks_off()
    ax.set_xticks(values, [f"{x:g}" for x in values])


def few(ax):
    """A logarithmic y axis with round numbers where a decade has no second power of ten."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    decades = 10.0 ** np.arange(-20, 21)
    if ((low <= decades) & (decades <= high)).sum() > 1:
        return
    inside = [t for d in decades for t in (d, 2 * d, 5 * d) if low <= t <= high]
    ax.minorticks_off()
    ax.set_yticks(inside, [f"{t:.3g}" for t in inside])

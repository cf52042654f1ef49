"""Axes of figures about the width: a part of other figures."""


def named(ax, values):
    """A logarithmic x axis with a tick at every value and nowhere else."""
    ax.set_xscale("log")
    # widths and times are few, and were chosen: no others exist between them
    ax.minorticks_off()
    ax.set_xticks(values, [f"{x:g}" for x in values])

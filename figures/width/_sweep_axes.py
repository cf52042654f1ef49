"""Axes of figures on widths: as they are, and no more room than the values need."""

import numpy as np


def widths(ax, x, label: str, y) -> None:
    """Widths x below, y beside them, both logarithmic; label: what y is. Of more than three widths
    every other one is named, the last one always."""
    ax.set(xscale="log", xlabel="width")
    step = 2 if len(x) > 3 else 1
    named = list(x[::-1][::step])
    ax.set_xticks(named, [str(width) for width in named])
    ax.minorticks_off()
    over(ax, label, y)


def rates(ax, label: str) -> None:
    """Values of a hyper-parameter below."""
    ax.set(xscale="log", xlabel=label)


def over(ax, label: str, y) -> None:
    """A logarithmic axis over the range of y."""
    # a diverged run is inf, and has no place on an axis
    finite = np.asarray(y)[np.isfinite(y)]
    low = finite.min() / 1.15
    high = finite.max() * 1.15
    ax.set(
        yscale="log",
        ylabel=label,
        ylim=(low, high),
    )

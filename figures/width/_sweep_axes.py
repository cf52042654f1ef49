"""Axes of figures on widths: powers of two and few numbers, which a narrow panel has room for."""

import numpy as np

# of every decade: where y spans less than these factors
NUMBERS = {4.0: (1, 1.5, 2, 3, 4, 5, 7), 300.0: (1, 2, 5), np.inf: (1,)}


def widths(ax, x, label: str, y) -> None:
    """Widths x below, y beside them, both logarithmic; label: what y is. Of more than three widths
    every other one is named, the last one always."""
    ax.set(xscale="log", xlabel="width")
    step = 2 if len(x) > 3 else 1
    named = list(x[::-1][::step])
    ax.set_xticks(named, [str(width) for width in named])
    ax.minorticks_off()
    few(ax, label, y)


def rates(ax, label: str) -> None:
    """Values of a hyper-parameter below, as powers of two."""
    ax.set_xscale("log", base=2)
    ax.set_xlabel(label)


def few(ax, label: str, y) -> None:
    """A logarithmic axis over the range of y, with few round numbers."""
    finite = np.asarray(y)[np.isfinite(y)]
    low = finite.min() / 1.15
    high = finite.max() * 1.15
    ax.set(yscale="log", ylabel=label, ylim=(low, high))
    decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)))
    some = next(numbers for factor, numbers in NUMBERS.items() if high <= factor * low)
    ticks = np.outer(10.0**decades, some).ravel()
    shown = [tick for tick in ticks if low <= tick <= high]
    ax.set_yticks(shown, [f"{tick:g}" for tick in shown])
    ax.yaxis.minorticks_off()

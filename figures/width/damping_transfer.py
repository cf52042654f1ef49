"""Best dampings of K-FAC against the width: shares of the traces stay, the heuristic's do not.

(a-d) Loss after training against the damping, a curve per width, one panel per parameterization and
kind of damping: minima above each other are a damping that transfers. (e) The best damping against
the width, beside the derived slopes 0 and 1. (f) Its loss.

Losses are logarithmic and in one range in (a) to (d), so that minima may be compared in height as
well as in place; dampings are logarithmic. Thin lines are runs, and the best damping of (e) is the
least of a parabola through the medians, which is why it lies between grid points; at few runs it is
rough, and its slope has the error that the caption gives. Theory in (e) starts from the best
damping of the least width, so that only its slope is tested. No theory is drawn for muP with the
heuristic, as none is derived: there it depends on how B is estimated.
"""

import numpy as np
from _sweep_axes import over, widths

from lab import style

READS = ("damping_transfer",)


def draw(data):
    """median (C, W, L) and loss (C, W, L, S) against dampings; best and best_loss (C, W).

    C cases, W widths, L dampings, S runs. dampings are shares of the trace, or heuristic ones;
    derived is a truth value per case.
    """
    figure, axes = style.panels(2, 3, 2.4, narrow=2)
    for k, ax in enumerate(axes[:4]):
        sweep(ax, data, k)
    best, losses = axes[4:]
    optima(best, losses, data)
    titles = [str(name) for name in data["cases"]]
    style.titles(axes, *titles, "best damping", "best loss")
    style.legend(figure, axes[0], title="(a) to (d)")
    style.legend(
        figure,
        best,
        columns=3,
        title="(e) and (f)",
    )
    return figure


def sweep(ax, data, k):
    """Loss after training against the damping, a curve per width, of case k."""
    dampings = data["dampings"]
    for w, width in enumerate(data["widths"]):
        median = data["median"][k, w]
        line = style.measured(ax, w, dampings, median, f"width {width}")
        style.runs(ax, dampings, data["loss"][k, w], line)
    ax.set(
        xscale="log",
        xlabel="damping",
    )
    # the same range in all four
    over(ax, "loss", data["median"])


def optima(best, losses, data):
    """Best damping and its loss against the width, of every case; theory where it is derived."""
    x = data["widths"]
    for k, name in enumerate(data["cases"]):
        style.measured(best, k, x, data["best"][k], str(name))
        label = "_theory" if k else "theory: slopes 0, 1"
        # between known powers none is derived, and none is drawn
        if data["derived"][k]:
            style.theory(best, x, data["theory"][k], label)
        style.measured(losses, k, x, data["best_loss"][k], str(name))

    derived = data["theory"][data["derived"]]
    both = np.concatenate([data["best"], derived])
    widths(best, x, "best damping", both)
    widths(losses, x, "loss at the best damping", data["best_loss"])


def caption(data) -> str:
    return f"""Our own experiment, in place of Fig. 7 of Ishikawa & Karakida (2024), which trains a
    CNN on all of FashionMNIST. K-FAC on {data["rows"]} digits in ten classes, half squares, two
    hidden layers of tanh without biases, {data["steps"]} steps of batch {data["batch"]} at a rate
    of {data["lr"]:g}: (a)-(d) loss after training, medians and thin lines for the
    {data["loss"].shape[-1]} runs; the damping is a share of the traces, or that of the heuristic;
    both parameterizations are one network at width {data["base"]}. (e), (f) Optimum of a parabola.
    Theory starts from the best damping of the least width; for muP with the heuristic there is
    none."""

"""Best dampings of K-FAC against the width: only SP with the heuristic has to follow it."""

import numpy as np
from _sweep_axes import over, widths

from lab import style

READS = ("damping_transfer",)


def draw(data):
    figure, axes = style.panels(2, 3, 2.4, narrow=2)
    for k, ax in enumerate(axes[:4]):
        for w, width in enumerate(data["widths"]):
            line = style.measured(ax, w, data["dampings"], data["median"][k, w], f"width {width}")
            style.runs(ax, data["dampings"], data["loss"][k, w], line)
        ax.set(xscale="log", xlabel="damping")
        over(ax, "loss", data["median"])
    best, losses = axes[4:]
    for k, name in enumerate(data["cases"]):
        style.measured(best, k, data["widths"], data["best"][k], str(name))
        label = "_theory" if k else "theory: slopes 0, 1"
        if data["derived"][k]:
            style.theory(best, data["widths"], data["theory"][k], label)
        style.measured(losses, k, data["widths"], data["best_loss"][k], str(name))
    both = np.concatenate([data["best"], data["theory"][data["derived"]]])
    widths(best, data["widths"], "best damping", both)
    widths(losses, data["widths"], "loss at the best damping", data["best_loss"])
    titles = [str(name) for name in data["cases"]]
    style.titles(axes, *titles, "best damping", "best loss")
    style.legend(figure, axes[0], title="(a) to (d)")
    style.legend(figure, best, columns=3, title="(e) and (f)")
    return figure


def caption(data) -> str:
    return f"""Our own experiment, in place of Fig. 7 of Ishikawa & Karakida (2024), which trains a
    CNN on all of FashionMNIST. K-FAC on {data["rows"]} digits in ten classes, half squares, two
    hidden layers of tanh without biases, {data["steps"]} steps of batch {data["batch"]} at a rate
    of {data["lr"]:g}: (a)-(d) loss after training, medians and thin lines for the
    {data["loss"].shape[-1]} runs; the damping is a share of the traces, or that of the heuristic;
    both parameterizations are one network at width {data["base"]}. (e), (f) Optimum of a parabola.
    Theory starts from the best damping of the least width; for muP with the heuristic there is
    none."""

"""K-FAC with a very large damping is gradient descent; its damping decides with which rates.

(a) Sine of the angle to the gradient against damping over trace at the widest network: it falls
like 1 / damping. (b, c) The rate of each layer that gradient descent then has, against the width,
with trace damping, in muP and SP, beside 1 / (tr A tr B). (d) With the heuristic damping all layers
have one rate, whatever the width.
"""

import numpy as np
from _sweep_axes import widths

from lab import style

READS = ("over_damped",)


def draw(data):
    """sine (3, W, D) against dampings; rate, theory (2, 3, W), heuristic_rate against widths."""
    figure, axes = style.panels(
        2,
        2,
        2.4,
        narrow=2,
    )
    angle, maximal, standard, heuristic = axes
    for k, place in enumerate(data["places"]):
        widest = data["sine"][k, -1]
        style.measured(angle, k, data["dampings"], widest, str(place))
    style.theory(angle, data["dampings"], data["sine_theory"], "_theory")
    angle.set(
        xscale="log",
        yscale="log",
        xlabel="damping / trace",
        ylabel="sine to the gradient",
    )
    angle.set_ylim(top=3)
    for p, ax in enumerate((maximal, standard)):
        by_trace(ax, data, p)
    by_heuristic(heuristic, data)
    style.titles(axes, "trace, muP", "trace, muP", "trace, SP", "heuristic, muP")
    style.legend(figure, maximal)
    return figure


def by_trace(ax, data, p):
    """The rate of each layer with trace damping, in muP (p = 0) or SP, over its derived power."""
    x = data["widths"]
    for k, place in enumerate(data["places"]):
        style.measured(ax, k, x, data["rate"][p, k], str(place))
        label = "_theory" if k else "theory"
        style.theory(ax, x, data["theory"][p, k], label)

    both = np.concatenate([data["rate"][p], data["theory"][p]])
    widths(ax, x, "rate of the layer", both)


def by_heuristic(ax, data):
    """The rate of each layer with the heuristic damping in muP, which theory has at 1."""
    x = data["widths"]
    for k, place in enumerate(data["places"]):
        rate = data["heuristic_rate"][0, k]
        style.dots(ax, k, x, rate, str(place))
    style.theory(ax, x, data["one"], "theory")
    # a factor of two about 1: deviations are seen against something
    room = np.array([0.5, 2.0])
    widths(ax, x, "rate of the layer", room)


def caption(data) -> str:
    return f"""One step of K-FAC on {data["examples"]} digits, even against odd, full batch, half
    squares, f_0 subtracted, two hidden layers of tanh without biases, {data["seeds"]} starts. (a)
    Sine of the angle between step and gradient at width {data["widths"][-1]}; theory: 1 / damping.
    (b), (c) rho^2 |step| / |gradient| at {data["dampings"][-1]:g} times the traces; theory: 1 / (tr
    A tr B). (d) rho |step| / |gradient| with the heuristic damping; theory: 1. Our own experiment,
    on the dampings of Ishikawa & Karakida (2024)."""

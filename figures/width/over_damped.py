"""K-FAC with a very large damping is gradient descent; its damping decides with which rates.

(a) Sine of the angle to the gradient against damping over trace at the widest network: it falls
like 1 / damping. (b, c) The rate of each layer that gradient descent then has, against the width,
with trace damping, in muP and SP, beside 1 / (tr A tr B). (d) With the heuristic damping all layers
have one rate, whatever the width.

All axes are logarithmic. (a) The sine and not the cosine, as the cosine is 1 to many digits: its
slope -1 is the dashed line, which starts from the largest of them. In (b, c) the rate of a layer is
rho^2 |step| / |gradient| and dashed 1 / (tr A tr B) with its constant, so that height counts, too;
in (d) it is rho |step| / |gradient|, and 1. (d) spans a factor of two about 1, to show deviations
against something. A layer whose markers leave its dashed line as the width grows would refute that
K-FAC then has that rate.
"""

import numpy as np
from _sweep_axes import widths

from lab import style

READS = ("over_damped",)


def draw(data):
    """sine (3, W, D) against dampings; rate, theory (2, 3, W), heuristic_rate against widths.

    3 layers, W widths, D dampings; 2 parameterizations. sine is a root mean square over starts,
    rate has the unit of 1 / curvature.
    """
    figure, axes = style.panels(
        2,
        2,
        2.4,
        narrow=2,
    )
    angle, maximal, standard, heuristic = axes
    for k, place in enumerate(data["places"]):
        # one width, as the angle is about the damping
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

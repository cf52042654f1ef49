"""K-FAC with a very large damping is gradient descent; its damping decides with which rates."""

import numpy as np
from _sweep_axes import over, widths

from lab import style

READS = ("over_damped",)


def draw(data):
    figure, axes = style.panels(2, 2, 2.4, narrow=2)
    angle, maximal, standard, heuristic = axes
    for k, place in enumerate(data["places"]):
        # the widest network
        style.measured(angle, k, data["dampings"], data["sine"][k, -1], str(place))
    style.theory(angle, data["dampings"], data["sine_theory"], "_theory")
    angle.set(xscale="log", yscale="log", xlabel="damping / trace", ylabel="sine to the gradient")
    angle.set_ylim(top=3)
    for p, ax in enumerate((maximal, standard)):
        for k, place in enumerate(data["places"]):
            style.measured(ax, k, data["widths"], data["rate"][p, k], str(place))
            label = "_theory" if k else "theory"
            style.theory(ax, data["widths"], data["theory"][p, k], label)
        both = np.concatenate([data["rate"][p], data["theory"][p]])
        widths(ax, data["widths"], "rate of the layer", both)
    for k, place in enumerate(data["places"]):
        style.dots(heuristic, k, data["widths"], data["heuristic_rate"][0, k], str(place))
    style.theory(heuristic, data["widths"], data["one"], "theory")
    widths(heuristic, data["widths"], "rate of the layer", np.array([0.5, 2.0]))
    over(heuristic, "rate of the layer", np.array([0.5, 2.0]))
    style.titles(axes, "trace, muP", "trace, muP", "trace, SP", "heuristic, muP")
    style.legend(figure, maximal)
    return figure


def caption(data) -> str:
    return f"""One step of K-FAC on {data["examples"]} digits, even against odd, full batch, half
    squares, f_0 subtracted, two hidden layers of tanh without biases, {data["seeds"]} starts. (a)
    Sine of the angle between step and gradient at width {data["widths"][-1]}; theory: 1 / damping.
    (b), (c) rho^2 |step| / |gradient| at {data["dampings"][-1]:g} times the traces; theory: 1 / (tr
    A tr B). (d) rho |step| / |gradient| with the heuristic damping; theory: 1. Our own experiment,
    on the dampings of Ishikawa & Karakida (2024)."""

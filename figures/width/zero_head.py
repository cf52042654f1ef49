"""From a head of zeros: the kick of the second step, the residual law, and what has moved.

(a) RMS(dW_2 h_1) of the second step against the rate, a power by method: level for K-FAC with a
damping that follows. (b) The same of a first step against the size of the residuals. (c) Relative
change of the hidden features when the loss has fallen, against the rate: dotted and hollow from a
head of zeros, filled from muP's start.

All axes are logarithmic, so that a power of eta or of the residuals is a slope. Dashed lines go
through the first marker of their method with the derived power: only slopes are tested. In (a) a
method that is level is kicked by the second step however small the rate. Markers that leave their
line on the right are large rates, at which the power is not derived. (c) has medians thick and
starts thin: hollow above filled means that a head of zeros moved the features more. The trap would
be features that hardly move at the lowest rates.
"""

import numpy as np
from _axes import named

from lab import style

READS = ("zero_head",)


def draw(data):
    """kick_middle (6, E), residual_middle (5, K), trained_middle (3, 2, R) and their runs.

    6 methods, E rates; 5 methods, K sizes of residuals; 3 dampings, 2 starts, R rates. All are
    medians over starts of RMS values.
    """
    figure, axes = style.panels(1, 3, 2.9)
    kick, residual, trained = axes
    lines(kick, data["etas"], data, "kick")
    lines(residual, data["sizes"], data, "residual")
    kick.set(xlabel="learning rate $\\eta$", ylabel="RMS($dW_2 h_1$) of step 2")
    residual.set(xlabel="size of the residuals", ylabel="RMS($dW_2 h_1$) of step 1")
    named(residual, data["sizes"])

    looks = style.looks(data["kick_methods"])
    for m, name in enumerate(data["trained_methods"]):
        look = looks[str(name)]
        for j, start in enumerate(data["starts"]):
            middle = data["trained_middle"][m, j]
            label = look.label if j else f"_{start}"
            line = style.drawn(trained, look, data["rates"], middle, label)
            line.set(
                fillstyle="full" if j else "none",
                linestyle="-" if j else ":",
            )
            style.runs(trained, data["rates"], data["trained"][m, j], line)
    trained.set(
        xlabel="learning rate $\\eta$",
        ylabel="relative change of $u_2$",
        yscale="log",
    )
    named(trained, data["rates"])
    percent = f"{100 * data['share']:g} %"
    style.titles(axes, "kick", "residual law", f"features at {percent} of the loss")
    style.legend(figure, kick, title="(a) and (c)")
    style.legend(figure, residual, title="(b)")
    return figure


def lines(ax, x, data, name):
    """Measured sizes of every method beside the derived power through the first of them."""
    # one entry of the legend for all theory, and the last one
    last = len(data[f"{name}_methods"]) - 1
    for k, look in enumerate(style.looks(data[f"{name}_methods"]).values()):
        dots = style.drawn(ax, look, x, data[f"{name}_middle"][k])
        dots.set(linestyle="none", zorder=4)
        style.theory(ax, x, data[f"{name}_guide"][k], "theory" if k == last else "_theory")
    ax.set(
        xscale="log",
        yscale="log",
    )
    ax.minorticks_off()
    values = np.array([data[f"{name}_middle"], data[f"{name}_guide"]])
    shown = values[np.isfinite(values) & (values > 0)]
    ax.set_ylim(shown.min() / 3, 3 * shown.max())


def caption(data) -> str:
    return f"""Two hidden layers, width {data["width"]}, {data["examples"]} digits, full batch;
    medians of {data["kick"].shape[-1]} starts. (a) From a head of zeros, the second step of the
    hidden layer: a power of the rate. (b) From muP's start, one step with residuals of another
    size. Dashed: the derived powers through the first points. (c) Thick: median, thin: the runs;
    change of the hidden pre-activations over their own size when the loss has fallen, or at the
    end; hollow and dotted from a head of zeros, filled from muP; features that are thrown far
    depend on last digits, which differ between machines. Heuristic: Martens & Grosse 2015; printed:
    as Ishikawa & Karakida 2024 print it; floor: a fixed damping. Our own experiment, derived, on
    their section 4.3."""

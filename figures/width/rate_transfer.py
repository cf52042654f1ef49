"""Best learning rates of K-FAC against the width, and what they do and do not say.

(a-d) Loss after training against the rate, a curve per width, one panel per parameterization and
kind of damping. (e) The best rate against the width, SGD's beside its derived slope, and (f) its
loss. (g) How far features move at a fixed rate, beside trace damping's slopes -1/2 and 0. (h) The
largest stable rate of the linearised network, which (e) may follow whatever (g) says.

Losses and rates are logarithmic. (a) to (d) share their ranges: minima above each other are a rate
that transfers, and a curve below another is a wider network that does better. Optima in (e) and (f)
are of a parabola through medians of few runs. Dashed in (e) is SGD's derived slope and in (g) those
of trace damping, both from the least width on, so that slopes alone are tested. (h) needs no
training. Curves in (e) that are level where (g) falls are the point: that a rate transfers does not
say that features are learned.
"""

import numpy as np
from _sweep_axes import over, rates, widths

from lab import style

READS = ("rate_transfer",)


def draw(data):
    """median (C, W, L) against rates; best, best_loss (C, W), moved and critical against widths.

    C cases of K-FAC, W widths, L rates, S runs. moved is an RMS of pre-activations at one rate,
    critical a rate of the linearised network.
    """
    figure, axes = style.panels(2, 4, 2.4, narrow=2)
    sweeps, others = axes[:4], axes[4:]
    for k, ax in enumerate(sweeps):
        for w, width in enumerate(data["widths"]):
            line = style.measured(ax, w, data["rates"], data["median"][k, w], f"width {width}")
            style.runs(ax, data["rates"], data["loss"][k, w], line)
        rates(ax, "learning rate")
        over(ax, "loss", data["median"])
    best(others[0], data)
    losses(others[1], data)
    features(others[2], data)
    for k, name in enumerate(data["cases"]):
        style.measured(others[3], k, data["critical_widths"], data["critical"][k], str(name))
    widths(others[3], data["critical_widths"], "largest stable rate", data["critical"])
    titles = [str(name) for name in data["cases"]]
    style.titles(axes, *titles, "best rate", "best loss", "features", "linearised")
    style.legend(
        figure,
        sweeps[0],
        title="(a) to (d)",
    )
    style.legend(
        figure,
        others[0],
        columns=3,
        title="(e) to (h)",
    )
    return figure


def best(ax, data):
    """Of every method; theory where it is derived and not flat: SGD's, from the least width on."""
    for k, name in enumerate(data["cases"]):
        style.measured(ax, k, data["widths"], data["best"][k], str(name))
    for k, name in enumerate(data["sgd_cases"]):
        style.measured(
            ax,
            4 + k,
            data["widths"],
            data["sgd_best"][k],
            str(name),
        )
        label = "_theory" if k else "theory"
        style.theory(ax, data["widths"], data["sgd_theory"][k], label)
    # SGD's rates fall out of the range of K-FAC's
    both = np.concatenate([data["best"], data["sgd_best"]])
    widths(ax, data["widths"], "best learning rate", both)


def losses(ax, data):
    """At the best rate of every width."""
    for k, name in enumerate(data["cases"]):
        style.measured(ax, k, data["widths"], data["best_loss"][k], str(name))
    for k, name in enumerate(data["sgd_cases"]):
        style.measured(
            ax,
            4 + k,
            data["widths"],
            data["sgd_best_loss"][k],
            str(name),
        )
    both = np.concatenate([data["best_loss"], data["sgd_best_loss"]])
    widths(ax, data["widths"], "loss at the best rate", both)


def features(ax, data):
    """The move of the hidden layer, and theory of trace damping.

    Means of the starts thick, single starts thin, at one rate that serves all widths.
    """
    for k, name in enumerate(data["cases"]):
        line = style.measured(
            ax,
            k,
            data["feature_widths"],
            data["moved"][k],
            str(name),
        )
        style.runs(ax, data["feature_widths"], data["moved_runs"][k], line)
    for theory in data["moved_theory"]:
        style.theory(ax, data["feature_widths"], theory, "_theory")
    widths(ax, data["feature_widths"], "RMS change of hidden layer", data["moved_runs"])


def caption(data) -> str:
    return f"""Our own experiment, in place of Fig. 6 of Ishikawa & Karakida (2024), which trains an
    MLP, a CNN and a ResNet on 1024 samples. (a)-(d) K-FAC on {data["rows"]} digits in ten classes,
    half squares, two hidden layers of tanh without biases, {data["steps"]} steps of batch
    {data["batch"]}: loss after training, medians and thin lines for the {data["loss"].shape[-1]}
    runs; damping 1e-2 of the trace, or the heuristic at 1e-3; both parameterizations are one
    network at width {data["base"]}. A run that ends above ten times the loss of the start is not
    drawn. (e), (f) Optimum of a parabola, also of SGD. (g) RMS change of the second layer's
    pre-activations by {data["feature_steps"]} steps of the full batch at a rate of 0.02, on
    {data["examples"]} digits, even against odd, f_0 subtracted: mean of 4 starts, and thin lines
    for each. (h) Largest stable rate of linearised K-FAC on {data["critical_examples"]} digits.
    Theory: in (e) of SGD, slopes -1 and 0, in (g) of trace damping, slopes -1/2 and 0, from the
    least width on."""

"""Batch gradients against single examples as TNT's samples: size, noise, training.

All against the batch size B. (a) B times the trace of the batch gradient's second moment over that
of single examples, beside 1 + (B - 1) |mean|^2 / trace. (b) The relative error of an estimate from
one batch. (c) Last loss with fixed and with rescaled rate and damping.

All axes are logarithmic in the batch size, and so are the vertical ones: (a) is a ratio whose
theory grows with B for true labels, and is 1 for labels that the model draws; (b) a relative error,
which falls like B^(-1/2) if a batch has B samples' worth of information, and is level if it has
one's; (c) a loss, cut at three times that of the start. Thin lines in (c) are runs. A level curve
for the examples in (b), or a falling one for the batch gradient, would refute that single examples
are the better samples.
"""

from lab import style

READS = ("batch_mean_scaling",)


def draw(data):
    """ratio, expected (2, N), noise (samples, N), final (forms, N), loss (forms, N, S) against
    sizes.

    N batch sizes, S runs; first is the loss before training. ratio and expected have a row per kind
    of labels, and expected is 1 at batches of one.
    """
    figure, (left, middle, right) = style.panels(1, 3, 3.0)
    x = data["sizes"]
    for k, kind in enumerate(data["kinds"]):
        style.dots(left, k, x, data["ratio"][k], str(kind))
        style.theory(left, x, data["expected"][k], "_theory" if k else "theory")
    for k, name in enumerate(data["samples"]):
        # other looks than in the panel before: kinds of samples are not kinds of labels
        style.measured(middle, k + 2, x, data["noise"][k], str(name))
    for k, name in enumerate(data["forms"]):
        line = style.measured(right, k, x, data["final"][k], str(name))
        style.runs(right, x, data["loss"][k], line)
    left.set(ylabel="B trace / trace of one example")
    middle.set(ylabel="relative error of an estimate")
    # a run that does nothing keeps the loss of the start
    right.set(
        ylabel="last loss",
        ylim=(data["final"].min() / 2, 3 * data["first"]),
    )
    for ax in (left, middle, right):
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="batch size B",
        )
        style.inside(ax)
    style.titles((left, middle, right), "size", "noise", "training")
    return figure


def caption(data) -> str:
    return f"""Second moments of TNT in the first layer of a small network: from the batch
    gradient, times B, against that of single examples. (a) Theory: 1 + (B - 1) $|$mean
    gradient$|^2$ over the trace, which is 1 for labels of the model. (b) Of one batch; the average
    over steps makes both smaller. (c) Thick: median, thin: the {data["loss"].shape[-1]} runs.
    Fixed: rate and damping fit batches of {data["usual"]}; scaled: rate / B, damping / B for
    biases and / $\\sqrt{{B}}$ for weights, which is the same step as without the factor 1 / B. Our
    own experiment."""

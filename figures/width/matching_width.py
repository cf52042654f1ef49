"""Accuracy in muP minus accuracy in SP, against the width, for two matching widths.

(a) Test accuracy in SP. The others: the gain of muP in points, paired run by run, where both are
one network at the dotted width, and the gain is 0 there. Mean thick, runs thin.

(a) is in percent, linear; (b) and on are points of percent. Runs are paired: both parameterizations
have one start and one order of batches, so that what they share cancels. At the dotted vertical
line both are one network and every run is at 0 exactly, which is a check. A thick line inside its
bundle of runs on both sides of 0 shows nothing.
"""

from _axes import named

from lab import style

READS = ("matching_width",)


def draw(data):
    """standard (F, W, S) and gain (F, B, W, S) with their means, against widths.

    F methods, W widths, S runs, B matching widths. standard is in percent, and gain in points of
    it, run by run.
    """
    bases = data["bases"]
    figure, axes = style.panels(1, 1 + len(bases), 2.8)
    standard, *gains = axes
    widths = data["widths"]
    for k, look in enumerate(style.looks(data["methods"]).values()):
        line = style.drawn(standard, look, widths, data["standard_mean"][k])
        style.runs(standard, widths, data["standard"][k], line)
        for b, ax in enumerate(gains):
            line = style.drawn(ax, look, widths, data["mean"][k, b])
            style.runs(ax, widths, data["gain"][k, b], line)
    for ax, base in zip(gains, bases, strict=True):
        style.place(ax, base)
        # above it muP is better at this width
        style.level(ax, 0.0, "")
        ax.set_ylabel("muP minus SP, points")
    standard.set_ylabel("test accuracy in SP, %")
    for ax in axes:
        ax.set_xlabel("width M")
        named(ax, widths)
    style.titles(axes, "SP", *(f"muP matched at {base}" for base in bases))
    style.legend(
        figure,
        standard,
        columns=2,
    )
    return figure


def caption(data) -> str:
    return f"""Test accuracy on digits after {data["steps"]} mini-batches of {data["batch"]}, two
    hidden layers of tanh, at a small rate that is fixed for all widths. (a) In SP. Other panels:
    accuracy in muP minus that in SP, paired; dotted: the width at which both are the same network
    with the same rates. Thick: mean, thin: the {data["gain"].shape[-1]} runs. Heuristic: the
    damping of Martens & Grosse 2015; trace: a share of the traces. Our own experiment, in place of
    Table 3 of Ishikawa & Karakida (2024), which has convolutional networks, matched at one
    width."""

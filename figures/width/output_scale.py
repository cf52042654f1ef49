"""Training and test accuracy, and how far features move, against the scale of the head.

All against b_L, head entries of order M^-b_L: (a) training accuracy and (b) test accuracy with
large batches, (c) test accuracy with small ones, (d) relative change of the hidden features: large
b_L learns features, small b_L is the kernel.

Across are sizes of the head as exponents, then a head of zeros, which has no exponent and a place
at the end. (a) to (c) are percent, linear, with ranges of their own; (d) is logarithmic. In (a) the
widths of lines differ, as methods that learn all of it are at 100 % and would hide each other.
Thick lines are means over few starts, and thin ones the starts. Rates are tuned at every point,
so that a fall is not that of a wrong rate. A peak at b_L = 1 in (b) and (c) above all runs beside
it would support the choice of muP; bundles that overlap do not.
"""

from lab import style

READS = ("output_scale",)
PANELS = (("training", -1), ("test", -1), ("test", 0), ("moved", -1))
LABELS = {"training": "training accuracy, %", "test": "test accuracy, %"}


def draw(data):
    """Of each measure X_middle (P, F, H) and X (P, F, H, S) at place (H,), heads b_L and zero.

    P batch sizes, F methods, H heads, S starts. Accuracies are in percent; moved is a change over
    the size before, without a unit.
    """
    figure, axes = style.panels(2, 2, 2.6)
    looks = style.looks(data["methods"]).values()
    for ax, (measure, p) in zip(axes, PANELS, strict=True):
        for k, look in enumerate(looks):
            middle = data[f"{measure}_middle"][p, k]
            line = style.drawn(ax, look, data["place"], middle)
            style.runs(ax, data["place"], data[measure][p, k], line)
            # most learn all of what they train on: curves at 100 % are thin over wide
            if measure == "training":
                line.set_linewidth((1.2, 3.6, 2.3, 1.0)[k % 4])
        ax.set(
            xlabel="$b_L$",
            ylabel=LABELS.get(measure, "relative change of $u_2$"),
        )
        ax.set_xticks(data["place"], [str(head) for head in data["heads"]])
    # features move by factors, accuracies by points
    axes[-1].set_yscale("log")
    small, large = data["batches"]
    style.titles(
        axes,
        f"training, batches of {large}",
        f"test, batches of {large}",
        f"test, batches of {small}",
        f"features, batches of {large}",
    )
    style.legend(figure, axes[1])
    return figure


def caption(data) -> str:
    short, many = data["epochs"]
    return f"""Head of entries M^-b_L at the start, width M = {data["width"]}, two hidden layers of
    tanh, {data["train"]} digits; {many} epochs of the full batch, {short} of the other size. Rates
    are muP's powers of M times a number that is tuned for every point, by the training loss in
    (a, d) and on other images in (b, c). Thick: mean, thin: the {data["test"].shape[-1]} runs.
    Zero: a head of zeros. Half powers: (e_A, e_B) = (1/2, 1/2), with the exponents of Shampoo. Our
    own experiment, in place of Fig. 3 and Table 2 of Ishikawa & Karakida (2024), which have a
    convolutional network on FashionMNIST."""

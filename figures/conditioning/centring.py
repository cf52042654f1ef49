"""Condition numbers of a neuron's Hessian before and after its inputs are normalised.

(a) kappa against mean over deviation: raw, with columns of one length (the best that a diagonal can
do for one input), and standardised; dashed what no diagonal gets below. (b) An outlier with a small
weight in S: the plain mean follows it, the weighted one does not. (c) Layer norm removes a mean
along (1, ..., 1) and leaves one across it.

All axes are logarithmic. In (a) slopes are powers of the mean: 4 for the raw matrix, 2 with columns
of one length and for the certified bound, 0 once standardised. (b) and (c) have words on their
curves, as the legend is that of (a): an outlier's curve is level where its weight is too small to
count, and the dashes of the weighted mean lie on those of the raw one. Every value is that of an
exact matrix: there are no runs and no bands. A curve in (a) below the dashed one, other than the
standardised, would refute the bound.
"""

from lab import style

READS = ("centring",)


def draw(data):
    """All (points,): against shift, against the outlier's weight, against the size of the mean.

    No array has a unit: shift is a mean over a standard deviation, weights are shares, and the
    others are condition numbers.
    """
    figure, (left, middle, right) = style.panels(1, 3, 3.0)
    labels = {
        "raw": "raw",
        "jacobi": "columns of one length",
        "standardised": "standardised",
    }
    for k, (name, label) in enumerate(labels.items()):
        style.measured(left, k, data["shift"], data[name], label)
    style.theory(left, data["shift"], data["bound"], "theory: no diagonal scaling is below")

    outlier(middle, data)
    layer_norm(right, data)

    names = ("mean / standard deviation", "weight of the outlier", "size of the mean")
    for ax, name in zip((left, middle, right), names, strict=True):
        ax.set(xscale="log", yscale="log", xlabel=name, ylabel="$\\kappa$ of the Hessian")
    # room for the word above the level curve, and below 1 for none
    middle.set_ylim(0.7, 1.6 * data["outlier_mean"].max())
    style.titles((left, middle, right), "a mean", "an outlier that does not count", "layer norm")
    style.legend(figure, left)
    return figure


def outlier(ax, data):
    """Raw, and centred by two means, against the weight."""
    weight = data["weight"]
    style.measured(ax, 0, weight, data["outlier_raw"], "_raw")
    style.measured(ax, 3, weight, data["outlier_mean"], "_plain mean")
    style.measured(ax, 4, weight, data["outlier_weighted"], "_weighted mean")

    plain = weight, data["outlier_mean"]
    weighted = weight, data["outlier_weighted"]
    named(ax, "centred by the plain mean", plain, along=0.04, above=-11)
    named(ax, "raw, and by the weighted mean", weighted, along=0.04, above=6)


def layer_norm(ax, data):
    """Raw, and layer normalised for two directions of the mean, against its size."""
    size = data["size"]
    style.measured(ax, 0, size, data["layer_raw"], "_raw")
    style.measured(ax, 5, size, data["layer_along"], "_layer norm, along 1")
    style.measured(ax, 3, size, data["layer_across"], "_layer norm, across 1")

    named(ax, "layer norm, mean along 1", (size, data["layer_along"]), along=0.5, above=5)
    style.note(ax, "layer norm, mean across 1", (0.1, 0.62), xycoords="axes fraction")


def named(ax, text, curve, *, along, above):
    """The name of a curve, so many points above the place that is this share of the way along."""
    x, y = curve
    k = int(along * (len(x) - 1))
    style.note(
        ax,
        text,
        (x[k], y[k]),
        xytext=(0, above),
        textcoords="offset points",
    )


def caption(data) -> str:
    return f"""The condition number of a neuron's Hessian (1, h)^T S (1, h), bias included. (a) {
        int(data["inputs"])
    } normal inputs of standard deviation 1 against their mean, S = I; columns of one length: the
    best of a diagonal method for one input; dashed: the bound that no diagonal scaling is below,
    exp(2 asinh Delta). (b) Inputs -1, 1 and 10, the last with a weight in S: centred by the plain
    and by the weighted mean, dark: raw. (c) Four inputs of covariance I: layer normalised, over
    its nonzero spectrum, for a mean along (1, 1, 1, 1) and along (1, -1, 1, -1); dark: raw, the
    same for both. Our own experiment, on centring in Lange, Helfrich & Ye 2022 and Ye 2024."""

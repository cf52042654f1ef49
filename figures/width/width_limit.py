"""First steps against their limits of infinite width, and how the error falls.

(a) Move of the hidden layer over its limit against M: 1, with bars for the starts. (b) The RMS of
that ratio less 1, beside M^(-1/2). (c) From a head of zeros the distance of one K-FAC step to
kernel ridge regression with the kernel of infinite width, beside M^(-1/2) through its first point.

Widths are logarithmic. (a) is linear about 1, where the limit is; its bars stand beside each other
round their width. (b) is logarithmic, and shows the same as an error: parallel to the dashed line
is the rate M^(-1/2), and the height is the method's own constant, as the line goes through the
first point of K-FAC. (c) likewise for one step from a head of zeros. The limit is computed from
kernels and without a network. An error that levels off would refute the limit, one that falls
slower than its dashes the rate.
"""

from _axes import named

from lab import style

READS = ("width_limit",)
HIDDEN = 1


def draw(data):
    """mean, low_ratio, high_ratio, error (F, 3, W) and ridge (W,) against widths.

    F methods by their exponents, 3 layers, W widths. mean and its ends are ratios to the limit;
    ridge is a distance over the size of the move.
    """
    figure, axes = style.panels(1, 3, 2.7)
    ratios, errors, head = axes
    widths = data["widths"]
    for k, name in enumerate(data["families"]):
        line = style.measured(ratios, k, widths, data["mean"][k, HIDDEN], str(name))
        # beside each other: shades would lie on one another
        beside = widths * 1.06 ** (k - 1.5)
        bars = ratios.vlines(beside, data["low_ratio"][k, HIDDEN], data["high_ratio"][k, HIDDEN])
        bars.set(color=line.get_color(), linewidth=2, alpha=0.7, gid="band", label="_band")
        style.measured(errors, k, widths, data["error"][k, HIDDEN], str(name))
    # what the bars are, once, in the legend
    sample = ratios.vlines([], 0, 1, label=str(data["band"]))
    sample.set(color="0.4", linewidth=2)
    style.theory(ratios, widths, data["limit"])
    style.theory(errors, widths, data["guide"])
    style.measured(head, 0, widths, data["ridge"], "to the limit kernel")
    style.theory(head, widths, data["ridge_guide"])

    ratios.set(
        ylabel="move / limit",
        ylim=(0.5, 1.5),
    )
    errors.set(yscale="log", ylabel="RMS of move / limit - 1")
    head.set(yscale="log", ylabel="relative distance")
    for ax in axes:
        ax.set(xlabel="width M")
        named(ax, widths)
    style.inside(head)
    style.titles(axes, "first step, hidden layer", "its error", "a step from a zero head")
    style.legend(figure, ratios, columns=2)
    return figure


def caption(data) -> str:
    return f"""One step of two hidden layers of ReLU on {data["examples"]} digits, in muP. (a)
    RMS(dW h) of the hidden layer over its limit by arc-cosine kernels: root mean square of the
    starts. (b) Root mean square of the distance to 1. (c) From a head of zeros one K-FAC step gives
    kernel ridge regression: distance to that with the kernel of infinite width. Dashed: the limit
    in (a), the power -1/2 through the first point of K-FAC in (b) and through the first point in
    (c). Our own experiment, derived; the kernel step is that of Ishikawa & Karakida (2024), section
    4.3."""

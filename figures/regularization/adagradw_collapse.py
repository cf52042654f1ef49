"""Decay beside AdaGrad takes every parameter to 0.

Mean size of p against step, both logarithmic, by place of the decay; dashed 1 / (lam t^(1/2)), to
which the collapsing one tends, and as level lines where ridge and AdamW come to rest.

Both axes are logarithmic, since a power of the step is a straight line there and its exponent a
slope: the dashed curve has slope -1/2. `size` (K, 3) is read against `t`; its columns are the
places of the decay. The horizontal dashed lines are `ridge` and `barrier`, computed from the
quadratic and not from the runs; on the default quadratic they nearly coincide, and so do the two
curves that end there, one drawn thin over the other. A first curve that levels off above 0, or that
leaves the dashed law by more than a factor which shrinks with the step, would refute the title.
"""

from lab import style

READS = ("adagradw_collapse",)


def draw(data):
    """size (K, 3) and law (K,) against t; ridge and barrier, where the other two should end.

    K recorded steps; a column per place of the decay. size is a mean of |p|, in the units of p.
    """
    figure, (ax,) = style.panels(1, 1)
    for k, name in enumerate(data["methods"]):
        line = style.measured(ax, k, data["t"], data["size"][:, k], str(name))
        # ridge and AdamW rest nearly at one height: the later is thin, and seen over the earlier
        line.set_linewidth((1.4, 3.2, 1.2)[k % 3])
    style.theory(ax, data["t"], data["law"], r"theory: $1 / (\lambda \sqrt{t})$")
    style.threshold(ax, float(data["ridge"]), vertical=False)
    style.threshold(ax, float(data["barrier"]), vertical=False)
    # room on either side of what is drawn, for the lines of theory
    low = 0.5 * data["size"].min()
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="step",
        ylabel="mean size of p",
    )
    ax.set_ylim(low, 4 * data["size"].max())
    style.titles((ax,), "two correlated parameters")
    style.legend(figure, ax, 2)
    return figure


def caption(data) -> str:
    return f"""Mean size of two parameters on a quadratic with correlation 0.9, weight decay
    $\\lambda$ = {float(data["lam"]):g}. With the decay beside it, the accumulator of AdaGrad grows
    for ever, and with it the penalty in its metric; dashed: 1 / ($\\lambda$ t$^{{1/2}}$), whatever
    the problem, and the sizes of ridge and of the point of AdamW. Our own experiment, derived, a
    counter-example to regularising the intrinsic variable of AdaGrad (Ye 2024)."""

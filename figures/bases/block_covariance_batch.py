"""On the block instance Adam's advantage over SGD, which is GN^-1 there, needs large batches.

(a) Loss after a fixed number of steps against the batch size B, medians and bands, everything tuned
at every B; dashed the exact expectation of SGD. (b) Idealised Adam's first step on each block over
that on the stiffest, relative to GN^-1/2, beside its theory. Short lines at the foot: the B at
which v turns from the noise to the squared gradient in that block.

All axes are logarithmic: batch sizes span seven decades. (a) Each of the `NAMES` is an array of
lower quantile, median and upper one over seeds; the band is between the quantiles, so that two
methods whose bands do not meet differ beyond the spread of seeds, though not of other instances.
Dashed is an expectation and a median need not be on it. (b) `gain` is measured, `theory_gain` a
formula: both rise until the batch of their block, beyond which v is the squared gradient. A gain
that rises before its short line at the foot, or never, would refute the mechanism.
"""

from lab import style

READS = ("block_covariance_batch",)
NAMES = ("SGD", "idealised Adam", "Adam")


def draw(data):
    """Of each name (3, N), lower quantile, median, upper, against batch; theory against fine (F,).

    N batch sizes, F of a finer grid that theory is evaluated on. Losses are over that at the start;
    gain has a row per block, that of the stiffest being 1.
    """
    figure, (left, right) = style.panels(1, 2, 3.2)
    kind = "10-90 %" if data["seeds"] >= 10 else "smallest to largest"
    for k, name in enumerate(NAMES):
        low, median, high = data[name]
        line = style.curve(left, name, data["batch"], median)
        shade = "_band" if k else f"band: {kind} of {data['seeds']} seeds"
        style.band(left, data["batch"], low, high, line, label=shade)

    style.theory(left, data["fine"], data["theory_SGD"], "theory: SGD, exact expectation")
    gains(right, data)
    crossovers((left, right), data)
    left.set_ylabel(f"loss after {data['steps']} steps relative to the start")
    right.set_ylabel("Adam's step over that in the stiffest block")
    # room above the curves for the legend
    right.set_ylim(top=20 * data["theory_gain"].max())
    style.inside(right, "upper left", title="eigenvalue of the block")

    style.titles((left, right), "tuned at every batch size", "idealised Adam at the start")
    style.legend(figure, left, 3)
    return figure


def gains(ax, data):
    """Adam's step on every block but the stiffest, measured and predicted."""
    # over itself it is 1 at every batch size
    stiff = data["active"].argmax()
    for k, eigenvalue in enumerate(data["active"]):
        if k != stiff:
            style.dots(ax, k, data["batch"], data["gain"][k], f"{eigenvalue:g}")
            label = "theory" if k == 0 else "_theory"
            style.theory(ax, data["fine"], data["theory_gain"][k], label)


def crossovers(axes, data):
    """The predicted batch size of every block, a short line at the foot with its eigenvalue."""
    for ax in axes:
        ax.set(xscale="log", yscale="log", xlabel="batch size B")
        for k, crossover in enumerate(data["crossover"]):
            ax.axvline(
                crossover,
                ymax=0.08,
                color="0.3",
                linewidth=1.0,
                gid="reference",
            )
            place = {"xycoords": ("data", "axes fraction"), "ha": "center", "va": "bottom"}
            style.note(ax, f"{data['active'][k]:g}", (crossover, 0.08), **place)


def caption(data) -> str:
    return f"""Gaussian inputs whose covariance consists of Hadamard blocks of size
    {data["size"]} with unit diagonal, no label noise, identity basis; the start is one
    eigenvector of +-1 per block. Short lines at the foot, with the eigenvalue of their block: $B
    = 1/\\rho^2$, where Adam's v turns from the noise to the squared gradient in that block
    ($\\rho$: correlation of an input with the residual). (a) Learning rate and geometric decay
    tuned at every B; medians. Dashed: the exact recursion for SGD at its best constant rate, a
    mean; GN^-1 and GN^-1/2 are the same method here. Idealised Adam is chaotic: last digits,
    which differ between machines, move it within its band. (b) Step on a block relative to that
    of the stiffest block, divided by the same ratio for GN^-1/2, which is 1. Our own experiment,
    derived, on the instance that we use for Fig. 1 (left) of Liu et al. 2025."""

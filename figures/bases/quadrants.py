"""Four quadrants: small or large batch, coordinates or eigenbasis, on Gaussian regression.

Each panel: loss relative to the start against step, medians over seeds, bars at the right for their
spread at the last step. Rate and decay are tuned alike for every method and quadrant. Panels of one
row share their range; what is below ROUNDING is not shown. Table: the last losses.

Loss is logarithmic: large batches in the eigenbasis take it down by many decades. Bars stand beside
each other right of the last step, in the order of the legend, and hold the quantiles that its last
entry names; where they overlap, methods are not told apart by this many seeds. Tuning is on other
seeds than those shown. The rows of the figure are two batch sizes, the columns two bases, so that
what the basis changes is read from left to right and what the noise changes downwards. One order in
all four panels would refute that quadrants differ.
"""

from lab import style

READS = ("quadrants",)
PANELS = ("small_coordinate", "small_eigenbasis", "large_coordinate", "large_eigenbasis")
ROUNDING = 1e-16


def draw(data):
    """Four comparisons with quantiles, loss (M, 3, K), each under its own prefix.

    M methods, K recorded steps; loss has the lower quantile, the median and the upper one over
    seeds, and is over that at the start.
    """
    figure, axes = style.panels(2, 2, 2.9)
    parts = [style.part(data, case) for case in PANELS]
    # of fewer than ten seeds there is no tenth
    kind = "10-90 %" if data["seeds"] >= 10 else "smallest to largest"
    for ax, found in zip(axes, parts, strict=True):
        style.medians(ax, found, f"bars: {kind} of {data['seeds']} seeds, at the last step")
        ax.set(
            yscale="log",
            xlabel="step",
            ylabel="loss relative to the start",
        )

    for pair in (axes[:2], axes[2:]):
        lowest = min(ax.get_ylim()[0] for ax in pair)
        for ax in pair:
            ax.set_ylim(max(lowest, ROUNDING), 2)

    sizes = (data["small"], data["large"])
    bases = ("rotated coordinates", "eigenbasis")
    style.titles(axes, *(f"B = {size}, {basis}" for size in sizes for basis in bases))
    style.legend(figure, axes[0])
    header = ["last loss, median", "(a)", "(b)", "(c)", "(d)"]
    style.table(figure, header, style.tuned(parts, "final", ".1e"))
    return figure


def caption(data) -> str:
    return f"""Gaussian linear regression, {data["dims"]} dimensions, geometric spectrum with
    condition number {data["kappa"]:g}, no label noise, fresh mini-batches. Left: randomly
    rotated coordinates; right: eigenbasis of the covariance. Learning rate ({data["rates"]}
    values over three decades; an arrow: the best is at that edge of the grid) and geometric
    decay ({len(data["decays"])} values, 0 to {data["decays"][-1]:g} decades) are tuned alike for
    every method, for the median last loss on {data["tuning"]} seeds; shown are {data["seeds"]}
    others, paired between methods. Cut at 1e-16, where rounding is. Adam past its edge of
    stability is chaotic: last digits, which differ between machines, may move it. Our own
    experiment, on an instance derived here for the quadrants of Liu et al. 2025, whose sizes and
    grids are not known to us."""

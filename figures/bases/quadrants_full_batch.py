"""Four quadrants at full batch: quadratic or logistic loss, coordinates or eigenbasis.

Each panel: excess loss relative to the start against step, every method at its best constant rate,
up to the target. Steps are logarithmic from 1 on and begin at 0. Left and right are one loss in two
bases: GD's curves are the same in both, since it does not see the basis.

Loss is logarithmic up; steps are symmetric-logarithmic, so that step 0 has a place, and methods
that need one step differ from those that need none. All panels have the dotted target at one height
and one range below it. Curves that leave the panel on top are steps that raised the loss on the
way. A dash in the table is a target that was not reached within the budget; an arrow says that the
best rate is at the edge of its grid, so that a better one may lie beyond.
"""

from lab import style

READS = ("quadrants_full_batch",)
PANELS = {
    "quadratic_coordinate": "quadratic, rotated coordinates",
    "quadratic_eigenbasis": "quadratic, eigenbasis",
    "logistic_coordinate": "logistic, rotated coordinates",
    "logistic_eigenbasis": "logistic, eigenbasis",
}


def draw(data):
    """Four comparisons, loss (M, K), each under its own prefix, with one target.

    M methods, K recorded steps. The excess over the least loss is over that at the start; steps is
    inf where the target was not reached.
    """
    figure, axes = style.panels(2, 2, 2.9)
    parts = [style.part(data, case) for case in PANELS]
    for ax, found in zip(axes, parts, strict=True):
        style.race(ax, found)
        # from before step 1, so that a method that needs one step is more than a corner
        ax.set(xscale="symlog", xlim=(0, found["t"][-1]), xlabel="step")
        # a decade below the target, since a last step may pass it by much
        ax.set(yscale="log", ylim=(data["target"] / 10, 5))
        ax.set(ylabel="excess loss relative to the start")
        style.level(ax, data["target"], "target")

    style.titles(axes, *PANELS.values())
    style.legend(figure, axes[0], 3)
    header = ["steps to the target", "(a)", "(b)", "(c)", "(d)"]
    style.table(figure, header, style.tuned(parts, "steps", ".0f"))
    return figure


def caption(data) -> str:
    t = data["quadratic_coordinate_t"][-1]
    return f"""Full batch, {data["dims"]} dimensions, every method at its best constant rate
    ({data["quadratic_coordinate_rates"].shape[1]} rates over four decades, {t} steps; an arrow
    in the table: it is at that edge of the grid, a dash: not reached); curves end at the target.
    Left column: the same loss in randomly rotated coordinates. Right: in the eigenbasis of the
    Gauss-Newton matrix. Quadratic with condition number {data["kappa"]:g}; one-hot logistic
    regression with logits in [-{data["largest"]:g}, {data["largest"]:g}] and frequencies over
    two decades. Heavy ball has its optimal momentum for the minimum; sign descent halves its
    rate every 4 steps. Adam past its edge of stability is chaotic: last digits, which differ
    between machines, may choose another rate for it. Our own experiment, on instances derived
    here for the full-batch quadrants of Liu et al. 2025."""

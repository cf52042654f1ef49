"""Four quadrants on real data: full batch or mini-batch, coordinates or eigenbasis.

Each panel: excess loss relative to the start against step, every method at its best rate. Upper row
full batch, whose curves are runs; lower row mini-batches, medians over seeds. Left coordinates,
right the eigenbasis of the Gauss-Newton matrix at the start. The panels of a row share their range,
so that what a basis buys is seen as a height.

All four panels are logarithmic up and linear across. An excess loss is a difference from the loss
at the optimum, and rounding leaves some 1e-12 of that: the axis ends there. Each panel has its own
search for rates, so that the table, which has `final` of every method, compares like with like.
Thin lines of the lower row are runs and not bands: with few seeds a quantile says little. If the
order of methods were the same in left and right panels, the basis would not matter on these data.
"""

from lab import style

READS = ("digits_quadrants",)
PANELS = {
    "full_coordinate": "full batch, coordinates",
    "full_eigenbasis": "full batch, eigenbasis",
    "mini_coordinate": "mini-batch, coordinates",
    "mini_eigenbasis": "mini-batch, eigenbasis",
}


def draw(data):
    """Four comparisons, each under its own prefix: see `style.part`; losses are relative excess.

    M methods, K recorded steps, S seeds: loss (M, K) at full batch, and (M, 3, K) with runs (M, K,
    S) for mini-batches.
    """
    figure, axes = style.panels(2, 2, 2.9)
    parts = [style.part(data, case) for case in PANELS]
    for ax, case, found in zip(axes, PANELS, parts, strict=True):
        if case.startswith("full"):
            style.race(ax, found)
        else:
            medians(ax, found, int(data["seeds"]))
        ax.set(yscale="log", xlabel="step", ylabel="excess loss relative to the start")

    # rows and not all four: noise ends decades above full batches
    for pair in (axes[:2], axes[2:]):
        lowest = min(ax.get_ylim()[0] for ax in pair)
        for ax in pair:
            # what is below 1e-12 is what rounding leaves of a difference of losses
            ax.set_ylim(max(lowest, 1e-12), 2)

    style.titles(axes, *PANELS.values())
    style.legend(figure, axes[0])
    header = ["last excess loss", "(a)", "(b)", "(c)", "(d)"]
    style.table(figure, header, style.tuned(parts, "final"))
    return figure


def medians(ax, found, seeds):
    """Medians with bands, or with the runs themselves when they are few."""
    if seeds >= 10:
        style.medians(ax, found, f"bars: 10-90 % of {seeds} seeds, at the last step")
        return
    for k, name in enumerate(found["methods"]):
        line = style.curve(ax, str(name), found["t"], found["loss"][k, 1])
        style.runs(ax, found["t"], found["runs"][k], line)


def caption(data) -> str:
    m, n = data["shape"]
    seeds = int(data["seeds"])
    shown = "bars: 10-90 %, at the last step" if seeds >= 10 else "thin: the runs"
    rates = data["full_coordinate_rates"].shape[1]
    return f"""Binary logistic regression on {data["name"]}: {m} examples, {n} features, small
    ridge. Every method at the rate with the lowest last loss ({rates} rates over three decades,
    {data["full_coordinate_t"][-1]} steps; an arrow in the table: it is at that edge of the
    grid). Eigenbasis: of the Gauss-Newton matrix at the start. Mini-batches of {data["batch"]},
    the same for all methods; thick: median of {seeds} seeds on other mini-batches than those
    that chose the rates, {shown}. GN uses the exact curvature of the same batch. Sign descent is
    chaotic: last digits, which differ between machines, change its losses by some percent. Our
    own experiment, on data; the quadrants are those of Liu et al. 2025."""

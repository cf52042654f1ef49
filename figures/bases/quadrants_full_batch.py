"""Four quadrants at full batch: quadratic or logistic loss, coordinates or eigenbasis."""

import style

READS = ("quadrants_full_batch",)
COUNTS = "steps to the target in (a) | (b) | (c) | (d); \N{EN DASH} not reached"
PANELS = {
    "quadratic_coordinate": "quadratic, rotated coordinates",
    "quadratic_eigenbasis": "quadratic, eigenbasis",
    "logistic_coordinate": "logistic, rotated coordinates",
    "logistic_eigenbasis": "logistic, eigenbasis",
}


def draw(data):
    figure, axes = style.panels(2, 2, 8.6)
    parts = [style.part(data, case) for case in PANELS]
    for ax, found in zip(axes, parts, strict=True):
        style.race(ax, found, label=lambda _, k: style.counts_label(parts, k))
        ax.set(xscale="log", yscale="log", xlim=(1, found["t"][-1]), ylim=(data["target"] / 10, 3))
        ax.set(xlabel="step", ylabel="excess loss relative to the start")
        style.level(ax, data["target"], "target")

    style.titles(axes, *PANELS.values())
    style.foot(
        figure,
        f"""Full batch, {data["dims"]} dimensions, every method at its best constant rate
        ({parts[0]["rates"].shape[1]} rates over four decades, {parts[0]["t"][-1]} steps); curves
        end at the target. Left column: the same loss in randomly rotated coordinates. Right: in the
        eigenbasis of the Gauss-Newton matrix. Quadratic with condition number {data["kappa"]:g};
        one-hot logistic regression with logits in [-{data["largest"]:g}, {data["largest"]:g}] and
        frequencies over two decades. GN^-1 solves the quadratic in one step in its eigenbasis, yet
        is slow there on the logistic loss at a constant rate, which damping or a line search cures.
        Heavy ball has its optimal momentum for the minimum; sign descent halves its rate every 4
        steps. Adam past its edge of stability is chaotic: last digits, which differ between
        machines, may choose another rate for it. Stand-in: for the full-batch quadrants of Liu et
        al. 2025, on instances of our own.""",
        legend=axes[0],
        title=f"{COUNTS}; {style.ARROW}",
    )
    return figure

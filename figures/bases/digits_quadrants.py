"""Four quadrants on real data: full batch or mini-batch, coordinates or eigenbasis."""

import style

READS = ("digits_quadrants",)
PANELS = {
    "full_coordinate": "full batch, coordinates",
    "full_eigenbasis": "full batch, eigenbasis",
    "mini_coordinate": "mini-batch, coordinates",
    "mini_eigenbasis": "mini-batch, eigenbasis",
}


def draw(data):
    figure, axes = style.panels(2, 2, 8.6)
    parts = [style.part(data, case) for case in PANELS]

    def label(_, k):
        return style.counts_label(parts, k, of="final", form=".2g")

    for ax, case, found in zip(axes, PANELS, parts, strict=True):
        show = style.race if case.startswith("full") else style.bands
        show(ax, found, label)
        ax.set(yscale="log", xlabel="step", ylabel="excess loss relative to the start")

    for pair in (axes[:2], axes[2:]):
        lowest = min(ax.get_ylim()[0] for ax in pair)
        for ax in pair:
            ax.set_ylim(max(lowest, 1e-8), 2)

    style.titles(axes, *PANELS.values())
    m, n = data["shape"]
    style.foot(
        figure,
        f"""Binary logistic regression on {data["name"]}: {m} examples, {n} features, small ridge.
        Every method at the rate with the lowest last loss ({parts[0]["rates"].shape[1]} rates over
        three decades, {parts[0]["t"][-1]} steps). Eigenbasis: of the Gauss-Newton matrix at the
        start. Mini-batches of {data["batch"]}, the same for all methods: median and 10-90 % band
        over {data["seeds"]} seeds. GN uses the exact curvature of the same batch. At full batch the
        power of the preconditioner and the basis matter; with mini-batches at a constant rate the
        noise floor hides most of it. Sign descent is chaotic: last digits, which differ between
        machines, change its losses by some percent. Stand-in: ours, on data; the quadrants are
        those of Liu et al. 2025.""",
        legend=axes[0],
        title=f"last excess loss in (a) | (b) | (c) | (d); {style.ARROW}",
    )
    return figure

"""Variants of TNT and K-FAC: last losses of autoencoders.

One panel per problem, a row per variant: the last loss, median large, runs small. The right end is
just beyond the loss of the start, so that a run that learned nothing stands at the edge.

Across is the last loss, logarithmic, in units of the problem; rows are variants, of TNT above and
of K-FAC below, each with the method itself first, so that what one change costs is read downwards.
Large markers are medians, small squares the runs; there are too few for anything else. Every
variant was tuned by itself. A variant whose runs lie right of all those of its method is worse
here; where they mix, nothing is shown.
"""

from lab import style

READS = ("tnt_ablation",)


def draw(data):
    """last (P, V) and the last of loss (P, V, K, S) at place (V,), one panel per problem.

    P problems, V variants, K epochs, S runs; first (P,) is the loss before training. The step from
    one row to another has no meaning.
    """
    figure, axes = style.panels(1, len(data["problems"]), 2.8, squeezed=False)
    for p, ax in enumerate(axes):
        for k in range(len(data["variants"])):
            last = data["loss"][p, k, -1]
            runs = style.dots(ax, 1, last, [data["place"][k]] * len(last), "_run")
            runs.set(
                gid="run",
                alpha=0.5,
            )
        style.dots(ax, 0, data["last"][p], data["place"], "median").set_markersize(7)
        # of the runs, which reach further than their median
        low = data["loss"][p, :, -1].min()
        # a run that has not learned says no more than that
        ax.set(
            xscale="log",
            xlim=(0.9 * low, 1.3 * data["first"][p]),
            xlabel="last loss",
        )
        ax.set(
            ylabel="variant",
            ylim=(len(data["variants"]) - 0.5, -0.5),
        )
        ax.set_yticks(data["place"], [str(name).replace(", ", ",\n") for name in data["variants"]])
    style.titles(axes, *map(str, data["problems"]))
    return figure


def caption(data) -> str:
    return f"""Autoencoders after {data["epoch"][-1]:.0f} epochs, mini-batches of {data["batch"]}:
    medians, and small markers for the {data["loss"].shape[-1]} runs; the right end of the panels is
    just beyond the loss at the start. Every variant has rates half a decade apart and two dampings,
    the best of them on other seeds. Accumulated errors: a fault of public code, whose statistic had
    the errors of true labels added to those of sampled ones. Close to the largest rates that hold
    last digits, which differ between machines, grow. Our own experiment, after the comparison of
    TNT with TNT-EF by Ren & Goldfarb (2021)."""

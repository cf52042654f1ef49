"""Autoencoders: loss against epochs and against time, every method at its best setting.

A row per data set: left against epochs, right the same curves against seconds, where a step's price
shows. Thick the median, thin the runs, from the first epoch on; both panels of a row have the range
of what was learned, and a run that diverges leaves it. Table: rate and the other tuned field.

All losses are logarithmic, in units of the loss of their data set, and so rows are not to be
compared with each other. Seconds are logarithmic too, as a first epoch of the cheapest method is
over long before that of the dearest. `loss` (D, M, K, S) has the single runs; medians of few runs
are shown with them and not with bands. The time is that of this machine, without what it takes to
compute the losses that are plotted. A method that leads on the left and not on the right pays more
for a step than it gains from it.
"""

from lab import style

READS = ("autoencoders",)


def draw(data):
    """median (D, M, K) and loss (D, M, K, S) against epoch (K,) and elapsed (D, M, K).

    D data sets, M methods, K epochs, S runs. elapsed has the seconds of one run so far; first (D,)
    is the loss before training.
    """
    sets = data["sets"]
    figure, axes = style.panels(len(sets), 2, 2.5, narrow=2)
    titles = []
    for k, name in enumerate(sets):
        left, right = axes[2 * k : 2 * k + 2]
        for j in range(len(data["methods"])):
            curves(left, data, (k, j), data["epoch"])
            curves(right, data, (k, j), data["elapsed"][k, j])
        # of the median alone the best run would leave the panel
        low = data["loss"][k].min() / 1.05
        high = min(data["median"][k, :, 0].max(), data["first"][k]) * 1.05
        for ax in (left, right):
            ax.set(
                yscale="log",
                ylim=(low, high),
            )
        left.set(
            xlabel="epoch",
            ylabel="loss",
        )
        right.set(
            xlabel="seconds",
            ylabel="loss",
            xscale="log",
        )
        titles += [f"{name}, epochs", f"{name}, time"]

    style.titles(axes, *titles)
    style.legend(figure, axes[0])
    style.table(figure, *settings(data))
    return figure


def curves(ax, data, at, x):
    """Median and single runs of one method on one set, at = (set, method), against x (K,)."""
    _, j = at
    name = str(data["methods"][j])
    line = style.curve(ax, name, x, data["median"][at])
    # seconds are not evenly spaced: markers by length along the curve
    line.set_markevery(0.3)
    style.runs(ax, x, data["loss"][at], line)


def settings(data):
    """The best settings: rate, and the value of the other field that was tuned."""
    rows = []
    for j, method in enumerate(data["methods"]):
        row = [style.look(str(method)).label]
        for k in range(len(data["sets"])):
            rate = style.count(data["lr"][k, j], ".2g") + style.arrow(data["edge"][k, j])
            row.append(f"{rate}, {data['value'][k, j]:.2g}")
        rows.append(row)
    return ["method", *map(str, data["sets"])], rows


def tried(data):
    """Which other field of every method was tuned."""
    pairs = zip(
        data["methods"],
        data["fields"],
        strict=True,
    )
    return ", ".join(f"{method}: {field}" for method, field in pairs)


def outputs(data) -> str:
    """What the outputs are compared with; a table of the reader's own is the only set then."""
    if "patches" in data["sets"]:
        return "Digits and curves: Bernoulli outputs; patches: squares."
    return "Every column was taken to [0, 1], and is the target of Bernoulli outputs."


def caption(data) -> str:
    encoder = [str(width) for width in data["hidden"]]
    return f"""Autoencoders with encoders of {", ".join(encoder)} units, mini-batches of
    {data["batch"]}; thick: the median, thin: the {data["loss"].shape[-1]} runs, from the first
    epoch on. Every method has {data["settings"]} settings, rates half a decade apart and two values
    of another field ({tried(data)}); the table has the best of each, rate first, with an arrow
    where that is at the edge of its grid. K-FAC, TNT, Shampoo and K-BFGS only look in their first
    steps. {outputs(data)} Times are this machine's, without
    the computation of losses. The best settings have the largest steps that hold, where last
    digits, which differ between machines, grow. Our own experiment, in the manner of Ren & Goldfarb
    (2021) on data and networks far smaller than theirs."""

"""Training with batch statistics in the network, or in the preconditioner, at three batch sizes.

One panel per batch size, with one range: loss on all examples against step, each variant at its
best rate. Batch norm has no curve at batches of one. Table: last loss and rate, by batch size.

The loss is logarithmic, on all examples and not on the batch, and all panels have one range: what
smaller batches cost is seen as a height. The number of steps is the same in all, and so is not that
of examples seen. Thick lines are medians, thin ones the runs (`runs`, per case), of which there are
too few for quantiles. Batch norm's losses are computed with the statistics of all examples, or a
small batch would be judged by its own noise.
"""

import numpy as np

from lab import style

READS = ("bnp_training",)
# as style.count has it for what was not reached
NONE = "\N{EN DASH}"


def draw(data):
    """loss (cases, K) and runs (cases, K, S) against t; a case is a variant at a batch size.

    K recorded steps, S runs. variant, batch, lr and edge have an entry per case; a case that does
    not exist, as batch norm at batches of one, has none.
    """
    batches = data["batches"]
    figure, axes = style.panels(1, len(batches), 2.9)
    # one look per variant in all panels, those of methods their own
    looks = style.looks(data["variant"])
    for batch, ax in zip(batches, axes, strict=True):
        for k in np.flatnonzero(data["batch"] == batch):
            name = str(data["variant"][k])
            line = style.drawn(ax, looks[name], data["t"], data["loss"][k])
            style.runs(ax, data["t"], data["runs"][k], line)
        ax.set(
            yscale="log",
            xlabel="step",
            ylabel="loss on all examples",
        )
        ax.set_ylim(
            0.8 * data["runs"].min(),
            1.3 * data["loss"][:, 0].max(),
        )

    style.titles(axes, *[f"batches of {batch}" for batch in batches])
    # all variants run on the largest batches
    style.legend(figure, axes[int(np.argmax(batches))])
    style.table(
        figure,
        ["variant", *[f"batches of {b}" for b in batches]],
        rows(data, looks),
    )
    return figure


def rows(data, names):
    """Last loss and best rate of every variant, by batch size; a dash where it has none of that."""
    found = []
    for name in names:
        cells = [name]
        for batch in data["batches"]:
            own = np.flatnonzero((data["batch"] == batch) & (data["variant"] == name))
            rates = [f"{data['lr'][k]:.2g}" + style.arrow(data["edge"][k]) for k in own]
            losses = [f"{data['loss'][k, -1]:.3f}" for k in own]
            told = [f"{a} at {b}" for a, b in zip(losses, rates, strict=True)]
            cells.append(told[0] if told else NONE)
        found.append(cells)
    return found


def caption(data) -> str:
    return f"""Two hidden layers on handwritten digits, softmax, at the best of {
        len(data["grid"])
    } learning rates; thick: median, thin: the {data["runs"].shape[-1]} runs. SGD: the plain
    network; BNP: the same, its gradients preconditioned by running statistics of every layer's
    inputs (total variance); batch norm and layer norm: SGD on networks that are normalised.
    Table: last loss, and the best rate, an arrow where it is at that edge of the grid. Batch norm
    has no batches of one; its losses are those with the statistics of all examples. Runs at large
    rates are chaotic: their last digits differ between machines. Our own experiment, small
    beside those of Lange, Helfrich & Ye 2022."""

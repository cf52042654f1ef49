"""Parity: last losses of Adam and Gauss-Newton along the path between three bases.

One panel per batch size: last loss against the place on the path from coordinates (0) through the
eigenvectors layer by layer (1) to those of the whole matrix (2). Thick medians, thin runs; dotted
the loss of a network that has learned nothing. What diverged is beyond the panel.

Up is the last loss, logarithmic over the eight decades that parity allows; across is a place on the
path, linear, with ticks at the three bases that have a name. Between two bases stands the geodesic
after their columns were matched, which is a convention. Thick lines are medians over seeds, thin
ones the runs; each point has rates of its own. Both panels share their range. A curve of
Gauss-Newton that does not fall to the right at full batch would refute that it gains from the
basis.
"""

from lab import style

READS = ("network_geodesic",)


def draw(data):
    """median (C, M, P) and loss (C, M, P, S) against s, one panel per batch size.

    C batch sizes, 0 for all inputs, M methods, P places on the path, S seeds. first is the loss of
    predicting nothing.
    """
    figure, axes = style.panels(1, len(data["batches"]), 3.0)
    for i, ax in enumerate(axes):
        for k, name in enumerate(data["methods"]):
            line = style.curve(ax, str(name), data["s"], data["median"][i, k])
            style.runs(ax, data["s"], data["loss"][i, k], line)
        style.level(ax, data["first"], "nothing learned")
        # the loss of a diverged run says nothing
        ax.set(
            yscale="log",
            ylim=(1e-8, 5),
            xlabel="basis",
            ylabel="last loss",
        )
        # the places whose bases have names; between them lie geodesics
        ax.set_xticks([0, 1, 2], ["coordinates", "Kronecker", "eigen"])

    style.titles(axes, *(f"batches of {b}" if b else "full batch" for b in data["batches"]))
    style.legend(figure, axes[0], 3)
    return figure


def caption(data) -> str:
    bits, degree, width, steps = data["shape"]
    return f"""Population loss after {steps} steps of a network with {width} rectified hidden
    units for the parity of {degree} of {bits} bits, in bases along the path from the coordinates
    through the eigenvectors layer by layer to those of the population's Gauss-Newton matrix, which
    is renewed along the way and which GN sees, too. Thick: medians, thin: each run of
    {data["loss"].shape[-1]} seeds, at the rate of each method that is best at that place on other
    seeds, from grids of one size; rates fall linearly to 0. Between two of the bases stands the
    geodesic after matching their columns, which is a convention of ours: where the matrix is
    singular its eigenvectors are not determined, and best rates are close to the largest that hold,
    where last digits, which differ between machines, grow. Values beyond the panel are missing. Our
    own experiment, in the manner of Liu et al. (2025), whose sizes are not known."""

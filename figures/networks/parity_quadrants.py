"""Parity and staircase: last losses of Adam and Gauss-Newton in three bases, by batch size.

One panel per task. Along x three groups, one per basis, each with its batch sizes; methods stand
beside each other. Dots are medians over seeds, bars their spread; dotted the loss of a network that
has learned nothing. A marker that is missing is beyond the panel.

Up is the last loss, logarithmic; what is below 1e-7 or above 5 is beyond the panel. Across there is
no scale: `place` puts methods beside each other within a batch size, and batch sizes within a
basis. The bar of a marker reaches from the smallest to the largest seed, or between the quantiles
that the legend names; where two bars overlap the caption calls it a tie. Markers at the dotted line
have learned nothing, whatever their order. Adam in its bases is to be compared across groups,
methods within one.
"""

from lab import style

READS = ("parity_quadrants",)


def draw(data):
    """median, low, high (T, C, M) at place (M, C), one panel per task; first (T,).

    T tasks, C pairs of a basis and a batch size, M methods. low and high are what `band` says, over
    seeds; first is the loss of predicting nothing.
    """
    figure, axes = style.panels(1, len(data["tasks"]), 3.0)
    for i, ax in enumerate(axes):
        for k, name in enumerate(data["methods"]):
            x = data["place"][k]
            line = style.placed(ax, str(name), x, data["median"][i, :, k])
            bar = {"color": line.get_color(), "gid": "band", "linewidth": 1.5}
            low, high = data["low"][i, :, k], data["high"][i, :, k]
            ax.vlines(x, low, high, label="_band", **bar)
        ax.vlines(
            [],
            0,
            1,
            color="0.4",
            linewidth=2,
            label=str(data["band"]),
        )
        style.level(ax, data["first"][i], "nothing learned")
        # the loss of a diverged run says nothing
        ax.set(
            yscale="log",
            ylim=(1e-7, 5),
            xlabel="basis, batch size",
            ylabel="last loss",
        )
        # under the second of three methods, the middle one
        ax.set_xticks(data["place"][1], ticks(data))

    style.titles(axes, *map(str, data["tasks"]))
    style.legend(figure, axes[0], 2)
    return figure


def ticks(data):
    """The batch size, and below the first of a basis its name."""
    named = []
    for basis, size in zip(data["bases"], data["batches"], strict=True):
        middle = list(data["bases"]).index(basis) + list(data["bases"]).count(basis) // 2
        below = f"\n{basis}" if len(named) == middle else ""
        named.append(f"{size if size else 'full'}{below}")
    return named


def caption(data) -> str:
    bits, degree, width, steps = data["shape"]
    return f"""Population loss after {steps} steps of a network with {width} rectified hidden
    units, for the parity and the staircase of {degree} of {bits} bits; bases of the population's
    Gauss-Newton matrix, renewed along the way, which GN sees, too; gradients of batches of the
    size below. Dots: medians, bars: {data["band"]}, at the rate of each
    method that is best on other seeds, from grids of one size; rates fall linearly to 0. Markers
    that are missing are beyond the panel. Best rates are close to the largest that hold, where last
    digits, which differ between machines, grow. Our own experiment, in the manner of Liu et al.
    (2025), whose sizes are not known."""

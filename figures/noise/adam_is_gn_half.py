"""Adam is GN^-1/2 at small batches, within a bound that grows with the batch.

k is the expected squared gradient over tau / B times the curvature, per coordinate: constant k
means Adam = GN^-1/2 up to a rate. (a, b) k of four ranks against B, in the eigenbasis and in a
random basis, between the bounds 1 and 1 + (B + 1) r. (c) k of every coordinate. (d) The largest k
by label noise, each below its own bound. Lines exact, large hollow markers simulated.

All vertical axes are logarithmic, as k runs from 1 to the batch size. Lines are exact expectations
and need no runs; hollow markers are means over simulated batches and sit on their lines if the
formula is right. Ranks in (a, b) are those of k at the largest batch. The lower bound is 1 by a
choice of factor: where all curves are at 1, Adam is GN^-1/2, and where they fan out it is not. In
(d) a dashed bound ends with the marker of its noise. A marker outside of its bounds would refute
the theorem, a level fan the title.
"""

import numpy as np

from lab import style

READS = ("adam_is_gn_half",)
AXIS = "k,  up to a factor (GN$^{-1/2}$ / Adam)$^2$"


def draw(data):
    """NAME_k (n, points) against batch, NAME_measured (n, marks); ranked (marks, n) against rank.

    n coordinates, in the order of their k at the largest batch; marks are the batch sizes that were
    simulated. k has no unit, and only its spread has a meaning.
    """
    figure, axes = style.panels(2, 2, 3.0)
    for ax, name in zip(axes, ("eigen", "haar"), strict=False):
        against_batch(ax, data, name)

    against_rank(axes[2], data)
    with_noise(axes[3], data)
    style.titles(
        axes,
        "eigenbasis",
        "random basis",
        "eigenbasis, all coordinates",
        "eigenbasis, with label noise",
    )
    eigen = [style.count(x) for x in data["eigen_spread"]]
    haar = [style.count(x) for x in data["haar_spread"]]
    header = ["Adam over GN^-1/2,\nlargest / smallest", *(f"B = {b:g}" for b in data["marks"])]
    style.table(figure, header, [["eigenbasis", *eigen], ["random basis", *haar]])
    return figure


def against_rank(ax, data):
    """k of every coordinate, at some batch sizes."""
    rank = data["rank"]
    # every fifth, and the last, which attains the lower bound
    some = [*range(0, len(rank) - 2, 5), -1]
    for j, batch in enumerate(data["marks"]):
        line = style.measured(ax, j, rank, data["ranked"][j], f"B = {batch:g}")
        line.set(markevery=some)
        dots(line, j, rank, data["ranked_measured"][j], some)

    ax.set(yscale="log", xlabel="coordinate, in the order of its k", ylabel=AXIS)
    ax.set_ylim(top=100 * data["ranked"].max())
    style.inside(ax, "upper right", 2)


def with_noise(ax, data):
    """The largest k, by label noise, each below its bound."""
    for j, noise in enumerate(data["noises"]):
        line = style.measured(ax, j, data["batch"], data["noisy_k"][j], f"noise$^2$ = {noise:g} E")
        line.set_markevery(4)
        label = "_theory" if j else "theory: bound of each"
        bound = style.theory(ax, data["batch"], data["noisy_upper"][j], label)
        mark = {
            "marker": line.get_marker(),
            "color": line.get_color(),
            "fillstyle": "none",
        }
        last = [len(data["batch"]) - 1]
        ax.plot(
            *bound.get_data(),
            linestyle="none",
            markevery=last,
            gid="reference",
            **mark,
        )

    ax.set(xscale="log", yscale="log", xlabel="batch size B", ylabel="largest k over coordinates")
    # room for the legend
    ax.set_ylim(top=1e3 * data["noisy_upper"].max())
    style.inside(ax, "upper left")


def against_batch(ax, data, name):
    """k of four ranks, between the bounds."""
    exact = data[f"{name}_k"]
    measured = data[f"{name}_measured"]
    # evenly in the logarithm of the rank, as k falls fastest at the first
    grid = np.geomspace(1, len(exact), 4)
    for j, rank in enumerate(np.unique(grid.round().astype(int))):
        line = style.measured(ax, j, data["batch"], exact[rank - 1], f"the {ordinal(rank)} k")
        line.set(markevery=4)
        dots(line, j, data["marks"], measured[rank - 1])

    style.theory(ax, data["batch"], data["upper"], "theory: bounds")
    style.threshold(ax, 1.0, vertical=False)
    ax.set(xscale="log", yscale="log", xlabel="batch size B", ylabel=AXIS)
    style.inside(ax, "upper left")


def ordinal(rank):
    """largest, 4th largest, ..."""
    return "largest" if rank == 1 else f"{rank}th largest"


def dots(line, k, x, y, every=1):
    """Monte Carlo values: marker k in the colour of their exact line, hollow and larger."""
    marker = style.CYCLE[k % len(style.CYCLE)].marker
    look = {"linestyle": "none", "marker": marker, "color": line.get_color(), "fillstyle": "none"}
    size = 1.6 * line.get_markersize()
    line.axes.plot(
        x,
        y,
        markevery=every,
        gid="measured",
        markersize=size,
        **look,
    )


def caption(data) -> str:
    return f"""Expected squared gradient of a mini-batch over $\\tau$/B times the curvature, k,
    per coordinate: Adam divided by GN^-1/2 is $k^{{-1/2}}$, up to a learning rate, so at B = 1
    they differ by at most $\\sqrt{{3}}$. Lines with small markers: exact; large hollow ones:
    means over {data["runs"]} simulated mini-batches. Dashed: the bounds 1 and 1 + (B + 1) r,
    which hold in every basis, r = E / (E + noise$^2$), E = d$^T\\Sigma$ d; in (d) with the
    marker of its noise at the end. {len(data["rank"])} Gaussian inputs, no label noise in (a-c).
    A coordinate whose d is close to 0 stays at k = 1. Our own experiment, derived, for the
    small-batch equivalence stated in Liu et al. 2025."""

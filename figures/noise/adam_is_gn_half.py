"""Adam is GN^-1/2 at small batches, within a bound that grows with the batch."""

import numpy as np
import style

READS = ("adam_is_gn_half",)
AXIS = "k,  up to a factor (GN$^{-1/2}$ / Adam)$^2$"


def draw(data):
    figure, axes = style.panels(2, 2, 8.0)
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
    eigen_spread = listed(data["eigen_spread"])
    haar_spread = listed(data["haar_spread"])
    style.foot(
        figure,
        f"""Expected squared gradient of a mini-batch over tau/B times the curvature, k, per
        coordinate: Adam divided by GN^-1/2 is k to the power -1/2, up to a learning rate. Lines:
        exact; markers: means over {data["runs"]} simulated mini-batches (farthest of all from the
        exact value: {data["z"]:.1f} standard errors). Dashed: the bounds 1 and 1 + (B + 1) r, which
        hold in every basis, r = E / (E + noise$^2$), E = d$^T$Sigma d; in (d) from top to bottom as
        in the legend. {len(data["rank"])} Gaussian inputs, no label noise in (a-c). A coordinate
        whose d is close to 0, like the last one of (c), stays at k = 1. At B = 1 the methods agree
        within a factor of the root of 3; the largest over the smallest ratio at the batch sizes of
        (c) is {eigen_spread} in the eigenbasis and {haar_spread} in the random basis. Stand-in:
        ours (derived), for the small-batch equivalence stated in Liu et al. 2025.""",
    )
    return figure


def against_rank(ax, data):
    """k of every coordinate, at some batch sizes."""
    rank = data["rank"]
    some = [*range(0, len(rank) - 2, 5), -1]
    for j, batch in enumerate(data["marks"]):
        label = f"B = {batch:,}".replace(",", " ")
        line = style.measured(ax, j, rank, data["ranked"][j], label)
        line.set(marker="")
        dots(line, j, rank, data["ranked_measured"][j], some)

    ax.set(yscale="log", xlabel="rank of the coordinate", ylabel=AXIS)
    ax.legend(loc="upper right", ncols=2)


def with_noise(ax, data):
    """The largest k, by label noise."""
    for j, noise in enumerate(data["noises"]):
        label = f"noise$^2$ = {noise:g} E"
        line = style.measured(ax, j, data["batch"], data["noisy_k"][j], label)
        line.set_markevery(4)

    for j, upper in enumerate(data["noisy_upper"]):
        label = "_theory" if j else "theory: their bounds"
        style.theory(ax, data["batch"], upper, label)

    ax.set(xscale="log", yscale="log", xlabel="batch size B")
    ax.set_ylabel("largest k over coordinates")
    ax.legend(loc="upper left")


def listed(values):
    """1, 2.5, 3.75"""
    return ", ".join(f"{x:.3g}" for x in values)


def against_batch(ax, data, name):
    """k of four ranks, between the bounds."""
    exact = data[f"{name}_k"]
    measured = data[f"{name}_measured"]
    grid = np.geomspace(1, len(exact), 4)
    for j, rank in enumerate(np.unique(grid.round().astype(int))):
        line = style.measured(ax, j, data["batch"], exact[rank - 1], f"rank {rank}")
        line.set(marker="")
        dots(line, j, data["marks"], measured[rank - 1])

    style.theory(ax, data["batch"], data["upper"], "theory: bounds")
    style.threshold(ax, 1.0, vertical=False)
    ax.set(xscale="log", yscale="log", xlabel="batch size B", ylabel=AXIS)
    ax.legend(loc="upper left")


def dots(line, k, x, y, every=1):
    """Monte Carlo values in the colour of their exact line and with marker k."""
    _, _, marker = style.CYCLE[k]
    look = {"linestyle": "none", "marker": marker, "color": line.get_color()}
    line.axes.plot(x, y, markevery=every, gid="measured", **look)

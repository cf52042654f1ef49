"""The exact recursion runs through the Monte Carlo means."""

import numpy as np
import style

READS = ("exact_risk",)


def draw(data):
    figure, axes = style.panels(2, 2, 7.6)
    t = data["t"]
    count = len(data["batches"])
    for b, ax in enumerate(axes[:count]):
        curves = data["exact"][b]
        for m, share in np.ndindex(curves.shape[:2]):
            points(ax, data, (b, m, share))
        for j, exact in enumerate(curves.reshape(-1, len(t))):
            label = "_theory" if j else "theory: exact recursion"
            line = style.theory(ax, t, exact, label)
            line.set_zorder(1.5)
        ax.set(yscale="log", xlabel="step", ylabel="expected loss, relative to the start")

    residuals(axes[3], data)
    sizes = (f"batch size {b}" for b in data["batches"])

    style.titles(axes, *sizes, "residuals of (a-c), band of 5")
    style.foot(
        figure,
        f"""Expected loss of SGD with a fixed preconditioner on linear regression with
        {data["dims"]} Gaussian inputs whose covariance does not commute with it, label noise of
        standard deviation {data["noise"]:g}. Dashed: the linear recursion for the second moments,
        without sampling. Markers: means of {data["runs"]} runs, with one standard error. Hollow and
        full: the smaller and the larger learning rate. The farthest of all points is
        {data["worst"]:.1f} standard errors away; residuals of one run are correlated over time.
        Stand-in: ours (derived), the expected risk of the methods of Liu et al. 2025.""",
        legend=axes[0],
        columns=4,
        title="learning rate as a share of the method's stability limit",
    )
    return figure


def residuals(last, data):
    """Distances in standard errors, with the band of five."""
    last.axhspan(-5, 5, color="0.93", linewidth=0)
    z = data["z"]
    for b, m, share in np.ndindex(z.shape[:3]):
        name = str(data["methods"][m])
        look = style.METHODS[name]
        drawn = {
            "color": look.colour,
            "marker": look.marker,
            "fillstyle": fill(share),
            "linewidth": 0.6,
        }
        last.plot(data["later"], z[b, m, share], **drawn)

    last.set(ylim=(-6, 6), xlabel="step", ylabel="(Monte Carlo - exact) / standard error")


def points(ax, data, at):
    """Monte Carlo means with their standard errors; at: batch size, method and share."""
    _, m, share = at
    name = str(data["methods"][m])
    look = style.METHODS[name]
    method = "SGD" if name == "GD" else look.label
    percent = 100 * data["shares"][share]
    label = f"{method}, {percent:g} %"

    means = data["measured"][at]
    line = style.curve(ax, name, data["marks"], means, label)
    line.set(linestyle="none", fillstyle=fill(share), markevery=None)
    bars = {
        "fmt": "none",
        "ecolor": look.colour,
        "label": "_error",
    }
    ax.errorbar(data["marks"], means, data["error"][at], **bars)


def fill(share):
    """Hollow markers for the first learning rate."""
    return "none" if share == 0 else "full"

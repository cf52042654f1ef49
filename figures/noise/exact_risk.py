"""The exact recursion runs through the Monte Carlo means.

One panel per batch size: expected loss relative to the start against step, dashed exact, markers
means of runs with five standard errors. The last panel has all residuals in standard errors, with
the band of five that a correct recursion stays in. Hollow: the smaller rate.

Losses are logarithmic and over that at the start; dashed curves have one look, since which is whose
is told by the markers on them. Bars are five standard errors of a mean of many runs and mostly
shorter than a marker. Markers of three sizes lie round each other where methods coincide. The last
panel is linear, in standard errors: points of one run are correlated in time, so that a line which
stays on one side of 0 is no sign of a bias, but one that leaves the band is. That, or a trend with
the step, would refute the recursion.
"""

import numpy as np

from lab import style

READS = ("exact_risk",)


def draw(data):
    """exact (B, M, L, T) against t, measured and error (B, M, L, K) at marks, z at later.

    B batch sizes, M methods, L rates, T steps, K of which were recorded. Losses are over that at
    the start, error is one standard error of it.
    """
    count = len(data["batches"])
    rows = -(-(count + 1) // 2)
    figure, axes = style.panels(rows, 2)
    for spare in axes[count + 1 :]:
        spare.remove()
    t = data["t"]
    for b, ax in enumerate(axes[:count]):
        curves = data["exact"][b]
        for m, share in np.ndindex(curves.shape[:2]):
            points(ax, data, (b, m, share))
        for j, exact in enumerate(curves.reshape(-1, len(t))):
            label = "_theory" if j else "theory: exact recursion"
            style.theory(ax, t, exact, label).set_zorder(1.5)
        ax.set(yscale="log", xlabel="step", ylabel="expected loss, relative to the start")

    residuals(axes[count], data)
    sizes = (f"batch size {b}" for b in data["batches"])
    style.titles(axes[: count + 1], *sizes, "residuals, band of 5")
    style.legend(figure, axes[0], 4, title="learning rate as a share of the stability limit")
    return figure


def residuals(last, data):
    """Distances in standard errors, with the band of five."""
    last.axhspan(-5, 5, color="0.93", linewidth=0)
    z = data["z"]
    for b, m, share in np.ndindex(z.shape[:3]):
        line = style.curve(last, name_of(data, m), data["later"], z[b, m, share])
        line.set(
            linewidth=0.6,
            fillstyle=fill(share),
            label="_residual",
        )

    # the band of five is seen whole, even if nothing comes near it
    reach = max(6.0, 1.2 * float(np.abs(z).max()))
    last.set(
        ylim=(-reach, reach),
        xlabel="step",
        ylabel="(mean - exact) / standard error",
    )


def points(ax, data, at):
    """Monte Carlo means with their standard errors; at: batch size, method and share. Markers of a
    method are moved by nothing: where two coincide, one is larger and hollow."""
    _, m, share = at
    name = name_of(data, m)
    percent = 100 * data["shares"][share]
    means = data["measured"][at]
    line = style.placed(ax, name, data["marks"], means, f"{style.look(name).label}, {percent:g} %")
    line.set(
        fillstyle=fill(share),
        markersize=(7.0, 5.0, 3.0)[m % 3],
    )
    bars = {
        "fmt": "none",
        "ecolor": line.get_color(),
        "label": "_error",
        "elinewidth": 0.8,
    }
    ax.errorbar(data["marks"], means, 5 * data["error"][at], **bars)


def name_of(data, m):
    """GD with mini-batches is SGD."""
    name = str(data["methods"][m])
    return "SGD" if name == "GD" else name


def fill(share):
    """Hollow markers for the first learning rate."""
    return "none" if share == 0 else "full"


def caption(data) -> str:
    return f"""Expected loss of SGD with a fixed preconditioner on linear regression with
    {data["dims"]} Gaussian inputs whose covariance does not commute with it, label noise of
    standard deviation {data["noise"]:g}. Dashed: the linear recursion for the second moments,
    without sampling. Markers: means of {data["runs"]} runs; bars, where longer than a marker,
    five standard errors. Hollow and full: the smaller and the larger learning rate; where two
    methods coincide, the smaller marker lies in the larger. Residuals of one run are correlated
    over time. Our own experiment, derived: the expected risk of the methods of Liu et al. 2025."""

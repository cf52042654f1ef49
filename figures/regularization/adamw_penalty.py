"""Without noise AdamW minimises the loss with a log barrier, under noise with a semi-ellipse.

The slope that decay adds to the loss, a - p at rest, against p, for several eps and with noise;
dashed lam eps p / (1 - lam p) and lam s p / (1 - lam^2 p^2)^(1/2). Vertical: the wall 1 / lam,
which both have and which no iterate passes.

Every marker is a run that came to rest: across, where (`p`); up, a - p, the slope of whatever decay
has added to the loss (`slope`). The runs of one look differ in the target a. The vertical axis is
logarithmic because the slope grows from hundredths to several units before the wall, where a linear
one would show the wall alone. Ridge would be lam p, the same for all eps; that the looks lie on
different curves is what shows that eps belongs to the penalty. A marker right of the wall, or off
its dashed curve by more than its size, would refute the statement.
"""

import numpy as np

from lab import style

READS = ("adamw_penalty",)


def draw(data):
    """slope against p (runs, points), predicted_slope against predicted; the last row under noise.

    A row per eps, and the last under noise. The slope has the unit of the loss over p; predicted is
    a finer grid of p than the runs have.
    """
    figure, (ax,) = style.panels(1, 1)
    labels = [*(f"eps = {x:g}" for x in data["eps"]), f"noise {float(data['noise']):g}"]
    for k, label in enumerate(labels):
        style.dots(ax, k, data["p"][k], data["slope"][k], label)
        name = "theory" if k == 0 else "_theory"
        style.theory(ax, data["predicted"][k], data["predicted_slope"][k], name)
    style.place(ax, 1 / float(data["lam"]), r"1/$\lambda$")
    ax.set(
        yscale="log",
        xlabel="p at rest",
        ylabel="slope of the penalty",
    )
    # at a target of 0 the slope is 0, and has no logarithm
    lowest = np.abs(data["slope"][data["slope"] > 0]).min()
    ax.set_ylim(
        lowest / 2,
        2 * data["slope"].max(),
    )
    # room for the name of the wall
    ax.set_xlim(right=1.12 / float(data["lam"]))
    style.titles((ax,), "what the weight decay of AdamW weighs")
    style.legend(figure, ax)
    return figure


def caption(data) -> str:
    return f"""Where AdamW with decay $\\lambda$ = {float(data["lam"]):g} comes to rest on
    (p - a)$^2$ / 2, for {len(data["target"])} targets a: the slope of what it adds to the loss is
    a - p there. Without noise (eps given) theory is the log barrier with slope $\\lambda$ eps p /
    (1 - $\\lambda$ p), under noise s the semi-ellipse with slope $\\lambda$ s p /
    (1 - $\\lambda^2$ p$^2$)$^{{1/2}}$; both end at a box. Ridge would be a straight line through 0.
    Our own experiment, derived, beyond Ye 2024."""

"""Where Adam hovers on a quadratic, and the sharpest minima that momentum can settle in."""

import numpy as np
import style

READS = ("edge_of_stability",)


def draw(data):
    figure, (left, right) = style.panels(1, 2, 4.6)
    hovering(left, data)
    minima(right, data)
    style.titles((left, right), "Adam on a quadratic", "minima of $(a^2 - b^2 - 1)^2 / 2$")
    style.foot(
        figure,
        f"""(a) Preconditioned sharpness times rate of Adam, β2 = 0.99, eps = 0, on a
        one-dimensional quadratic, against the edge 2 (1 + β1) / (1 - β1). At β1 = 0 Adam locks on
        its two-cycle, exactly at the edge; at the default 0.9 it hovers just below 38, in bursts,
        whose times last digits decide, which differ between machines. (b) Each dot is a run from
        (1.5, 1.45) that found a minimum; the minima form a hyperbola and differ in sharpness. Small
        rates follow gradient flow (dotted), larger ones are driven to flatter minima, and none
        settles above its edge: 2 for GD, 2 (1 + β) for heavy ball, 2 (1 + β) / (1 + 2 β) for
        Nesterov, β = {float(data["beta"]):g}. Missing dots: no minimum found. Stand-in: small
        problems of our own for the effect that Cohen et al. 2022 report on networks.""",
    )
    return figure


def hovering(left, data):
    """Adam's preconditioned sharpness against time."""
    for k, edge in enumerate(data["adam_edges"]):
        look = {"color": style.CYCLE[k][0], "linewidth": 0.9, "gid": "measured"}
        label = rf"$\beta_1$ = {data['beta1'][k]:g}"
        left.plot(data["t"], data["sharpness"][k], label=label, **look)
        _edge(left, edge, f"{edge:g}", k == 0)

    left.set(
        yscale="log",
        xlabel="step",
        ylabel=r"lr $\lambda$ / $\sqrt{\hat v}$",
        xlim=(0, data["t"][-1]),
        ylim=(1, 400),
    )
    _legend(left, 2)


def minima(right, data):
    """Sharpness of the minima found, against the rate."""
    for k, (name, edge) in enumerate(zip(data["methods"], data["edges"], strict=True)):
        dots = style.measured(right, k, data["lr"], data["settled"][k], str(name))
        dots.set(linestyle="none", markersize=3.5)
        _edge(right, edge, f"{edge:g} {name}", k == 0)

    dotted = {"color": "0.4", "linestyle": (0, (1, 2)), "gid": "reference"}
    right.plot(data["lr"], data["flow"], label="minimum of gradient flow", **dotted)
    right.set(
        xscale="log",
        xlabel="learning rate",
        ylabel="lr x sharpness of the minimum found",
        ylim=(0, 1.8 * float(np.max(data["edges"]))),
    )
    right.set_xlim(data["lr"][0], data["lr"][-1])
    _legend(right, 1)


def _edge(ax, value, text, first):
    """The edge as a line, with its value beside the panel."""
    style.threshold(ax, value, "theory: edge" if first else "_theory", vertical=False)
    ax.annotate(
        text,
        (1.0, value),
        xycoords=("axes fraction", "data"),
        xytext=(3, 0),
        textcoords="offset points",
        va="center",
        fontsize=7.5,
    )


def _legend(ax, columns):
    """Measurements first, theory after them."""
    handles, labels = ax.get_legend_handles_labels()
    order = sorted(range(len(labels)), key=lambda k: labels[k].startswith("theory"))
    handles = [handles[k] for k in order]
    labels = [labels[k] for k in order]
    ax.legend(handles, labels, loc="upper left", ncols=columns)

"""Where Adam hovers on a quadratic, and the sharpest minima that momentum can settle in.

(a) lr lam / sqrt(v_hat) against step, one curve per beta1, beside 2 (1 + beta1) / (1 - beta1). (b)
lr times the sharpness of the minimum that a run found against lr, by method, beside the largest
value at which a minimum is stable; dotted what gradient flow finds, which knows no rate.

(a) `sharpness` (beta1, K), what a step sees of the curvature, in units in which gradient descent
has its edge at 2: logarithmic, since the edges for several beta1 are decades apart; each run rises
to its edge and stays about there. (b) is linear up to show distances to an edge, and logarithmic
across in the rate. Hollow markers of three sizes lie round each other where methods find one
minimum. A marker above the dashed line of its own method would be a minimum that a stability
argument excludes, and would refute it.
"""

import numpy as np

from lab import style

READS = ("edge_of_stability",)


def draw(data):
    """sharpness (beta1, K) against t; settled (M, L) and flow (L,) against lr; edges of both.

    K recorded steps, M methods, L rates. settled is lr times the sharpness at the end, and has no
    marker where a run found no minimum; edges have the same unit.
    """
    figure, (left, right) = style.panels(1, 2, 3.0)
    hovering(left, data)
    minima(right, data)
    style.titles((left, right), "Adam on a quadratic", "minima of $(a^2 - b^2 - 1)^2 / 2$")
    return figure


def hovering(left, data):
    """Adam's preconditioned sharpness against time."""
    for k, edge in enumerate(data["adam_edges"]):
        label = rf"$\beta_1$ = {data['beta1'][k]:g}"
        line = style.measured(left, k, data["t"], data["sharpness"][k], label)
        # thin, for a burst every few steps would fill the panel
        line.set_linewidth(0.8)
        _edge(left, edge, f"{edge:g}", k == 0)

    left.set(
        yscale="log",
        xlabel="step",
        ylabel=r"lr $\lambda$ / $\sqrt{\hat v}$",
        xlim=(0, data["t"][-1]),
        ylim=(0.7, 15 * float(np.max(data["adam_edges"]))),
    )
    style.inside(left, "upper left", 2)


def minima(right, data):
    """Sharpness of the minima found, against the rate."""
    for k, (name, edge) in enumerate(zip(data["methods"], data["edges"], strict=True)):
        # where they agree, the hollow markers of one are seen around those of the other
        dots = style.placed(right, str(name), data["lr"], data["settled"][k])
        dots.set(
            fillstyle="none",
            markersize=(6.0, 3.8, 1.6)[k % 3],
            markeredgewidth=0.7,
        )
        _edge(right, edge, f"{edge:g}", k == 0)

    dotted = {"color": "0.4", "linestyle": (0, (1, 2)), "gid": "reference"}
    right.plot(data["lr"], data["flow"], label="minimum of gradient flow", **dotted)
    right.set(
        xscale="log",
        xlabel="learning rate",
        ylabel="lr x sharpness of the minimum found",
        ylim=(0, 2.6 * float(np.max(data["edges"]))),
    )
    right.set_xlim(data["lr"][0], data["lr"][-1])
    style.inside(right, "upper left")


def _edge(ax, value, text, first):
    """The edge as a line, with its value beside the panel."""
    style.threshold(ax, value, "theory: edge" if first else "_theory", vertical=False)
    place = {"xycoords": ("axes fraction", "data"), "va": "center"}
    offset = {"textcoords": "offset points", "xytext": (3, 0)}
    style.note(ax, text, (1.0, value), **place, **offset)


def caption(data) -> str:
    beta = float(data["beta"])
    return f"""(a) Preconditioned sharpness times rate of Adam, eps = 0, on a one-dimensional
    quadratic; dashed: the edge $2 (1 + \\beta_1) / (1 - \\beta_1)$, with its value. It bursts at
    times that last digits decide, which differ between machines. (b) Each marker is a run from
    (1.5, 1.45) that found a minimum; the minima form a hyperbola and differ in sharpness;
    dotted: the minimum that gradient flow finds. Dashed: 2 for GD, $2 (1 + \\beta)$ for heavy
    ball, $2 (1 + \\beta) / (1 + 2 \\beta)$ for Nesterov, $\\beta$ = {beta:g}. Missing markers:
    no minimum found. Our own experiment: small problems for the effect that Cohen et al. 2022
    report on networks."""

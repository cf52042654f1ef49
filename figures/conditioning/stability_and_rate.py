"""Preconditioning raises the batch size that still pays, and GN^-1 attains the best rate."""

import style

READS = ("stability_and_rate",)
PANELS = (
    ("limit", "stability limit of the learning rate", "largest stable step"),
    ("rate", "risk after / before one step", "best mean-square rate"),
    ("steps", "steps per e-fold of the risk", "steps at the best rate"),
    ("samples", "examples per e-fold of the risk", "examples at the best rate"),
)


def draw(data):
    figure, axes = style.panels(2, 2, 7.4)
    for ax, (kind, label, _) in zip(axes, PANELS, strict=True):
        for m, name in enumerate(data["methods"]):
            exact = style.curve(ax, str(name), data["batch"], data[kind][m])
            exact.set(marker="", label="_exact", zorder=2)
            method = "SGD" if name == "GD" else None
            marks = style.curve(ax, str(name), data["marks"], data[f"measured_{kind}"][m], method)
            marks.set(linestyle="none", markevery=None, zorder=4)
            dotted = {"linestyle": ":", "linewidth": 1.1, "gid": "reference"}
            ax.axvline(data["critical"][m], color=exact.get_color(), **dotted)
        if kind != "limit":
            bound = "theory: no preconditioner is faster"
            style.theory(ax, data["batch"], data[f"bound_{kind}"], bound)
        ax.set(
            xscale="log",
            yscale="linear" if kind == "rate" else "log",
            xlabel="batch size B",
            ylabel=label,
        )

    style.titles(axes, *(title for _, _, title in PANELS))
    critical = ", ".join(f"{x:.3g}" for x in data["critical"])
    style.foot(
        figure,
        f"""SGD preconditioned in the eigenbasis by powers of the diagonal of Gauss-Newton,
        {data["dims"]} Gaussian inputs, covariance of condition number {data["kappa"]:g} with
        largest eigenvalue 1, no label noise. Lines: exact, from a scalar equation. Markers:
        spectral radius of the matrix that propagates second moments, by bisection in (a), minimised
        over the learning rate in (b-d). Dashed: the rate (n + 1) / (B + n + 1), which no
        preconditioner beats and GN^-1 attains. Dotted: critical batch, the sum of the eigenvalues
        of the preconditioned covariance over the largest, {critical}: about there the stable step
        saturates and examples start to be wasted. Stand-in: ours (derived), on the stochastic
        regime of Liu et al. 2025.""",
        legend=axes[1],
        columns=4,
    )
    return figure

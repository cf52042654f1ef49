"""The pencil of empirical and true Fisher in logistic regression, against the student's norm."""

import style

READS = ("logistic_fisher",)
PANELS = {
    "bulk": "bulk eigenvalue",
    "top": "largest eigenvalue",
    "spread": "spread: largest / smallest",
}
SLOPES = {"bulk": "c", "top": "c$^3$", "spread": "c$^2$"}


def draw(data):
    figure, axes = style.panels(1, 3, 4.7)
    for ax, name in zip(axes, PANELS, strict=True):
        for k, angle in enumerate(data["angles"]):
            label = f"angle {angle:g} degrees"
            line = style.measured(ax, k, data["c"], data[name][k], label)
            line.set_markevery((k, 6))
        for k, law in enumerate(data[f"law_{name}"]):
            label = "_theory" if k else "theory: limit laws, large c"
            style.theory(ax, data["asymptotic"], law, label)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="norm c of the student",
            ylabel="generalised eigenvalue",
        )
        ax.annotate(f"~ {SLOPES[name]}", (0.62, 0.12), xycoords="axes fraction", fontsize=10)

    axes[2].set_ylabel("ratio")

    style.titles(axes, *PANELS.values())
    style.foot(
        figure,
        f"""Generalised eigenvalues of (M, G) in logistic regression with Gaussian inputs: M the
        second moment of gradients at batch size 1 (empirical Fisher, what Adam sees), G the
        Gauss-Newton matrix (true Fisher). Labels from a teacher of norm {data["teacher"]:g}, at
        three angles to the student. n - 2 eigenvalues are equal (a), so that Adam is GN^-1/2 but
        for two directions; a confident student, right or wrong, makes the largest (b) and the
        spread (c) grow without bound. At angle 0 and norm {data["teacher"]:g} student and teacher
        agree and M = G. Curves: quadrature; dashed: limits with their constants. Stand-in: ours, on
        the comparison of Adam with GN^-1/2 in Liu et al. 2025.""",
        legend=axes[0],
        columns=4,
    )
    return figure

"""The pencil of empirical and true Fisher in logistic regression, against the student's norm.

Generalised eigenvalues of (M, G) against the student's norm c, by angle to the teacher: (a) the n -
2 that are equal, (b) the largest, (c) the largest over the smallest, which is how far Adam is from
GN^-1/2. Dashed: limits for large c, growing like c, c^3 and c^2; the marker at their ends says of
which angle.

All axes are logarithmic, and laws are straight lines whose slope stands in the corner. `bulk`,
`top` and `spread` are quadratures, exact to many digits, and so there are no bands; law_... are
their limits, with their constants, drawn only where c is large. A curve that keeps a distance from
its law at the right end would refute the constant, one of another slope the power. At the teacher's
norm and angle 0 the two matrices are equal, and all three are 1.
"""

from lab import style

READS = ("logistic_fisher",)
PANELS = {
    "bulk": "bulk eigenvalue",
    "top": "largest eigenvalue",
    "spread": "spread: largest / smallest",
}
SLOPES = {"bulk": "c", "top": "c$^3$", "spread": "c$^2$"}


def draw(data):
    """bulk, top, spread (A, points) against c; law_... (A, tail) against asymptotic.

    A angles between student and teacher. c and asymptotic are norms of the student, the other
    arrays eigenvalues of the pencil, without units.
    """
    figure, axes = style.panels(1, 3, 2.9)
    for ax, name in zip(axes, PANELS, strict=True):
        for k, angle in enumerate(data["angles"]):
            line = style.measured(ax, k, data["c"], data[name][k], f"angle {angle:g} degrees")
            # theory begins at a larger norm: the markers of its curve say whose it is
            style.theory(ax, data["asymptotic"], data[f"law_{name}"][k], law_label(k))
            ends(ax, data["asymptotic"], data[f"law_{name}"][k], line)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="norm c of the student",
            ylabel="ratio" if name == "spread" else "generalised eigenvalue",
        )
        place = {"xycoords": "axes fraction"}
        style.note(ax, f"laws grow like {SLOPES[name]}", (0.04, 0.93), **place)

    style.titles(axes, *PANELS.values())
    style.legend(figure, axes[0])
    return figure


def law_label(k):
    """One entry of the legend for all laws."""
    return "_theory" if k else "theory: limit laws, large c"


def ends(ax, x, y, line):
    """The marker of a curve at both ends of its law, hollow."""
    # short settings may not reach the norms where the law begins
    if len(x):
        look = {"marker": line.get_marker(), "color": line.get_color(), "fillstyle": "none"}
        ax.plot(x, y, linestyle="none", markevery=[0, len(x) - 1], gid="reference", **look)


def caption(data) -> str:
    return f"""Generalised eigenvalues of (M, G) in logistic regression with Gaussian inputs: M
    the second moment of gradients at batch size 1 (empirical Fisher, what Adam sees), G the
    Gauss-Newton matrix (true Fisher). Labels from a teacher of norm {data["teacher"]:g}, at
    several angles to the student. n - 2 eigenvalues are equal (a), so that Adam is GN^-1/2 but
    for two directions. At angle 0 and norm {data["teacher"]:g} student and teacher agree and M =
    G. Curves: quadrature; dashed: limits with their constants, hollow markers at their ends say
    of which angle. Our own experiment, on the comparison of Adam with GN^-1/2 in Liu et al.
    2025."""

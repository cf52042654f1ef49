"""In every basis of the plane GN^-1 is conditioned no worse than GN^-1/2, nor that than GD.

One panel per kappa: the condition number after scaling against the angle to the eigenbasis. Markers
are eigenvalues of the scaled matrix, dashed the closed forms. At 45 degrees the diagonal is
constant, and all three are kappa.

Both axes are logarithmic: the angle, because what happens near the eigenbasis happens within
hundredths of a degree when kappa is large; kappa, because it is read by factors. Theory is drawn on
a fine grid of angles and markers on a few, with eigenvalues computed from the scaled 2 x 2 matrix.
Each panel ends a little above its own kappa, which GD has at every angle. A marker of GN^-1 above
one of GN^-1/2 at some angle would refute the statement.
"""

from lab import style

READS = ("kappa_plane",)
NAMES = ("GD", "GN^-1/2", "GN^-1")


def draw(data):
    """theory_... (K, points) against angle, measured_... (K, marks) against marks, in degrees.

    K condition numbers. theory is on a fine grid of angles, and measured on the marks, where the
    scaled matrix was diagonalised.
    """
    figure, axes = style.panels(1, len(data["kappas"]), 2.7)
    for k, (ax, kappa) in enumerate(zip(axes, data["kappas"], strict=True)):
        for name in NAMES:
            style.placed(ax, name, data["marks"], data[f"measured_{name}"][k])
        # after all markers, so that theory lies over each of them
        for name in NAMES:
            label = "theory" if name == "GD" else "_theory"
            style.theory(ax, data["angle"], data[f"theory_{name}"][k], label)
        ax.set(
            xscale="log",
            yscale="log",
            ylim=(0.7, kappa * 1.8),
            xlabel="angle to the eigenbasis (degrees)",
            ylabel="condition number after scaling",
        )
        # the last is no power of ten, and where all three meet
        ax.set_xticks([0.01, 0.1, 1, 10, 45], ["0.01", "0.1", "1", "10", "45"])
        ax.minorticks_off()

    style.titles(axes, *(f"$\\kappa$ = {kappa:,.0f}" for kappa in data["kappas"]))
    style.legend(figure, axes[0])
    return figure


def caption(data) -> str:
    return """Condition number of the preconditioned quadratic in two dimensions, against the
    angle between coordinates and eigenvectors, up to 45 degrees, where all three meet; beyond,
    the coordinates change places. Markers: from eigenvalues. Dashed: closed forms; for GD the
    level $\\kappa$. Our own experiment, derived, on the role of the basis in Liu et al. 2025."""

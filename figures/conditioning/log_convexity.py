"""log kappa is convex in the power of a diagonal scaling, and below its chord between 0 and 1.

kappa(D^(-s/2) H D^(-s/2)) on a logarithmic axis against s, for three matrices; dashed the chord
from s = 0 to s = 1. Vertical: s = 1/2, which is GN^-1/2, and s = 1, Jacobi. Beyond 1 the curves may
rise.

The vertical axis is logarithmic since convexity is that of log kappa: a chord is straight there and
lies above the curve. s is linear, from doing nothing at 0 to beyond Jacobi. Curves are eigenvalues
of exact matrices; one was made badly scaled, one rotated, and one has inputs with a mean. A curve
that passes above its chord between 0 and 1 would refute the theorem; that a curve rises beyond 1
does not.
"""

from lab import style

READS = ("log_convexity",)


def draw(data):
    """kappa (cases, points) against s; chord (cases, points with s <= 1).

    points are powers s; all values are condition numbers, without units, and exact up to rounding.
    """
    figure, (ax,) = style.panels(1, 1)
    # the chord says nothing beyond its ends
    between = data["s"][data["s"] <= 1]
    for k, name in enumerate(data["cases"]):
        style.measured(ax, k, data["s"], data["kappa"][k], str(name))
        label = "theory: chord" if k == 0 else "_theory"
        style.theory(ax, between, data["chord"][k], label)
    ax.set(yscale="log", xlabel="power s of diag(H)", ylabel="condition number")
    for place, text in ((0.5, r"GN$^{-1/2}$"), (1.0, "Jacobi")):
        style.place(ax, place, text)
    style.titles((ax,), r"$D^{-s/2} H D^{-s/2}$, D = diag(H)")
    style.legend(figure, ax)
    return figure


def caption(data) -> str:
    return f"""Condition number of the Hessian scaled by powers of its own diagonal, for one that is
    badly scaled, one that is rotated, one whose inputs have a mean. Dashed: the chord from s = 0 to
    1, an upper bound there since the logarithm is convex. s = 1/2 is what Adam does near a minimum
    under gradient noise, s = 1 is Jacobi. {len(data["cases"])} cases. Our own experiment, derived,
    on what Ye 2024 says of adaptive methods."""

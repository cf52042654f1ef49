"""log kappa is convex in the power of a diagonal scaling, and below its chord between 0 and 1.

kappa(D^(-s/2) H D^(-s/2)) on a logarithmic axis against s, for three matrices; dashed the chord
from s = 0 to s = 1. Vertical: s = 1/2, which is GN^-1/2, and s = 1, Jacobi. Beyond 1 the curves may
rise.
"""

from lab import style

READS = ("log_convexity",)


def draw(data):
    """kappa (cases, points) against s; chord (cases, points with s <= 1)."""
    figure, (ax,) = style.panels(1, 1)
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

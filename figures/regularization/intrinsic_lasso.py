"""Decoupled L1 under Adam follows the path of LASSO with weight lam^2, not lam.

Parameters at rest against the weight c that lam comes to, one look per coordinate; dashed LASSO
with that c. From some c on a coordinate is 0.

Across is the weight c of LASSO, logarithmic, at which the path is computed; up are parameters in
their own units, linear, since they change sign and are 0. Markers are where Adam with decoupled L1
came to rest (`adam`), dashed is the minimiser of LASSO from coordinate descent (`lasso`), which
knows nothing of Adam. A coordinate that is 0 in one and not in the other, or a marker off its
curve, would refute the statement. That the weight is lam^2 rather than lam is only seen through the
axis: with lam itself the curves would be shifted.
"""

from lab import style

READS = ("intrinsic_lasso",)


def draw(data):
    """adam and lasso (points, n) against weight, a look per coordinate.

    points are values of c, n coordinates of p, in its units; both arrays are at rest, the one of
    Adam, the other of coordinate descent.
    """
    figure, (ax,) = style.panels(1, 1)
    for k in range(data["adam"].shape[1]):
        style.dots(ax, k, data["weight"], data["adam"][:, k], f"$p_{k + 1}$")
        # one entry of the legend for all coordinates
        label = "theory: LASSO" if k == 0 else "_theory"
        style.theory(ax, data["weight"], data["lasso"][:, k], label)
    ax.set(
        xscale="log",
        xlabel="weight c of LASSO",
        ylabel="parameters at rest",
    )
    style.titles((ax,), "Adam with decoupled L1")
    style.legend(figure, ax, 4)
    return figure


def caption(data) -> str:
    return f"""Where Adam (eps = {float(data["eps"]):g}) with the proximal step of $\\lambda |z|_1$
    on its intrinsic variable ends, on a dense quadratic, for {len(data["lam"])} values of
    $\\lambda$, against the weight c = ($\\lambda^2 + \\lambda (\\lambda^2 + 4$ eps)$^{{1/2}}$) / 2.
    Dashed: LASSO with that weight by coordinate descent. Our own experiment, derived, on the L1
    rule of Ye 2024."""

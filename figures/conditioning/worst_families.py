"""On some matrices dividing by the diagonal, or by row norms, is worse than doing nothing.

kappa after over kappa before against n, for Jacobi, row norms and the best diagonal, on the family
that is worst (a) for Jacobi and (b) for row norms: 1 is what doing nothing has, and the best
diagonal. Dashed: the limits n / 2 and (1 + (n / 2)^(1/2)) / 2 as kappa grows.

Both axes are logarithmic, so that n / 2 is a straight line. Up is what scaling makes of kappa, over
doing nothing: above 1 the divisor does harm. Dots are eigenvalues of matrices with a large kappa,
dashed the limit as kappa grows. The best diagonal, at 1, is certified, and shows that the harm is
the rule's and not that of diagonals as such. Dots above their dashed curve would refute that the
limits are the largest there are on these families.
"""

from lab import style

READS = ("worst_families",)
FAMILIES = {"jacobi": "worst for Jacobi", "rows": "worst for row norms"}


def draw(data):
    """METHOD_on_FAMILY and limit_FAMILY (D,) against dims, over what doing nothing has.

    D dimensions. What is drawn is kappa after over kappa before, without a unit, so that doing
    nothing is 1 whatever the matrix.
    """
    figure, axes = style.panels(1, 2)
    for ax, family in zip(axes, FAMILIES, strict=True):
        n = data["dims"]
        style.dots(ax, 0, n, data[f"jacobi_on_{family}"], "Jacobi")
        style.dots(ax, 1, n, data[f"rows_on_{family}"], "row norms")
        style.dots(ax, 3, n, data[f"best_on_{family}"], "best diagonal")
        # kappa is finite here, and its limit is what has a closed form
        limit = "theory: limit of large condition numbers"
        style.theory(ax, n, data[f"limit_{family}"], limit)
        ax.set(xscale="log", yscale="log", xlabel="dimension n")
        ax.set_ylabel("condition number after / before")
        ax.set_xticks([3, 10, 30], ["3", "10", "30"])
        ax.minorticks_off()
    style.titles(axes, *FAMILIES.values())
    style.legend(figure, axes[0])
    return figure


def caption(data) -> str:
    return f"""Condition number of D H D over that of H = I + (K - 1) u u^T, K =
    {data["condition"]:.0e}, for unit diagonal (Jacobi), unit row norms (Adam where the error is
    isotropic), and the best diagonal, certified to be within 0.1 % of the optimum (where the
    search ends there depends on last digits): no diagonal improves on H. (a) u with two large
    and n - 2 tiny entries, (b) u with entries that are worst for row norms. Dashed: n / 2 and
    (1 + sqrt(n / 2)) / 2. Our own experiment, derived."""

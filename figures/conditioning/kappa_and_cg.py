"""Conjugate gradients do not follow the condition number.

(a) kappa of G(n) against n, as it is and with Jacobi: Jacobi's is larger. (b) Steps of conjugate
gradients, measured and predicted: Jacobi's are fewer. Dotted, hollow: the bound by n ln omega,
which has the order of the two right where kappa has it wrong.

Both panels are logarithmic in both axes, so that orders in n are slopes. (a) is a matrix property,
(b) a count of steps to a residual of given size on that matrix. Hollow markers on dotted lines are
bounds, and must lie above the full ones of their colour; dashed lines are predictions from the
spectrum alone. If steps followed kappa, orders of the two colours would be those of (a); that they
are reversed in (b) is the statement.
"""

from lab import style

READS = ("kappa_and_cg",)


def draw(data):
    """kappa, measured, predicted, by_log_k (2, D) against dims, without and with Jacobi.

    D dimensions. measured and predicted are whole steps to a residual of given size, by_log_k a
    bound on them which need not be whole.
    """
    figure, axes = style.panels(1, 2)
    n = data["dims"]
    for k, case in enumerate(data["cases"]):
        style.measured(axes[0], k, n, data["kappa"][k], str(case))
        style.dots(axes[1], k, n, data["measured"][k], str(case))
        style.theory(axes[1], n, data["predicted"][k], "_theory" if k else "theory: predicted")
        # in the look of its case, hollow: dashed would say that it is a prediction
        bound = style.measured(axes[1], k, n, data["by_log_k"][k], f"bound, {case}")
        bound.set(linestyle=":", linewidth=1.0, fillstyle="none", gid="reference")
    for ax, label in zip(axes, ("condition number", "steps"), strict=True):
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="dimension n",
            ylabel=label,
        )
        ax.minorticks_off()
    style.titles(axes, "condition number", "conjugate gradients")
    style.legend(figure, axes[1])
    return figure


def caption(data) -> str:
    return f"""A matrix G(n) whose condition number no diagonal improves, as it is and with Jacobi.
    (a) Condition number. (b) Steps of conjugate gradients until the residual is
    {data["tol"]:g} of the right side, which is 1. Dashed: predicted from spectrum and right side.
    Dotted: Kaporin's bound by n ln omega, omega the arithmetic over the geometric mean of the
    eigenvalues, which Jacobi minimises; it has the order of the two right, the condition number has
    not. Our own experiment, derived."""

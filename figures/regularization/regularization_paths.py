"""L2 on the intrinsic variable improves conditioning, L2 on the parameters undoes it.

kappa in the preconditioned variable z against the weight of the penalty, by what is penalised:
|p|^2, |z|^2, |g|^2, |P^T g|^2; dotted without a penalty.

Both axes are logarithmic: weights span many decades and a condition number has meaning by factors.
`kappas` (4, points) are of the exact Hessian of loss plus penalty after the change to z, one curve
per kind of penalty against `lam`; no training is involved. Left, where the penalty is small, all
four meet the dotted `jacobi`, that of the loss alone; right, each comes to what its penalty has by
itself: 1 for L2 on z. A curve of L2 on z that rises above the dotted line would refute the title.
"""

from lab import style

READS = ("regularization_paths",)


def draw(data):
    """kappas (4, points) against lam; jacobi, which is that of lam = 0.

    A row per kind of penalty, a column per weight lam, which multiplies half the square. Condition
    numbers have no unit.
    """
    figure, (ax,) = style.panels(1, 1)
    for k, name in enumerate(data["kinds"]):
        style.measured(ax, k, data["lam"], data["kappas"][k], str(name))
    ax.set(xscale="log", yscale="log", xlabel=r"weight $\lambda$", ylabel="condition number in z")
    # just below 1, the best that there is
    ax.set_ylim(0.7, 3 * data["kappas"].max())
    style.level(ax, float(data["jacobi"]), "no penalty")
    style.titles((ax,), "Jacobi preconditioner")
    style.legend(figure, ax, 2)
    return figure


def caption(data) -> str:
    return f"""Condition number in the preconditioned variable z against the weight of four
    penalties: $|p|^2$, $|z|^2$, $|g|^2$ and $|P^T g|^2$, each halved. Badly scaled Hessian of
    condition number {float(data["plain"]):.3g}, preconditioned by its diagonal. Exact eigenvalues.
    Our own experiment, derived, on the choice of the variable posed by Ye 2024."""

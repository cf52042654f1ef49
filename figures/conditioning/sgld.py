"""Preconditioned Langevin dynamics has the same bias and forgets faster.

(a) Stationary variance over the posterior's against the eigenvalue, measured and exact, without and
with the perfect preconditioner. (b) Autocorrelation along the smallest eigenvalue against the lag:
a geometric decay, whose factor is 1 - a l / 2 for the step a and the
eigenvalue l.

(a) Across is an eigenvalue of the precision, logarithmic; up the variance along it over the
posterior's, linear near 1: the bias of a finite step, which is larger where the eigenvalue is. With
the perfect preconditioner all eigenvalues are one number, and its markers lie on each other. (b) is
linear in both: the area under a curve is the number of steps that a sample costs. Markers and
curves are estimates from simulated chains, dashed the laws of a linear recursion. Chains of
different memory at one bias are the statement; markers off the dashed line in (a) would refute the
bias.
"""

from lab import style

READS = ("sgld",)


def draw(data):
    """ratio and theory (2, n) against lam_1 and lam_2; memory and law (2, lags) against lags.

    n eigenvalues, of H and of P^T H P; lags are in steps. ratio is a variance over the posterior's
    and memory a correlation: neither has a unit.
    """
    figure, (left, right) = style.panels(1, 2)
    for k, name in enumerate(data["methods"]):
        # of P^T H P: preconditioning changes the eigenvalues themselves
        lam = data[f"lam_{k + 1}"]
        style.dots(left, k, lam, data["ratio"][k], str(name))
        style.theory(left, lam, data["theory"][k], "theory" if k == 0 else "_theory")
        style.measured(right, k, data["lags"], data["memory"][k], str(name))
        style.theory(right, data["lags"], data["law"][k], "theory" if k == 0 else "_theory")
    left.set(
        xscale="log",
        xlabel="eigenvalue",
        ylabel="variance / posterior's",
    )
    right.set(
        xlabel="lag, steps",
        ylabel="correlation",
    )
    style.titles((left, right), "stationary variance", "slowest coordinate")
    style.legend(figure, right)
    return figure


def caption(data) -> str:
    return f"""Unadjusted Langevin dynamics on a Gaussian posterior in {data["ratio"].shape[1]}
    dimensions, at the same share of the largest stable step. (a) Variance times eigenvalue, 1 for
    the posterior. (b) Autocorrelation along the smallest eigenvalue. Our own experiment, derived,
    after Lange, Deng, Ye & Lin 2023."""

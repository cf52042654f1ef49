"""The report on up to a thousand coefficients: decompositions of dense Hessians.

For every treatment of the columns, xhat = (1, x), the Hessian at the optimum is

    H = (1/m) sum_j S_j kron xhat_j xhat_j^T + diag(penalty)

and what a diagonal preconditioner makes of it is D H D. Steps are those on the quadratic with this
H and the gradient at w = 0: exact for linear regression; for the others it is the first Newton
system, with the curvature of the optimum. L-BFGS alone is run on the model itself.

O(n^3) per decomposition and O(n^2) of memory, n the number of coefficients: the constant and the
columns, times the logits.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_triangular

from lab.checks import EPS
from lab.instruments.condition.found import Found, pair_of
from lab.instruments.condition.models import Model
from lab.instruments.condition.steps import Steps, lbfgs_steps, steps
from lab.instruments.condition.treatments import Conditioned, Seen, conditioned, treated
from lab.sentences import number
from lab.theory.conditioning import jacobi

# of the certified search: three digits
GAP = 1e-3
SHOWN = ("raw", "centred", "standardised")


def few_columns(
    x: np.ndarray,
    fit: Model,
    tol: float,
    measure: bool,
) -> Found:
    """For columns x (m, n) and a model at its optimum; steps to tol where `measure` asks for them.

    Only raw and centred columns are searched for the best diagonal: unit columns and standardised
    ones differ from them by a diagonal, which the best one absorbs. The pair is that of the
    smallest eigenvalue of the plain correlations, without weights and ridge. A search that stops at
    a gap above GAP, or was not begun, is told.
    """
    seen = {t.name: Seen(fit, t, penalty(fit, t.xhat)) for t in treated(x, fit)}
    best = {name: seen[name].best(GAP) for name in ("raw", "centred")}
    correlations = np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1)
    # of a symmetric matrix, ascending: the first column belongs to the smallest eigenvalue
    _, v = np.linalg.eigh(correlations)
    first, second, r = pair_of(v[:, 0], correlations)
    return Found(
        _rows(seen, best),
        _steps(fit, x, seen, best, tol) if measure else [],
        _vif(x),
        (first, second),
        r,
        _told(best),
    )


def _told(best) -> list[str]:
    """What the search for the best diagonal did not reach: a sentence for each of raw and centred.

    gap is ln(best / bound): expm1 of it is the relative distance to what no diagonal beats.
    """
    told = []
    for name, found in best.items():
        if found is None:
            told.append(f"not computed: the best diagonal of {name}, no digit of it would be left")
        elif found[1].gap > GAP:
            gap = np.expm1(found[1].gap)
            told.append(
                f"best diagonal of {name}: within {number(100 * gap)} % of what is possible, after "
                f"{found[1].evaluations} eigendecompositions"
            )
    return told


def _rows(seen, best) -> list[Conditioned]:
    """A row per treatment, beside the best diagonal of those that it differs from by units."""
    # columns that differ by units have the same best diagonal
    same = {"unit columns": "raw", "standardised": "centred"}
    rows = []
    for name, one in seen.items():
        found = best.get(same.get(name, name))
        rows.append(conditioned(name, one, found[1] if found else None))
    return rows


def penalty(
    fit,
    xhat,
) -> np.ndarray:
    """ridge * Var(column), 0 for the constant: the same penalty in all units, (k d,).

    With w' = w s for columns divided by s, Var(x) w^2 = Var(x / s) w'^2: the minimiser describes
    the same function whatever the units are.
    """
    return fit.ridge * np.tile(xhat.var(0), fit.logits)


def _vif(x) -> np.ndarray:
    """(R^-1)_jj = 1 / (1 - R_j^2), (n,), R_j^2 that of column j on the others; inf where the
    correlations R are singular.

    From the triangle T of the standardised columns, Z^T Z = T^T T = m R: twice the digits of R, in
    which a column that others determine to 1e-8 is one that they determine.
    """
    z = (x - x.mean(0)) / x.std(0)
    triangle = np.linalg.qr(z, mode="r")
    s = np.linalg.svd(triangle, compute_uv=False)
    if len(s) < x.shape[1] or s[-1] <= len(x) * EPS * s[0]:
        return np.full(x.shape[1], np.inf)
    inverse = solve_triangular(triangle, np.eye(len(s)))
    return np.maximum(len(x) * (inverse**2).sum(1), 1.0)


def _steps(
    fit,
    x,
    seen,
    best,
    tol,
) -> list[Steps]:
    """As it is, after the usual remedies, and with diagonal preconditioners of the raw columns.

    In z, w = D z, the system is D H D z = -D g with g the gradient at 0; "Jacobi" is
    d = diag(H)^(-1/2). The tolerance is on |D g|, so that rows are not about the same error.
    """
    arranged = {t.name: t.xhat for t in treated(x, fit)}
    cases = [(name, name, np.ones(len(seen[name].h))) for name in SHOWN]
    cases.append(("Jacobi of raw", "raw", jacobi(seen["raw"].h)))
    if best["raw"]:
        cases.append(("best diagonal of raw", "raw", best["raw"][0]))

    found = []
    for name, treatment, d in cases:
        xhat = arranged[treatment]
        ridge = penalty(fit, xhat)

        def loss(
            w,
            xhat=xhat,
            ridge=ridge,
        ):
            """The penalised loss at w and its gradient."""
            value, g = fit.loss(xhat, w)
            return value + ridge @ w**2 / 2, g + ridge * w

        _, g = loss(np.zeros(len(d)))
        measured = lbfgs_steps(
            loss,
            len(d),
            d,
            tol,
        )
        found.append(
            steps(
                name,
                seen[treatment].scaled(d),
                -d * g,
                tol,
                measured,
            )
        )
    return found

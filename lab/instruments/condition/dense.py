"""The report on up to a thousand coefficients: decompositions of dense Hessians."""

from __future__ import annotations

import numpy as np

from lab.instruments.condition.found import Found, pair_of
from lab.instruments.condition.models import Model
from lab.instruments.condition.steps import Steps, lbfgs_steps, steps
from lab.instruments.condition.treatments import Conditioned, Seen, conditioned, treated
from lab.linalg import kappa
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
    """For columns x (m, n) and a model at its optimum."""
    seen = {t.name: Seen(fit, t, penalty(fit, t.xhat)) for t in treated(x, fit)}
    best = {name: seen[name].best(GAP) for name in ("raw", "centred")}
    correlations = np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1)
    _, v = np.linalg.eigh(correlations)
    first, second, r = pair_of(v[:, 0], correlations)
    return Found(
        _rows(seen, best),
        _steps(fit, x, seen, best, tol) if measure else [],
        _vif(correlations),
        (first, second),
        r,
        _told(best),
    )


def _told(best) -> list[str]:
    """What the search for the best diagonal did not reach."""
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
    """ridge * Var(column), 0 for the constant: the same penalty in all units."""
    return fit.ridge * np.tile(xhat.var(0), fit.logits)


def _vif(correlations) -> np.ndarray:
    if not np.isfinite(kappa(correlations)):
        return np.full(len(correlations), np.inf)
    return np.maximum(np.diag(np.linalg.inv(correlations)), 1.0)


def _steps(
    fit,
    x,
    seen,
    best,
    tol,
) -> list[Steps]:
    """As it is, after the usual remedies, and with diagonal preconditioners of the raw columns."""
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

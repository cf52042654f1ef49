"""The report on thousands of columns: what products and extreme eigenvalues can tell.

The same table as `dense`, for one logit, in O(m n^2) for the Gram matrix and O(n^2) a product. What
would need an eigendecomposition per step, or a run of thousands of steps, is NaN, and told.

m rows, n columns. Treatments that only shift and scale columns share one correlation matrix, and
differ by what stands around it (`treated_products`): no table is made for each.
"""

from __future__ import annotations

import numpy as np

from lab.instruments.condition.found import Found, pair_of
from lab.instruments.condition.large import (
    LANCZOS,
    Correlations,
    Ends,
    Products,
    correlations,
    diagonals,
    extremes,
    inflation,
    row_of,
    smallest_vector,
    treated_products,
)
from lab.instruments.condition.large_steps import CG_LIMIT, NODES, System, large_steps
from lab.instruments.condition.models import Model
from lab.instruments.condition.steps import Steps

# columns that differ by units are the same to Jacobi
SAME = {"unit columns": "raw", "standardised": "centred"}
TOLD = (
    f"extreme eigenvalues by Lanczos (to {LANCZOS:g}), from one Gram matrix and its inverse; GD "
    f"and heavy ball predicted by quadrature with {NODES} nodes",
    "not computed at this size: the best diagonal and its certificate (an eigendecomposition per "
    "step), LayerNorm, whitening,",
    f"  runs of GD, heavy ball and L-BFGS, CG beyond {CG_LIMIT} steps, and what half of the nodes "
    "predict otherwise",
)


def many_columns(
    x: np.ndarray,
    fit: Model,
    tol: float,
    measure: bool,
) -> Found:
    """For columns x (m, n) and a model of one logit at its optimum.

    best and bound are NaN in every row; LayerNorm and whitened have none. steps are those of raw,
    standardised and Jacobi of raw, empty unless `measure`. VIF and pair are of the plain
    correlations, without weights and ridge, as for fewer columns.

    Memory is that of x and of some n x n matrices. tol: what of the first gradient is left on
    arrival, as in lab.instruments.condition.steps.
    """
    seen = treated_products(x, fit)
    ends = _ends(seen)
    rows = [row_of(name, h, ends[name]) for name, h in seen.items()]
    plain = _plain(x, fit, seen["raw"])
    first, second, r = pair_of(smallest_vector(plain), plain.r)
    return Found(
        rows,
        _steps(x, fit, seen, ends, tol) if measure else [],
        inflation(plain),
        (first, second),
        r,
        list(TOLD),
    )


def _ends(seen: dict[str, Products]) -> dict[str, dict[str, Ends]]:
    """treatment -> scaling -> ends of the spectrum. All eigenvalues are found in one call.

    Jacobi's d H d is the same matrix for all columns that differ by units: computed once.

    For every scaling of a treatment, "none" among them, the largest and smallest eigenvalue.
    """
    scaled = {}
    for name, h in seen.items():
        for how, d in diagonals(h).items():
            # computed once for all columns that differ by units
            if how != "jacobi" or name not in SAME:
                scaled[name, how] = h.scaled(d)
    known = dict(zip(scaled, extremes(list(scaled.values())), strict=True))
    found: dict[str, dict[str, Ends]] = {}
    for name in seen:
        own = {how: end for (treatment, how), end in known.items() if treatment == name}
        found[name] = {"jacobi": known[SAME.get(name, name), "jacobi"], **own}
    return found


def _plain(
    x,
    fit,
    raw,
) -> Correlations:
    """The correlations without weights and ridge, whose VIF and smallest eigenvalue are told.

    Those of the Hessian are the same where there is no ridge and all curvatures are equal: linear
    regression needs one Gram matrix in all, logistic regression two.
    """
    weights = fit.curvatures[:, 0, 0]
    # equal up to the rounding of the logits: far above 1e-16, far below any real variation
    if not fit.ridge and np.ptp(weights) <= 1e-12 * weights.max():
        return raw.known
    z = (x - x.mean(0)) / x.std(0)
    return correlations(z, np.ones(len(x)), np.zeros(x.shape[1]))


def _steps(
    x,
    fit,
    seen: dict[str, Products],
    ends: dict[str, dict[str, Ends]],
    tol,
) -> list[Steps]:
    """Steps on H theta = b as it is, standardised, and with Jacobi's diagonal of the raw columns.

    b = -g at theta = 0. With g_0 and g_i from centred columns, raw ones have
    d loss / d w_i = g_i + mean_i g_0 and standardised ones g_i / dev_i; under D H D it is D b.

    GD and heavy ball are predicted at their best rates for the ends of the spectrum; CG is run, up
    to CG_LIMIT steps, at one product each.
    """
    mean = x.mean(0)
    start = np.zeros(fit.logits * (x.shape[1] + 1))
    centre = np.concatenate([np.ones((len(x), 1)), x - mean], axis=1)
    _, g = fit.loss(centre, start)
    # from centred columns, so that no digit is lost in the difference
    b = {
        "raw": -np.concatenate([g[:1], g[1:] + mean * g[0]]),
        "standardised": -g / np.concatenate([[1.0], x.std(0)]),
    }
    systems = [System(name, seen[name], b[name], ends[name]["none"]) for name in b]
    jacobi = seen["raw"].diagonal() ** -0.5
    systems.append(
        System(
            "Jacobi of raw",
            seen["raw"].scaled(jacobi),
            jacobi * b["raw"],
            ends["raw"]["jacobi"],
        )
    )
    return large_steps(systems, tol)

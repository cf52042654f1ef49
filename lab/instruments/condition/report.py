"""All that `lab condition` finds out about a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lab.checks import count, probability, real
from lab.data.columns import constant
from lab.domains import filled, last_axis, number
from lab.instruments.condition.models import fitted
from lab.instruments.condition.steps import Steps, lbfgs_steps, steps
from lab.instruments.condition.treatments import Conditioned, Seen, conditioned, treated
from lab.linalg import kappa
from lab.theory.conditioning import jacobi

# of the certified search: three digits, and not longer than a person waits
GAP = 1e-3
EVALUATIONS = 150
# of coefficients: some twenty decompositions of that size are made, a minute in all
MOST = 1000
SHOWN = ("raw", "centred", "standardised")


class Causes(NamedTuple):
    """What multiplies kappa: units (what the best diagonal removes), means (what only centring
    does) and correlation (what is left under the best diagonal of centred columns)."""

    units: float
    means: float
    correlation: float


class Report(NamedTuple):
    """rows: a Conditioned per treatment; steps: of a few. Per column: means, deviations, ranges,
    vif (inf for one that others determine). pair: the two columns behind the smallest eigenvalue of
    the correlations, and their correlation r. rank of the design (m, n + 1)."""

    model: str
    shape: tuple[int, int]
    columns: tuple[str, ...]
    rows: tuple[Conditioned, ...]
    steps: tuple[Steps, ...]
    causes: Causes
    means: np.ndarray
    deviations: np.ndarray
    ranges: np.ndarray
    vif: np.ndarray
    pair: tuple[int, int]
    correlation: float
    digits: dict[str, float]
    tol: float

    def row(
        self,
        name: str,
    ) -> Conditioned:
        """That of a treatment. KeyError for one that was not possible."""
        return {row.name: row for row in self.rows}[name]


def condition(
    x: np.ndarray,
    y: np.ndarray,
    columns: Sequence[str] | None = None,
    *,
    model: str = "linear",
    ridge: float = 0.0,
    tol: float = 1e-6,
    measure: bool = True,
) -> Report:
    """The report on features x (m, n), none of them constant, and a target y (m,).

    model: "linear", "logistic" or "softmax"; ridge: of the coefficients of standardised columns;
    tol: what is left of the first gradient when a method has arrived; measure=False: no steps.
    ValueError for a constant column, and for more columns than rows without a ridge, since every
    Hessian is singular then.
    """
    x = filled("x", real("x", x, 2))
    y = real("y", y, 1)
    last_axis("y", y, len(x))
    count("rows of x", len(x), 2)
    tol = number("tol", tol, probability)
    names = [f"column {k}" for k in range(x.shape[1])] if columns is None else columns
    _answerable(x, names, ridge)
    _affordable(x, y, model)

    fit = fitted(model, x, y, ridge)
    seen = {t.name: Seen(fit, t, _ridge(fit, t.xhat)) for t in treated(x, fit)}
    best = {name: seen[name].best(GAP, EVALUATIONS) for name in ("raw", "centred")}
    rows = _rows(seen, best)
    correlations = np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1)
    first, second, r = _pair(correlations)
    return Report(
        model,
        x.shape,
        tuple(names),
        tuple(rows),
        tuple(_steps(fit, x, seen, best, tol) if measure else ()),
        _causes(rows),
        x.mean(0),
        x.std(0),
        np.ptp(x, axis=0),
        _vif(correlations),
        (first, second),
        r,
        _digits(rows),
        tol,
    )


def _answerable(x, names, ridge) -> None:
    if constant(x).any():
        flat = names[int(constant(x).argmax())]
        raise ValueError(f"{flat!r} is constant: drop it, the model has a constant of its own")
    if len(x) < x.shape[1] + 1 and not ridge:
        raise ValueError(
            f"{x.shape[1]} columns and a constant, but {len(x)} rows: every Hessian is singular; "
            "name fewer with --features, or add --ridge 0.01"
        )


def _affordable(x, y, model) -> None:
    """ValueError where decompositions of dense Hessians would take minutes."""
    logits = len(np.unique(y)) - 1 if model == "softmax" else 1
    size = logits * (x.shape[1] + 1)
    if size > MOST:
        raise ValueError(
            f"{size} coefficients: at most {MOST} are answered, name fewer with --features"
        )


def _rows(seen, best) -> list[Conditioned]:
    # columns that differ by units have the same best diagonal
    same = {"unit columns": "raw", "standardised": "centred"}
    rows = []
    for name, one in seen.items():
        found = best.get(same.get(name, name))
        rows.append(conditioned(name, one, found[1] if found else None))
    return rows


def _ridge(
    fit,
    xhat,
) -> np.ndarray:
    """ridge * Var(column), 0 for the constant: the same penalty in all units."""
    return fit.ridge * np.tile(xhat.var(0), fit.logits)


def _causes(rows) -> Causes:
    row = {r.name: r for r in rows}
    # where no best diagonal was computed, Jacobi's stands for it
    uncentred = np.nan_to_num(row["raw"].best, nan=row["raw"].jacobi)
    centred = np.nan_to_num(row["centred"].best, nan=row["standardised"].kappa)
    units = _over(row["raw"].kappa, uncentred)
    return Causes(units, _over(uncentred, centred), float(centred))


def _over(
    a,
    b,
) -> float:
    """a / b, and 1 where both are infinite: the part that can't be told apart."""
    return 1.0 if np.isinf(b) else max(float(a / b), 1.0)


def _pair(correlations) -> tuple[int, int, float]:
    """The two largest entries of the eigenvector of the smallest eigenvalue."""
    if len(correlations) < 2:
        return 0, 0, 0.0
    _, v = np.linalg.eigh(correlations)
    # ties are decided by the order of the columns, not by rounding
    size = np.round(np.abs(v[:, 0]), 9)
    first, second = sorted(np.argsort(-size, kind="stable")[:2].tolist())
    return first, second, float(correlations[first, second])


def _vif(correlations) -> np.ndarray:
    if not np.isfinite(kappa(correlations)):
        return np.full(len(correlations), np.inf)
    return np.maximum(np.diag(np.linalg.inv(correlations)), 1.0)


def _digits(rows) -> dict[str, float]:
    """Of 16, what is left of a coefficient: 16 - log10 of the condition number of the system."""
    row = {r.name: r for r in rows}
    found = {}
    for name in ("raw", "standardised"):
        log = np.log10(row[name].kappa)
        found[f"QR, {name}"] = float(max(16 - log / 2, 0.0))
        found[f"normal equations, {name}"] = float(max(16 - log, 0.0))
    return found


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
        ridge = _ridge(fit, xhat)

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

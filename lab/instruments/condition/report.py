"""All that `lab condition` finds out about a table.

    x = np.array([[1.0, 100.0], [2.0, 103.0], [3.0, 101.0], [4.0, 106.0]])
    found = condition(x, np.array([1.0, 2.0, 3.0, 5.0]))
    found.row("raw").kappa, found.row("standardised").kappa         # 49,864,326  8.12
    found.pair, round(found.correlation, 4)                         # (0, 1)  0.7807

The last kappa is (1 + r) / (1 - r): of two standardised columns nothing is left but r.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lab.checks import count, probability, real
from lab.data.columns import constant
from lab.domains import filled, last_axis, number
from lab.instruments.condition.dense import few_columns
from lab.instruments.condition.many import many_columns
from lab.instruments.condition.models import MOST, fitted
from lab.instruments.condition.steps import Steps
from lab.instruments.condition.treatments import Conditioned

# of columns: one Gram matrix and its inverse are made, a minute in all
COLUMNS = 5000
# the product of two squares is below 1e308
UNSQUARED = 1e75


class Causes(NamedTuple):
    """What multiplies kappa: units (what the best diagonal removes), means (what only centring
    does) and correlation (what is left under the best diagonal of centred columns).

    With kappa* that of the best diagonal, units = kappa(raw) / kappa*(raw), means = kappa*(raw) /
    kappa*(centred), correlation = kappa*(centred): the product is kappa(raw), except where a
    factor below 1 (a search that stopped early) is told as 1, or both of a ratio are infinite.
    """

    units: float
    means: float
    correlation: float


class Report(NamedTuple):
    """rows: a Conditioned per treatment; steps: of a few. Per column: means, deviations, ranges,
    vif (inf for one that others determine). pair: the two columns behind the smallest eigenvalue of
    the correlations, and their correlation r. told: how it was computed, if not as usual, and what
    was not.

    shape is (m, n) of x, the constant not counted. digits: of 16, by way of solving.
    """

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
    told: tuple[str, ...]

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
    Up to 1,000 coefficients by dense decompositions; linear and logistic regression up to 5,000
    columns by products and extreme eigenvalues, with less told: see `told`.
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
    # products are of one logit: softmax is refused beyond MOST
    answer = few_columns if _size(x, y, model) <= MOST else many_columns
    found = answer(x, fit, tol, measure)
    return Report(
        model,
        x.shape,
        tuple(names),
        tuple(found.rows),
        tuple(found.steps),
        _causes(found.rows),
        x.mean(0),
        x.std(0),
        np.ptp(x, axis=0),
        found.vif,
        found.pair,
        found.correlation,
        _digits(found.rows),
        tol,
        tuple(found.told),
    )


def _answerable(x, names, ridge) -> None:
    """ValueError where every Hessian is singular: a constant column, or too few rows; and where it
    is out of the floating range.
    """
    if constant(x).any():
        flat = names[int(constant(x).argmax())]
        raise ValueError(f"{flat!r} is constant: drop it, the model has a constant of its own")
    largest = np.abs(x).max(0)
    far = np.maximum(largest, 1 / np.ptp(x, axis=0))
    if far.max() > UNSQUARED:
        k = int(far.argmax())
        raise ValueError(
            f"{names[k]!r} has entries up to {largest[k]:.3g}: their squares leave the floating "
            "range, choose another unit"
        )
    if len(x) < x.shape[1] + 1 and not ridge:
        raise ValueError(
            f"{x.shape[1]} columns and a constant, but {len(x)} rows: every Hessian is singular; "
            "name fewer with --features, or add --ridge 0.01"
        )


def _size(x, y, model) -> int:
    """Coefficients, of all logits."""
    logits = len(np.unique(y)) - 1 if model == "softmax" else 1
    return logits * (x.shape[1] + 1)


def _affordable(x, y, model) -> None:
    """ValueError where the answer would take minutes."""
    size = _size(x, y, model)
    if model == "softmax" and size > MOST:
        raise ValueError(
            f"{x.shape[1]} columns make {size} coefficients: at most {MOST} of softmax regression "
            "are answered, since its whole Hessian is decomposed; name fewer with --features"
        )
    if x.shape[1] > COLUMNS:
        raise ValueError(
            f"{x.shape[1]} columns: at most {COLUMNS} are answered, since their correlations are "
            "inverted; name fewer with --features"
        )


def _causes(rows) -> Causes:
    """The factors of kappa(raw), from the rows of raw, centred and standardised columns."""
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


def _digits(rows) -> dict[str, float]:
    """Of 16, what is left of a coefficient: 16 - log10 of the condition number of the system.

    kappa(H) of the normal equations; its root, which is that of the columns, for QR. At least 0.
    """
    row = {r.name: r for r in rows}
    found = {}
    for name in ("raw", "standardised"):
        # a double has 16 digits
        log = np.log10(row[name].kappa)
        found[f"QR, {name}"] = float(max(16 - log / 2, 0.0))
        found[f"normal equations, {name}"] = float(max(16 - log, 0.0))
    return found

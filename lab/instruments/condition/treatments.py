"""What can be done to the columns before a method sees them, and what a Hessian makes of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.instruments.condition.models import Model
from lab.linalg import kappa, kappa_gram, ratio
from lab.theory.conditioning import (
    BestScaling,
    gn_half,
    jacobi,
    log_kaporin,
    optimal_diagonal,
    row_norm,
)

# eigendecompositions of a search: so many, and no more than take some 15 s
EVALUATIONS = 150
WORK = 30 * 1000**3
# beyond this condition number no digit of the smallest eigenvalue is left after scaling
HOPELESS = 1e13


class Treated(NamedTuple):
    """Columns (m, d), the constant first; lost: directions that have no curvature any more."""

    name: str
    xhat: np.ndarray
    lost: int = 0


def treated(
    x: np.ndarray,
    model: Model,
) -> list[Treated]:
    """The columns x (m, n) as they are and after each remedy.

    centred: minus the mean; unit columns: of length 1, the constant left alone; standardised; the
    mean weighted by the curvature of every example, for models in which it varies; LayerNorm:
    every row minus its mean and divided by its deviation, of at least three columns; whitened: as
    many rows as columns are needed.
    """
    m, n = x.shape
    centre = x - x.mean(0)
    deviation = x.std(0)
    found = {
        "raw": x,
        "centred": centre,
        "unit columns": x / np.linalg.norm(x, axis=0),
        "standardised": centre / deviation,
    }
    weights = np.trace(model.curvatures, axis1=1, axis2=2)
    if np.ptp(weights) > 1e-12 * weights.max():
        mean = weights @ x / weights.sum()
        found["weighted centre"] = (x - mean) / deviation
    rows = x.std(1)
    if n > 2 and (rows > 0).all():
        found["LayerNorm"] = (x - x.mean(1)[:, None]) / rows[:, None]
    if m > n:
        u, s, _ = np.linalg.svd(centre / deviation, full_matrices=False)
        if s[-1] > n * np.finfo(float).eps * s[0]:
            found["whitened"] = u * np.sqrt(m)

    ones = np.ones((m, 1))
    treatments = []
    for name, columns in found.items():
        lost = model.logits if name == "LayerNorm" else 0
        treatments.append(Treated(name, np.concatenate([ones, columns], 1), lost))
    return treatments


class Conditioned(NamedTuple):
    """kappa and ln K of a Hessian, and kappa under Jacobi, GN^-1/2, row norms and the best
    diagonal, with its certified lower bound; NaN where it was not computed."""

    name: str
    kappa: float
    log_kaporin: float
    jacobi: float
    gn_half: float
    row_norm: float
    best: float
    bound: float
    largest: float


class Seen:
    """A Hessian that is looked at through diagonal scalings."""

    def __init__(
        self,
        model: Model,
        columns: Treated,
        ridge: np.ndarray,
    ):
        self.h = model.hessian(columns.xhat)
        self.root = model.root(columns.xhat)
        self.lost = columns.lost
        if model.ridge:
            self.h = self.h + np.diag(ridge)
            if self.root is not None:
                self.root = np.concatenate([self.root, np.diag(np.sqrt(ridge))])

    def kappa(
        self,
        d=1.0,
    ) -> float:
        """Of D H D, over the directions that have curvature."""
        if self.root is not None and not self.lost:
            return float(kappa_gram(self.root * d))
        h = self.scaled(d)
        if not self.lost:
            # an eigenvalue that rounding made negative is zero
            lam = np.linalg.eigvalsh(h)
            return float(kappa(h)) if lam[0] > 0 else float(np.inf)
        lam = np.linalg.eigvalsh(h)
        return float(ratio(lam[-1], max(lam[self.lost], 0.0), np.inf))

    def scaled(
        self,
        d,
    ) -> np.ndarray:
        d = np.broadcast_to(d, len(self.h))
        if self.root is not None:
            a = self.root * d
            return a.T @ a
        return d[:, None] * self.h * d

    def best(
        self,
        gap: float,
    ) -> tuple[np.ndarray, BestScaling] | None:
        """The best diagonal, from unit diagonal, which loses no digits; None where none is left."""
        start = jacobi(self.h)
        if self.lost or self.kappa(start) > HOPELESS:
            return None
        # a budget of work and not of seconds: the answer is the same on every machine
        evaluations = min(EVALUATIONS, WORK // len(self.h) ** 3)
        found = optimal_diagonal(self.scaled(start), gap=gap, evaluations=evaluations)
        return start * found.d, found


def conditioned(
    name: str,
    seen: Seen,
    found: BestScaling | None,
) -> Conditioned:
    """The row of the table of a treatment; found: the best diagonal, if any."""
    nan = float("nan")
    none = seen.kappa()
    log_k = nan if seen.lost or none > HOPELESS else float(log_kaporin(seen.h))
    best = min(found.kappa, none) if found else nan
    bound = min(found.bound, best) if found else nan
    largest = float(np.linalg.eigvalsh(seen.h)[-1])
    return Conditioned(
        name,
        none,
        log_k,
        seen.kappa(jacobi(seen.h)),
        seen.kappa(gn_half(seen.h)),
        seen.kappa(row_norm(seen.h)),
        best,
        bound,
        largest,
    )

"""What can be done to the columns before a method sees them, and what a Hessian makes of it.

Every treatment keeps the constant as the first column. Shifts and scales keep the span of the
columns with the constant: the fitted function is the same, only the variables differ. Whitening
mixes the columns, and keeps it as well; LayerNorm is another model.

So kappa depends on the treatment and, without a penalty, the fit does not: in this sense a remedy
is free.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import EPS
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
    """Columns (m, d), the constant first; lost: directions that have no curvature any more.

    LayerNorm's rows add up to 0, so that one direction per logit is lost.
    """

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
    every row minus its mean and divided by its deviation, of at least three columns; whitened, of
    more rows than columns, none of which others determine.

    LayerNorm needs three columns since of two it leaves the signs +-1 alone. The weighted mean
    makes the constant orthogonal to the columns in the Hessian of one logit, which the plain mean
    does for equal weights only. Left out, not refused, where it does not exist.
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
    # equal up to the rounding of the logits
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
    diagonal, with its certified lower bound; NaN where it was not computed.

    d = H_ii^(-1/2), H_ii^(-1/4), |H e_i|^(-1/2), in the form D H D. bound <= kappa* <= best.
    ln K = n ln(tr H / n) - ln det H is Kaporin's. largest: lam_max, without scaling.
    """

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
    """A Hessian that is looked at through diagonal scalings.

    h (n, n) includes the ridge; root (rows, n), of one logit, has root^T root = h. unit (n,):
    Jacobi's D, unit_kappa: kappa of D H D with it.
    """

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
        self.unit = jacobi(self.h)
        self.dependent = not self.lost and self._dependent()
        # of D H D with unit diagonal: asked for by the table and by the search
        self.unit_kappa = self.kappa(self.unit)

    def _dependent(self) -> bool:
        """Whether columns determine each other, as far as rounding can tell.

        Asked with unit diagonal, where no units hide it: singular values there are known to n eps
        of the largest, and what is below is no number but noise.
        """
        if self.root is not None:
            root = self.root * self.unit
            s = np.linalg.svd(root, compute_uv=False)
            return len(root) < len(self.unit) or s[-1] <= len(root) * EPS * s[0]
        lam = np.linalg.eigvalsh(self.scaled(self.unit))
        return lam[0] <= len(lam) * EPS * lam[-1]

    def kappa(
        self,
        d=1.0,
    ) -> float:
        """kappa of D H D, d (n,) or 1, over the directions that have curvature; inf for singular
        ones.

        Of one logit from the singular values of A D: twice the digits of an eigendecomposition.
        """
        if self.dependent:
            return float(np.inf)
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
        """D H D for d (n,) or a number, through the root where there is one."""
        d = np.broadcast_to(d, len(self.h))
        if self.root is not None:
            a = self.root * d
            return a.T @ a
        return d[:, None] * self.h * d

    def best(
        self,
        gap: float,
    ) -> tuple[np.ndarray, BestScaling] | None:
        """The best diagonal, from unit diagonal, which loses no digits; None where none is left.

        (d, what the search certified): d (n,) is of H itself, found.d of Jacobi's D H D. gap: where
        to stop, in ln(kappa / bound); a search out of budget ends with the gap that it has.
        """
        if self.lost or self.unit_kappa > HOPELESS:
            return None
        # a budget of work and not of seconds: the answer is the same on every machine
        evaluations = min(EVALUATIONS, WORK // len(self.h) ** 3)
        found = optimal_diagonal(self.scaled(self.unit), gap=gap, evaluations=evaluations)
        return self.unit * found.d, found


def conditioned(
    name: str,
    seen: Seen,
    found: BestScaling | None,
) -> Conditioned:
    """The row of the table of a treatment; found: the best diagonal, if any.

    best is never above kappa itself, and bound never above best: a search that stopped early may
    end worse than where nothing is scaled, and identity is a diagonal too.
    """
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
        seen.unit_kappa,
        seen.kappa(gn_half(seen.h)),
        seen.kappa(row_norm(seen.h)),
        best,
        bound,
        largest,
    )

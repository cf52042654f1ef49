"""The best diagonal scaling of a large sparse matrix: by components, and by extreme eigenpairs.

A matrix whose graph falls into parts is block diagonal after a permutation. Scaled each to smallest
eigenvalue 1 by a factor of its own, the blocks together have kappa = the largest of theirs, and no
scaling of all has less, for it scales the worst block as well. So kappa*_d(H) = max over blocks.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from lab.checks import positive
from lab.domains import number
from lab.linalg import ratio
from lab.matrix_checks import ASYMMETRY
from lab.theory.conditioning.lanczos import Ends, large
from lab.theory.conditioning.optimal import BestScaling, optimal_diagonal

# a component up to this size is a dense matrix of 32 MB
DENSE = 2000


def optimal_diagonal_sparse(
    h,
    *,
    gap: float = 1e-3,
    evaluations: int = 300,
) -> BestScaling:
    """As `optimal_diagonal` for a sparse positive definite h (n, n): kappa*_d is the largest one
    of a connected component

    Each component by itself is scaled to smallest eigenvalue 1; a component whose Jacobi scaling is
    already below the bound of another is left at that. Components above 2,000 use eight extreme
    eigenpairs at each end, by Lanczos with one factorisation of J H J. `none` is kappa(H), and any
    units will do. TypeError for a matrix that is not sparse; ValueError where h is not symmetric
    positive definite.

    gap and evaluations are per component: the gap of the whole is at most that of the worst. A
    diagonal h falls into n parts of one entry and answers kappa = 1.
    """
    h, unit = _checked(h)
    gap = number(
        "gap",
        gap,
        positive,
    )
    _, label = connected_components(h, directed=False)
    # stable, so that the members of a component keep their order
    order = np.argsort(label, kind="stable")
    _, sizes = np.unique(label, return_counts=True)
    members = np.split(order, np.cumsum(sizes)[:-1])

    parts = [_Part(where, h[where][:, where], 1 / unit[where]) for where in members]
    found = []
    bound = 1.0
    # the hardest first: its bound lets the others off
    for part in sorted(parts, key=lambda part: -part.kappa):
        best = part.solved(
            gap,
            evaluations,
            bound,
        )
        bound = max(bound, best.bound)
        found.append((part, best))
    return _joined(
        unit,
        parts,
        found,
        bound,
    )


def _checked(h):
    """J H J in rows of floats and J (n,), see `unit_diagonal`; definite is found out later."""
    if not sparse.issparse(h):
        raise TypeError(f"h is of type {type(h).__name__}: must be a sparse matrix of SciPy")
    h = sparse.csr_array(h, dtype=float)
    if h.shape[0] != h.shape[1] or not h.shape[0]:
        raise ValueError(f"h has shape {h.shape}: must be square, n >= 1")
    if not np.isfinite(h.data).all():
        raise ValueError("h has entries that are not finite: must be finite")
    apart = abs(h - h.T).max()
    if apart > ASYMMETRY * abs(h).max():
        raise ValueError(f"h is not symmetric: |h - h^T| reaches {apart:.2g}")
    positive("diag(h)", h.diagonal())
    unit = h.diagonal() ** -0.5
    scaling = sparse.diags_array(unit)
    m = sparse.csr_array(scaling @ h @ scaling)
    return (m + m.T) / 2, unit


class _Part:
    """One component: where it is, its matrix h of unit diagonal, and what that is without scaling.

    back: 1 / J, the scaling that makes H of h; raw: the extreme eigenvalues of H; kappa: that of h.
    """

    def __init__(self, where, h, back):
        self.where = where
        self.small = len(where) <= DENSE
        self.h = h.toarray() if self.small else h
        self.back = back
        self.raw = self.extremes(back)
        low, high = self.extremes(np.ones(len(where)))
        # of unit diagonal, where no units hide it
        if low <= 0:
            raise ValueError(f"h has smallest eigenvalue {low:.3g}: must be positive definite")
        self.kappa = high / low

    @property
    def none(self) -> float:
        """kappa(H)."""
        return _quotient(*self.raw)

    def extremes(
        self,
        d,
    ) -> tuple[float, float]:
        """The smallest and the largest eigenvalue of D h D; rounding may leave none that is > 0."""
        if len(d) == 1:
            # the one entry of a matrix
            entry = float(d[0] ** 2 * self.h[0, 0])
            return entry, entry
        if self.small:
            lam = np.linalg.eigvalsh(d[:, None] * self.h * d)
            low, high = float(lam[0]), float(lam[-1])
        else:
            ends = Ends(self.h)
            low, high = ends.extremes(np.log(d))
        return low, high

    def solved(
        self,
        gap,
        evaluations,
        bound,
    ) -> BestScaling:
        """The best scaling, or Jacobi's where another component is proved to be worse than it."""
        if self.kappa <= bound:
            # no bound of its own is needed: 1 is always true
            jacobi = np.ones(len(self.where))
            return BestScaling(
                jacobi,
                self.kappa,
                1.0,
                self.none,
                1,
            )
        if self.small:
            return optimal_diagonal(
                self.h,
                gap=gap,
                evaluations=evaluations,
            )
        return large(
            Ends(self.h),
            self,
            gap,
            evaluations,
        )


def _joined(
    unit,
    parts,
    found,
    bound,
) -> BestScaling:
    """One scaling of all: every component with smallest eigenvalue 1, geometric mean of d 1."""
    d = np.ones(len(unit))
    highest = 1.0
    used = 0
    for part, best in found:
        low, high = part.extremes(best.d)
        d[part.where] = best.d / np.sqrt(low)
        highest = max(highest, high / low)
        used += best.evaluations
    lowest = min(part.raw[0] for part in parts)
    none = _quotient(lowest, max(part.raw[1] for part in parts))
    if none <= highest:  # scaling each by itself may lose to none by rounding
        highest = none
        d = 1 / unit
    # of H itself
    d *= unit
    d /= np.exp(np.log(d).mean())
    return BestScaling(
        d,
        float(highest),
        float(min(bound, highest)),
        float(none),
        used,
    )


def _quotient(low, high) -> float:
    """kappa, inf where rounding has eaten the smallest eigenvalue."""
    return float(ratio(high, max(low, 0.0), np.inf))

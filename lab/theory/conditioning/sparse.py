"""The best diagonal scaling of a large sparse matrix: by components, and by extreme eigenpairs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from lab.checks import ASYMMETRY, positive
from lab.domains import number
from lab.theory.conditioning.certificates import best_bound
from lab.theory.conditioning.optimal import BestScaling, optimal_diagonal

# a component up to this size is a dense matrix of 32 MB
DENSE = 2000
# extreme eigenpairs at each end: what the Schatten norms of a large component are made of
PAIRS = 8
# how far Lanczos goes: three digits more than the gap that is asked for
LANCZOS = 1e-7


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
    eigenpairs at each end, by Lanczos with one factorisation of H. `none` is kappa(H). TypeError
    for a matrix that is not sparse; ValueError where h is not symmetric positive definite.
    """
    h = _checked(h)
    gap = number("gap", gap, positive)
    _, label = connected_components(h, directed=False)
    order = np.argsort(label, kind="stable")
    _, sizes = np.unique(label, return_counts=True)
    members = np.split(order, np.cumsum(sizes)[:-1])

    parts = [_Part(where, h[where][:, where]) for where in members]
    found = []
    bound = 1.0
    # the hardest first: its bound lets the others off
    for part in sorted(parts, key=lambda part: -part.kappa):
        best = part.solved(gap, evaluations, bound)
        bound = max(bound, best.bound)
        found.append((part, best))
    return _joined(len(label), parts, found, bound)


def _checked(h):
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
    return (h + h.T) / 2


class _Part:
    """One component: where it is, its matrix, and what Jacobi's scaling makes of it."""

    def __init__(self, where, h):
        self.where = where
        self.small = len(where) <= DENSE
        self.h = h.toarray() if self.small else h
        self.jacobi = h.diagonal() ** -0.5
        self.raw = self.extremes(np.ones(len(where)))
        self.scaled = self.extremes(self.jacobi)
        self.kappa = self.scaled[1] / self.scaled[0]

    def extremes(self, d) -> tuple[float, float]:
        """The smallest and the largest eigenvalue of D H D. ValueError unless positive."""
        if len(d) == 1:
            # the one entry of a matrix
            entry = float(d[0] ** 2 * self.h[0, 0])
            return entry, entry
        if self.small:
            lam = np.linalg.eigvalsh(d[:, None] * self.h * d)
            low, high = float(lam[0]), float(lam[-1])
        else:
            ends = _Ends(self.h)
            low, high = ends.extremes(np.log(d))
        if low <= 0:
            raise ValueError(f"h has smallest eigenvalue {low:.3g}: must be positive definite")
        return low, high

    def solved(self, gap, evaluations, bound) -> BestScaling:
        if self.kappa <= bound:
            raw = self.raw[1] / self.raw[0]
            return BestScaling(self.jacobi, self.kappa, 1.0, raw, 1)
        if self.small:
            return optimal_diagonal(self.h, gap=gap, evaluations=evaluations)
        return _large(_Ends(self.h), self, gap, evaluations)


def _joined(n, parts, found, bound) -> BestScaling:
    """One scaling of all: every component with smallest eigenvalue 1."""
    d = np.ones(n)
    highest = 1.0
    used = 0
    for part, best in found:
        low, high = part.extremes(best.d)
        d[part.where] = best.d / np.sqrt(low)
        highest = max(highest, high / low)
        used += best.evaluations
    none = max(part.raw[1] for part in parts) / min(part.raw[0] for part in parts)
    if none <= highest:  # scaling each by itself may lose to none by rounding
        highest = none
        d = np.ones(n)
    d /= np.exp(np.log(d).mean())
    return BestScaling(d, float(highest), float(min(bound, highest)), float(none), used)


class _Pairs(NamedTuple):
    """Eigenvalues and vectors at the two ends of e^X H e^X, the extreme one last in each."""

    high: np.ndarray
    top: np.ndarray
    low: np.ndarray
    bottom: np.ndarray


class _Ends:
    """Extreme eigenpairs of e^X H e^X for a large H, from one factorisation."""

    def __init__(self, h):
        self.h = h
        self.factor = splu(sparse.csc_array(h))
        # a start that no symmetry makes orthogonal to an eigenvector, the same in every call
        self.drawn = np.random.default_rng(0).standard_normal(h.shape[0])
        self.warm = [np.zeros(h.shape[0]), np.zeros(h.shape[0])]

    def pairs(self, x, tol: float = LANCZOS) -> _Pairs:
        d = np.exp(x)
        n = len(d)
        forward = LinearOperator((n, n), matvec=lambda v: d * (self.h @ (d * v.ravel())))
        back = LinearOperator((n, n), matvec=lambda v: self.factor.solve(v.ravel() / d) / d)
        asked = {"k": PAIRS, "which": "LA", "tol": tol}
        # a tenth of the drawn one finds eigenvectors that have come up since
        fresh = 0.1 * self.drawn / np.linalg.norm(self.drawn)
        high, top = eigsh(forward, v0=self.warm[0] + fresh, **asked)
        inverse, bottom = eigsh(back, v0=self.warm[1] + fresh, **asked)
        self.warm = [top.sum(-1), bottom.sum(-1)]
        return _Pairs(high, top, 1 / inverse, bottom)

    def extremes(self, x) -> tuple[float, float]:
        # to the last digit: what is reported
        found = self.pairs(x, tol=0.0)
        return float(found.low[-1]), float(found.high[-1])


def _large(ends, part, gap, evaluations) -> BestScaling:
    """L-BFGS on F_p over the pairs, p = 16, 64, ..., until the certificate is good enough."""
    start = np.zeros(len(part.where))
    jacobi = np.log(part.jacobi)
    none = part.raw[1] / part.raw[0]
    search = _Search(ends, evaluations)
    # both are looked at, so that the answer is never worse than either
    for x in (start, jacobi):
        search.look(x, 16.0)
    p = 16.0
    while p <= 4096 and not search.done(gap):
        minimize(
            lambda x, p=p: search.look(x, p),
            search.x,
            jac=True,
            method="L-BFGS-B",
            callback=lambda x: _stop_when(search.done(gap)),
            options={"maxiter": 60},
        )
        p *= 4
    bound = min(search.bound, search.best)
    used = evaluations - search.left
    return BestScaling(np.exp(search.x - search.x.mean()), search.best, bound, none, used)


def _stop_when(done) -> None:
    if done:
        raise StopIteration


class _Search:
    """The best scaling and bound over all points that were looked at."""

    def __init__(self, ends, evaluations):
        self.ends = ends
        self.left = evaluations
        self.best = np.inf
        self.bound = 1.0
        self.x = np.zeros(0)

    def done(self, gap) -> bool:
        return self.left <= 0 or np.log(self.best / self.bound) <= gap

    def look(self, x, p) -> tuple[float, np.ndarray]:
        """F_p over the extreme pairs and its gradient; what is seen is kept."""
        self.left -= 1
        found = self.ends.pairs(x)
        kappa = float(found.high[-1] / found.low[-1])
        if kappa < self.best:
            self.best = kappa
            self.x = x.copy()

        tops = np.log(found.high / found.high[-1])
        bottoms = np.log(found.low[-1] / found.low)
        value = np.log(kappa)
        factors = []
        shares = []
        for u, v in ((tops, found.top), (bottoms, found.bottom)):
            powers = np.exp(p * u)
            value += np.log(powers.sum()) / p
            factors.append(v * np.sqrt(powers))
            shares.append(v**2 @ powers / powers.sum())
        self.bound = max(self.bound, self._proof(x, *factors))
        return float(value), 2 * (shares[0] - shares[1])

    def _proof(self, x, a, b) -> float:
        d = np.exp(x)[:, None]
        h = self.ends.h
        size = abs(h)
        terms = int(np.diff(h.indptr).max())
        return best_bound(lambda v: d * (h @ (d * v)), lambda v: d * (size @ (d * v)), a, b, terms)

"""The best diagonal scaling of one large sparse matrix, from extreme eigenpairs by Lanczos.

The function that is minimised is F_p of `newton`, in which only a few eigenvalues at either end of
M = e^X H e^X count once p is large: sums over all eigenvalues become sums over PAIRS of them. What
is left out makes the value too small and the steps a little worse. It makes no answer wrong: kappa
is that of the extreme pairs, and the bound holds whatever the pairs are (`certificates`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.linalg import LinearOperator, eigsh, splu

from lab.theory.conditioning.certificates import best_bound
from lab.theory.conditioning.optimal import BestScaling

# extreme eigenpairs at each end: what the Schatten norms are made of
PAIRS = 8
# how far Lanczos goes: three digits more than the gap that is asked for
LANCZOS = 1e-7


class Pairs(NamedTuple):
    """Eigenvalues and vectors at the two ends of e^X H e^X, the extreme one last in each.

    high (k,) increasing and low (k,) decreasing; top, bottom (n, k): their vectors, as columns.
    """

    high: np.ndarray
    top: np.ndarray
    low: np.ndarray
    bottom: np.ndarray


class Ends:
    """Extreme eigenpairs of e^X H e^X for a large H, from one factorisation.

    The small end is the large end of the inverse, e^-X H^-1 e^-X: H is factored once, and a scaling
    multiplies on both sides of its solve. Each call starts from the pairs that the last one found.
    """

    def __init__(self, h):
        self.h = h
        # column storage is what splu works on
        self.factor = splu(sparse.csc_array(h))
        # a start that no symmetry makes orthogonal to an eigenvector, the same in every call
        self.drawn = np.random.default_rng(0).standard_normal(h.shape[0])
        self.warm = [np.zeros(h.shape[0]), np.zeros(h.shape[0])]

    def pairs(
        self,
        x,
        tol: float = LANCZOS,
    ) -> Pairs:
        """The PAIRS extreme eigenpairs at each end at x (n,), relative accuracy tol (0: EPS)."""
        d = np.exp(x)
        n = len(d)
        forward = LinearOperator((n, n), matvec=lambda v: d * (self.h @ (d * v.ravel())))
        back = LinearOperator((n, n), matvec=lambda v: self.factor.solve(v.ravel() / d) / d)
        asked = {"k": PAIRS, "which": "LA", "tol": tol}
        # a tenth of the drawn one finds eigenvectors that have come up since
        fresh = 0.1 * self.drawn / np.linalg.norm(self.drawn)
        high, top = eigsh(
            forward,
            v0=self.warm[0] + fresh,
            **asked,
        )
        inverse, bottom = eigsh(
            back,
            v0=self.warm[1] + fresh,
            **asked,
        )
        # the sum has a part along every one of them
        self.warm = [top.sum(-1), bottom.sum(-1)]
        return Pairs(
            high,
            top,
            1 / inverse,
            bottom,
        )

    def extremes(
        self,
        x,
    ) -> tuple[float, float]:
        """The smallest and the largest eigenvalue at x."""
        # to the last digit: what is reported
        found = self.pairs(x, tol=0.0)
        return float(found.low[-1]), float(found.high[-1])


def large(
    ends,
    part,
    gap,
    evaluations,
) -> BestScaling:
    """L-BFGS on F_p over the pairs, p = 16, 64, ..., until the certificate is good enough.

    part: the component, of unit diagonal, with its indices `where`, the scaling `back` to H and its
    kappa `none`. gap: of log kappa above log bound; evaluations: of F_p, each of two Lanczos runs.
    The d returned has geometric mean 1.
    """
    start = np.log(part.back)
    jacobi = np.zeros(len(part.where))
    search = _Search(ends, evaluations)
    # both are looked at, so that the answer is never worse than either
    for x in (start, jacobi):
        search.look(x, 16.0)

    # from the minimum at the smaller p: far from its own, a nearly kinked F_p makes L-BFGS slow
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

    # a bound above the value that was attained is that value up to rounding
    bound = min(search.bound, search.best)
    used = evaluations - search.left
    return BestScaling(
        np.exp(search.x - search.x.mean()),
        search.best,
        bound,
        part.none,
        used,
    )


def _stop_when(done) -> None:
    """Ends `minimize`, which takes StopIteration from its callback for a success."""
    if done:
        raise StopIteration


class _Search:
    """The best scaling and bound over all points that were looked at.

    Every point may be the best of kappa and another one that of the bound: both hold for H.
    """

    def __init__(self, ends, evaluations):
        self.ends = ends
        self.left = evaluations
        self.best = np.inf
        self.bound = 1.0
        self.x = np.zeros(0)

    def done(
        self,
        gap,
    ) -> bool:
        """Whether kappa / bound is good enough, or no evaluation is left."""
        return self.left <= 0 or np.log(self.best / self.bound) <= gap

    def look(
        self,
        x,
        p,
    ) -> tuple[float, np.ndarray]:
        """F_p over the extreme pairs and its gradient (n,); what is seen is kept.

        value = log kappa + (log sum e^(p u) + log sum e^(p w)) / p, u = log(lam / lam_max) of the
        top pairs and w = log(lam_min / lam) of the bottom ones; gradient 2 (q_top - q_bottom), q
        the mean of the squared eigenvectors with weights e^(p u), or e^(p w).
        """
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
            # the extreme pair has u = 0: nothing overflows, however large p is
            powers = np.exp(p * u)
            value += np.log(powers.sum()) / p
            factors.append(v * np.sqrt(powers))
            shares.append(v**2 @ powers / powers.sum())
        self.bound = max(self.bound, self._proof(x, *factors))
        return float(value), 2 * (shares[0] - shares[1])

    def _proof(
        self,
        x,
        a,
        b,
    ) -> float:
        """The lower bound of kappa*_d from X = A A^T and Y = B B^T, a and b (n, k)."""
        d = sparse.diags_array(np.exp(x))
        m = sparse.csr_array(d @ self.ends.h @ d)
        return best_bound(m, a, b)

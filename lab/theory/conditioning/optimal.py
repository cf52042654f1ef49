"""The best diagonal scaling of a matrix, with a proof of how good it is.

log kappa(e^X H e^X) is convex in X = diag(x), so that a local minimum is the minimum; it has kinks
where extreme eigenvalues meet. Hence the smooth F_p of `newton` for growing p, each from the
minimiser of the one before, which is within 2 ln(n) / p of the least log kappa; the powers of M
there are the dual variables (`certificates`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import loops, positive
from lab.domains import in_range, number
from lab.theory.conditioning.certificates import best_bound
from lab.theory.conditioning.newton import Point, dual_factors, newton_direction, point
from lab.theory.conditioning.scalings import unit_diagonal

# Schatten norms: the first is smooth enough for a start anywhere, the last resolves 1e-5 at n = 200
FIRST = 8.0
FACTOR = 4.0
LAST = 2.0**21
# of the decrease that the slope promises
ARMIJO = 1e-4


class BestScaling(NamedTuple):
    """d (n,) > 0 with geometric mean 1, kappa(D H D), and a lower bound over all diagonals.

    none: kappa(H), inf where units are so far apart that rounding eats its smallest eigenvalue.
    gap: how much lower, at most, the best is: log(kappa / bound). evaluations: how many
    eigendecompositions were made.
    """

    d: np.ndarray
    kappa: float
    bound: float
    none: float
    evaluations: int

    @property
    def gap(self) -> float:
        """log(kappa / bound) >= 0: log kappa*_d is at most that much below log kappa."""
        return float(np.log(self.kappa / self.bound))


@in_range
def optimal_diagonal(
    h: np.ndarray,
    *,
    gap: float = 1e-3,
    evaluations: int = 300,
) -> BestScaling:
    """The d > 0 with the smallest kappa(D H D), and a certified lower bound of what is possible

    A truncated Newton method on F_p for p = 8, 32, ..., from the best of no scaling, Jacobi's,
    Jacobi's for H^-1 and the mean of these two. It ends when log(kappa / bound) <= gap > 0, or
    after so many eigendecompositions: then the gap that is left is told by the result. Never worse
    than no scaling. h (n, n) positive definite in any units, see `unit_diagonal`, ValueError
    otherwise; where J H J is beyond 1e10 the bound, which pays for all roundings, is loose.
    (derived; convexity and the dual: Qu et al. 2025)

    Ten to a hundred eigendecompositions, and products of matrices: at most .5 s of one core at
    n = 200, 2 to 25 s at n = 1,000, longest where nearly all eigenvalues meet at one end.

    kappa*_d is unique, its d need not be: of two separate blocks the better one may be scaled by a
    range of factors. For n = 2 it is Jacobi's.
    """
    m, unit = unit_diagonal(h)
    gap = number("gap", gap, positive)
    search = _Search(m, np.log(unit), gap, loops("evaluations", evaluations))
    x = search.start()
    p = FIRST
    while not search.done and p <= LAST:
        x = _stage(search, x, p)
        p *= FACTOR
    return search.found()


class _Search:
    """The best scaling and the best bound over all points that were looked at.

    h: J H J of unit diagonal, unit: log J. Points are scalings of it, so that 0 is Jacobi's of H.
    """

    def __init__(self, h, unit, gap, evaluations):
        self.h = h
        self.unit = unit
        self.gap = gap
        self.left = self.allowed = evaluations
        self.none = self.best = np.inf
        self.x = np.zeros(len(h))
        self.bound = 1.0

    @property
    def reached(self) -> float:
        """The gap so far."""
        return float(np.log(self.best / self.bound))

    @property
    def done(self) -> bool:
        """Whether the gap is as asked, or no eigendecomposition is left."""
        return self.left <= 0 or self.reached <= self.gap

    def start(self) -> np.ndarray:
        """The best of four; `none` is the first."""
        # the diagonal of H^-1 scales the small end as that of H does the large one
        inverse = np.diag(np.linalg.inv(self.h))
        other = np.log(np.maximum(inverse, np.finfo(float).tiny)) / 2
        self.look(-self.unit, FIRST)
        self.none = self.best
        for x in (0 * other, other, other / 2):
            self.look(x, FIRST)
        return self.x

    def look(self, x, p) -> Point | None:
        """F_p at x, which is remembered if it is better than what was seen."""
        self.left -= 1
        # a common factor of d changes nothing: geometric mean 1
        x = x - x.mean()
        at = point(self.h, x, p)
        if at is not None and at.kappa < self.best:
            self.best = at.kappa
            self.x = x
        return at

    def prove(self, at: Point) -> None:
        """The lower bound from the powers of M at this point, kept if it is better."""
        a, b = dual_factors(at)
        d = np.exp(at.x)
        m = d[:, None] * self.h * d
        self.bound = max(self.bound, best_bound(m, a, b))

    def found(self) -> BestScaling:
        """The answer."""
        # a bound above the value that was attained is that value up to rounding
        bound = min(self.bound, self.best)
        used = self.allowed - self.left
        x = self.x + self.unit
        d = np.exp(x - x.mean())
        return BestScaling(d, float(self.best), float(bound), float(self.none), used)


def _stage(search, x, p) -> np.ndarray:
    """Minimise F_p until the certificate is as good as this p allows."""
    at = search.look(x, p)
    # F_p is within 2 ln(n) / p of log kappa: below a quarter of that a larger p has to go on
    enough = np.log(len(x)) / (2 * p)
    while at is not None:
        search.prove(at)
        if search.done or search.reached <= enough:
            break
        following = _backtracked(search, at)
        if following is None:
            break
        at = following
    return x if at is None else at.x


def _backtracked(search, at) -> Point | None:
    """The next point of Newton's method, or None when rounding leaves nothing to gain."""
    step = newton_direction(at)
    slope = at.grad @ step
    t = 1.0
    # a promised decrease below the last digits of F_p can't be seen
    while search.left > 0 and -slope * t > 1e-15 * max(abs(at.value), 1.0):
        tried = search.look(at.x + t * step, at.p)
        if tried is not None and tried.value <= at.value + ARMIJO * t * slope:
            return tried
        t /= 2
    return None

"""Proofs that no diagonal scaling does better: weak duality, made safe against rounding.

For X, Y >= 0 with diag X = diag Y and every positive diagonal D,

    kappa(D M D) >= tr(M X) / tr(M Y)

since tr(D M D D^-1 X D^-1) <= lmax(D M D) sum_i X_ii / d_i^2, and likewise from below for Y.
Whatever X and Y are, the bound holds: only its size depends on how they were found. It is an
equality at the best D when X lives on the top eigenspace of D M D and Y on the bottom one, carried
back by D: with a simple top and bottom eigenvector, when their squared entries agree.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from lab.checks import EPS, real
from lab.domains import in_range
from lab.matrix_checks import matrices, symmetric

# exponents of the shared scaling: which is best depends on the instance (five: measured)
SPLITS = (0.0, 0.25, 0.5, 0.75, 1.0)
# a row whose diagonal is below this share of the largest, in X or in Y, can't be matched: its
# quotient would be one of roundings, and it is left out of both
NEGLIGIBLE = 1e-12


@in_range
def certificate(
    m: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
) -> float:
    """A number that kappa(D M D) is not below for any positive diagonal D, at least 1

    From X = A A^T and Y = B B^T, a (n, r) and b (n, s): rows are scaled so that the diagonals
    agree, at x^(1 - t) y^t for diagonals x and y and five t, and the best is kept; 1 where nothing
    follows. All roundings are bounded and taken off: it is below the true kappa*_d, not near it.
    m (n, n) symmetric positive semi-definite. (derived; Qu et al. 2025 have the dual problem)
    """
    m = symmetric("m", real("m", m))
    a = matrices("a", a)
    b = matrices("b", b)
    for name, factor in (("a", a), ("b", b)):
        if factor.ndim != 2 or len(factor) != len(m):
            raise ValueError(f"{name} has shape {factor.shape}: must be a matrix of {len(m)} rows")
    return best_bound(m, a, b)


def best_bound(
    m,
    a,
    b,
) -> float:
    """The best over the splits. m (n, n) dense or sparse; a and b as in `certificate`, not checked.

    tr(M S X S) = s^T (M * X) s for S = diag(s) and the product * by entries: M * X and M * Y are
    formed once, of a sparse M only where it is not 0, and all splits are quadratic forms in them.
    """
    x = (a**2).sum(-1)
    y = (b**2).sum(-1)
    matched_x = x > NEGLIGIBLE * x.max()
    matched_y = y > NEGLIGIBLE * y.max()
    kept = matched_x & matched_y
    # no row in common: kappa >= 1 is all that is known
    if not kept.any():
        return 1.0

    # of the square roots, so that the exponents are those of a row
    safe_x = np.where(kept, x, 1.0)
    safe_y = np.where(kept, y, 1.0)
    ratio = np.sqrt(safe_x / safe_y)
    above = _Trace(m, a)
    below = _Trace(m, b)
    columns = max(a.shape[1], b.shape[1])
    # what the sums of squares of a row may be rounded by
    agreed = 1 + 4 * EPS * columns

    bounds = [1.0]
    for t in SPLITS:
        s_x = kept * ratio**-t
        s_y = kept * ratio ** (1 - t)
        # diagonals that agree up to rounding: sum X_ii / d_i^2 <= max(X_ii / Y_ii) sum Y_ii / d_i^2
        diagonal_x = (s_x**2 * x)[kept]
        diagonal_y = (s_y**2 * y)[kept]
        quotients = diagonal_x / diagonal_y
        mismatch = quotients.max() * agreed
        most = below.most(s_y) * mismatch
        least = above.least(s_x)
        bounds.append(least / most)
    return max(bounds)


class _Trace:
    """tr(M S X S) for X = A A^T and any S = diag(s), between what rounding leaves possible.

    product: M * X, by entries; size: |M|; diagonal: that of X (n,).
    """

    def __init__(self, m, a):
        self.size = abs(m)
        self.diagonal = (a**2).sum(-1)
        if sparse.issparse(m):
            self.product = _where_not_0(m, a)
            terms = np.diff(m.indptr).max()
        else:
            self.product = m * (a @ a.T)
            terms = len(m)
        # sums over the columns of A, a row of M and, by pairs, all rows; twelve single roundings:
        # five in an entry of M, whose matrix was scaled twice, the others in the products
        rows, columns = a.shape
        pairs = np.log2(rows)
        roundings = columns + terms + pairs + 12
        self.unit = EPS / 2 * roundings

    def least(self, s) -> float:
        """The trace less all roundings."""
        value, rounding = self._computed(s)
        return value - rounding

    def most(self, s) -> float:
        """The trace and all roundings."""
        value, rounding = self._computed(s)
        return value + rounding

    def _computed(self, s) -> tuple[float, float]:
        """s^T (M * X) s, and what it is rounded by: |X_ij| <= sqrt(X_ii X_jj), in units of which
        its own sum is rounded, too.
        """
        image = self.product @ s
        value = (s * image).sum()
        w = s * np.sqrt(self.diagonal)
        magnitude = w @ (self.size @ w)
        return float(value), float(self.unit * magnitude)


def _where_not_0(m, a):
    """The entries of M * (A A^T) where a sparse M has one."""
    at = m.tocoo()
    one = a[at.row]
    other = a[at.col]
    inner = (one * other).sum(-1)
    values = at.data * inner
    return sparse.csr_array((values, (at.row, at.col)), shape=at.shape)

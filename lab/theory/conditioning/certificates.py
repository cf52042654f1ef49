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

from lab.checks import EPS, real, symmetric
from lab.domains import in_range, matrices

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
    return best_bound(
        lambda x: m @ x,
        lambda x: np.abs(m) @ x,
        a,
        b,
        len(m),
    )


def best_bound(
    times,
    times_abs,
    a,
    b,
    terms: int,
) -> float:
    """The best over the splits, for M given by its products.

    times(x) = M x, times_abs(x) = |M| x; terms: the most numbers added for one entry of M x. So a
    sparse M needs no dense one. a and b as in `certificate`, not checked.
    """
    x = (a**2).sum(-1)
    y = (b**2).sum(-1)
    matched_x = x > NEGLIGIBLE * x.max()
    matched_y = y > NEGLIGIBLE * y.max()
    kept = matched_x & matched_y
    # no row in common: kappa >= 1 is all that is known
    if not kept.any():
        return 1.0

    a = np.where(kept[:, None], a, 0.0)
    b = np.where(kept[:, None], b, 0.0)
    # of the square roots, so that the exponents are those of a row
    safe_x = np.where(kept, x, 1.0)
    safe_y = np.where(kept, y, 1.0)
    ratio = np.sqrt(safe_x / safe_y)

    bounds = [1.0]
    for t in SPLITS:
        scaled_a = a * ratio[:, None] ** -t
        scaled_b = b * ratio[:, None] ** (1 - t)
        bounds.append(_bound(times, times_abs, scaled_a, scaled_b, terms))
    return max(bounds)


def _bound(
    times,
    times_abs,
    a,
    b,
    terms,
) -> float:
    """tr(M X) / tr(M Y) less what rounding may have added: tr(M A A^T) is the sum of a (M a)."""
    # a sum of k products, of entries of M known to two roundings, is good to (k + 3) eps of the
    # sum of magnitudes; the outer sum adds the number of all entries, by pairs: log2 of it
    unit = EPS * (terms + 3 + np.log2(a.size + b.size))
    above = (a * times(a)).sum() - unit * (np.abs(a) * times_abs(np.abs(a))).sum()
    below = (b * times(b)).sum() + unit * (np.abs(b) * times_abs(np.abs(b))).sum()

    # diagonals that agree up to rounding: sum X_ii / d_i^2 <= max(X_ii / Y_ii) sum Y_ii / d_i^2
    x = (a**2).sum(-1)
    y = (b**2).sum(-1)
    shared = x > 0
    mismatch = (x[shared] / y[shared]).max() * (1 + 4 * EPS * max(a.shape[1], b.shape[1]))
    return above / (below * mismatch)

"""A smooth convex stand-in for log kappa, its derivatives, and a truncated Newton step.

    F_p(x) = log |M|_(S_p) + log |M^-1|_(S_p),  M = e^X H e^X,  X = diag(x)

|.|_(S_p) is the p-norm of the eigenvalues. log kappa <= F_p <= log kappa + 2 ln(n) / p, and F_p is
convex in x, since log lam_max(e^X H e^X) and -log lam_min are.

With dM = Y M + M Y for a change y of x, Y = diag(y), and M = V diag(l) V^T,

    grad F_p = 2 (q_top - q_bottom),   q_i = (M^p)_ii / tr M^p,  with M^-1 for M at the bottom
    dM^p = V [g_ab C_ab tr M^p] V^T,   C = V^T Y V,
    g_ab = (l_a^p - l_b^p) (l_a + l_b) / ((l_a - l_b) tr M^p),   2 p l_a^p / tr M^p where l_a = l_b

so that a product with the Hessian needs products of matrices, and no new eigendecomposition.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from lab.checks import EPS

# eigenvectors whose share in tr M^p is below this do not move the Hessian
SHARE = 1e-11
# of the products with the Hessian: more would cost more than a new eigendecomposition
PRODUCTS = 20
# Gauss's rule with two nodes on [0, 1]: this one and 1 less it, with equal weights
NODE = (1 + 1 / np.sqrt(3)) / 2
# the largest change of a log d_i in one step
LONGEST = 2.0


class End(NamedTuple):
    """One end of the spectrum: its shares q_i = (M^p)_ii / tr M^p, eigenvectors and weights.

    vectors (n, r): the r that count; weights (r, n): g_ab, doubled where b is not among them.
    value: log tr (M / lam_max)^p / p, or that of M^-1: how far the p-norm is above the extreme.
    """

    value: float
    shares: np.ndarray
    vectors: np.ndarray
    weights: np.ndarray


class Point(NamedTuple):
    """F_p at x: its value, gradient (n,), both ends, all eigenvectors, and kappa."""

    x: np.ndarray
    p: float
    value: float
    grad: np.ndarray
    top: End
    bottom: End
    vectors: np.ndarray
    lam: np.ndarray

    @property
    def kappa(self) -> float:
        """kappa(M), inf where rounding has eaten the smallest eigenvalue."""
        return float(self.lam[-1] / self.lam[0]) if self.lam[0] > 0 else float(np.inf)


def point(
    h: np.ndarray,
    x: np.ndarray,
    p: float,
) -> Point | None:
    """F_p at x (n,), or None where rounding has made an eigenvalue negative.

    h (n, n) positive definite, not checked; p > 0. One eigendecomposition, O(n^3).
    """
    d = np.exp(x)
    lam, v = np.linalg.eigh(d[:, None] * h * d)
    if lam[0] <= 0:
        return None
    # powers of quotients, as logarithms: l^p itself would overflow at p = 2^21
    logs = np.log(lam)
    top = _end(
        v,
        logs - logs[-1],
        p,
    )
    bottom = _end(
        v,
        logs[0] - logs,
        p,
    )
    value = logs[-1] - logs[0] + top.value + bottom.value
    grad = 2 * (top.shares - bottom.shares)
    return Point(
        x,
        p,
        float(value),
        grad,
        top,
        bottom,
        v,
        lam,
    )


def _end(
    v,
    u,
    p,
) -> End:
    """From u = log(lam / lam_max), or log(lam_min / lam): 0 at the end meant."""
    powers = np.exp(p * u)
    trace = powers.sum()
    shares = v**2 @ powers / trace

    at = powers > SHARE
    gap = np.abs(u[at, None] - u[None, :]) / 2
    larger = np.maximum(powers[at, None], powers[None, :])
    # (l_a^p - l_b^p)(l_a + l_b) / (l_a - l_b) in logarithms, whose limit at l_a = l_b is 2 p l^p
    safe = np.where(
        gap > 0,
        gap,
        1.0,
    )
    quotient = np.where(
        gap > 0,
        -np.expm1(-2 * p * safe) / np.tanh(safe),
        2 * p,
    )
    weights = larger * quotient / trace
    # a pair with b outside counts twice, as (a, b) and as (b, a)
    weights[:, ~at] *= 2
    return End(
        float(np.log(trace) / p),
        shares,
        v[:, at],
        weights,
    )


def hessian_times(
    at: Point,
    y: np.ndarray,
) -> np.ndarray:
    """(Hess y)_i = 2 sum_ab V_ia V_ib g_ab C_ab - 4 p q_i (q^T y),  C = V^T diag(y) V, of both."""
    product = np.zeros_like(y)
    for end in (at.top, at.bottom):
        c = (end.vectors * y[:, None]).T @ at.vectors
        mixed = at.vectors @ (end.weights * c).T
        pairs = (end.vectors * mixed).sum(-1)
        product += 2 * pairs - 4 * at.p * end.shares * (end.shares @ y)
    return product


def smooth_hessian(at: Point) -> np.ndarray:
    """A matrix (n, n) near the Hessian of F_p, from two products of matrices for each end

    2 p (l_a^p - l_b^p) / log(l_a^p / l_b^p) is what the weights g_ab tr M^p are for eigenvalues
    that are near each other, and that is the mean of 2 p l_a^(p c) l_b^(p (1 - c)) over c in
    [0, 1]: by Gauss's rule with two nodes, which give the same matrix, a product by entries.

        4 p (M^(p c) * M^(p (1 - c)) / tr M^p - q q^T) + 4 diag(q),  c = (1 + 1 / sqrt 3) / 2

    The last term is what is left of g_ab where l_b is far. Positive semi-definite, as the Hessian
    is: tr(Y M^(p c) Y M^(p (1 - c))) tr M^p >= tr(Y M^p)^2 by Cauchy and Schwarz.
    """
    logs = np.log(at.lam)
    hessian = np.zeros((len(logs), len(logs)))
    for end, u in ((at.top, logs - logs[-1]), (at.bottom, logs[0] - logs)):
        powers = [_power(at.vectors, at.p * c * u) for c in (NODE, 1 - NODE)]
        trace = np.exp(at.p * u).sum()
        mixed = powers[0] * powers[1] / trace - np.outer(end.shares, end.shares)
        hessian += 4 * at.p * mixed + 4 * np.diag(end.shares)
    return hessian


def _power(v, logs) -> np.ndarray:
    """V diag(e^logs) V^T (n, n), of the eigenvectors that count."""
    root = np.exp(logs / 2)
    kept = root**2 > SHARE
    scaled = v[:, kept] * root[kept]
    return scaled @ scaled.T


def newton_direction(at: Point) -> np.ndarray:
    """-(Hess + mu I)^-1 grad (n,) by conjugate gradients, at most 2 in any entry.

    mu = |grad| / 100: a common factor of all d is a direction without curvature, and the steps
    near the solution are Newton's. Preconditioned by `smooth_hessian` with the same mu, it takes
    one to three products; without, hundreds where many eigenvalues all but meet.
    """
    g = at.grad
    mu = 0.01 * np.linalg.norm(g)
    near = smooth_hessian(at)
    # where g is 0 the matrix is as singular as it is: rounding of its size keeps the factor real
    shift = mu + len(g) * EPS * np.trace(near)
    near[np.diag_indices(len(g))] += shift
    factor = cho_factor(near)

    y = np.zeros_like(g)
    r = -g
    direction = solved = cho_solve(factor, r)
    first = old = r @ solved
    # half the digits of the step, fewer far from the solution, as is usual for inexact Newton
    enough = min(0.1, np.sqrt(np.linalg.norm(g)))
    for _ in range(PRODUCTS):
        image = hessian_times(at, direction) + shift * direction
        curvature = direction @ image
        if curvature <= 0:  # rounding: F_p is convex
            break
        step = old / curvature
        y = y + step * direction
        r = r - step * image
        solved = cho_solve(factor, r)
        new = r @ solved
        if new <= enough**2 * first:
            break
        direction = solved + new / old * direction
        old = new
    # no product was worth anything: downhill is left
    if not y.any():
        y = -g
    return y * min(1.0, LONGEST / np.abs(y).max())


def dual_factors(at: Point) -> tuple[np.ndarray, np.ndarray]:
    """A and B with A A^T = M^p / tr M^p and B B^T = M^-p / tr M^-p, but for what is negligible.

    At the minimum of F_p their diagonals agree, q_top = q_bottom: they are a proof of optimality
    then. A and B have as many columns (n, r) as eigenvalues that count at their end.
    """
    logs = np.log(at.lam)
    factors = []
    for u in (logs - logs[-1], logs[0] - logs):
        root = np.exp(at.p * u / 2)
        kept = root**2 > SHARE
        factors.append(at.vectors[:, kept] * root[kept])
    return factors[0], factors[1]

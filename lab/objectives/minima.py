"""Minima with certificates: what proves a point the minimum up to a gap, or that there is none.

A minimum that an iteration "converged to" is an opinion. Here each comes with numbers from which
f(theta) - inf f is bounded by a theorem; where rounding does not allow a bound, a ValueError says
so. What is looked for is always the least-norm minimiser, which gradient descent from 0 converges
to.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from lab.checks import EPS
from lab.linalg import solve_symmetric


class Minimum(NamedTuple):
    """theta (n,), its loss, and what certifies them.

    gradient: |grad f| there. curvature: the least eigenvalue, of those that are not zero, of the
    Hessian scaled to diagonal 1. gap: f(theta) - inf f is at most this, besides the rounding of the
    loss.
    """

    theta: np.ndarray
    loss: float
    gradient: float
    curvature: float
    gap: float


class Scaled(NamedTuple):
    """The spectrum of S H S: eigenvalues lam, rising, and eigenvectors q.

    scale: the diagonal of S = diag(H)^(-1/2), 1 for a zero; kept: the eigenvalues above n eps of
    the largest.
    """

    lam: np.ndarray
    q: np.ndarray
    scale: np.ndarray
    kept: np.ndarray

    @property
    def least(self) -> float:
        """The least eigenvalue that is kept, 0 when none is."""
        kept = self.lam[self.kept]
        return float(kept.min()) if kept.size else 0.0


def scaled(h: np.ndarray) -> Scaled:
    """S H S of a positive semi-definite matrix (n, n): the units in which its diagonal is 1."""
    d = np.diag(h)
    positive = d > 0
    divisor = np.where(positive, d, 1.0)
    # 1 for a zero, whose row and column are 0 too
    scale = 1 / np.sqrt(divisor)
    rows = scale[:, None]
    unit = h * rows * scale
    lam, q = np.linalg.eigh(unit)

    zero = len(h) * EPS * lam[-1]
    kept = lam > zero
    return Scaled(lam, q, scale, kept)


def _length(v) -> float:
    """|v|_2 as a number."""
    return float(np.linalg.norm(v))


def quadratic(
    h: np.ndarray,
    linear: np.ndarray,
) -> Minimum:
    """The least-norm minimum of theta^T H theta / 2 - b^T theta; gap = grad^T H^+ grad / 2.

    ValueError when b is not in the range of H: f then has no lower bound. The test is the part of S
    b in the null space of S H S, against the rounding of b and of that space: n eps over the least
    eigenvalue outside of it.

    h (n, n) positive semi-definite, linear (n,). f(theta) - min f = grad^T H^+ grad / 2 is exact
    for a quadratic: the gap is what rounding has left. H = 0 and b = 0: theta = 0.
    """
    c = scaled(h)
    b = c.scale * linear
    null = c.q[:, ~c.kept]
    along = null.T @ b
    outside = null @ along

    # ten: a handful of products of n terms each were rounded
    rounding = 10 * len(h) * EPS / (c.least or 1.0)
    unsolvable = _length(outside) > rounding * _length(b)
    if unsolvable:
        entries = np.abs(outside / c.scale)
        largest = entries.max()
        raise ValueError(
            f"linear has entries up to {largest:.2g} outside the range of h: f has no minimum; "
            "use simulate"
        )

    theta = solve_symmetric(h, linear)
    g = h @ theta - linear
    step = solve_symmetric(h, g)
    gap = float(g @ step) / 2
    lowest = float(-linear @ theta / 2)
    return Minimum(theta, lowest, _length(g), c.least, gap)


def least_squares(
    x: np.ndarray,
    y: np.ndarray,
) -> Minimum:
    """The least-norm minimum of mean_j (x_j^T theta - y_j)^2 / 2; gap = grad^T H^+ grad / 2.

    Columns are scaled to length 1 before the rank is decided: singular values up to max(m, n) eps
    of the largest then count as zero.

    x (m, n), y (m,). Always exists. lowest = |residual|^2 / 2 m. From the singular values of x, not
    from H = x^T x / m, whose condition number is the square: half of the digits would be gone.
    """
    length = np.linalg.norm(x, axis=0)
    divisor = np.where(length > 0, length, 1.0)
    scale = 1 / divisor
    u, s, vt = np.linalg.svd(x * scale, full_matrices=False)
    zero = max(x.shape) * EPS * s[0]
    kept = s > zero
    u = u[:, kept]
    s = s[kept]
    vt = vt[kept]

    along = u.T @ y / s
    theta = scale * (vt.T @ along)
    if len(s) < x.shape[1]:
        # the shortest of the solutions: its part in the span of the rows of x
        spanning = (vt / scale).T
        rows, _ = np.linalg.qr(spanning)
        along_rows = rows.T @ theta
        theta = rows @ along_rows

    residual = x @ theta - y
    g = x.T @ residual / len(x)
    slope = vt @ (scale * g)
    # H^+ in terms of the singular values: the gradient is never multiplied with an inverse of H
    left = slope / s
    gap = float(np.sum(left**2)) * len(x) / 2
    squares = residual**2
    lowest = float(np.mean(squares) / 2)
    curvature = float(s.min() ** 2) if s.size else 0.0
    return Minimum(theta, lowest, _length(g), curvature, gap)


def one_hot_logistic(
    pi: np.ndarray,
    q: np.ndarray,
    a: np.ndarray,
) -> Minimum:
    """theta_i = logit(q_i) / a_i, where the loss is the mean entropy of the labels.

    ValueError where q_i is 0 or 1.

    pi, q, a (n,), positive. curvature = 1: H is diagonal, scaled to diagonal 1 the identity. gap =
    grad^T H^-1 grad, twice what a quadratic would have left.
    """
    outside = (q <= 0) | (q >= 1)
    if outside.any():
        i = int(np.argmax(outside))
        raise ValueError(
            f"q[{i}] = {q[i]:g}: the loss has no minimum, it falls for ever along theta[{i}]; "
            "q must be in (0, 1)"
        )
    theta = logit(q) / a
    other = 1 - q
    h = pi * a**2 * q * other
    residual = expit(a * theta) - q
    g = pi * a * residual

    # log1p keeps the digits of q near 0
    ones = q * np.log(q)
    zeros = other * np.log1p(-q)
    entropy = pi * (ones + zeros)
    loss = -float(entropy.sum())
    decrease = g**2 / h
    gap = float(decrease.sum())
    return Minimum(theta, loss, _length(g), 1.0, gap)

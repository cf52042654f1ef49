"""Negative powers of damped factors: on their range, by Cholesky, by the coupled Newton iteration.

Domain: symmetric positive semi-definite matrices or stacks (*r, d, d). NaN and inf are data, the
runs that diverged: they give NaN in their own run.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from lab.checks import EPS
from lab.linalg import ratio, symmetric_power

Root = Literal["exact", "cholesky", "newton"]
Growth = Literal["frobenius", "max"]

# the authors' stop: the largest entry of R - I, the number of steps, and how much an error may grow
TOLERANCE = 1e-6
STEPS = 100
GROWTH = 1.2


def matrix_power(
    a: np.ndarray,
    power: float,
    root: Root,
    growth: Growth,
) -> np.ndarray:
    """A^power, (*r, d, d), power < 0; of the pseudo-inverse where A is singular ("exact").

    "exact" takes a power of -1 by Cholesky wherever no eigenvalue counts as zero, at a fifth of
    the time of eigenvalues. "cholesky" takes the inverse, whatever the power; "newton" rounds -1 /
    power to an integer. ValueError for "cholesky" unless A is positive definite.
    """
    if root == "exact" and power == -1:
        return pseudo_inverse(a)
    if root == "exact":
        return symmetric_power(a, power)
    if root == "cholesky":
        return cholesky_inverse(a)
    p = round(-1 / power)
    return coupled_newton(a, p, growth=growth)


def cholesky_inverse(a: np.ndarray) -> np.ndarray:
    """A^-1 of A = L L^T, (*r, d, d).

    NaN where a run left the floating range. ValueError for a matrix that is not positive definite.
    """
    d = a.shape[-1]
    finite, cleaned = _finite(a, np.eye(d))
    inverse, definite = _inverses(cleaned)
    if not definite.all():
        raise ValueError(
            f"a factor of size {d} is singular: damping must be > 0 for root = 'cholesky'; "
            "root = 'exact' takes powers on its range"
        )
    return np.where(finite, inverse, np.nan)


def pseudo_inverse(a: np.ndarray) -> np.ndarray:
    """A^+ as `symmetric_power(a, -1)`, by Cholesky where that is A^-1.

    With cond A = |A|_F |A^-1|_F < 1 / (d eps) the smallest eigenvalue is above d eps times the
    largest one, so that none counts as zero. Each run is judged by itself.
    """
    d = a.shape[-1]
    # NaN would make LAPACK give up on the whole stack
    finite, cleaned = _finite(a, np.eye(d))
    inverse, definite = _inverses(cleaned)
    size = _norm(cleaned)
    with np.errstate(over="ignore", invalid="ignore"):
        condition = size * _norm(inverse)
    floor = d * EPS
    small = condition < 1 / floor
    regular = definite & small
    if not regular.all():
        on_range = symmetric_power(cleaned, -1.0)
        inverse = np.where(regular, inverse, on_range)
    if finite.all():
        return inverse
    return np.where(finite, inverse, np.nan)


def _inverses(a):
    """A^-1 of every positive definite matrix of a stack, 0 for the others; and which are."""
    *runs, rows, columns = a.shape
    flat = a.reshape(-1, rows, columns)
    inverse = np.zeros_like(flat)
    definite = np.zeros(len(flat), dtype=bool)
    for k, one in enumerate(flat):
        # A^T = A has the order of LAPACK, and so has the transpose of what it answers
        factor, failed = dpotrf(one.T, lower=True)
        if not failed:
            solved, _ = dpotri(factor, lower=True, overwrite_c=True)
            inverse[k] = _mirrored(solved)
            definite[k] = True
    stacked = inverse.reshape(a.shape)
    return stacked, definite.reshape(*runs, 1, 1)


def _mirrored(lower):
    """The symmetric matrix with this lower triangle, given with 0 above it."""
    both = lower + lower.T
    np.fill_diagonal(both, lower.diagonal())
    return both


def coupled_newton(
    a: np.ndarray,
    p: int,
    *,
    growth: Growth = "frobenius",
) -> np.ndarray:
    """A^(-1/p) of positive definite matrices (*r, d, d), p >= 1, by products of matrices alone.

    z = (1 + p) / (2 |A|_F);  R = z A;  X = z^(1/p) I;  then S = (1 + 1/p) I - R / p,  R <- S^p R,
    X <- X S, so that R = X^p A throughout, and the eigenvalues r of R go to r (1 + 1/p - r/p)^p. It
    stops at max |R - I| <= 1e-6, after 100 steps, or when the error grows by more than 1.2 times,
    and then the X before counts. Which error: |R - I|_F falls at every step for p up to 6, until
    rounding; the authors' max |R - I| can grow at the first one, and then the answer is z^(1/p) I
    (growth = "max"). Stopped by the tolerance, the spectral error is at most d 1e-6 / p,
    relatively.

    Why z: the largest r at the start is at most (1 + p) / 2, and r (1 + 1/p - r/p)^p is >= 0 up to
    r = 1 + p and has its fixed points at 0, where its slope is (1 + 1/p)^p > 1, and at 1, where its
    slope is 0: convergence is quadratic in the end. Small eigenvalues grow by at most e per step,
    so that a condition number c costs some log c steps. A = 0 gives 0.
    """
    one = np.eye(a.shape[-1])
    finite, cleaned = _finite(a, 0.0)
    # Frobenius: at least the largest eigenvalue, at the price of a sum
    size = _norm(cleaned)
    z = ratio((1 + p) / 2, size)
    r = z * cleaned
    x = z ** (1 / p) * one

    error = _error(r, growth)
    running = (size > 0) & _far(r)
    for _ in range(STEPS):
        if not running.any():
            break
        s = (1 + 1 / p) * one - r / p
        nearer = np.linalg.matrix_power(s, p) @ r
        now = _error(nearer, growth)

        # a NaN has grown too
        better = running & (now <= GROWTH * error)
        r = np.where(better, nearer, r)
        x = np.where(better, x @ s, x)
        error = np.where(better, now, error)
        running = better & _far(r)
    return np.where(finite, x, np.nan)


def eigen(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (*r, d), those that rounding made negative or tiny as 0, and eigenvectors.

    Ascending. Tiny: at most d eps times the largest, the accuracy of the decomposition.
    """
    finite, cleaned = _finite(a, 0.0)
    lam, q = np.linalg.eigh(cleaned)
    floor = a.shape[-1] * EPS * lam[..., -1:]
    lam = np.where(lam > floor, lam, 0.0)

    lam = np.where(finite[..., 0], lam, np.nan)
    q = np.where(finite, q, np.nan)
    return lam, q


def _finite(a, otherwise):
    """Which matrices of a stack are finite, (*r, 1, 1), and the stack with something else for the
    others."""
    entries = np.isfinite(a)
    finite = entries.all((-1, -2), keepdims=True)
    return finite, np.where(finite, a, otherwise)


def _norm(a):
    """|A|_F, (*r, 1, 1)."""
    squares = (a**2).sum((-1, -2), keepdims=True)
    return np.sqrt(squares)


def _error(r, growth):
    """|R - I| per matrix, (*r, 1, 1)."""
    gap = r - np.eye(r.shape[-1])
    if growth == "frobenius":
        return _norm(gap)
    size = np.abs(gap)
    return size.max((-1, -2), keepdims=True)


def _far(r):
    """Where an entry is further than the tolerance from I, (*r, 1, 1); NaN is not far."""
    return _error(r, "max") > TOLERANCE

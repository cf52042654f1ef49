"""Negative powers of damped factors: by eigenvalues, by Cholesky, by the coupled Newton iteration.

Domain: symmetric positive semi-definite matrices or stacks (*r, d, d). NaN and inf are data, the
runs that diverged: they give NaN in their own run.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.checks import EPS
from lab.linalg import ratio, symmetric_power, transposed

Root = Literal["eigh", "cholesky", "newton"]
Growth = Literal["frobenius", "max"]

# the authors' stop: the largest entry of R - I, the number of steps, and how much an error may grow
TOLERANCE = 1e-6
STEPS = 100
GROWTH = 1.2


def matrix_power(a: np.ndarray, power: float, root: Root, growth: Growth) -> np.ndarray:
    """A^power, (*r, d, d), power < 0; of the pseudo-inverse where A is singular ("eigh").

    ValueError for "cholesky" unless power = -1 and A is positive definite, and for "newton" unless
    -1 / power is an integer.
    """
    if root == "eigh":
        return symmetric_power(a, power)
    if root == "cholesky":
        return cholesky_inverse(a)
    return coupled_newton(a, round(-1 / power), growth=growth)


def cholesky_inverse(a: np.ndarray) -> np.ndarray:
    """A^-1 = L^-T L^-1 from A = L L^T, (*r, d, d).

    NaN where a run left the floating range. ValueError for a matrix that is not positive definite.
    """
    finite = np.isfinite(a).all((-1, -2), keepdims=True)
    cleaned = np.where(finite, a, np.eye(a.shape[-1]))
    try:
        np.linalg.cholesky(cleaned)
    except np.linalg.LinAlgError:
        size = a.shape[-1]
        raise ValueError(
            f"a factor of size {size} is singular: damping must be > 0 for root = 'cholesky'; "
            "root = 'eigh' takes powers on its range"
        ) from None

    inverse = np.linalg.inv(cleaned)
    symmetric = (inverse + transposed(inverse)) / 2
    return np.where(finite, symmetric, np.nan)


def coupled_newton(a: np.ndarray, p: int, *, growth: Growth = "frobenius") -> np.ndarray:
    """A^(-1/p) of positive definite matrices (*r, d, d), p >= 1, by products of matrices alone.

    z = (1 + p) / (2 |A|_F);  R = z A;  X = z^(1/p) I;  then S = (1 + 1/p) I - R / p,  R <- S^p R,
    X <- X S, so that R = X^p A throughout, and the eigenvalues r of R go to r (1 + 1/p - r/p)^p. It
    stops at max |R - I| <= 1e-6, after 100 steps, or when the error grows by more than 1.2 times,
    and then the X before counts. Which error: |R - I|_F falls at every step for p up to 6, until
    rounding; the authors' max |R - I| can grow at the first one, and then the answer is z^(1/p) I
    (growth = "max"). Stopped by the tolerance, the spectral error is at most d 1e-6 / p,
    relatively.

    A = 0 gives 0.
    """
    finite = np.isfinite(a).all((-1, -2), keepdims=True)
    cleaned = np.where(finite, a, 0.0)
    one = np.eye(a.shape[-1])
    size = np.sqrt((cleaned**2).sum((-1, -2), keepdims=True))
    z = ratio((1 + p) / 2, size)

    r = z * cleaned
    x = z ** (1 / p) * one
    error = _error(r, growth)
    running = (size > 0) & (_error(r, "max") > TOLERANCE)
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
        running = better & (_error(r, "max") > TOLERANCE)
    return np.where(finite, x, np.nan)


def _error(r, growth):
    """|R - I| per matrix, (*r, 1, 1)."""
    gap = r - np.eye(r.shape[-1])
    if growth == "max":
        return np.abs(gap).max((-1, -2), keepdims=True)
    return np.sqrt((gap**2).sum((-1, -2), keepdims=True))


def eigen(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Eigenvalues (*r, d), those that rounding made negative or tiny as 0, and eigenvectors."""
    finite = np.isfinite(a).all((-1, -2), keepdims=True)
    lam, q = np.linalg.eigh(np.where(finite, a, 0.0))
    kept = lam > a.shape[-1] * EPS * lam[..., -1:]
    lam = np.where(kept, lam, 0.0)
    return np.where(finite[..., 0], lam, np.nan), np.where(finite, q, np.nan)

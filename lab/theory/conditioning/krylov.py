"""Lanczos's process on matrices that are known by their products: quadrature, and extremes.

k products from b make a tridiagonal T whose eigenvalues are nodes and whose first entries of
eigenvectors are roots of weights of Gauss's quadrature of the spectrum with b's shares, exact for
polynomials of degree 2k - 1 (Golub & Meurant 2010).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh_tridiagonal

from lab.checks import EPS
from lab.theory.conditioning.asking import Run

# vectors that a search for an extreme keeps, and how often it begins again from its best
KEPT = 80
RESTARTS = 100
# products between two looks at T
LOOK = 5


class Tridiagonal(NamedTuple):
    """T: diagonal and off-diagonal (k,), the last off-diagonal entry unused; vectors (k, n)."""

    diagonal: np.ndarray
    beside: np.ndarray
    vectors: np.ndarray


def lanczos(
    b: np.ndarray,
    steps: int,
    enough: Callable[[list, list], bool] | None = None,
) -> Run:
    """T of at most `steps` products from b (n,), as a run that asks for them.

    Every vector is made orthogonal to all before it, twice. It ends where b's share of the space is
    used up, and where enough(diagonal, beside) says so.
    """
    q = np.empty((min(steps, len(b)), len(b)))
    diagonal: list[float] = []
    beside: list[float] = []
    v = b / np.linalg.norm(b)
    for k in range(len(q)):
        q[k] = v
        image = yield v
        diagonal.append(float(v @ image))
        known = q[: k + 1]
        rest = image - (known @ image) @ known
        rest -= (known @ rest) @ known
        length = np.linalg.norm(rest)
        beside.append(float(length))
        if length <= len(b) * EPS * abs(diagonal[0]):
            break
        if enough is not None and enough(diagonal, beside):
            break
        v = rest / length
    made = len(diagonal)
    return Tridiagonal(np.array(diagonal), np.array(beside), q[:made])


def quadrature(
    diagonal: np.ndarray,
    beside: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (k,) > 0 and weights (k,) of Gauss's rule of T."""
    nodes, vectors = eigh_tridiagonal(diagonal, beside[: len(diagonal) - 1])
    # a node at the rounding of the largest is no eigenvalue of a definite H
    return np.maximum(nodes, EPS * nodes[-1]), vectors[0] ** 2


def top(
    size: int,
    tol: float,
) -> Run:
    """The largest eigenvalue and its vector (size,), as a run that asks for products.

    Until the residual is tol of the eigenvalue, which is as far as an eigenvalue can be.
    ArithmeticError where that takes more than RESTARTS * KEPT products.
    """

    def enough(diagonal, beside):
        if len(diagonal) % LOOK:
            return False
        *_, residual = _residual(diagonal, beside)
        return residual <= tol

    # a start that no symmetry makes orthogonal to the eigenvector, the same in every call
    rng = np.random.default_rng(0)
    v = rng.standard_normal(size)
    for _ in range(RESTARTS):
        t = yield from lanczos(v, KEPT, enough)
        value, shares, residual = _residual(t.diagonal, t.beside)
        v = shares @ t.vectors
        # fewer than KEPT: b's share of the space is used up, and T has its eigenvalues
        if residual <= tol or len(t.diagonal) < min(KEPT, size):
            return value, v
    raise ArithmeticError(f"no extreme eigenvalue to {tol:g} after {RESTARTS * KEPT} products")


def _residual(diagonal, beside) -> tuple[float, np.ndarray, float]:
    """The largest eigenvalue of T, its vector (k,), and |H v - value v| / |value|."""
    last = len(diagonal) - 1
    value, vector = eigh_tridiagonal(
        diagonal,
        beside[:last],
        select="i",
        select_range=(last, last),
    )
    value = float(value[0])
    shares = vector[:, 0]
    residual = beside[last] * abs(shares[-1] / value)
    return value, shares, float(residual)

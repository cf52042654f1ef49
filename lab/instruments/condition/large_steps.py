"""Steps on Hessians of thousands of columns, which are known by their products alone.

Gradient descent and the heavy ball are polynomials of H, so their residuals are integrals over the
spectrum with the weights of b: k steps of Lanczos's process from b make Gauss's quadrature of it,
exact for polynomials of degree 2k - 1 (Golub & Meurant 2010).
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import eigh_tridiagonal

from lab.checks import EPS
from lab.instruments.condition.large import Ends, Products
from lab.instruments.condition.steps import PREDICTABLE, Steps
from lab.theory.conditioning import descent_steps, heavy_ball_steps
from lab.theory.conditioning.gradients import conjugate_gradients

# nodes of the quadrature; and half as many, which must say the same
NODES = 160
AGREE = 0.05
# conjugate gradients that are run: a product with 5,000 columns takes 0.01 to 0.03 s
CG_LIMIT = 300


def large_steps(
    name: str,
    h: Products,
    d: np.ndarray,
    b: np.ndarray,
    ends: Ends,
    *,
    tol: float,
) -> Steps:
    """On D H D, whose ends are these, from 0 with the right side b.

    NaN for what is not predicted, or not run.
    """
    nan = float("nan")
    stable = 2 / ends.largest
    # as for fewer columns: eigenvalues below the rounding of the largest, no prediction
    if ends.kappa > PREDICTABLE:
        return Steps(name, nan, nan, nan, nan, nan, nan, nan, stable)

    def times(v, _=0):
        return d * h.times(d * v)

    cg = conjugate_gradients(times, b, tol, CG_LIMIT)
    basis = lanczos(times, b, NODES)
    whole = _predicted(quadrature(*basis), ends, tol)
    fewer = [part[: NODES // 2] for part in basis]
    half = _predicted(quadrature(*fewer), ends, tol)
    gd, ball = [
        one if abs(one - two) <= AGREE * one else nan for one, two in zip(whole, half, strict=True)
    ]
    return Steps(name, gd, nan, ball, nan, nan, cg, nan, stable)


def _predicted(
    rule,
    ends,
    tol,
) -> tuple[float, float]:
    """At the best rates of the spectrum itself, whose ends the nodes may not reach."""
    nodes, weights = rule
    largest, kappa = ends
    lowest = largest / kappa
    gd = descent_steps(nodes, weights, tol, 2 / (lowest + largest))
    root = np.sqrt(kappa)
    beta = ((root - 1) / (root + 1)) ** 2
    rate = (1 + np.sqrt(beta)) ** 2 / largest
    return gd, heavy_ball_steps(nodes, weights, tol, rate, beta)


def lanczos(
    times,
    b: np.ndarray,
    steps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Diagonal and off-diagonal (k,) of T, k <= steps, the last off-diagonal entry unused.

    Every vector is made orthogonal to all before it, twice. It ends where b's share of the space is
    used up.
    """
    q = np.empty((min(steps, len(b)), len(b)))
    diagonal = []
    beside = []
    v = b / np.linalg.norm(b)
    for k in range(len(q)):
        q[k] = v
        image = times(v)
        diagonal.append(float(v @ image))
        known = q[: k + 1]
        rest = image - known.T @ (known @ image)
        rest -= known.T @ (known @ rest)
        length = np.linalg.norm(rest)
        beside.append(float(length))
        if length <= len(b) * EPS * abs(diagonal[0]):
            break
        v = rest / length
    return np.array(diagonal), np.array(beside)


def quadrature(
    diagonal: np.ndarray,
    beside: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Nodes (k,) > 0 and weights (k,) of Gauss's rule of T."""
    nodes, vectors = eigh_tridiagonal(diagonal, beside[: len(diagonal) - 1])
    # a node at the rounding of the largest is no eigenvalue of a definite H
    return np.maximum(nodes, EPS * nodes[-1]), vectors[0] ** 2

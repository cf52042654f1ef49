"""What an approximation of a second moment is worth as a preconditioner.

C and its approximation A are stacks (*r, D, D), symmetric positive semi-definite, damped by a
multiple of the identity that makes them definite; damping >= 0 is one number. Frobenius distance
and quality need not agree: the nearest Kronecker product may precondition worse than none.
"""

from __future__ import annotations

import numpy as np

from lab.checks import nonnegative, real
from lab.domains import entries, filled, in_range, last_axis, number, runs_fit
from lab.linalg import ratio, transposed
from lab.theory.kronecker.arguments import positive_semidefinite


@in_range
def pencil(
    c: np.ndarray,
    approximation: np.ndarray,
    damping: float,
) -> np.ndarray:
    """Eigenvalues of (A + damping)^-1 (C + damping), increasing, (*r, D).

    C <= t A in the Loewner order iff the largest, without damping, is at most t. ValueError where
    A + damping is singular. From X^-1 C X^-T with A = X X^T, which is symmetric and has the same
    ones. 1 / lam are those of the pencil with C and A exchanged.
    """
    c, a = _damped(c, approximation, damping)
    root = np.linalg.cholesky(a)
    half = np.linalg.solve(root, c)
    whole = np.linalg.solve(root, transposed(half))
    # two solves round differently on either side of the diagonal
    symmetric = (whole + transposed(whole)) / 2
    return np.linalg.eigvalsh(symmetric)


@in_range
def preconditioned_kappa(
    c: np.ndarray,
    approximation: np.ndarray,
    damping: float,
) -> np.ndarray:
    """kappa of (A + damping)^-1 (C + damping), (*r,): 1 iff these two are one up to a factor

    inf for a singular C without damping. Descent on the Hessian C + damping with A + damping for a
    preconditioner contracts by (kappa - 1) / (kappa + 1) at its best step.
    """
    lam = pencil(c, approximation, damping)
    # below 0 by rounding: a singular C
    least = np.maximum(lam[..., 0], 0.0)
    largest = lam[..., -1]
    return ratio(largest, least, np.inf)


@in_range
def natural_cosine(
    c: np.ndarray,
    approximation: np.ndarray,
    g: np.ndarray,
    damping: float,
) -> np.ndarray:
    """The cosine, (*r,), of the directions (A + damping)^-1 g and (C + damping)^-1 g, g (*r, D).

    0 at g = 0. ValueError where a damped matrix is singular. 1 where the two are one up to a
    factor, negative in the worst case: both have a part along g, but not along each other.
    """
    c, a = _damped(c, approximation, damping)
    g = filled("g", entries("g", real("g", g), 1))
    last_axis("g", g, c.shape[-1])
    runs_fit("g", g.shape[:-1], c.shape[:-2])

    # directions do not depend on the length of g
    size = np.abs(g).max(-1, keepdims=True)
    column = ratio(g, size)[..., None]
    natural = _unit(np.linalg.solve(c, column))
    other = _unit(np.linalg.solve(a, column))
    products = natural * other
    return products.sum((-2, -1))


def _unit(column):
    """Columns over their lengths, 0 for 0."""
    length = np.linalg.norm(column, axis=-2, keepdims=True)
    return ratio(column, length)


def _damped(c, approximation, damping):
    """Both matrices plus damping times the identity."""
    c = positive_semidefinite("c", c)
    a = positive_semidefinite("approximation", approximation)
    if a.shape[-1] != c.shape[-1]:
        raise ValueError(f"approximation has shape {a.shape}: must be of the size of c")
    runs_fit("approximation", a.shape[:-2], c.shape[:-2])
    shift = number("damping", damping, nonnegative) * np.eye(c.shape[-1])
    return c + shift, a + shift

"""What a penalty sees: the matrix in p or in z = P^-1 p, P = D^(-1/2), and rules for D.

H (R, n, n) is the Hessian in p, D (R, n) > 0 the divisor of a diagonal preconditioner, A = P^T H P
the Hessian in z. Condition numbers of penalised Hessians are taken from steps that the optimizers
make on the vectors of a basis, so that what is measured is the method and not its formula.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.arrays import norm
from lab.claims import named
from lab.claims.loops import descend
from lab.linalg import EPS, matvec
from lab.optimizers import SGD, GradientPenalty
from lab.scaling import unit_diagonal


def in_z(h, d) -> np.ndarray:
    """A = P^T H P, P = D^(-1/2), (R, n, n): the Hessian in z = P^-1 p. Its spectrum is that of D^-1
    H."""
    root = 1 / np.sqrt(d)
    return root[:, :, None] * h * root[:, None, :]


@named
def kappa_in_z(h, d):
    """the condition number of A = D^(-1/2) H D^(-1/2)"""
    lam = np.linalg.eigvalsh(in_z(h, d))
    return lam[:, -1] / lam[:, 0]


@named
def smallest_in_z(h, d):
    """the smallest eigenvalue of A"""
    return np.linalg.eigvalsh(in_z(h, d))[:, 0]


@named
def spread(d):
    """kappa(P)^2 = max D / min D"""
    return d.max(-1) / d.min(-1)


def step_kappa(h, penalty_rows) -> np.ndarray:
    """kappa (R,) of H + diag(penalty_rows), as a step of gradient descent of rate 1 sees it.

    penalty_rows (R, n): lam for a penalty on the variable itself, lam / D_i for one on p in z. The
    step of rate 1 from a unit vector takes off the column of the Hessian, on quadratics without an
    error."""
    return _kappa_of_steps(
        SGD(1.0),
        lambda z: matvec(h, z) + penalty_rows * z,
        h.shape[:2],
    )


def penalised_kappa(h, lam) -> np.ndarray:
    """kappa of the Hessian behind a step of gradient descent with the penalty lam |g|^2 / 2, from
    the images of a basis, by one gradient more: exact on quadratics, where it is H + lam H^2."""
    method = GradientPenalty(SGD(1.0), lam, distance=1.0)
    return _kappa_of_steps(method, lambda x: matvec(h, x), h.shape[:2])


def _kappa_of_steps(
    method,
    gradient: Callable,
    shape: tuple[int, int],
) -> np.ndarray:
    """kappa (R,) of the symmetric matrix whose columns are x - x+ for the n unit vectors x."""
    columns = []
    for k in range(shape[1]):
        unit = np.zeros(shape)
        unit[:, k] = 1.0
        path = descend(method, gradient, unit, 1)
        columns.append(path[0] - path[1])
    whole = np.stack(columns, -1)
    lam = np.linalg.eigvalsh(whole)
    return lam[:, -1] / lam[:, 0]


def unexplained(h) -> np.ndarray:
    """1 / diag(H^-1), (R, n): of every column what the others do not explain; 0 where they explain
    it all.

    For H = X^T X / N it is the squared distance of column i from the span of the others, over N: a
    rule that changes with units as diag H does. In units in which diag(H) = 1, so that the sizes of
    columns are no part of the condition number.
    """
    s = unit_diagonal(h)
    w, v = np.linalg.eigh(s[:, :, None] * h * s[:, None, :])
    # an eigenvalue of rounding counts as EPS: what is left of its columns is then next to 0
    inverses = 1 / np.maximum(w, EPS)
    inverse = np.einsum("rij,rj,rij->ri", v, inverses, v)
    return 1 / (s**2 * inverse)


def diagonal(h) -> np.ndarray:
    """diag H, (R, n)."""
    return np.einsum("rii->ri", h)


# D by name: the first two change by c_i^2 when column i of the data does by c_i
RULES: dict[str, Callable] = {
    "diag H": diagonal,
    "1 / diag H^-1": unexplained,
    "row norm": norm,
    "sqrt diag H": lambda h: np.sqrt(diagonal(h)),
}


def together_by(x, t) -> np.ndarray:
    """The columns x (R, N, n), the second one x_1 + t (x_2 - x_1)."""
    moved = x.copy()
    moved[..., 1] = x[..., 0] + t[:, None] * (x[..., 1] - x[..., 0])
    return moved


@named
def drawn_together(x, t):
    """the columns, the second one x_1 + t (x_2 - x_1)"""
    return together_by(x, t)


@named
def apart(x):
    """columns of unit length have a Gram matrix with eigenvalues above 1e-6: kappa is below 1e7"""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    grams = np.einsum("rki,rkj->rij", unit, unit)
    return np.linalg.eigvalsh(grams)[:, 0] > 1e-6

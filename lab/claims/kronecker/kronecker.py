"""The Kronecker structure of gradient noise in matrix regression."""

from __future__ import annotations

import itertools

import numpy as np
from sympy import Eq

from lab.claims import choice, claim, derived, equal, lattice, named, symbols
from lab.claims.enumerated import exact_mean_outer, pairs, whole_points

B, Sigma, N, A, Q, D = symbols("B Sigma N A Q D")
kurtosis, moment, at_minimum = symbols("kurtosis moment at_minimum")


@named
def kron(sigma, c):
    """Sigma kron C"""
    return np.einsum("rij,rab->riajb", sigma, c).reshape(len(c), 4, 4)


@named
def moved(sigma, d):
    """D Sigma D^T, D the 2 x 2 matrix W - W*"""
    return d @ sigma @ d.swapaxes(-1, -2)


@named
def crossed(sigma, d):
    """X, with the entries X[(a, i), (b, j)] = (D Sigma)_bi (D Sigma)_aj"""
    g = d @ sigma
    return np.einsum("rbi,raj->riajb", g, g).reshape(len(g), 4, 4)


@named
def mean_squared(sigma, d):
    """vec(D Sigma) vec(D Sigma)^T"""
    g = stacked(d @ sigma)
    return g[:, :, None] * g[:, None, :]


def stacked(matrices) -> np.ndarray:
    """The columns of matrices (R, 2, 2) one below the other, (R, 4)."""
    return matrices.swapaxes(-1, -2).reshape(-1, 4)


@claim(
    "kronecker/noise-structure",
    over={
        B: choice(1, 2),
        A: lattice(2, 2),
        Q: lattice(2, 2),
        D: lattice(2, 2),
        kurtosis: choice(3, 1),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "moment": equal(
            moment,
            (kron(Sigma, moved(Sigma, D)) + kron(Sigma, N) + crossed(Sigma, D)) / B
            + mean_squared(Sigma, D),
            because="in fractions",
        ),
        "at the minimum": equal(at_minimum, kron(Sigma, N) / B, because="in fractions"),
    },
    where={
        moment: "E[vec g_B vec g_B^T], g_B = mean of (D x - xi) x^T over B rows x = A z, z of"
        " independent coordinates, and label noise xi = Q s, s of signs; columns are stacked",
        at_minimum: "the same at D = 0",
        Sigma: "A A^T, the covariance of x",
        N: "Q Q^T, that of xi",
    },
    cites=derived("Isserlis' theorem"),
    instances=20,
)
def noise_structure(B, A, Q, D, kurtosis):
    """E[x x^T kron (D x)(D x)^T] is Sigma kron D Sigma D^T, and the two crossed pairings: one is
    the squared mean, the other X, which is no Kronecker product. At D = 0 the eigenvectors of N
    and Sigma diagonalise it, while those of G = Sigma kron I leave the left basis open."""
    everywhere, nowhere = [], []
    for a, q, delta in zip(A, Q, D, strict=True):
        everywhere.append(enumerated(a, q, delta, kurtosis, B))
        nowhere.append(enumerated(a, q, 0 * delta, kurtosis, B))
    covariances = {Sigma: A @ A.swapaxes(-1, -2), N: Q @ Q.swapaxes(-1, -2)}
    return {moment: np.array(everywhere), at_minimum: np.array(nowhere)} | covariances


def enumerated(a, q, delta, kurtosis, batch) -> np.ndarray:
    """E[vec g_B vec g_B^T] (4, 4) over all outcomes, as fractions; of the noise only the covariance
    matters."""
    z, weight = whole_points(2, kurtosis)
    signs = np.array(list(itertools.product((-1, 1), repeat=2)))
    x = np.repeat(z @ a.T, len(signs), 0)
    xi = np.tile(signs @ q.T, (len(z), 1))
    weight = np.repeat(weight, len(signs))

    g = stacked((x @ delta.T - xi)[:, :, None] * x[:, None, :])
    if batch == 2:
        g, weight = pairs(g).sum(1), pairs(weight).prod(1)
    return exact_mean_outer(g, weight, int(weight.sum()) * batch**2)

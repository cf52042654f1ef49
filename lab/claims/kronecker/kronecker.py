"""The Kronecker structure of gradient noise in matrix regression."""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.claims import (
    between,
    choice,
    claim,
    derived,
    equal,
    named,
    psd,
    sometimes,
    spd,
    start,
    symbols,
)
from lab.claims.enumerated import mean_outer, pairs, points
from lab.linalg import symmetric_power
from lab.modes import vec

B, Sigma, N, D, kurtosis, moment, at_minimum = symbols("B Sigma N D kurtosis moment at_minimum")


@named
def kron(sigma, c):
    """Sigma kron C"""
    return np.einsum("rij,rab->riajb", sigma, c).reshape(len(c), 4, 4)


@named
def moved(sigma, d):
    """D Sigma D^T, D the 2 x 2 matrix W - W*"""
    at = matrix(d)
    return at @ sigma @ at.swapaxes(-1, -2)


@named
def crossed(sigma, d):
    """X, with the entries X[(a, i), (b, j)] = (D Sigma)_bi (D Sigma)_aj"""
    g = matrix(d) @ sigma
    return np.einsum("rbi,raj->riajb", g, g).reshape(len(g), 4, 4)


@named
def mean_squared(sigma, d):
    """vec(D Sigma) vec(D Sigma)^T"""
    g = vec(matrix(d) @ sigma)
    return g[:, :, None] * g[:, None, :]


def matrix(d) -> np.ndarray:
    """D (R, 2, 2) of its entries (R, 4)."""
    return d.reshape(-1, 2, 2)


@claim(
    "kronecker/noise-structure",
    over={
        B: choice(1, 2),
        Sigma: spd(2, -2, 0),
        N: psd(2, -2, 0),
        D: start(4),
        kurtosis: sometimes(3.0, between(1, 5)),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "moment": equal(
            moment,
            (kron(Sigma, moved(Sigma, D) + N) + crossed(Sigma, D)) / B + mean_squared(Sigma, D),
            atol=1e-11,
            because="10^3 outcomes of size up to 100",
        ),
        "at the minimum": equal(
            at_minimum, kron(Sigma, N) / B, atol=1e-12, because="10^3 outcomes of size up to 10"
        ),
    },
    where={
        moment: "E[vec g_B vec g_B^T], g_B = mean of (D x - xi) x^T over B rows x = Sigma^(1/2) z,"
        " z of independent coordinates, and label noise xi of covariance N; columns are stacked",
        at_minimum: "the same at D = 0",
    },
    cites=derived("Isserlis' theorem"),
)
def noise_structure(B, Sigma, N, D, kurtosis):
    """E[x x^T kron (D x)(D x)^T] is Sigma kron D Sigma D^T, and the two crossed pairings: one is
    the squared mean, the other X, which is no Kronecker product. At D = 0 the eigenvectors of N
    and Sigma diagonalise it, while those of G = Sigma kron I leave the left basis open."""
    everywhere, nowhere = [], []
    for sigma, noise, at, k in zip(Sigma, N, matrix(D), kurtosis, strict=True):
        everywhere.append(enumerated(sigma, noise, at, k, B))
        nowhere.append(enumerated(sigma, noise, 0 * at, k, B))
    return {moment: np.array(everywhere), at_minimum: np.array(nowhere)}


def enumerated(sigma, noise, delta, kurtosis, batch) -> np.ndarray:
    """E[vec g_B vec g_B^T] (4, 4) over all outcomes; noise of signs, of which only the covariance
    matters."""
    z, chance = points(2, kurtosis)
    signs, halves = points(2, 1.0)
    x = np.repeat(z @ symmetric_power(sigma, 0.5), len(signs), 0)
    xi = np.tile(signs @ symmetric_power(noise, 0.5, floor=0.0), (len(z), 1))
    weight = np.outer(chance, halves).ravel()

    g = vec((x @ delta.T - xi)[:, :, None] * x[:, None, :])
    if batch == 2:
        g, weight = pairs(g).mean(1), pairs(weight).prod(1)
    return mean_outer(g, weight)

"""The Kronecker structure of gradient noise in matrix regression.

One example is x = A z with label W* x + xi, xi = Q s; at D = W - W* its gradient is g = (D x - xi)
x^T, (2, 2), and vec g = x kron (D x - xi), columns one below the other. Second moments are
therefore indexed by (i, a), i a coordinate of x and a one of the error. Everything is a sum over
finitely many outcomes with integer weights, so that both sides are compared as fractions, without a
tolerance."""

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
        # a Gaussian's, and that of signs
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
    """For one example, E[vec g vec g^T] = E[x x^T kron (D x)(D x)^T] + Sigma kron N: the noise is
    independent of x and has mean 0, so that only its covariance N enters. With u = D x, Isserlis'
    theorem splits E[x_i x_j u_a u_b] into three pairings: (x_i x_j)(u_a u_b), which is Sigma kron D
    Sigma D^T; (x_i u_a)(x_j u_b), which is the squared mean vec(D Sigma) vec(D Sigma)^T; and (x_i
    u_b)(x_j u_a), which is X. X is no Kronecker product. A mean over B independent rows has 1/B of
    the single moment, and 1 - 1/B of the squared mean.

    The pairings are all only at kurtosis 3. Another kurtosis adds (kurtosis - 3) / B times sum_k
    v_k v_k^T, v_k = a_k kron D a_k with the columns a_k of A; signs (kurtosis 1) are the witness.
    At D = 0 that term is 0, and the second part needs no hypothesis on z.

    At D = 0 the eigenvectors of N and Sigma diagonalise the noise, while those of the Hessian Sigma
    kron I leave the left basis open.

    Space: integer matrices A, Q, D with entries up to 2, batches of one and two rows, both
    kurtoses."""
    everywhere, nowhere = [], []
    for a, q, delta in zip(A, Q, D, strict=True):
        everywhere.append(enumerated(a, q, delta, kurtosis, B))
        nowhere.append(enumerated(a, q, 0 * delta, kurtosis, B))
    covariances = {Sigma: A @ A.swapaxes(-1, -2), N: Q @ Q.swapaxes(-1, -2)}
    return {moment: np.array(everywhere), at_minimum: np.array(nowhere)} | covariances


def enumerated(a, q, delta, kurtosis, batch) -> np.ndarray:
    """E[vec g_B vec g_B^T] (4, 4) over all outcomes, as fractions, for one instance.

    z takes integers -2 ... 2 with the moments 0, 1, 0, kurtosis; s takes signs, because of the
    noise only the covariance matters. batch: 1 or 2, which enumerates all ordered pairs of rows."""
    z, weight = whole_points(2, kurtosis)
    # a sign has the covariance 1, and no more of xi enters
    signs = np.array(list(itertools.product((-1, 1), repeat=2)))
    x = np.repeat(z @ a.T, len(signs), 0)
    xi = np.tile(signs @ q.T, (len(z), 1))
    weight = np.repeat(weight, len(signs))

    g = stacked((x @ delta.T - xi)[:, :, None] * x[:, None, :])
    # the sum of two gradients: its division by B, squared, is left to the common denominator
    if batch == 2:
        g, weight = pairs(g).sum(1), pairs(weight).prod(1)
    return exact_mean_outer(g, weight, int(weight.sum()) * batch**2)

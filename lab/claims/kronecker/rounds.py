"""What bounds Shampoo: ranks of gradients, sums of Gram matrices, and rounds against an adversary.

Gradients are unrolled tensors G (R, T, D) of the sizes dims, D = d_1 ... d_k, row-major; mat_i(G)
is the unfolding (d_i, D / d_i) of mode i, and its Gram matrix is mat_i(G) mat_i(G)^T. Shampoo adds
them up from eps I, without decay: H_i = eps I + sum_t mat_i(G_t) mat_i(G_t)^T, and steps by G times
H_i^(-1/(2k)) along every mode. (Gupta, Koren & Singer 2018)
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lab.claims import named
from lab.linalg import symmetric_power, transposed
from lab.modes import gram
from lab.theory.kronecker.moments import kronecker_product
from lab.theory.kronecker.quality import pencil


@named
def ranks(g, dims):
    """(prod_i r_i)^(1/k), r_i the largest rank over t of the mode-i unfolding of G_t"""
    runs = g.shape[:2]
    tensors = g.reshape(*runs, *dims)
    found = []
    for mode in range(len(dims)):
        first = np.moveaxis(tensors, 2 + mode, 2)
        unfolded = first.reshape(*runs, dims[mode], -1)
        rank = np.linalg.matrix_rank(unfolded)
        found.append(rank.max(-1))
    return np.prod(found, 0) ** (1 / len(dims))


def summed(
    g,
    dims,
    eps,
) -> list[np.ndarray]:
    """H_i = eps I + sum_t of the Gram matrices of mode i, (R, d_i, d_i), one for each of k modes.

    eps (R,) >= 0. All have the trace d_i eps + sum |G_t|^2.
    """
    tensors = g.reshape(*g.shape[:2], *dims)
    shift = eps[:, None, None]
    found = []
    for mode in range(len(dims)):
        total = gram(tensors, mode, len(dims)).sum(1)
        found.append(total + shift * np.eye(dims[mode]))
    return found


def largest(
    g,
    dims,
    eps,
    divisor,
) -> np.ndarray:
    """The largest eigenvalue (R,) of (kron H_i^(1/k))^-1 (eps I + sum g g^T / divisor).

    At most t iff eps I + sum g g^T / divisor <= t kron H_i^(1/k) in the Loewner order. eps > 0, so
    that the product is definite. divisor: a number or (R,).
    """
    roots = [symmetric_power(h, 1 / len(dims)) for h in summed(g, dims, eps)]
    upper = kronecker_product(roots)
    size = np.trace(upper, axis1=-2, axis2=-1)[:, None, None]

    # a rank is 0 only where all gradients are: nothing is divided then
    shared = np.where(np.asarray(divisor) > 0, divisor, 1.0)
    outer = transposed(g) @ g
    shift = eps[:, None, None] * np.eye(g.shape[-1])
    lower = shift + outer / np.reshape(shared, (-1, 1, 1))
    symmetric = (lower + transposed(lower)) / 2

    # both over one number, so that the check of definiteness sees no overflow
    eigenvalues = pencil(symmetric / size, upper / size, 0.0)
    return eigenvalues[:, -1]


class Played(NamedTuple):
    """W_t before every round, and G_t, (R, T, D)."""

    points: np.ndarray
    gradients: np.ndarray


def game(
    dims,
    growth,
    noise,
    fixed,
    *,
    eps,
    lr,
) -> Played:
    """Rounds of Shampoo from 0 on linear losses <G_t, W> with G_t = growth^t (signs of W_t + noise
    times fixed_t), the sign of 0 being 1.

    dims: two sizes. growth, noise, eps > 0 and lr are (R,), fixed (R, T, D). Signs of W_t let every
    step move away from where the loss is least; a growth above 1 makes the last rounds count, and
    brings the regret nearest to its bound.
    """
    w = np.zeros((len(eps), math.prod(dims)))
    rate = lr[:, None]
    points, gradients = [], []
    for t in range(fixed.shape[1]):
        against = np.where(w < 0, -1.0, 1.0)
        disturbed = against + noise[:, None] * fixed[:, t]
        g = growth[:, None] ** t * disturbed
        points.append(w)
        gradients.append(g)

        # the sums hold the gradient of this round, too
        left, right = summed(np.stack(gradients, 1), dims, eps)
        matrix = g.reshape(-1, *dims)
        step = symmetric_power(left, -0.25) @ matrix @ symmetric_power(right, -0.25)
        w = w - rate * step.reshape(len(w), -1)
    return Played(np.stack(points, 1), np.stack(gradients, 1))

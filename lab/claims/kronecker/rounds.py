"""Rounds of Shampoo."""

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
    tensors = g.reshape(*g.shape[:2], *dims)
    found = []
    for mode in range(len(dims)):
        unfolded = np.moveaxis(tensors, 2 + mode, 2).reshape(*g.shape[:2], dims[mode], -1)
        found.append(np.linalg.matrix_rank(unfolded).max(-1))
    return np.prod(found, 0) ** (1 / len(dims))


def summed(g, dims, eps) -> list[np.ndarray]:
    """H_i = eps I + sum_t of the Gram matrices of mode i, (R, d_i, d_i)."""
    tensors = g.reshape(*g.shape[:2], *dims)
    shift = eps[:, None, None]
    found = []
    for mode in range(len(dims)):
        total = gram(tensors, mode, len(dims)).sum(1)
        found.append(total + shift * np.eye(dims[mode]))
    return found


def largest(g, dims, eps, divisor) -> np.ndarray:
    """The largest eigenvalue (R,) of (kron H_i^(1/k))^-1 (eps I + sum g g^T / divisor)."""
    upper = kronecker_product([symmetric_power(h, 1 / len(dims)) for h in summed(g, dims, eps)])
    size = np.trace(upper, axis1=-2, axis2=-1)[:, None, None]
    shift = eps[:, None, None] * np.eye(g.shape[-1])
    # a rank is 0 only where all gradients are: nothing is divided then
    shared = np.where(np.asarray(divisor) > 0, divisor, 1.0)
    lower = shift + (transposed(g) @ g) / np.reshape(shared, (-1, 1, 1))
    # both over one number, so that the check of definiteness sees no overflow
    return pencil((lower + transposed(lower)) / 2 / size, upper / size, 0.0)[:, -1]


class Played(NamedTuple):
    """W_t before every round, and G_t, (R, T, D)."""

    points: np.ndarray
    gradients: np.ndarray


def game(dims, growth, noise, fixed, *, eps, lr) -> Played:
    """Rounds of Shampoo from 0 against signs of W_t (1 at 0)."""
    w = np.zeros((len(eps), math.prod(dims)))
    points, gradients = [], []
    for t in range(fixed.shape[1]):
        against = np.where(w < 0, -1.0, 1.0)
        g = growth[:, None] ** t * (against + noise[:, None] * fixed[:, t])
        points.append(w)
        gradients.append(g)
        left, right = summed(np.stack(gradients, 1), dims, eps)
        step = symmetric_power(left, -0.25) @ g.reshape(-1, *dims) @ symmetric_power(right, -0.25)
        w = w - lr[:, None] * step.reshape(len(w), -1)
    return Played(np.stack(points, 1), np.stack(gradients, 1))

"""Shampoo: one root of an accumulated Gram matrix per mode of the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Layers, Params, Scalar, like, per_matrix, runs, tensors
from lab.checks import fields, nonnegative, positive
from lab.linalg import symmetric_power
from lab.metrics import Kronecker
from lab.modes import gram, multiply_modes
from lab.optimizers.protocol import EUCLIDEAN


class Accumulated(NamedTuple):
    """One matrix per mode of each tensor."""

    factors: tuple[tuple[np.ndarray, ...], ...]


@dataclass(frozen=True)
class Shampoo:
    """L += G G^T;  R += G^T G;  delta = -lr (L + damping I)^(-1/4) G (R + damping I)^(-1/4)

    (Gupta, Koren & Singer 2018.) A block of order k has one factor per mode, the sum of Gram
    matrices of its unfoldings, to the power -1 / (2 k): for a vector this is full-matrix AdaGrad,
    (sum g g^T + damping I)^(-1/2) g. With damping = 0 the roots are pseudo-inverse, and the first
    step of a matrix is -lr times its polar factor. Equivariant under rotations of every mode. No
    moving averages, no grafting, no delayed roots: the paper's method. A run that leaves the
    floating range becomes NaN (inf in the series).

    State: one (*r, d, d) per mode of each tensor. Shampoo(0.1, damping=1e-3)
    """

    lr: Scalar
    damping: Scalar = 1e-4

    needs = frozenset({"grad"})
    vectors = ()
    matrices = ("factors",)
    units = {"lr": (1, 0), "damping": (-2, 2)}
    scope = "matrix"
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)

    def init(self, theta):
        return Accumulated(zero_factors(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        factors = []
        for (k, x), block in zip(tensors(g), s.factors, strict=True):
            factors.append(tuple(old + gram(x, mode, k) for mode, old in enumerate(block)))

        z = []
        for (k, x), block in zip(tensors(g), self._damped(factors), strict=True):
            z.append(multiply_modes(x, [symmetric_power(a, -1 / (2 * k)) for a in block]))
        return -self.lr * like(g, z), Accumulated(tuple(factors))

    def metric(self, s):
        powers = tuple(1 / (2 * len(block)) for block in s.factors)
        return Kronecker(self._damped(s.factors), powers)

    def _damped(self, factors):
        damped = []
        for j, block in enumerate(factors):
            damping = self.damping[j] if isinstance(self.damping, Layers) else self.damping
            shift = per_matrix(damping, len(block))
            damped.append(tuple(a + shift * np.eye(a.shape[-1]) for a in block))
        return tuple(damped)


def zero_factors(theta: Params) -> tuple[tuple[np.ndarray, ...], ...]:
    """A zero matrix (*r, d_j, d_j) for every mode of every tensor of theta."""
    shape = runs(theta)
    blocks = []
    for k, x in tensors(theta):
        blocks.append(tuple(np.zeros((*shape, d, d)) for d in x.shape[x.ndim - k :]))
    return tuple(blocks)

"""Shampoo: one root of an accumulated Gram matrix per mode of the gradient.

Why a fourth root of each: with r the largest rank of a gradient, damping I + (1/r) sum vec(G)
vec(G)^T <= (damping I + sum G G^T)^(1/2) kron (damping I + sum G^T G)^(1/2) as quadratic forms, so
that the inverse root of the right side, two fourth roots, stands for full-matrix AdaGrad's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Layers, Scalar, like, per_matrix, tensors
from lab.checks import fields, nonnegative, positive
from lab.linalg import symmetric_power
from lab.metrics import Kronecker
from lab.modes import gram, multiply_modes
from lab.optimizers.pieces import zero_factors
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

    A matrix of one row or column is not the vector: its powers are -1/4 and -1/4, with a 1 x 1
    factor, where a vector has -1/2. First step with damping: singular values s go to s / sqrt(s^2 +
    damping). As a sum only grows, steps shrink like AdaGrad's.
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
        parts = tensors(g)
        factors = []
        for (k, x), block in zip(parts, s.factors, strict=True):
            grown = [old + gram(x, mode, k) for mode, old in enumerate(block)]
            factors.append(tuple(grown))

        z = []
        for (k, x), block in zip(parts, self._damped(factors), strict=True):
            # AdaGrad's -1/2, shared by k factors
            power = -1 / (2 * k)
            # on the range: a direction without history has no gradient either
            roots = [symmetric_power(a, power) for a in block]
            z.append(multiply_modes(x, roots))
        return -self.lr * like(g, z), Accumulated(tuple(factors))

    def metric(self, s):
        powers = tuple(1 / (2 * len(block)) for block in s.factors)
        return Kronecker(self._damped(s.factors), powers)

    def _damped(self, factors):
        """Every factor plus damping I, which is that of its own block where there is one each."""
        damped = []
        for j, block in enumerate(factors):
            damping = self.damping
            if isinstance(damping, Layers):
                damping = damping[j]
            shift = per_matrix(damping, len(block))
            shifted = [a + shift * np.eye(a.shape[-1]) for a in block]
            damped.append(tuple(shifted))
        return tuple(damped)

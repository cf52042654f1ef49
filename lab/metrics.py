"""What divides a gradient, as an object: matrices made of others, beside the curvatures of lab.curvature.

times(v)    M v, like v
solve(v)    M^-1 v on the range, like v
Where they make sense also diag() and dense(), as there.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.arrays import Layers, Params, Scalar, like, tensors
from lab.curvature import Curvature, Dense
from lab.linalg import multiply_modes, symmetric_power


@dataclass(frozen=True, eq=False)
class Identity:
    """G = scale I, scale a number or shaped to multiply the parameters: one per run, or one per tensor."""

    scale: Scalar | Layers = 1.0

    def diag(self):
        return self.scale

    def times(self, v):
        return self.scale * v

    def solve(self, v, damping=0.0):
        return v / (self.scale + damping)


@dataclass(frozen=True, eq=False)
class Shifted:
    """G + shift I; shift a number or shaped to multiply the parameters.

    `rotated` is for orthogonal bases, which leave the shift alone.
    """

    base: Curvature
    shift: Scalar

    def diag(self):
        return self.base.diag() + self.shift

    def times(self, v):
        return self.base.times(v) + self.shift * v

    def solve(self, v, damping=0.0):
        return self.base.solve(v, damping + self.shift)

    def mean(self):
        return self.base.mean()

    def dense(self):
        dense = self.base.dense()
        return dense + np.asarray(self.shift)[..., None] * np.eye(dense.shape[-1])

    def rotated(self, basis):
        return Shifted(self.base.rotated(basis), self.shift)

    def scaled(self, s):
        return Dense(self.dense(), self.mean()).scaled(s)


@dataclass(frozen=True, eq=False)
class Kronecker:
    """Per tensor A_1 kron ...

    kron A_k, A_j = F_j^power: one symmetric positive semi-definite F_j (*r, d_j, d_j) per mode.
    factors: per tensor its F_j; powers: one per tensor. solve is on the range of every factor.
    """

    factors: tuple[tuple[np.ndarray, ...], ...]
    powers: tuple[float, ...]

    def times(self, v):
        return self._applied(v, 1.0)

    def solve(self, v):
        return self._applied(v, -1.0)

    def dense(self):
        """The matrix over the entries of the one tensor, the last axis fastest.

        TypeError for several.
        """
        if len(self.factors) > 1:
            raise TypeError(f"dense() is for one tensor: there are {len(self.factors)}")
        roots = [symmetric_power(a, self.powers[0]) for a in self.factors[0]]
        return functools.reduce(_kron, roots)

    def _applied(self, v, sign):
        blocks = []
        for (_, x), block, p in zip(tensors(v), self.factors, self.powers, strict=True):
            blocks.append(multiply_modes(x, [symmetric_power(a, sign * p) for a in block]))
        return like(v, blocks)


def _kron(a, b):
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    size = a.shape[-1] * b.shape[-1]
    return product.reshape(product.shape[:-4] + (size, size))


@dataclass(frozen=True, eq=False)
class Multiple:
    """scale G; scale a number or shaped to multiply the parameters: one per run, or one per tensor."""

    inside: Any
    scale: Scalar | Layers

    def times(self, v):
        return self.scale * self.inside.times(v)

    def solve(self, v):
        return self.inside.solve(v) / self.scale


@dataclass(frozen=True, eq=False)
class Turned:
    """Q G Q^T: what G, in the coordinates z = Q^T theta of a basis, is to theta itself."""

    inside: Any
    basis: Any

    def times(self, v):
        return self.basis.back(self.inside.times(self.basis.to(v)))

    def solve(self, v):
        return self.basis.back(self.inside.solve(self.basis.to(v)))


@dataclass(frozen=True, eq=False)
class Pulled:
    """J^-T G J^-1: what G, in the variables z of a change theta = P(z), is to a step of theta; J at z.

    Its inverse J G^-1 J^T is what a method in those variables multiplies the gradient by.
    """

    inside: Any
    change: Any
    z: Params

    def solve(self, v):
        return self.change.along(self.z, self.inside.solve(self.change.pull(self.z, v)))

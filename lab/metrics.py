"""What divides a gradient, as an object: the metric M of an optimizer's state.

times(v)    M v, like v
solve(v)    M^-1 v on the range, like v

A metric is not a curvature: it belongs to a method and answers these two questions, no mean, no
labels, no change of coordinates. A curvature answers them too, so Dense, Diagonal and Shifted of
lab.curvature serve as metrics; here are those that nothing else is.

Gradient descent has the Identity, methods that divide entry by entry a Diagonal, Shampoo a
Kronecker; a method in a basis has that of the method inside Turned, one in other variables Pulled.
Rates stand apart: kappa_under(H, M) of lab.theory.conditioning does not depend on them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.arrays import Layers, Params, Scalar, like, tensors
from lab.linalg import symmetric_power
from lab.modes import multiply_modes


@dataclass(frozen=True, eq=False)
class Identity:
    """M = scale I.

    scale: a number, or shaped to multiply the parameters: one per run, or one per tensor.

    Gradient descent with the rate apart.
    """

    scale: Scalar | Layers = 1.0

    def diag(self):
        return self.scale

    def times(self, v):
        return self.scale * v

    def solve(self, v, damping=0.0):
        return v / (self.scale + damping)


@dataclass(frozen=True, eq=False)
class Kronecker:
    """Per tensor A_1 kron ... kron A_k, A_j = F_j^power, one F_j (*r, d_j, d_j) per mode.

    factors: per tensor its F_j, symmetric positive semi-definite; powers: one per tensor. solve is
    on the range of every factor.

    As vec over the entries with the last axis fastest, F_1 belongs to the slowest. Roots are taken
    at every call: a metric is asked once in a test, not in a step.
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
            # powers of factors are factors of the power
            roots = [symmetric_power(a, sign * p) for a in block]
            blocks.append(multiply_modes(x, roots))
        return like(v, blocks)


def _kron(a, b):
    """a kron b for stacks of square matrices."""
    # rows of a and b first, then columns: the place of (i, k; j, l) in a kron b
    product = a[..., :, None, :, None] * b[..., None, :, None, :]
    size = a.shape[-1] * b.shape[-1]
    return product.reshape(product.shape[:-4] + (size, size))


@dataclass(frozen=True, eq=False)
class Multiple:
    """M = scale G.

    scale: a number, or shaped to multiply the parameters: one per run, or one per tensor.
    """

    inside: Any
    scale: Scalar | Layers

    def times(self, v):
        return self.scale * self.inside.times(v)

    def solve(self, v):
        return self.inside.solve(v) / self.scale


@dataclass(frozen=True, eq=False)
class Turned:
    """M = Q G Q^T: what G, in the coordinates z = Q^T theta of a basis, is to theta itself.

    Symmetric when G is. It is the metric of every method that works in an orthogonal basis.
    """

    inside: Any
    basis: Any

    def times(self, v):
        z = self.basis.to(v)
        return self.basis.back(self.inside.times(z))

    def solve(self, v):
        z = self.basis.to(v)
        return self.basis.back(self.inside.solve(z))


@dataclass(frozen=True, eq=False)
class Pulled:
    """M = J^-T G J^-1: what G, in the variables z of a change theta = P(z), is to a step of theta.

    J is the Jacobian at z. The inverse J G^-1 J^T is what a method in those variables multiplies
    the gradient by.

    There is no times: a rectangular or singular J has no inverse, and no test needs one. With an
    orthogonal basis it is `Turned`.
    """

    inside: Any
    change: Any
    z: Params

    def solve(self, v):
        pulled = self.change.pull(self.z, v)
        return self.change.along(self.z, self.inside.solve(pulled))


@dataclass(frozen=True, eq=False)
class Product:
    """M = left right, which need not commute: right acts first in times, last in solve.

    Of a method that divides twice, by one metric after the other.
    """

    left: Any
    right: Any

    def times(self, v):
        return self.left.times(self.right.times(v))

    def solve(self, v):
        return self.right.solve(self.left.solve(v))


@dataclass(frozen=True, eq=False)
class PerTensor:
    """One metric for each tensor, of the arrays of that tensor: block diagonal over Layers."""

    metrics: tuple[Any, ...]

    def times(self, v):
        return like(v, [m.times(x) for (_, x), m in zip(tensors(v), self.metrics, strict=True)])

    def solve(self, v):
        return like(v, [m.solve(x) for (_, x), m in zip(tensors(v), self.metrics, strict=True)])

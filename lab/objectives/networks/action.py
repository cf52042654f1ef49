"""A Hessian that is known by its products.

A product costs about two gradients and no n x n matrix, which is what makes Hessians of networks
usable at all; probes (Hutchinson) and conjugate gradients need nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Layers, runs
from lab.curvature.dense import Dense
from lab.curvature.layered import Layered


@dataclass(frozen=True, eq=False)
class HessianAction:
    """H v = product(v) for Layers v, at a point theta.

    times costs one product; every other answer first makes the n products with unit vectors, all at
    once, which is for small networks: n times the memory of a pass. flatten: between Layers and
    flat vectors. H is symmetric up to rounding, and may be indefinite: `solve` then goes to the
    saddle point of the quadratic model.
    """

    product: Callable[[Layers], Layers]
    theta: Layers
    flatten: Any

    def times(self, v):
        return self.product(v)

    @cached_property
    def flat(self) -> Dense:
        """H over the flat vector, (*r, n, n)."""
        # kept: diag, solve and dense of one point make it once
        n = self.flatten.back(self.theta).shape[-1]
        axes = runs(self.theta)
        # one more run axis in front: all products in one pass
        units = np.eye(n).reshape(n, *(1,) * len(axes), n)
        columns = self.flatten.back(self.product(self.flatten.to(units)))
        return Dense(np.moveaxis(columns, 0, -1))

    def _layered(self):
        """The same as a matrix that answers in Layers."""
        return Layered(self.flat, self.flatten)

    def diag(self):
        return self._layered().diag()

    def solve(self, v, damping=0.0):
        return self._layered().solve(v, damping)

    def mean(self):
        return self._layered().mean()

    def dense(self):
        return self.flat.g

    def rotated(self, basis):
        return self._layered().rotated(basis)

    def scaled(self, s):
        return self._layered().scaled(s)

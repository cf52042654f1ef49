"""G as another curvature plus a multiple of the identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.arrays import Scalar
from lab.curvature.dense import Dense


@dataclass(frozen=True, eq=False)
class Shifted:
    """G + shift I; shift a number or shaped to multiply the parameters.

    `rotated` is for orthogonal bases, which leave the shift alone.

    What weight decay adds to a Hessian (shift = its factor) and what damping adds to a curvature.
    The mean gradient behind G is that of the unshifted one: a shift is no example.

    scaled gives a Dense matrix, because diag(s) (shift I) diag(s) is no multiple of I. Shifted of
    Shifted adds up. A base without `layers` or `local` raises its own AttributeError.
    """

    base: Any
    shift: Scalar

    @property
    def layers(self):
        """The factors of the gradients behind G, without the shift; so are `others`."""
        return self.base.layers

    @property
    def others(self):
        return self.base.others

    @property
    def local(self):
        """The factors at every place, where G is that of a network with convolutions."""
        return self.base.local

    def diag(self):
        return self.base.diag() + self.shift

    def times(self, v):
        return self.base.times(v) + self.shift * v

    def solve(self, v, damping=0.0):
        # one shift more is damping more: no matrix is built for it
        return self.base.solve(v, damping + self.shift)

    def mean(self):
        # no gradient stands behind the shift
        return self.base.mean()

    def dense(self):
        dense = self.base.dense()
        identity = np.eye(dense.shape[-1])
        return dense + np.asarray(self.shift)[..., None] * identity

    def rotated(self, basis):
        return Shifted(self.base.rotated(basis), self.shift)

    def scaled(self, s):
        return Dense(self.dense(), self.mean()).scaled(s)

"""Gradients of bounded size for any optimizer: one outlier can't throw theta far away, nor fill an
average of squares for a long time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lab.arrays import Params, Scalar, block_norm, each, norm, rowwise
from lab.checks import able, fields, positive
from lab.optimizers.pieces import quotient
from lab.optimizers.protocol import EUCLIDEAN, of_inner, waits
from lab.oracle import WithGradient


@dataclass(frozen=True)
class Clipped:
    """`inner` sees g min(1, threshold / |g|)      (Pascanu et al. 2013)

    of: "all", the norm of all entries; "tensor", of every tensor by itself; "entry": every entry is
    put into [-threshold, threshold]. Clipped(SGD(lr)) is clipped SGD (Zhang et al. 2020): for lr L
    small it needs only |Hessian| <= L0 + L1 |g|. Libraries add 1e-6 to |g| before they divide.
    State: that of `inner`. Clipped(Adam(0.1), 1.0)

    A threshold above every |g| leaves `inner` as it is; far below, `inner` sees threshold g / |g|,
    normalised gradients. "all" and "tensor" keep directions (of all, of each tensor), "entry" does
    not. The mean of clipped gradients is not the clipped mean: with noise that is not symmetric the
    path ends elsewhere. SignSGD does not see it, Adam only where some gradients are clipped and
    others not. The threshold has the unit of g. ValueError unless threshold > 0.
    """

    inner: Any
    threshold: Scalar = 1.0
    of: Literal["all", "tensor", "entry"] = "all"

    def __post_init__(self):
        able("Clipped.inner", self.inner, "init", "step")
        fields(self, threshold=positive)

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")

    @property
    def needs(self):
        return self.inner.needs | {"grad"}

    @property
    def units(self):
        return {**self.inner.units, "threshold": (-1, 1)}

    @property
    def scope(self):
        inside = getattr(self.inner, "scope", "vector")
        return "tensor" if inside == "vector" and self.of == "tensor" else inside

    @property
    def invariances(self):
        """The threshold knows the scale of f."""
        kept = EUCLIDEAN if self.of != "entry" else {"permutation", "sign"}
        return self.inner.invariances & kept

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s)

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        clipped = self._clip(oracle.grad)
        return self.inner.step(s, WithGradient(oracle, clipped), theta)

    def metric(self, s):
        return self.inner.metric(s)

    def _clip(self, g: Params) -> Params:
        # a projection onto the cube; the others project onto balls
        if self.of == "entry":
            return each(lambda x, c: np.clip(x, -c, c), g, self.threshold)
        # per run: runs of a sweep are clipped by themselves
        length = block_norm(g) if self.of == "tensor" else rowwise(norm(g), g)
        # 0 for g = 0, whose length needs no bound
        share = quotient(self.threshold + 0 * length, length)
        return each(np.minimum, share, 1.0) * g

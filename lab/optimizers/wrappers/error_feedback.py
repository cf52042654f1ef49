"""Steps that are compressed, and what compression leaves out carried to the next one.

Made for sending steps between machines; without them it is a way to ask what a method needs of its
steps: their sum, or each by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lab.arrays import Params, each_tensor, zeros_like
from lab.checks import able, fields
from lab.optimizers.protocol import of_inner, waits
from lab.ties import rounded


class WithError(NamedTuple):
    """e: what has not been moved yet."""

    e: Params
    inner: Any


@dataclass(frozen=True)
class ErrorFeedback:
    """p = d + e;  delta = C(p);  e = p - delta;  d the step of `inner`

    (Seide et al. 2014; Karimireddy et al. 2019.) C per tensor of n entries: "sign", |p|_1 / n
    sign(p), one bit per entry; "top": the share `part` of the entries that are largest, the first
    of equal ones. Both keep |C(p) - p|^2 <= (1 - q) |p|^2 with q = |p|_1^2 / (n |p|^2) and part, so
    no step is lost for good, where SignSGD(lr) without feedback need not converge. sign(0) = 0.
    State: e, like theta, and that of `inner`. ErrorFeedback(SGD(0.1))

    theta_t + e_t = theta_0 + d_1 + ... + d_t exactly: the sum of what was asked differs from the
    path by e alone. With 1 - q <= s^2 < 1 at every step |e| <= s / (1 - s) max |d|, so that the
    path stays near that sum. part = 1 is `inner`. ValueError unless 0 < part <= 1.
    """

    inner: Any
    compression: Literal["sign", "top"] = "sign"
    part: float = 0.25

    def __post_init__(self):
        able("ErrorFeedback.inner", self.inner, "init", "step")
        fields(self)
        if not 0 < self.part <= 1:
            raise ValueError(f"ErrorFeedback.part = {self.part:g}: must be in (0, 1]")

    needs = of_inner("needs")
    units = of_inner("units")

    @property
    def vectors(self):
        return ("e", *(f"inner.{name}" for name in self.inner.vectors))

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    @property
    def scope(self):
        inside = getattr(self.inner, "scope", "vector")
        return "tensor" if inside == "vector" else inside

    @property
    def invariances(self):
        """Lengths of tensors are compared entry with entry."""
        return self.inner.invariances & {"scale", "permutation", "sign"}

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        return WithError(zeros_like(theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        d, state = self.inner.step(s.inner, oracle, theta)
        p = d + s.e
        # compressed with the debt in it: what is too small for one step adds up to one
        delta = each_tensor(self._compressed, p)
        return delta, WithError(p - delta, state)

    def metric(self, s):
        """That of `inner`, to which the errors add up."""
        return self.inner.metric(s.inner)

    def _compressed(self, k, p):
        """C of one tensor of order k, like p."""
        flat = p.reshape(*p.shape[: p.ndim - k], -1)
        size = np.abs(flat)
        # the mean size, which is the length of sign(p) nearest to p
        if self.compression == "sign":
            kept = size.mean(-1, keepdims=True) * np.sign(flat)
        else:
            # rounded: entries that are equal on paper rank by place on every machine
            order = np.argsort(-rounded(size), kind="stable")
            rank = np.argsort(order, kind="stable")
            kept = np.where(rank < np.ceil(self.part * flat.shape[-1]), flat, 0.0)
        return kept.reshape(p.shape)

"""Any optimizer without the coordinates that would climb.

Momentum may point up along a coordinate whose gradient has just changed its sign; there the step of
`inner` is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, zeros_like
from lab.checks import able, fields, nonnegative, unit
from lab.metrics import Multiple
from lab.optimizers.protocol import COORDINATEWISE, of_inner, waits


class Masked(NamedTuple):
    """What multiplied the last step: 0 or one number per tensor, like theta."""

    factor: Params
    inner: Any


@dataclass(frozen=True)
class Cautious:
    """delta_j = c d_j where d_j g_j < 0, else 0;  d the step of `inner`

    (Liang et al. 2024.) Per tensor of n entries of which k are kept, c = n / max(k + extra, floor
    n) keeps the mean size of the step. Where published versions disagree: the authors' code has
    floor = 1e-3, extra = 0; their paper floor = 0, extra = 1, optax floor = 0, extra = 1e-8. Decay
    that should not be masked stands outside: Regularized(Cautious(Adam(0.1)), L2(0.01), on="z").
    The descent <delta, g> <= 0 holds for every `inner`. State: the factor, and that of `inner`.

    If all entries of d are equally large, the kept ones, n / k times longer, add up to as much as
    all did. Entries with g_j = 0 are not kept: on a sparse gradient Cautious(SGD) is longer than
    SGD, by n over the number of entries that are not 0, at most 1 / floor. Where nothing is kept
    the step is 0. No entry climbs, yet f may rise: steps are longer than those of `inner`. The
    state of `inner` goes on as if its whole step had been made. Cautious(Adam(0.1))
    """

    inner: Any
    extra: Scalar = 0.0
    floor: float = 1e-3

    def __post_init__(self):
        able("Cautious.inner", self.inner, "init", "step")
        fields(self, extra=nonnegative, floor=unit)

    units = of_inner("units")

    # c knows how many coordinates there are, so vectors of a state are still vectors
    @property
    def vectors(self):
        return tuple(f"inner.{name}" for name in self.inner.vectors)

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    @property
    def needs(self):
        return self.inner.needs | {"grad"}

    @property
    def scope(self):
        inside = getattr(self.inner, "scope", "vector")
        return "tensor" if inside == "vector" else inside

    @property
    def invariances(self):
        return self.inner.invariances & COORDINATEWISE

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        return Masked(zeros_like(theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        d, state = self.inner.step(s.inner, oracle, theta)
        factor = each_tensor(self._factor, d * oracle.grad, self.extra)
        return factor * d, Masked(factor, state)

    def metric(self, s):
        """That of `inner` over the factor; on the coordinates that rest, as if they had moved."""
        moved = each_tensor(_without_zeros, s.factor)
        return Multiple(self.inner.metric(s.inner), 1 / moved)

    def _factor(self, k, products, extra):
        own = tuple(range(-k, 0))
        descends = products < 0
        n = np.prod(products.shape[products.ndim - k :])
        kept = descends.sum(own, keepdims=True)
        count = np.maximum(kept + extra, self.floor * n)
        # none kept and nothing added: a step of 0
        return descends * n / np.where(count > 0, count, 1.0)


def _without_zeros(k, factor):
    """The tensor's factor in all its entries, 1 where every one of them is 0."""
    largest = factor.max(tuple(range(-k, 0)), keepdims=True)
    return np.where(largest > 0, largest, 1.0) + 0 * factor

"""The direction of one optimizer with the step length of another.

Lengths and directions of methods are tuned apart: a rate that is known to be good for the one is
kept while the other gives the geometry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.arrays import block_norm
from lab.checks import able, count
from lab.metrics import Multiple
from lab.optimizers.pieces import quotient
from lab.optimizers.protocol import Optimizer, lr_of


class GraftedState(NamedTuple):
    """t: steps made; ratio: the last |a| / |b|, one per tensor."""

    t: int
    magnitude: Any
    direction: Any
    ratio: Any


@dataclass(frozen=True)
class Grafted:
    """delta = |a| / |b| b per tensor, a the step of `magnitude` and b that of `direction`

    (Agarwal et al. 2020.) Both see the same oracle at the same point and keep their own states. b =
    0 stays 0. `lr` means that of `magnitude`. start: the first step, counted from 1, with the
    direction; before it delta = a, while `direction` gathers its statistics. State: both states and
    the ratio, one per tensor. Grafted(SGD(0.1), Shampoo(1.0))

    A rate of `direction` cancels, as far as its steps are proportional to it. TypeError unless both
    are methods. Where a = 0 nothing moves.

    Grafted(A, A) is A, up to rounding. With `magnitude` a sign method |a| = lr sqrt(n) for n
    entries that all have a gradient: steps of fixed length in the direction of the other. How long
    the steps of two tensors are beside each other is told by `magnitude` too.
    """

    magnitude: Optimizer
    direction: Optimizer
    start: int = 1

    leads = {"lr": "magnitude"}

    def __post_init__(self):
        able("Grafted.magnitude", self.magnitude, "init", "step")
        able("Grafted.direction", self.direction, "init", "step")
        count("Grafted.start", self.start)

    @property
    def needs(self):
        return self.magnitude.needs | self.direction.needs

    @property
    def scope(self):
        """That of the direction, with a norm per tensor at least."""
        scope = getattr(self.direction, "scope", "vector")
        return "tensor" if scope == "vector" else scope

    @property
    def invariances(self):
        both: Any = (self.magnitude, self.direction)
        return both[0].invariances & both[1].invariances

    @property
    def vectors(self):
        return self._named("vectors")

    @property
    def matrices(self):
        return self._named("matrices")

    @property
    def units(self):
        return {**self.direction.units, **self.magnitude.units}

    def init(self, theta):
        # in the shape that the ratio will have
        zero = block_norm(0 * theta)
        return GraftedState(0, self.magnitude.init(theta), self.direction.init(theta), zero)

    def step(self, s, oracle, theta):
        # both step before `start` too: averages of `direction` are not empty when it takes over
        a, magnitude = self.magnitude.step(s.magnitude, oracle, theta)
        b, direction = self.direction.step(s.direction, oracle, theta)
        ratio = quotient(block_norm(a), block_norm(b))
        t = s.t + 1
        delta = a if t < self.start else ratio * b
        return delta, GraftedState(t, magnitude, direction, ratio)

    def metric(self, s):
        if s.t < self.start:
            return self.magnitude.metric(s.magnitude)
        # delta = ratio b, b = -lr_direction M^-1 u: M over ratio, in rates of `magnitude`
        inside = self.direction.metric(s.direction)
        return Multiple(inside, lr_of(self.magnitude) / (lr_of(self.direction) * s.ratio))

    def _named(self, what):
        """The state fields of both, each name with its part's in front.

        "magnitude.m" and "direction.m" are different fields, which may turn differently.
        """
        names = []
        for part in ("magnitude", "direction"):
            names += [f"{part}.{name}" for name in getattr(getattr(self, part), what, ())]
        return tuple(names)

"""A method that leads, and others that are asked along its path.

Two methods that each follow their own path soon stand at different points, and a cosine between
their steps then compares places as well as methods. Here all of them see the same points, and
gather their averages from the same gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, scalars, zeros_like
from lab.checks import able, one_line
from lab.optimizers.protocol import Optimizer, of_inner


class Company(NamedTuple):
    """inner, others: their states; leads: the last step of `inner`; would: what each of the others
    would have done in its place, 0 at the start."""

    inner: Any
    others: tuple[Any, ...]
    leads: Params
    would: tuple[Params, ...]


@dataclass(frozen=True, eq=False)
class Accompanied:
    """delta of `inner`; `others` see the same oracles and keep their states, and nobody follows
    them.

    How directions compare where only one method may choose the way: record (theta, state) ->
    something of state.leads and state.would, the steps that led to theta. Labels and probes are
    drawn in turn, `inner` first. Accompanied(SGD(0.1), (Adam(0.1), Muon(0.1)))

    TypeError for others that sweep a hyper-parameter: runs are those of `inner`. A warm start of
    one of them shows as steps 0. needs is the union of all; the path, the metric and the units are
    those of `inner` alone.
    """

    inner: Optimizer
    others: tuple[Optimizer, ...]

    vectors = ()
    units = of_inner("units")

    def __post_init__(self):
        able("Accompanied.inner", self.inner, "init", "step")
        if not isinstance(self.others, (tuple, list)) or not self.others:
            raise TypeError(
                f"Accompanied.others = {one_line(self.others)}: must be a tuple of optimizers"
            )
        # a sweep inside one of them would add runs that the path does not have
        for k, other in enumerate(self.others):
            able(f"Accompanied.others[{k}]", other, "init", "step")
            for name, value in scalars(other):
                if np.ndim(value) or not isinstance(value, (int, float, np.number)):
                    raise TypeError(
                        f"Accompanied.others[{k}]: {name} = {value!r}: must be one number, runs "
                        "are those of inner"
                    )

    @property
    def needs(self):
        return frozenset().union(self.inner.needs, *(other.needs for other in self.others))

    @property
    def scope(self):
        return getattr(self.inner, "scope", "vector")

    def init(self, theta):
        # one array for all: states are never written into
        still = zeros_like(theta)
        others = tuple(other.init(theta) for other in self.others)
        return Company(self.inner.init(theta), others, still, (still,) * len(others))

    def step(self, s, oracle, theta):
        delta, inner = self.inner.step(s.inner, oracle, theta)
        would = []
        states = []
        for other, state in zip(self.others, s.others, strict=True):
            asked, new = other.step(state, oracle, theta)
            would.append(asked)
            states.append(new)
        return delta, Company(inner, tuple(states), delta, tuple(would))

    def metric(self, s):
        return self.inner.metric(s.inner)

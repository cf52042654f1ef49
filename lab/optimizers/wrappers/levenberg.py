"""Damping that follows how well a quadratic model told the last step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, inner, rowwise, runs
from lab.checks import able, count, fields, probability
from lab.linalg import ratio
from lab.optimizers.protocol import (
    Optimizer,
    of_inner,
    path_to,
    value_at,
    waits,
    with_scaled,
)

# of the ratio of decreases: above, damping falls; below, it rises
GOOD = 0.75
BAD = 0.25


class Trusted(NamedTuple):
    """factor: what multiplies the damping of `inner` next, (*r,); rho: the last ratio, (*r,); used:
    the factor of the last step, shaped to multiply theta."""

    t: int
    factor: np.ndarray
    rho: np.ndarray
    used: Params
    inner: Any


@dataclass(frozen=True, eq=False)
class Levenberg:
    """damping <- omega^every damping if rho > 3/4,  damping / omega^every if rho < 1/4,  every so
        many steps

    rho = (f(theta + delta) - f(theta)) / (g . delta + delta . (F + damping I) delta / 2)

    (Martens & Grosse 2015, after Levenberg and Marquardt.) f on the batch of the step, F the exact
    Fisher matrix, damping that of the step. Any method with a `damping`: its value is where this
    one starts. No step is rejected. rho that is not a number counts as below 1/4. Costs a loss at
    theta + delta and a product with F, at the steps that ask. State: the factor, rho, and that of
    `inner`.

    rho = 1 where the quadratic model is exact, such as on a quadratic with F = H. With every = 1
    and omega near 1 damping follows slowly and smoothly; it never reaches 0.
    """

    inner: Optimizer
    omega: float = 19 / 20
    every: int = 5

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def __post_init__(self):
        able("Levenberg.inner", self.inner, "init", "step")
        fields(self, omega=probability)
        count("Levenberg.every", self.every)
        path_to(self.inner, "damping")

    @property
    def needs(self):
        return self.inner.needs | {"grad", "loss", "curvature.times", "at"}

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        ones = np.ones(runs(theta))
        return Trusted(0, ones, ones, rowwise(ones, theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        used = rowwise(s.factor, theta)
        inner = self._with(used)
        delta, state = inner.step(s.inner, oracle, theta)
        if self.waits(s):
            return delta, s._replace(inner=state)

        t = s.t + 1
        if t % self.every:
            return delta, Trusted(t, s.factor, s.rho, used, state)
        rho = self._ratio(oracle, theta, delta, inner)
        change = self.omega**self.every
        # NaN compares as false twice, and damping rises
        factor = np.where(rho > GOOD, change, np.where(rho >= BAD, 1.0, 1 / change))
        return delta, Trusted(t, s.factor * factor, rho, used, state)

    def metric(self, s):
        return self._with(s.used).metric(s.inner)

    def _with(self, factor):
        """The method inside with its damping times a factor."""
        return with_scaled(self.inner, self._path, "damping", factor)

    @cached_property
    def _path(self):
        return path_to(self.inner, "damping")

    def _ratio(self, oracle, theta, delta, method):
        """Actual over predicted change, (*r,); 0/0 is 1: no step was told right."""
        actual = oracle.at(theta + delta).loss - oracle.loss
        damping = value_at(method, self._path, "damping")
        curved = oracle.curvature("exact").times(delta) + damping * delta
        told = inner(oracle.grad, delta) + inner(delta, curved) / 2
        return ratio(actual, told, 1.0)

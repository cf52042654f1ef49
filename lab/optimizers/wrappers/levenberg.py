"""Damping that follows how well a quadratic model told the last step.

Large damping means short steps along the gradient, small damping steps to the minimum of a model
that is right only nearby: the ratio rho of what f did to what the model promised says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, each, inner, rowwise, runs
from lab.checks import able, count, fields, probability, real, switch
from lab.linalg import ratio
from lab.optimizers.protocol import (
    Optimizer,
    of_inner,
    path_to,
    value_at,
    waits,
    with_scaled,
)


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
    """damping <- omega^every damping if rho > good,  damping / omega^every if rho < bad,  every so
        many steps

    rho = (f(theta + delta) - f(theta)) / (g . delta + delta . (F + damping I) delta / 2)

    (Martens & Grosse 2015, after Levenberg and Marquardt.) f on the batch of the step, F the exact
    Fisher matrix, damping that of the step. Any method with a `damping`: its value is where this
    one starts. rho that is not a number counts as below `bad`. Costs a loss at theta + delta and a
    product with F, at the steps that ask. State: the factor, rho, and that of `inner`.

    reject: a step that raises f, or leads to no number, is not made; the state of `inner` goes on
    all the same. Martens & Grosse make every step. With good = bad = 0 damping falls after an
    accepted step and rises after a rejected one (Marquardt 1963), where the model promises a
    decrease.

    rho = 1 where the quadratic model is exact, such as on a quadratic with F = H. With every = 1
    and omega near 1 damping follows slowly and smoothly; it never reaches 0.

    Both numbers of rho are negative for a step that descends; rho < 0 where f rose against the
    promise. Where nothing is promised (delta = 0) rho counts as 1. A batch of its own at every
    step makes rho a noisy number, which omega^every averages over many steps. TypeError where
    `inner` has no damping, ValueError for bad > good.
    """

    inner: Optimizer
    omega: float = 19 / 20
    every: int = 5
    good: float = 0.75
    bad: float = 0.25
    reject: bool = False

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    def __post_init__(self):
        able("Levenberg.inner", self.inner, "init", "step")
        fields(self, omega=probability)
        count("Levenberg.every", self.every)
        switch("Levenberg.reject", self.reject)
        good = real("Levenberg.good", self.good, 0)
        bad = real("Levenberg.bad", self.bad, 0)
        if bad > good:
            raise ValueError(f"Levenberg.bad = {self.bad}: must be <= good = {self.good}")
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
        due = t % self.every == 0
        # rejecting needs f at the new point at every step
        if not due and not self.reject:
            return delta, Trusted(t, s.factor, s.rho, used, state)

        actual = oracle.at(theta + delta).loss - oracle.loss
        told = self._told(oracle, delta, inner)
        rho = ratio(actual, told, 1.0)
        factor = s.factor * self._change(rho) if due else s.factor
        if self.reject:
            delta = each(_kept, delta, rowwise(actual <= 0, theta))
        return delta, Trusted(t, factor, rho, used, state)

    def metric(self, s):
        return self._with(s.used).metric(s.inner)

    def _with(self, factor):
        """The method inside with its damping times a factor."""
        return with_scaled(self.inner, self._path, "damping", factor)

    @cached_property
    def _path(self):
        return path_to(self.inner, "damping")

    def _told(self, oracle, delta, method):
        """The change that the quadratic model predicts, (*r,)."""
        damping = value_at(method, self._path, "damping")
        curved = oracle.curvature("exact").times(delta) + damping * delta
        return inner(oracle.grad, delta) + inner(delta, curved) / 2

    def _change(self, rho):
        """What damping is multiplied by."""
        # asked every so many steps, so that the change per step is omega whatever the period
        change = self.omega**self.every
        # NaN compares as false twice, and damping rises
        return np.where(rho > self.good, change, np.where(rho >= self.bad, 1.0, 1 / change))


def _kept(delta, accepted):
    """delta where the step is accepted, 0 elsewhere."""
    return np.where(accepted, delta, 0.0)

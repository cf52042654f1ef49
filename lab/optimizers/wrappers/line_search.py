"""Line searches as wrappers: the inner method gives the direction, the search the length, per run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import inner as dot
from lab.arrays import rowwise, runs
from lab.checks import able, fields, positive, probability, real
from lab.optimizers.protocol import Optimizer, of_inner


@dataclass(frozen=True, eq=False)
class ExactLineSearch:
    """delta = a d with a = argmin_{a >= 0} f(theta + a d), d the inner method's step.

    A zero of phi'(a) = <g(theta + a d), d> is bracketed by doubling from a = 1 and found by secants between the ends, every third
    step a bisection, to |phi'(a)| <= tol |phi'(0)|; on a quadratic the second evaluation is already exact. a = 0 where d is no
    descent direction. For convex losses, on the batch of this step. The inner method should be memoryless: its state does not see a.
    """

    inner: Optimizer
    tol: float = 1e-12

    def __post_init__(self):
        able("ExactLineSearch.inner", self.inner, "init", "step")
        real("ExactLineSearch.tol", self.tol, 0)
        fields(self, tol=positive)

    @property
    def needs(self):
        return self.inner.needs | {"grad", "at"}

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(theta)

    def metric(self, state):
        return self.inner.metric(state)

    def step(self, state, oracle, theta):
        d, state = self.inner.step(state, oracle, theta)

        def slope(a):
            return dot(oracle.at(theta + rowwise(a, theta) * d).grad, d)

        a = _zero_of_increasing(slope, dot(oracle.grad, d), runs(theta), self.tol)
        return rowwise(a, theta) * d, state


def _zero_of_increasing(slope, at_zero, shape, tol):
    lo, f_lo, hi = np.zeros(shape), at_zero, np.ones(shape)
    f_hi, descent = slope(hi), at_zero < 0
    for _ in range(60):
        short = descent & (f_hi < 0)
        if not short.any():
            break
        lo, f_lo = np.where(short, hi, lo), np.where(short, f_hi, f_lo)
        hi = np.where(short, 2 * hi, hi)
        f_hi = slope(hi)
    best, done = np.where(descent, hi, 0.0), ~descent
    for k in range(100):
        gap = f_hi - f_lo
        a = np.where(gap > 0, (lo * f_hi - hi * f_lo) / np.where(gap > 0, gap, 1.0), hi)
        # every third step bisects: the secant alone creeps where phi' grows like an exponential, or overflows
        a = np.where((a > lo) & (a < hi) & (k % 3 < 2), a, (lo + hi) / 2)
        f = slope(np.where(done, best, a))
        best = np.where(done | ~np.isfinite(f), best, a)
        done = done | (np.abs(f) <= tol * np.abs(at_zero)) | (hi - lo <= 1e-15 * hi)
        if done.all():
            break
        left = f < 0
        lo, f_lo = np.where(left, a, lo), np.where(left, f, f_lo)
        hi, f_hi = np.where(left, hi, a), np.where(left, f_hi, f)
    return best


@dataclass(frozen=True, eq=False)
class Backtracking:
    """delta = a d with the first a in 1, shrink, shrink^2, ... such that f(theta + a d) <= f(theta) + armijo a <g, d>.

    After 60 reductions the run stays where it is. Loss and gradient on the batch of this step.
    """

    inner: Optimizer
    shrink: float = 0.5
    armijo: float = 1e-4

    def __post_init__(self):
        able("Backtracking.inner", self.inner, "init", "step")
        real("Backtracking.shrink", self.shrink, 0), real("Backtracking.armijo", self.armijo, 0)
        fields(self, shrink=probability, armijo=probability)

    @property
    def needs(self):
        return self.inner.needs | {"grad", "loss", "at"}

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(theta)

    def metric(self, state):
        return self.inner.metric(state)

    def step(self, state, oracle, theta):
        d, state = self.inner.step(state, oracle, theta)
        slope, a = dot(oracle.grad, d), np.ones(runs(theta))
        for _ in range(60):
            long = ~(oracle.at(theta + rowwise(a, theta) * d).loss <= oracle.loss + self.armijo * a * slope)
            if not long.any():
                break
            a = np.where(long, self.shrink * a, a)
        return rowwise(np.where(long, 0.0, a), theta) * d, state

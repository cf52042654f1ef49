"""Learning-rate schedules: lr_t = lr * schedule(t), t = 0, 1, 2, ...

A schedule is called with the number of steps done and returns a factor, a number or one per run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from lab.arrays import Scalar, each
from lab.checks import able, count, fields, positive, probability
from lab.optimizers.protocol import Optimizer, of_inner, path_to, waits, with_scaled


class Schedule(Protocol):
    """A factor for the learning rate of step t."""

    def __call__(self, t: int) -> Scalar: ...


@dataclass(frozen=True)
class Constant:
    """1: the schedule that does nothing, for comparisons in which every method has one."""

    def __call__(self, t):
        return 1.0


@dataclass(frozen=True)
class Linear:
    """1 - t / horizon, and 0 from t = horizon on.

    horizon > 0, a number of steps, may sweep. The last step has the rate lr / horizon.
    """

    horizon: Scalar

    def __post_init__(self):
        fields(self, horizon=positive)

    def __call__(self, t):
        return each(lambda horizon: (1 - t / horizon) * (t < horizon), self.horizon)


@dataclass(frozen=True)
class Geometric:
    """ratio^t, ratio in (0, 1): the rates sum to lr / (1 - ratio), beyond which no method of unit
    steps comes.
    """

    ratio: Scalar

    def __post_init__(self):
        fields(self, ratio=probability)

    def __call__(self, t):
        return self.ratio**t


@dataclass(frozen=True)
class Halving:
    """2^-floor(t / every).

    SignSGD(lr = R / 2) with every = 1 is the minimax schedule of sign descent from radius R.
    """

    every: int = 1

    def __post_init__(self):
        count("Halving.every", self.every)

    def __call__(self, t):
        # powers of 2: products with them are exact
        return 0.5 ** (t // self.every)


@dataclass(frozen=True)
class InverseSqrt:
    """1 / sqrt(t + 1): the step size of online methods over an unknown horizon (Zinkevich 2003)."""

    def __call__(self, t):
        return 1 / np.sqrt(t + 1)


class ScheduledState(NamedTuple):
    """t: steps done, which is the argument of the next call of the schedule."""

    t: int
    inner: Any


@dataclass(frozen=True, eq=False)
class Scheduled:
    """Run `inner` with its learning rate multiplied by schedule(t), t = 0, 1, ...

    The rate is replaced inside the method, not multiplied onto its step: the two differ for methods
    that carry lr in their state (HeavyBall, Nesterov). t stays 0 during a warm start of `inner`.
    Scheduled(Linear(100), Adam(0.01))

    `lr` of the whole is that of `inner`, before the factor. TypeError when `inner` has no lr or
    two. A factor of 0 makes no step but for what `inner` carries on (momentum).
    """

    schedule: Schedule
    inner: Optimizer

    def __post_init__(self):
        able("Scheduled.schedule", self.schedule, "__call__")
        able("Scheduled.inner", self.inner, "init", "step")

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return ScheduledState(0, self.inner.init(theta))

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def step(self, s, oracle, theta):
        t = s.t if self.waits(s) else s.t + 1
        inner = with_scaled(self.inner, self._path, "lr", self.schedule(s.t))
        delta, state = inner.step(s.inner, oracle, theta)
        return delta, ScheduledState(t, state)

    @cached_property
    def _path(self):
        # found once: a search at every step would cost more than the step of a small problem
        return path_to(self.inner, "lr")

    def metric(self, s):
        # s.t counts the step that has been made: its factor was schedule(s.t - 1)
        inner = with_scaled(self.inner, self._path, "lr", self.schedule(s.t - 1))
        return inner.metric(s.inner)

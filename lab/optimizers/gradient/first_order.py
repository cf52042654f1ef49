"""Gradient descent, its accelerations, and its average.

On a quadratic each is a linear recurrence per eigenvalue q in [mu, L] (kappa = L / mu), and its
rate the largest root of that recurrence over the spectrum: tuned, GD has (kappa - 1) / (kappa + 1),
Nesterov 1 - 1 / sqrt(kappa), HeavyBall (sqrt kappa - 1) / (sqrt kappa + 1) per step.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, unit
from lab.metrics import Identity
from lab.optimizers.pieces import Buffer, Velocity, decayed, ema, off
from lab.optimizers.protocol import EUCLIDEAN


class Point(NamedTuple):
    """x: the gradient step before extrapolation, like theta."""

    x: Params


class Average(NamedTuple):
    """t: steps so far; average: the running mean, which nothing depends on."""

    t: int
    average: Params


@dataclass(frozen=True)
class SGD:
    """b_1 = g;  b = momentum b + (1 - dampening) g;  delta = -lr b      (Robbins & Monro 1951)

    By itself delta = -lr g; full batch: gradient descent (GD). On a quadratic with spectrum in [mu,
    L] that converges iff lr < 2 / L, best 2 / (L + mu). Momentum is as libraries have it: lr
    multiplies the buffer, whereas in HeavyBall it is inside, and the two differ once lr varies.
    nesterov: delta = -lr (g + momentum b). Dampening does not touch the first buffer: dampening =
    momentum is therefore not an average of gradients. maximize: -g in place of g, so that it climbs
    what it is given, a penalty around it included; `Ascent` outside leaves the penalty as it is.

    State: t and b, like theta. SGD(0.1, momentum=0.9, nesterov=True) TypeError for nesterov without
    momentum or with dampening, and for dampening without momentum, which libraries ignore.
    """

    lr: Scalar
    momentum: Scalar = 0.0
    dampening: Scalar = 0.0
    nesterov: bool = False
    maximize: bool = False

    needs = frozenset({"grad"})
    vectors = ("b",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction, dampening=unit)

        # refused, not ignored: who sets dampening expects it to do something
        dampened = np.any(np.asarray(self.dampening) > 0)
        if np.any(np.asarray(self.momentum) == 0) and (self.nesterov or dampened):
            what = "nesterov" if self.nesterov else "dampening"
            raise TypeError(f"SGD.momentum = 0 with {what}: needs momentum > 0")
        if self.nesterov and dampened:
            raise TypeError(
                "SGD.nesterov with dampening > 0: no library defines that, set dampening = 0"
            )

    def init(self, theta):
        return Buffer(0, zeros_like(theta))

    def step(self, s, oracle, theta):
        g = -oracle.grad if self.maximize else oracle.grad
        # the first buffer is g itself, without dampening: as torch has it
        first = s.t == 0 or off(self.momentum)
        b = g if first else self.momentum * s.b + (1 - self.dampening) * g
        u = g + self.momentum * b if self.nesterov else b
        return -self.lr * u, Buffer(s.t + 1, b)

    def metric(self, s):
        return Identity()


@dataclass(frozen=True)
class HeavyBall:
    """v+ = momentum v - lr g;  delta = v+

    (Polyak 1964: theta - lr g + momentum (theta - theta_prev).) The learning rate sits inside the
    velocity; libraries that keep it outside agree as long as lr is constant. On a quadratic lr = 4
    / (sqrt L + sqrt mu)^2, momentum = ((sqrt kappa - 1) / (sqrt kappa + 1))^2 gives rate
    sqrt(momentum). With momentum = 0 this is SGD.

    It converges on every quadratic for lr < 2 (1 + momentum) / L, on general convex functions not
    always with these parameters: `lab.objectives.worst_case.lessard_recht_packard` is a cycle.
    """

    lr: Scalar
    momentum: Scalar = 0.9

    needs = frozenset({"grad"})
    vectors = ("v",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction)

    def init(self, theta):
        return Velocity(zeros_like(theta))

    def step(self, s, oracle, theta):
        # v is theta - theta_prev: the state and the step are one
        v = self.momentum * s.v - self.lr * oracle.grad
        return v, Velocity(v)

    def metric(self, s):
        return Identity()


@dataclass(frozen=True)
class Nesterov:
    """x+ = y - lr g(y);  y+ = x+ + momentum (x+ - x);  theta is y, so delta = y+ - y

    (Nesterov 1983.) The momentum is constant. The loss recorded along a run is f(y). On a quadratic
    lr = 1 / L, momentum = (sqrt kappa - 1) / (sqrt kappa + 1) gives rate 1 - 1 / sqrt(kappa). With
    momentum = 0 this is SGD.

    Converges on quadratics for lr < 2 (1 + momentum) / (L (1 + 2 momentum)). In a mode with lr q =
    1 x is 0 after one step and theta after two (-momentum theta_0 between), whatever the momentum.
    """

    lr: Scalar
    momentum: Scalar = 0.9

    needs = frozenset({"grad"})
    vectors = ("x",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction)

    def init(self, theta):
        return Point(theta)

    def step(self, s, oracle, theta):
        x = theta - self.lr * oracle.grad
        y = x + self.momentum * (x - s.x)
        return y - theta, Point(x)

    def metric(self, s):
        return Identity()


@dataclass(frozen=True)
class ASGD:
    """eta_t = lr / (1 + shrinkage lr (t - 1))^alpha;  delta = -eta_t (g + shrinkage theta)

    (Polyak & Juditsky 1992, with Bottou's schedule.) The state's `average` is theta itself up to
    step `burn_in` + 2 and the mean of the iterates since then; nothing feeds back from it.

    alpha in (1/2, 1) is the classical range: steps that sum to infinity while their squares do not.
    shrinkage is a penalty added to the gradient. The average is meant to be read at the end: over
    the last iterates it removes the noise that a constant step leaves.
    """

    lr: Scalar
    shrinkage: Scalar = 1e-4
    alpha: Scalar = 0.75
    burn_in: int = 10**6

    needs = frozenset({"grad"})
    vectors = ("average",)
    units = {"lr": (2, -1), "shrinkage": (-2, 1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, shrinkage=nonnegative, alpha=nonnegative)
        count("ASGD.burn_in", self.burn_in, 0)

    def init(self, theta):
        return Average(0, theta)

    def step(self, s, oracle, theta):
        eta = self.lr / self._slowing(s.t)
        delta = -eta * decayed(oracle.grad, self.shrinkage, theta)
        # 1 / k on the newest of k iterates: the plain mean; up to burn_in the newest itself
        mean = ema(s.average, theta + delta, 1 - 1 / max(1, s.t - self.burn_in))
        return delta, Average(s.t + 1, mean)

    def metric(self, s):
        # s.t counts the step that has been made
        return Identity(self._slowing(s.t - 1))

    def _slowing(self, t):
        return (1 + self.shrinkage * self.lr * t) ** self.alpha

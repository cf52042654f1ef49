"""Gradient descent, its accelerations, and its average."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, unit
from lab.optimizers.protocol import EUCLIDEAN, decayed, ema, off


class Buffer(NamedTuple):
    t: int
    b: Params


class Velocity(NamedTuple):
    v: Params


class Point(NamedTuple):
    x: Params


class Average(NamedTuple):
    t: int
    average: Params


@dataclass(frozen=True)
class SGD:
    """b_1 = g;  b = momentum b + (1 - dampening) g;  delta = -lr b      (Robbins & Monro 1951; momentum as libraries have it)

    By itself delta = -lr g; full batch: gradient descent (GD). On a quadratic with spectrum in [mu, L] that converges iff
    lr < 2 / L, best 2 / (L + mu). nesterov: delta = -lr (g + momentum b). weight_decay is coupled; maximize flips the sign of the
    gradient before the decay is added, so that decay still pulls to 0.
    Dampening does not touch the first buffer: dampening = momentum is therefore not an average (ema) of the gradients. lr multiplies
    the buffer, whereas in HeavyBall it is inside: the two differ once lr varies.
    TypeError for nesterov without momentum or with dampening, and for dampening without momentum, which libraries ignore.
    """

    lr: Scalar
    momentum: Scalar = 0.0
    dampening: Scalar = 0.0
    weight_decay: Scalar = 0.0
    nesterov: bool = False
    maximize: bool = False

    needs = frozenset({"grad"})
    vectors = ("b",)
    units = {"lr": (2, -1), "weight_decay": (-2, 1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction, dampening=unit, weight_decay=nonnegative)
        dampened = np.any(np.asarray(self.dampening) > 0)
        if np.any(np.asarray(self.momentum) == 0) and (self.nesterov or dampened):
            raise TypeError(f"SGD.momentum = 0 with {'nesterov' if self.nesterov else 'dampening'}: needs momentum > 0")
        if self.nesterov and dampened:
            raise TypeError("SGD.nesterov with dampening > 0: no library defines that, set dampening = 0")

    def init(self, theta):
        return Buffer(0, zeros_like(theta))

    def step(self, s, oracle, theta):
        g = decayed(-oracle.grad if self.maximize else oracle.grad, self.weight_decay, theta)
        b = g if s.t == 0 or off(self.momentum) else self.momentum * s.b + (1 - self.dampening) * g
        return -self.lr * (g + self.momentum * b if self.nesterov else b), Buffer(s.t + 1, b)


@dataclass(frozen=True)
class HeavyBall:
    """v+ = beta v - lr g;  delta = v+      (Polyak 1964: theta+ = theta - lr g + beta (theta - theta_prev))

    The learning rate sits inside the velocity; libraries that keep it outside agree as long as lr is constant.
    On a quadratic: lr = 4 / (sqrt L + sqrt mu)^2, beta = ((sqrt kappa - 1) / (sqrt kappa + 1))^2 gives rate sqrt(beta).
    With beta = 0 this is SGD.
    """

    lr: Scalar
    beta: Scalar = 0.9

    needs = frozenset({"grad"})
    vectors = ("v",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction)

    def init(self, theta):
        return Velocity(zeros_like(theta))

    def step(self, s, oracle, theta):
        v = self.beta * s.v - self.lr * oracle.grad
        return v, Velocity(v)


@dataclass(frozen=True)
class Nesterov:
    """x+ = y - lr g(y);  y+ = x+ + beta (x+ - x);  theta is y, so delta = y+ - y      (Nesterov 1983, constant beta)

    The loss recorded along a run is f(y). On a quadratic: lr = 1 / L, beta = (sqrt kappa - 1) / (sqrt kappa + 1) gives rate
    1 - 1 / sqrt(kappa). With beta = 0 this is SGD.
    """

    lr: Scalar
    beta: Scalar = 0.9

    needs = frozenset({"grad"})
    vectors = ("x",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction)

    def init(self, theta):
        return Point(theta)

    def step(self, s, oracle, theta):
        x = theta - self.lr * oracle.grad
        y = x + self.beta * (x - s.x)
        return y - theta, Point(x)


@dataclass(frozen=True)
class ASGD:
    """eta_t = lr / (1 + lambd lr (t - 1))^alpha;  delta = -eta_t (g + lambd theta)      (Polyak & Juditsky 1992; Bottou's schedule)

    The state's `average` is theta itself up to step `burn_in` + 2 and the mean of the iterates since then; nothing feeds back from it.
    weight_decay is coupled and comes on top of lambd, which also sets the schedule.
    """

    lr: Scalar
    lambd: Scalar = 1e-4
    alpha: Scalar = 0.75
    weight_decay: Scalar = 0.0
    burn_in: int = 10**6

    needs = frozenset({"grad"})
    vectors = ("average",)
    units = {"lr": (2, -1), "lambd": (-2, 1), "weight_decay": (-2, 1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, lambd=nonnegative, alpha=nonnegative, weight_decay=nonnegative)
        count("ASGD.burn_in", self.burn_in, 0)

    def init(self, theta):
        return Average(0, theta)

    def step(self, s, oracle, theta):
        eta = self.lr / (1 + self.lambd * self.lr * s.t) ** self.alpha
        delta = -eta * decayed(decayed(oracle.grad, self.weight_decay, theta), self.lambd, theta)
        mean = ema(s.average, theta + delta, 1 - 1 / max(1, s.t - self.burn_in))
        return delta, Average(s.t + 1, mean)

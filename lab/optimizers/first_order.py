"""Gradient descent and its two accelerations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import fields, fraction, positive
from lab.optimizers.protocol import Stateless


class Velocity(NamedTuple):
    v: Params


class Point(NamedTuple):
    x: Params


@dataclass(frozen=True)
class SGD:
    """delta = -lr g.      Full batch: gradient descent (GD).

    On a quadratic with spectrum in [mu, L]: converges iff lr < 2 / L, best 2 / (L + mu).
    """

    lr: Scalar

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (2, -1)}

    def __post_init__(self):
        fields(self, lr=positive)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        return -self.lr * oracle.grad, s


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

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction)

    def init(self, theta):
        return Point(theta)

    def step(self, s, oracle, theta):
        x = theta - self.lr * oracle.grad
        y = x + self.beta * (x - s.x)
        return y - theta, Point(x)

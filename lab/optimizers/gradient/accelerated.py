"""Accelerated gradient methods whose momentum follows a sequence, and the step size of the
subgradient method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar
from lab.checks import count, fields, positive
from lab.metrics import Identity
from lab.optimizers.protocol import EUCLIDEAN


class Accelerated(NamedTuple):
    """t: steps done; x: the sequence whose last point the bound is about."""

    t: int
    x: Params


class Optimized(NamedTuple):
    """a: the coefficient a_t; y: the last gradient step."""

    t: int
    a: float
    y: Params


@dataclass(frozen=True)
class AcceleratedGradient:
    """x+ = y - lr g(y);  y+ = x+ + t / (t + 3) (x+ - x),  t = 0, 1, ...;  theta is y

    (Nesterov 1983.) This momentum sequence is that of Su, Boyd & Candes 2016, counted from 0;
    Nesterov 1983 and FISTA use (a_t - 1) / a_{t+1}, which behaves as 1 - 3 / t too, and `Nesterov`
    a constant. With lr = 1 / L and L-smooth convex f the x-sequence has f(x_N) - f* <= 2 L R^2 /
    (N^2 + 5 N + 6) (claim nesterov/rate); the loss recorded along a run is f(y). The first step is
    one of SGD.

    A sequence of momenta t / (t + 3) that goes to 1 is right for convex problems, of unknown
    conditioning; on a strongly convex one it oscillates, and `Nesterov` with its constant is
    faster.
    """

    lr: Scalar

    needs = frozenset({"grad"})
    vectors = ("x",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive)

    def init(self, theta):
        return Accelerated(0, theta)

    def step(self, s, oracle, theta):
        x = theta - self.lr * oracle.grad
        # 0 at t = 0: without a past there is no momentum
        y = x + s.t / (s.t + 3) * (x - s.x)
        return y - theta, Accelerated(s.t + 1, x)

    def metric(self, s):
        return Identity()


@dataclass(frozen=True)
class OGM:
    """y+ = x - lr g(x);  x+ = y+ + (a - 1) / a+ (y+ - y) + a / a+ (y+ - x);  theta is x

    (Kim & Fessler 2016, OGM.) a_0 = 1, a_{t+1} = (1 + sqrt(1 + 4 a_t^2)) / 2, with 8 instead of 4
    at the last step t + 1 = horizon: the number of steps N must be known. With lr = 1 / L: f(x_N) -
    f* <= L R^2 / (2 a_N^2) on L-smooth convex f, the best of any first-order method with N
    gradients when the dimension is large (claim ogm/rate; Drori 2017, recalled). A run longer than
    the horizon restarts from x_N, momentum and a included. ValueError unless horizon is an integer
    >= 1.
    """

    lr: Scalar
    horizon: int = 100

    needs = frozenset({"grad"})
    vectors = ("y",)
    units = {"lr": (2, -1)}
    invariances = EUCLIDEAN

    def __post_init__(self):
        fields(self, lr=positive, horizon=count)

    def init(self, theta):
        return Optimized(0, 1.0, theta)

    def step(self, s, oracle, theta):
        # the last coefficient is larger, by about sqrt 2: nothing has to be kept for later steps
        last = s.t + 1 == self.horizon
        a = s.a
        a_new = (1 + np.sqrt(1 + (8 if last else 4) * a**2)) / 2

        y = theta - self.lr * oracle.grad
        delta = y - theta + (a - 1) / a_new * (y - s.y) + a / a_new * (y - theta)
        # a = 1 removes the old y from the next step: that is the restart
        return delta, Optimized(0, 1.0, y) if last else Optimized(s.t + 1, a_new, y)

    def metric(self, s):
        return Identity()


def subgradient_lr(radius: float, lipschitz: float, steps: int) -> float:
    """R / (M sqrt(N + 1)): the constant step with the best worst case for N steps of the
    subgradient method (`SGD`) on M-Lipschitz f.

    Best of the N + 1 iterates: f - f* <= M R / sqrt(N + 1) (claim subgradient/rate).
    """
    positive("radius", radius)
    positive("lipschitz", lipschitz)
    return radius / (lipschitz * np.sqrt(count("steps", steps, 0) + 1))

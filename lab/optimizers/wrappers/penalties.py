"""Penalties R(theta) = sum of weight |theta_i|^q / q, on p or on the intrinsic variable z.

A penalty answers, for a point shaped like theta and d = D, the diagonal of a metric, or 1:

value(theta)          R, (*r,)
gradient(theta, d)    sum of weight D^(q/2 - 1) |theta|^(q-1) sign(theta): P^-1 times the gradient
                      of R(z) with theta = P z, P = D^(-1/2), as a method with P P^T takes it
prox(theta, rate, d)  x with x + rate gradient(x, d) = theta
powers                weight -> its q

q = 2 does not see D: decoupled decay is L2 on z, whatever the method (`sees_metric` is False).
Where D = 0 nothing has moved yet, and the penalty leaves the coordinate alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from lab.arrays import Params, Scalar, each, inner
from lab.checks import above_one, fields, nonnegative
from lab.linalg import ratio

# some ten steps for log u of u + t u^(q-1) = y, more as q -> 1, where the slope goes down to q - 1
NEWTON = 60
ROUNDING = 4e-16


@dataclass(frozen=True)
class L2:
    """R(theta) = weight_decay |theta|^2 / 2.

    Without weight decay a penalty adds nothing and costs a multiplication.
    """

    weight_decay: Scalar

    sees_metric = False
    powers = {"weight_decay": 2.0}

    def __post_init__(self):
        fields(self, weight_decay=nonnegative)

    def value(self, theta: Params):
        """R, (*r,)."""
        return inner(theta, self.weight_decay * theta) / 2

    def gradient(self, theta: Params, d=1.0) -> Params:
        """weight_decay theta."""
        return self.weight_decay * theta

    def prox(self, theta: Params, rate: Scalar, d=1.0) -> Params:
        """theta / (1 + rate weight_decay)."""
        return theta / (1 + rate * self.weight_decay)

    @property
    def shift(self) -> Scalar:
        """The Hessian of R is shift I."""
        return self.weight_decay


@dataclass(frozen=True)
class L1:
    """R(theta) = weight |theta|_1.

    On z it is weight sum sqrt(D_i) |p_i| with D frozen; without noise, LASSO with weight^2. Its
    prox is the soft threshold; the explicit step sign(theta) chatters around 0.
    """

    weight: Scalar

    sees_metric = True
    powers = {"weight": 1.0}
    # almost everywhere; at 0 there is no second derivative
    shift = 0.0

    def __post_init__(self):
        fields(self, weight=nonnegative)

    def value(self, theta: Params):
        """R, (*r,)."""
        return inner(np.sign(theta), self.weight * theta)

    def gradient(self, theta: Params, d=1.0) -> Params:
        """weight sign(theta) / sqrt(D)."""
        # 0 at the kink, one of the subgradients
        return self.weight * intrinsic(d, 1.0) * np.sign(theta)

    def prox(self, theta: Params, rate: Scalar, d=1.0) -> Params:
        """sign(theta) max(|theta| - rate weight / sqrt(D), 0)."""
        threshold = rate * self.weight * intrinsic(d, 1.0)
        # exactly 0 below the threshold: this is where sparsity comes from
        return np.sign(theta) * np.maximum(np.abs(theta) - threshold, 0.0)


@dataclass(frozen=True)
class LQ:
    """R(theta) = weight sum |theta_i|^q / q, q > 1.

    On z without noise, q < 2: weight^(2 / (2-q)) |p|^s / s, s = q / (2 - q); q = 4/3 is ridge.
    """

    weight: Scalar
    q: float

    sees_metric = True

    def __post_init__(self):
        fields(self, weight=nonnegative, q=above_one)

    @property
    def powers(self):
        return {"weight": self.q}

    def value(self, theta: Params):
        """R, (*r,)."""
        size = np.abs(theta)
        return inner(size, self.weight * size ** (self.q - 1)) / self.q

    def gradient(self, theta: Params, d=1.0) -> Params:
        """weight D^(q/2 - 1) |theta|^(q-1) sign(theta)."""
        slope = np.sign(theta) * np.abs(theta) ** (self.q - 1)
        return self.weight * intrinsic(d, self.q) * slope

    def prox(self, theta: Params, rate: Scalar, d=1.0) -> Params:
        """The root of x + t |x|^(q-1) sign(x) = theta, t = rate weight D^(q/2 - 1)."""
        t = rate * self.weight * intrinsic(d, self.q)
        return np.sign(theta) * each(partial(shrunk, self.q), np.abs(theta), t)

    @property
    def shift(self):
        raise TypeError(f"LQ.q = {self.q:g}: its Hessian is no multiple of I; use L2")


@dataclass(frozen=True)
class ElasticNet:
    """R(theta) = l1 |theta|_1 + weight_decay |theta|^2 / 2      (Zou & Hastie 2005, naive form)."""

    l1: Scalar
    weight_decay: Scalar

    sees_metric = True
    powers = {"l1": 1.0, "weight_decay": 2.0}

    def __post_init__(self):
        fields(self, l1=nonnegative, weight_decay=nonnegative)

    def value(self, theta: Params):
        """R, (*r,)."""
        return inner(np.sign(theta) * self.l1 + self.weight_decay * theta / 2, theta)

    def gradient(self, theta: Params, d=1.0) -> Params:
        """l1 sign(theta) / sqrt(D) + weight_decay theta."""
        return self.l1 * intrinsic(d, 1.0) * np.sign(theta) + self.weight_decay * theta

    def prox(self, theta: Params, rate: Scalar, d=1.0) -> Params:
        """Soft threshold at rate l1 / sqrt(D), then division by 1 + rate weight_decay."""
        threshold = rate * self.l1 * intrinsic(d, 1.0)
        soft = np.sign(theta) * np.maximum(np.abs(theta) - threshold, 0.0)
        return soft / (1 + rate * self.weight_decay)

    @property
    def shift(self) -> Scalar:
        """The Hessian of R is shift I almost everywhere."""
        return self.weight_decay


def intrinsic(d, q: float):
    """P^(2-q) = D^(q/2 - 1), 0 where D = 0."""
    return each(lambda d: ratio(d ** (q / 2), d, 0.0), d)


def shrunk(q: float, y: np.ndarray, t) -> np.ndarray:
    """u in [0, y] with u + t u^(q-1) = y, y, t >= 0, q > 1.

    Newton on log u, in which the left side is convex: from log y it falls monotonically.
    """
    y, t = np.broadcast_arrays(y, t)
    # any number will do for y = 0, whose answer 0 is put in at the end
    start = np.log(np.where(y > 0, y, 1.0))
    s = start
    for _ in range(NEWTON):
        own = np.exp(s)
        pull = t * np.exp((q - 1) * s)
        total = own + pull
        slope = (own + (q - 1) * pull) / total
        change = (np.log(total) - start) / slope
        s = s - change
        limit = ROUNDING * (1 + np.abs(s))
        if (np.abs(change) <= limit).all():
            break
    return np.where(y > 0, np.exp(s), 0.0)

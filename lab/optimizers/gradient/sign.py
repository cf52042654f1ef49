"""Methods whose step has the size of lr whatever the size of the gradient: signs.

-lr sign(g) is the step of length lr in the largest entry that descends most, since <g, d> >= -|g|_1
max|d_i|, attained at the signs: by lr |g|_1 to first order, where a step of GD as long in |.|_2
descends by lr |g|_2. The price is curvature: with all signs aligned d . H d may be lr^2 times the
sum of all |H_ij|.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, sweep_shape, zeros_like
from lab.checks import above_one, fields, fraction, nonnegative, positive, probability
from lab.optimizers.pieces import Momentum, Seen, decayed, divisor, ema, quotient
from lab.optimizers.protocol import COORDINATEWISE


class RpropState(NamedTuple):
    """g: the last gradient, 0 where the coordinate paused; size: of every coordinate's step."""

    g: Params
    size: Params


@dataclass(frozen=True)
class SignSGD:
    """delta = -lr sign(g), sign(0) = 0      (Bernstein et al. 2018). Full batch: sign descent.

    It is Adam with beta1 = beta2 = eps = 0. With a constant lr it ends in a 2-cycle of amplitude
    lr; with lr halved at every step it contracts by 1/2 on every quadratic that is diagonal in its
    basis.

    |delta_i| = lr, whatever g: the distance that k steps can go is known, k lr. With noise a step
    has the sign of g_i with a probability that depends on |g_i| over its standard deviation: where
    noise wins the path is a random walk of step lr. SignSGD(0.01)
    """

    lr: Scalar

    needs = frozenset({"grad"})
    vectors = ("g",)
    units = {"lr": (1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive)

    def init(self, theta):
        return Seen(zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        return -self.lr * np.sign(g), Seen(g)

    def metric(self, s):
        return divisor(np.abs(s.g))


@dataclass(frozen=True)
class Signum:
    """m = ema(g);  delta = -lr sign(m)      (Bernstein et al. 2018)

    Debiasing m would change nothing. With beta1 = 0 this is SignSGD.

    |delta_i| = lr as for signs. Of a gradient that alternates, +-g at every step, m alternates too,
    (1 - beta1) / (1 + beta1) times as large in the end; any constant part of g larger than that
    times the alternating one decides the sign. m = 0 does not move.
    """

    lr: Scalar
    beta1: Scalar = 0.9

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction)

    def init(self, theta):
        return Momentum(zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        m = ema(s.m, oracle.grad, self.beta1)
        # what is averaged and what is stepped along are one here, but not in Lion
        return -self.lr * np.sign(m), Momentum(m, m)

    def metric(self, s):
        return divisor(np.abs(s.u))


@dataclass(frozen=True)
class Lion:
    """u = beta1 m + (1 - beta1) g;  delta = -lr (sign(u) + weight_decay theta);  m = ema(g; beta2)
    afterwards

    (Chen et al. 2023.) Every entry of a step without decay is 0 or +-lr. If lr weight_decay <= 1
    then |theta|_inf <= max(|theta_0|_inf, 1 / weight_decay). With beta1 = beta2 this is Signum,
    with beta1 = 0 SignSGD. The default decay is 0 with the authors, 1e-3 in one library.

    beta1 < beta2: what is stepped along looks at the newest gradient more than what is kept. With
    the defaults g has the weight 0.1 in u and 0.01 in m. State: m and u, like theta; memory is one
    array, u only serves the metric. u = 0 does not move. Lion(1e-4, weight_decay=0.1)
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.99
    weight_decay: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0), "weight_decay": (-1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, weight_decay=nonnegative)

    def init(self, theta):
        return Momentum(zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        # both from the old m: u is not an average of the new one
        u = ema(s.m, g, self.beta1)
        m = ema(s.m, g, self.beta2)
        return -self.lr * decayed(np.sign(u), self.weight_decay, theta), Momentum(m, u)

    def metric(self, s):
        return divisor(np.abs(s.u))


@dataclass(frozen=True)
class Rprop:
    """delta = -size sign(g);  size times `grow` where g keeps its sign, times `shrink` where it
    does not

    (Riedmiller & Braun 1993.) size stays in [size_min, size_max] and starts at lr, which a schedule
    therefore does not reach. Where the sign has just changed, g is taken as 0: that coordinate
    pauses for one step and its size is kept at the next. For full batches. ValueError unless shrink
    < 1 < grow and size_min <= size_max.

    Steps do not depend on the size of the gradient at all, only on its signs: on mini-batches,
    whose signs are random, sizes collapse (E log factor < 0 unless signs agree often).
    """

    lr: Scalar
    shrink: Scalar = 0.5
    grow: Scalar = 1.2
    size_min: Scalar = 1e-6
    size_max: Scalar = 50.0

    needs = frozenset({"grad"})
    vectors = ("g",)
    units = {"lr": (1, 0), "size_min": (1, 0), "size_max": (1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(
            self,
            lr=positive,
            shrink=probability,
            grow=above_one,
            size_min=nonnegative,
            size_max=positive,
        )
        # before a difference of two swept numbers is taken
        sweep_shape(self)
        nonnegative("Rprop.size_max - size_min", np.subtract(self.size_max, self.size_min))

    def init(self, theta):
        return RpropState(zeros_like(theta), zeros_like(theta) + self.lr)

    def step(self, s, oracle, theta):
        # signs first: a product of small gradients would underflow to 0
        agreement = np.sign(oracle.grad) * np.sign(s.g)
        factor = each(_chosen, agreement, self.grow, self.shrink)
        size = np.minimum(np.maximum(s.size * factor, self.size_min), self.size_max)
        g = each(_paused, agreement, oracle.grad)
        return -size * np.sign(g), RpropState(g, size)

    def metric(self, s):
        return divisor(quotient(self.lr * np.abs(s.g), s.size))


def _chosen(agreement, grow, shrink):
    """1 at the first step, where the last gradient is 0, and after a pause."""
    return np.where(agreement > 0, grow, np.where(agreement < 0, shrink, 1.0))


def _paused(agreement, g):
    """0 is remembered as the last gradient, so that the next step neither grows nor shrinks."""
    return np.where(agreement < 0, 0.0, g)

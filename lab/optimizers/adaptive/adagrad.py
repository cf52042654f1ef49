"""Diagonal methods that scale the gradient by the history of its squares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.protocol import COORDINATEWISE, debias, decayed, ema, quotient


class Accumulator(NamedTuple):
    t: int
    v: Params


class RMSPropState(NamedTuple):
    t: int
    m: Params
    v: Params
    b: Params


class AdadeltaState(NamedTuple):
    v: Params
    a: Params


@dataclass(frozen=True)
class AdaGrad:
    """v = v + g^2;  delta = -lr g / (sqrt(v) + eps)      (Duchi, Hazan & Singer 2011, diagonal)

    eps_in_root: sqrt(v + eps) instead. v starts at initial_accumulator. lr_decay: lr_t = lr / (1 + (t - 1) lr_decay).
    weight_decay is coupled. 0/0 is 0 when eps = 0. The effective step of every coordinate is non-increasing.
    Libraries disagree on eps_in_root and on where v starts (0, or 0.1): at the same lr their defaults drift apart at once.
    With eps = 0 this is Adam with beta1 = 0, beta2_t = 1 - 1 / t, lr_t = lr / sqrt(t).
    """

    lr: Scalar
    eps: Scalar = 1e-10
    lr_decay: Scalar = 0.0
    initial_accumulator: Scalar = 0.0
    weight_decay: Scalar = 0.0
    eps_in_root: bool = False

    needs = frozenset({"grad"})
    vectors = ()
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "lr_decay", "initial_accumulator", "weight_decay"), nonnegative)
        fields(self, lr=positive, **rules)

    @property
    def units(self):
        eps = (-2, 2) if self.eps_in_root else (-1, 1)
        return {"lr": (1, 0), "eps": eps, "initial_accumulator": (-2, 2), "weight_decay": (-2, 1)}

    def init(self, theta):
        return Accumulator(0, zeros_like(theta) + self.initial_accumulator)

    def step(self, s, oracle, theta):
        g, t = decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        v = s.v + g**2
        d = np.sqrt(v + self.eps) if self.eps_in_root else np.sqrt(v) + self.eps
        return -self.lr / (1 + (t - 1) * self.lr_decay) * quotient(g, d), Accumulator(t, v)


@dataclass(frozen=True)
class RMSProp:
    """v = ema(g^2);  b = momentum b + g / (sqrt(v) + eps);  delta = -lr b      (Tieleman & Hinton 2012, lecture 6.5)

    Published versions disagree on every switch here.
    eps_in_root: sqrt(v + eps), which matters as soon as gradients are as small as eps.
    centered: v - ema(g)^2 instead of v (Graves 2013, who has eps inside). On a constant gradient that difference goes to 0: with eps
    outside the step grows to lr g / eps, near t = log(2^-53) / log(beta), and the run is nan where rounding makes the difference negative.
    clamp takes max(., 0), which libraries with eps outside do not.
    debias divides both averages by 1 - beta^t; without it the first step is lr / sqrt(1 - beta) sign(g), centered
    lr / sqrt(beta (1 - beta)). debias with centered divides 0 by sqrt(0 + eps) at step one: -lr g / sqrt(eps), and with eps = 0 noise.
    v starts at initial_accumulator. nesterov: g / d + momentum b instead of b. lr_in_momentum: lr is inside b, which differs from
    outside once lr varies. weight_decay is coupled. 0/0 is 0 when eps = 0.
    """

    lr: Scalar
    beta: Scalar = 0.9
    eps: Scalar = 1e-8
    momentum: Scalar = 0.0
    initial_accumulator: Scalar = 0.0
    weight_decay: Scalar = 0.0
    eps_in_root: bool = False
    centered: bool = False
    clamp: bool = False
    debias: bool = False
    nesterov: bool = False
    lr_in_momentum: bool = False

    needs = frozenset({"grad"})
    vectors = ("m", "b")
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "initial_accumulator", "weight_decay"), nonnegative)
        fields(self, lr=positive, beta=fraction, momentum=fraction, **rules)

    @property
    def units(self):
        eps = (-2, 2) if self.eps_in_root else (-1, 1)
        return {"lr": (1, 0), "eps": eps, "initial_accumulator": (-2, 2), "weight_decay": (-2, 1)}

    def init(self, theta):
        zero = zeros_like(theta)
        return RMSPropState(0, zero, zero + self.initial_accumulator, zero)

    def step(self, s, oracle, theta):
        g, t = decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta) if self.centered else s.m
        v = ema(s.v, g**2, self.beta)
        u = quotient(g, self._denominator(m, v, t))
        b = self.momentum * s.b + (self.lr * u if self.lr_in_momentum else u)
        if self.nesterov:
            u = (self.lr * u if self.lr_in_momentum else u) + self.momentum * b
        else:
            u = b
        return -u if self.lr_in_momentum else -self.lr * u, RMSPropState(t, m, v, b)

    def _denominator(self, m, v, t):
        if self.debias:
            m, v = debias(m, self.beta, t), debias(v, self.beta, t)
        if self.centered:
            v = np.maximum(v - m**2, 0.0) if self.clamp else v - m**2
        return np.sqrt(v + self.eps) if self.eps_in_root else np.sqrt(v) + self.eps


@dataclass(frozen=True)
class Adadelta:
    """v = ema(g^2);  u = sqrt(a + eps_update) / sqrt(v + eps) g;  a = ema(u^2);  delta = -lr u      (Zeiler 2012)

    The paper and libraries use one number for eps and eps_update, although one is a squared gradient and the other a squared
    parameter: they set how far the first step goes, sqrt(eps_update / (1 - beta)). a is updated after its use. weight_decay is coupled.
    """

    lr: Scalar = 1.0
    beta: Scalar = 0.9
    eps: Scalar = 1e-6
    eps_update: Scalar = 1e-6
    weight_decay: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ()
    units = {"eps": (-2, 2), "eps_update": (2, 0), "weight_decay": (-2, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction, eps=nonnegative, eps_update=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return AdadeltaState(zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g = decayed(oracle.grad, self.weight_decay, theta)
        v = ema(s.v, g**2, self.beta)
        u = np.sqrt(s.a + self.eps_update) * quotient(g, np.sqrt(v + self.eps))
        return -self.lr * u, AdadeltaState(v, ema(s.a, u**2, self.beta))

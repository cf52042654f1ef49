"""Diagonal methods that scale the gradient by the history of its squares.

v is a sum in AdaGrad, whose steps shrink for ever, and an average in RMSProp and Adadelta, whose
steps do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive
from lab.optimizers.pieces import debias, divisor, ema, quotient
from lab.optimizers.protocol import COORDINATEWISE


class Accumulator(NamedTuple):
    """v: the sum of squares and its start."""

    t: int
    v: Params


class RMSPropState(NamedTuple):
    """m: ema(g), 0 unless centered; b: the momentum buffer."""

    t: int
    m: Params
    v: Params
    b: Params


class AdadeltaState(NamedTuple):
    """a: ema(u^2), the squared steps; numerator: sqrt(a + eps_update) of the last step."""

    v: Params
    a: Params
    numerator: Params


def root(v: Params, eps: Scalar, place: str) -> Params:
    """sqrt(v + eps) for the place "inside", sqrt(v) + eps for "outside"."""
    return np.sqrt(v + eps) if place == "inside" else np.sqrt(v) + eps


def _eps_unit(place):
    """Powers of [theta] and [loss]: inside the root eps is a squared gradient."""
    return (-2, 2) if place == "inside" else (-1, 1)


@dataclass(frozen=True)
class AdaGrad:
    """v = v + g^2;  delta = -lr g / (sqrt(v) + eps)      (Duchi, Hazan & Singer 2011, diagonal)

    v starts at initial_accumulator. lr_decay: lr_t = lr / (1 + (t - 1) lr_decay). 0/0 is 0 when eps
    = 0. The effective step of every coordinate is non-increasing. Libraries disagree on eps_place
    and on where v starts (0, or 0.1): at the same lr their defaults drift apart at once. With eps =
    0 this is Adam with beta1 = 0, beta2_t = 1 - 1 / t, lr_t = lr / sqrt(t).

    State: t and v, like theta. AdaGrad(0.1, eps=1e-7, eps_place="inside")

    Regret O(sqrt T) on convex losses (claim adagrad/regret in lab.claims.worst_case). The first
    step with eps = 0 and v from 0 is -lr sign(g).
    """

    lr: Scalar
    eps: Scalar = 1e-10
    lr_decay: Scalar = 0.0
    initial_accumulator: Scalar = 0.0
    eps_place: Literal["outside", "inside"] = "outside"

    needs = frozenset({"grad"})
    vectors = ()
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "lr_decay", "initial_accumulator"), nonnegative)
        fields(self, lr=positive, **rules)

    @property
    def units(self):
        return {"lr": (1, 0), "eps": _eps_unit(self.eps_place), "initial_accumulator": (-2, 2)}

    def init(self, theta):
        return Accumulator(0, zeros_like(theta) + self.initial_accumulator)

    def step(self, s, oracle, theta):
        g = oracle.grad
        v = s.v + g**2
        d = root(v, self.eps, self.eps_place)
        # s.t steps are behind this one, so that the first has the whole lr
        return -self.lr / (1 + s.t * self.lr_decay) * quotient(g, d), Accumulator(s.t + 1, v)

    def metric(self, s):
        d = root(s.v, self.eps, self.eps_place)
        return divisor((1 + (s.t - 1) * self.lr_decay) * d)


@dataclass(frozen=True)
class RMSProp:
    """v = ema(g^2);  b = momentum b + g / (sqrt(v) + eps);  delta = -lr b

    (Tieleman & Hinton 2012, lecture 6.5.) Published versions disagree on every switch here.
    eps_place     "inside": sqrt(v + eps), which matters as soon as gradients are as small as eps.
    centered      v - ema(g)^2 instead of v (Graves 2013, who has eps inside). On a constant
                  gradient that difference goes to 0: with eps outside the step grows to lr g / eps,
                  near t = log(2^-53) / log(beta2), and the run is nan where rounding makes the
                  difference negative.
    clamp         max(., 0) of that difference, which libraries with eps outside do not take.
    debias        divides both averages by 1 - beta2^t; without it the first step is lr / sqrt(1 -
                  beta2) sign(g), centered lr / sqrt(beta2 (1 - beta2)). With centered it divides 0
                  by sqrt(0 + eps) at step one: -lr g / sqrt(eps), and with eps = 0 noise.
    nesterov      g / d + momentum b instead of b.
    lr_in_momentum  lr is inside b, which differs from outside once lr varies.
    warm          so many steps first that only look: v is the mean of their g^2, theta rests.
    v starts at initial_accumulator. 0/0 is 0 when eps = 0. TypeError for warm with debias or
    centered, whose averages start from 0.

    State: t, m = ema(g) (centered only), v and b, all like theta. RMSProp(0.01, beta2=0.99,
    centered=True)
    """

    lr: Scalar
    beta2: Scalar = 0.9
    eps: Scalar = 1e-8
    momentum: Scalar = 0.0
    initial_accumulator: Scalar = 0.0
    eps_place: Literal["outside", "inside"] = "outside"
    centered: bool = False
    clamp: bool = False
    debias: bool = False
    nesterov: bool = False
    lr_in_momentum: bool = False
    warm: int = 0

    needs = frozenset({"grad"})
    vectors = ("m", "b")
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "initial_accumulator"), nonnegative)
        fields(self, lr=positive, beta2=fraction, momentum=fraction, **rules)
        # a warm v is a mean already: dividing it by 1 - beta2^t would enlarge it
        if count("RMSProp.warm", self.warm, 0) and (self.debias or self.centered):
            raise TypeError(f"RMSProp.warm = {self.warm}: only without debias and centered")

    @property
    def units(self):
        return {"lr": (1, 0), "eps": _eps_unit(self.eps_place), "initial_accumulator": (-2, 2)}

    def init(self, theta):
        zero = zeros_like(theta)
        return RMSPropState(0, zero, zero + self.initial_accumulator, zero)

    def waits(self, s):
        """Whether the next call belongs to the warm start."""
        return s.t < self.warm

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        if self.waits(s):
            # weight 1 / t on the newest of t squares: their plain mean, without the start
            return zeros_like(theta), s._replace(t=t, v=ema(s.v, g**2, 1 - 1 / t))

        m = ema(s.m, g, self.beta2) if self.centered else s.m
        v = ema(s.v, g**2, self.beta2)

        # one of the two rates is 1: lr stands inside the buffer or in front of it
        inside, outside = (self.lr, 1.0) if self.lr_in_momentum else (1.0, self.lr)
        u = inside * quotient(g, self._denominator(m, v, t))
        b = self.momentum * s.b + u
        step = u + self.momentum * b if self.nesterov else b
        return -outside * step, RMSPropState(t, m, v, b)

    def metric(self, s):
        return divisor(self._denominator(s.m, s.v, s.t))

    def _denominator(self, m, v, t):
        """NaN where rounding makes v - m^2 negative and clamp is off, as in the libraries that do
        not clamp.
        """
        if self.debias:
            m = debias(m, self.beta2, t)
            v = debias(v, self.beta2, t)
        if self.centered:
            v = v - m**2
        # v >= m^2 for averages with the same weights, but not for their rounded values
        if self.centered and self.clamp:
            v = np.maximum(v, 0.0)
        return root(v, self.eps, self.eps_place)


@dataclass(frozen=True)
class Adadelta:
    """v = ema(g^2);  u = sqrt(a + eps_update) / sqrt(v + eps) g;  a = ema(u^2);  delta = -lr u

    (Zeiler 2012.) The paper and libraries use one number for eps and eps_update, although one is a
    squared gradient and the other a squared parameter: they set how far the first step goes,
    sqrt(eps_update / (1 - beta2)). a is updated after its use.

    State: v, a and the numerator sqrt(a + eps_update) of the last step, like theta.

    With lr = 1 the step has the unit of theta, which no other method here has: it would be the
    right step of a diagonal quadratic if past steps were of the right size. It starts slowly.
    """

    lr: Scalar = 1.0
    beta2: Scalar = 0.9
    eps: Scalar = 1e-6
    eps_update: Scalar = 1e-6

    needs = frozenset({"grad"})
    vectors = ()
    units = {"eps": (-2, 2), "eps_update": (2, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta2=fraction, eps=nonnegative, eps_update=nonnegative)

    def init(self, theta):
        zero = zeros_like(theta)
        return AdadeltaState(zero, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        v = ema(s.v, g**2, self.beta2)
        # the average before this step: u is in the next one, it can't scale itself
        numerator = np.sqrt(s.a + self.eps_update)
        u = numerator * quotient(g, np.sqrt(v + self.eps))
        a = ema(s.a, u**2, self.beta2)
        return -self.lr * u, AdadeltaState(v, a, numerator)

    def metric(self, s):
        return divisor(quotient(np.sqrt(s.v + self.eps), s.numerator))

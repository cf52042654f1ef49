"""LaProp: the gradient is divided first and averaged afterwards.

In Adam the order is the other one, which ties beta1 to beta2: momentum that is longer than the
memory of v carries gradients that v has forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import debias, divisor, ema, quotient, rooted
from lab.optimizers.protocol import COORDINATEWISE


class Divided(NamedTuple):
    """t: steps so far; m: an average of divided gradients; v: as in Adam; d: what divided the last
    gradient."""

    t: int
    m: Params
    v: Params
    d: Params


@dataclass(frozen=True)
class LaProp:
    """v = ema(g^2);  m = ema(g / (sqrt(v_hat) + eps));  delta = -lr m_hat

    (Ziyin, Wang & Ueda 2020.) Adam averages first and divides by the newest root, so that a large
    gradient after small ones makes a large step there and none here: |delta_i| <= lr / sqrt(1 -
    beta2) for every beta1. With beta1 = 0 it is Adam. The authors' code averages lr g / (...), the
    same while lr is constant. State: t, m, v and the last denominator, like theta. LaProp(4e-4)

    The bound: v_hat >= (1 - beta2) / (1 - beta2^t) g^2, so that no quotient exceeds sqrt((1 -
    beta2^t) / (1 - beta2)), and m_hat is an average of quotients. Adam's own bound needs beta1^2 <
    beta2; this one needs nothing. First step, eps = 0: -lr sign(g). 0/0 is 0 with eps = 0.
    """

    lr: Scalar = 4e-4
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-15
    eps_root: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = {"eps": nonnegative, "eps_root": nonnegative}
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    def init(self, theta):
        return Divided(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        # this gradient included, hence no quotient beyond the bound
        v = ema(s.v, g**2, self.beta2)
        d = rooted(debias(v, self.beta2, t), self.eps_root) + self.eps
        # d keeps no memory of m: beta1 and beta2 may be chosen apart
        m = ema(s.m, quotient(g, d), self.beta1)
        return -self.lr * debias(m, self.beta1, t), Divided(t, m, v, d)

    def metric(self, s):
        return divisor(s.d)

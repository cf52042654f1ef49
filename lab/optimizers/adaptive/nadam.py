"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import debias, divisor, ema, quotient, rooted
from lab.optimizers.protocol import COORDINATEWISE


class NAdamState(NamedTuple):
    """m, v as in Adam; product: M_t = mu_1 ... mu_t, a number, or one per run, 1 before the first
    step."""

    t: int
    m: Params
    v: Params
    product: Params | float


@dataclass(frozen=True)
class NAdam:
    """m_bar = (1 - mu_t) / (1 - M_t) g + mu_{t+1} / (1 - M_{t+1}) m;  delta = -lr m_bar /
    (sqrt(v_hat) + eps)

    (Dozat 2016.) m = ema(g; beta1), v as in Adam, M_t = mu_1 ... mu_t. Two versions:
        warmup   mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
        without  mu_t = beta1, which is the limit momentum_decay -> inf
    First steps: 1.0565 lr and (1 + beta1 / (1 + beta1)) lr = 1.4737 lr. m is an average with the
    constant beta1, although mu_t varies, in the paper and in libraries: with warmup m_bar is
    therefore not the debiased average of anything. With beta1 = 0 this is RMSProp with debiasing.
    On a constant gradient both terms tend to (1 - beta1) g and beta1 g, and the step to lr sign(g).
    mu_t rises from beta1 / 2 to beta1.
    float32_product: M_t in single precision, as one library keeps it unless told otherwise: 1e-9
    off in double precision runs.

    State: t, m and v, like theta, and the product M_t.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    momentum_decay: Scalar = 4e-3
    warmup: bool = True
    float32_product: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "momentum_decay"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    def init(self, theta):
        return NAdamState(0, zeros_like(theta), zeros_like(theta), 1.0)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)

        mu = self._momentum(t)
        mu_next = self._momentum(t + 1)
        # not a power of beta1: mu_t is another one at every step
        product = each(_times32, s.product, mu) if self.float32_product else s.product * mu
        # the momentum that the next step would apply is applied now: that is Nesterov's part
        m_bar = (1 - mu) / (1 - product) * g + mu_next / (1 - product * mu_next) * m
        return -self.lr * quotient(m_bar, self._denominator(v, t)), NAdamState(t, m, v, product)

    def metric(self, s):
        return divisor(self._denominator(s.v, s.t))

    def _denominator(self, v, t):
        return rooted(debias(v, self.beta2, t), self.eps_root) + self.eps

    def _momentum(self, t):
        """mu_t; momentum_decay = 0 stays at beta1 / 2."""
        # 0.96 and 4e-3 are the paper's: the gap to beta1 halves every 4,245 steps
        if not self.warmup:
            return self.beta1
        return self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))


def _times32(a, b):
    """Rounded to float32 after every factor, as the library's buffer is."""
    product = np.asarray(a, dtype=np.float32) * np.asarray(b, dtype=np.float32)
    return product.astype(float)

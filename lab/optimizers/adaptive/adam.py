"""Adam, and what differs from it in one place: AMSGrad, Adamax.

AdamW is a composition, see `lab.optimizers.compositions`.

In all of them lr is the length of a step, in units of theta: the size of the loss does not matter
beside eps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.arrays import Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import (
    MaximumMoments,
    Moments,
    debias,
    divisor,
    ema,
    quotient,
    rooted,
    scaled_eps,
)
from lab.optimizers.protocol import COORDINATEWISE

Debias = Literal["both", "m", "v", "none"]


@dataclass(frozen=True)
class Adam:
    """m = ema(g);  v = ema(g^2);  delta = -lr m_hat / (sqrt(v_hat) + eps)

    (Kingma & Ba 2015, Alg. 1.) m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t), both, one or
    none of them debiased as `debias` says. With beta1 = beta2 = eps = 0 this is sign descent; the
    first step is lr sign(g). Sharp bound: |m| / sqrt(v) <= (1 - beta1) / sqrt((1 - beta2) (1 -
    beta1^2 / beta2)) if beta1^2 < beta2, 7.2703 by default. eps_place "hat" is the paper's
    efficient form lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps), whose eps is larger by
    1 / sqrt(1 - beta2^t). eps_root is added under the root, in one library beside eps. 0/0 is 0
    when eps = 0, for a coordinate whose gradient was always 0; libraries return nan there.

    State: t, m and v, like theta. Adam(lr=np.logspace(-4, 0, 50)) is a sweep over 50 runs.

    The bound is Cauchy's inequality: m = (1 - beta1) sum_k beta1^k g_{t-k} = (1 - beta1) sum_k
    (beta1 / sqrt(beta2))^k (sqrt(beta2)^k g_{t-k}), whose second factors have the squared length
    v / (1 - beta2). Gradients that grow by beta2 / beta1 at every step reach it in the end. If
    beta1^2 >= beta2 none holds for all t.

    On a constant gradient every step is -lr sign(g) when both averages are debiased. Convergence on
    convex problems is not guaranteed: the claims amsgrad/* and adam/* have the counterexample of
    Reddi et al. and what it needs.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    eps_place: Literal["outside", "hat"] = "outside"
    debias: Debias = "both"

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(
            self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative
        )

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)

        # one of the two by itself shows what its correction does
        m_hat = debias(m, self.beta1, t) if self.debias in ("both", "m") else m
        return -self.lr * quotient(m_hat, self._denominator(v, t)), Moments(t, m, v)

    def metric(self, s):
        return divisor(self._denominator(s.v, s.t))

    def _denominator(self, v, t):
        # t >= 1: `metric` asks after a step
        v_hat = debias(v, self.beta2, t) if self.debias in ("both", "v") else v
        eps = scaled_eps(self.eps, self.beta2, t) if self.eps_place == "hat" else self.eps
        return rooted(v_hat, self.eps_root) + eps


@dataclass(frozen=True)
class AMSGrad:
    """m, v as in Adam;  top = max(top, v);  delta = -lr m_hat / (sqrt(top_hat) + eps)

    (Reddi, Kale & Kumar 2018.) Three inequivalent versions exist. max_before_debias: the maximum of
    v, divided by 1 - beta2^t afterwards (so that the denominator can still fall); without it, the
    maximum of v_hat. The paper debiases nothing (debias = "none", first step lr (1 - beta1) /
    sqrt(1 - beta2) sign(g)), projects, and takes lr / sqrt(t). The first two agree while |g| does
    not decrease.

    State: t, m, v and top, like theta.

    Where gradients shrink, the denominator remembers the largest: the step goes to 0 with them, as
    that of SGD does. With top = v this is Adam.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    max_before_debias: bool = True
    debias: Debias = "both"

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(
            self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative
        )

    def init(self, theta):
        return MaximumMoments(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        top = each(np.maximum, s.top, v if self.max_before_debias else self._debiased(v, t))

        m_hat = debias(m, self.beta1, t) if self.debias in ("both", "m") else m
        return -self.lr * quotient(m_hat, self._denominator(top, t)), MaximumMoments(t, m, v, top)

    def metric(self, s):
        return divisor(self._denominator(s.top, s.t))

    def _denominator(self, top, t):
        # the maximum of v / (1 - beta2^t) is not that of v over 1 - beta2^t: early v are divided by
        # less
        top_hat = self._debiased(top, t) if self.max_before_debias else top
        return rooted(top_hat, self.eps_root) + self.eps

    def _debiased(self, v, t):
        return debias(v, self.beta2, t) if self.debias in ("both", "v") else v


@dataclass(frozen=True)
class Adamax:
    """m = ema(g);  v = max(beta2 v, |g| + eps);  delta = -lr m_hat / v

    (Kingma & Ba 2015, Alg. 2.) The paper calls it u and has no eps: 0/0 is 0 with eps = 0. v needs
    no debiasing. State: t, m and v, like theta.

    The limit p -> inf of Adam with an average of |g|^p in place of g^2. |delta| <= lr |m_hat| /
    |g|; a coordinate that was large once stays slow for 1 / (1 - beta2) steps. With beta2 = 0 and
    beta1 = 0: sign descent.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        # eps beside |g|, so that v > 0 already when it is first divided by
        v = np.maximum(self.beta2 * s.v, np.abs(g) + self.eps)
        return -self.lr * quotient(debias(m, self.beta1, t), v), Moments(t, m, v)

    def metric(self, s):
        return divisor(s.v)

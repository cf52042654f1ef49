"""Adam, and what differs from it in one place: AdamW, AMSGrad, Adamax."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.protocol import COORDINATEWISE, debias, decayed, ema, quotient, rooted


class Moments(NamedTuple):
    t: int
    m: Params
    v: Params


class AnchoredMoments(NamedTuple):
    t: int
    m: Params
    v: Params
    lr0: Scalar


class MaximumMoments(NamedTuple):
    t: int
    m: Params
    v: Params
    top: Params


def scaled_eps(eps: Scalar, beta2: Scalar, t: int) -> Scalar:
    """eps / sqrt(1 - beta2^t): added to sqrt(v_hat), it is eps added to sqrt(v)."""
    return eps / np.sqrt(1 - beta2**t)


@dataclass(frozen=True)
class Adam:
    """m = ema(g);  v = ema(g^2);  delta = -lr m_hat / (sqrt(v_hat) + eps)      (Kingma & Ba 2015, Alg. 1)

    m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t). With beta1 = beta2 = eps = 0 this is sign descent; the first step is
    lr sign(g). Sharp bound: |m| / sqrt(v) <= (1 - beta1) / sqrt((1 - beta2) (1 - beta1^2 / beta2)) if beta1^2 < beta2, 7.2703 by default.
    eps_hat: the paper's efficient form lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps), whose eps is larger by
    1 / sqrt(1 - beta2^t). eps_root is added under the root. weight_decay is coupled (L2); AdamW has the decoupled one.
    0/0 is 0 when eps = 0, for a coordinate whose gradient was always 0; libraries return nan there.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0
    eps_hat: bool = False
    debias_m: bool = True
    debias_v: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-2, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat = debias(m, self.beta1, t) if self.debias_m else m
        v_hat = debias(v, self.beta2, t) if self.debias_v else v
        eps = scaled_eps(self.eps, self.beta2, t) if self.eps_hat else self.eps
        return -self.lr * quotient(m_hat, rooted(v_hat, self.eps_root) + eps), Moments(t, m, v)


@dataclass(frozen=True)
class AdamW:
    """m, v as in Adam;  delta = -lr (m_hat / (sqrt(v_hat) + eps) + weight_decay theta)      (Loshchilov & Hutter 2019)

    The paper multiplies the decay by the schedule lr_t / lr_0 only, libraries by lr_t: decay_times_lr, with defaults that
    differ too (0.01 and 1e-4, neither is 0). Shrinking theta by 1 - lr weight_decay first is the same step.
    If lr weight_decay <= 1 then |theta_i| <= max(|theta_0,i|, B / weight_decay), B the bound of Adam's docstring.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.01
    decay_times_lr: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative, weight_decay=nonnegative)

    @property
    def units(self):
        return {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1 if self.decay_times_lr else 0, 0)}

    def init(self, theta):
        return AnchoredMoments(0, zeros_like(theta), zeros_like(theta), self.lr)

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat, v_hat = debias(m, self.beta1, t), debias(v, self.beta2, t)
        adam = quotient(m_hat, rooted(v_hat, self.eps_root) + self.eps)
        decay = self.weight_decay if self.decay_times_lr else self.weight_decay / s.lr0
        return -self.lr * decayed(adam, decay, theta), AnchoredMoments(t, m, v, s.lr0)


@dataclass(frozen=True)
class AMSGrad:
    """m, v as in Adam;  top = max(top, v);  delta = -lr m_hat / (sqrt(top_hat) + eps)      (Reddi, Kale & Kumar 2018)

    Three inequivalent versions exist. max_before_debias: the maximum of v, divided by 1 - beta2^t afterwards (so that the
    denominator can still fall); without it, the maximum of v_hat. The paper debiases nothing (debias_m = debias_v = False, first step
    lr (1 - beta1) / sqrt(1 - beta2) sign(g)), projects, and takes lr / sqrt(t). The first two agree while |g| does not decrease.
    weight_decay is coupled unless `decoupled`.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0
    max_before_debias: bool = True
    debias_m: bool = True
    debias_v: bool = True
    decoupled: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative, weight_decay=nonnegative)

    @property
    def units(self):
        return {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1, 0) if self.decoupled else (-2, 1)}

    def init(self, theta):
        return MaximumMoments(0, zeros_like(theta), zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad if self.decoupled else decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat = debias(m, self.beta1, t) if self.debias_m else m
        if self.max_before_debias or not self.debias_v:
            top = each(np.maximum, s.top, v)
            top_hat = debias(top, self.beta2, t) if self.debias_v else top
        else:
            top = top_hat = each(np.maximum, s.top, debias(v, self.beta2, t))
        u = quotient(m_hat, rooted(top_hat, self.eps_root) + self.eps)
        return -self.lr * (decayed(u, self.weight_decay, theta) if self.decoupled else u), MaximumMoments(t, m, v, top)


@dataclass(frozen=True)
class Adamax:
    """m = ema(g);  u = max(beta2 u, |g| + eps);  delta = -lr m_hat / u      (Kingma & Ba 2015, Alg. 2)

    The paper has no eps: 0/0 is 0 with eps = 0. u needs no debiasing. weight_decay is coupled unless `decoupled`.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    weight_decay: Scalar = 0.0
    decoupled: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, weight_decay=nonnegative)

    @property
    def units(self):
        return {"lr": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0) if self.decoupled else (-2, 1)}

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad if self.decoupled else decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta1)
        u = np.maximum(self.beta2 * s.v, np.abs(g) + self.eps)
        d = quotient(debias(m, self.beta1, t), u)
        return -self.lr * (decayed(d, self.weight_decay, theta) if self.decoupled else d), Moments(t, m, u)

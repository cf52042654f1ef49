"""Adam with other moments: Yogi, Adan, ADOPT, AdEMAMix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.adaptive.adam import Moments
from lab.optimizers.protocol import COORDINATEWISE, debias, decayed, ema, quotient, rooted


class AdanState(NamedTuple):
    t: int
    m: Params
    v: Params
    n: Params
    g: Params


class MixedMoments(NamedTuple):
    t: int
    m1: Params
    m2: Params
    v: Params


@dataclass(frozen=True)
class Yogi:
    """v = v - (1 - beta2) sign(v - g^2) g^2;  delta = -lr m_hat / (sqrt(v_hat) + eps)      (Zaheer et al. 2018)

    m as in Adam. v moves by at most (1 - beta2) g^2 at a step, also downwards. The paper debiases nothing (debias=False) and starts
    from v = initial_accumulator; libraries debias, and one starts m at the same number (initial_momentum), whatever the sign of g.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-3
    eps_root: Scalar = 0.0
    initial_accumulator: Scalar = 1e-6
    initial_momentum: Scalar = 0.0
    debias: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "initial_accumulator": (-2, 2), "initial_momentum": (-1, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "initial_accumulator", "initial_momentum"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    def init(self, theta):
        return Moments(0, zeros_like(theta) + self.initial_momentum, zeros_like(theta) + self.initial_accumulator)

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta1)
        v = s.v - (1 - self.beta2) * np.sign(s.v - g**2) * g**2
        m_hat, v_hat = (debias(m, self.beta1, t), debias(v, self.beta2, t)) if self.debias else (m, v)
        return -self.lr * quotient(m_hat, rooted(v_hat, self.eps_root) + self.eps), Moments(t, m, v)


@dataclass(frozen=True)
class Adan:
    """m = ema(g);  v = ema(g - g_prev);  n = ema((g + (1 - beta2)(g - g_prev))^2)      (Xie et al. 2022)

    delta = -lr (m_hat + (1 - beta2) v_hat) / (sqrt(n_hat) + eps), averages with beta1, beta2, beta3; the first difference is 0. The paper
    calls 1 - beta1, 1 - beta2, 1 - beta3 what is beta1, beta2, beta3 here, and its code writes beta2 (of these) for 1 - beta2.
    weight_decay is added to the step, as in AdamW; proximal: theta+ = (theta - lr u) / (1 + lr weight_decay), the paper's.
    """

    lr: Scalar
    beta1: Scalar = 0.98
    beta2: Scalar = 0.92
    beta3: Scalar = 0.99
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0
    proximal: bool = False

    needs = frozenset({"grad"})
    vectors = ("m", "v", "g")
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "weight_decay"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, beta3=fraction, **rules)

    def init(self, theta):
        return AdanState(0, *[zeros_like(theta)] * 4)

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        difference = g - s.g if s.t else zeros_like(g)
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, difference, self.beta2)
        n = ema(s.n, (g + (1 - self.beta2) * difference) ** 2, self.beta3)
        m_hat, v_hat, n_hat = debias(m, self.beta1, t), debias(v, self.beta2, t), debias(n, self.beta3, t)
        u = quotient(m_hat + (1 - self.beta2) * v_hat, rooted(n_hat, self.eps_root) + self.eps)
        delta = -self.lr * decayed(u, self.weight_decay, theta)
        return delta / (1 + self.lr * self.weight_decay) if self.proximal else delta, AdanState(t, m, v, n, g)


@dataclass(frozen=True)
class ADOPT:
    """m = ema(clip(g / max(sqrt(v), eps), t^(1/4)));  delta = -lr m;  v = ema(g^2) afterwards      (Taniguchi et al. 2024)

    The gradient is divided by the v of earlier gradients only, and before it is averaged. The first call sets v = g^2 and does not move;
    t counts the calls after it. clip=False: the algorithm as first published. With eps = 0, 0/0 is 0. Nothing is debiased.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.9999
    eps: Scalar = 1e-6
    clip: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t
        if t == 0:
            return zeros_like(g), Moments(1, s.m, g**2)
        n = quotient(g, each(np.maximum, np.sqrt(s.v), self.eps))
        n = each(np.clip, n, -(t**0.25), t**0.25) if self.clip else n
        m = ema(s.m, n, self.beta1)
        return -self.lr * m, Moments(t + 1, m, ema(s.v, g**2, self.beta2))


@dataclass(frozen=True)
class AdEMAMix:
    """delta = -lr ((m1_hat + alpha m2) / (sqrt(v_hat) + eps) + weight_decay theta)      (Pagliardini, Ablin & Grangier 2025)

    m1 = ema(g; beta1) and v as in Adam; m2 = ema(g; beta3) is slow and not debiased, so that it enters gradually. The paper also
    warms alpha and beta3 up; here, as by default in libraries, they are constant. With alpha = 0 this is AdamW.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    beta3: Scalar = 0.9999
    alpha: Scalar = 5.0
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ("m1", "m2")
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("alpha", "eps", "eps_root", "weight_decay"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, beta3=fraction, **rules)

    def init(self, theta):
        return MixedMoments(0, zeros_like(theta), zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m1 = ema(s.m1, g, self.beta1)
        m2 = ema(s.m2, g, self.beta3)
        v = ema(s.v, g**2, self.beta2)
        d = rooted(debias(v, self.beta2, t), self.eps_root) + self.eps
        u = quotient(debias(m1, self.beta1, t) + self.alpha * m2, d)
        return -self.lr * decayed(u, self.weight_decay, theta), MixedMoments(t, m1, m2, v)

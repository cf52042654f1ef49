"""Adam with other moments: Yogi, Adan, ADOPT, AdEMAMix.

Each changes one of Adam's two averages: how v forgets (Yogi), what m and v average (Adan), when v
is divided by (ADOPT), how many averages of g there are (AdEMAMix). All divide coordinate by
coordinate, and 0/0 is 0 with eps = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import (
    Moments,
    ScaledMoments,
    debias,
    decayed,
    divisor,
    ema,
    quotient,
    rooted,
)
from lab.optimizers.protocol import COORDINATEWISE


class AdanState(NamedTuple):
    """n: the average that divides; g: the last gradient, for the difference."""

    t: int
    m: Params
    v: Params
    n: Params
    g: Params


class MixedMoments(NamedTuple):
    """m1: the fast average of gradients (beta1), m2: the slow one (beta3); v as in Adam."""

    t: int
    m1: Params
    m2: Params
    v: Params


@dataclass(frozen=True)
class Yogi:
    """v = v - (1 - beta2) sign(v - g^2) g^2;  delta = -lr m_hat / (sqrt(v_hat) + eps)

    (Zaheer et al. 2018.) m as in Adam. v moves by at most (1 - beta2) g^2 at a step, also
    downwards. The paper debiases nothing (debias=False) and starts from v = initial_accumulator;
    libraries debias both averages, and one starts m at the same number (initial_momentum), whatever
    the sign of g. State: t, m and v, like theta.

    Where Adam's v falls by the share 1 - beta2 of itself, Yogi's falls by that share of g^2: it
    forgets a large gradient linearly and not exponentially. With v = g^2 it does not move.

    v >= 0 from a start >= 0: where v > g^2 it falls by less than g^2 < v. First step with debias
    and without starts: -lr sign(g), up to eps.
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
    units = {
        "lr": (1, 0),
        "eps": (-1, 1),
        "eps_root": (-2, 2),
        "initial_accumulator": (-2, 2),
        "initial_momentum": (-1, 1),
    }
    invariances = COORDINATEWISE

    def __post_init__(self):
        names = ("eps", "eps_root", "initial_accumulator", "initial_momentum")
        fields(
            self, lr=positive, beta1=fraction, beta2=fraction, **dict.fromkeys(names, nonnegative)
        )

    def init(self, theta):
        zero = zeros_like(theta)
        return Moments(0, zero + self.initial_momentum, zero + self.initial_accumulator)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        # Adam's is v - (1 - beta2) (v - g^2): the size of the difference is replaced by g^2
        v = s.v - (1 - self.beta2) * np.sign(s.v - g**2) * g**2

        m_hat = debias(m, self.beta1, t) if self.debias else m
        return -self.lr * quotient(m_hat, self._denominator(v, t)), Moments(t, m, v)

    def metric(self, s):
        return divisor(self._denominator(s.v, s.t))

    def _denominator(self, v, t):
        # by convention: Yogi's v is no average, its weights do not sum to 1 - beta2^t
        v_hat = debias(v, self.beta2, t) if self.debias else v
        return rooted(v_hat, self.eps_root) + self.eps


@dataclass(frozen=True)
class Adan:
    """m = ema(g);  v = ema(g - g_prev);  n = ema((g + (1 - beta2)(g - g_prev))^2)

        u = (m_hat + (1 - beta2) v_hat) / (sqrt(n_hat) + eps)
        theta+ = (theta - lr u) / (1 + lr weight_decay)

    (Xie et al. 2022, as in optax.) Averages with beta1, beta2, beta3, and a decay that is the
    paper's own. The first difference is 0. The paper calls 1 - beta1, 1 - beta2, 1 - beta3 what is
    beta1, beta2, beta3 here, and weighs the difference by 1 - beta2 in its own letters: by beta2 of
    these, 0.92, and so does the authors' code. optax kept the letters and changed their meaning,
    and weighs it by 1 - beta2 = 0.08, as is done here. optax also decays as AdamW does:
    Regularized around this method without decay.

    g + k (g - g_prev) is the gradient at the point that the last step would lead to once more, to
    first order for k = 1: Nesterov's look ahead without a second evaluation. The decay is the
    proximal one: theta+ minimises |x - (theta - lr u)|^2 / 2 + lr weight_decay |x|^2 / 2, and can't
    overshoot 0 for any lr.

    On a constant gradient v = 0 and this is Adam with beta3 for beta2. With beta2 = 0 here the
    difference counts in full. Memory: four arrays like theta.

    State: t, m, v, n and the last g, like theta.
    """

    lr: Scalar
    beta1: Scalar = 0.98
    beta2: Scalar = 0.92
    beta3: Scalar = 0.99
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0

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
        g = oracle.grad
        t = s.t + 1
        # s.g is 0 at the start, and g - 0 would count as a jump
        difference = g - s.g if s.t else zeros_like(g)
        # n averages the square of what is divided by its root, m + (1 - beta2) v before averaging
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, difference, self.beta2)
        n = ema(s.n, (g + (1 - self.beta2) * difference) ** 2, self.beta3)

        ahead = debias(m, self.beta1, t) + (1 - self.beta2) * debias(v, self.beta2, t)
        u = quotient(ahead, self._denominator(n, t))
        delta = -self.lr * decayed(u, self.weight_decay, theta) / (1 + self.lr * self.weight_decay)
        return delta, AdanState(t, m, v, n, g)

    def metric(self, s):
        return divisor(self._denominator(s.n, s.t))

    def _denominator(self, n, t):
        return rooted(debias(n, self.beta3, t), self.eps_root) + self.eps


@dataclass(frozen=True)
class ADOPT:
    """m = ema(clip(g / max(sqrt(v), eps), t^(1/4)));  delta = -lr m;  v = ema(g^2) afterwards

    (Taniguchi et al. 2024.) The gradient is divided by the v of earlier gradients only, and before
    it is averaged. The first call sets v = g^2 and does not move; t counts the calls after it.
    clipped=False: the algorithm as first published. With eps = 0, 0/0 is 0. Nothing is debiased.

    State: t, m, v and what divided the last g, like theta.

    Dividing by the past makes numerator and divisor independent for fresh batches, which is what
    its convergence for every beta2 rests on; Adam's is not. With beta2 = 0 and eps = 0 each
    gradient is divided by the size of the one before. A gradient after a long silence is divided by
    next to nothing: clipping bounds |delta_i| by lr t^(1/4). On a constant gradient the step grows
    from (1 - beta1) lr to lr.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.9999
    eps: Scalar = 1e-6
    clipped: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative)

    def init(self, theta):
        return ScaledMoments(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        g = oracle.grad
        if s.t == 0:
            # there is no earlier gradient to divide by
            return zeros_like(g), ScaledMoments(1, s.m, g**2, s.d)

        d = each(np.maximum, np.sqrt(s.v), self.eps)
        if self.clipped:
            # |g / d| <= t^(1/4), written as a larger divisor
            d = each(np.maximum, d, np.abs(g) / s.t**0.25)
        m = ema(s.m, quotient(g, d), self.beta1)
        return -self.lr * m, ScaledMoments(s.t + 1, m, ema(s.v, g**2, self.beta2), d)

    def metric(self, s):
        return divisor(s.d)


@dataclass(frozen=True)
class AdEMAMix:
    """delta = -lr ((m1_hat + alpha m2) / (sqrt(v_hat) + eps) + weight_decay theta)

    (Pagliardini, Ablin & Grangier 2025.) m1 = ema(g; beta1) and v as in Adam; m2 = ema(g; beta3) is
    slow and not debiased, so that it enters gradually. The paper also warms alpha and beta3 up;
    here, as by default in libraries, they are constant. With alpha = 0 this is AdamW. State: t, m1,
    m2 and v, like theta.

    m2 holds gradients of the last 1 / (1 - beta3) steps, 10^4 by default. On a constant gradient
    the step grows from (1 + alpha (1 - beta3)) lr to (1 + alpha) lr: lr is to be chosen for the
    latter.
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
        return MixedMoments(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m1 = ema(s.m1, g, self.beta1)
        m2 = ema(s.m2, g, self.beta3)
        v = ema(s.v, g**2, self.beta2)

        # m2 starts from 0 and stays small for 1 / (1 - beta3) steps: a warm-up of alpha for free
        mixed = debias(m1, self.beta1, t) + self.alpha * m2
        u = quotient(mixed, self._denominator(v, t))
        return -self.lr * decayed(u, self.weight_decay, theta), MixedMoments(t, m1, m2, v)

    def metric(self, s):
        return divisor(self._denominator(s.v, s.t))

    def _denominator(self, v, t):
        return rooted(debias(v, self.beta2, t), self.eps_root) + self.eps

"""Adam with its step sizes clipped to bounds that close in on one number: AdaBound and AMSBound.

Steps begin as those of Adam, since the bounds are wide, and end as those of SGD with momentum and
rate final_lr. Both bounds are per coordinate and known in advance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import divisor, ema, quotient


class BoundState(NamedTuple):
    """top: the v in use; lr0: the rate at the start; size: what multiplied m, after clipping."""

    t: int
    m: Params
    v: Params
    top: Params
    lr0: Scalar
    size: Params


def clipped(step: Params, final_lr: Scalar, gamma: Scalar, t: int) -> Params:
    """step, clipped to final_lr [1 - 1 / (gamma t + 1), 1 + 1 / (gamma t)].

    gamma > 0 keeps low < high; both go to final_lr as t -> inf.
    """
    low = final_lr * (1 - 1 / (gamma * t + 1))
    high = final_lr * (1 + 1 / (gamma * t))
    return each(np.clip, step, low, high)


def _start(method, theta):
    """lr0: the rate without schedule, so that a schedule scales the bounds too.

    Never 0: a method is started before its rate is multiplied by a schedule, which may start at 0.
    """
    zero = zeros_like(theta)
    return BoundState(0, zero, zero, zero, method.lr, zero)


def _step(method, s, g, *, keep):
    """delta and state; keep(old, v) is the second moment in use."""
    t = s.t + 1
    m = ema(s.m, g, method.beta1)
    v = ema(s.v, g**2, method.beta2)
    used = keep(s.top, v)

    # sqrt(v) is not debiased, the rate is: eps stays next to sqrt(v), as with eps_place "hat"
    lr = method.lr * np.sqrt(1 - method.beta2**t) / (1 - method.beta1**t)
    # v = 0 with eps = 0: 0 instead of infinity, which the bounds then lift to low_t; m is 0 there
    step = quotient(lr, np.sqrt(used) + method.eps)
    size = clipped(step, method.final_lr * method.lr / s.lr0, method.gamma, t)
    return -size * m, BoundState(t, m, v, used, s.lr0, size)


def _newest(old, v):
    """AdaBound divides by v itself."""
    return v


def _largest(old, v):
    """AMSBound divides by the largest v so far."""
    return each(np.maximum, old, v)


def _check(method):
    """ValueError, naming Class.field, for rates that are not positive."""
    rules = dict.fromkeys(("lr", "final_lr", "gamma"), positive)
    fields(method, beta1=fraction, beta2=fraction, eps=nonnegative, **rules)


@dataclass(frozen=True)
class AdaBound:
    """delta = -clip(lr sqrt(1 - beta2^t) / (1 - beta1^t) / (sqrt(v) + eps), low_t, high_t) m

    (Luo et al. 2019.) low_t = final_lr (1 - 1 / (gamma t + 1)), high_t = final_lr (1 + 1 / (gamma
    t)); m, v as in Adam; gamma is how fast the bounds close: at t = 1 / gamma they are final_lr / 2
    and 2 final_lr. As in the authors' code: both
    corrections sit inside the clipped factor, so that m itself is never debiased; eps is added to
    sqrt(v); and a schedule scales final_lr along with lr. The paper has no bias correction and a
    further 1 / sqrt(t). gamma -> 0 with a huge final_lr: Adam(eps_place="hat"). gamma -> inf: delta
    = -final_lr m. The bounds are step sizes of SGD, so that nothing here is scale invariant.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    final_lr: Scalar = 0.1
    gamma: Scalar = 1e-3
    eps: Scalar = 1e-8

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "final_lr": (2, -1), "eps": (-1, 1)}
    invariances = frozenset({"permutation", "sign"})

    def __post_init__(self):
        _check(self)

    def init(self, theta):
        return _start(self, theta)

    def step(self, s, oracle, theta):
        return _step(self, s, oracle.grad, keep=_newest)

    def metric(self, s):
        # u = m, and delta = -size m
        return divisor(self.lr / s.size)


@dataclass(frozen=True)
class AMSBound:
    """AdaBound with top = max(top, v) for v      (Luo et al. 2019)

    The maximum is of the raw v, as in AMSGrad(max_before_debias): the correction sqrt(1 - beta2^t)
    comes after it. Bounds, limits and state as in AdaBound. With gradients that do not decrease it
    is AdaBound.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    final_lr: Scalar = 0.1
    gamma: Scalar = 1e-3
    eps: Scalar = 1e-8

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "final_lr": (2, -1), "eps": (-1, 1)}
    invariances = frozenset({"permutation", "sign"})

    def __post_init__(self):
        _check(self)

    def init(self, theta):
        return _start(self, theta)

    def step(self, s, oracle, theta):
        return _step(self, s, oracle.grad, keep=_largest)

    def metric(self, s):
        return divisor(self.lr / s.size)

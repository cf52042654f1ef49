"""Methods that remember where they started: MADGRAD, and learning-rate-free Adam: D-Adaptation and
Prodigy.

How the last two find the distance to a solution x*. For convex f and any weights w_k >= 0
    0 <= sum_k w_k <g_k, x_k - x*> = -r + <s, x0 - x*> <= -r + |s|_1 |x0 - x*|_inf,
    s = sum_k w_k g_k,  r = sum_k w_k <g_k, x0 - x_k>
so that r / |s|_1 is a lower bound of the distance, whatever moved the points x_k. It needs
subgradients of one f: with mini-batches it holds on average at best.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, inner, norm, rowwise, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.linalg import ratio
from lab.optimizers.pieces import decayed, divisor, ema, quotient

# MADGRAD's step grows with f, and with single coordinates of g, as cbrt
_SIGNED = frozenset({"permutation", "sign"})


class Averaged(NamedTuple):
    """t: steps so far; x0: the start; s, v: weighted sums of gradients and of their squares."""

    t: int
    x0: Params
    s: Params
    v: Params


@dataclass(frozen=True)
class MADGRAD:
    """c = lr sqrt(t);  s = s + c g;  v = v + c g^2;  z = x0 - s / (v^(1/3) + eps);  delta = (1 -
    momentum) (z - theta)

    (Defazio & Jelassi 2022.) Dual averaging from the start x0 with a cube root, and momentum by
    averaging the points. Unlike Adam's its step grows with f, c f by c^(1/3). The authors' code and
    optax take lr + eps for lr, which has no units in which it holds. t counts from 1. State: t, x0,
    s, v, like theta; the metric divides s. MADGRAD(0.01)

    z is the minimiser of <s, x> + sum_i v_i^(1/3) (x_i - x0_i)^2 / 2. First step, eps = 0: -(1 -
    momentum) lr^(2/3) cbrt(g). On a constant gradient s and v grow like t^(3/2), z - x0 like t: the
    steps tend to (2 lr / 3)^(2/3) cbrt(g), whatever the momentum. A coordinate that never had a
    gradient stays at x0 (0/0 is 0).
    """

    lr: Scalar = 1e-2
    momentum: Scalar = 0.9
    eps: Scalar = 1e-6

    needs = frozenset({"grad"})
    vectors = ("x0", "s")
    units = {"lr": (2, -0.5), "eps": (0, 0.5)}
    invariances = _SIGNED

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction, eps=nonnegative)

    def init(self, theta):
        zero = zeros_like(theta)
        return Averaged(0, theta + zero, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        # weights that grow: old gradients, of points far from here, count less
        c = self.lr * np.sqrt(t)
        total = s.s + c * g
        v = s.v + c * g**2

        new = Averaged(t, s.x0, total, v)
        z = s.x0 - quotient(total, self._root(v))
        share = 1 - self.momentum
        return share * (z - theta), new

    def metric(self, s):
        return divisor(self._root(s.v))

    def _root(self, v):
        root = each(np.cbrt, v)
        return root + self.eps


class Estimated(NamedTuple):
    """t; x0; Adam's m and v with d inside; s, a weighted sum of gradients; r, the numerator of the
    estimate, and the distance d, (*r,) shaped to multiply theta."""

    t: int
    x0: Params
    m: Params
    v: Params
    s: Params
    r: Params
    d: Params


def per_run(x: np.ndarray, theta: Params) -> Params:
    """x (*r,) in every entry, like theta."""
    return zeros_like(theta) + rowwise(x, theta)


@dataclass(frozen=True)
class Prodigy:
    """a = lr d [sqrt(1 - beta2^t) / (1 - beta1^t)];  m = ema(d g);  v = ema(d^2 g^2)
    r = beta3 r + (d / d0) a <g, x0 - theta>;  s = beta3 s + (d / d0) a g
    d+ = max(d, d_coef r / |s|_1);  delta = -a m / (sqrt(v) + d+ eps) - a weight_decay theta

    (Mishchenko & Defazio 2024, their reference code.) d grows towards the largest distance of a
    coordinate from the start to the solution, so lr stays 1. beta3 None: sqrt(beta2). The factor in
    brackets with debias (optax), not without (authors). optax has no weight in the order of
    growth_rate and safeguards, which are not here. |s|_1 = 0 leaves d. State: t, x0, m, v, s, and r
    and d in every entry. Prodigy()

    With d_coef = 1, d0 <= |x0 - x*|_inf and convex f on the full batch, d never exceeds |x0 -
    x*|_inf, since the weights w_k = (d / d0) a beta3^(t - k) are >= 0: the derivation stands at the
    top of lab.optimizers.adaptive.dual_averaging. d0 cancels from r / |s|_1. First step, eps = 0:
    -lr d0 sign(g) with debias, without it (1 - beta1) / sqrt(1 - beta2) times that, 3.16 by
    default.
    """

    lr: Scalar = 1.0
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    d0: Scalar = 1e-6
    d_coef: Scalar = 1.0
    weight_decay: Scalar = 0.0
    beta3: Scalar | None = None
    debias: bool = False

    needs = frozenset({"grad"})
    vectors = ("x0", "m", "s")
    units = {"d0": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0)}
    invariances = frozenset({"scale", "permutation", "sign"})

    def __post_init__(self):
        rules = dict.fromkeys(("lr", "d0", "d_coef"), positive)
        rules |= dict.fromkeys(("beta1", "beta2", "beta3"), fraction)
        fields(self, eps=nonnegative, weight_decay=nonnegative, **rules)

    def init(self, theta):
        zero = zeros_like(theta)
        d = zero + self.d0
        return Estimated(0, theta + zero, zero, zero, zero, zero, d)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        d = s.d
        dg = d * g
        a = self.lr * d * self._correction(t)
        m = ema(s.m, dg, self.beta1)
        v = ema(s.v, dg**2, self.beta2)

        # sqrt(beta2): r and s forget as fast as sqrt(v)
        beta3 = self.beta3
        if beta3 is None:
            beta3 = self.beta2**0.5
        # d0 only keeps both sums at the size of gradients while d is small
        weight = d / self.d0 * a
        towards = inner(g, s.x0 - theta)
        r = beta3 * s.r + weight * per_run(towards, theta)
        total = beta3 * s.s + weight * g

        length = norm(total, 1)
        reached = each(ratio, r, per_run(length, theta))
        larger = each(np.maximum, d, self.d_coef * reached)
        new = Estimated(t, s.x0, m, v, total, r, larger)

        # m and v hold d g, so that eps has to carry a d as well to be a gradient
        root = np.sqrt(v)
        z = quotient(m, root + larger * self.eps)
        step = decayed(z, self.weight_decay, theta)
        return -a * step, new

    def metric(self, s):
        root = np.sqrt(s.v)
        return divisor(root + s.d * self.eps)

    def _correction(self, t):
        """Adam's two bias corrections as one factor of the rate."""
        if not self.debias:
            return 1.0
        return both_corrections(self, t)


def both_corrections(method, t: int) -> Scalar:
    """sqrt(1 - beta2^t) / (1 - beta1^t), for t >= 1: from sqrt(1 - beta2) / (1 - beta1) to 1.

    A number, or an array over runs where a beta is one.
    """
    second = 1 - method.beta2**t
    first = 1 - method.beta1**t
    return np.sqrt(second) / first


@dataclass(frozen=True)
class DAdaptAdam:
    """a = lr d sqrt(1 - beta2^t) / (1 - beta1^t);  r = b r + (1 - b) a <g, s / (sqrt(v) + eps)>
    m = ema(a g);  v = ema(g^2);  s = b s + (1 - b) a g,  b = sqrt(beta2)
    d+ = max(d, r / ((1 - b) |s|_1));  delta = -m / (sqrt(v) + eps)

    (Defazio & Mishchenko 2023, as in optax.) Learning-rate-free Adam: d grows towards the distance
    to the solution in the maximum norm. The v in r is that before this gradient; where it is 0, so
    is s. The authors' code leaves both corrections out unless told. State: t, x0 (unused), m, v, s,
    and r and d in every entry. DAdaptAdam()

    s / (sqrt(v) + eps) stands for x0 - x, as if the path were that of dual averaging: d is an
    estimate that may exceed the distance. First step, eps = 0: -lr d0 sign(g).
    """

    lr: Scalar = 1.0
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    d0: Scalar = 1e-6

    needs = frozenset({"grad"})
    vectors = ("x0", "m", "s")
    units = {"d0": (1, 0), "eps": (-1, 1)}
    invariances = frozenset({"scale", "permutation", "sign"})

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, d0=positive)

    def init(self, theta):
        zero = zeros_like(theta)
        d = zero + self.d0
        return Estimated(0, zero, zero, zero, zero, zero, d)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        b = self.beta2**0.5
        a = self.lr * s.d * both_corrections(self, t)
        ag = a * g

        # s before this gradient: at the first step r and with it the estimate are 0
        before = quotient(s.s, self._root(s.v))
        towards = per_run(inner(g, before), theta)
        r = ema(s.r, a * towards, b)
        m = ema(s.m, ag, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        total = ema(s.s, ag, b)

        # `before` holds an average of gradients, which is 1 - b times the sum that made x0 - x
        length = per_run(norm(total, 1), theta)
        reached = each(ratio, r, (1 - b) * length)
        # the best estimate so far: r may fall again
        d = each(np.maximum, s.d, reached)
        new = Estimated(t, s.x0, m, v, total, r, d)
        z = quotient(m, self._root(v))
        return -z, new

    def metric(self, s):
        return divisor(self._root(s.v))

    def _root(self, v):
        root = np.sqrt(v)
        return root + self.eps

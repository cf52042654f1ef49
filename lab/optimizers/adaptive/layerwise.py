"""Methods with one norm per tensor: LAMB, LARS, NovoGrad. A vector problem is one tensor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, block_norm, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.adaptive.adam import Moments
from lab.optimizers.protocol import COORDINATEWISE, EUCLIDEAN, debias, decayed, ema, quotient, rooted


class Velocity(NamedTuple):
    b: Params


def trust_ratio(theta: Params, length: Params, coefficient: Scalar = 1.0, eps: Scalar = 0.0) -> Params:
    """coefficient |theta| / (length + eps) per tensor, and 1 where |theta| or length is 0."""
    size = block_norm(theta)
    ratio = coefficient * quotient(size, length + eps)
    return each(lambda size, length, ratio: np.where((size > 0) & (length > 0), ratio, 1.0), size, length, ratio)


@dataclass(frozen=True)
class LAMB:
    """u = m_hat / (sqrt(v_hat) + eps) + weight_decay theta;  delta = -lr |theta| / |u| u, per tensor      (You et al. 2020)

    m, v as in Adam. The paper puts a function of |theta| there, libraries the identity; where a norm is 0 the ratio is 1, by convention.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-6
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ("m",)
    scope = "tensor"
    units = {"eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1, 0)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        adam = quotient(debias(m, self.beta1, t), rooted(debias(v, self.beta2, t), self.eps_root) + self.eps)
        u = decayed(adam, self.weight_decay, theta)
        return -self.lr * trust_ratio(theta, block_norm(u)) * u, Moments(t, m, v)


@dataclass(frozen=True)
class LARS:
    """u = g + weight_decay theta;  b = momentum b + lr trust_coefficient |theta| / (|u| + eps) u;  delta = -b      (You et al. 2017)

    Per tensor; where |theta| or |u| is 0 the factor is lr alone, by convention. The paper divides by |g| + weight_decay |theta|, libraries
    by |u|: norm_of_sum. lr is inside the buffer. nesterov: momentum b is added to the last term of b instead of b itself.
    """

    lr: Scalar
    momentum: Scalar = 0.9
    trust_coefficient: Scalar = 1e-3
    eps: Scalar = 0.0
    weight_decay: Scalar = 0.0
    norm_of_sum: bool = True
    nesterov: bool = False

    needs = frozenset({"grad"})
    vectors = ("b",)
    scope = "tensor"
    units = {"eps": (-1, 1), "weight_decay": (-2, 1)}
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction, trust_coefficient=positive, eps=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return Velocity(zeros_like(theta))

    def step(self, s, oracle, theta):
        u = decayed(oracle.grad, self.weight_decay, theta)
        length = block_norm(u) if self.norm_of_sum else block_norm(oracle.grad) + self.weight_decay * block_norm(theta)
        step = self.lr * trust_ratio(theta, length, self.trust_coefficient, self.eps) * u
        b = self.momentum * s.b + step
        return -(step + self.momentum * b if self.nesterov else b), Velocity(b)


@dataclass(frozen=True)
class NovoGrad:
    """v = ema(|g|^2);  m = beta1 m + g / (sqrt(v) + eps) + weight_decay theta;  delta = -lr m      (Ginsburg et al. 2019)

    |g| and v are one number per tensor. v starts at the first |g|^2. m is a sum, not an average: steps are up to lr / (1 - beta1) long.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.25
    eps: Scalar = 1e-6
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ("m",)
    scope = "tensor"
    units = {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": (-1, 0)}
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, eps_root=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), block_norm(zeros_like(theta)))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        square = block_norm(g) ** 2
        v = ema(s.v, square, self.beta2) if s.t else square
        u = decayed(quotient(g, rooted(v, self.eps_root) + self.eps), self.weight_decay, theta)
        m = self.beta1 * s.m + u
        return -self.lr * m, Moments(t, m, v)

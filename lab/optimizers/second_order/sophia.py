"""Diagonal second-order methods with stochastic curvature: Sophia (Hutchinson and Gauss-Newton-Bartlett) and AdaHessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, root_power
from lab.optimizers.protocol import ema, quotient


class Curved(NamedTuple):
    t: int
    m: Params
    h: Params


def hutchinson(oracle) -> Params:
    """u * (H u), u Rademacher: expectation diag(H), variance sum_{j != i} H_ij^2. Exact from one draw when H is diagonal."""
    u = oracle.probe()
    return u * oracle.hessian.times(u)


@dataclass(frozen=True)
class SophiaH:
    """m = ema(g);  h = ema(u * H u) every k steps;  delta = -lr (clip(m / max(gamma h, eps), 1) + weight_decay theta)   (Liu et al. 2023)

    u Rademacher (Hutchinson); k is the field `every`; h is refreshed at the first step and every k-th after it. With h <= 0 in a
    coordinate the step there is that of sign descent with momentum. Published versions disagree:

    debias         False (paper): m as it is;  True (optax): m / (1 - beta1^t)
    refresh_after  False (paper): the new h is used at once;  True (optax): only from the next step on, so the first step is sign descent
    clip           1 (paper); None (optax allows it): no clipping
    eps_added      False (paper): max(gamma h, eps);  True (authors' code): gamma h + eps

    Degree 0 under rescaling of the loss, up to eps. Without clipping, with beta1 = beta2 = 0, gamma = 1, this is Newton on a diagonal
    quadratic.
    """

    lr: Scalar
    beta1: Scalar = 0.96
    beta2: Scalar = 0.99
    gamma: Scalar = 0.01
    eps: Scalar = 1e-12
    weight_decay: Scalar = 0.2
    every: int = 10
    clip: float | None = 1.0
    debias: bool = False
    refresh_after: bool = False
    eps_added: bool = False

    needs = frozenset({"grad", "hessian", "probe"})
    vectors = ("m",)
    units = {"lr": (1, 0), "gamma": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0)}

    invariances = frozenset({"scale", "diagonal"})

    def __post_init__(self):
        _check(self)

    def init(self, theta):
        return Curved(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        return _sophia(self, s, oracle, theta, hutchinson)


@dataclass(frozen=True)
class SophiaG:
    """The update of SophiaH with the Gauss-Newton-Bartlett estimate h = ema(B g_hat^2)      (Liu et al. 2023)

    g_hat is the gradient of the mean loss over B examples whose labels are drawn from the model. For independent examples
    E[B g_hat^2] is the diagonal of the Gauss-Newton matrix. B is the field `batch`: it must be the number of examples behind g_hat,
    which an oracle does not tell. The authors' code multiplies by B at use, not in the average: the same while B is constant. A wrong
    B rescales gamma silently. Their defaults: gamma (rho) 0.04, beta1 0.965, weight decay 0.1, eps 1e-15 added.

    B g_hat^2 is quadratic in the scale of the loss, so the unclipped step is not scale invariant. Other fields as in SophiaH.
    """

    lr: Scalar
    beta1: Scalar = 0.96
    beta2: Scalar = 0.99
    gamma: Scalar = 0.05
    eps: Scalar = 1e-12
    weight_decay: Scalar = 0.2
    batch: Scalar = 1.0
    every: int = 10
    clip: float | None = 1.0
    debias: bool = False
    refresh_after: bool = False
    eps_added: bool = False

    needs = frozenset({"grad", "curvature"})
    vectors = ("m",)
    units = {"lr": (1, 0), "gamma": (1, -1), "eps": (-1, 1), "weight_decay": (-1, 0)}

    invariances = frozenset({"permutation", "sign"})

    def __post_init__(self):
        _check(self)
        fields(self, batch=positive)

    def init(self, theta):
        return Curved(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        return _sophia(self, s, oracle, theta, lambda oracle: self.batch * oracle.curvature("sampled").mean() ** 2)


def _check(sophia):
    fields(sophia, lr=positive, beta1=fraction, beta2=fraction, gamma=positive, eps=positive, weight_decay=nonnegative)
    count(f"{type(sophia).__name__}.every", sophia.every)
    if sophia.clip is not None:
        fields(sophia, clip=positive)


def _sophia(self, s, oracle, theta, estimate):
    t = s.t + 1
    m = ema(s.m, oracle.grad, self.beta1)
    h = ema(s.h, estimate(oracle), self.beta2) if s.t % self.every == 0 else s.h
    curved = self.gamma * (s.h if self.refresh_after else h)
    m_hat = m / (1 - self.beta1**t) if self.debias else m
    z = m_hat / (curved + self.eps if self.eps_added else np.maximum(curved, self.eps))
    if self.clip is not None:
        z = each(lambda x: np.clip(x, -self.clip, self.clip), z)
    return -self.lr * (z + self.weight_decay * theta), Curved(t, m, h)


@dataclass(frozen=True)
class AdaHessian:
    """D = |H u|;  m = ema(g);  v = ema(D^2);  delta = -lr (m_hat / (v_hat^(-power / 2) + eps) + weight_decay theta)   (Yao et al. 2021)

    u Rademacher. power = -1 is the paper's method (its "Hessian power" k is -power); power = 0 divides by 1 + eps. The code takes
    |H u| where the paper writes u * H u: the same after squaring, except for blocks of order 4 (convolution kernels), where D is
    averaged over the last two axes: the average of absolute values exceeds that of signed ones. `average_kernels` switches it off.
    With D = |g| this is AdamW. With beta1 = beta2 = eps = 0 and lr = 1 it is Newton on a diagonal quadratic. 0/0 is 0.
    """

    lr: Scalar = 0.15
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-4
    power: Scalar = -1.0
    weight_decay: Scalar = 0.0
    average_kernels: bool = True

    needs = frozenset({"grad", "hessian", "probe"})
    vectors = ("m",)

    invariances: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, power=root_power, weight_decay=nonnegative)

    @property
    def units(self):
        k = -self.power
        return {"lr": (2 - 2 * k, k - 1), "eps": (-2 * k, k), "weight_decay": (2 * k - 2, 1 - k)}

    def init(self, theta):
        return Curved(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        d = np.abs(oracle.hessian.times(oracle.probe()))
        d = each_tensor(_kernel_mean, d) if self.average_kernels else d
        t = s.t + 1
        m = ema(s.m, oracle.grad, self.beta1)
        v = ema(s.h, d**2, self.beta2)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        newton = quotient(m_hat, np.sqrt(v_hat) ** (-self.power) + self.eps)
        return -self.lr * (newton + self.weight_decay * theta), Curved(t, m, v)


def _kernel_mean(k, x):
    return np.broadcast_to(x.mean((-2, -1), keepdims=True), x.shape) if k == 4 else x

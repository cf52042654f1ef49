"""Diagonal methods that scale by the history of squared gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.protocol import Stateless, ema, quotient


class Accumulator(NamedTuple):
    v: Params


class Moments(NamedTuple):
    t: int
    m: Params
    v: Params


@dataclass(frozen=True)
class AdaGrad:
    """v = v + g^2;  delta = -lr g / (sqrt(v) + eps)      (Duchi, Hazan & Singer 2011, diagonal)

    0/0 is 0 when eps = 0. The effective step of every coordinate is non-increasing.
    """

    lr: Scalar
    eps: Scalar = 1e-10

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (1, 0), "eps": (-1, 1)}

    def __post_init__(self):
        fields(self, lr=positive, eps=nonnegative)

    def init(self, theta):
        return Accumulator(zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        v = s.v + g**2
        return -self.lr * quotient(g, np.sqrt(v) + self.eps), Accumulator(v)


@dataclass(frozen=True)
class RMSProp:
    """v = ema(g^2);  delta = -lr g / (sqrt(v) + eps)      (Tieleman & Hinton 2012)

    No bias correction: the first step is lr / sqrt(1 - beta) times sign(g). 0/0 is 0 when eps = 0.
    """

    lr: Scalar
    beta: Scalar = 0.9
    eps: Scalar = 1e-8

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (1, 0), "eps": (-1, 1)}

    def __post_init__(self):
        fields(self, lr=positive, beta=fraction, eps=nonnegative)

    def init(self, theta):
        return Accumulator(zeros_like(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        v = ema(s.v, g**2, self.beta)
        return -self.lr * quotient(g, np.sqrt(v) + self.eps), Accumulator(v)


@dataclass(frozen=True)
class Adam:
    """m = ema(g);  v = ema(g^2);  delta = -lr m_hat / (sqrt(v_hat) + eps)      (Kingma & Ba 2015, Alg. 1)

    m_hat = m / (1 - beta1^t), v_hat = v / (1 - beta2^t). With beta1 = beta2 = eps = 0 this is sign descent. 0/0 is 0 when eps = 0.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1)}

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        return -self.lr * quotient(m_hat, np.sqrt(v_hat) + self.eps), Moments(t, m, v)


@dataclass(frozen=True)
class AdamW:
    """m, v as in Adam;  delta = -lr (m_hat / (sqrt(v_hat) + eps) + weight_decay theta)      (Loshchilov & Hutter 2019)

    Decay decoupled from the gradient and multiplied by lr, as libraries do; the paper multiplies it by the schedule only.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    weight_decay: Scalar = 0.01

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {"lr": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0)}

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, weight_decay=nonnegative)

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad, s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        adam = quotient(m_hat, np.sqrt(v_hat) + self.eps)
        return -self.lr * (adam + self.weight_decay * theta), Moments(t, m, v)


@dataclass(frozen=True)
class IdealisedAdam:
    """delta = -lr g / (sqrt(v) + eps),  v = diag(E[g_B g_B^T])      (Adam with beta1 = 0 and the expected squared gradient for v)

    What the average over past squared gradients stands for: no memory, no estimation error (the setting of Liu et al. 2025).
    On the full batch v = grad^2 and this is sign descent; on Gaussian regression v_i lies between tau Sigma_ii / B and K times that, so
    the method is GN^-1/2 up to sqrt(K), K = 1 + (B + 1) r. Runs on objectives with a second_moment. 0/0 is 0 when eps = 0.
    """

    lr: Scalar
    eps: Scalar = 0.0

    needs = frozenset({"grad", "second_moment"})
    vectors = ()
    units = {"lr": (1, 0), "eps": (-1, 1)}

    def __post_init__(self):
        fields(self, lr=positive, eps=nonnegative)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        v = oracle.second_moment.diag()
        return -self.lr * quotient(oracle.grad, np.sqrt(v) + self.eps), s

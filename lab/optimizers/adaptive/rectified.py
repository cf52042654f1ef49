"""Adam's relatives that wait until their second moment can be trusted, or measure the surprise in the gradient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive, real
from lab.optimizers.adaptive.adam import Moments, scaled_eps
from lab.optimizers.protocol import COORDINATEWISE, debias, decayed, ema, quotient, rooted


def rectification(beta2: Scalar, t: int, threshold: float) -> Params:
    """r_t = sqrt((rho_t - 4)(rho_t - 2) rho / ((rho - 4)(rho - 2) rho_t)) where rho_t >= threshold, else 0.

    rho = 2 / (1 - beta2) - 1, rho_t = rho - 2 t beta2^t / (1 - beta2^t) < rho: how many gradients v averages.
    """

    def factor(beta2):
        rho = 2 / (1 - beta2) - 1
        rho_t = rho - 2 * t * beta2**t / (1 - beta2**t)
        known = rho_t >= threshold
        rho, rho_t = np.where(known, rho, 6.0), np.where(known, rho_t, 5.0)
        return np.where(known, np.sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t)), 0.0)

    return each(factor, beta2)


@dataclass(frozen=True)
class RAdam:
    """delta = -lr r_t m_hat / (sqrt(v_hat) + eps) once rho_t >= threshold, else -lr unrectified m_hat      (Liu et al. 2020)

    m, v as in Adam, r_t and rho_t as in `rectification`. `unrectified` is the number 1 of the published method with its unit,
    theta / gradient: at first RAdam is SGD with momentum, and not scale invariant; 0 waits instead, the switch
    degenerated_to_sgd = False of the authors' code. The paper's threshold is 4; libraries use 5, one as rho_t > 5, one as >= 5.
    eps_hat: eps is added to sqrt(v), before the debiasing. weight_decay is coupled unless `decoupled`.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    weight_decay: Scalar = 0.0
    unrectified: Scalar = 1.0
    threshold: float = 5.0
    eps_hat: bool = False
    decoupled: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "weight_decay", "unrectified"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)
        if real("RAdam.threshold", self.threshold, 0) < 4:
            raise ValueError(f"RAdam.threshold = {self.threshold:g}: must be >= 4, below which the variance is infinite")

    @property
    def units(self):
        decay = (-1, 0) if self.decoupled else (-2, 1)
        return {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": decay, "unrectified": (1, -1)}

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad if self.decoupled else decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)
        m_hat, v_hat = debias(m, self.beta1, t), debias(v, self.beta2, t)
        eps = scaled_eps(self.eps, self.beta2, t) if self.eps_hat else self.eps
        r = rectification(self.beta2, t, self.threshold)
        adam = r * quotient(m_hat, rooted(v_hat, self.eps_root) + eps)
        u = each(np.where, r, adam, self.unrectified * m_hat)
        return -self.lr * (decayed(u, self.weight_decay, theta) if self.decoupled else u), Moments(t, m, v)


@dataclass(frozen=True)
class AdaBelief:
    """m = ema(g);  v = ema((g - m)^2) + eps_root;  delta = -lr m_hat / (sqrt(v_hat) + eps)      (Zhuang et al. 2020)

    m is updated before the residual g - m, so that the first step is lr / beta1 sign(g). eps_root is added inside the recursion at every
    step and accumulates to eps_root / (1 - beta2); the authors use one number for eps and eps_root.
    On a constant gradient the residual dies out, v falls to that floor, and the step grows without a useful bound: with the default
    1e-16, lr = 1e-3 and g = 1 the parameter has moved by 92 after 3000 steps, where Adam has moved by 3. beta1 = 0 is such a case from
    the start (the residual is 0) and is refused.
    rectify: the factor and the plain steps of RAdam (threshold 5; eps is then added to sqrt(v), before the debiasing). It is the default of
    the authors' code, not of the paper. weight_decay is decoupled by default, as theirs.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-16
    eps_root: Scalar = 1e-16
    weight_decay: Scalar = 0.0
    unrectified: Scalar = 1.0
    rectify: bool = False
    decoupled: bool = True

    needs = frozenset({"grad"})
    vectors = ("m",)
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "weight_decay", "unrectified"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)
        if np.any(np.asarray(self.beta1) == 0):
            raise ValueError("AdaBelief.beta1 = 0: must be > 0, because g - m is 0 otherwise")

    @property
    def units(self):
        decay = (-1, 0) if self.decoupled else (-2, 1)
        return {"lr": (1, 0), "eps": (-1, 1), "eps_root": (-2, 2), "weight_decay": decay, "unrectified": (1, -1)}

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        g, t = oracle.grad if self.decoupled else decayed(oracle.grad, self.weight_decay, theta), s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, (g - m) ** 2, self.beta2) + self.eps_root
        m_hat, v_hat = debias(m, self.beta1, t), debias(v, self.beta2, t)
        if self.rectify:
            r = rectification(self.beta2, t, 5.0)
            adaptive = r * quotient(m_hat, np.sqrt(v_hat) + scaled_eps(self.eps, self.beta2, t))
            u = each(np.where, r, adaptive, self.unrectified * m_hat)
        else:
            u = quotient(m_hat, np.sqrt(v_hat) + self.eps)
        return -self.lr * (decayed(u, self.weight_decay, theta) if self.decoupled else u), Moments(t, m, v)

"""Adam's relatives that wait until their second moment can be trusted, or measure the surprise in
the gradient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.linalg import ratio
from lab.optimizers.pieces import Moments, debias, divisor, ema, quotient, rooted, scaled_eps
from lab.optimizers.protocol import COORDINATEWISE


def rectification(
    beta2: Scalar,
    t: int,
    threshold: float,
) -> Params:
    """r_t = sqrt((rho_t - 4)(rho_t - 2) rho / ((rho - 4)(rho - 2) rho_t)) where rho_t >= threshold,
    else 0.

    rho = 2 / (1 - beta2) - 1, rho_t = rho - 2 t beta2^t / (1 - beta2^t) < rho: how many gradients v
    averages. t >= 1; beta2 a number or one per run, shaped to multiply theta. r_t rises to 1 within
    some multiples of 1 / (1 - beta2) steps. It stays 0 for ever when rho < threshold: beta2 <= 2/3
    for the threshold 5.

    r_t^2 is a ratio of variances. For Gaussian g with mean 0 and variance 1, 1 / v_hat is near
    rho_t over a chi-squared of rho_t degrees of freedom, and the variance of 1 / sqrt(v_hat) near
    rho_t / (2 (rho_t - 2) (rho_t - 4)), infinite for rho_t <= 4; r_t brings it down to that of
    t = inf. With beta2 = 0.999 the first r_t > 0 is r_6 = 0.026, r_5 = 0.017 with the threshold 4;
    r_1000 = 0.65.
    """

    def factor(beta2):
        # the window of a plain mean with the same centre of mass as the average
        forgotten = 1 - beta2
        rho = 2 / forgotten - 1
        power = beta2**t
        rho_t = rho - 2 * t * power / (1 - power)
        # rho_t < rho, which rounding can't tell after many steps
        known = (rho_t >= threshold) & (rho > threshold)
        # any values above 4 do where the factor is not used: no root of a negative number
        rho = np.where(known, rho, 6.0)
        rho_t = np.where(known, rho_t, 5.0)

        now = (rho_t - 4) * (rho_t - 2) * rho
        in_the_end = (rho - 4) * (rho - 2) * rho_t
        root = np.sqrt(now / in_the_end)
        return np.where(known, root, 0.0)

    return each(factor, beta2)


def _rectified(d, r, unrectified):
    """What divides m_hat: d / r once r > 0, 1 / unrectified before."""
    # unrectified = 0: divided by infinity, the coordinate waits
    plain = ratio(1.0, unrectified, np.inf)
    return ratio(d, r, plain)


@dataclass(frozen=True)
class RAdam:
    """delta = -lr r_t m_hat / (sqrt(v_hat) + eps) once rho_t >= threshold, else -lr unrectified
    m_hat

    (Liu et al. 2020.) m, v as in Adam, r_t and rho_t as in `rectification`. `unrectified` is the
    number 1 of the published method with its unit, theta / gradient: at first RAdam is SGD with
    momentum, and not scale invariant; 0 waits instead, the switch degenerated_to_sgd = False of the
    authors' code. The paper's threshold is 4; libraries use 5, one as rho_t > 5, one as >= 5. They
    also disagree on eps_place. With r_t = 1 this is Adam.

    State: t, m and v, like theta. ValueError for a threshold below 4.

    On a constant gradient the last plain step is lr |g| long and the next one lr r_6 = 0.026 lr (by
    default): a jump unless |g| is that small. RAdam(1e-3, unrectified=0.0) waits five steps
    instead.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    eps_root: Scalar = 0.0
    unrectified: Scalar = 1.0
    threshold: float = 5.0
    eps_place: Literal["outside", "hat"] = "outside"

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {
        "lr": (1, 0),
        "eps": (-1, 1),
        "eps_root": (-2, 2),
        "unrectified": (1, -1),
    }
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "unrectified"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)
        if self.threshold < 4:
            told = f"RAdam.threshold = {self.threshold:g}: must be >= 4, below which "
            told += "the variance is infinite"
            raise ValueError(told)

    def init(self, theta):
        zero = zeros_like(theta)
        return Moments(0, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)

        m_hat = debias(m, self.beta1, t)
        # a number, or one per run: runs of a sweep over beta2 switch at different steps
        r = rectification(self.beta2, t, self.threshold)
        adam = r * quotient(m_hat, self._denominator(v, t))
        u = each(np.where, r, adam, self.unrectified * m_hat)
        return -self.lr * u, Moments(t, m, v)

    def metric(self, s):
        d = self._denominator(s.v, s.t)
        r = rectification(self.beta2, s.t, self.threshold)
        return divisor(each(_rectified, d, r, self.unrectified))

    def _denominator(self, v, t):
        eps = self.eps
        if self.eps_place == "hat":
            eps = scaled_eps(eps, self.beta2, t)
        v_hat = debias(v, self.beta2, t)
        return rooted(v_hat, self.eps_root) + eps


@dataclass(frozen=True)
class AdaBelief:
    """m = ema(g);  v = ema((g - m)^2) + eps_root;  delta = -lr m_hat / (sqrt(v_hat) + eps)

    (Zhuang et al. 2020.) m is updated before the residual g - m, so that the first step is lr /
    beta1 sign(g). eps_root is added inside the recursion at every step and accumulates to eps_root
    / (1 - beta2); the authors use one number for eps and eps_root. On a constant gradient the
    residual dies out, v falls to that floor, and the step grows without a useful bound: with the
    default 1e-16, lr = 1e-3 and g = 1 the parameter has moved by 92 after 3000 steps, where Adam
    has moved by 3. beta1 = 0 is such a case from the start (the residual is 0) and is refused.
    rectify: the factor and the plain steps of RAdam (threshold 5, eps in its place "hat"). It is
    the default of the authors' code, not of the paper.

    State: t, m and v, like theta. ValueError for beta1 = 0.

    v is the variance of the gradient around its average: on the full batch, close to a minimum, it
    is small beside g^2, and steps are longer than Adam's. With m = 0 in its place v would be
    Adam's.

    g - m = beta1 (g - m_prev): the residual is the surprise in g before m has seen it, times beta1.
    At the first step it is beta1 g, hence the 1 / beta1. 0/0 is 0 with eps = eps_root = 0.
    """

    lr: Scalar
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-16
    eps_root: Scalar = 1e-16
    unrectified: Scalar = 1.0
    rectify: bool = False

    needs = frozenset({"grad"})
    vectors = ("m",)
    units = {
        "lr": (1, 0),
        "eps": (-1, 1),
        "eps_root": (-2, 2),
        "unrectified": (1, -1),
    }
    invariances = COORDINATEWISE

    def __post_init__(self):
        rules = dict.fromkeys(("eps", "eps_root", "unrectified"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)
        beta1 = np.asarray(self.beta1)
        if np.any(beta1 == 0):
            raise ValueError("AdaBelief.beta1 = 0: must be > 0, because g - m is 0 otherwise")

    def init(self, theta):
        zero = zeros_like(theta)
        return Moments(0, zero, zero)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        surprise = g - m
        v = ema(s.v, surprise**2, self.beta2) + self.eps_root

        # v_hat divides a sum of eps_root by 1 - beta2^t as well: at t = 1 by 1 - beta2
        m_hat = debias(m, self.beta1, t)
        u = quotient(m_hat, self._denominator(v, t))
        if self.rectify:
            # 5 is the authors' threshold for AdaBelief, not a choice
            r = rectification(self.beta2, t, 5.0)
            u = each(np.where, r, r * u, self.unrectified * m_hat)
        return -self.lr * u, Moments(t, m, v)

    def metric(self, s):
        d = self._denominator(s.v, s.t)
        if self.rectify:
            r = rectification(self.beta2, s.t, 5.0)
            d = each(_rectified, d, r, self.unrectified)
        return divisor(d)

    def _denominator(self, v, t):
        eps = self.eps
        if self.rectify:
            eps = scaled_eps(eps, self.beta2, t)
        v_hat = debias(v, self.beta2, t)
        return np.sqrt(v_hat) + eps

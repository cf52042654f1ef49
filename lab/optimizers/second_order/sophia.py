"""Diagonal second-order methods with stochastic curvature: Sophia (Hutchinson and
Gauss-Newton-Bartlett) and AdaHessian."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, root_power
from lab.optimizers.pieces import Moments, debias, divisor, ema, quotient


class SophiaState(NamedTuple):
    """d: what divided m in the last step, before clipping."""

    t: int
    m: Params
    h: Params
    d: Params


def hutchinson(oracle) -> Params:
    """u * (H u), u Rademacher: expectation diag(H), variance sum_{j != i} H_ij^2.

    Exact from one draw when H is diagonal.

    Costs one product with H. Its average over steps is what is used: one draw by itself has a
    standard deviation of the size of the off-diagonal row norm.
    """
    u = oracle.probe()
    # u_i^2 = 1: the diagonal comes without noise, off-diagonal terms with random signs
    return u * oracle.hessian.times(u)


@dataclass(frozen=True)
class SophiaH:
    """m = ema(g);  h = ema(u * H u) every k steps;  delta = -lr clip(m / max(gamma h, eps), 1)

    and -lr weight_decay theta besides. (Liu et al. 2023.) u Rademacher (Hutchinson); k is the field
    `every`; h is refreshed at the first step and every k-th after it. With h <= 0 in a coordinate
    the step there is that of sign descent with momentum. Published versions disagree:

    debias         False (paper): m as it is;  True (optax): m / (1 - beta1^t)
    refresh_after  False (paper): the new h is used at once; True (optax): only from the next step
                   on, so the first step is sign descent
    clip           1 (paper); None (optax allows it): no clipping
    eps_place      "max" (paper): max(gamma h, eps);  "outside" (authors' code): gamma h + eps

    Degree 0 under rescaling of the loss, up to eps. Without clipping, with beta1 = beta2 = 0, gamma
    = 1, this is Newton on a diagonal quadratic. State: t, m, h and the last divisor, like theta.
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
    eps_place: Literal["max", "outside"] = "max"

    needs = frozenset({"grad", "hessian.times", "probe"})
    vectors = ("m",)
    units = {"lr": (1, 0), "gamma": (1, 0), "eps": (-1, 1), "weight_decay": (-1, 0)}
    invariances = frozenset({"scale", "diagonal"})

    def __post_init__(self):
        _check(self)

    def init(self, theta):
        return SophiaState(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        return _sophia(self, s, oracle, theta, estimate=hutchinson)

    def metric(self, s):
        return _metric(self, s)


@dataclass(frozen=True)
class SophiaG:
    """The update of SophiaH with the Gauss-Newton-Bartlett estimate h = ema(B g_hat^2)

    (Liu et al. 2023.) g_hat is the gradient of the mean loss over B examples whose labels are drawn
    from the model. For independent examples E[B g_hat^2] is the diagonal of the Gauss-Newton
    matrix. B is the field `batch`: it must be the number of examples behind g_hat, which an
    oracle does not tell. The authors' code multiplies by B at use, not in the average: the same
    while B is constant. A wrong B rescales gamma silently. Their defaults: gamma (rho) 0.04, beta1
    0.965, weight decay 0.1, eps 1e-15 in its place "outside".

    B g_hat^2 is quadratic in the scale of the loss, so the unclipped step is not scale invariant.
    Other fields and the state as in SophiaH.
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
    eps_place: Literal["max", "outside"] = "max"

    needs = frozenset({"grad", "curvature.mean"})
    vectors = ("m",)
    units = {"lr": (1, 0), "gamma": (1, -1), "eps": (-1, 1), "weight_decay": (-1, 0)}
    invariances = frozenset({"permutation", "sign"})

    def __post_init__(self):
        _check(self)
        positive("SophiaG.batch", self.batch)

    def init(self, theta):
        return SophiaState(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        return _sophia(self, s, oracle, theta, estimate=self._bartlett)

    def metric(self, s):
        return _metric(self, s)

    def _bartlett(self, oracle):
        """Non-negative, unlike Hutchinson's estimate."""
        # a mean of B independent scores with mean 0 has 1 / B of the second moment of one
        return self.batch * oracle.curvature("sampled").mean() ** 2


def _check(sophia):
    """ValueError, naming Class.field; `every` and `batch` are numbers of steps and of examples."""
    rules = dict.fromkeys(("lr", "gamma", "eps", "clip"), positive)
    rules |= {"weight_decay": nonnegative, "every": count}
    fields(sophia, beta1=fraction, beta2=fraction, **rules)


def _sophia(self, s, oracle, theta, *, estimate):
    """estimate(oracle): of the diagonal curvature, asked at every k-th step only."""
    t = s.t + 1
    m = ema(s.m, oracle.grad, self.beta1)
    # nothing is drawn at the other steps; h starts from 0 and is not debiased
    h = ema(s.h, estimate(oracle), self.beta2) if s.t % self.every == 0 else s.h

    # refresh_after: s.h is 0 at the first step, where everything is clipped to signs
    curved = self.gamma * (s.h if self.refresh_after else h)
    d = curved + self.eps if self.eps_place == "outside" else np.maximum(curved, self.eps)
    z = _numerator(self, m, t) / d
    if self.clip is not None:
        z = each(lambda x: np.clip(x, -self.clip, self.clip), z)
    return -self.lr * (z + self.weight_decay * theta), SophiaState(t, m, h, d)


def _numerator(self, m, t):
    """m, or the debiased m."""
    return debias(m, self.beta1, t) if self.debias else m


def _metric(self, s):
    """Where m / d is clipped, |m| / clip has divided m, with the sign of d."""
    if self.clip is None:
        return divisor(s.d)
    m = np.abs(_numerator(self, s.m, s.t)) / self.clip
    return divisor(np.sign(s.d) * np.maximum(np.abs(s.d), m))


@dataclass(frozen=True)
class AdaHessian:
    """D = |H u|;  m = ema(g);  v = ema(D^2);  delta = -lr (m_hat / (v_hat^(-power / 2) + eps) +
    weight_decay theta)

    (Yao et al. 2021.) u Rademacher. power = -1 is the paper's method (its "Hessian power" k is
    -power); power = 0 divides by 1 + eps. The code takes |H u| where the paper writes u * H u: the
    same after squaring, except for blocks of order 4 (convolution kernels), where D is averaged
    over the last two axes: the average of absolute values exceeds that of signed ones.
    `average_kernels` switches it off. With D = |g| this is AdamW. With beta1 = beta2 = eps = 0 and
    lr = 1 it is Newton on a diagonal quadratic. 0/0 is 0. State: t, m and v, like theta.

    Unlike Sophia it divides by the root of an average of squares, which is at least |average|:
    noise in D makes steps shorter. One product with H per step, a second gradient's worth of work.
    ValueError for power outside [-1, 0].
    """

    lr: Scalar = 0.15
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-4
    power: Scalar = -1.0
    weight_decay: Scalar = 0.0
    average_kernels: bool = True

    needs = frozenset({"grad", "hessian.times", "probe"})
    vectors = ("m",)

    invariances: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self):
        fields(
            self,
            lr=positive,
            beta1=fraction,
            beta2=fraction,
            eps=nonnegative,
            power=root_power,
            weight_decay=nonnegative,
        )

    @property
    def units(self):
        k = -self.power
        return {"lr": (2 - 2 * k, k - 1), "eps": (-2 * k, k), "weight_decay": (2 * k - 2, 1 - k)}

    def init(self, theta):
        return Moments(0, zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        # |u_i| = 1: the sign of u is lost in the square anyway
        d = np.abs(oracle.hessian.times(oracle.probe()))
        if self.average_kernels:
            d = each_tensor(_kernel_mean, d)
        t = s.t + 1
        m = ema(s.m, oracle.grad, self.beta1)
        v = ema(s.v, d**2, self.beta2)

        newton = quotient(debias(m, self.beta1, t), self._denominator(v, t))
        return -self.lr * (newton + self.weight_decay * theta), Moments(t, m, v)

    def metric(self, s):
        return divisor(self._denominator(s.v, s.t))

    def _denominator(self, v, t):
        # 0^0 = 1 for power 0
        return np.sqrt(debias(v, self.beta2, t)) ** (-self.power) + self.eps


def _kernel_mean(k, x):
    """Over the last two axes of a block of order 4; others are left alone."""
    if k != 4:
        return x
    return np.broadcast_to(x.mean((-2, -1), keepdims=True), x.shape)

"""Methods with one norm per tensor: LAMB, LARS, NovoGrad. A vector problem is one tensor.

The ratio of norms of LAMB and LARS makes a step relative: theta moves by the share lr of its own
length, whatever the size of loss and layer. Such a method does not come to rest by itself: steps
stay lr |theta| long next to a minimum, until a schedule ends them. Where published code and papers
disagree on a norm it is a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from lab.arrays import Params, Scalar, block_norm, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.metrics import Identity
from lab.optimizers.pieces import (
    Moments,
    ScaledMoments,
    debias,
    decayed,
    divisor,
    ema,
    quotient,
    rooted,
    trust_ratio,
)
from lab.optimizers.protocol import COORDINATEWISE, EUCLIDEAN


class TrustedVelocity(NamedTuple):
    """A sum of steps, and the ratio that the newest of them had.

    b includes lr; ratio (one number per tensor) does not.
    """

    b: Params
    ratio: Params


@dataclass(frozen=True)
class LAMB:
    """u = m_hat / (sqrt(v_hat) + eps) + weight_decay theta;  delta = -lr |theta| / |u| u, per
    tensor

    (You et al. 2020.) m, v as in Adam. The paper puts a function of |theta| there, libraries the
    identity; where a norm is 0 the ratio is 1, by convention. |delta| = lr |theta| in every tensor,
    exactly. With ratio 1 this is AdamW. Decay enters |u|, so that a large weight_decay slows the
    gradient's part.

    State: t, m, v and what divided m_hat, like theta.

    A tensor multiplied by c, with its gradient by 1 / c (a layer before a normalisation), has its
    path multiplied by c, without decay and up to eps. LAMB(1e-2)
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
        rules = dict.fromkeys(("eps", "eps_root", "weight_decay"), nonnegative)
        fields(self, lr=positive, beta1=fraction, beta2=fraction, **rules)

    def init(self, theta):
        return ScaledMoments(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        g = oracle.grad
        t = s.t + 1
        m = ema(s.m, g, self.beta1)
        v = ema(s.v, g**2, self.beta2)

        # Adam's divisor, coordinate by coordinate; the norms come after it
        d = rooted(debias(v, self.beta2, t), self.eps_root) + self.eps
        adam = quotient(debias(m, self.beta1, t), d)
        u = decayed(adam, self.weight_decay, theta)
        # of u with its decay: with |adam| alone steps would not be lr |theta| long
        ratio = trust_ratio(theta, block_norm(u))
        return -self.lr * ratio * u, ScaledMoments(t, m, v, d / ratio)

    def metric(self, s):
        return divisor(s.d)


@dataclass(frozen=True)
class LARS:
    """u = g + weight_decay theta;  b = momentum b + lr trust_coefficient |theta| / (|u| + eps) u;
    delta = -b

    (You et al. 2017.) Per tensor; where |theta| or |u| is 0 the factor is lr alone, by convention.
    The paper divides by |g| + weight_decay |theta|, libraries by |u|: norm_of_sum. lr is inside the
    buffer. nesterov: momentum b is added to the last term of b instead of b itself. State: b, like
    theta, and the last ratio, one per tensor.

    Without momentum |delta| = lr trust_coefficient |theta|, up to eps: the size of the gradient
    cancels. Invariant under rotations of a tensor, unlike LAMB. With norm_of_sum = False a step is
    at most that long, since |u| <= |g| + weight_decay |theta|; the two agree without decay.
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
        rules = dict.fromkeys(("lr", "trust_coefficient"), positive)
        fields(self, momentum=fraction, eps=nonnegative, weight_decay=nonnegative, **rules)

    def init(self, theta):
        zero = zeros_like(theta)
        return TrustedVelocity(zero, block_norm(zero))

    def step(self, s, oracle, theta):
        g = oracle.grad
        u = decayed(g, self.weight_decay, theta)
        if self.norm_of_sum:
            length = block_norm(u)
        else:
            length = block_norm(g) + self.weight_decay * block_norm(theta)

        ratio = trust_ratio(theta, length, self.trust_coefficient, self.eps)
        # lr before the buffer: old steps keep the rate they were made with
        step = self.lr * ratio * u
        b = self.momentum * s.b + step
        return -(step + self.momentum * b if self.nesterov else b), TrustedVelocity(b, ratio)

    def metric(self, s):
        # ratio g without momentum: one number per tensor is all that divides
        return Identity(1 / s.ratio)


@dataclass(frozen=True)
class NovoGrad:
    """v = ema(|g|^2);  m = momentum m + g / (sqrt(v) + eps) + weight_decay theta;  delta = -lr m

    (Ginsburg et al. 2019.) |g| and v are one number per tensor. v starts at the first |g|^2. m is a
    sum, not an average, although the paper and libraries call its coefficient beta1: on a constant
    gradient steps grow from lr to lr / (1 - momentum). Gradients that grow make them longer, up to
    1 / sqrt(1 - beta2) times, because v >= (1 - beta2) |g|^2. State: t, m, like theta, and v, one
    per tensor.

    With momentum = 0, eps = 0 and one tensor this is normalised gradient descent with a memory for
    the norm. Memory: one number per tensor besides m.
    """

    lr: Scalar
    momentum: Scalar = 0.9
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
        rules = dict.fromkeys(("eps", "eps_root", "weight_decay"), nonnegative)
        fields(self, lr=positive, momentum=fraction, beta2=fraction, **rules)

    def init(self, theta):
        zero = zeros_like(theta)
        return Moments(0, zero, block_norm(zero))

    def step(self, s, oracle, theta):
        g = oracle.grad
        square = block_norm(g) ** 2
        # the first norm stands for all before it, so that there is nothing to debias
        v = ema(s.v, square, self.beta2) if s.t else square

        u = decayed(quotient(g, self._denominator(v)), self.weight_decay, theta)
        m = self.momentum * s.m + u
        return -self.lr * m, Moments(s.t + 1, m, v)

    def metric(self, s):
        return Identity(self._denominator(s.v))

    def _denominator(self, v):
        return rooted(v, self.eps_root) + self.eps

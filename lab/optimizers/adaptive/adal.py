"""AdaL: Adam on gradients that are first multiplied by their own size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.arrays import Scalar, each, each_tensor, norm, rowwise, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.optimizers.pieces import MaximumMoments, debias, divisor, ema, quotient
from lab.optimizers.protocol import COORDINATEWISE


@dataclass(frozen=True)
class AdaL:
    """h = |g|_1^exponent g;  m = ema(h);  v = ema(h^2);  delta = -lr_t (v_hat^(-1/2) + eps) m_hat

    lr_t = lr / sqrt(t). What is known of the paper (Zhang et al. 2021): its abstract, and one
    secondary source, the zij optimizer catalogue, that prints the update above with exponent 1. Not
    known: its hyper-parameter defaults (those here are Adam's), whether the norm is global or per
    tensor, its theorem, its experiments. Every doubtful point is therefore a field:

    factor      "l1": |g|_1 (R1, as printed); "coordinate": |g_i| (R3); "loss": f (R4, the control:
                h = grad of f^2 / 2); "none": 1, which makes this Adam, and AMSGrad with amsgrad =
                True
    eps_place   "literal": v_hat^(-1/2) + eps, as printed;  "outside": 1 / (sqrt(v_hat) + eps)
    schedule    "sqrt": lr / sqrt(t), as printed; "constant" (with eps_place "outside" the practical
                reading R2)
    norm_scope  "global": one norm of all parameters;  "tensor": one per block of Layers
    amsgrad     divide by the running maximum of v_hat (maximum taken after debiasing)
    exponent    the power of the factor, 1 in the source; |g_i|^(p - 1) g_i for "coordinate"

    0/0 is 0, also when v_hat underflows: v is quartic in g, so coordinates with |g|^(1 + exponent)
    below 1e-162 stand still, and above 1e154 v overflows and the normalised part of the step is 0.
    "loss" wants f >= 0 unless exponent is an integer. First step, eps = 0: -lr sign(g), whatever
    the size of g. With constant |g|_1 this is Adam. Limits, rates and what fails: claims adal/*.
    State: t, m, v and top, the largest v_hat, like theta.
    """

    lr: Scalar = 1e-3
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    exponent: Scalar = 1.0
    factor: Literal["l1", "coordinate", "loss", "none"] = "l1"
    eps_place: Literal["literal", "outside"] = "literal"
    schedule: Literal["sqrt", "constant"] = "sqrt"
    norm_scope: Literal["global", "tensor"] = "global"
    amsgrad: bool = False

    vectors = ("m",)

    def __post_init__(self):
        fields(
            self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, exponent=positive
        )

    @property
    def needs(self):
        return frozenset({"grad", "loss"}) if self.factor == "loss" else frozenset({"grad"})

    @property
    def scope(self):
        """ "tensor" when the factor differs between blocks, else "vector"."""
        return "tensor" if self.factor == "l1" and self.norm_scope == "tensor" else "vector"

    @property
    def invariances(self):
        """A norm mixes the coordinates, so rescaling one of them changes the others; |g_i|, and no
        factor, do not."""
        return (
            COORDINATEWISE
            if self.factor in ("coordinate", "none")
            else COORDINATEWISE - {"diagonal"}
        )

    @property
    def units(self):
        """sqrt(v) has the unit of h, factor times g, and the literal eps that of 1 / h.

        |g|^q has unit (loss / theta)^q, f^q has loss^q.
        """
        q = 0.0 if self.factor == "none" else self.exponent
        h = (0 if self.factor == "loss" else -q, q)
        sign = -1 if self.eps_place == "literal" else 1
        return {"lr": (1, 0), "eps": (sign * (h[0] - 1), sign * (h[1] + 1))}

    def init(self, theta):
        return MaximumMoments(0, *[zeros_like(theta)] * 3)

    def step(self, s, oracle, theta):
        h = self._size(oracle) * oracle.grad
        t = s.t + 1
        m = ema(s.m, h, self.beta1)
        v = ema(s.v, h**2, self.beta2)
        m_hat = debias(m, self.beta1, t)
        v_hat = debias(v, self.beta2, t)
        # kept whether or not it divides: the state has one shape for all readings
        top = each(np.maximum, s.top, v_hat)

        root = np.sqrt(top if self.amsgrad else v_hat)
        # as printed eps guards no division: it adds eps m_hat, a step of SGD, to Adam's
        if self.eps_place == "literal":
            z = quotient(m_hat, root) + self.eps * m_hat
        else:
            z = quotient(m_hat, root + self.eps)
        lr = self.lr / np.sqrt(t) if self.schedule == "sqrt" else self.lr
        return -lr * z, MaximumMoments(t, m, v, top)

    def metric(self, s):
        # after a step: t >= 1
        root = np.sqrt(s.top if self.amsgrad else debias(s.v, self.beta2, s.t))
        # 1 / (1 / root + eps), without the division by a root of 0
        if self.eps_place == "literal":
            d = root / (1 + self.eps * root)
        else:
            d = root + self.eps
        slowed = np.sqrt(s.t) if self.schedule == "sqrt" else 1.0
        return divisor(slowed * d)

    def _size(self, oracle):
        """The factor of this step, shaped to multiply g.

        A number per run (*r, 1), per tensor, or per coordinate.
        """
        g = oracle.grad
        if self.factor == "none":
            return 1.0
        if self.factor == "coordinate":
            return np.abs(g) ** self.exponent
        if self.factor == "l1" and self.norm_scope == "tensor":
            return each_tensor(_tensor_norm, g) ** self.exponent
        size = oracle.loss if self.factor == "loss" else norm(g, 1)
        return rowwise(size, g) ** self.exponent


def _tensor_norm(k, x):
    """|x|_1 of a block of order k, keeping its axes."""
    own = tuple(range(-k, 0))
    return np.abs(x).sum(axis=own, keepdims=True)

"""AdaL: Adam on gradients that are first multiplied by their own size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, norm, rowwise, zeros_like
from lab.checks import fields, fraction, nonnegative, one_of, positive
from lab.optimizers.protocol import COORDINATEWISE, ema, quotient

FACTORS = ("l1", "coordinate", "loss", "none")


class AdaLState(NamedTuple):
    t: int
    m: Params
    v: Params
    largest: Params


@dataclass(frozen=True)
class AdaL:
    """h = |g|_1^exponent g;  m = ema(h);  v = ema(h^2);  delta = -lr_t (v_hat^(-1/2) + eps) m_hat,  lr_t = lr / sqrt(t)

    What is known of the paper (Zhang et al. 2021): its abstract, and one secondary source, the zij optimizer catalogue, that prints the
    update above with exponent 1. Not known: its hyper-parameter defaults (those here are Adam's), whether the norm is global or per
    tensor, its theorem, its experiments. Every doubtful point is therefore a field:

    factor      "l1": |g|_1 (R1, as printed);  "coordinate": |g_i| (R3);  "loss": f (R4, the control: h = grad of f^2 / 2);
                "none": 1, which makes this Adam, and AMSGrad with amsgrad = True
    eps_mode    "literal": v_hat^(-1/2) + eps, as printed;  "adam": 1 / (sqrt(v_hat) + eps)
    schedule    "sqrt": lr / sqrt(t), as printed;  "constant" (with eps_mode "adam" the practical reading R2)
    norm_scope  "global": one norm of all parameters;  "tensor": one per block of Layers
    amsgrad     divide by the running maximum of v_hat (maximum taken after debiasing)
    exponent    the power of the factor, 1 in the source; |g_i|^(p - 1) g_i for "coordinate"

    0/0 is 0, also when v_hat underflows: v is quartic in g, so coordinates with |g|^(1 + exponent) below 1e-162 stand still, and above
    1e154 v overflows and the normalised part of the step is 0. "loss" wants f >= 0 unless exponent is an integer.
    First step, eps = 0: -lr sign(g), whatever the size of g. With constant |g|_1 this is Adam. Limits, rates and what fails: claims adal/*.
    """

    lr: Scalar = 1e-3
    beta1: Scalar = 0.9
    beta2: Scalar = 0.999
    eps: Scalar = 1e-8
    exponent: Scalar = 1.0
    factor: str = "l1"
    eps_mode: str = "literal"
    schedule: str = "sqrt"
    norm_scope: str = "global"
    amsgrad: bool = False

    vectors = ("m",)

    def __post_init__(self):
        fields(self, lr=positive, beta1=fraction, beta2=fraction, eps=nonnegative, exponent=positive)
        one_of("AdaL.factor", self.factor, FACTORS)
        one_of("AdaL.eps_mode", self.eps_mode, ("literal", "adam"))
        one_of("AdaL.schedule", self.schedule, ("sqrt", "constant"))
        one_of("AdaL.norm_scope", self.norm_scope, ("global", "tensor"))

    @property
    def needs(self):
        return frozenset({"grad", "loss"}) if self.factor == "loss" else frozenset({"grad"})

    @property
    def scope(self):
        """ "tensor" when the factor differs between blocks, else "vector"."""
        return "tensor" if self.factor == "l1" and self.norm_scope == "tensor" else "vector"

    @property
    def invariances(self):
        """A norm mixes the coordinates, so rescaling one of them changes the others; |g_i|, and no factor, do not."""
        return COORDINATEWISE if self.factor in ("coordinate", "none") else COORDINATEWISE - {"diagonal"}

    @property
    def units(self):
        q = 0.0 if self.factor == "none" else self.exponent
        h = (0 if self.factor == "loss" else -q, q)
        sign = -1 if self.eps_mode == "literal" else 1
        return {"lr": (1, 0), "eps": (sign * (h[0] - 1), sign * (h[1] + 1))}

    def init(self, theta):
        return AdaLState(0, zeros_like(theta), zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        h, t = self._size(oracle) * oracle.grad, s.t + 1
        m = ema(s.m, h, self.beta1)
        v = ema(s.v, h**2, self.beta2)
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        largest = np.maximum(s.largest, v_hat)
        root = np.sqrt(largest if self.amsgrad else v_hat)
        if self.eps_mode == "literal":
            z = quotient(m_hat, root) + self.eps * m_hat
        else:
            z = quotient(m_hat, root + self.eps)
        lr = self.lr / np.sqrt(t) if self.schedule == "sqrt" else self.lr
        return -lr * z, AdaLState(t, m, v, largest)

    def _size(self, oracle):
        """The factor of this step, shaped to multiply g."""
        g = oracle.grad
        if self.factor == "none":
            return 1.0
        if self.factor == "coordinate":
            return np.abs(g) ** self.exponent
        if self.factor == "l1" and self.norm_scope == "tensor":
            return each_tensor(_tensor_norm, g) ** self.exponent
        return rowwise(oracle.loss if self.factor == "loss" else norm(g, 1), g) ** self.exponent


def _tensor_norm(k, x):
    return np.abs(x).sum(axis=tuple(range(-k, 0)), keepdims=True)

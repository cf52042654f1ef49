"""Adam with its averages replaced by what they estimate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import fields, nonnegative, positive
from lab.optimizers.pieces import divisor, quotient
from lab.optimizers.protocol import COORDINATEWISE


class Divided(NamedTuple):
    """What divided the last gradient."""

    d: Params


@dataclass(frozen=True)
class IdealisedAdam:
    """delta = -lr g / (sqrt(v) + eps),  v = diag(E[g_B g_B^T])

    (Adam with beta1 = 0 and the expected squared gradient for v.) What the average over past
    squared gradients stands for: no memory, no estimation error (the setting of Liu et al. 2025).
    On the full batch v = grad^2 and this is sign descent; on Gaussian regression v_i lies between
    tau Sigma_ii / B and K times that, so the method is GN^-1/2 up to sqrt(K), K = 1 + (B + 1) r.
    Runs on objectives with a second_moment. 0/0 is 0 when eps = 0. State: the divisor d.
    """

    lr: Scalar
    eps: Scalar = 0.0

    needs = frozenset({"grad", "second_moment.diag"})
    vectors = ()
    units = {"lr": (1, 0), "eps": (-1, 1)}
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, eps=nonnegative)

    def init(self, theta):
        return Divided(zeros_like(theta))

    def step(self, s, oracle, theta):
        # of the batch's mean gradient, noise included: E[g_B]^2 plus the variance over B
        v = oracle.second_moment.diag()
        d = np.sqrt(v) + self.eps
        return -self.lr * quotient(oracle.grad, d), Divided(d)

    def metric(self, s):
        return divisor(s.d)

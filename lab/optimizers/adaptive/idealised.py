"""Adam with its averages replaced by what they estimate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Scalar
from lab.checks import fields, nonnegative, positive
from lab.optimizers.protocol import COORDINATEWISE, Stateless, quotient


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
    invariances = COORDINATEWISE

    def __post_init__(self):
        fields(self, lr=positive, eps=nonnegative)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        v = oracle.second_moment.diag()
        return -self.lr * quotient(oracle.grad, np.sqrt(v) + self.eps), s

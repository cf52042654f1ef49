"""Sign methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Scalar
from lab.checks import fields, positive
from lab.optimizers.protocol import Stateless


@dataclass(frozen=True)
class SignSGD:
    """delta = -lr sign(g), sign(0) = 0      (Bernstein et al. 2018). Full batch: sign descent.

    It is Adam with beta1 = beta2 = eps = 0. With a constant lr it ends in a 2-cycle of amplitude lr; with lr halved at every
    step it contracts by 1/2 on every quadratic that is diagonal in its basis.
    """

    lr: Scalar

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (1, 0)}

    def __post_init__(self):
        fields(self, lr=positive)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        return -self.lr * np.sign(oracle.grad), s

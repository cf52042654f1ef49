"""AdaGrad with one rate for all coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, inner, rowwise, zeros_like
from lab.checks import fields, nonnegative, positive
from lab.metrics import Identity
from lab.optimizers.pieces import quotient
from lab.optimizers.protocol import EUCLIDEAN


class SquaredLength(NamedTuple):
    """v: the sum of |g|^2, in every entry."""

    v: Params


@dataclass(frozen=True)
class AdaGradNorm:
    """v = v + |g|^2;  delta = -lr g / sqrt(v)

    (Ward, Wu & Bottou 2019; Streeter & McMahan 2010.) v starts at initial_accumulator = b_0^2, |g|
    is the norm over all entries and blocks. For lr = 1 and f smooth it converges whatever b_0,
    without knowing the smoothness: 1 / t for the gradient on a full batch, 1 / sqrt(t) with noise.
    0 / 0 is 0. State: v, the same number in every entry of a theta. AdaGradNorm(1.0)

    Without b_0 the first step is lr long, no later one is longer, and the sum of |delta|^2 is at
    most lr^2 (1 + log(v_T / v_1)), because 1 - x <= -log x at x = v_{t-1} / v_t.
    """

    lr: Scalar = 1.0
    initial_accumulator: Scalar = 0.0

    needs = frozenset({"grad"})
    vectors = ()
    units = {"lr": (1, 0), "initial_accumulator": (-2, 2)}
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, initial_accumulator=nonnegative)

    def init(self, theta):
        return SquaredLength(zeros_like(theta) + self.initial_accumulator)

    def step(self, s, oracle, theta):
        g = oracle.grad
        # one number per run, shaped like theta: blocks of Layers share it
        square = rowwise(inner(g, g), g)
        v = s.v + square
        return -self.lr * quotient(g, np.sqrt(v)), SquaredLength(v)

    def metric(self, s):
        return Identity(each(np.sqrt, s.v))

"""Gauss-Newton methods: diagonal with any power, and full."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Scalar, each
from lab.checks import fields, nonnegative, one_of, positive, root_power
from lab.optimizers.protocol import INVARIANCES, Stateless
from lab.oracle import LABELS


@dataclass(frozen=True)
class DiagonalGN:
    """delta = -lr (h + damping)^power g,  h = diag(G)      GN^-1: power = -1;  GN^-1/2: power = -1/2;  power = 0: SGD

    G is the Gauss-Newton matrix, which for likelihoods is the Fisher matrix. `labels` chooses its estimate: "exact", "sampled" or
    "true" (see lab.oracle). Where h + damping = 0 a coordinate without gradient rests, and one with a gradient diverges, as the formula
    does (a saturated logit, whose curvature underflows). In the eigenbasis of a quadratic the effective condition number is
    kappa^(1 + power).
    """

    lr: Scalar
    power: Scalar = -1.0
    damping: Scalar = 0.0
    labels: str = "exact"

    needs = frozenset({"grad", "curvature"})
    vectors = ()

    def __post_init__(self):
        fields(self, lr=positive, power=root_power, damping=nonnegative)
        one_of("DiagonalGN.labels", self.labels, LABELS)

    @property
    def invariances(self):
        return frozenset({"permutation", "sign"} | ({"scale", "diagonal"} if np.all(np.asarray(self.power) == -1) else set()))

    @property
    def units(self):
        return {"lr": (2 + 2 * self.power, -1 - self.power), "damping": (-2, 1)}

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        h = oracle.curvature(self.labels).diag() + self.damping
        return -self.lr * each(_scaled, h, self.power, oracle.grad), s


def _scaled(h, power, g):
    """h^power g, with 0 for g = 0; infinite where h = 0, g != 0 and power < 0."""
    flat = np.where(np.equal(power, 0), 1.0, np.inf)
    scale = np.where(h > 0, np.where(h > 0, h, 1.0) ** power, flat)
    return np.multiply(scale, g, out=np.zeros(np.broadcast_shapes(scale.shape, g.shape)), where=g != 0)


@dataclass(frozen=True)
class GaussNewton:
    """delta = -lr (G + damping I)^-1 g, on the range of G + damping I      (Levenberg-Marquardt when damping > 0)"""

    lr: Scalar = 1.0
    damping: Scalar = 0.0
    labels: str = "exact"

    needs = frozenset({"grad", "curvature"})
    vectors = ()
    units = {"lr": (0, 0), "damping": (-2, 1)}
    invariances = frozenset(INVARIANCES)

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)
        one_of("GaussNewton.labels", self.labels, LABELS)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        return -self.lr * oracle.curvature(self.labels).solve(oracle.grad, self.damping), s


@dataclass(frozen=True)
class Newton:
    """delta = -lr (H + damping I)^-1 g, H the Hessian. Where H is indefinite the step goes to its saddle point, as Newton's does."""

    lr: Scalar = 1.0
    damping: Scalar = 0.0

    needs = frozenset({"grad", "hessian"})
    vectors = ()
    units = {"lr": (0, 0), "damping": (-2, 1)}
    invariances = frozenset(INVARIANCES)

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)

    def init(self, theta):
        return Stateless()

    def step(self, s, oracle, theta):
        return -self.lr * oracle.hessian.solve(oracle.grad, self.damping), s

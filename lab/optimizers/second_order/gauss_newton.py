"""Gauss-Newton methods: diagonal with any power, and full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, each, zeros_like
from lab.checks import fields, nonnegative, positive, root_power
from lab.curvature import Shifted
from lab.optimizers.pieces import divisor
from lab.optimizers.protocol import INVARIANCES

Labels = Literal["exact", "sampled", "true"]


class DampedDiagonal(NamedTuple):
    """h: diag(G) + damping at the last step."""

    h: Params


class Curved(NamedTuple):
    """The curvature at the last step, a Curvature, None before it."""

    g: Any


@dataclass(frozen=True)
class DiagonalGN:
    """delta = -lr (h + damping)^power g,  h = diag(G)

    GN^-1: power = -1;  GN^-1/2: power = -1/2;  power = 0: SGD. G is the Gauss-Newton matrix, which
    for likelihoods is the Fisher matrix. `labels` chooses its estimate: "exact", "sampled" or
    "true" (see lab.oracle). Where h + damping = 0 a coordinate without gradient rests, and one with
    a gradient diverges, as the formula does (a saturated logit, whose curvature underflows). In the
    eigenbasis of a quadratic the effective condition number is kappa^(1 + power). In other bases
    power = -1 is Jacobi's method, whose condition number may exceed kappa.

    State: h + damping of the last step.
    """

    lr: Scalar
    power: Scalar = -1.0
    damping: Scalar = 0.0
    labels: Labels = "exact"

    needs = frozenset({"grad", "curvature.diag"})
    vectors = ()

    def __post_init__(self):
        fields(self, lr=positive, power=root_power, damping=nonnegative)

    @property
    def invariances(self):
        # other powers keep a unit of loss, and see a rescaling of single coordinates
        newton = np.all(np.asarray(self.power) == -1)
        return frozenset({"permutation", "sign"} | ({"scale", "diagonal"} if newton else set()))

    @property
    def units(self):
        return {"lr": (2 + 2 * self.power, -1 - self.power), "damping": (-2, 1)}

    def init(self, theta):
        return DampedDiagonal(zeros_like(theta))

    def step(self, s, oracle, theta):
        h = oracle.curvature(self.labels).diag() + self.damping
        return -self.lr * each(_scaled, h, self.power, oracle.grad), DampedDiagonal(h)

    def metric(self, s):
        return divisor(each(_inverse_power, s.h, self.power))


def _inverse_power(h, power):
    """h^-power, with 0 for h = 0 and power < 0.

    What divides, for the metric: a coordinate that rests is divided by 0, and `solve` rests there.
    """
    # h^0 = 1, also for h = 0
    flat = np.where(np.equal(power, 0), 1.0, 0.0)
    return np.where(h > 0, np.where(h > 0, h, 1.0) ** -power, flat)


def _scaled(h, power, g):
    """h^power g, with 0 for g = 0; infinite where h = 0, g != 0 and power < 0."""
    flat = np.where(np.equal(power, 0), 1.0, np.inf)
    scale = np.where(h > 0, np.where(h > 0, h, 1.0) ** power, flat)
    # inf times 0 would be NaN: only coordinates that have a gradient are multiplied
    zeros = np.zeros(np.broadcast_shapes(scale.shape, g.shape))
    return np.multiply(scale, g, out=zeros, where=g != 0)


@dataclass(frozen=True)
class GaussNewton:
    """delta = -lr (G + damping I)^-1 g, on the range of G + damping I

    (Levenberg-Marquardt when damping > 0.)

    With lr = 1 and damping = 0 it solves a least-squares problem in one step. Invariant under every
    linear change of variables when damping = 0, to first order in the step also under curved ones.
    As damping -> inf it is SGD with rate lr / damping. State: G at the last step.
    """

    lr: Scalar = 1.0
    damping: Scalar = 0.0
    labels: Labels = "exact"

    needs = frozenset({"grad", "curvature.solve"})
    vectors = ()
    units = {"lr": (0, 0), "damping": (-2, 1)}
    invariances = frozenset(INVARIANCES)

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)

    def init(self, theta):
        return Curved(None)

    def step(self, s, oracle, theta):
        # a curvature solves as its structure allows; the matrix may never be formed
        g = oracle.curvature(self.labels)
        return -self.lr * g.solve(oracle.grad, self.damping), Curved(g)

    def metric(self, s):
        return Shifted(s.g, self.damping)


@dataclass(frozen=True)
class Newton:
    """delta = -lr (H + damping I)^-1 g, H the Hessian.

    Where H is indefinite the step goes to its saddle point, as Newton's does.

    TypeError for an objective without a Hessian. On a quadratic one step with lr = 1 is enough. The
    step is invariant under linear changes of variables, not under curved ones, which add a term to
    H. For logistic and least-squares models H = G, and this is GaussNewton with exact labels.
    """

    lr: Scalar = 1.0
    damping: Scalar = 0.0

    needs = frozenset({"grad", "hessian.solve"})
    vectors = ()
    units = {"lr": (0, 0), "damping": (-2, 1)}
    invariances = frozenset(INVARIANCES)

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)

    def init(self, theta):
        return Curved(None)

    def step(self, s, oracle, theta):
        h = oracle.hessian
        return -self.lr * h.solve(oracle.grad, self.damping), Curved(h)

    def metric(self, s):
        return Shifted(s.g, self.damping)

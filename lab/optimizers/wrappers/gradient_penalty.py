"""Penalties on the gradient, and the sharpness-aware steps that are their unsquared case.

Both give `inner` one vector in place of the gradient, and leave its formulas alone: f + weight
|g|^2 / 2 has the gradient g + weight H g, f + radius |g| the gradient g + radius H g / |g|.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.arrays import Scalar, norm, rowwise
from lab.checks import able, fields, nonnegative, positive
from lab.linalg import ratio
from lab.optimizers.protocol import Optimizer, of_inner, waits
from lab.oracle import WithGradient


@dataclass(frozen=True)
class GradientPenalty:
    """`inner` sees g + weight H v, the gradient of f + weight |P^T g|^2 / 2,  v = P P^T g

    on="p": P = I. on="z": P P^T = M^-1, M the metric of the step that `inner` would make of g
    alone. distance None: H v from the Hessian; a number d: from one gradient more, (g(p + d v) -
    g(p)) / d, exact on quadratics, within d L |v|^2 / 2 where the Hessian is L-Lipschitz. The
    minimisers of f stay stationary. State: that of `inner`.
    GradientPenalty(Adam(0.1), 0.01, on="z", distance=1e-3)

    The gradient of |P^T g|^2 / 2 is H P P^T g with P held: where the metric moves with theta, its
    own derivative is left out. On a quadratic and on="p" a mode of curvature h behaves like one of
    h + weight h^2, and SGD(lr) is stable up to lr = 2 / (h + weight h^2). weight = 0 is `inner`.
    """

    inner: Optimizer
    weight: Scalar
    on: Literal["p", "z"] = "p"
    distance: Scalar | None = None

    def __post_init__(self):
        able("GradientPenalty.inner", self.inner, "init", "step", "metric")
        fields(self, weight=nonnegative, distance=positive)

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")

    @property
    def needs(self):
        more = "hessian.times" if self.distance is None else "at"
        return self.inner.needs | {"grad", more}

    @property
    def units(self):
        # weight H v is a gradient, and distance v a step
        one = (2, -1) if self.on == "p" else self.inner.units.get("lr", (0, 0))
        return {**self.inner.units, "weight": one, "distance": one}

    def init(self, theta):
        return self.inner.init(theta)

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`, which sees f itself."""
        return waits(self.inner, s)

    def step(self, s, oracle, theta):
        if self.waits(s):
            return self.inner.step(s, oracle, theta)

        g = oracle.grad
        v = g
        # the state of that step is thrown away: `inner` sees one gradient per step, not two
        if self.on == "z":
            _, alone = self.inner.step(s, oracle, theta)
            v = self.inner.metric(alone).solve(g)

        if self.distance is None:
            hv = oracle.hessian.times(v)
        else:
            # forward, not central: one gradient more, not two
            ahead = oracle.at(theta + self.distance * v).grad
            hv = (ahead - g) / self.distance
        return self.inner.step(s, WithGradient(oracle, g + self.weight * hv), theta)

    def metric(self, s):
        return self.inner.metric(s)


@dataclass(frozen=True)
class SAM:
    """`inner` sees the gradient at theta + radius g / |g|      (Foret et al. 2021)

    adaptive: at theta + radius T^2 g / |T g|, T = |theta| (ASAM, Kwon et al. 2021, whose published
    code adds a constant to T). It is the gradient of f + radius |g| to first order in the radius;
    in the variables z of a method, InVariables around SAM is the same with T = P. Where g = 0 it is
    the gradient itself. On a quadratic it ends by jumping across the minimum:
    lab.theory.gradient_regularization.sam_bounce. The norm is over all entries. SAM(SGD(0.1), 0.05)

    g(theta + radius g / |g|) = g + radius H g / |g| + O(radius^2), and H g / |g| is the gradient of
    |g|. Costs a second gradient, on the same batch. radius = 0 is `inner`. With the plain ascent
    the path is invariant under rotations if that of `inner` is, with T under rescaling of theta_i.
    """

    inner: Optimizer
    radius: Scalar = 0.05
    adaptive: bool = False

    def __post_init__(self):
        able("SAM.inner", self.inner, "init", "step")
        fields(self, radius=nonnegative)

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")

    @property
    def needs(self):
        return self.inner.needs | {"grad", "at"}

    @property
    def units(self):
        return {**self.inner.units, "radius": (0, 0) if self.adaptive else (1, 0)}

    def init(self, theta):
        return self.inner.init(theta)

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`, which sees f itself."""
        return waits(self.inner, s)

    def step(self, s, oracle, theta):
        if self.waits(s):
            return self.inner.step(s, oracle, theta)

        g = oracle.grad
        t = np.abs(theta) if self.adaptive else 1.0
        # 0 for g = 0, and for T g = 0: no direction to look into
        inverse = ratio(1.0, norm(t * g), 0.0)
        ascent = rowwise(inverse, theta) * t**2 * g
        ahead = oracle.at(theta + self.radius * ascent)
        return self.inner.step(s, WithGradient(oracle, ahead.grad), theta)

    def metric(self, s):
        return self.inner.metric(s)

"""Gradients corrected by how they change, for any optimizer with an average of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import able, fields, nonnegative
from lab.optimizers.protocol import Optimizer, hyperparameters, of_inner, waits
from lab.oracle import WithGradient


class Corrected(NamedTuple):
    """g: the last gradient, like theta, 0 before the first; inner: the state of `inner`."""

    g: Params
    inner: Any


@dataclass(frozen=True)
class Mars:
    """`inner` sees g + gamma beta1 / (1 - beta1) (g - g_prev),  beta1 that of `inner`

    (Yuan et al. 2024, the approximate form, in which g_prev is the last batch's; the exact one
    takes it at the last point on this batch.) Variance reduction by momentum, scaled by gamma: 1 is
    STORM's, 0 nothing. g_prev starts at 0, so the first gradient is longer by gamma beta1 / (1 -
    beta1). Authors and optax clip what `inner` sees to length 1: Mars(Clipped(Adam(...), 1.0,
    of="tensor")) is theirs, of="all" optax's. State: g, like theta, and that of `inner`.

    Put into m = ema(.; beta1) it gives m = beta1 m + (1 - beta1) g + gamma beta1 (g - g_prev). With
    gamma = 1 that is g + beta1 (m - g_prev): STORM where g_prev is taken on this batch; in the
    approximate form used here m - g only shrinks, so that m = g from the start, and the average is
    gone. Small gammas are meant. TypeError where `inner` has no beta1. Mars(Adam(0.1), 0.025)
    """

    inner: Optimizer
    gamma: Scalar = 0.025

    def __post_init__(self):
        able("Mars.inner", self.inner, "init", "step")
        fields(self, gamma=nonnegative)
        if "beta1" not in hyperparameters(self.inner):
            raise TypeError(
                "Mars.inner has no beta1: must be a method with an average of gradients"
            )

    units = of_inner("units")
    scope = of_inner("scope")
    invariances = of_inner("invariances")

    @property
    def needs(self):
        return self.inner.needs | {"grad"}

    @property
    def vectors(self):
        return ("g", *(f"inner.{name}" for name in self.inner.vectors))

    @property
    def matrices(self):
        return tuple(f"inner.{name}" for name in getattr(self.inner, "matrices", ()))

    def waits(self, s):
        """As `inner` does."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        # 0, not the first gradient: that is not known before the first step
        return Corrected(zeros_like(theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        g = oracle.grad
        # of the lifted method: one per run where beta1 is swept
        beta1 = hyperparameters(self.inner)["beta1"]
        seen = g + self.gamma * beta1 / (1 - beta1) * (g - s.g)
        delta, state = self.inner.step(s.inner, WithGradient(oracle, seen), theta)
        return delta, Corrected(g, state)

    def metric(self, s):
        return self.inner.metric(s.inner)

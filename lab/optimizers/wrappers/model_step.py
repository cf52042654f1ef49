"""Rate and momentum of every step from a quadratic model of the loss.

With delta = alpha d + mu delta_prev and B = F + damping I the model is, in (alpha, mu),

    M = b11 alpha^2 / 2 + b12 alpha mu + b22 mu^2 / 2 - p alpha - q mu,
    b11 = d . B d,  b12 = d . B delta_prev,  b22 = delta_prev . B delta_prev,
    p = -g . d,  q = -g . delta_prev

so that its minimum solves two equations and is -(alpha p + mu q) / 2. On a quadratic with F = H,
damping 0, lr 1 and d = -g this is the method of conjugate gradients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, inner, rowwise, runs, zeros_like
from lab.checks import able, count, fields, nonnegative, of_kind, positive, probability, real
from lab.linalg import ratio
from lab.metrics import Multiple
from lab.optimizers.protocol import Optimizer, lr_of, of_inner, path_to, waits, with_scaled
from lab.oracle.views import Once
from lab.ties import rounded

# sin^2 of the angle between two directions below which they are one: rounding decides the rest
PARALLEL = 1e-12


@dataclass(frozen=True)
class Tikhonov:
    """A quadratic model with the matrix F + damping I, and the share lr of the way to its minimum
    that a step goes: 1 in the paper. damping >= 0 has the unit of a curvature, lr > 0 none."""

    damping: Scalar
    lr: Scalar = 1.0

    units = {"damping": (-2, 1), "lr": (0, 0)}

    def __post_init__(self):
        fields(self, damping=nonnegative, lr=positive)


class Modelled(NamedTuple):
    """delta: the last step; alpha, mu: of that step, (*r,); factor: what multiplies the damping of
    `inner` next, (*r,); used: that of the last step, shaped to multiply theta."""

    t: int
    delta: Params
    alpha: np.ndarray
    mu: np.ndarray
    factor: np.ndarray
    used: Params
    inner: Any


@dataclass(frozen=True, eq=False)
class ModelStep:
    """delta = lr (alpha d + mu delta_prev), where (alpha, mu) minimise M(delta) = g . delta +
        delta . (F + damping I) delta / 2,  d the step of `inner`

    (Martens & Grosse 2015, sections 6.4, 6.6 and 7.) F is the exact Fisher matrix of the batch;
    damping and lr are those of `model`. The damping of `inner`, gamma^2, is another: it is
    multiplied every so many steps by that of 1, omega, 1 / omega whose step has the lowest M. A
    rate of `inner` cancels. Where d and delta_prev are parallel, or one is 0, mu = 0. Levenberg
    around it adapts the damping of the model. They compute M on a part of the batch; here it is all
    of it.

    Costs two products with F, and at the steps that choose gamma three more steps of `inner`, on
    the same labels. omega = 1: gamma rests. gamma has an effect where `inner` takes its roots anew,
    so that `every` is a multiple of its own.

    The first step has delta_prev = 0 and mu = 0. alpha may be negative, where d climbs. M never
    exceeds 0 at lr = 1, and lr in (0, 2) keeps it below 0 where its minimum is. g . d = 0 and mu =
    0: no step. TypeError where `inner` has no damping. State: t, delta, alpha, mu, the factor of
    gamma^2 and that of the last step, and that of `inner`.
    """

    inner: Optimizer
    model: Tikhonov
    omega: float = (19 / 20) ** 20
    every: int = 20

    leads = {"damping": "model", "lr": "model"}
    matrices = of_inner("matrices")
    invariances = of_inner("invariances")
    scope = of_inner("scope")

    def __post_init__(self):
        able("ModelStep.inner", self.inner, "init", "step")
        of_kind("ModelStep.model", self.model, Tikhonov)
        omega = real("ModelStep.omega", self.omega, 0)
        if omega != 1:
            probability("ModelStep.omega", omega)
        count("ModelStep.every", self.every)
        path_to(self.inner, "damping")

    @property
    def vectors(self):
        return ("delta", *(f"inner.{name}" for name in self.inner.vectors))

    @property
    def units(self):
        return {**self.inner.units, **self.model.units}

    @property
    def needs(self):
        return self.inner.needs | {"grad", "curvature.times"}

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s.inner)

    def init(self, theta):
        ones = np.ones(runs(theta))
        used = rowwise(ones, theta)
        state = self.inner.init(theta)
        return Modelled(0, zeros_like(theta), ones, 0 * ones, ones, used, state)

    def step(self, s, oracle, theta):
        # labels and gradients are drawn once, however many steps of `inner` are tried
        oracle = Once(oracle)
        if self.waits(s):
            delta, state = self._with(s.used).step(s.inner, oracle, theta)
            return delta, s._replace(inner=state)

        model = _Quadratic(oracle, self.model.damping, s.delta)
        factor = s.factor
        if s.t and s.t % self.every == 0 and self.omega != 1:
            factor = self._chosen(s, model, oracle, theta)
        used = rowwise(factor, theta)
        d, state = self._with(used).step(s.inner, oracle, theta)

        alpha, mu, _ = model.minimum(d)
        best = rowwise(alpha, theta) * d + rowwise(mu, theta) * s.delta
        delta = self.model.lr * best
        return delta, Modelled(s.t + 1, delta, alpha, mu, factor, used, state)

    def metric(self, s):
        """What divides the gradient in lr alpha d."""
        inside = self._with(s.used).metric(s.inner)
        length = lr_of(self.inner) * rowwise(s.alpha, s.delta)
        return Multiple(inside, 1 / length)

    def _chosen(self, s, model, oracle, theta):
        """The factor of the damping inside whose step has the lowest M; of equal ones the old.

        (*r,): every run chooses for itself. The states of the three trials are thrown away.
        """
        # the old one first: argmin takes the first of equal ones
        factors = [s.factor, s.factor * self.omega, s.factor / self.omega]
        values = []
        for factor in factors:
            used = rowwise(factor, theta)
            d, _ = self._with(used).step(s.inner, oracle, theta)
            _, _, value = model.minimum(d)
            values.append(value)

        told = np.array(values)
        # a step that leads to no number is no candidate
        compared = np.where(np.isnan(told), np.inf, told)
        best = rounded(compared).argmin(0)
        return np.choose(best, factors)

    def _with(self, factor):
        """The method inside with its damping times a factor."""
        return with_scaled(self.inner, self._path, "damping", factor)

    @cached_property
    def _path(self):
        return path_to(self.inner, "damping")


class _Quadratic:
    """M on the span of a direction and the last step, whose product with B serves all of them."""

    def __init__(self, oracle, damping, last):
        self.g = oracle.grad
        self.f = oracle.curvature("exact")
        self.damping = damping
        self.last = last
        self.bent_last = self._times(last)

    def _times(self, v):
        """B v, like theta."""
        return self.f.times(v) + self.damping * v

    def minimum(self, d):
        """alpha, mu and M there, (*r,): the system of two equations B (alpha, mu)^T = (p, q)^T.

        By Cramer's rule. Along one line only where the two directions are one, or one is 0.
        """
        bent = self._times(d)
        b11 = inner(d, bent)
        b12 = inner(self.last, bent)
        b22 = inner(self.last, self.bent_last)
        p = -inner(self.g, d)
        q = -inner(self.g, self.last)

        # det / both = sin^2 of the angle between d and delta_prev in the metric B
        both = b11 * b22
        det = both - b12**2
        apart = det > PARALLEL * both
        divisor = np.where(apart, det, 1.0)
        first = (p * b22 - q * b12) / divisor
        second = (q * b11 - p * b12) / divisor

        alone = ratio(p, b11)
        alpha = np.where(apart, first, alone)
        mu = np.where(apart, second, 0.0)
        value = -(alpha * p + mu * q) / 2
        return alpha, mu, value

"""One composition for Kronecker-factored methods; the published ones are points of it.

m x_1 P_1 ... x_k P_k is (P_1 kron ... kron P_k) vec m with the last index fastest (for a matrix:
P_1 m P_2^T), so that k small matrices stand for one of D x D, D the product of the d_j: D sum d_j
operations per step, sum d_j^3 per refresh.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, real
from lab.linalg import symmetric_power
from lab.modes import mode_times
from lab.optimizers.matrix.blocks import Bias, per_tensor, seen, unseen
from lab.optimizers.matrix.damping import Damp, Scale, damped
from lab.optimizers.matrix.layer_units import damping_units, factor_units, layer_units
from lab.optimizers.matrix.roots import Growth, Root, matrix_power
from lab.optimizers.matrix.statistic import Averaged, Factors, Statistic
from lab.optimizers.pieces import off
from lab.optimizers.protocol import EUCLIDEAN


class Factored(NamedTuple):
    """t: calls so far, the warm start's included; m: the sum of gradients; roots: what multiplies
    it, one matrix per mode of each tensor, from the last refresh."""

    t: int
    m: Params
    averaged: Averaged
    roots: Factors


@dataclass(frozen=True)
class Kronecker:
    """H_j <- statistic;  P_j = (scaled H_j + damping I)^powers_j now and then;  m = momentum m + g;
        delta = -lr m x_1 P_1 ... x_k P_k

    x_j multiplies mode j of a tensor of order k. The points that carry names are in
    `lab.optimizers.matrix.points`.

    statistic  what H_j is an average of
    scale      "none"; "trace": U_j = c d_j H_j / tr H_j, c = (tr H_1 / D)^(1/k), D the number of
               entries: all U_j have the mean eigenvalue c, and their Kronecker product has the
               trace of H_j (TNT). "pi": the damping of two factors is split as their mean
               eigenvalues, damping pi^-1 and damping pi, pi^2 = (tr A / d_A) / (tr G / d_G)
               (K-FAC), 1 where a trace is 0
    damp       "each": damping is added to every factor (TNT, Shampoo); "root": damping^(1/k) is, so
               that the product of the additions is damping (K-FAC's sqrt(lambda)); "largest":
               damping times the largest eigenvalue of a factor is added to it (Anil et al. 2020)
    powers     one for all factors, or one per mode; None is -1 / (2 k) (Shampoo). A mode with power
               0 is left alone
    every      roots are taken anew every so many steps; early: before step `every`, at every sample
    root       "exact": of the pseudo-inverse where a damped factor is singular, an inverse without
               its eigenvalues elsewhere; "cholesky": the inverse, an error where there is none;
               "newton": the coupled iteration, which stops by the growth of its error in the norm
               `growth`

    Roots are kept while they stand still. Modes of size 1 are kept. All traces 0: U = 0, so that P
    = damping^-1, and 0 without damping. During the statistic's warm start the step is 0 and m
    rests.

    State: m, like theta, and two matrices per mode of each tensor. Equivariant under rotations of
    every mode where biases are tensors of their own.

    damping^power bounds every P_j from above: with "each" and powers -1 no step is longer than lr
    |m| damping^-k, and it is that long where the factors are 0. ValueError for powers > 0 or such
    as the root can't take; TypeError for a tensor with another number of modes than powers.
    """

    lr: Scalar
    damping: Scalar
    statistic: Statistic = field(default_factory=Statistic)
    scale: Scale = "none"
    damp: Damp = "each"
    powers: tuple[float, ...] | None = (-1.0,)
    momentum: Scalar = 0.0
    every: int = 1
    early: bool = True
    root: Root = "exact"
    growth: Growth = "frobenius"

    vectors = ("m",)
    scope = "matrix"

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative, momentum=fraction)
        count("Kronecker.every", self.every)
        _checked_powers(self.powers, self.root)
        if self.damp == "largest" and self.scale == "pi":
            raise TypeError(
                "Kronecker.damp = 'largest' with scale = 'pi': pi splits one damping, take 'none'"
            )

    @property
    def needs(self):
        return self.statistic.needs | {"grad"}

    @property
    def matrices(self):
        return ("averaged.factors", "roots") if self.statistic.bias == "own" else ()

    @property
    def units(self):
        """On one vector, or where the factors of a tensor multiply to its second moment."""
        known = units_of(self.statistic, self._exponent())
        return known | {"damping": (0, 0)} if self.damp == "largest" else known

    @property
    def invariances(self):
        return invariances_of(self.statistic, self._exponent())

    @property
    def layer_units(self):
        """On the weights of a network without biases, see `lab.optimizers.matrix.layer_units`."""
        powers = self._powers(2)
        factors = factor_units(self.statistic, self.scale)
        damping = damping_units(factors, powers, self.scale, self.damp)
        return layer_units(self.statistic, powers, damping, self.scale)

    def init(self, theta):
        averaged = self.statistic.start(theta)
        return Factored(0, zeros_like(theta), averaged, averaged.factors)

    def waits(self, s):
        """Whether the next call belongs to the warm start."""
        return s.t < self.statistic.warm

    def step(self, s, oracle, theta):
        # steps counted from the end of the warm start, which has i < 0
        i = s.t - self.statistic.warm
        averaged = s.averaged
        if self.statistic.due(i):
            samples = self.statistic.take(oracle, theta, i)
            averaged = self.statistic.updated(averaged, samples, i, theta, self.damping)
        if i < 0:
            return zeros_like(theta), s._replace(t=s.t + 1, averaged=averaged)

        m = oracle.grad
        if not off(self.momentum):
            m = self.momentum * s.m + m
        # a root is the whole cost: between refreshes the old ones serve
        roots = s.roots
        if refreshes(i, self.statistic.sample_every, self.every, self.early):
            roots = self._roots(averaged, theta)
        direction = multiplied(m, roots, self.statistic.bias)
        t = s.t + 1
        return -self.lr * direction, Factored(t, m, averaged, roots)

    def metric(self, s):
        return Preconditioner(s.roots, self.statistic.bias)

    def _exponent(self):
        """The power of the second moment that multiplies the gradient.

        -1 / (2 k) on each of k factors, which all carry the whole unit: -1/2 in all, for every k.
        """
        # G and A have half of the unit of C each
        return -0.5 if self.powers is None else float(np.mean(self.powers))

    def _roots(self, averaged, theta):
        """P of every mode of every tensor; None where a mode is left alone."""
        factors = self.statistic.current(averaged, theta)
        dampings = per_tensor(self.damping, theta, self.statistic.bias)
        roots = []
        for block, damping in zip(factors, dampings, strict=True):
            powers = self._powers(len(block))
            shifted = damped(block, damping, self.scale, self.damp)
            roots.append(tuple(map(self._root, shifted, powers)))
        return tuple(roots)

    def _root(self, a, power):
        # None, not I: a product less at every step
        if power == 0:
            return None
        return matrix_power(a, power, self.root, self.growth)

    def _powers(self, k):
        """One per mode of a tensor of order k."""
        if self.powers is None:
            return (-1 / (2 * k),) * k
        # one power serves tensors of any order; () for a tensor without factors
        if len(self.powers) == 1:
            return self.powers * k
        if k not in (0, len(self.powers)):
            raise TypeError(f"Kronecker.powers = {self.powers}: a tensor has {k} factors")
        return self.powers[:k]


def _checked_powers(powers, root):
    """Numbers <= 0 that the root can take."""
    if powers is not None and not powers:
        raise ValueError("Kronecker.powers = (): must be at least one number")
    for p in powers or ():
        if real("Kronecker.powers", p, 0) > 0:
            raise ValueError(f"Kronecker.powers = {powers}: must be <= 0")
        if root == "newton" and not _of_integer(p):
            raise ValueError(f"Kronecker.powers = {powers}: root = 'newton' takes -1 / p integer")
        if root == "cholesky" and p not in (0.0, -1.0):
            raise ValueError(f"Kronecker.powers = {powers}: root = 'cholesky' is for -1")
    if powers is None and root == "cholesky":
        raise ValueError("Kronecker.powers = None: root = 'cholesky' is for -1")


def _of_integer(power):
    """Whether power is 0 or -1 / p."""
    if power == 0:
        return True
    p = -1 / power
    return p == round(p)


def units_of(statistic: Statistic, exponent: float) -> dict[str, tuple[float, float]]:
    """Units of lr and damping where C^exponent multiplies the gradient, C a second moment.

    Of gradients with true labels C is (loss / theta)^2, with labels of the model it is a Fisher
    matrix, loss / theta^2.
    """
    loss = 2 if statistic.labels == "true" else 1
    return {"lr": (2 + 2 * exponent, -1 - loss * exponent), "damping": (-2, loss)}


def invariances_of(statistic: Statistic, exponent: float) -> frozenset[str]:
    """What C^exponent times the gradient does not see: the scale where lr has no unit of loss."""
    _, loss = units_of(statistic, exponent)["lr"]
    return EUCLIDEAN | ({"scale"} if loss == 0 else set())


def refreshes(
    i: int,
    sample_every: int,
    every: int,
    early: bool,
) -> bool:
    """Whether step i takes roots anew: every so many steps, and, early, at each sample before step
    `every`."""
    period = every
    if early and i < every:
        period = sample_every
    return i % period == 0


def multiplied(
    m: Params,
    roots: Factors,
    bias: Bias,
) -> Params:
    """m x_1 P_1 ... x_k P_k tensor by tensor; modes and tensors without a matrix as they are.

    roots: per tensor of `seen` one (*r, d_j, d_j), or None, per mode.
    """
    blocks = []
    for (k, x), block in zip(seen(m, bias), roots, strict=True):
        for mode, p in enumerate(block):
            if p is not None:
                x = mode_times(x, p, mode, k)
        blocks.append(x)
    return unseen(m, blocks, bias)


@dataclass(frozen=True, eq=False)
class Preconditioner:
    """M with M^-1 = P_1 kron ... kron P_k per tensor, where it is known by its factors P_j."""

    roots: Factors
    bias: Bias

    def times(self, v):
        undone = []
        for block in self.roots:
            inverses = map(_undone, block)
            undone.append(tuple(inverses))
        return multiplied(v, tuple(undone), self.bias)

    def solve(self, v):
        return multiplied(v, self.roots, self.bias)


def _undone(p):
    """P^-1 on the range of P, None for None."""
    return None if p is None else symmetric_power(p, -1.0)

"""A second moment by the eigenvectors of its Kronecker factors and eigenvalues of its own.

Among all Q diag(v) Q^T with Q = Q_1 kron ... kron Q_k given, the one nearest to a matrix C in the
Frobenius norm has v = diag(Q^T C Q), because the norm of Q^T C Q - diag(v) is that of its off-
diagonal part plus that of diag(Q^T C Q) - v. For C = E vec(S) vec(S)^T that v is E (Q^T S)^2, entry
by entry: no D x D matrix is formed. The Kronecker product itself has v = lam_1 x ... x lam_k, hence
it is never nearer, as long as Q are the eigenvectors of the factors of today; stale ones promise
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, zeros_like
from lab.checks import EPS, count, fields, fraction, nonnegative, positive, root_power
from lab.linalg import ratio, transposed
from lab.modes import multiply_modes
from lab.optimizers.matrix.blocks import Bias, per_entry, seen, unseen
from lab.optimizers.matrix.damping import equal_traces
from lab.optimizers.matrix.kronecker import invariances_of, refreshes, units_of
from lab.optimizers.matrix.layer_units import OF_MOMENT, layer_units
from lab.optimizers.matrix.roots import eigen
from lab.optimizers.matrix.statistic import Averaged, Factors, Statistic
from lab.optimizers.pieces import ema, off

Tensors = tuple[np.ndarray, ...]


class Corrected(NamedTuple):
    """t: calls so far, the warm start's included; m: the sum of gradients; v: eigenvalues, one per
    entry of each tensor; bases: one (*r, d_j, d_j) per mode; d: what divided the rotated m in the
    last step, like v."""

    t: int
    m: Params
    averaged: Averaged
    bases: Factors
    v: Tensors
    d: Tensors


@dataclass(frozen=True)
class EigenCorrected:
    """Q_j = eigenvectors of H_j now and then;  m = momentum m + g;
        delta = -lr Q [(v + damping)^power (Q^T m)],  Q = Q_1 kron ... kron Q_k

    spectrum   "moment": v is the average of (Q^T S)^2, S the statistic's gradients, starting from
               the product of the eigenvalues at the first step: never a worse fit than that product
               (E-KFAC, George et al. 2018; SOAP's second moment with power = -1/2). "product": v is
               the product of the eigenvalues, so that damping is added to the Kronecker product
               itself (exact damping, where `Kronecker` damps its factors). Where a statistic of
               "modes" has k factors, that is the product of U_j, of equal traces
    beta3      of the average v
    power      -1: natural gradient; -1/2: as AdaGrad and Shampoo

    v stays with its columns when the bases move. v + damping = 0 leaves a direction alone, where v
    counts as 0 up to the squares of rounding, (D eps)^2 of its largest: the pseudo-inverse. The
    statistic's warm start is as in `Kronecker`; v sees nothing of it.

    A step costs two products with a basis per mode in place of one with a root, a refresh an
    eigendecomposition per factor. Tensors without factors (a statistic of layers) move along m.
    With power = 0 it is momentum. ValueError for power outside [-1, 0], every < 1.

    EKFAC is a point of this class. SOAP is not: its bases follow by a QR step, and Adam, with a
    momentum that turns along, runs in them (InMovingBasis).

    State: t; m, like theta; the statistic's average; bases, v and d.
    """

    lr: Scalar
    damping: Scalar
    statistic: Statistic = field(default_factory=Statistic)
    spectrum: Literal["moment", "product"] = "moment"
    beta3: Scalar = 0.9
    power: float = -1.0
    momentum: Scalar = 0.0
    every: int = 1
    early: bool = True

    vectors = ("m",)
    matrices = ()
    scope = "matrix"

    def __post_init__(self):
        fields(
            self,
            lr=positive,
            damping=nonnegative,
            beta3=fraction,
            momentum=fraction,
            power=root_power,
        )
        count("EigenCorrected.every", self.every)

    @property
    def needs(self):
        return self.statistic.needs | {"grad"}

    @property
    def units(self):
        return units_of(self.statistic, self.power)

    @property
    def invariances(self):
        return invariances_of(self.statistic, self.power)

    @property
    def layer_units(self):
        """As Kronecker's: v is a second moment, or a product of the units of one."""
        # factors of equal traces share one moment, half of it each; G and A are the halves
        power = self.power if self.statistic.of == "layers" else self.power / 2
        return layer_units(self.statistic, (power, power), OF_MOMENT)

    def init(self, theta):
        averaged = self.statistic.start(theta)
        zeros = tuple(np.zeros_like(x) for _, x in seen(theta, self.statistic.bias))
        return Corrected(0, zeros_like(theta), averaged, averaged.factors, zeros, zeros)

    def waits(self, s):
        """Whether the next call belongs to the warm start."""
        return s.t < self.statistic.warm

    def step(self, s, oracle, theta):
        # steps counted from the end of the warm start, which has i < 0
        i = s.t - self.statistic.warm
        averaged = s.averaged
        samples = None
        if self.statistic.due(i):
            samples = self.statistic.take(oracle, theta, i)
            averaged = self.statistic.updated(averaged, samples, i, theta, self.damping)
        if i < 0:
            return zeros_like(theta), s._replace(t=s.t + 1, averaged=averaged)

        m = oracle.grad if off(self.momentum) else self.momentum * s.m + oracle.grad
        bases, v = self._spectrum(s, i, averaged, samples, theta)
        d = self._divisors(v, theta)
        inverses = tuple(map(_inverse, d))
        direction = rescaled(m, bases, inverses, self.statistic.bias)
        t = s.t + 1
        return -self.lr * direction, Corrected(t, m, averaged, bases, v, d)

    def metric(self, s):
        return Turned(s.bases, s.d, self.statistic.bias)

    def _spectrum(self, s, i, averaged, samples, theta):
        """The bases and eigenvalues of step i, the bases of today before the squares in them."""
        bases, v = s.bases, s.v
        if refreshes(i, self.statistic.sample_every, self.every, self.early):
            bases, product = self._eigen(averaged, theta)
            # an average from 0 would divide by next to nothing at first
            if self.spectrum == "product" or i == 0:
                v = product
        if self.spectrum == "moment" and samples is not None:
            betas = per_entry(self.beta3, theta, self.statistic.bias)
            squares = map(_squares, samples, bases)
            v = tuple(map(ema, v, squares, betas))
        return bases, v

    def _eigen(self, averaged, theta):
        """Per tensor the eigenvectors of its factors, and the products of their eigenvalues.

        Undamped: damping is added to v, once and for all modes together.
        """
        bases = []
        products = []
        factors = self.statistic.current(averaged, theta)
        tensors = seen(theta, self.statistic.bias)
        for block, (_, x) in zip(factors, tensors, strict=True):
            # every Gram matrix holds the whole trace: their product would hold its k-th power
            if self.statistic.of != "layers":
                block = equal_traces(block)
            found = list(map(eigen, block))
            lams = [lam for lam, _ in found]
            bases.append(tuple(q for _, q in found))
            products.append(_outer(lams, x))
        return tuple(bases), tuple(products)

    def _divisors(self, v, theta):
        """(v + damping)^-power per tensor; not read where there are no factors."""
        divisors = []
        dampings = per_entry(self.damping, theta, self.statistic.bias)
        tensors = seen(theta, self.statistic.bias)
        for (modes, _), x, damping in zip(tensors, v, dampings, strict=True):
            divisors.append((_known(x, modes) + damping) ** -self.power)
        return tuple(divisors)


def rescaled(
    m: Params,
    bases: Factors,
    factors: Tensors,
    bias: Bias,
) -> Params:
    """Q [f (Q^T m)] tensor by tensor; tensors without bases as they are.

    bases: per tensor one (*r, d_j, d_j) per mode; factors f: like the tensor.
    """
    blocks = []
    for (_, x), q, f in zip(seen(m, bias), bases, factors, strict=True):
        if q:
            back = list(map(transposed, q))
            turned = f * multiply_modes(x, q)
            x = multiply_modes(turned, back)
        blocks.append(x)
    return unseen(m, blocks, bias)


@dataclass(frozen=True, eq=False)
class Turned:
    """M = Q diag(d) Q^T per tensor; `solve` leaves directions with d = 0 alone."""

    bases: Factors
    d: Tensors
    bias: Bias

    def times(self, v):
        return rescaled(v, self.bases, self.d, self.bias)

    def solve(self, v):
        inverses = tuple(map(_inverse, self.d))
        return rescaled(v, self.bases, inverses, self.bias)


def _squares(sample, bases):
    """(Q^T S)^2, like the tensor; 0 for a tensor without bases."""
    return sample.squares(bases) if bases else 0.0


def _known(v, modes):
    """v, and 0 where it is no more than the squares of what rounding leaves of the largest."""
    axes = tuple(range(-modes, 0))
    # of numbers rotated by bases whose entries are off by eps; NaN is neither and stays
    noise = EPS * np.prod(v.shape[-modes:])
    return np.where(v <= noise**2 * v.max(axes, keepdims=True), 0.0, v)


def _inverse(x):
    """1 / x, and 0 for 0: the pseudo-inverse."""
    return ratio(1.0, x)


def _outer(lams, x):
    """lam_1 x ... x lam_k, like the tensor x; 1 without any.

    The diagonal of the Kronecker product in its eigenbasis, in the shape of the tensor.
    """
    if not lams:
        return np.ones_like(x)
    # a mode is appended at a time, behind the run axes and the modes so far
    product, *others = lams
    for lam in others:
        modes = product.ndim - lam.ndim + 1
        axes = tuple(range(-modes - 1, -1))
        along = np.expand_dims(lam, axes)
        product = product[..., None] * along
    return product

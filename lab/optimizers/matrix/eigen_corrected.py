"""A second moment by the eigenvectors of its Kronecker factors and eigenvalues of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Layers, Params, Scalar, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive, root_power
from lab.linalg import transposed
from lab.modes import multiply_modes
from lab.optimizers.matrix.blocks import Bias, first_blocks, seen, unseen
from lab.optimizers.matrix.damping import equal_traces
from lab.optimizers.matrix.kronecker import invariances_of, refreshes, units_of
from lab.optimizers.matrix.roots import eigen
from lab.optimizers.matrix.statistic import Averaged, Factors, Statistic
from lab.optimizers.pieces import off

Tensors = tuple[np.ndarray, ...]


class Corrected(NamedTuple):
    """v: eigenvalues, one per entry of each tensor; bases: one per mode; d: what divided the
    rotated m in the last step, one per tensor."""

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

    v stays with its columns when the bases move. v + damping = 0 leaves a direction alone. The
    statistic's warm start is as in `Kronecker`; v sees nothing of it.
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
        rules = {"beta3": fraction, "momentum": fraction, "power": root_power}
        fields(self, lr=positive, damping=nonnegative, **rules)
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

    def init(self, theta):
        averaged = self.statistic.start(theta)
        zeros = tuple(np.zeros_like(x) for _, x in seen(theta, self.statistic.bias))
        return Corrected(0, zeros_like(theta), averaged, averaged.factors, zeros, zeros)

    def waits(self, s):
        """Whether the next call belongs to the warm start."""
        return s.t < self.statistic.warm

    def step(self, s, oracle, theta):
        i = s.t - self.statistic.warm
        averaged = s.averaged
        samples = self.statistic.take(oracle, theta, i) if self.statistic.due(i) else None
        if samples is not None:
            averaged = self.statistic.updated(averaged, samples, i, theta, self.damping)
        if i < 0:
            return zeros_like(theta), s._replace(t=s.t + 1, averaged=averaged)

        m = oracle.grad if off(self.momentum) else self.momentum * s.m + oracle.grad
        bases, v = self._spectrum(s, i, averaged, samples, theta)
        d = self._divisors(v, theta)
        direction = rescaled(m, bases, [_inverse(x) for x in d], self.statistic.bias)
        return -self.lr * direction, Corrected(s.t + 1, m, averaged, bases, v, d)

    def metric(self, s):
        return Turned(s.bases, s.d, self.statistic.bias)

    def _spectrum(self, s, i, averaged, samples, theta):
        """The bases and eigenvalues of step i."""
        bases, v = s.bases, s.v
        if refreshes(i, self.statistic.sample_every, self.every, self.early):
            bases, product = self._eigen(averaged, theta)
            v = product if self.spectrum == "product" or i == 0 else v
        if self.spectrum == "moment" and samples is not None:
            betas = self._per_entry(self.beta3, theta)
            squares = [x.squares(q) if q else 0.0 for x, q in zip(samples, bases, strict=True)]
            v = tuple(
                beta * old + (1 - beta) * new
                for beta, old, new in zip(betas, v, squares, strict=True)
            )
        return bases, v

    def _eigen(self, averaged, theta):
        """Per tensor the eigenvectors of its factors, and the products of their eigenvalues."""
        bases = []
        products = []
        factors = self.statistic.current(averaged, theta)
        for block, (_, x) in zip(factors, seen(theta, self.statistic.bias), strict=True):
            used = block if self.statistic.of == "layers" else equal_traces(block)
            found = [eigen(a) for a in used]
            bases.append(tuple(q for _, q in found))
            products.append(_outer([lam for lam, _ in found], x))
        return tuple(bases), tuple(products)

    def _divisors(self, v, theta):
        """(v + damping)^-power per tensor; 1 where there are no factors."""
        divisors = []
        for x, damping in zip(v, self._per_entry(self.damping, theta), strict=True):
            divisors.append((x + damping) ** -self.power)
        return tuple(divisors)

    def _per_entry(self, scalar, theta):
        """A lifted hyper-parameter per tensor of `seen`."""
        blocks = first_blocks(theta, self.statistic.bias)
        return [scalar[b] if isinstance(scalar, Layers) else scalar for b in blocks]


def rescaled(m: Params, bases: Factors, factors, bias: Bias) -> Params:
    """Q [f (Q^T m)] tensor by tensor; tensors without bases as they are."""
    blocks = []
    for (_, x), q, f in zip(seen(m, bias), bases, factors, strict=True):
        if q:
            turned = multiply_modes(x, q)
            x = multiply_modes(f * turned, [transposed(one) for one in q])
        blocks.append(x)
    return unseen(m, blocks, bias)


@dataclass(frozen=True, eq=False)
class Turned:
    """M = Q diag(d) Q^T per tensor."""

    bases: Factors
    d: Tensors
    bias: Bias

    def times(self, v):
        return rescaled(v, self.bases, self.d, self.bias)

    def solve(self, v):
        return rescaled(v, self.bases, [_inverse(x) for x in self.d], self.bias)


def _inverse(x):
    return np.divide(1.0, x, out=np.zeros_like(x), where=x != 0)


def _outer(lams, x):
    """lam_1 x ... x lam_k, like the tensor x; 1 without any."""
    if not lams:
        return np.ones_like(x)
    product = lams[0]
    for lam in lams[1:]:
        axes = (None,) * (product.ndim - lam.ndim + 1)
        product = product[..., None] * lam[(..., *axes, slice(None))]
    return product

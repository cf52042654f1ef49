"""G as a mean over examples whose gradients, layer by layer, are outer products g a^T."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers, paired, raveled
from lab.curvature.layered import Layered
from lab.curvature.rows import Rows
from lab.linalg import transposed


class Factors(NamedTuple):
    """What one dense layer h = W a + b hands to a Kronecker-factored method.

    inputs: a, (*r, m, d), WITHOUT the 1 that a bias would append. errors: g = d loss_j / d h,
    (*r, m, c, o), one per example and label that the expectation runs over, with the root of the
    label's probability absorbed; c = 1 for sampled, true and given labels. outputs: h, (*r, m, o).
    """

    inputs: np.ndarray
    errors: np.ndarray
    outputs: np.ndarray


@dataclass(frozen=True, eq=False)
class RankOnes:
    """G = (1/m) sum_j sum_c v_jc v_jc^T,  v_jc the gradient of example j under its label c

    In the weight of a dense layer v is g a^T, vec over (out, in) in C order; in its bias it is g.
    Weight and bias are separate blocks, paired by their roles.

    layers: Factors of the dense layers, in the order of `lab.arrays.layers(theta)`. flatten: maps
    flat vectors to Layers (`to`) and back. averaged: labels were averaged exactly, so that the mean
    gradient behind G is 0. others: by number, blocks that belong to no dense layer, as gradients
    (*r, m, c, *shape). Cost O(m c n) for diag, times and mean; dense, solve and what changes the
    variables write all rows out, (*r, m c, n).
    """

    layers: tuple[Factors, ...]
    flatten: Any
    averaged: bool
    others: Mapping[int, np.ndarray] = field(default_factory=dict)

    @cached_property
    def _terms(self) -> list[_Outer | _Each]:
        """One per block."""
        terms: dict[int, _Outer | _Each] = {}
        for pair, layer in zip(paired(self.flatten.roles), self.layers, strict=True):
            terms[pair.weight] = _Outer(layer.errors, layer.inputs)
            if pair.bias is not None:
                terms[pair.bias] = _Each(layer.errors, 1)
        for block, gradients in self.others.items():
            terms[block] = _Each(gradients, len(self.flatten.shapes[block]))
        return [terms[block] for block in sorted(terms)]

    def _labels(self) -> tuple[int, int]:
        """Examples m and labels c."""
        return self._terms[0].labels()

    def _layers(self, blocks) -> Layers:
        """(1/m) times sums over examples, as Layers."""
        m, _ = self._labels()
        orders = [len(shape) for shape in self.flatten.shapes]
        return Layers([block / m for block in blocks], orders, self.flatten.roles)

    def diag(self):
        return self._layers([term.squares() for term in self._terms])

    def times(self, v):
        along = sum(term.dot(block) for term, block in zip(self._terms, v, strict=True))
        return self._layers([term.mixed(along) for term in self._terms])

    def solve(self, v, damping=0.0):
        return Layered(self.flat, self.flatten).solve(v, damping)

    def mean(self):
        ones = np.full(self._labels(), 0.0 if self.averaged else 1.0)
        return self._layers([term.mixed(ones) for term in self._terms])

    @cached_property
    def flat(self) -> Rows:
        """G over the flat vector: every gradient written out."""
        rows = np.concatenate([term.rows() for term in self._terms], axis=-1)
        *runs, m, c, n = rows.shape
        rows = rows.reshape(*runs, m * c, n)
        # Rows takes the mean over m c rows, G the sum over labels
        weight = np.full(rows.shape[:-1], float(c))
        score = None if self.averaged else np.ones(rows.shape[:-1])
        return Rows(rows, weight, score)

    def dense(self):
        return self.flat.dense()

    def rotated(self, basis):
        return Layered(self.flat, self.flatten).rotated(basis)

    def scaled(self, s):
        return Layered(self.flat, self.flatten).scaled(s)


@dataclass(frozen=True, eq=False)
class _Outer:
    """Gradients g a^T of a matrix: errors g (*r, m, c, o), inputs a (*r, m, d)."""

    errors: np.ndarray
    inputs: np.ndarray

    def labels(self):
        return self.errors.shape[-3:-1]

    def squares(self):
        """sum_jc (g a^T)^2, (*r, o, d)."""
        squared = (self.errors**2).sum(-2)
        return transposed(squared) @ self.inputs**2

    def dot(self, v):
        """g^T V a, (*r, m, c)."""
        seen = self.inputs @ transposed(v)
        products = self.errors @ seen[..., None]
        return products[..., 0]

    def mixed(self, u):
        """sum_jc u_jc g a^T, (*r, o, d)."""
        weighted = u[..., None, :] @ self.errors
        return transposed(weighted[..., 0, :]) @ self.inputs

    def rows(self):
        """(*r, m, c, o d)."""
        products = self.errors[..., None] * self.inputs[..., None, None, :]
        return raveled(products, 2)


@dataclass(frozen=True, eq=False)
class _Each:
    """Gradients of a tensor, one per example and label, written out: (*r, m, c, *shape)."""

    gradients: np.ndarray
    order: int

    def labels(self):
        first = self.gradients.ndim - self.order
        return self.gradients.shape[first - 2 : first]

    def squares(self):
        """The sum of their squares, (*r, *shape)."""
        examples_and_labels = (-self.order - 2, -self.order - 1)
        return (self.gradients**2).sum(examples_and_labels)

    def dot(self, v):
        """Their inner products with a tensor, (*r, m, c)."""
        flat = raveled(v, self.order)
        products = self.rows() @ flat[..., None, :, None]
        return products[..., 0]

    def mixed(self, u):
        """sum_jc u_jc times the gradient, (*r, *shape)."""
        shape = self.gradients.shape[self.gradients.ndim - self.order :]
        rows = self.rows()
        joined = rows.reshape(*rows.shape[:-3], -1, rows.shape[-1])
        weights = u.reshape(*u.shape[:-2], 1, -1)
        total = weights @ joined
        return total.reshape(*total.shape[:-2], *shape)

    def rows(self):
        """(*r, m, c, n)."""
        return raveled(self.gradients, self.order)

"""G as a mean over examples whose gradients, layer by layer, are outer products g a^T.

What a network keeps of its forward and backward pass is enough: per layer the inputs a and the
errors g, m (in + c out) numbers in the place of the m c gradients of in out entries each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers, joined, paired, raveled, with_shape
from lab.curvature.layered import Layered
from lab.curvature.rows import Rows
from lab.linalg import transposed, vecmat


class Factors(NamedTuple):
    """What one dense layer h = W a + b hands to a Kronecker-factored method.

    inputs: a, (*r, m, d), WITHOUT the 1 that a bias would append. errors: g = d loss_j / d h,
    (*r, m, c, o), one per example and label that the expectation runs over, with the root of the
    label's probability absorbed; c = 1 for sampled, true and given labels. outputs: h, (*r, m, o).
    """

    inputs: np.ndarray
    errors: np.ndarray
    outputs: np.ndarray


class Local(NamedTuple):
    """What a layer hands on that is the same map at T places of its input; dense: T = 1.

    patches: a, (*r, m, T, d), WITHOUT the 1 that a bias would append. errors: g, the derivative by
    the output at every place, (*r, m, c, T, o), labels as in Factors. The gradient of example and
    label is sum_t g_t a_t^T.
    """

    patches: np.ndarray
    errors: np.ndarray


@dataclass(frozen=True, eq=False)
class RankOnes:
    """G = (1/m) sum_j sum_c v_jc v_jc^T,  v_jc the gradient of example j under its label c

    In the weight of a dense layer v is g a^T, vec over (out, in) in C order; in its bias it is g.
    Weight and bias are separate blocks, paired by their roles.

    layers: Factors of the dense layers, in the order of `lab.arrays.layers(theta)`. flatten: maps
    flat vectors to Layers (`to`) and back. averaged: labels were averaged exactly, so that the mean
    gradient behind G is 0. others: by number, blocks that belong to no dense layer, as gradients
    (*r, m, c, *shape). convolutions: by number of its kernel, what makes the Local of a
    convolution when asked. Cost O(m c n) for diag, times and mean; dense, solve and what changes
    the variables write all rows out, (*r, m c, n).
    """

    layers: tuple[Factors, ...]
    flatten: Any
    averaged: bool
    others: Mapping[int, np.ndarray] = field(default_factory=dict)
    convolutions: Mapping[int, Callable[[], Local]] = field(default_factory=dict)

    @cached_property
    def local(self) -> tuple[Local, ...]:
        """One for each matrix or kernel, in the order of `lab.arrays.layers` with both kinds."""
        dense = iter(self.layers)
        found = []
        for pair in paired(self.flatten.roles, ("weight", "kernel")):
            if pair.weight in self.convolutions:
                found.append(self.convolutions[pair.weight]())
            else:
                layer = next(dense)
                patches = layer.inputs[..., None, :]
                found.append(Local(patches, layer.errors[..., None, :]))
        return tuple(found)

    @cached_property
    def _terms(self) -> list[_Outer | _Each]:
        """One per block.

        In the order of theta. A block without gradients is missing, and Layers refuses the rest.
        """
        terms: dict[int, _Outer | _Each] = {}
        pairs = paired(self.flatten.roles)
        for pair, layer in zip(pairs, self.layers, strict=True):
            terms[pair.weight] = _Outer(layer.errors, layer.inputs)
            if pair.bias is not None:
                width = layer.errors.shape[-1]
                terms[pair.bias] = _Each(layer.errors, (width,))
        for block, gradients in self.others.items():
            shape = self.flatten.shapes[block]
            rows = raveled(gradients, len(shape))
            terms[block] = _Each(rows, shape)
        return [terms[block] for block in sorted(terms)]

    @property
    def _examples_and_labels(self) -> tuple[int, int]:
        """(m, c)"""
        return self._terms[0].count

    def _mean_over_examples(self, sums) -> Layers:
        """(1/m) times sums over examples, one per block."""
        m, _ = self._examples_and_labels
        orders = [len(shape) for shape in self.flatten.shapes]
        blocks = [total / m for total in sums]
        return Layers(blocks, orders, self.flatten.roles)

    def diag(self):
        sums = [term.squares() for term in self._terms]
        return self._mean_over_examples(sums)

    def times(self, v):
        # v_jc^T u needs all blocks of an example before any of them is weighted by it
        along = 0.0
        for term, block in zip(self._terms, v, strict=True):
            along = along + term.dot(block)
        sums = [term.mixed(along) for term in self._terms]
        return self._mean_over_examples(sums)

    def solve(self, v, damping=0.0):
        return self._written_out.solve(v, damping)

    def mean(self):
        # over all labels of a model the scores cancel, not up to rounding but by definition
        weight = 0.0 if self.averaged else 1.0
        weights = np.full(self._examples_and_labels, weight)
        sums = [term.mixed(weights) for term in self._terms]
        return self._mean_over_examples(sums)

    @cached_property
    def flat(self) -> Rows:
        """G over the flat vector: every gradient written out.

        Memory m c n: for tests, and for what changes the variables.
        """
        blocks = [term.rows() for term in self._terms]
        _, c = self._examples_and_labels
        rows = joined(np.concatenate(blocks, axis=-1))
        # Rows takes the mean over m c rows, G the sum over labels
        ones = np.ones(rows.shape[:-1])
        return Rows(rows, c * ones, None if self.averaged else ones)

    @property
    def _written_out(self) -> Layered:
        return Layered(self.flat, self.flatten)

    def dense(self):
        return self.flat.dense()

    def rotated(self, basis):
        return self._written_out.rotated(basis)

    def scaled(self, s):
        return self._written_out.scaled(s)


@dataclass(frozen=True, eq=False)
class _Outer:
    """Gradients g a^T of a matrix: errors g (*r, m, c, o), inputs a (*r, m, d).

    Sums over examples j and labels c are products of matrices, in which no gradient is formed.
    """

    errors: np.ndarray
    inputs: np.ndarray

    @property
    def count(self):
        """Examples and labels."""
        return self.errors.shape[-3:-1]

    def squares(self):
        """sum_jc (g a^T)^2, (*r, o, d)."""
        # (g_o a_d)^2 = g_o^2 a_d^2: the sum over examples is one product of matrices
        squared = (self.errors**2).sum(-2)
        return transposed(squared) @ self.inputs**2

    def dot(self, v):
        """g^T V a, (*r, m, c)."""
        # V a first, (m, o): shared by all labels of an example
        seen = self.inputs @ transposed(v)
        products = self.errors @ seen[..., None]
        return products[..., 0]

    def mixed(self, u):
        """sum_jc u_jc g a^T, (*r, o, d)."""
        weighted = vecmat(u, self.errors)
        return transposed(weighted) @ self.inputs

    def rows(self):
        """(*r, m, c, o d)."""
        a = self.inputs[..., None, None, :]
        products = self.errors[..., None] * a
        return raveled(products, 2)


@dataclass(frozen=True, eq=False)
class _Each:
    """Gradients of a block, one per example and label, written out as rows (*r, m, c, n)."""

    gradients: np.ndarray
    shape: tuple[int, ...]

    @property
    def count(self):
        """Examples and labels."""
        return self.gradients.shape[-3:-1]

    def squares(self):
        """The sum of their squares, (*r, *shape)."""
        squared = self.gradients**2
        return with_shape(squared.sum((-3, -2)), self.shape)

    def dot(self, v):
        """Their inner products with a tensor, (*r, m, c)."""
        flat = raveled(v, len(self.shape))
        products = self.gradients @ flat[..., None, :, None]
        return products[..., 0]

    def mixed(self, u):
        """sum_jc u_jc times the gradient, (*r, *shape)."""
        rows = joined(self.gradients)
        weights = joined(u[..., None])
        total = vecmat(weights[..., 0], rows)
        return with_shape(total, self.shape)

    def rows(self):
        """Themselves."""
        return self.gradients

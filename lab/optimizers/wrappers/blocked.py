"""Large tensors cut into blocks, each of which a method takes for a tensor of its own.

A matrix m x n has two Kronecker factors with m^2 + n^2 numbers, whose roots cost m^3 + n^3. In
blocks b x b these are m n / b^2 pairs of b x b: 2 m n numbers whatever b, twice the parameters, and
2 m n b operations. What is lost is the correlation between blocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np

from lab.arrays import Layers, Params, Scalar, like, tensors
from lab.arrays.sweeps import mapped
from lab.checks import able, count
from lab.optimizers.protocol import Optimizer, of_inner, waits
from lab.oracle import WithGradient


@dataclass(frozen=True)
class Blocked:
    """Run `inner` on the blocks of every tensor whose sides are longer than `largest`

    A side d is cut into ceil(d / largest) parts, all of length `largest` but the last (Shi et al.
    2023; Anil et al. 2020), so that a matrix m x n has blocks with factors of at most that size:
    memory and roots cost O(largest) per entry in place of O(m + n). What `inner` does per tensor
    (norms, factors) it does per block. State: that of `inner`, on the blocks in the order of the
    tensors and of C. Where no side is longer nothing is cut, and nothing changes.

    Rotations and permutations across blocks are seen, whatever `inner` declares. TypeError for a
    method that asks for more than gradients. Blocked(Shampoo(0.1), largest=128)

    784 x 1000 with largest = 128 becomes 7 x 8 blocks, the last ones 16 and 104 long. With largest
    = 1 every entry is a tensor: Shampoo is then AdaGrad, damping inside the root. A vector is cut
    along its one side. Hyper-parameters per block of Layers go to all parts of their tensor.
    """

    inner: Optimizer
    largest: int = 1024

    needs = of_inner("needs")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def __post_init__(self):
        able("Blocked.inner", self.inner, "init", "step")
        count("Blocked.largest", self.largest)
        asked = sorted(self.inner.needs - {"grad", "loss"})
        if asked:
            raise TypeError(
                f"Blocked.inner asks for {', '.join(asked)}: must ask for gradients only, which "
                "are cut like theta"
            )

    @property
    def invariances(self):
        """Those of `inner` that leave rows and columns in their blocks."""
        inside: Any = self.inner
        return inside.invariances - {"permutation", "rotation"}

    @property
    def scope(self):
        """That of `inner`, blocks at least: to a coordinatewise method a cut is nothing."""
        return getattr(self.inner, "scope", "vector")

    def init(self, theta):
        return self.inner.init(self._cut(theta))

    def waits(self, s):
        """Whether the next call belongs to the warm start of `inner`."""
        return waits(self.inner, s)

    def step(self, s, oracle, theta):
        # without a cut theta stays what it was, a vector a vector
        if not self._cuts(theta):
            return self.inner.step(s, oracle, theta)
        z = self._cut(theta)
        view = WithGradient(oracle, self._cut(oracle.grad))
        delta, s = self._spread(theta).step(s, view, z)
        return self._joined(delta, theta), s

    def metric(self, s):
        return InBlocks(self, s)

    def _cuts(self, theta) -> bool:
        """Whether any side of any tensor is too long."""
        return any(max(_sides(k, x)) > self.largest for k, x in tensors(theta))

    def _cut(self, theta) -> Params:
        """The blocks as Layers; theta itself where nothing is cut."""
        if not self._cuts(theta):
            return theta
        blocks = []
        orders = []
        for k, x in tensors(theta):
            for place in self._places(k, x):
                # a copy: products with a strided view cost more than copying it once
                blocks.append(np.ascontiguousarray(x[place]))
                orders.append(k)
        return Layers(blocks, orders)

    def _joined(self, z, theta) -> Params:
        """The inverse of _cut, like theta, whose numbers are not read."""
        blocks = iter(z)
        found = []
        for k, x in tensors(theta):
            whole = np.empty_like(x)
            for place in self._places(k, x):
                whole[place] = next(blocks)
            found.append(whole)
        return like(theta, found)

    def _places(self, k, x) -> Iterator[tuple]:
        """The indices of the blocks of a tensor, in C order, all run axes kept.

        The order of the state of `inner`: cutting, joining and hyper-parameters go through it.
        """
        sides = [self._parts(d) for d in _sides(k, x)]
        for place in product(*sides):
            yield (..., *place)

    def _parts(self, d) -> list[slice]:
        """The slices of a side of length d, the last one as long as what is left."""
        ends = [*range(0, d, self.largest), d]
        return [slice(first, last) for first, last in pairwise(ends)]

    def _spread(self, theta) -> Any:
        """The method inside, each block with the lifted hyper-parameters of its tensor."""
        # how many blocks every tensor has, and the order of every block
        counts = []
        orders = []
        for k, x in tensors(theta):
            blocks = len(list(self._places(k, x)))
            counts.append(blocks)
            orders += [k] * blocks

        def spread(scalar: Scalar) -> Scalar:
            # a number is the same for all; an array over runs becomes one per block
            if not isinstance(scalar, Layers) and np.ndim(scalar) == 0:
                return scalar
            own = scalar if isinstance(scalar, Layers) else [scalar]
            blocks = []
            for x, many in zip(own, counts, strict=True):
                blocks += [x] * many
            return Layers(blocks, orders)

        return mapped(self.inner, spread)


@dataclass(frozen=True, eq=False)
class InBlocks:
    """The metric of a method on blocks: what it divides, block by block.

    Between blocks it is 0: the matrix of a cut tensor is block-diagonal.
    """

    method: Blocked
    state: Any

    def times(self, v):
        return self._each(v, "times")

    def solve(self, v):
        return self._each(v, "solve")

    def _each(self, v, name):
        """times or solve of the metric inside, of v cut as theta was."""
        cut = self.method._cut(v)
        if cut is v:
            inside = self.method.inner.metric(self.state)
            return getattr(inside, name)(v)
        inside = self.method._spread(v).metric(self.state)
        return self.method._joined(getattr(inside, name)(cut), v)


def _sides(k, x) -> tuple[int, ...]:
    """The lengths of a tensor of order k, without those of its runs."""
    return x.shape[x.ndim - k :]

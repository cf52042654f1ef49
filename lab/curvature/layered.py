"""The curvature of a vector problem whose parameters are blocks.

Blocks and entries are in the order of the flat vector: that of the blocks, each in C order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.arrays import Layers, zeros_like
from lab.curvature.dense import Dense
from lab.curvature.protocol import Curvature
from lab.linalg import solve_symmetric


@dataclass(frozen=True, eq=False)
class Layered:
    """G over flat vectors, asked in Layers; flatten.to(vector) and flatten.back(layers) map them.

    diag, times and mean speak Layers; dense() is the matrix over the flat vector, the only place
    where parameters are raveled.

    solve couples the blocks: it inverts all of G, not its diagonal blocks. damping: a number, one
    per run as (*r, 1), or Layers with one number per run and block, as PerBlock is lifted to.
    """

    flat: Curvature
    flatten: Any

    def diag(self):
        return self.flatten.to(self.flat.diag())

    def times(self, v):
        z = self.flatten.back(v)
        return self.flatten.to(self.flat.times(z))

    def solve(self, v, damping=0.0):
        z = self.flatten.back(v)
        if not isinstance(damping, Layers):
            return self.flatten.to(self.flat.solve(z, damping))

        # one number per run and block: the shift of G is a diagonal
        shift = self.flatten.back(damping + zeros_like(v))
        # what damps each block by another amount can't be handed to the flat curvature
        damped = self.dense() + shift[..., None] * np.eye(z.shape[-1])
        return self.flatten.to(solve_symmetric(damped, z))

    def mean(self):
        return self.flatten.to(self.flat.mean())

    def dense(self):
        return self.flat.dense()

    def rotated(self, basis):
        per_block = _PerBlock(basis, self.flatten)
        return Layered(self.flat.rotated(per_block), self.flatten)

    def scaled(self, s):
        z = self.flatten.back(s)
        return Layered(self.flat.scaled(z), self.flatten)


def bent(curved: Curvature, bend: np.ndarray | Layers | None) -> Curvature:
    """The Hessian J^T H J in other variables, curved, plus what a curved map adds (lab.maps).

    bend: a matrix (*r, n, n), the diagonal of one as Layers, or None for 0.

    Where the map is curved, the Hessian in z is J^T H J + sum_k g_k P_k''(z): the second term is
    `bend`, and it is what makes a Newton step depend on the variables. Costs a dense matrix.
    TypeError for Layers whose curvature has no flat vector.
    """
    if bend is None:
        return curved
    if not isinstance(bend, Layers):
        return Dense(curved.dense() + bend)
    if not isinstance(curved, Layered):
        raise TypeError(f"{type(curved).__name__} in layers can't be bent: no flat vector")
    diagonal = curved.flatten.back(bend)[..., None]
    n = diagonal.shape[-2]
    return Layered(Dense(curved.dense() + diagonal * np.eye(n)), curved.flatten)


@dataclass(frozen=True, eq=False)
class _PerBlock:
    """A linear change of Layers acting on rows of flat vectors: x P, row by row P^T x."""

    basis: Any
    flatten: Any

    def rows(self, x):
        blocks = self.flatten.to(x)
        return self.flatten.back(self.basis.pull(None, blocks))

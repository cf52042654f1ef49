"""G as the matrix it is: all its entries, or its diagonal when nothing else is there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import Params, each, zeros_like
from lab.curvature.protocol import mean_in
from lab.linalg import matvec, ratio, solve_symmetric, transposed


@dataclass(frozen=True, eq=False)
class Dense:
    """G given as a matrix (n, n), or one per run (*r, n, n).

    score: the mean gradient behind it, (*r, n), 0 unless given.

    O(n^2) per product and O(n^3) per solve and rotation. The matrix is taken as symmetric and is
    not symmetrised; solve is on its range (lab.linalg.solve_symmetric). diag is a view of g. One
    matrix serves all runs of v where g has none.
    """

    g: np.ndarray
    score: np.ndarray | None = None

    def diag(self):
        return np.diagonal(self.g, axis1=-2, axis2=-1)

    def times(self, v):
        return matvec(self.g, v)

    def solve(self, v, damping=0.0):
        return solve_symmetric(self.g, v, damping)

    def mean(self):
        return np.zeros(self.g.shape[:-1]) if self.score is None else self.score

    def dense(self):
        return self.g

    def rotated(self, basis):
        # rows twice: Q^T G Q for a symmetric G without asking the basis for a matrix
        half = basis.rows(self.g)
        both = basis.rows(transposed(half))
        return Dense(transposed(both), mean_in(basis, self.score))

    def scaled(self, s):
        # theta = s z: both rows and columns, and the mean gradient once
        score = None if self.score is None else s * self.score
        return Dense(s[..., :, None] * self.g * s[..., None, :], score)


@dataclass(frozen=True, eq=False)
class Diagonal:
    """G = diag(d), d (n,) or one per run (*r, n), or Layers: every answer is O(n).

    Solve rests where d + damping is 0.

    In Layers it serves as the metric of methods that divide entry by entry; rotated and dense are
    for vectors. mean is 0: nothing is known of the gradients behind it.
    """

    d: Params

    def diag(self):
        return self.d

    def times(self, v):
        return self.d * v

    def solve(self, v, damping=0.0):
        return each(ratio, v, self.d + damping)

    def mean(self):
        return zeros_like(self.d)

    def dense(self):
        d = np.asarray(self.d)
        return d[..., None] * np.eye(d.shape[-1])

    def rotated(self, basis):
        # no diagonal any more, unless the basis is the coordinates
        return Dense(self.dense()).rotated(basis)

    def scaled(self, s):
        return Diagonal(s**2 * self.d)

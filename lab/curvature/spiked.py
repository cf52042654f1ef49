"""G as another curvature plus low rank."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.curvature.protocol import Curvature, mean_in
from lab.linalg import matvec, solve_symmetric, transposed, vecmat


@dataclass(frozen=True, eq=False)
class Spiked:
    """G = scale base + sum_k w_k spike_k spike_k^T:  a matrix plus low rank.

    Such as E[g_B g_B^T] = noise + gradient gradient^T of a batch gradient g_B.
    base: a Curvature; scale: a number or (*r,); spikes (*r, k, n); centre (*r, n): the mean of the
    gradients behind G, 0 unless given; weight (*r, k): the w_k, of either sign, 1 unless given.
    diag and times cost what the base costs plus O(k n).

    With k spikes of weight 0 it is the scaled base. solve forms the matrix: with spikes of negative
    weight it may be indefinite, which the Woodbury formula would not show. A change of variables
    acts on the base and on every spike, so that it stays of this form.
    """

    base: Curvature
    scale: float | np.ndarray
    spikes: np.ndarray
    centre: np.ndarray | None = None
    weight: np.ndarray | None = None

    def _scale(self, axes):
        """scale (*r,) with `axes` trailing axes, to multiply vectors or matrices.

        One scale per run multiplies all of a run's entries, of a vector (axes = 1) or of a matrix
        (2).
        """
        trailing = (None,) * axes
        return np.asarray(self.scale)[(..., *trailing)]

    def _weighted(self):
        """w_k spike_k, (*r, k, n)."""
        if self.weight is None:
            return self.spikes
        return self.weight[..., None] * self.spikes

    def diag(self):
        low_rank = (self._weighted() * self.spikes).sum(-2)
        base = self._scale(1) * self.base.diag()
        return base + low_rank

    def times(self, v):
        # spike_k . v, (*r, k)
        along = matvec(self.spikes, v)
        low_rank = vecmat(along, self._weighted())
        base = self._scale(1) * self.base.times(v)
        return base + low_rank

    def solve(self, v, damping=0.0):
        return solve_symmetric(self.dense(), v, damping)

    def mean(self):
        if self.centre is not None:
            return self.centre
        *runs, _, n = self.spikes.shape
        return np.zeros((*runs, n))

    def dense(self):
        # not symmetric to the last bit where weights are not 1: eigh reads one triangle
        low_rank = transposed(self.spikes) @ self._weighted()
        base = self._scale(2) * self.base.dense()
        return base + low_rank

    def rotated(self, basis):
        base = self.base.rotated(basis)
        spikes = basis.rows(self.spikes)
        return Spiked(base, self.scale, spikes, mean_in(basis, self.centre), self.weight)

    def scaled(self, s):
        base = self.base.scaled(s)
        spikes = s[..., None, :] * self.spikes
        centre = None if self.centre is None else s * self.centre
        return Spiked(base, self.scale, spikes, centre, self.weight)

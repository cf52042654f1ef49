"""Curvature as an object: the Gauss-Newton / Fisher matrix G of a loss at a point, asked for what an optimizer needs.

diag()      the diagonal of G, (*r, n)
times(v)    G v, (*r, n)
mean()      the mean of the gradients behind G: 0 for exact curvature, whose labels have expectation zero score
solve(v, damping)   (G + damping I)^-1 v on the range, (*r, n); damping a number or (*r, 1)
dense()     G itself, (n, n) or (*r, n, n); for tests and small problems
rotated(q)  Q^T G Q, for anything with rows(x), orthogonal or not
scaled(s)   diag(s) G diag(s), s (*r, n)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lab.arrays import Layers, Params, Scalar, each, zeros_like
from lab.linalg import matvec, solve_symmetric


class Curvature(Protocol):
    """What an objective returns from `curvature(theta, batch, labels, rng)`."""

    def diag(self) -> Params: ...

    def times(self, v: Params) -> Params: ...

    def solve(self, v: Params, damping: Scalar = 0.0) -> Params: ...

    def mean(self) -> Params: ...

    def dense(self) -> np.ndarray: ...

    def rotated(self, basis) -> Curvature: ...

    def scaled(self, s: np.ndarray) -> Curvature: ...


@dataclass(frozen=True, eq=False)
class Dense:
    """G given as a matrix (n, n), or one per run (*r, n, n); score: the mean gradient behind it, (*r, n), 0 unless given."""

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
        half = basis.rows(self.g)
        score = None if self.score is None else basis.rows(self.score[..., None, :])[..., 0, :]
        return Dense(basis.rows(half.swapaxes(-1, -2)).swapaxes(-1, -2), score)

    def scaled(self, s):
        return Dense(s[..., :, None] * self.g * s[..., None, :], None if self.score is None else s * self.score)


@dataclass(frozen=True, eq=False)
class Diagonal:
    """G = diag(d), d (n,) or one per run (*r, n), or Layers: every answer is O(n). Solve rests where d + damping is 0."""

    d: Params

    def diag(self):
        return self.d

    def times(self, v):
        return self.d * v

    def solve(self, v, damping=0.0):
        d = self.d + damping
        return each(_divided, v, d)

    def mean(self):
        return zeros_like(self.d)

    def dense(self):
        d = np.asarray(self.d)
        return d[..., None] * np.eye(d.shape[-1])

    def rotated(self, basis):
        return Dense(self.dense()).rotated(basis)

    def scaled(self, s):
        return Diagonal(s**2 * self.d)


def _divided(v, d):
    zero = d == 0
    return np.where(zero, 0.0, v / np.where(zero, 1.0, d))


@dataclass(frozen=True, eq=False)
class Rows:
    """G = (1/m) sum_j w_j x_j x_j^T + shift I, the curvature of a model linear in theta: example j has gradient c_j x_j, w_j = c_j^2.

    x: (m, n) or (*r, m, n); weight: (*r, m); score: the c_j, (*r, m), or None when the labels were averaged exactly (mean 0).
    """

    x: np.ndarray
    weight: np.ndarray
    score: np.ndarray | None = None
    shift: float = 0.0

    def _over_examples(self, c, x):
        return (c[..., None, :] @ x)[..., 0, :] / x.shape[-2]

    def diag(self):
        return self._over_examples(self.weight, self.x**2) + self.shift

    def times(self, v):
        z = matvec(self.x, v)
        return self._over_examples(self.weight * z, self.x) + self.shift * v

    def solve(self, v, damping=0.0):
        return solve_symmetric(self.dense(), v, damping)

    def mean(self):
        return self._over_examples(np.zeros_like(self.weight) if self.score is None else self.score, self.x)

    def dense(self):
        weighted = self.weight[..., None] * self.x
        return self.x.swapaxes(-1, -2) @ weighted / self.x.shape[-2] + self.shift * np.eye(self.x.shape[-1])

    def rotated(self, basis):
        if self.shift:
            return Dense(self.dense(), self.mean()).rotated(basis)
        return Rows(basis.rows(self.x), self.weight, self.score)

    def scaled(self, s):
        if self.shift:
            return Dense(self.dense(), self.mean()).scaled(s)
        return Rows(s[..., None, :] * self.x, self.weight, self.score)


@dataclass(frozen=True, eq=False)
class Spiked:
    """G = scale base + sum_k w_k spike_k spike_k^T:  a matrix plus low rank, such as E[g_B g_B^T] = noise + gradient gradient^T

    base: a Curvature; scale: a number or (*r,); spikes (*r, k, n); centre (*r, n): the mean of the gradients behind G, 0 unless given;
    weight (*r, k): the w_k, of either sign, 1 unless given. diag and times cost what the base costs plus O(k n).
    """

    base: Curvature
    scale: float | np.ndarray
    spikes: np.ndarray
    centre: np.ndarray | None = None
    weight: np.ndarray | None = None

    def _scale(self, axes):
        return np.asarray(self.scale)[(...,) + (None,) * axes]

    def _weighted(self):
        return self.spikes if self.weight is None else self.weight[..., None] * self.spikes

    def diag(self):
        return self._scale(1) * self.base.diag() + (self._weighted() * self.spikes).sum(-2)

    def times(self, v):
        along = matvec(self.spikes, v)
        return self._scale(1) * self.base.times(v) + (along[..., None, :] @ self._weighted())[..., 0, :]

    def solve(self, v, damping=0.0):
        return solve_symmetric(self.dense(), v, damping)

    def mean(self):
        return np.zeros(self.spikes.shape[:-2] + self.spikes.shape[-1:]) if self.centre is None else self.centre

    def dense(self):
        return self._scale(2) * self.base.dense() + self.spikes.swapaxes(-1, -2) @ self._weighted()

    def rotated(self, basis):
        centre = None if self.centre is None else basis.rows(self.centre[..., None, :])[..., 0, :]
        return Spiked(self.base.rotated(basis), self.scale, basis.rows(self.spikes), centre, self.weight)

    def scaled(self, s):
        centre = None if self.centre is None else s * self.centre
        return Spiked(self.base.scaled(s), self.scale, s[..., None, :] * self.spikes, centre, self.weight)


@dataclass(frozen=True, eq=False)
class Layered:
    """The curvature of a vector problem whose parameters are seen as Layers; `flatten` maps between the two.

    diag, times and mean speak Layers; dense() is the matrix over the flat vector, the only place where parameters are raveled.
    """

    flat: Curvature
    flatten: Any

    def diag(self):
        return self.flatten.to(self.flat.diag())

    def times(self, v):
        return self.flatten.to(self.flat.times(self.flatten.back(v)))

    def solve(self, v, damping=0.0):
        z = self.flatten.back(v)
        per_run = damping[0].reshape(z.shape[:-1] + (1,)) if isinstance(damping, Layers) else damping
        return self.flatten.to(self.flat.solve(z, per_run))

    def mean(self):
        return self.flatten.to(self.flat.mean())

    def dense(self):
        return self.flat.dense()

    def rotated(self, basis):
        return Layered(self.flat.rotated(_PerBlock(basis, self.flatten)), self.flatten)

    def scaled(self, s):
        return Layered(self.flat.scaled(self.flatten.back(s)), self.flatten)


@dataclass(frozen=True, eq=False)
class _PerBlock:
    """A linear change of Layers acting on rows of flat vectors: x P, row by row P^T x."""

    basis: Any
    flatten: Any

    def rows(self, x):
        return self.flatten.back(self.basis.pull(None, self.flatten.to(x)))

"""Muon on a part of every matrix: the rows or columns that weigh most.

The part that is left out is not lost but waits in the buffer, and grows until it is chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lab.arrays import Scalar, each_tensor, zeros_like
from lab.checks import count, fields, fraction, nonnegative, positive
from lab.optimizers.matrix.norms import spectral, spectral_metric
from lab.optimizers.matrix.polar import Root, as_matrix
from lab.optimizers.pieces import Momentum
from lab.optimizers.protocol import EUCLIDEAN
from lab.ties import rounded


def part(name: str, x: float) -> None:
    """ValueError unless 0 < x <= 1: a share of rows of which at least one is taken."""
    if not 0 < x <= 1:
        raise ValueError(f"{name} = {x:g}: must be in (0, 1]")


@dataclass(frozen=True)
class Dion2:
    """b = b + g;  u = b on the rows K, 0 elsewhere;  delta = -lr r O(u);  b = momentum b on K

    (Ahn et al. 2025.) K: the share `part` of the rows (of the columns, where these are fewer) with
    the largest sums of |entries|, at least one; what is not used stays in b (error feedback). O:
    the polar factor by `root`; r: sqrt(rows / columns) ("operator", authors' code) or Muon's factor
    ("shape"). With part = 1 it is Muon with a sum for its average, without nesterov. Of equal rows
    the first is taken. On sharded matrices their code chooses within every shard. State: b and u,
    like theta. Dion2(0.01, part=0.25)

    O costs the square of the shorter side times the longer one, so that a quarter of the rows of a
    square matrix costs a sixteenth (here rows are zeroed, not cut: the step is that of the authors,
    not its cost). The spectral norm of delta is lr r, for an exact root. ValueError unless 0 < part
    <= 1.
    """

    lr: Scalar = 0.01
    momentum: Scalar = 0.95
    eps: Scalar = 1e-7
    part: float = 0.25
    scale: Literal["operator", "shape", "none"] = "operator"
    root: Root = "polar-express"
    iterations: int = 5

    needs = frozenset({"grad"})
    vectors = ("m", "u")
    units = {"lr": (1, 0), "eps": (-1, 1)}
    scope = "matrix"
    invariances = EUCLIDEAN | {"scale"}

    def __post_init__(self):
        fields(self, lr=positive, momentum=fraction, eps=nonnegative, iterations=count)
        part("Dion2.part", self.part)

    def init(self, theta):
        return Momentum(zeros_like(theta), zeros_like(theta))

    def step(self, s, oracle, theta):
        b = s.m + oracle.grad
        chosen = each_tensor(self._chosen, b)
        u = chosen * b
        # only what has moved theta decays: the rest is a debt, as in error feedback
        kept = (1 - chosen) * b + self.momentum * u

        delta = -self.lr * spectral(u, self.eps, self.root, self.iterations, self.scale)
        return delta, Momentum(kept, u)

    def metric(self, s):
        return spectral_metric(s.u, self.eps, self.root, self.iterations, self.scale)

    def _chosen(self, k, b):
        """1 on the chosen rows or columns of a tensor's matrix, 0 elsewhere, like b.

        Compared after rounding, relative to the largest: runs that differ in the last digit agree.
        """
        matrix = as_matrix(k, b)
        rows, columns = matrix.shape[-2:]
        # the shorter side is the one whose number O's cost is quadratic in
        axis = -1 if rows <= columns else -2
        weights = np.abs(matrix).sum(axis)

        most = weights.max(-1, keepdims=True, initial=0.0)
        shares = weights / np.where(most > 0, most, 1.0)
        order = np.argsort(-rounded(shares), kind="stable")
        rank = np.argsort(order, kind="stable")
        wanted = int(np.ceil(self.part * weights.shape[-1]))
        chosen = np.expand_dims(rank < wanted, axis)
        everywhere = np.broadcast_to(chosen, matrix.shape)
        return everywhere.reshape(b.shape).astype(float)

"""The natural gradient layer by layer, without Kronecker factors: what they approximate.

For one example F_l is g g^T kron (a; 1)(a; 1)^T, for a batch the mean of such products, which is no
product. K-FAC takes the product of the means, TNT the one with the right partial traces; here the
mean itself is kept, at the price of D^2 numbers and D^3 operations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, raveled, zeros_like
from lab.checks import fields, fraction, nonnegative, positive
from lab.linalg import matvec, solve_symmetric, transposed
from lab.optimizers.matrix.blocks import per_tensor, seen, unseen
from lab.optimizers.matrix.damping import shifted
from lab.optimizers.matrix.statistic import Statistic
from lab.optimizers.pieces import ema, off

Matrices = tuple[np.ndarray, ...]


class Blocks(NamedTuple):
    """m: the sum of gradients, like theta; f: averaged Fisher blocks (*r, D, D), one per tensor; d:
    those of the last step, damped."""

    t: int
    m: Params
    f: Matrices
    d: Matrices


@dataclass(frozen=True)
class BlockNaturalGradient:
    """F_l <- beta2 F_l + (1 - beta2) E vec(S) vec(S)^T;  m = momentum m + g;  delta = -lr (F_l +
        damping I)^-1 m

    Layer by layer, (W, b) of a dense layer as one tensor S = g (a; 1)^T, the full matrix over its D
    entries: for small networks (D = 420 costs milliseconds). The first sample is taken whole.
    Blocks that belong to no dense layer have their own F. With beta2 = 0 and labels = "exact" it is
    the block-diagonal natural gradient; `GaussNewton` is the one with all blocks.

    Without damping the solution is the one on the range of F_l: with fewer rows than D (examples
    times outputs) F_l is singular, and directions that no example sees rest. With damping -> inf it
    is momentum with rate lr / damping. Where one example and exact labels make F_l a product, K-FAC
    without damping takes the same step.
    """

    lr: Scalar
    damping: Scalar
    beta2: Scalar = 0.9
    momentum: Scalar = 0.0
    labels: Literal["exact", "sampled", "true"] = "exact"

    needs = frozenset({"grad", "factors"})
    vectors = ("m",)
    matrices = ()
    units = {"lr": (0, 0), "damping": (-2, 1)}
    scope = "matrix"
    invariances = frozenset[str]()

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative, beta2=fraction, momentum=fraction)

    def init(self, theta):
        return Blocks(0, zeros_like(theta), (), ())

    def step(self, s, oracle, theta):
        m = oracle.grad if off(self.momentum) else self.momentum * s.m + oracle.grad
        f = self._averaged(s, oracle, theta)
        dampings = per_tensor(self.damping, theta, "column")
        # kept for the metric: damping may be scheduled
        d = tuple(map(shifted, f, dampings))
        direction = _applied(solve_symmetric, m, d)
        return -self.lr * direction, Blocks(s.t + 1, m, f, d)

    def metric(self, s):
        return OfBlocks(s.d)

    def _averaged(self, s, oracle, theta):
        statistic = Statistic("modes", "example", self.labels, "column")
        samples = statistic.take(oracle, theta, s.t)
        moments = [_second_moment(sample) for sample in samples]
        # an average from 0 would be too small by 1 - beta2^t, and the step too long
        if s.t == 0:
            return tuple(moments)
        betas = per_tensor(self.beta2, theta, "column")
        return tuple(ema(a, b, beta) for a, b, beta in zip(s.f, moments, betas, strict=True))


def _second_moment(sample):
    """E vec(S) vec(S)^T, (*r, D, D)."""
    # exact labels are c rows per example, already weighted: over examples, not over rows
    rows, examples = sample.rows()
    return transposed(rows) @ rows / examples


def _applied(solve, v: Params, matrices: Matrices) -> Params:
    """solve(A, vec x) tensor by tensor, like v; also for products A vec x."""
    blocks = []
    for (k, x), a in zip(seen(v, "column"), matrices, strict=True):
        solved = solve(a, raveled(x, k))
        blocks.append(solved.reshape(x.shape))
    return unseen(v, blocks, "column")


@dataclass(frozen=True, eq=False)
class OfBlocks:
    """M, one full matrix (*r, D, D) per tensor."""

    blocks: Matrices

    def times(self, v):
        return _applied(matvec, v, self.blocks)

    def solve(self, v):
        return _applied(solve_symmetric, v, self.blocks)

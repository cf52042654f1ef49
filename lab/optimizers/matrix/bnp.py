"""Batch normalisation as a preconditioner: descent as if every layer's inputs were standardised.

A layer W a + b is W' a' + b' in the inputs a' = (a - mu) / sqrt(v), with W' = W diag(sqrt(v)) and
b' = b + W mu. A step of (W', b') along its own gradient, G_W' = (G_W - G_b mu^T) / sqrt(v) and
G_b' = G_b, is in (W, b)

    W: G_W' / sqrt(v) = (G_W - G_b mu^T) / v,    b: G_b - (that) mu

which is the update below with q2 = 1: P P^T in place of I, a positive definite matrix per layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from lab.arrays import Layers, Scalar, layers, runs
from lab.checks import fields, fraction, nonnegative, positive
from lab.maps import Columns, StandardisedInputs
from lab.optimizers.matrix.blocks import per_tensor
from lab.optimizers.matrix.statistic import with_layers
from lab.optimizers.pieces import ema


class Inputs(NamedTuple):
    """t: steps so far; per dense layer the running mean and variance of its inputs, and v, what the
    last step divided by, (*r, 1, d); q2: one number per block."""

    t: int
    mean: Columns
    variance: Columns
    v: Columns
    q2: tuple[float, ...]


@dataclass(frozen=True)
class BNP:
    """mu <- ema(mean a);  var <- ema(var a);  v = var + eps1 max(var) + eps2;  q2 = max(m / N, 1)
        G_W <- (G_W - G_b mu^T) / (q2 v);  G_b <- G_b / q2 - G_W mu;  delta = -lr (G_W, G_b)

    (Lange, Helfrich & Ye 2022; constants as recalled.) a: the m inputs of a dense layer, over the N
    examples of the batch. It is G P P^T / q2, P the change of variables `StandardisedInputs`:
    descent on the network whose layers see (a - mu) / sqrt(v), at the rate lr / q2. The network
    itself is not changed. Momentum acts on what comes out: Momentum(BNP(lr), 0.9, place="step").

    variance  "batch": var <- beta2 var + (1 - beta2) var_B, as printed: too small by the factor 1 -
              1 / N, 0 at N = 1, where v becomes eps2. "total": var_B + beta2 (mean_B - mu)^2 in
              place of var_B is the variance of the weighted examples so far, at every N
    start     "unit": mean 0, variance 1 (the authors', as recalled), felt for some 200 steps.
              "first": those of the first batch. "mean": plain averages, until the weight 1 / t of
              a batch falls to 1 - beta2
    frozen    the statistics of the first batch stay
    rescaled  whether q2 divides

    A layer without bias has nothing to take a mean up: mu = 0, var the second moment. Blocks that
    belong to no dense layer take a plain step. Where v = 0 (eps1 = eps2 = 0 and a constant input)
    the weight rests. With eps1 = eps2 = 0 and q2 = 1 it is K-FAC without damping and without output
    factor, the covariance in its activation factor replaced by its diagonal. Spreads of var beyond
    1 / eps1 are not repaired: `lab.theory.normalization`. Units are those of the weights.

    TypeError for one vector, and for an objective whose curvature has no layers. A batch wider than
    long (m > N) has q2 > 1. State: t, per dense layer mean, var and v, per block q2.
    """

    lr: Scalar
    beta2: Scalar = 0.99
    eps1: Scalar = 1e-2
    eps2: Scalar = 1e-4
    variance: Literal["total", "batch"] = "total"
    start: Literal["mean", "first", "unit"] = "mean"
    frozen: bool = False
    rescaled: bool = True

    needs = frozenset({"grad", "factors"})
    vectors = ()
    matrices = ()
    units = {"lr": (0, -1), "eps2": (-2, 0)}
    scope = "matrix"
    invariances = frozenset[str]()

    def __post_init__(self):
        fields(self, lr=positive, beta2=fraction, eps1=nonnegative, eps2=nonnegative)

    def init(self, theta):
        if not isinstance(theta, Layers):
            raise TypeError("theta is one vector: BNP needs Layers with roles")
        # variance 1 is what "unit" starts from; the others give it weight 0 at the first batch
        rows = []
        for pair in layers(theta):
            d = theta[pair.weight].shape[-1]
            rows.append(np.zeros((*runs(theta), 1, d)))
        zeros = tuple(rows)
        ones = tuple(row + 1 for row in rows)
        q2 = (1.0,) * len(theta)
        return Inputs(0, zeros, ones, ones, q2)

    def step(self, s, oracle, theta):
        inputs = [layer.inputs for layer in with_layers(oracle, "true").layers]
        mean, variance = self._updated(s, inputs, theta)
        v = self._divisors(variance, theta)
        q2 = self._sizes(inputs, theta)

        change = StandardisedInputs(mean, v)
        direction = OfInputs(change, q2).solve(oracle.grad)
        state = Inputs(s.t + 1, mean, variance, v, q2)
        return -self.lr * direction, state

    def metric(self, s):
        change = StandardisedInputs(s.mean, s.v)
        return OfInputs(change, s.q2)

    def _updated(self, s, inputs, theta):
        """Running means and variances with one batch more, (*r, 1, d) per dense layer."""
        means, variances = [], []
        betas = per_tensor(self.beta2, theta, "column")
        pairs = layers(theta)
        for k, a in enumerate(inputs):
            keep = self._kept(betas[k], s.t)
            own = np.zeros_like(s.mean[k])
            spread = (a**2).mean(-2, keepdims=True)
            if pairs[k].bias is not None:
                own = a.mean(-2, keepdims=True)
                spread = a.var(-2, keepdims=True)
            # a mixture's variance: those inside, and that of the two means, keep (1 - keep) moved^2
            if self.variance == "total":
                moved = own - s.mean[k]
                spread = spread + keep * moved**2

            means.append(ema(s.mean[k], own, keep))
            variances.append(ema(s.variance[k], spread, keep))
        return tuple(means), tuple(variances)

    def _kept(self, beta2, t):
        """The weight of the average so far: 0 drops it, 1 ignores the batch."""
        if self.frozen and t > 0:
            return 1.0
        if self.start == "mean":
            averaged = 1 - 1 / (t + 1)
            return np.minimum(beta2, averaged)
        if self.start == "first" and t == 0:
            # times beta2: the shape of a sweep over it
            return 0.0 * beta2
        return beta2

    def _divisors(self, variances, theta):
        """v of every dense layer, (*r, 1, d); eps1 is relative, eps2 has the unit of inputs^2."""
        eps1 = per_tensor(self.eps1, theta, "column")
        eps2 = per_tensor(self.eps2, theta, "column")
        found = []
        # the most variable input of the layer sets the scale of what is added to all
        for k, variance in enumerate(variances):
            largest = variance.max(-1, keepdims=True)
            added = eps1[k] * largest + eps2[k]
            found.append(variance + added)
        return tuple(found)

    def _sizes(self, inputs, theta):
        """q2 of every block: max(m / N, 1) for dense layers, 1 for the others."""
        found = [1.0] * len(theta)
        for pair, a in zip(layers(theta), inputs, strict=True):
            examples, m = a.shape[-2:]
            if self.rescaled:
                found[pair.weight] = max(m / examples, 1.0)
            if pair.bias is not None:
                found[pair.bias] = found[pair.weight]
        return tuple(found)


@dataclass(frozen=True, eq=False)
class OfInputs:
    """M with M^-1 = P P^T / q2, P a change of variables per layer, q2 a number per block.

    M is symmetric and positive definite where v > 0: what BNP does is a preconditioner.
    """

    change: StandardisedInputs
    q2: tuple[float, ...]

    def times(self, v):
        # M v = P^-T (q2 P^-1 v): through the variables of the change and back
        z = self.change.to(v)
        blocks = []
        for x, q in zip(z, self.q2, strict=True):
            blocks.append(x * q)
        sized = Layers(blocks, v.orders, v.roles)
        return self.change.push_back(sized)

    def solve(self, v):
        # the change is linear, its derivative the same everywhere: no point is needed
        pulled = self.change.pull(None, v)
        moved = self.change.back(pulled)
        blocks = []
        for x, q in zip(moved, self.q2, strict=True):
            blocks.append(x / q)
        return Layers(blocks, v.orders, v.roles)

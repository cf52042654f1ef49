"""The Kronecker family with any two exponents, one batch at a time, from thin factors.

B = Z Z^T with Z of size o x n C, often far thinner than the layer is wide, and f(Z Z^T) Z = Z f(Z^T
Z): a power of the o x o matrix needs only the singular value decomposition of Z. Width enters
linearly, which is what scans of the width need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from lab.arrays import Layers, Pair, Scalar, layers
from lab.checks import fields, nonnegative, one_of, positive, real
from lab.dampings import KINDS, Dampings, Sizes, dampings
from lab.linalg import transposed
from lab.optimizers.matrix.statistic import with_layers
from lab.thin import power_times


class Last(NamedTuple):
    """What the last step saw of every layer, for the metric."""

    layers: tuple[Any, ...]


@dataclass(frozen=True)
class ThinKronecker:
    """delta = -lr (B + rho_B I)^-e_B G (A + rho_A I)^-e_A,  A = E h h^T,  B = E J J^T

    Layer by layer on the batch at hand, without averages: SGD (e_A, e_B) = (0, 0), FOOF (1, 0), GNT
    (0, 1), K-FAC (1, 1) (Ishikawa & Karakida 2024, section 3, who introduce the exponents). h:
    inputs of the layer, J: derivatives of the outputs by its pre-activations. A bias has A = 1
    without damping. Factors are never formed: a batch of n examples and C outputs costs O(width (n
    C)^2), see `lab.thin`; where n C exceeds the width it is no slower than the matrix would be.

    errors   "output": J, the exact Gauss-Newton factor of a squared loss; "loss": the gradients of
             the loss, the empirical one
    damp     rho_A and rho_B from damping: "trace", "pi", "printed", "absolute", see `lab.dampings`;
             "trace" is valid at every width. 0 is the pseudo-inverse

    lr per run, per block too; damping per run only. State: what the last batch was,
    for the metric. ThinKronecker(0.1, 0.01, e_B=0.5)

    With damping -> inf it tends to SGD of a rate per layer, lr rho_B^-e_B rho_A^-e_A. For one
    example with one output, damp = "trace", damping rho and (e_A, e_B) = (1, 1) every layer moves
    the output alike: J dW h = -lr chi / (1 + rho)^2, chi the derivative of the loss by the output,
    at every width.

    A block that belongs to no dense layer (a scale, a shift) takes a step of SGD, -lr g. TypeError
    where the oracle has no factors per layer.
    """

    lr: Scalar
    damping: Scalar
    e_A: float = 1.0
    e_B: float = 1.0
    errors: Literal["output", "loss"] = "output"
    damp: Literal["trace", "pi", "printed", "absolute"] = "trace"

    needs = frozenset({"grad", "factors"})
    vectors = ()
    matrices = ()
    scope = "matrix"
    invariances = frozenset[str]()
    # a share of the trace has no unit; an exponent mixes those of theta and loss into lr
    units = {"damping": (0, 0)}

    def __post_init__(self):
        fields(self, lr=positive, damping=nonnegative)
        real("ThinKronecker.e_A", self.e_A, 0)
        real("ThinKronecker.e_B", self.e_B, 0)
        one_of("ThinKronecker.errors", self.errors, ("output", "loss"))
        one_of("ThinKronecker.damp", self.damp, KINDS)

    def init(self, theta):
        return Last(())

    def step(self, s, oracle, theta):
        # both: the gradient is made of true errors, whatever the factor of errors is made of
        true = with_layers(oracle, "true").layers
        exact = true if self.errors == "loss" else with_layers(oracle, "exact").layers
        # layer by layer: nothing is carried from one to the other, or from step to step
        seen = []
        for pair, loss, output in zip(layers(theta), true, exact, strict=True):
            seen.append(self._layer(pair, Factor.of(loss, output)))

        # scales and shifts, which no factor belongs to, take the gradient itself
        blocks: list[Any] = list(oracle.grad)
        for layer in seen:
            blocks[layer.pair.weight] = layer.weight_step()
            if layer.pair.bias is not None:
                blocks[layer.pair.bias] = layer.bias_step()
        u = Layers(blocks, theta.orders, theta.roles)
        return -self.lr * u, Last(tuple(seen))

    def metric(self, s):
        return ThinMetric(s.layers)

    def _layer(self, pair, factor):
        """One layer with the dampings that its own traces give."""
        rho = self._dampings(factor, pair.weight)
        return ThinLayer(pair, factor, rho, self.e_A, self.e_B)

    def _dampings(self, factor, block):
        """rho_A and rho_B of the layer whose weight is that block, numbers or (*r,)."""
        rho = self.damping[block] if isinstance(self.damping, Layers) else self.damping
        # lifted for a matrix; traces are one number per run
        if np.ndim(rho):
            rho = rho[..., 0, 0]
        return dampings(self.damp, rho, factor.sizes)


class Factor(NamedTuple):
    """One layer: inputs H (*r, d, n), J (*r, o, n C) and loss gradients D (*r, o, n), each over
    the root of n: A = H H^T, B = J J^T, G = D H^T."""

    h: np.ndarray
    j: np.ndarray
    d: np.ndarray

    @classmethod
    def of(
        cls,
        loss: Any,
        output: Any,
    ) -> Factor:
        """From the factors of true labels, and of those that B is made of.

        output.errors (*r, n, C, o): examples and outputs become columns alike.
        """
        *shape, n, c, o = output.errors.shape
        root = np.sqrt(n)
        columns = output.errors.reshape(*shape, n * c, o)
        # true labels are one per example: an axis of length 1
        own = loss.errors[..., 0, :]
        return cls(
            transposed(loss.inputs) / root, transposed(columns) / root, transposed(own) / root
        )

    @property
    def sizes(self) -> Sizes:
        """Traces and dimensions of A and B."""
        # the trace of Z Z^T is the sum of the squares of Z
        trace_A = (self.h**2).sum((-1, -2))
        trace_B = (self.j**2).sum((-1, -2))
        return Sizes(trace_A, trace_B, self.h.shape[-2], self.j.shape[-2])


class ThinLayer(NamedTuple):
    """The powers of one layer's damped factors."""

    pair: Pair
    factor: Factor
    rho: Dampings
    e_A: float
    e_B: float

    def weight_step(self) -> np.ndarray:
        """(B + rho_B)^-e_B D H^T (A + rho_A)^-e_A, (*r, o, d)"""
        left = self.outer(self.factor.d, -self.e_B)
        right = self.inner(self.factor.h, -self.e_A)
        return left @ transposed(right)

    def bias_step(self) -> np.ndarray:
        """(B + rho_B)^-e_B D 1, (*r, o): the input of a bias is 1."""
        left = self.outer(self.factor.d, -self.e_B)
        # the other root of n: D carries one, the mean over examples has two
        n = self.factor.h.shape[-1]
        return left.sum(-1) / np.sqrt(n)

    def outer(
        self,
        x: np.ndarray,
        power: float,
    ) -> np.ndarray:
        """(B + rho_B)^p X of X (*r, o, k); X itself for p = 0, with 0^0 = 1."""
        return x if power == 0 else power_times(self.factor.j, x, power, self.rho.B)

    def inner(
        self,
        x: np.ndarray,
        power: float,
    ) -> np.ndarray:
        """(A + rho_A)^p X of X (*r, d, k)."""
        return x if power == 0 else power_times(self.factor.h, x, power, self.rho.A)


@dataclass(frozen=True, eq=False)
class ThinMetric:
    """v -> (B + rho_B)^e_B V (A + rho_A)^e_A layer by layer, and its inverse."""

    layers: tuple[ThinLayer, ...]

    def times(
        self,
        v: Layers,
    ) -> Layers:
        """M v"""
        return self._powers(v, 1.0)

    def solve(
        self,
        v: Layers,
    ) -> Layers:
        """M^-1 v, on the range without damping"""
        return self._powers(v, -1.0)

    def _powers(self, v, sign):
        """v with every layer multiplied by the powers sign e_B and sign e_A."""
        blocks: list[Any] = list(v)
        for layer in self.layers:
            x = blocks[layer.pair.weight]
            left = layer.outer(x, sign * layer.e_B)
            right = layer.inner(transposed(left), sign * layer.e_A)
            blocks[layer.pair.weight] = transposed(right)
            if layer.pair.bias is not None:
                column = blocks[layer.pair.bias][..., None]
                blocks[layer.pair.bias] = layer.outer(column, sign * layer.e_B)[..., 0]
        return Layers(blocks, v.orders, v.roles)

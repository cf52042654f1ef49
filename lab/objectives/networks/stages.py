"""Stages of a network, y = stage(x; p) on examples x (*r, m, d), with their derivatives by hand.

`At` is a point in a forward pass; `Moved` how parameters, input and output change with a direction
v: the R-operator of Pearlmutter (1994) is the derivative of every formula along it. A stage with
the seven maps of `Stage` is all that a network needs: forward and pushed go from x to y, pull and
grads back, pull_moved and grads_moved differentiate these two, examples is grads before the sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from lab.linalg import transposed, vecmat
from lab.objectives.networks.activations import Activation

Blocks = tuple[np.ndarray, ...]


class At(NamedTuple):
    """A stage with its own blocks p, its input x and its output y."""

    stage: Stage
    p: Blocks
    x: np.ndarray
    y: np.ndarray


class Moved(NamedTuple):
    """The derivatives of p, x and y along a direction."""

    p: Blocks
    x: np.ndarray
    y: np.ndarray


class Stage(Protocol):
    """A map of examples, g always the derivative of a loss by its output y.

    couples: whether an example's output depends on the other examples. blocks: the kind and shape
    of each of its parameters. Run axes *r come first everywhere; x of a full batch may lack them.
    No map changes its arguments.
    """

    @property
    def couples(self) -> bool: ...

    @property
    def blocks(self) -> tuple[tuple[str, tuple[int, ...]], ...]: ...

    def forward(self, p: Blocks, x: np.ndarray) -> np.ndarray:
        """y, (*r, m, d')."""
        ...

    def pushed(self, at: At, dp: Blocks, dx: np.ndarray) -> np.ndarray:
        """dy, for changes dp of the parameters and dx of the input."""
        ...

    def pull(self, at: At, g: np.ndarray) -> np.ndarray:
        """The derivative of the loss by x."""
        ...

    def grads(self, at: At, g: np.ndarray) -> Blocks:
        """The derivative by each block, summed over examples."""
        ...

    def examples(self, at: At, g: np.ndarray) -> Blocks:
        """The same, example by example, (*r, m, ...)."""
        ...

    def pull_moved(self, at: At, g: np.ndarray, moved: Moved, dg: np.ndarray) -> np.ndarray:
        """The derivative of `pull` along a direction that changes g by dg."""
        ...

    def grads_moved(self, at: At, g: np.ndarray, moved: Moved, dg: np.ndarray) -> Blocks:
        """The derivative of `grads`."""
        ...


@dataclass(frozen=True)
class Dense:
    """y = x W^T + b,  W (out, in), b (out,) where there are biases.

    pull g W;  grads (g^T x, sum_j g_j);  examples (g_j x_j^T, g_j). y is linear in x and in (W, b)
    separately, so that the moved maps have one term for each factor that moves.
    """

    inputs: int
    outputs: int
    biases: bool = True

    couples = False

    @property
    def blocks(self):
        weight = ("weight", (self.outputs, self.inputs))
        bias = ("bias", (self.outputs,))
        return (weight, bias) if self.biases else (weight,)

    def forward(self, p, x):
        w, *biases = p
        y = x @ transposed(w)
        # none or one; y is new and may be added to
        for b in biases:
            y += b[..., None, :]
        return y

    def pushed(self, at, dp, dx):
        w = at.p[0]
        # forward with (dW, db) in place of (W, b): the layer is linear in them
        return self.forward(dp, at.x) + dx @ transposed(w)

    def pull(self, at, g):
        return g @ at.p[0]

    def grads(self, at, g):
        weight = transposed(g) @ at.x
        return (weight, _total(g)) if self.biases else (weight,)

    def examples(self, at, g):
        # m times the memory of the weight: only asked where factors do not do
        weight = g[..., :, None] * at.x[..., None, :]
        return (weight, g) if self.biases else (weight,)

    def pull_moved(self, at, g, moved, dg):
        return dg @ at.p[0] + g @ moved.p[0]

    def grads_moved(self, at, g, moved, dg):
        weight = transposed(dg) @ at.x + transposed(g) @ moved.x
        return (weight, _total(dg)) if self.biases else (weight,)


def _total(g):
    """The sum over examples, as a product with ones: faster than a reduction over rows."""
    return vecmat(np.ones(g.shape[-2]), g)


@dataclass(frozen=True)
class Activated:
    """y = phi(x), entry by entry: pull phi'(x) g, and no parameters."""

    phi: Activation

    couples = False
    blocks = ()

    def forward(self, p, x):
        return self.phi.value(x)

    def pushed(self, at, dp, dx):
        return self.phi.slope(at.x, at.y) * dx

    def pull(self, at, g):
        return self.phi.slope(at.x, at.y) * g

    def grads(self, at, g):
        return ()

    def examples(self, at, g):
        return ()

    def pull_moved(self, at, g, moved, dg):
        # d(phi' g) = phi'' dx g + phi' dg
        bend = self.phi.bend(at.x, at.y) * moved.x
        return self.phi.slope(at.x, at.y) * dg + bend * g

    def grads_moved(self, at, g, moved, dg):
        return ()

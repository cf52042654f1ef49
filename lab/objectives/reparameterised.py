"""The same loss in other variables: f(P(z)), P orthogonal, linear, elementwise or into layers.

The changes are in lab.maps. With h(z) = f(P(z)) and J = dP/dz

    grad h = J^T g,    G_h = J^T G J,    H_h = J^T H J + sum_k g_k P_k''(z)

where g, G and H are those of f at P(z). The last term is why a Newton step depends on the variables
and a Gauss-Newton step, to first order, does not: outputs of the model are the same functions in
both, and G is made of their first derivatives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Params, parts
from lab.checks import able
from lab.curvature import bent
from lab.maps import Change
from lab.oracle import evaluation, offered


@dataclass(frozen=True, eq=False)
class Reparameterised:
    """z -> f(P(z)), P a change of variables: a basis (theta = Q z), Linear, Elementwise or Flatten.

    Gauss-Newton matrix J^T G J; Hessian J^T H J + sum_k g_k P_k'': the two differ for an
    elementwise map. ValueError for a change that does not fit the parameters of f.

    Gradient J^T g. A method that is invariant under the change takes the same path in theta as on
    f; gradient descent does so for orthogonal P only. Batches, labels and examples are those of f.

    The other side of InVariables: there the method changes its variables, here the problem does,
    and the two paths agree. Start: P^-1 of that of f. second_moment: J^T E[g_B g_B^T] J. TypeError
    for an f or a change without the methods that are needed.
    Reparameterised(Quadratic(np.diag([1.0, 10.0])), Orthogonal(q))
    """

    f: Any
    change: Change

    def __post_init__(self):
        able("f", self.f, "start", "loss")
        able("change", self.change, "to", "back")
        theta = self.f.start()
        try:
            # by trying: a change need not know its own dimensions
            fits = _shapes(self.change.back(self.change.to(theta))) == _shapes(theta)
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(
                f"change does not fit f: {type(self.f).__name__} has parameters of shape "
                f"{_shapes(theta)}"
            )

    @property
    def offers(self) -> frozenset[str]:
        """What f offers."""
        return offered(self.f)

    @property
    def labelled(self) -> bool:
        """Whether the curvature of f depends on labels."""
        return getattr(self.f, "labelled", True)

    @property
    def coupled(self) -> bool:
        """Whether the examples of f are coupled."""
        return getattr(self.f, "coupled", False)

    @property
    def examples(self) -> int | None:
        """The number of examples of f, None for a population."""
        return getattr(self.f, "examples", None)

    def start(self, runs=(), rng=None):
        return self.change.to(self.f.start(runs, rng))

    def draw(self, rng, runs, size):
        return self.f.draw(rng, runs, size)

    def evaluate(self, z, batch=None):
        inner = evaluation(self.f, self.change.back(z), batch)
        return _Pulled(self.change, z, inner)

    def loss(self, z, batch=None):
        return self.f.loss(self.change.back(z), batch)

    def grad(self, z, batch=None):
        g = self.f.grad(self.change.back(z), batch)
        return self.change.pull(z, g)

    def curvature(self, z, batch, labels, rng):
        theta = self.change.back(z)
        return self.change.curve(z, self.f.curvature(theta, batch, labels, rng))

    def hessian(self, z, batch=None):
        theta = self.change.back(z)
        # linear maps have no bend, and their Hessian keeps its form
        curved = self.change.curve(z, self.f.hessian(theta, batch))
        return bent(curved, self.change.bend(z, self.f.grad(theta, batch)))

    def second_moment(self, z, size):
        moment = self.f.second_moment(self.change.back(z), size)
        return self.change.curve(z, moment)


class _Pulled:
    """Loss and gradient in z, from those of f at P(z), each when it is asked for."""

    def __init__(self, change, z, inner):
        self.change = change
        self.z = z
        self.inner = inner

    @property
    def loss(self) -> np.ndarray:
        return self.inner.loss

    @cached_property
    def grad(self) -> Params:
        return self.change.pull(self.z, self.inner.grad)


def _shapes(theta: Params) -> list[tuple[int, ...]]:
    """Of the blocks, or of the one vector."""
    return [block.shape for block, _ in parts(theta)]

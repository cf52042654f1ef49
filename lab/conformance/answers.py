"""What a record says besides gradients: curvatures, labels, probes, losses, each with the step it
was for.

A second-order method can be followed by another program only if that program is told what ours was
told: the Hessian, the gradients of the examples whose labels were drawn, the random probes. They
stand in front of the oracle's own answers, so that a record with its own probes is replayed with
those, and everything that is not recorded is asked as before.

All parameters stand side by side in what is told, in the order of the blocks: n = sum of their
sizes.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers, Params, parts
from lab.curvature import Dense, Rows
from lab.optimizers.protocol import Optimizer, of_inner
from lab.oracle import InVariables, Oracle


@dataclasses.dataclass(frozen=True, eq=False)
class Told:
    """Answers by name, None where the record has none. n: all parameters side by side.

    hessian, curvature, second_moment (n, n): the same at every step; curvature is the exact
    Gauss-Newton or Fisher matrix. sampled, true (T, m, n): per step the gradients of m examples
    with labels drawn from the model, or the data's; their mean product is the curvature, their
    mean the score. probes: like the gradients, entries +-1. losses (T,): at the points before
    each step.
    """

    hessian: np.ndarray | None = None
    curvature: np.ndarray | None = None
    second_moment: np.ndarray | None = None
    sampled: np.ndarray | None = None
    true: np.ndarray | None = None
    probes: Params | None = None
    losses: np.ndarray | None = None

    @property
    def anything(self) -> bool:
        """Whether there is any answer at all."""
        return any(getattr(self, field.name) is not None for field in dataclasses.fields(self))


def members(optimizer: Optimizer) -> frozenset[str]:
    """The members of the oracle that a method asks: of "hessian.times", hessian."""
    return frozenset(need.split(".")[0] for need in optimizer.needs)


# The members of the oracle that a record can answer.
RECORDED = frozenset({"grad", "loss", "hessian", "curvature", "second_moment", "probe"})


def unrecorded(optimizer: Optimizer) -> list[str]:
    """The members that a method asks and no record answers: "factors", the layers of a network,
    whose parameters have roles; "at", the oracle at other points.
    """
    return sorted(members(optimizer) - RECORDED)


class Asking(NamedTuple):
    """The number of steps so far, which is where the record is, and the state inside."""

    t: int
    inner: Any


@dataclasses.dataclass(frozen=True, eq=False)
class Answering:
    """`inner`, whose oracle answers what was recorded; everything else it asks as before. It
    needs gradients only, whatever `inner` needs: that is what makes a record enough to run it.
    """

    inner: Optimizer
    told: Told

    vectors = of_inner("vectors")
    units = of_inner("units")
    scope = of_inner("scope")

    @property
    def needs(self):
        return frozenset({"grad"})

    def init(self, theta):
        return Asking(0, self.inner.init(theta))

    def step(self, s, oracle, theta):
        view = Recorded(oracle, self.told, s.t, theta)
        delta, inner = self.inner.step(s.inner, view, theta)
        return delta, Asking(s.t + 1, inner)

    def metric(self, s):
        return self.inner.metric(s.inner)


class Recorded:
    """An oracle with the answers recorded at step t (from 0) in front of its own.

    theta tells the shapes in which they are given. A change of variables is seen through as
    through any oracle: the answers are those of the original variables, turned.
    """

    def __init__(self, oracle: Oracle, told: Told, t: int, theta: Params):
        self.oracle = oracle
        self.told = told
        self.t = t
        self.theta = theta

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    @cached_property
    def hessian(self):
        if self.told.hessian is None:
            return self.oracle.hessian
        return Unfolded(Dense(self.told.hessian), self.theta)

    @cached_property
    def second_moment(self):
        if self.told.second_moment is None:
            return self.oracle.second_moment
        return Unfolded(Dense(self.told.second_moment), self.theta)

    @property
    def loss(self):
        return self.oracle.loss if self.told.losses is None else self.told.losses[self.t]

    def curvature(self, labels="exact"):
        recorded = {
            "exact": self.told.curvature,
            "sampled": self.told.sampled,
            "true": self.told.true,
        }
        answer = recorded[labels]
        if answer is None:
            return self.oracle.curvature(labels)
        if labels == "exact":
            return Unfolded(Dense(answer), self.theta)

        ones = np.ones(answer.shape[1])
        return Unfolded(Rows(answer[self.t], ones, ones), self.theta)

    def probe(self, like=None):
        if self.told.probes is None:
            return self.oracle.probe(like)
        return _at(self.told.probes, self.t)

    def in_variables(self, change, z):
        return InVariables(self, change, z)


class Unfolded:
    """A curvature of all parameters side by side, asked with vectors or Layers like theta. What
    is asked as a matrix (`dense`, `rotated`) stays flat.
    """

    def __init__(self, flat: Any, theta: Params):
        self.flat = flat
        self.theta = theta

    def diag(self):
        return self._unfolded(self.flat.diag())

    def times(self, v):
        return self._unfolded(self.flat.times(side_by_side(v)))

    def mean(self):
        return self._unfolded(self.flat.mean())

    def solve(self, v, damping=0.0):
        return self._unfolded(self.flat.solve(side_by_side(v), damping))

    def dense(self):
        return self.flat.dense()

    def rotated(self, basis):
        return self.flat.rotated(basis)

    def scaled(self, s):
        return self.flat.scaled(s)

    def _unfolded(self, x):
        return unfolded(x, self.theta)


def _at(recorded: Params, t: int) -> Params:
    """What was recorded for step t, in the shapes of theta."""
    if not isinstance(recorded, Layers):
        return recorded[t]
    return Layers([block[t] for block in recorded], recorded.orders)


def side_by_side(params: Params) -> np.ndarray:
    """(n,): the blocks in one row, each in C order; the inverse of `unfolded`."""
    if not isinstance(params, Layers):
        return params
    return np.concatenate([block.ravel() for block in params])


def unfolded(x: np.ndarray, like: Params) -> Params:
    """The row (n,) as blocks like these, or as it is where `like` is a vector."""
    if not isinstance(like, Layers):
        return x
    ends = np.cumsum([block.size for block in like])[:-1]
    pieces = np.split(x, ends)
    return Layers(
        [p.reshape(b.shape) for p, (b, _) in zip(pieces, parts(like), strict=True)], like.orders
    )

"""Any optimizer in a basis of the curvature, which is taken anew now and then.

A diagonal method is as good as its basis: divided by diag(Q^T G Q) in the eigenbasis Q of G, the
gradient becomes G^-1 g, elsewhere it does not. How much of that is left when Q is some steps old is
what this wrapper asks. InMovingBasis follows gradients instead, and needs no G.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.arrays import Layers
from lab.bases import Orthogonal
from lab.checks import able, count
from lab.curvature import Dense
from lab.geodesics import align
from lab.linalg import matvec, transposed
from lab.metrics import Turned
from lab.optimizers.protocol import Optimizer, in_other_variables, of_inner
from lab.optimizers.wrappers.carrying import carried
from lab.oracle.views import WithCurvature

Bases = Callable[[np.ndarray], np.ndarray]


class Renewed(NamedTuple):
    """t: steps so far; basis: one per run, (*r, n, n); held: Q^T G Q at the last renewal, None
    before it; inner: the state of `inner`, in the basis."""

    t: int
    basis: Orthogonal
    held: Any
    inner: Any


@dataclass(frozen=True, eq=False)
class InRenewedBasis:
    """Run `inner` on z = Q^T theta,  Q = bases(G) every k steps, G the Gauss-Newton matrix there

    bases: (*r, n, n) symmetric -> (*r, n, n) orthogonal, such as lab.bases.eigenvectors. Until the
    next renewal `inner` sees Q^T G Q of the last, whatever labels it asks for, but the gradient of
    every step. Columns of the new basis P are those of Q as far as can be (lab.geodesics.align):
    inner state fields in `inner.vectors` go z -> P^T Q z, averages per coordinate stay. k is the
    field `every`. With k = 1 nothing that is seen is old. A run that has left the floating range
    has G = I. Costs a dense G and an assignment per run at every renewal.

    TypeError for Layers, which have no dense basis, and for an `inner` with state matrices.
    InRenewedBasis(eigenvectors, DiagonalGN(1.0), every=10)

    With eigenvectors, every = 1 and DiagonalGN(lr) it is GaussNewton(lr), where G is regular. On a
    quadratic G is constant and so is the basis, whatever `every`; with equal eigenvalues their
    eigenvectors are arbitrary, and so is the path of a method that sees them. A method invariant
    under rotations does not see the wrapper. State: t, the basis, the held curvature and that of
    `inner`.
    """

    bases: Bases
    inner: Optimizer
    every: int = 10

    vectors = ()
    units = of_inner("units")

    def __post_init__(self):
        able("InRenewedBasis.bases", self.bases, "__call__")
        able("InRenewedBasis.inner", self.inner, "init", "step")
        count("InRenewedBasis.every", self.every)
        if getattr(self.inner, "matrices", ()):
            raise TypeError(
                f"InRenewedBasis.inner is {type(self.inner).__name__}, whose state has matrices: "
                "must have numbers and vectors only"
            )

    @property
    def needs(self):
        others = {need for need in self.inner.needs if not need.startswith("curvature")}
        return in_other_variables(frozenset(others), "rotated") | {"curvature.dense"}

    def init(self, theta):
        if isinstance(theta, Layers):
            raise TypeError("theta is Layers: InRenewedBasis takes one vector")
        n = theta.shape[-1]
        # one per run from the start, so that the shape of the state never changes
        identity = np.zeros((*theta.shape, n)) + np.eye(n)
        return Renewed(0, Orthogonal(identity), None, self.inner.init(theta))

    def step(self, s, oracle, theta):
        if s.t % self.every == 0:
            s = self._renewed(s, oracle.curvature("exact").dense())

        z = s.basis.to(theta)
        inside = WithCurvature(oracle.in_variables(s.basis, z), s.held)
        delta, inner = self.inner.step(s.inner, inside, z)
        return s.basis.back(delta), Renewed(s.t + 1, s.basis, s.held, inner)

    def metric(self, s):
        return Turned(self.inner.metric(s.inner), s.basis)

    def _renewed(self, s, g) -> Renewed:
        """The state in the basis of G."""
        g = _finite(g)
        q = s.basis.q
        # bases may answer one for all runs
        new = np.broadcast_to(self.bases(g), q.shape)
        p = _matched(new, q)
        turn = transposed(p) @ q
        inner = carried(s.inner, self.inner.vectors, lambda z: matvec(turn, z))
        held = transposed(p) @ g @ p
        return Renewed(s.t, Orthogonal(p), Dense(held), inner)


def _finite(g: np.ndarray) -> np.ndarray:
    """The matrices of runs, I for those that have left the floating range: any basis is as good."""
    inside = np.isfinite(g).all((-1, -2), keepdims=True)
    return np.where(inside, g, np.eye(g.shape[-1]))


def _matched(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """The columns of new bases (*r, n, n) in the order and with the signs of the old ones."""
    # an assignment problem per run: there is no stacked one
    found = np.empty_like(old)
    for run in np.ndindex(new.shape[:-2]):
        found[run] = align(new[run], old[run])
    return found

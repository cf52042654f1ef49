"""Any optimizer in a basis that moves with the gradients, and SOAP, which is Adam in the eigenbasis of Shampoo's factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from lab.arrays import Layers, Params, Scalar, per_matrix, tensors, zeros_like
from lab.bases import Basis, Kronecker, Orthogonal, PerLayer, eigenvectors
from lab.checks import count, fields, fraction, nonnegative
from lab.linalg import gram
from lab.optimizers.adaptive.adam import Adam
from lab.optimizers.wrappers.decay import Decayed
from lab.optimizers.protocol import ema, of_inner
from lab.optimizers.matrix.spectral import zero_factor


class Tracker(Protocol):
    """A rule for a moving basis: init(theta) starts in the coordinate basis, update(state, g) sees one gradient, basis(state) answers.

    Column j of the new basis must be the successor of column j of the old one: states that are kept per column stay where they are.
    """

    def init(self, theta: Params) -> Any: ...

    def update(self, state: Any, g: Params) -> Any: ...

    def basis(self, state: Any) -> Basis: ...


class Moving(NamedTuple):
    t: int
    tracked: Any
    inner: Any


@dataclass(frozen=True, eq=False)
class InMovingBasis:
    """Run `inner` in the coordinates z = Q_t^T theta of a basis that a tracker moves after each step.

    When Q becomes P, the inner state fields named in `inner.vectors` go z -> P^T Q z; second moments stay with their columns. State
    matrices (Shampoo's factors) are not carried: such methods belong outside. The first
    gradient sets the basis before it is used; skip_first = True makes no step with it (SOAP, so that a gradient never meets a basis
    made from itself). Rotation-invariant methods do not see the wrapper; with a tracker that does not move it is InBasis.
    TypeError when `inner` changes the basis itself: its state would live in coordinates that this wrapper does not know.
    """

    tracker: Any
    inner: Any
    skip_first: bool = False

    def __post_init__(self):
        inside: Any = self.inner
        while inside is not None:
            if hasattr(inside, "basis") or hasattr(inside, "tracker"):
                raise TypeError(
                    f"InMovingBasis.inner contains {type(inside).__name__}: put the fixed basis outside, InBasis(q, InMovingBasis(...))"
                )
            inside = getattr(inside, "inner", None)

    @property
    def needs(self):
        return self.inner.needs | {"grad"}

    vectors = of_inner("vectors")

    @property
    def units(self):
        return {**self.tracker.units, **self.inner.units}

    def init(self, theta):
        return Moving(0, self.tracker.init(theta), self.inner.init(theta))

    def step(self, s, oracle, theta):
        if s.t == 0:
            s = self._moved(s, oracle.grad)
            if self.skip_first:
                return zeros_like(theta), s
            return self._stepped(s, oracle, theta)
        delta, s = self._stepped(s, oracle, theta)
        return delta, self._moved(s, oracle.grad)

    def _stepped(self, s, oracle, theta):
        q = self.tracker.basis(s.tracked)
        delta, inner = self.inner.step(s.inner, oracle.in_basis(q), q.to(theta))
        return q.back(delta), Moving(s.t + 1, s.tracked, inner)

    def _moved(self, s, g):
        tracked = self.tracker.update(s.tracked, g)
        q, p = self.tracker.basis(s.tracked), self.tracker.basis(tracked)
        return Moving(max(s.t, 1), tracked, carried(s.inner, self.vectors, lambda z: p.to(q.back(z))))


def carried(state: Any, names: tuple[str, ...], move) -> Any:
    """The state with `move` applied to the fields in `names`, also inside the states of wrappers."""
    if not hasattr(state, "_replace"):
        return state
    return state._replace(**{f: move(x) if f in names else carried(x, names, move) for f, x in zip(state._fields, state, strict=True)})


class Tracked(NamedTuple):
    n: int
    layered: bool
    factors: tuple[tuple[np.ndarray, ...], ...]
    bases: tuple[tuple[np.ndarray, ...], ...]


@dataclass(frozen=True, eq=False)
class ShampooEigenbasis:
    """L = ema(G G^T), R = ema(G^T G), one factor per mode;  Q = qr(L Q) every k updates, from Q = eigenvectors of the first L

    One step of power iteration, its columns taken in the order of their Rayleigh quotients q^T L q (as the SOAP authors do) and put
    back in their old places, with signs that continue the old columns. k is the field `every`.

    At the first update the factors have the rank of one gradient. Where that is less than their size, the eigenvectors of the null
    space are arbitrary, another LAPACK build gives another path, and no test can compare it: give `initial`, one tuple of orthogonal
    matrices per block ((q_out, q_in), ...), or damping > 0 (the factors plus damping I, ours) with `initial`. Blocks of order 1 keep
    the coordinate basis unless `vectors_too` (the authors' precondition_1d). A run that leaves the floating range keeps its last basis.
    """

    beta: Scalar = 0.95
    damping: Scalar = 0.0
    every: int = 10
    initial: tuple | None = None
    vectors_too: bool = False

    units = {"damping": (-2, 2)}

    def __post_init__(self):
        fields(self, beta=fraction, damping=nonnegative)
        count("ShampooEigenbasis.every", self.every)

    def init(self, theta):
        factors = [tuple(zero_factor(theta, x, k, j) for j in range(k)) for k, x in tensors(theta)]
        bases = tuple(tuple(np.broadcast_to(np.eye(a.shape[-1]), a.shape) for a in block) for block in factors)
        tracked = [k > 1 or self.vectors_too for k, _ in tensors(theta)]
        return Tracked(0, isinstance(theta, Layers), tuple(block if on else () for block, on in zip(factors, tracked, strict=True)), bases)

    def update(self, s, g):
        factors = tuple(_averaged(k, x, beta, old) for (k, x, beta), old in zip(tensors(g, self.beta), s.factors, strict=True))
        damped = [
            [a + per_matrix(damping, k) * np.eye(a.shape[-1]) for a in block]
            for (k, _, damping), block in zip(tensors(g, self.damping), factors, strict=True)
        ]
        bases = tuple(self._refreshed(s.n, j, *pair) for j, pair in enumerate(zip(damped, s.bases, strict=True)))
        return Tracked(s.n + 1, s.layered, factors, bases)

    def basis(self, s):
        bases = [Orthogonal(block[0]) if len(block) == 1 else Kronecker(block) for block in s.bases]
        return PerLayer(tuple(bases)) if s.layered else bases[0]

    def _refreshed(self, n, block, factors, bases):
        if not factors or n % self.every:
            return bases
        if n:
            return tuple(power_step(a, q) for a, q in zip(factors, bases, strict=True))
        if self.initial is not None:
            return tuple(np.broadcast_to(q, a.shape) for q, a in zip(self.initial[block], factors, strict=True))
        return tuple(_where_finite(a, eigenvectors, q) for a, q in zip(factors, bases, strict=True))


def _averaged(k, x, beta, old):
    return tuple(ema(a, gram(x, j, k), per_matrix(beta, k)) for j, a in enumerate(old))


def power_step(a: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The Q factor of L Q (*r, d, d), computed in decreasing order of diag(Q^T L Q); column j continues column j of q, with its sign."""

    def refined(a):
        order = np.argsort(-np.einsum("...ij,...ij->...j", q, a @ q), axis=-1, kind="stable")[..., None, :]
        new, upper = np.linalg.qr(a @ np.take_along_axis(q, order, -1))
        new = new * np.where(np.diagonal(upper, axis1=-2, axis2=-1) < 0, -1.0, 1.0)[..., None, :]
        return np.take_along_axis(new, np.argsort(order, -1), -1)

    return _where_finite(a, refined, q)


def _where_finite(a, make, fallback):
    finite = np.isfinite(a).all((-1, -2), keepdims=True)
    return np.where(finite, make(np.where(finite, a, np.eye(a.shape[-1]))), fallback)


class Averages(NamedTuple):
    t: int
    m: Params
    v: Params


def soap(
    lr: Scalar = 3e-3,
    *,
    beta1: Scalar = 0.95,
    beta2: Scalar = 0.95,
    eps: Scalar = 1e-8,
    weight_decay: Scalar = 0.01,
    tracker: ShampooEigenbasis | None = None,
    debias: bool = True,
    decay_after: bool = True,
    skip_first: bool = True,
) -> InMovingBasis:
    """SOAP = InMovingBasis(ShampooEigenbasis, Adam)      (Vyas et al. 2024)

    The defaults are the authors' code: the first call only sets the bases and makes no step; eps-hat order; decay after the step; m is
    carried into the new basis, v is not rotated. Their reordering of v along with the columns is the tracker's promise that columns stay
    in their places. They average the factors with beta2 unless told otherwise (tracker None) and compute bases in float32 (not here).
    """
    tracker = ShampooEigenbasis(beta2) if tracker is None else tracker
    adam = Adam(lr, beta1, beta2, eps, eps_hat=debias, debias_m=debias, debias_v=debias)
    return InMovingBasis(tracker, Decayed(adam, weight_decay, decay_after), skip_first)

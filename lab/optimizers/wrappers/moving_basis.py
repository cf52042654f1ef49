"""Any optimizer in a basis that moves with the gradients, and the basis of Shampoo's factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from lab.arrays import Layers, Params, Scalar, per_matrix, tensors, zeros_like
from lab.bases import Basis, Kronecker, Orthogonal, PerLayer, eigenvectors
from lab.checks import able, count, fields, fraction, nonnegative
from lab.metrics import Turned
from lab.modes import gram
from lab.optimizers.pieces import ema, zero_factors
from lab.optimizers.protocol import in_other_variables, of_inner
from lab.optimizers.wrappers.carrying import carried, turned, undeclared


class Tracker(Protocol):
    """A rule for a moving basis: init(theta) starts in the coordinate basis, update(state, g) sees
    one gradient, basis(state) answers.

    Column j of the new basis must be the successor of column j of the old one: states that are kept
    per column stay where they are.
    """

    def init(self, theta: Params) -> Any: ...

    def update(self, state: Any, g: Params) -> Any: ...

    def basis(self, state: Any) -> Basis: ...


class Moving(NamedTuple):
    """tracked, inner: the states of the tracker and of `inner`; last: both at the end of the last
    step, before the basis moved, for the metric."""

    t: int
    tracked: Any
    inner: Any
    last: tuple[Any, Any] | None


@dataclass(frozen=True, eq=False)
class InMovingBasis:
    """Run `inner` in the coordinates z = Q_t^T theta of a basis that a tracker moves after each
    step.

    When Q becomes P, the inner state fields named in `inner.vectors` go z -> P^T Q z, those in
    `inner.matrices` (one matrix per mode) go A -> (P^T Q) A (P^T Q)^T, and averages per coordinate
    stay with their columns. The first gradient sets the basis before it is used; skip_first = True
    makes no step with it (SOAP, so that a gradient never meets a basis made from itself).
    Rotation-equivariant methods do not see the wrapper; with a tracker that does not move it is
    InBasis. Invariances are those of `inner` on tensors whose basis the tracker leaves alone.

    TypeError when `inner` changes the basis itself: its state would live in coordinates that this
    wrapper does not know; and at the start of a run when its state has arrays that are neither
    declared nor of the shape of the parameters.
    """

    tracker: Any
    inner: Any
    skip_first: bool = False

    def __post_init__(self):
        fields(self)
        able("InMovingBasis.tracker", self.tracker, "init", "update")
        able("InMovingBasis.inner", self.inner, "init", "step")
        inside: Any = self.inner
        while inside is not None:
            if hasattr(inside, "change") or hasattr(inside, "tracker"):
                raise TypeError(
                    f"InMovingBasis.inner contains {type(inside).__name__}: put the fixed "
                    "basis outside, InBasis(q, InMovingBasis(...))"
                )
            inside = getattr(inside, "inner", None)

    @property
    def needs(self):
        return in_other_variables(self.inner.needs, "rotated") | {"grad"}

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    invariances = of_inner("invariances")
    scope = "matrix"

    @property
    def units(self):
        return {**self.tracker.units, **self.inner.units}

    def init(self, theta):
        inner = self.inner.init(theta)
        known = (*self.vectors, *_matrices(self))
        for field in undeclared(inner, known, theta):
            raise TypeError(
                f"InMovingBasis.inner: state field {field} of {type(self.inner).__name__} is not "
                "of the shape of the parameters: name it in vectors or matrices, or keep the "
                "method outside"
            )
        return Moving(0, self.tracker.init(theta), inner, None)

    def step(self, s, oracle, theta):
        if s.t == 0:
            s = self.moved(s, oracle.grad)
            if self.skip_first:
                return zeros_like(theta), s
            return self.stepped(s, oracle, theta)
        delta, s = self.stepped(s, oracle, theta)
        return delta, self.moved(s, oracle.grad)

    def stepped(self, s, oracle, theta):
        """The step of `inner` in the basis as it is."""
        q = self.tracker.basis(s.tracked)
        z = q.to(theta)
        view = oracle.in_variables(q, z)
        delta, inner = self.inner.step(s.inner, view, z)
        last = inner, s.tracked
        return q.back(delta), Moving(s.t + 1, s.tracked, inner, last)

    def moved(self, s, g):
        """The state after the tracker has seen g, its vectors and matrices in the new basis."""
        tracked = self.tracker.update(s.tracked, g)
        q = self.tracker.basis(s.tracked)
        p = self.tracker.basis(tracked)

        inner = s.inner
        matrices = _matrices(self)
        # the same object: between refreshes nothing has to turn
        if p is not q:
            inner = carried(inner, self.vectors, lambda z: p.to(q.back(z)))
        if p is not q and matrices:
            inner = carried(inner, matrices, lambda factors: turned(factors, p, q))
        # a first call without a step counts: the next one makes a step
        t = max(s.t, 1)
        return Moving(t, tracked, inner, s.last)

    def metric(self, s):
        inner, tracked = s.last
        basis = self.tracker.basis(tracked)
        return Turned(self.inner.metric(inner), basis)


def _matrices(method: Any) -> tuple[str, ...]:
    """The state matrices that a method declares; most have none, and say nothing."""
    return getattr(method, "matrices", ())


class Tracked(NamedTuple):
    """n: updates seen; factors and bases: per tensor one matrix (*r, d_j, d_j) per mode, no factors
    for tensors left alone; basis: the bases as one."""

    n: int
    factors: tuple[tuple[np.ndarray, ...], ...]
    bases: tuple[tuple[np.ndarray, ...], ...]
    basis: Basis


@dataclass(frozen=True, eq=False)
class ShampooEigenbasis:
    """L = ema(G G^T), R = ema(G^T G), one factor per mode;  Q = qr(L Q) every k updates, from Q =
    eigenvectors of the first L

    One step of power iteration, its columns taken in the order of their Rayleigh quotients q^T L q
    (as the SOAP authors do) and put back in their old places, with signs that continue the old
    columns. k is the field `every`.

    At the first update the factors have the rank of one gradient. Where that is less than their
    size, the eigenvectors of the null space are arbitrary, another LAPACK build gives another path,
    and no test can compare it: give `initial`, one tuple of orthogonal matrices per block ((q_out,
    q_in), ...), or damping > 0 (the factors plus damping I, ours) with `initial`. Blocks of order 1
    keep the coordinate basis unless `vectors_too` (the authors' precondition_1d). A run that leaves
    the floating range keeps its last basis.
    """

    beta2: Scalar = 0.95
    damping: Scalar = 0.0
    every: int = 10
    initial: tuple | None = None
    vectors_too: bool = False

    units = {"damping": (-2, 2)}

    def __post_init__(self):
        fields(self, beta2=fraction, damping=nonnegative, every=count)

    def init(self, theta):
        factors = zero_factors(theta)
        bases = tuple(tuple(map(_identity, block)) for block in factors)

        kept = []
        for (k, _), block in zip(tensors(theta), factors, strict=True):
            tracked = k > 1 or self.vectors_too
            kept.append(block if tracked else ())
        return Tracked(0, tuple(kept), bases, _basis(theta, bases))

    def update(self, s, g):
        n = s.n + 1
        averaged = []
        parts = tensors(g, self.beta2)
        for (k, x, beta), old in zip(parts, s.factors, strict=True):
            averaged.append(_averaged(k, x, beta, old))
        factors = tuple(averaged)
        if s.n % self.every:
            return s._replace(n=n, factors=factors)

        # of copies: the averages themselves stay undamped
        damped = []
        parts = tensors(g, self.damping)
        for (k, _, damping), block in zip(parts, factors, strict=True):
            shift = per_matrix(damping, k)
            damped.append([a + shift * np.eye(a.shape[-1]) for a in block])

        refreshed = []
        pairs = zip(damped, s.bases, strict=True)
        for j, (block, old) in enumerate(pairs):
            refreshed.append(self._refreshed(s.n, j, block, old))
        bases = tuple(refreshed)
        return Tracked(n, factors, bases, _basis(g, bases))

    def basis(self, s):
        return s.basis

    def _refreshed(self, n, block, factors, bases):
        """The bases of one tensor after n updates: given or of its factors at first, then moved."""
        if not factors:
            return bases
        if n == 0 and self.initial is not None:
            given = zip(self.initial[block], factors, strict=True)
            return tuple(np.broadcast_to(q, a.shape) for q, a in given)

        found = []
        for a, q in zip(factors, bases, strict=True):
            new = power_step(a, q) if n else _where_finite(a, eigenvectors, q)
            found.append(new)
        return tuple(found)


def _identity(a: np.ndarray) -> np.ndarray:
    """The identity in the shape of a factor (*r, d, d)."""
    size = a.shape[-1]
    return np.broadcast_to(np.eye(size), a.shape)


def _basis(like: Params, bases) -> Basis:
    """The matrices as one Basis for Params such as `like`.

    That they are orthogonal is verified here, once for each refresh.
    """
    blocks: list[Any] = []
    for block in bases:
        one = len(block) == 1
        blocks.append(Orthogonal(block[0]) if one else Kronecker(block))
    return PerLayer(tuple(blocks)) if isinstance(like, Layers) else blocks[0]


def _averaged(k, x, beta, old):
    """The factors of one tensor of order k after the gradient x."""
    weight = per_matrix(beta, k)
    averaged = []
    for j, a in enumerate(old):
        averaged.append(ema(a, gram(x, j, k), weight))
    return tuple(averaged)


def power_step(a: np.ndarray, q: np.ndarray) -> np.ndarray:
    """The Q factor of L Q (*r, d, d), computed in decreasing order of diag(Q^T L Q); column j
    continues column j of q, with its sign.

    One orthogonal iteration: it converges to the eigenvectors at the rate of the ratios of
    neighbouring eigenvalues, and costs a QR in place of an eigendecomposition.
    """

    def refined(a):
        # in decreasing order: QR leaves the first column as it is, and cleans the others of it
        moved = a @ q
        rayleigh = np.einsum("...ij,...ij->...j", q, moved)
        decreasing = np.argsort(-rayleigh, axis=-1, kind="stable")
        order = decreasing[..., None, :]
        sorted_q = np.take_along_axis(q, order, -1)
        new, upper = np.linalg.qr(a @ sorted_q)

        # QR chooses signs by its own rule: those of R's diagonal tell which columns it turned
        diagonal = np.diagonal(upper, axis1=-2, axis2=-1)
        signs = np.where(diagonal < 0, -1.0, 1.0)
        new = new * signs[..., None, :]
        return np.take_along_axis(new, np.argsort(order, -1), -1)

    return _where_finite(a, refined, q)


def _where_finite(a, make, fallback):
    """LAPACK raises for a NaN: the identity is decomposed in its place, the fallback answered."""
    entries = np.isfinite(a)
    finite = entries.all((-1, -2), keepdims=True)
    identity = np.eye(a.shape[-1])
    cleaned = np.where(finite, a, identity)
    made = make(cleaned)
    return np.where(finite, made, fallback)

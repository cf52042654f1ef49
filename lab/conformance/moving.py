"""Alterations of a moving basis: what follows its columns when they change, and what does not.

Programs keep the moments of SOAP per index, not per column. At a refresh they compute, with the
factor L of a mode and its old basis Q (*r, d, d),

    order = argsort(-diag(Q^T L Q)),    P = qr(L Q[:, order])

with the signs that LAPACK gives, so that index j means another direction than before, or the same
one with its sign turned. Second moments per index must then be taken in the same order, and first
moments go z -> P^T Q z. Each of both is forgotten in some program; on a record without a refresh
nobody sees it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np

from lab.arrays import Layers, Params
from lab.bases import Kronecker, Orthogonal, PerLayer
from lab.optimizers import InMovingBasis
from lab.optimizers.protocol import of_inner
from lab.optimizers.wrappers.carrying import carried

# Averages of squares, which have no sign: they follow an order.
SQUARES = ("v",)


@dataclasses.dataclass(frozen=True, eq=False)
class Unrotated:
    """`inner` whose state is not carried into a new basis: it declares no vectors and no
    matrices.

    A state of vectors in coordinates that are no longer those in use: what a program does that
    never turns them.
    """

    inner: Any

    needs = of_inner("needs")
    units = of_inner("units")
    scope = of_inner("scope")
    invariances = of_inner("invariances")
    vectors = ()
    matrices = ()

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        return self.inner.step(s, oracle, theta)

    def metric(self, s):
        return self.inner.metric(s)


@dataclasses.dataclass(frozen=True, eq=False)
class SortedColumns:
    """A tracker whose columns stand by decreasing Rayleigh quotient q^T L q, not in their old
    places, with the signs of LAPACK.

    Factors, refreshes and the first basis are those of `tracker`; only the new columns are put
    otherwise. Nothing changes for a method whose whole state follows its columns.

    Ties of quotients keep their order. units, init and basis are the tracker's own.
    """

    tracker: Any

    @property
    def units(self):
        return self.tracker.units

    def init(self, theta):
        return self.tracker.init(theta)

    def basis(self, s):
        return s.basis

    def update(self, s, g):
        new = self.tracker.update(s, g)
        # the first basis is in its own order
        if new.basis is s.basis or s.n == 0:
            return new
        blocks = zip(new.factors, s.bases, strict=True)
        bases = tuple(_sorted_block(factors, old) for factors, old in blocks)
        return new._replace(bases=bases, basis=basis_of(g, bases))


def _sorted_block(factors, old):
    """The new bases of one block, one per mode; a block without factors keeps its own."""
    if not factors:
        return old
    return tuple(map(_sorted_columns, factors, old))


def _sorted_columns(factor, old):
    """P of the module's formula.

    (*r, d, d); without the signs and the places that `power_step` gives back.
    """
    # by the quotients with the old columns, before the power step
    order = _order(factor, old)
    ordered = np.take_along_axis(old, order[..., None, :], -1)
    fresh, _ = np.linalg.qr(factor @ ordered)
    return fresh


def _order(factor, old):
    """(*r, d): the columns by decreasing quotient, ties as they stand."""
    quotients = np.einsum("...ij,...ij->...j", old, factor @ old)
    return np.argsort(-quotients, axis=-1, kind="stable")


def basis_of(like: Params, bases) -> Any:
    """The matrices of every mode as one basis for Params such as `like`."""
    # a vector has one mode, a matrix two
    blocks = tuple(Orthogonal(block[0]) if len(block) == 1 else Kronecker(block) for block in bases)
    return PerLayer(blocks) if isinstance(like, Layers) else blocks[0]


@dataclasses.dataclass(frozen=True, eq=False)
class SquaresFollow:
    """A moving basis with sorted columns whose second moments are taken in the new order.

        v <- v[order_1][..., order_d]        at every refresh but the first, block by block

    What is an average of squares has no sign, so that it follows an order, but no rotation.

    inner: sorted, and carrying nothing itself, or v would be moved twice.
    """

    inner: InMovingBasis

    needs = of_inner("needs")
    units = of_inner("units")
    scope = of_inner("scope")
    invariances = of_inner("invariances")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        delta, new = self.inner.step(s, oracle, theta)
        old = s.tracked
        if new.tracked.basis is old.basis or old.n == 0:
            return delta, new
        blocks = zip(new.tracked.factors, old.bases, strict=True)
        orders = [list(map(_order, factors, bases)) for factors, bases in blocks]
        followed = carried(new.inner, SQUARES, lambda v: _taken(v, orders))
        return delta, new._replace(inner=followed)

    def metric(self, s):
        return self.inner.metric(s)


@dataclasses.dataclass(frozen=True, eq=False)
class RefreshedFirst:
    """A moving basis that is updated with the newest gradient before the step, not after it.

    The newest gradient then meets a basis that has seen it, as SOAP's first step would without
    skip_first.
    """

    inner: InMovingBasis

    needs = of_inner("needs")
    units = of_inner("units")
    scope = of_inner("scope")
    invariances = of_inner("invariances")
    vectors = of_inner("vectors")
    matrices = of_inner("matrices")

    def init(self, theta):
        return self.inner.init(theta)

    def step(self, s, oracle, theta):
        # of the state that comes in: `moved` counts on
        first = s.t == 0
        s = self.inner.moved(s, oracle.grad)
        if first and self.inner.skip_first:
            return 0.0 * theta, s
        return self.inner.stepped(s, oracle, theta)

    def metric(self, s):
        return self.inner.metric(s)


def _taken(v: Params, orders: list) -> Params:
    """Every mode of every block in its new order; orders (*r, d) per mode, none for a block
    that stays.
    """
    if not isinstance(v, Layers):
        return _taken_block(v, orders[0])
    blocks = [_taken_block(x, order) for x, order in zip(v, orders, strict=True)]
    return Layers(blocks, v.orders)


def _taken_block(x, orders):
    """One block; its modes are the last axes."""
    modes = len(orders)
    for mode, order in enumerate(orders):
        # the axis of this mode counted from the last, behind any run axes
        axis = mode - modes
        ones = [1] * modes
        ones[mode] = order.shape[-1]
        index = order.reshape(*order.shape[:-1], *ones)
        x = np.take_along_axis(x, index, axis)
    return x


def _unrotated(o):
    """No field of the state follows the columns."""
    return dataclasses.replace(o, inner=Unrotated(o.inner))


def _sorted(o):
    """Sorted columns; what `vectors` names is carried.

    With v left in its places: indices then mean other directions.
    """
    return dataclasses.replace(o, tracker=SortedColumns(o.tracker))


def _sorted_unrotated(o):
    """Sorted columns; no field of the state follows them."""
    return _sorted(_unrotated(o))


def _only_squares_follow(o):
    """Sorted columns, and second moments in their order."""
    return SquaresFollow(_sorted_unrotated(o))


def _inside(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The change of a moving basis; None for what is none (any more).

    So that one table of readings can be tried on any method.
    """
    return lambda o: change(o) if isinstance(o, InMovingBasis) else None


READINGS: dict[str, Callable[[Any], Any]] = {
    "the basis is updated before the step, not after it": _inside(RefreshedFirst),
    "m stays in the old basis when the basis moves": _inside(_unrotated),
    "the columns of the basis are sorted and v does not follow": _inside(_sorted),
    "the columns of the basis are sorted and m stays in its places": _inside(_only_squares_follow),
    "the columns of the basis are sorted and neither m nor v follows": _inside(_sorted_unrotated),
}

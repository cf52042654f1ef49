"""Parameters in layers: blocks with orders and roles, on which arithmetic acts block by block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

KINDS = ("weight", "bias", "kernel", "scale", "shift")
PLACES = ("input", "hidden", "output")


class Role(NamedTuple):
    """What a block is for: its kind, the layer it belongs to, and where that layer stands.

    place: "input" for the layer that reads the data, "output" for the one that the loss reads,
    "hidden" between.
    """

    kind: str
    layer: int
    place: str = "hidden"


class Layers(NDArrayOperatorsMixin):
    """A tuple of blocks on which arithmetic and NumPy ufuncs act block by block.

    `orders[b]` is the number of trailing axes that belong to block b (1 vector, 2 matrix, k
    tensor); all axes before them are run axes and agree between blocks. `roles[b]`, where given,
    says what block b is for. Numbers broadcast; arrays with axes do not mix with Layers, because
    which axes would be runs is ambiguous: `lift` turns hyper-parameters into Layers first.

    ValueError when two Layers of different orders or roles meet, or orders or roles are not one per
    block.
    """

    __slots__ = ("blocks", "orders", "roles")

    def __init__(self, blocks, orders=None, roles=None):
        arrays = [np.asarray(block) for block in blocks]
        for b, array in enumerate(arrays):
            if array.dtype.kind not in "fiub":
                raise TypeError(f"block {b} has dtype {array.dtype}: must be real numbers")
        self.blocks = tuple(np.asarray(array, dtype=float) for array in arrays)

        if orders is None:
            orders = [block.ndim for block in self.blocks]
        self.orders = tuple(orders)
        _one_per_block("orders", self.orders, "order", self.blocks)
        for b, (block, k) in enumerate(zip(self.blocks, self.orders, strict=True)):
            if not 0 <= k <= block.ndim:
                raise ValueError(f"orders[{b}] = {k}: block {b} has {block.ndim} axes")

        self.roles = None
        if roles is not None:
            self.roles = tuple(_role(b, role) for b, role in enumerate(roles))
            _one_per_block("roles", self.roles, "role", self.blocks)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            return NotImplemented
        if any(np.ndim(x) for x in inputs if not isinstance(x, Layers)):
            raise TypeError(
                "an array with axes does not mix with Layers: "
                "lift() it to one entry per block first"
            )
        return each(ufunc, *inputs)

    def __len__(self):
        return len(self.blocks)

    def __iter__(self):
        return iter(self.blocks)

    def __getitem__(self, k):
        return self.blocks[k]

    def __repr__(self):
        shapes = ", ".join(str(block.shape) for block in self.blocks)
        return f"Layers({shapes}; orders {self.orders})"


Params = np.ndarray | Layers


def _role(block: int, role) -> Role:
    role = Role(*role)
    for name, value, known in (("kind", role.kind, KINDS), ("place", role.place, PLACES)):
        if value not in known:
            raise ValueError(
                f"roles[{block}].{name} = {value!r}: must be one of {', '.join(known)}"
            )
    return role


def _one_per_block(name: str, given: tuple, word: str, blocks: tuple) -> None:
    if len(given) != len(blocks):
        raise ValueError(
            f"{name} = {given}: needs one {word} per block, there are {len(blocks)} blocks"
        )


def each(f: Callable[..., np.ndarray], *params) -> Params:
    """f block by block; without Layers this is f(*params).

    Arguments that are not Layers are passed to every block.

    ValueError unless all Layers agree in their number of blocks, orders and (where both have them)
    roles.
    """
    layered = [p for p in params if isinstance(p, Layers)]
    if not layered:
        return f(*params)

    orders, roles = _agreed(layered)
    blocks = []
    for b in range(len(orders)):
        arguments = [p[b] if isinstance(p, Layers) else p for p in params]
        blocks.append(f(*arguments))
    return Layers(blocks, orders, roles)


def _agreed(layered: Sequence[Layers]) -> tuple[tuple[int, ...], tuple[Role, ...] | None]:
    """The orders and roles that these Layers share."""
    first = layered[0]
    roles = first.roles
    for other in layered[1:]:
        if len(other) != len(first):
            raise ValueError(f"Layers of {len(first)} and {len(other)} blocks do not mix")
        if other.orders != first.orders:
            raise ValueError(f"Layers of orders {first.orders} and {other.orders} do not mix")
        if roles is None:
            roles = other.roles
        elif other.roles is not None and other.roles != roles:
            raise ValueError(f"Layers of roles {roles} and {other.roles} do not mix")
    return first.orders, roles


def parts(theta: Params) -> Iterator[tuple[np.ndarray, int]]:
    """(block, order) of every block; a vector is one block of order 1."""
    if isinstance(theta, Layers):
        yield from zip(theta.blocks, theta.orders, strict=True)
    else:
        yield theta, 1


def raveled(block: np.ndarray, order: int) -> np.ndarray:
    """The trailing `order` axes of a block as one: (*r, d1 ... dk), in C order."""
    first = block.ndim - order
    return block.reshape(*block.shape[:first], -1)


def tensors(*params) -> list[tuple]:
    """(k, *blocks) per tensor, k its number of axes.

    What methods read that treat a matrix as a matrix.

    A vector theta is one tensor of order 1. Arguments that are not Layers are passed to every
    block.
    """
    layered = [p for p in params if isinstance(p, Layers)]
    if not layered:
        return [(1, *params)]

    orders, _ = _agreed(layered)
    found = []
    for b, k in enumerate(orders):
        blocks = [p[b] if isinstance(p, Layers) else p for p in params]
        found.append((k, *blocks))
    return found


def like(theta: Params, blocks) -> Params:
    """The blocks, one per tensor, as Params of the kind of theta."""
    return Layers(blocks, theta.orders, theta.roles) if isinstance(theta, Layers) else blocks[0]


def each_tensor(f: Callable[..., np.ndarray], *params) -> Params:
    """f(k, *blocks) tensor by tensor, k its number of axes.

    The first argument says whether the result is Layers.
    """
    results = [f(*arguments) for arguments in tensors(*params)]
    return like(params[0], results)


class Pair(NamedTuple):
    """The blocks of one dense layer: index of its weight, and of its bias or None."""

    weight: int
    bias: int | None


def layers(theta: Layers) -> list[Pair]:
    """The weight of every layer, paired with its bias where it has one, by layer.

    What methods read that see a dense layer as one matrix with a trailing column. TypeError for
    Layers without roles.
    """
    if theta.roles is None:
        raise TypeError(
            "these Layers have no roles: which bias belongs to which weight is not known"
        )
    return paired(theta.roles)


def paired(roles: Sequence[Role]) -> list[Pair]:
    """The pairs of `layers`, from the roles alone."""
    weights = {}
    biases = {}
    for b, role in enumerate(roles):
        if role.kind == "weight":
            weights[role.layer] = b
        elif role.kind == "bias":
            biases[role.layer] = b
    return [Pair(weights[layer], biases.get(layer)) for layer in sorted(weights)]


def inner(a: Params, b: Params) -> np.ndarray:
    """<a, b> = sum of a b over everything but the run axes, shape (*r,)."""
    if not (isinstance(a, Layers) and isinstance(b, Layers)):
        return np.einsum("...i,...i->...", np.asarray(a), np.asarray(b))

    total = np.zeros(runs(a))
    for k, x, y in tensors(a, b):
        own = tuple(range(-k, 0))
        total = total + (x * y).sum(axis=own)
    return total


def norm(a: Params, order: float = 2) -> np.ndarray:
    """The 1-, 2- or infinity-norm of all entries together, shape (*r,)."""
    if not isinstance(a, Layers):
        return np.linalg.norm(a, order, axis=-1)

    norms = []
    for x, k in parts(a):
        flat = raveled(x, k)
        norms.append(np.linalg.norm(flat, order, axis=-1))
    return np.linalg.norm(np.stack(norms, -1), order, axis=-1)


def block_norm(a: Params) -> Params:
    """The 2-norm of every block by itself, shaped to multiply it.

    (*r, 1), or Layers of (*r, 1, ..., 1).
    """

    def length(k, x):
        return trailing(norm(raveled(x, k)), k)

    return each_tensor(length, a)


def trailing(x: np.ndarray, k: int) -> np.ndarray:
    """x (*r,) with k trailing axes of length 1: shaped to multiply a tensor of order k."""
    return x[(..., *(None,) * k)]


def zeros_like(theta: Params) -> Params:
    """Zeros of the same blocks and shapes, C-contiguous."""
    return each(lambda x: np.zeros_like(x, order="C"), theta)


def runs(theta: Params) -> tuple[int, ...]:
    """The run axes *r of theta."""
    block, k = next(parts(theta))
    return block.shape[: block.ndim - k]


def contiguous(theta: Params) -> Params:
    """theta with every block C-contiguous; a copy only where it is not.

    One array in another order makes every later formula mix both, three to five times slower.
    """
    return each(np.ascontiguousarray, theta)


def with_runs(theta: Params, shape: tuple[int, ...]) -> Params:
    """theta repeated so that its run axes are `shape`, C-contiguous."""

    def repeated(k, x):
        own = x.shape[x.ndim - k :]
        return np.ascontiguousarray(np.broadcast_to(x, shape + own))

    return each_tensor(repeated, theta)


def stack(points: Sequence[Params]) -> Params:
    """Points along a new first axis, time: (K, *r, ...)."""
    return each(lambda *blocks: np.stack(blocks), *points)

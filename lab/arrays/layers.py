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

    kind is one of KINDS. layer counts from 0 and pairs a weight with its bias; blocks of one layer
    need not stand beside each other.
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

    Comparisons give Layers of 0 and 1, since blocks are floats. Reductions are not ufunc calls:
    `inner`, `norm` and `each` say over which axes they go. Iterating, len and [b] are those of the
    tuple of blocks.
    """

    __slots__ = ("blocks", "orders", "roles")

    def __init__(
        self,
        blocks,
        orders=None,
        roles=None,
    ):
        arrays = [np.asarray(block) for block in blocks]
        for b, array in enumerate(arrays):
            # flags too: a comparison of Layers gives 0 and 1
            if array.dtype.kind not in "fiub":
                raise TypeError(f"block {b} has dtype {array.dtype}: must be real numbers")
        floats = [np.asarray(array, dtype=float) for array in arrays]
        self.blocks = tuple(floats)

        # without runs all axes of a block are its own
        if orders is None:
            orders = [block.ndim for block in self.blocks]
        self.orders = tuple(orders)
        _one_per_block("orders", self.orders, "order", self.blocks)
        for b, (block, k) in enumerate(zip(self.blocks, self.orders, strict=True)):
            if not 0 <= k <= block.ndim:
                raise ValueError(f"orders[{b}] = {k}: block {b} has {block.ndim} axes")

        # roles are optional: vectors cut into blocks have orders, and nothing to pair
        self.roles = None
        if roles is not None:
            checked = [_role(b, role) for b, role in enumerate(roles)]
            self.roles = tuple(checked)
            _one_per_block("roles", self.roles, "role", self.blocks)

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            return NotImplemented
        # reductions, out= and where= have no meaning block by block, so NumPy is told that there is
        # none
        others = [x for x in inputs if not isinstance(x, Layers)]
        if any(np.ndim(x) for x in others):
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
        shapes = [str(block.shape) for block in self.blocks]
        told = ", ".join(shapes)
        return f"Layers({told}; orders {self.orders})"


Params = np.ndarray | Layers


def _role(block: int, role) -> Role:
    """A role as given, a tuple too, with a kind and a place that are known."""
    role = Role(*role)
    _known(f"roles[{block}].kind", role.kind, KINDS)
    _known(f"roles[{block}].place", role.place, PLACES)
    return role


def _known(
    name: str,
    value: str,
    choices: tuple[str, ...],
) -> None:
    """ValueError unless value is one of the choices; lab.checks stands above this folder."""
    if value not in choices:
        told = ", ".join(choices)
        raise ValueError(f"{name} = {value!r}: must be one of {told}")


def _one_per_block(
    name: str,
    given: tuple,
    word: str,
    blocks: tuple,
) -> None:
    count = len(blocks)
    if len(given) != count:
        raise ValueError(f"{name} = {given}: needs one {word} per block, there are {count} blocks")


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
        arguments = _at_block(b, params)
        blocks.append(f(*arguments))
    return Layers(blocks, orders, roles)


def _at_block(b: int, params: tuple) -> list:
    """Block b of those that are Layers, the others whole."""
    found = []
    for p in params:
        layered = isinstance(p, Layers)
        found.append(p[b] if layered else p)
    return found


Orders = tuple[int, ...]
Roles = tuple[Role, ...] | None


def _agreed(layered: Sequence[Layers]) -> tuple[Orders, Roles]:
    """The orders and roles that these Layers share."""
    first = layered[0]
    roles = first.roles
    count = len(first)
    for other in layered[1:]:
        if len(other) != count:
            raise ValueError(f"Layers of {count} and {len(other)} blocks do not mix")
        if other.orders != first.orders:
            raise ValueError(f"Layers of orders {first.orders} and {other.orders} do not mix")
        # one side may have none: cut vectors, and gradients that a user made
        if roles is None:
            roles = other.roles
        elif other.roles is not None and other.roles != roles:
            raise ValueError(f"Layers of roles {roles} and {other.roles} do not mix")
    return first.orders, roles


def parts(theta: Params) -> Iterator[tuple[np.ndarray, int]]:
    """(block, order) of every block; a vector is one block of order 1.

    The order is the number of trailing axes that are the parameter's own; what stands before them
    are runs.
    """
    if isinstance(theta, Layers):
        yield from zip(theta.blocks, theta.orders, strict=True)
    else:
        yield theta, 1


def raveled(block: np.ndarray, order: int) -> np.ndarray:
    """The trailing `order` axes of a block as one: (*r, d1 ... dk), in C order."""
    first = block.ndim - order
    runs = block.shape[:first]
    # C order, the order of Flatten, of the recordings: curvature over flat vectors relies on it
    return block.reshape(*runs, -1)


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
        blocks = _at_block(b, params)
        found.append((k, *blocks))
    return found


def like(theta: Params, blocks) -> Params:
    """The blocks, one per tensor, as Params of the kind of theta."""
    if isinstance(theta, Layers):
        return Layers(blocks, theta.orders, theta.roles)
    return blocks[0]


def each_tensor(f: Callable[..., np.ndarray], *params) -> Params:
    """f(k, *blocks) tensor by tensor, k its number of axes.

    The first argument says whether the result is Layers.
    """
    results = [f(*arguments) for arguments in tensors(*params)]
    return like(params[0], results)


class Pair(NamedTuple):
    """The blocks of one layer: index of its weight or kernel, and of its bias or None."""

    weight: int
    bias: int | None


def layers(theta: Layers, kinds: Sequence[str] = ("weight",)) -> list[Pair]:
    """The weight of every layer, paired with its bias where it has one, by layer.

    What methods read that see a dense layer as one matrix with a trailing column. kinds: with
    "kernel" also the convolutions. TypeError for Layers without roles.
    """
    if theta.roles is None:
        raise TypeError(
            "these Layers have no roles: which bias belongs to which weight is not known"
        )
    return paired(theta.roles, kinds)


def paired(roles: Sequence[Role], kinds: Sequence[str] = ("weight",)) -> list[Pair]:
    """The pairs of `layers`, from the roles alone."""
    weights = {}
    biases = {}
    for b, role in enumerate(roles):
        if role.kind in kinds:
            weights[role.layer] = b
        elif role.kind == "bias":
            biases[role.layer] = b

    # the bias of a convolution belongs to no pair unless kernels are asked for
    pairs = []
    for layer in sorted(weights):
        bias = biases.get(layer)
        pairs.append(Pair(weights[layer], bias))
    return pairs

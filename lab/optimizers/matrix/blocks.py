"""Parameters as the tensors that a matrix method sees: every block by itself, or a layer's bias as
the last column of its weight, or of its kernel too, seen as a matrix.

Why a column: a layer W a + b is (W, b) (a; 1), so that the gradient of (W, b) is g (a; 1)^T for one
example and its second moment a Kronecker product of those of g and of (a; 1). Methods that know no
layers (Shampoo, TNT) keep biases as vectors of their own, with a full matrix each.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Layers, Pair, Params, Scalar, layers, like, per_matrix, tensors

Bias = Literal["own", "column", "kernel"]
Tensors = list[tuple[int, np.ndarray]]


def seen(
    theta: Params,
    bias: Bias,
) -> Tensors:
    """(k, x) per tensor, x (*r, d_1, ..., d_k).

    With bias = "column" the layers come first, (W, b) as (*r, out, in + 1), then all other blocks;
    with "kernel" convolutions are such layers, (K, b) as (*r, out, in size^2 + 1).

    A layer without bias keeps its in columns. W (3, 2) with b (3,) is [(2, W), (1, b)] for "own",
    [(2, (W, b))] for "column", where (W, b) is (3, 3). TypeError for one vector, unless bias =
    "own": it has no layers.
    """
    if bias == "own":
        return tensors(theta)
    layered = _layered(theta)
    found = []
    for pair in pairs_of(layered, bias):
        x = _as_matrix(layered, pair.weight)
        # last, where the 1 of (a; 1) is
        if pair.bias is not None:
            column = layered[pair.bias][..., None]
            x = np.concatenate([x, column], -1)
        found.append((2, x))

    for b in _others(layered, bias):
        k = layered.orders[b]
        found.append((k, layered[b]))
    return found


def unseen(
    theta: Params,
    blocks,
    bias: Bias,
) -> Params:
    """The inverse of `seen`: tensors x as Params of the kind of theta.

    theta gives shapes, orders and roles, not numbers. Blocks cut from a column matrix are copied,
    so that none is a view into it.
    """
    if bias == "own":
        return like(theta, blocks)
    layered = _layered(theta)
    pairs = pairs_of(layered, bias)
    found: dict[int, np.ndarray] = {}
    for pair, x in zip(pairs, blocks, strict=False):
        # not known from x, which has one column more only where there is a bias
        columns = _as_matrix(layered, pair.weight).shape[-1]
        w = np.ascontiguousarray(x[..., :columns])
        found[pair.weight] = w.reshape(layered[pair.weight].shape)
        if pair.bias is not None:
            b = x[..., columns]
            found[pair.bias] = np.ascontiguousarray(b)

    rest = blocks[len(pairs) :]
    found |= zip(_others(layered, bias), rest, strict=True)
    # back into the order of theta: layers came first
    return like(theta, [found[b] for b in sorted(found)])


def first_blocks(
    theta: Params,
    bias: Bias,
) -> list[int]:
    """Per tensor of `seen` the block whose hyper-parameters it takes: its own, or its weight's.

    A rate or a damping per block is thus read at the weight of a layer; what it says for the bias
    is not looked at where that is a column.
    """
    if bias == "own":
        blocks = len(tensors(theta))
        return list(range(blocks))
    layered = _layered(theta)
    weights = [pair.weight for pair in pairs_of(layered, bias)]
    return weights + _others(layered, bias)


def pairs_of(
    theta: Layers,
    bias: Bias,
) -> list[Pair]:
    """The layers whose bias is a column: dense ones, and convolutions for "kernel"."""
    kinds = ("weight", "kernel") if bias == "kernel" else ("weight",)
    return layers(theta, kinds)


def per_entry(
    scalar: Scalar,
    theta: Params,
    bias: Bias,
) -> list[Scalar]:
    """A lifted hyper-parameter per tensor of `seen`, shaped to multiply it, or a number.

    A number stays one; an array over runs has an axis of length 1 for every mode of its block.
    """
    blocks = first_blocks(theta, bias)
    if isinstance(scalar, Layers):
        return [scalar[b] for b in blocks]
    return [scalar] * len(blocks)


def per_tensor(
    scalar: Scalar,
    theta: Params,
    bias: Bias,
) -> list[Scalar]:
    """The same shaped to multiply the matrices of its modes, (*r, 1, 1), whatever their number."""
    orders = [1]
    if isinstance(theta, Layers):
        orders = [theta.orders[b] for b in first_blocks(theta, bias)]
    chosen = per_entry(scalar, theta, bias)
    return list(map(per_matrix, chosen, orders))


def _as_matrix(theta, block):
    """A weight as it is, a kernel (*r, out, in, size^2) as (*r, out, in size^2), run axes kept."""
    x = theta[block]
    modes = theta.orders[block]
    first = x.ndim - modes + 1
    return x.reshape(*x.shape[:first], -1)


def _others(theta, bias):
    """The blocks that belong to no such layer, in their order."""
    # None, for a layer without bias, is no block and does no harm
    dense: set[int | None] = set()
    for pair in pairs_of(theta, bias):
        dense |= {pair.weight, pair.bias}
    blocks = range(len(theta))
    return [b for b in blocks if b not in dense]


def _layered(theta) -> Layers:
    """theta, if it has layers at all."""
    if not isinstance(theta, Layers):
        raise TypeError("theta is one vector: a bias as a column needs Layers with roles")
    return theta

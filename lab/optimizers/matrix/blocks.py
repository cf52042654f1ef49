"""Parameters as the tensors that a matrix method sees: every block by itself, or a dense layer's
bias as the last column of its weight."""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Layers, Params, Scalar, layers, like, per_matrix, tensors

Bias = Literal["own", "column"]
Tensors = list[tuple[int, np.ndarray]]


def seen(theta: Params, bias: Bias) -> Tensors:
    """(k, x) per tensor, x (*r, d_1, ..., d_k).

    With bias = "column" the layers come first, (W, b) as (*r, out, in + 1), then all other blocks.
    """
    if bias == "own":
        return tensors(theta)
    layered = _layered(theta)
    found = []
    for pair in layers(layered):
        x = layered[pair.weight]
        if pair.bias is not None:
            x = np.concatenate([x, layered[pair.bias][..., None]], -1)
        found.append((2, x))
    found += [(layered.orders[b], layered[b]) for b in _others(layered)]
    return found


def unseen(theta: Params, blocks, bias: Bias) -> Params:
    """The inverse of `seen`: tensors x as Params of the kind of theta."""
    if bias == "own":
        return like(theta, blocks)
    layered = _layered(theta)
    pairs = layers(layered)
    found: list = [None] * len(layered)
    for pair, x in zip(pairs, blocks, strict=False):
        columns = layered[pair.weight].shape[-1]
        found[pair.weight] = np.ascontiguousarray(x[..., :columns])
        if pair.bias is not None:
            found[pair.bias] = np.ascontiguousarray(x[..., columns])
    for b, x in zip(_others(layered), blocks[len(pairs) :], strict=True):
        found[b] = x
    return like(theta, found)


def first_blocks(theta: Params, bias: Bias) -> list[int]:
    """Per tensor of `seen` the block whose hyper-parameters it takes: its own, or its weight's."""
    if bias == "own":
        return list(range(len(tensors(theta))))
    layered = _layered(theta)
    return [pair.weight for pair in layers(layered)] + _others(layered)


def per_tensor(scalar: Scalar, theta: Params, bias: Bias) -> list[Scalar]:
    """A lifted hyper-parameter as (*r, 1, 1) per tensor of `seen`, or a number."""
    chosen = []
    for b, k in zip(first_blocks(theta, bias), _orders(theta, bias), strict=True):
        own = scalar[b] if isinstance(scalar, Layers) else scalar
        chosen.append(per_matrix(own, k))
    return chosen


def _orders(theta, bias):
    if not isinstance(theta, Layers):
        return [1]
    return [theta.orders[b] for b in first_blocks(theta, bias)]


def _others(theta):
    """The blocks that belong to no dense layer."""
    dense = set()
    for pair in layers(theta):
        dense |= {pair.weight, pair.bias}
    return [b for b in range(len(theta)) if b not in dense]


def _layered(theta) -> Layers:
    if not isinstance(theta, Layers):
        raise TypeError("theta is one vector: a bias as a column needs Layers with roles")
    return theta

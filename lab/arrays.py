"""Arrays: the axis law, parameters in layers, and hyper-parameters that are sweeps.

Axis law: `time, run, example, out, in`, in that order, everywhere. `*r` stands for the leading run axes: `()`, `(R,)`, `(L, S)`.

`Params` is one of
    np.ndarray  (*r, n)                                   a vector problem
    Layers      blocks (*r, out, in), (*r, n), (*r, d1, ..., dk)   a layered problem; block b has order 2, 1, k

`Scalar` is a hyper-parameter: a number, or one number per run, shape (*r,).
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Layers(NDArrayOperatorsMixin):
    """A tuple of blocks on which arithmetic and NumPy ufuncs act block by block.

    `orders[b]` is the number of trailing axes that belong to block b (1 vector, 2 matrix, k tensor); all axes before them
    are run axes and agree between blocks. Numbers broadcast; arrays with axes do not mix with Layers, because which axes would
    be runs is ambiguous: `lift` turns hyper-parameters into Layers first.
    """

    __slots__ = ("blocks", "orders")

    def __init__(self, blocks, orders=None):
        self.blocks = tuple(np.asarray(block, dtype=float) for block in blocks)
        self.orders = tuple(block.ndim for block in self.blocks) if orders is None else tuple(orders)
        if len(self.orders) != len(self.blocks):
            raise ValueError(f"orders = {self.orders}: needs one order per block, there are {len(self.blocks)} blocks")

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__" or kwargs:
            return NotImplemented
        if any(np.ndim(x) for x in inputs if not isinstance(x, Layers)):
            raise TypeError("an array with axes does not mix with Layers: lift() it to one entry per block first")
        return each(ufunc, *inputs)

    def __len__(self):
        return len(self.blocks)

    def __iter__(self):
        return iter(self.blocks)

    def __getitem__(self, k):
        return self.blocks[k]

    def __repr__(self):
        return f"Layers({', '.join(str(block.shape) for block in self.blocks)}; orders {self.orders})"


Params = np.ndarray | Layers
Scalar = float | np.ndarray


def each(f: Callable[..., np.ndarray], *params) -> Params:
    """f block by block. Arguments that are not Layers are passed to every block; without Layers this is f(*params)."""
    layered = [p for p in params if isinstance(p, Layers)]
    if not layered:
        return f(*params)
    blocks = [f(*(p[k] if isinstance(p, Layers) else p for p in params)) for k in range(len(layered[0]))]
    return Layers(blocks, layered[0].orders)


def inner(a: Params, b: Params) -> np.ndarray:
    """<a, b> = sum of a b over everything but the run axes, shape (*r,)."""
    if isinstance(a, Layers) and isinstance(b, Layers):
        pairs = zip(a, b, a.orders, strict=True)
        return sum((x * y).sum(axis=tuple(range(-k, 0))) for x, y, k in pairs)
    return np.einsum("...i,...i->...", np.asarray(a), np.asarray(b))


def norm(a: Params, order: float = 2) -> np.ndarray:
    """The 1-, 2- or infinity-norm of all entries together, shape (*r,)."""
    if isinstance(a, Layers):
        norms = [norm(x.reshape(x.shape[: x.ndim - k] + (-1,)), order) for x, k in zip(a, a.orders, strict=True)]
        return np.linalg.norm(np.stack(norms, -1), order, axis=-1)
    return np.linalg.norm(a, order, axis=-1)


def block_norm(a: Params) -> Params:
    """The 2-norm of every block by itself, shaped to multiply it: (*r, 1), or Layers of (*r, 1, ..., 1)."""
    if isinstance(a, Layers):
        norms = [norm(x.reshape(x.shape[: x.ndim - k] + (-1,))) for x, k in zip(a, a.orders, strict=True)]
        return Layers([x[(...,) + (None,) * k] for x, k in zip(norms, a.orders, strict=True)], a.orders)
    return norm(a)[..., None]


def zeros_like(theta: Params) -> Params:
    """Zeros of the same blocks and shapes."""
    return each(np.zeros_like, theta)


def runs(theta: Params) -> tuple[int, ...]:
    """The run axes *r of theta."""
    if isinstance(theta, Layers):
        return theta[0].shape[: theta[0].ndim - theta.orders[0]]
    return theta.shape[:-1]


def with_runs(theta: Params, shape: tuple[int, ...]) -> Params:
    """theta repeated (as a view) so that its run axes are `shape`."""
    if isinstance(theta, Layers):
        blocks = [np.broadcast_to(x, shape + x.shape[x.ndim - k :]) for x, k in zip(theta, theta.orders, strict=True)]
        return Layers(blocks, theta.orders)
    return np.broadcast_to(theta, shape + theta.shape[-1:])


def rowwise(scalar: Scalar, theta: Params) -> Scalar | Layers:
    """One number per run, shaped to multiply theta: (*r,) -> (*r, 1), or Layers of (*r, 1, ..., 1)."""
    if np.ndim(scalar) == 0:
        return scalar
    if isinstance(theta, Layers):
        return Layers([np.asarray(scalar)[(...,) + (None,) * k] for k in theta.orders], theta.orders)
    return np.asarray(scalar)[..., None]


def scalars(optimizer) -> Iterator[tuple[str, Scalar]]:
    """Name and value of every hyper-parameter annotated `Scalar`, through nested optimizers and schedules."""
    for field in dataclasses.fields(optimizer):
        value = getattr(optimizer, field.name)
        if "Scalar" in str(field.type):
            yield field.name, value
        elif dataclasses.is_dataclass(value):
            yield from scalars(value)


def sweep_shape(optimizer) -> tuple[int, ...]:
    """The common run shape of all hyper-parameters; ValueError names those that do not broadcast."""
    shapes = {name: np.shape(value) for name, value in scalars(optimizer) if np.ndim(value)}
    try:
        return np.broadcast_shapes(*shapes.values())
    except ValueError:
        raise ValueError(f"hyper-parameters {shapes} do not broadcast to one shape of runs") from None


def lift(optimizer, theta: Params):
    """The same optimizer with every `Scalar` field shaped to multiply theta, so that formulas need no `[:, None]`."""
    lifted = copy.copy(optimizer)
    for field in dataclasses.fields(optimizer):
        value = getattr(optimizer, field.name)
        if "Scalar" in str(field.type):
            object.__setattr__(lifted, field.name, rowwise(value, theta))
        elif dataclasses.is_dataclass(value):
            object.__setattr__(lifted, field.name, lift(value, theta))
    return lifted

"""The same loss in other parameters: f(z(theta)) for linear, elementwise and layered maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from lab.arrays import Layers, Params
from lab.bases import Basis, Orthogonal
from lab.checks import count, real
from lab.curvature import Curvature, Dense, Layered


class Map(Protocol):
    """z = z(theta) with Jacobian J: forward z, pull J^T g, curve J^T G J, bend the extra Hessian sum_k g_k z_k'' (None for linear maps)."""

    def forward(self, theta: Params) -> np.ndarray: ...

    def inverse(self, z: np.ndarray) -> Params: ...

    def pull(self, theta: Params, g: np.ndarray) -> Params: ...

    def curve(self, theta: Params, g: Curvature) -> Curvature: ...

    def bend(self, theta: Params, g: np.ndarray) -> np.ndarray | None: ...


@dataclass(frozen=True, eq=False)
class Linear:
    """z = A theta, A (k, n). `inverse` is the least-norm solution."""

    a: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "a", real("a", self.a, 2))

    def forward(self, theta):
        return theta @ self.a.T

    def inverse(self, z):
        return z @ np.linalg.pinv(self.a).T

    def pull(self, theta, g):
        return g @ self.a

    def curve(self, theta, g):
        return g.rotated(self)

    def bend(self, theta, g):
        return None

    def rows(self, x):
        return x @ self.a


@dataclass(frozen=True, eq=False)
class Elementwise:
    """z_i = phi(theta_i), with its two derivatives, and an inverse (or a branch of one) that maps start points.

    Elementwise(np.exp, np.exp, np.exp, np.log) is z = e^theta.
    """

    phi: Callable[[np.ndarray], np.ndarray]
    dphi: Callable[[np.ndarray], np.ndarray]
    ddphi: Callable[[np.ndarray], np.ndarray]
    inverse_phi: Callable[[np.ndarray], np.ndarray]

    def forward(self, theta):
        return self.phi(theta)

    def inverse(self, z):
        with np.errstate(all="ignore"):  # outside the range of phi: NaN or inf, which simulate refuses as a start
            return self.inverse_phi(z)

    def pull(self, theta, g):
        return self.dphi(theta) * g

    def curve(self, theta, g):
        return g.scaled(self.dphi(theta))

    def bend(self, theta, g):
        return (self.ddphi(theta) * g)[..., None] * np.eye(theta.shape[-1])


@dataclass(frozen=True, eq=False)
class Flatten:
    """z = all blocks of Layers, raveled in C order and joined: a vector problem seen as a layered one. shapes: one per block."""

    shapes: tuple[tuple[int, ...], ...]

    def __post_init__(self):
        for k, shape in enumerate(self.shapes):
            if not isinstance(shape, (tuple, list)) or not shape:
                raise TypeError(f"shapes[{k}] = {shape!r}: must be a tuple of at least one axis length")
            for length in shape:
                count(f"shapes[{k}]", length)

    def forward(self, theta):
        parts = zip(theta, theta.orders, strict=True)
        return np.concatenate([x.reshape(x.shape[: x.ndim - k] + (-1,)) for x, k in parts], axis=-1)

    def inverse(self, z):
        cuts = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        parts = zip(np.split(z, cuts, axis=-1), self.shapes, strict=True)
        return Layers([x.reshape(x.shape[:-1] + shape) for x, shape in parts], [len(shape) for shape in self.shapes])

    def pull(self, theta, g):
        return self.inverse(g)

    def curve(self, theta, g):
        return Layered(g, self)

    def bend(self, theta, g):
        return None


@dataclass(frozen=True, eq=False)
class Rotation:
    """z = Q theta for a Basis of vectors."""

    basis: Basis

    def forward(self, theta):
        return self.basis.back(theta)

    def inverse(self, z):
        return self.basis.to(z)

    def pull(self, theta, g):
        return self.basis.to(g)

    def curve(self, theta, g):
        return g.rotated(self.basis)

    def bend(self, theta, g):
        return None


@dataclass(frozen=True, eq=False)
class Reparameterised:
    """theta -> f(z(theta)), z an Orthogonal basis (z = Q theta), Linear, Elementwise or Flatten map.

    Gauss-Newton matrix J^T G J; Hessian J^T H J + sum_k g_k z_k'': the two differ for an elementwise map.
    """

    f: Any
    map: Any

    def __post_init__(self):
        if isinstance(self.map, Orthogonal):
            object.__setattr__(self, "map", Rotation(self.map))
        z = self.f.start()
        try:
            fits = _shapes(self.map.forward(self.map.inverse(z))) == _shapes(z)
        except ValueError:
            fits = False
        if not fits:
            raise ValueError(f"map does not fit f: {type(self.f).__name__} has parameters of shape {_shapes(z)}")

    def start(self, runs=(), rng=None):
        return self.map.inverse(self.f.start(runs, rng))

    def draw(self, rng, runs, size):
        return self.f.draw(rng, runs, size)

    def loss(self, theta, batch=None):
        return self.f.loss(self.map.forward(theta), batch)

    def grad(self, theta, batch=None):
        return self.map.pull(theta, self.f.grad(self.map.forward(theta), batch))

    def curvature(self, theta, batch, labels, rng):
        return self.map.curve(theta, self.f.curvature(self.map.forward(theta), batch, labels, rng))

    def hessian(self, theta, batch=None):
        z = self.map.forward(theta)
        curved = self.map.curve(theta, self.f.hessian(z, batch))
        bent = self.map.bend(theta, self.f.grad(z, batch))
        return curved if bent is None else Dense(curved.dense() + bent)

    def second_moment(self, theta, size):
        return self.map.curve(theta, self.f.second_moment(self.map.forward(theta), size))


def _shapes(z: Params) -> list[tuple[int, ...]]:
    return [x.shape for x in z] if isinstance(z, Layers) else [z.shape]

"""Changes of variables, theta = P(z): what a method sees depends on the variables that it moves.

A Change has
    to(theta)       z, the variables in which a method works
    back(z)         theta = P(z), those of the objective
    pull(z, g)      J^T g, the gradient in z, J the Jacobian of P at z
    along(z, dz)    J dz
    push(z, dz)     P(z + dz) - P(z), the step in theta: J dz where P is linear
    curve(z, G)     J^T G J, a Curvature
    asks            which answer of a curvature `curve` asks for: "rotated", "scaled", or ""
    bend(z, g)      the matrix sum_k g_k P_k''(z) that a curved P adds to the Hessian; its diagonal
                    where z is Layers; None for linear maps
An orthogonal basis (lab.bases) is the case P = Q, where pull = to and push = back.

J may be rectangular (Linear), diagonal (Elementwise) or a permutation (Flatten). A method in the
variables z sees z as if it were all there is: its step is then pushed to theta, so that two methods
that agree in z agree in theta.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from lab.arrays import Layers, Params, layers, parts, raveled
from lab.checks import count, keep, real
from lab.curvature import Curvature, Layered
from lab.domains import entries, not_negative, several
from lab.linalg import ratio

Columns = tuple[np.ndarray, ...]


class Change(Protocol):
    """See the module docstring."""

    @property
    def asks(self) -> str: ...

    def to(self, theta: Params) -> Params: ...

    def back(self, z: Params) -> Params: ...

    def pull(self, z: Params, g: Params) -> Params: ...

    def along(self, z: Params, dz: Params) -> Params: ...

    def push(self, z: Params, dz: Params) -> Params: ...

    def curve(self, z: Params, g: Curvature) -> Curvature: ...

    def bend(self, z: Params, g: Params) -> Params | None: ...


# the three below serve as methods of several classes: functions, since nothing is inherited


def unbent(change, z, g):
    """bend of every linear map: None."""


def linear_step(change, z, dz):
    """along and push of every linear map: P dz."""
    return change.back(dz)


def rotated(change, z, g):
    """curve of every map with rows(x) = x P: P^T G P."""
    return g.rotated(change)


@dataclass(frozen=True, eq=False)
class Linear:
    """theta = A z, A (k, n); `to` is the least-norm solution, the inverse of a square A.

    ValueError unless A is a finite matrix. With fewer columns than rows only the range of A is
    searched; with more, `to` picks one of many z.
    """

    a: np.ndarray

    asks = "rotated"

    def __post_init__(self):
        keep(self, a=real("a", self.a, 2))

    @cached_property
    def _inverse(self):
        # of a square A its inverse; once, since `to` is asked at every start only
        return np.linalg.pinv(self.a)

    def to(self, theta):
        return theta @ self._inverse.T

    def back(self, z):
        return z @ self.a.T

    def pull(self, z, g):
        return g @ self.a

    def rows(self, x):
        """x A for rows x (*r, m, k)."""
        return x @ self.a

    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent


@dataclass(frozen=True, eq=False)
class Elementwise:
    """theta_i = phi(z_i), with two derivatives and an inverse of phi that maps start points.

    A branch of an inverse will do. Elementwise(np.exp, np.exp, np.exp, np.log) is theta = e^z.

    phi acts on arrays of any shape; pull is phi'(z) g, and bend phi''(z) g on the diagonal. The
    inverse outside of its domain gives NaN, and the start is refused where it is used.
    """

    phi: Callable[[np.ndarray], np.ndarray]
    dphi: Callable[[np.ndarray], np.ndarray]
    ddphi: Callable[[np.ndarray], np.ndarray]
    inverse_phi: Callable[[np.ndarray], np.ndarray]

    asks = "scaled"

    def to(self, theta):
        # outside the range of phi: NaN or inf, which simulate refuses as a start
        with np.errstate(all="ignore"):
            return self.inverse_phi(theta)

    def back(self, z):
        return self.phi(z)

    def pull(self, z, g):
        return self.dphi(z) * g

    def along(self, z, dz):
        return self.dphi(z) * dz

    def push(self, z, dz):
        # a finite step of a curved map: J dz would leave the curve theta = P(z)
        return self.phi(z + dz) - self.phi(z)

    def curve(self, z, g):
        return g.scaled(self.dphi(z))

    def bend(self, z, g):
        diagonal = self.ddphi(z) * g
        if isinstance(diagonal, Layers):
            return diagonal
        return diagonal[..., None] * np.eye(z.shape[-1])


@dataclass(frozen=True, eq=False)
class Flatten:
    """theta = all blocks of the Layers z, raveled in C order and joined.

    A vector problem seen as a layered one. shapes: one per block; roles: what the blocks are for,
    where that matters.

    `to` cuts a vector (*r, n), n the number of all entries; its blocks are views.
    """

    shapes: tuple[tuple[int, ...], ...]
    roles: tuple | None = None

    asks = ""

    def __post_init__(self):
        for k, shape in enumerate(self.shapes):
            if not isinstance(shape, (tuple, list)) or not shape:
                raise TypeError(
                    f"shapes[{k}] = {shape!r}: must be a tuple of at least one axis length"
                )
            for length in shape:
                count(f"shapes[{k}]", length)

    def to(self, theta):
        # without the last one: np.split takes the places between the pieces
        cuts = np.cumsum([int(np.prod(shape)) for shape in self.shapes])[:-1]
        pieces = np.split(theta, cuts, axis=-1)
        blocks = []
        for x, shape in zip(pieces, self.shapes, strict=True):
            blocks.append(x.reshape(*x.shape[:-1], *shape))
        return Layers(blocks, [len(shape) for shape in self.shapes], self.roles)

    def back(self, z):
        return np.concatenate([raveled(x, k) for x, k in parts(z)], axis=-1)

    def pull(self, z, g):
        return self.to(g)

    def curve(self, z, g):
        return Layered(g, self)

    along = linear_step
    push = linear_step
    bend = unbent


@dataclass(frozen=True, eq=False)
class StandardisedInputs:
    """W = What / sqrt(variance),  b = bhat - W mu:  W a + b = What (a - mu) / sqrt(variance) + bhat

    The network of theta with inputs a is that of z = (What, bhat) with standardised ones, layer by
    layer. means, variances: one row (1, d), or (*r, 1, d), per dense layer, in the order of
    `lab.arrays.layers(theta)`. Where a variance is 0 the weight rests. A layer without bias has
    nothing to take a mean up: it is only scaled. Blocks that belong to no dense layer stay. Its
    curvature takes one row for all runs.
    """

    means: Columns
    variances: Columns

    asks = "rotated"

    def __post_init__(self):
        # NaN and inf pass: a diverged run stays in its row
        means = several("StandardisedInputs.means", self.means)
        variances = several("StandardisedInputs.variances", self.variances)
        if len(means) != len(variances):
            raise ValueError(
                f"StandardisedInputs.means has {len(means)} layers, StandardisedInputs.variances "
                f"{len(variances)}: must be as many"
            )
        for mu in means:
            entries("StandardisedInputs.means", mu, 2)
        for variance in variances:
            entries("StandardisedInputs.variances", variance, 2)
            not_negative("StandardisedInputs.variances", variance)

    def to(self, theta):
        return self._each(theta, _entered)

    def back(self, z):
        return self._each(z, _left)

    def pull(self, z, g):
        return self._each(g, _pulled)

    def push_back(self, g: Layers) -> Layers:
        """P^-T g, what `pull` undoes: the gradient in theta of one in z."""
        return self._each(g, _pushed_back)

    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent

    def _each(self, theta, change) -> Layers:
        """change(w, b, mu, sigma) of every dense layer, b None where there is none."""
        blocks = list(theta)
        pairs = layers(theta)
        for pair, mu, variance in zip(pairs, self.means, self.variances, strict=True):
            b = None if pair.bias is None else blocks[pair.bias]
            w, b = change(blocks[pair.weight], b, mu, np.sqrt(variance))
            blocks[pair.weight] = w
            if pair.bias is not None:
                blocks[pair.bias] = b
        return Layers(blocks, theta.orders, theta.roles)


def _entered(w, b, mu, sigma):
    """What = W sigma, bhat = b + W mu."""
    if b is not None:
        b = b + (w * mu).sum(-1)
    return w * sigma, b


def _left(w, b, mu, sigma):
    """W = What / sigma, b = bhat - W mu."""
    w = ratio(w, sigma)
    if b is not None:
        b = b - (w * mu).sum(-1)
    return w, b


def _pulled(w, b, mu, sigma):
    """The gradient in What is (G_W - G_b mu^T) / sigma, in bhat G_b."""
    if b is not None:
        w = w - b[..., None] * mu
    return ratio(w, sigma), b


def _pushed_back(w, b, mu, sigma):
    """G_W = the gradient in What times sigma, plus G_b mu^T."""
    w = w * sigma
    if b is not None:
        w = w + b[..., None] * mu
    return w, b

"""Small layered objectives that go through every contract: a network of two dense layers, and a
block with three axes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.arrays import Layers, Role
from lab.curvature import Layered, Rows
from lab.linalg import matvec
from lab.maps import Flatten
from lab.objectives.protocol import is_given
from lab.objectives.regression import ResidualsAt
from lab.objectives.reparameterised import Reparameterised


@dataclass(frozen=True, eq=False)
class TinyNetwork:
    """mean_j (f_j - y_j)^2 / 2,  f = w2 tanh(W1 x + b1) + b2: one output, so that an example's
    gradient is one row.

    x (m, inputs), y (m,); `biases` says whether b1 and b2 are there.
    """

    x: np.ndarray
    y: np.ndarray
    hidden: int = 3
    biases: bool = True

    @property
    def shapes(self):
        weights = [(self.hidden, self.x.shape[1]), (1, self.hidden)]
        return [s for w in weights for s in ((w, w[:1]) if self.biases else (w,))]

    @property
    def roles(self):
        kinds = ("weight", "bias") if self.biases else ("weight",)
        places = ("input", "output")
        return tuple(Role(kind, layer, places[layer]) for layer in (0, 1) for kind in kinds)

    @cached_property
    def flatten(self):
        return Flatten(tuple(self.shapes), self.roles)

    @property
    def examples(self):
        return len(self.x)

    def start(self, runs=(), rng=None):
        n = sum(int(np.prod(shape)) for shape in self.shapes)
        flat = np.linspace(-0.6, 0.7, n) if rng is None else rng.standard_normal((*runs, n))
        return self.flatten.to(np.broadcast_to(flat, (*runs, n)))

    def draw(self, rng, runs, size):
        return None if size is None else rng.integers(len(self.x), size=(*runs, size))

    def _forward(self, theta, batch):
        """Rows, targets, hidden activations (*r, m, hidden) and outputs (*r, m)."""
        x = self.x if batch is None else self.x[batch]
        y = self.y if batch is None else self.y[batch]
        w1, b1, w2, b2 = self._matrices(theta)
        h = np.tanh(x @ w1.swapaxes(-1, -2) + b1[..., None, :])
        return x, y, h, matvec(h, w2[..., 0, :]) + b2

    def _matrices(self, theta):
        if self.biases:
            return theta.blocks
        w1, w2 = theta.blocks
        return w1, np.zeros(self.hidden), w2, np.zeros(1)

    def _jacobian(self, theta, batch):
        """Rows df_j / dtheta, flat: (*r, m, n); residuals (*r, m); outputs."""
        x, y, h, f = self._forward(theta, batch)
        _, _, w2, _ = self._matrices(theta)
        back = (1 - h**2) * w2
        first = back[..., :, None] * x[..., None, :]
        blocks = [first, back, h[..., None, :], np.ones((*h.shape[:-1], 1))]
        blocks = blocks if self.biases else blocks[::2]
        orders = [2, 1, 2, 1] if self.biases else [2, 2]
        return self.flatten.back(Layers(blocks, orders)), f - y, f

    def evaluate(self, theta, batch=None):
        rows, e, _ = self._jacobian(theta, batch)
        at = ResidualsAt(rows, e)
        return Evaluated(at.loss, self.flatten.to(at.grad))

    def loss(self, theta, batch=None):
        _, y, _, f = self._forward(theta, batch)
        return ((f - y) ** 2).mean(-1) / 2

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        rows, e, f = self._jacobian(theta, batch)
        if is_given(labels):
            score = f - labels
        elif labels == "exact":
            return Layered(Rows(rows, np.ones_like(e)), self.flatten)
        else:
            score = e if labels == "true" else -rng.standard_normal(e.shape)
        return Layered(Rows(rows, score**2, score), self.flatten)


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Loss and gradient, computed."""

    loss: np.ndarray
    grad: Layers


def network(biases: bool = True) -> TinyNetwork:
    """Nine examples of two inputs."""
    rng = np.random.default_rng(17)
    return TinyNetwork(rng.standard_normal((9, 2)), rng.standard_normal(9), 3, biases)


@dataclass(frozen=True, eq=False)
class Raveled:
    """The change of variables from Layers to one vector: the inverse of Flatten. Contracts about
    vectors hold for layered problems
    through it."""

    flatten: Flatten

    asks = ""

    def to(self, theta):
        return self.flatten.back(theta)

    def back(self, z):
        return self.flatten.to(z)

    def pull(self, z, g):
        return self.flatten.back(g)

    def push(self, z, dz):
        return self.flatten.to(dz)

    def curve(self, z, g):
        return g.flat

    def bend(self, z, g):
        return None


def as_vector(f):
    """A layered objective as one of a vector."""
    theta = f.start()
    shapes = tuple(block.shape for block in theta)
    return Reparameterised(f, Raveled(Flatten(shapes, theta.roles)))

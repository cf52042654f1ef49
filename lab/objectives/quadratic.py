"""Quadratics: where every method of the lab has a closed form, a bound, or both.

With h = diag(lam) in its eigenbasis, the path of a linear method is n scalar recurrences
(lab.exact); preconditioners that are diagonal in coordinates see diag(h) only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.checks import keep, nonnegative, real
from lab.curvature import Dense, Diagonal, Spiked
from lab.linalg import multiply
from lab.matrix_checks import symmetric
from lab.objectives import minima
from lab.objectives.minima import Minimum
from lab.objectives.protocol import start_vector
from lab.theory.recursion import inverse_batch


@dataclass(frozen=True, eq=False)
class QuadraticAt:
    """Loss and gradient at one point, from one product H theta.

    noise: the batch's xi, None on the full batch; product: H theta, shared.
    """

    f: Quadratic
    theta: np.ndarray
    noise: np.ndarray | None
    product: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        if self.noise is None and not self.f.sloped:
            # the rule; halving the sum halves every term exactly, without a copy of the product
            return np.vecdot(self.theta, self.product) / 2
        slope = self.f.linear if self.noise is None else self.f.linear - self.noise
        return np.vecdot(self.theta, self.product / 2 - slope)

    @cached_property
    def grad(self) -> np.ndarray:
        g = self.product
        # mostly b = 0: one pass over the parameters less
        if self.f.sloped:
            g = g - self.f.linear
        return g if self.noise is None else g + self.noise


@dataclass(frozen=True, eq=False)
class Quadratic:
    """f(theta) = theta^T H theta / 2 - b^T theta, gradient H theta - b + xi on a batch

    xi ~ N(0, noise^2 / B). h (n, n) symmetric positive semi-definite; linear b (n,), 0 unless
    given; noise: standard deviation per coordinate at batch size 1, a number or (n,). A batch is
    the vector xi, and its loss is f + xi^T theta. Gauss-Newton matrix = Hessian = H, whatever the
    labels. ValueError for an asymmetric, indefinite or non-finite h.

    Noise does not depend on theta, unlike that of data: it does not vanish at the minimum and does
    not grow away from it. Start: all ones, or standard normal.

    GD contracts a mode of eigenvalue q by 1 - lr q; kappa = max q / min q over the q that the start
    excites. With b outside of the range of H there is no minimum; on its null space theta stays.
    Quadratic(np.diag([1.0, 10.0]), noise=0.1)
    """

    h: np.ndarray
    linear: np.ndarray | float = 0.0
    noise: np.ndarray | float = 0.0

    labelled = False

    def __post_init__(self):
        h = symmetric("h", self.h)
        linear = _per_coordinate("linear", self.linear, len(h))
        noise = _per_coordinate("noise", self.noise, len(h))
        nonnegative("noise", noise)
        keep(self, h=h, linear=linear, noise=noise)

    @cached_property
    def minimum(self) -> Minimum:
        """The least-norm minimum with its certificate.

        ValueError when b is not in the range of H: f has no lower bound.
        """
        return minima.quadratic(self.h, np.asarray(self.linear))

    @property
    def minimiser(self) -> np.ndarray:
        """H^+ b, (n,)."""
        return self.minimum.theta

    @property
    def lowest(self) -> float:
        """-b^T H^+ b / 2."""
        return self.minimum.loss

    def start(self, runs=(), rng=None):
        return start_vector(len(self.h), runs, rng, 1.0)

    def draw(self, rng, runs, size):
        if size is None:
            return None
        # the numbers do not depend on the size: a sweep over it shares them
        xi = rng.standard_normal((*runs, len(self.h)))
        return self.noise / np.sqrt(size) * xi

    @cached_property
    def sloped(self) -> bool:
        """Whether b is anything but 0: asked at every step."""
        return bool(np.any(self.linear))

    @cached_property
    def _h(self) -> np.ndarray:
        """H as its diagonal (n,) where it is diagonal, in which case every answer is O(n)."""
        diagonal = np.diagonal(self.h)
        # exactly: an off-diagonal entry of 1e-300 is still a matrix
        is_diagonal = np.array_equal(self.h, np.diag(diagonal))
        return diagonal.copy() if is_diagonal else self.h

    def evaluate(self, theta, batch=None):
        return QuadraticAt(self, theta, batch, multiply(self._h, theta))

    def loss(self, theta, batch=None):
        return self.evaluate(theta, batch).loss

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        return self.hessian(theta)

    def hessian(self, theta, batch=None):
        return Diagonal(self._h) if self._h.ndim == 1 else Dense(self.h)

    def second_moment(self, theta, size):
        """grad grad^T + diag(noise^2) / B.

        size None: grad grad^T, no noise.
        """
        g = self.grad(theta)
        noise = Diagonal(np.square(self.noise))
        return Spiked(noise, inverse_batch(size), g[..., None, :], g)


def _per_coordinate(name, value, n):
    """A number or (n,) as (n,)."""
    value = real(name, value, (0, 1))
    if value.ndim and value.shape != (n,):
        raise ValueError(f"{name} has shape {value.shape}: must be a number or have shape ({n},)")
    return np.broadcast_to(value, (n,))

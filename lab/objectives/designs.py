"""Linear regression on a random design x = Sigma^{1/2} z, z isotropic: Gaussian is the reference.

A design draws z with E[z z^T] = I, and knows its fourth moment through three numbers (a, b, c):
    E[z z^T (z^T u)^2] = a u u^T + b |u|^2 I + c diag(u^2)      for every u
Gaussian (2, 1, 0). The others (elliptical, Rademacher, one-hot) are the negative controls of every
statement that needs Gaussian inputs.

The second moment of a mini-batch gradient depends on the design through (a, b, c) only, which is
why three numbers are enough for every exact statement about SGD on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from lab.checks import able, count, keep, nonnegative, real
from lab.curvature import Curvature, Dense, Diagonal, Rows, Spiked
from lab.linalg import matvec, multiply, symmetric_power
from lab.matrix_checks import covariance
from lab.objectives.protocol import start_vector
from lab.objectives.regression import ResidualsAt
from lab.theory.recursion import inverse_batch


class Design(Protocol):
    """The law of an isotropic z, up to its fourth moment."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        """Isotropic rows, shape (*r, B, n)."""
        ...

    def fourth(self, n: int) -> tuple[float, float, float]:
        """(a, b, c) of the module docstring."""
        ...


@dataclass(frozen=True)
class Gaussian:
    """z ~ N(0, I).

    Isserlis: E[z z^T (z^T u)^2] = 2 u u^T + |u|^2 I.
    """

    def draw(self, rng, shape):
        return rng.standard_normal(shape)

    def fourth(self, n):
        return 2.0, 1.0, 0.0


@dataclass(frozen=True)
class Elliptical:
    """z = sqrt(w) N(0, I), w = k4 with probability 1 / k4 and 0 otherwise: E w = 1, E w^2 = k4 >= 1

    Moments up to the fourth depend on the law of w through k4 only; two points have the lightest
    tails. k4 = 1 is Gaussian.

    ValueError for k4 < 1. Kurtosis 3 k4 in every direction.
    """

    k4: float = 3.0

    def __post_init__(self):
        if not real("k4", self.k4) >= 1:
            raise ValueError(f"k4 = {self.k4:g}: must be >= 1, since E w^2 >= (E w)^2 = 1")

    def draw(self, rng, shape):
        # one w per row: all coordinates of an example are scaled together
        # k4 = 1: always w = 1, since random numbers are below 1
        w = self.k4 * (rng.random(shape[:-1]) < 1 / self.k4)
        return np.sqrt(w)[..., None] * rng.standard_normal(shape)

    def fourth(self, n):
        return 2 * self.k4, self.k4, 0.0


@dataclass(frozen=True)
class Rademacher:
    """z_i = +-1, independent.

    Bounded inputs: c = -2 takes away what a Gaussian coordinate has beyond its square.
    """

    def draw(self, rng, shape):
        return rng.choice([-1.0, 1.0], size=shape)

    def fourth(self, n):
        return 2.0, 1.0, -2.0


@dataclass(frozen=True)
class OneHot:
    """z = sqrt(n) e_i, i uniform: one coordinate is seen at a time.

    The population of one-hot features: examples of different coordinates are orthogonal. sqrt(n)
    makes E[z z^T] = I.
    """

    def draw(self, rng, shape):
        *rows, n = shape
        seen = rng.integers(n, size=rows)
        return np.sqrt(n) * np.eye(n)[seen]

    def fourth(self, n):
        return 0.0, 0.0, float(n)


class Examples(NamedTuple):
    """A batch: x (*r, B, n) and the label noise xi (*r, B), of standard deviation `noise`."""

    x: np.ndarray
    xi: np.ndarray


@dataclass(frozen=True, eq=False)
class RandomDesign:
    """f(theta) = (d^T Sigma d + noise^2) / 2,  d = theta - theta_star: labels x^T theta_star + xi

    The population loss; xi ~ N(0, noise^2). sigma: (n, n), or (n,) for a diagonal covariance, in
    which case everything is O(n) per example; theta_star (n,) or a number; noise: standard
    deviation of the label noise. A batch is fresh Examples. On a batch, loss, gradient and Hessian
    are those of its rows; curvature "exact" is Sigma on every batch, "sampled" uses labels
    x^T theta + N(0, 1). On the population "sampled" is Sigma and "true" is E[g_1 g_1^T]. lowest =
    noise^2 / 2 at theta_star.

    ValueError for a covariance that is not positive semi-definite, noise < 0, or theta_star of
    another shape. Start: all ones, or standard normal.
    """

    sigma: np.ndarray
    theta_star: np.ndarray | float
    design: Design
    noise: float = 0.0

    def __post_init__(self):
        sigma, star = population(self.sigma, self.theta_star)
        able("design", self.design, "draw", "fourth")
        nonnegative("noise", real("noise", self.noise, 0))
        keep(self, sigma=sigma, theta_star=star)

    @cached_property
    def root(self) -> np.ndarray:
        """Sigma^{1/2}, symmetric, of the shape of sigma."""
        return covariance_root(self.sigma)

    @property
    def minimiser(self) -> np.ndarray:
        """theta_star, (n,)."""
        return np.asarray(self.theta_star)

    @property
    def lowest(self) -> float:
        """noise^2 / 2."""
        return self.noise**2 / 2

    def whitened(self, theta) -> np.ndarray:
        """u = Sigma^{1/2} d, (*r, n)."""
        return multiply(self.root, theta - self.theta_star)

    def start(self, runs=(), rng=None):
        return start_vector(len(self.sigma), runs, rng, 1.0)

    def draw(self, rng, runs, size):
        if size is None:
            return None
        shape = (*runs, count("batch", size), len(self.sigma))
        # inputs before noise: with another noise level the same inputs are drawn
        z = self.design.draw(rng, shape)
        xi = rng.standard_normal(shape[:-1])
        return Examples(multiply(self.root, z), self.noise * xi)

    def evaluate(self, theta, batch=None):
        if batch is None:
            return PopulationAt(self, theta)
        return ResidualsAt(batch.x, self._residual(theta, batch))

    def loss(self, theta, batch=None):
        return self.evaluate(theta, batch).loss

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        if labels == "exact" or (labels == "sampled" and batch is None):
            return as_curvature(self.sigma)
        if batch is None:
            return self.second_moment(theta, 1)
        e = self._residual(theta, batch)
        # a label of the model is x^T theta plus noise, so that the residual is minus that noise
        score = e if labels == "true" else -rng.standard_normal(e.shape)
        return Rows(batch.x, score**2, score)

    def hessian(self, theta, batch=None):
        if batch is None:
            return as_curvature(self.sigma)
        return Rows(batch.x, np.ones(batch.x.shape[:-1]))

    def second_moment(self, theta, size):
        """E[g_B g_B^T] = (1 + (a-1)/B) g g^T + ((b E + noise^2)/B) Sigma + (c/B) S diag(u^2) S

        g = Sigma d, S = Sigma^{1/2}, u = S d, E = |u|^2, (a, b, c) the design's fourth moment; size
        None: g g^T. The Gaussian case is Isserlis' theorem.
        """
        # 1 / B, and 0 for the population
        inverse = inverse_batch(size)
        a, b, c = self.design.fourth(len(self.sigma))
        u = self.whitened(theta)
        g = self.grad(theta)

        base = as_curvature(self.sigma)
        # label noise acts like a b-term of constant size: its gradients have the covariance Sigma
        scale = b * (u**2).sum(-1) + self.noise**2
        # c = 0 keeps Sigma as it is, diagonal or shared by all runs
        if c:
            base = self._with_diagonal(scale, c * u**2)
            scale = 1.0
        spike = np.sqrt(1 + (a - 1) * inverse) * g
        return Spiked(base, inverse * scale, spike[..., None, :], g)

    def _with_diagonal(self, scale, d) -> Curvature:
        """scale Sigma + S diag(d) S, per run."""
        if self.root.ndim == 1:
            return Diagonal(self.sigma * (scale[..., None] + d))
        across = (self.root * d[..., None, :]) @ self.root
        return Dense(scale[..., None, None] * self.sigma + across)

    def _residual(self, theta, batch):
        return matvec(batch.x, theta - self.theta_star) - batch.xi


@dataclass(frozen=True, eq=False)
class PopulationAt:
    """Loss and gradient of the population at one point.

    Products with Sigma^{1/2} and with Sigma, each when asked.
    """

    f: RandomDesign
    theta: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        u = self.f.whitened(self.theta)
        return ((u**2).sum(-1) + self.f.noise**2) / 2

    @cached_property
    def grad(self) -> np.ndarray:
        return multiply(self.f.sigma, self.theta - self.f.theta_star)


def population(sigma, theta_star) -> tuple[np.ndarray, np.ndarray]:
    """A covariance (n, n) or (n,) and a point (n,), or a number for all its entries, checked.

    ValueError as in lab.matrix_checks.covariance, and for a point of another length.
    """
    sigma = covariance("sigma", sigma)
    n = len(sigma)
    star = real("theta_star", theta_star, (0, 1))
    if star.ndim and star.shape != (n,):
        raise ValueError(
            f"theta_star has shape {star.shape}: must be a number or have shape ({n},)"
        )
    return sigma, np.broadcast_to(star, (n,))


def covariance_root(sigma: np.ndarray) -> np.ndarray:
    """Sigma^{1/2}, symmetric, for a covariance (n,) or (n, n), of its shape.

    floor 0: small eigenvalues of a covariance are data, not rounding.
    """
    return np.sqrt(sigma) if sigma.ndim == 1 else symmetric_power(sigma, 0.5, floor=0.0)


def as_curvature(sigma: np.ndarray) -> Curvature:
    """A covariance (n,) or (n, n) as a Curvature."""
    return Diagonal(sigma) if sigma.ndim == 1 else Dense(sigma)

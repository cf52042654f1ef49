"""Linear regression on a random design x = Sigma^{1/2} z, z isotropic: elliptical, Rademacher, one-hot; Gaussian is the reference.

A design draws z with E[z z^T] = I, and knows its fourth moment through three numbers (a, b, c):
    E[z z^T (z^T u)^2] = a u u^T + b |u|^2 I + c diag(u^2)      for every u
Gaussian (2, 1, 0). The others are the negative controls of every statement that needs Gaussian inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np

from lab.checks import count, covariance, nonnegative, real
from lab.curvature import Curvature, Dense, Diagonal, Rows, Spiked
from lab.linalg import matvec, multiply, symmetric_power
from lab.objectives.protocol import start_vector
from lab.objectives.regression import ResidualsAt


class Design(Protocol):
    """See the module docstring. draw(rng, shape): isotropic rows, shape (*r, B, n); fourth(n): (a, b, c)."""

    def draw(self, rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray: ...

    def fourth(self, n: int) -> tuple[float, float, float]: ...


@dataclass(frozen=True)
class Gaussian:
    """z ~ N(0, I)."""

    def draw(self, rng, shape):
        return rng.standard_normal(shape)

    def fourth(self, n):
        return 2.0, 1.0, 0.0


@dataclass(frozen=True)
class Elliptical:
    """z = sqrt(w) N(0, I), w = k4 with probability 1 / k4 and 0 otherwise: E w = 1, E w^2 = k4 >= 1

    Moments up to the fourth depend on the law of w through k4 only; two points have the lightest tails. k4 = 1 is Gaussian.
    """

    k4: float = 3.0

    def __post_init__(self):
        if not real("k4", self.k4) >= 1:
            raise ValueError(f"k4 = {self.k4:g}: must be >= 1, since E w^2 >= (E w)^2 = 1")

    def draw(self, rng, shape):
        w = self.k4 * (rng.random(shape[:-1]) < 1 / self.k4)
        return np.sqrt(w)[..., None] * rng.standard_normal(shape)

    def fourth(self, n):
        return 2 * self.k4, self.k4, 0.0


@dataclass(frozen=True)
class Rademacher:
    """z_i = +-1, independent."""

    def draw(self, rng, shape):
        return rng.choice([-1.0, 1.0], size=shape)

    def fourth(self, n):
        return 2.0, 1.0, -2.0


@dataclass(frozen=True)
class OneHot:
    """z = sqrt(n) e_i, i uniform: one coordinate is seen at a time."""

    def draw(self, rng, shape):
        return np.sqrt(shape[-1]) * np.eye(shape[-1])[rng.integers(shape[-1], size=shape[:-1])]

    def fourth(self, n):
        return 0.0, 0.0, float(n)


class Examples(NamedTuple):
    """A batch: x (*r, B, n) and the label noise xi (*r, B), of standard deviation `noise`."""

    x: np.ndarray
    xi: np.ndarray


@dataclass(frozen=True, eq=False)
class RandomDesign:
    """f(theta) = (d^T Sigma d + noise^2) / 2,  d = theta - theta_star:  the population loss of y = x^T theta_star + noise xi

    sigma: (n, n), or (n,) for a diagonal covariance, in which case everything is O(n) per example; theta_star (n,) or a number;
    noise: standard deviation of the label noise (Gaussian). A batch is fresh Examples. On a batch, loss, gradient and Hessian are
    those of its rows; curvature "exact" is Sigma on every batch, "sampled" uses labels x^T theta + N(0, 1). On the population
    "sampled" is Sigma and "true" is E[g_1 g_1^T]. lowest = noise^2 / 2 at theta_star.
    """

    sigma: np.ndarray
    theta_star: np.ndarray | float
    design: Design
    noise: float = 0.0

    def __post_init__(self):
        sigma = covariance("sigma", self.sigma)
        star = real("theta_star", self.theta_star, (0, 1))
        if star.ndim and star.shape != sigma.shape[:1]:
            raise ValueError(
                f"theta_star has shape {star.shape}: must be a number or have shape {sigma.shape[:1]}"
            )
        nonnegative("noise", real("noise", self.noise, 0))
        object.__setattr__(self, "sigma", sigma)
        object.__setattr__(self, "theta_star", np.broadcast_to(star, sigma.shape[:1]))

    @cached_property
    def root(self) -> np.ndarray:
        """Sigma^{1/2}, symmetric, of the shape of sigma."""
        return (
            np.sqrt(self.sigma)
            if self.sigma.ndim == 1
            else symmetric_power(self.sigma, 0.5, floor=0.0)
        )

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
        x = multiply(
            self.root, self.design.draw(rng, (*runs, count("batch", size), len(self.sigma)))
        )
        return Examples(x, self.noise * rng.standard_normal((*runs, size)))

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
        score = e if labels == "true" else -rng.standard_normal(e.shape)
        return Rows(batch.x, score**2, score)

    def hessian(self, theta, batch=None):
        return (
            as_curvature(self.sigma)
            if batch is None
            else Rows(batch.x, np.ones(batch.x.shape[:-1]))
        )

    def second_moment(self, theta, size):
        """E[g_B g_B^T] = (1 + (a-1)/B) g g^T + ((b E + noise^2)/B) Sigma + (c/B) S diag(u^2) S,  g = Sigma d, u = S d, E = |u|^2

        S = Sigma^{1/2}, (a, b, c) the design's fourth moment; size None: g g^T. The Gaussian case is Isserlis' theorem.
        """
        inverse = 0.0 if size is None else 1 / count("batch", size)
        a, b, c = self.design.fourth(len(self.sigma))
        u, g = self.whitened(theta), self.grad(theta)
        base, scale = as_curvature(self.sigma), b * (u**2).sum(-1) + self.noise**2
        if c:
            base, scale = self._with_diagonal(scale, c * u**2), 1.0
        return Spiked(base, inverse * scale, np.sqrt(1 + (a - 1) * inverse) * g[..., None, :], g)

    def _with_diagonal(self, scale, d) -> Curvature:
        """scale Sigma + S diag(d) S, per run."""
        if self.root.ndim == 1:
            return Diagonal(self.sigma * (scale[..., None] + d))
        return Dense(
            scale[..., None, None] * self.sigma + (self.root * d[..., None, :]) @ self.root
        )

    def _residual(self, theta, batch):
        return matvec(batch.x, theta - self.theta_star) - batch.xi


@dataclass(frozen=True, eq=False)
class PopulationAt:
    """Loss and gradient of the population at one point: products with Sigma^{1/2} and with Sigma, each when asked."""

    f: RandomDesign
    theta: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        return ((self.f.whitened(self.theta) ** 2).sum(-1) + self.f.noise**2) / 2

    @cached_property
    def grad(self) -> np.ndarray:
        return multiply(self.f.sigma, self.theta - self.f.theta_star)


def as_curvature(sigma: np.ndarray) -> Curvature:
    """A covariance (n,) or (n, n) as a Curvature."""
    return Diagonal(sigma) if sigma.ndim == 1 else Dense(sigma)

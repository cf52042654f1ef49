"""Linear regression with Gaussian inputs: batches of any size, from rows or exactly in law.

A batch in law costs the same at every size, which is what makes sweeps of the batch size from 1 to
10^6 affordable. Agreement of the two samplers in distribution is tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from lab.checks import count, keep, one_of
from lab.linalg import multiply
from lab.objectives.designs import Gaussian, RandomDesign

SAMPLERS = ("law", "rows")


@dataclass(frozen=True, eq=False)
class InLaw:
    """The random numbers behind one mini-batch gradient of size B.

    a ~ chi2_B, n1 ~ N(0, 1), rest ~ chi2_{B-1}, each (*r,); w ~ N(0, I), (*r, n). Drawn before
    theta is known, so that a sweep shares them; valid at one theta per run.
    """

    a: np.ndarray
    n1: np.ndarray
    rest: np.ndarray
    w: np.ndarray
    size: int
    one_point: ClassVar[bool] = True


@dataclass(frozen=True, eq=False)
class GaussianRegression:
    """f(theta) = (d^T Sigma d + noise^2) / 2,  d = theta - theta_star,  x ~ N(0, Sigma)

    The labels are y = x^T theta_star + noise N(0, 1). sigma (n, n), or (n,) for a diagonal
    covariance; theta_star (n,) or a number; noise: label-noise standard deviation.

    sampler "rows": a batch is Examples (x, xi), everything can be asked of it, O(B n) per step (and
    O(B n^2) for a dense sigma). sampler "law": a batch is n + 3 random numbers for every B. With
    u = Sigma^{1/2} d = nu uhat and C = noise sqrt(A) n1,
        |e|^2 = nu^2 A - 2 nu C + noise^2 (n1^2 + chi2_{B-1})
        g = Sigma^{1/2} [uhat (nu A - C) / B + (|e| / B) (I - uhat uhat^T) w]
    is the mini-batch gradient exactly in law, jointly with its loss |e|^2 / 2B: the rows enter
    through their components along uhat, a vector in R^B, and across, which are independent of the
    residuals e (derived). At u = 0, uhat = 0.

    Such a batch answers loss and grad at one theta; TypeError for its Hessian, its sampled or true
    labels, or another point. Curvature on the population, second_moment, lowest: as RandomDesign.

    Why: rows are S z_j, z_j = (z_j . uhat) uhat + what is across. A = sum_j (z_j . uhat)^2 is
    chi2_B, e depends on these B numbers and on the noise alone, and sum_j e_j (z_j across) is,
    given e, normal with covariance |e|^2 (I - uhat uhat^T).
    """

    sigma: np.ndarray
    theta_star: np.ndarray | float
    noise: float = 0.0
    sampler: str = "law"

    def __post_init__(self):
        one_of("sampler", self.sampler, SAMPLERS)
        keep(self, sigma=self.rows.sigma, theta_star=self.rows.theta_star)

    @cached_property
    def rows(self) -> RandomDesign:
        """The same problem, sampled by rows only."""
        return RandomDesign(self.sigma, self.theta_star, Gaussian(), self.noise)

    @property
    def minimiser(self) -> np.ndarray:
        """theta_star, (n,)."""
        return self.rows.minimiser

    @property
    def lowest(self) -> float:
        """noise^2 / 2."""
        return self.rows.lowest

    def start(self, runs=(), rng=None):
        return self.rows.start(runs, rng)

    def draw(self, rng, runs, size):
        if size is None or self.sampler == "rows":
            return self.rows.draw(rng, runs, size)

        # gamma variables of any shape cost the same: chi2_B is one number, not B squares
        half = count("batch", size) / 2
        a = 2 * rng.standard_gamma(half, runs)
        # chi2_k = 2 Gamma(k / 2); Gamma(0) is 0, the chi2_0 of a batch of one
        rest = 2 * rng.standard_gamma(half - 0.5, runs)
        # the order of the draws is part of what recordings repeat
        n1 = rng.standard_normal(runs)
        w = rng.standard_normal((*runs, len(self.sigma)))
        return InLaw(a, n1, rest, w, size)

    def loss(self, theta, batch=None):
        if not isinstance(batch, InLaw):
            return self.rows.loss(theta, batch)
        nu = np.linalg.norm(self.rows.whitened(theta), axis=-1)
        return self._residual_squared(nu, batch) / (2 * batch.size)

    def grad(self, theta, batch=None):
        if not isinstance(batch, InLaw):
            return self.rows.grad(theta, batch)

        u = self.rows.whitened(theta)
        nu = np.linalg.norm(u, axis=-1)
        # at theta_star there is no direction uhat: 0 is taken, and all noise is across
        length = np.where(nu > 0, nu, 1.0)
        uhat = u / length[..., None]

        along = nu * batch.a - self.noise * np.sqrt(batch.a) * batch.n1
        across = np.sqrt(self._residual_squared(nu, batch))
        along = along - across * (uhat * batch.w).sum(-1)
        whitened = along[..., None] * uhat + across[..., None] * batch.w
        return multiply(self.rows.root, whitened) / batch.size

    def _residual_squared(self, nu, batch):
        """|e|^2 >= 0, written as (nu sqrt(A) - noise n1)^2 + noise^2 chi2_{B-1}."""
        along = nu * np.sqrt(batch.a) - self.noise * batch.n1
        return along**2 + self.noise**2 * batch.rest

    def curvature(self, theta, batch, labels, rng):
        if isinstance(batch, InLaw) and labels != "exact":
            raise TypeError(
                f"labels = {labels!r}: this batch was drawn in law and has no rows: "
                "use sampler='rows'"
            )
        return self.rows.curvature(theta, batch, labels, rng)

    def hessian(self, theta, batch=None):
        if isinstance(batch, InLaw):
            raise TypeError(
                "this batch was drawn in law and has no rows, hence no Hessian: use sampler='rows'"
            )
        return self.rows.hessian(theta, batch)

    def second_moment(self, theta, size):
        return self.rows.second_moment(theta, size)

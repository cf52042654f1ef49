"""Logistic regression with Gaussian inputs: population loss, curvature and second moment of mini-batch gradients, all exact."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lab.checks import count, covariance, real
from lab.curvature import Curvature, Rows, Spiked
from lab.linalg import matvec, multiply, symmetric_power
from lab.objectives.designs import as_curvature
from lab.objectives.logistic import softplus
from lab.objectives.protocol import start_vector
from lab.objectives.regression import mean_rows
from lab.theory.logistic_moments import mean_bend, mean_softplus, mean_weight, squared_score, weight


class Labelled(NamedTuple):
    """A batch: x (*r, B, n) and labels y (*r, B), 0 or 1."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class GaussianLogistic:
    """f(theta) = E[softplus(z) - y z],  z = x^T theta,  x ~ N(0, Sigma),  y ~ Bernoulli(sig(x^T theta_star))

    With v = theta^T Sigma theta, v* = theta_star^T Sigma theta_star, c = theta^T Sigma theta_star and psi(v) = E sig'(N(0, v)), Stein's
    identity leaves integrals over one variable (derived):
        f = E softplus(N(0, v)) - c psi(v*),   grad = Sigma (psi(v) theta - psi(v*) theta_star)
        G = Hessian = psi(v) Sigma + E[sig'''(N(0, v))] Sigma theta theta^T Sigma
    right to rounding up to sqrt(v) = 1e5, also where theta is 0 or parallel to theta_star. sigma (n, n), or (n,) for a diagonal
    covariance; theta_star (n,) or a number. A batch is fresh Labelled rows, whose loss, gradient and Hessian are those of its rows.
    Curvature "exact" is the population's G on every batch; "sampled" draws a label per row from the model, "true" takes the batch's; on
    the population they are their expectations, G and M_1 = E[g_1 g_1^T].
    """

    sigma: np.ndarray
    theta_star: np.ndarray | float

    def __post_init__(self):
        sigma = covariance("sigma", self.sigma)
        star = real("theta_star", self.theta_star, (0, 1))
        if star.ndim and star.shape != sigma.shape[:1]:
            raise ValueError(
                f"theta_star has shape {star.shape}: must be a number or have shape {sigma.shape[:1]}"
            )
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

    @cached_property
    def lowest(self) -> float:
        """The loss at theta_star: the mean entropy of the labels."""
        return float(self.loss(self.minimiser))

    @cached_property
    def _star(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Sigma theta_star, v*, psi(v*)."""
        s = multiply(self.sigma, self.minimiser)
        v = np.asarray(self.minimiser @ s)
        return s, v, mean_weight(v)

    def start(self, runs=(), rng=None):
        return start_vector(len(self.sigma), runs, rng, 1.0)

    def draw(self, rng, runs, size):
        if size is None:
            return None
        x = multiply(self.root, rng.standard_normal((*runs, count("batch", size), len(self.sigma))))
        return Labelled(
            x, (rng.random((*runs, size)) < expit(matvec(x, self.minimiser))).astype(float)
        )

    def loss(self, theta, batch=None):
        if batch is None:
            s, _, psi = self._star
            return mean_softplus(self._variance(theta)) - (theta * s).sum(-1) * psi
        z = matvec(batch.x, theta)
        return (softplus(z) - batch.y * z).mean(-1)

    def grad(self, theta, batch=None):
        if batch is None:
            s, _, psi = self._star
            return (
                mean_weight(self._variance(theta))[..., None] * multiply(self.sigma, theta)
                - psi * s
            )
        return mean_rows(expit(matvec(batch.x, theta)) - batch.y, batch.x)

    def curvature(self, theta, batch, labels, rng):
        if labels == "exact" or (labels == "sampled" and batch is None):
            return self.hessian(theta)
        if batch is None:
            return self.second_moment(theta, 1)
        p = expit(matvec(batch.x, theta))
        score = p - (batch.y if labels == "true" else rng.random(p.shape) < p)
        return Rows(batch.x, score**2, score)

    def hessian(self, theta, batch=None) -> Curvature:
        if batch is not None:
            return Rows(batch.x, weight(matvec(batch.x, theta)))
        v, s = self._variance(theta), multiply(self.sigma, theta)
        return Spiked(
            as_curvature(self.sigma),
            mean_weight(v),
            s[..., None, :],
            weight=mean_bend(v)[..., None],
        )

    def second_moment(self, theta, size) -> Spiked:
        """E[g_B g_B^T] = M_1 / B + (1 - 1/B) g g^T,   M_1 = e0 Sigma + Sigma [theta theta_star] K [theta theta_star]^T Sigma

        e0 and K: mean and mean Hessian of the squared score (logistic_moments.squared_score); g = grad lies in the same two directions.
        """
        inverse = 0.0 if size is None else 1 / count("batch", size)
        (s_star, v_star, _), s, g = self._star, multiply(self.sigma, theta), self.grad(theta)
        v, c = self._variance(theta), (theta * s_star).sum(-1)
        score = squared_score(v, v_star, c)
        a, a_star = (np.sqrt(np.where(x > 0, x, 1.0)) for x in (v, v_star))
        u, u_star = np.broadcast_arrays(s / a[..., None], s_star / a_star)
        # 2 K_zt u u*^T = K_zt [(u + u*)(u + u*)^T - u u^T - u* u*^T], the directions scaled alike so that little cancels
        zz, zt, tt = score.zz * a**2, score.zt * a * a_star, score.tt * a_star**2
        spikes = np.stack([u, u_star, u + u_star, g], -2)
        signed = np.stack([zz - zt, tt - zt, zt], -1) * inverse
        weights = np.concatenate([signed, np.full(signed.shape[:-1] + (1,), 1 - inverse)], -1)
        return Spiked(as_curvature(self.sigma), inverse * score.mean, spikes, g, weights)

    def _variance(self, theta):
        return (theta * multiply(self.sigma, theta)).sum(-1)

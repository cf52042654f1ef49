"""Logistic regression with Gaussian inputs: loss, curvature, second moment of the population.

The labels come from a logistic model with parameter theta_star, so the model is well specified and
G at theta_star is the Fisher information.

With z = x^T theta and z* = x^T theta_star jointly normal, Stein's identity E[x h(z, z*)] = Sigma
(theta E h_z + theta_star E h_z*) turns every mean over x into means over these two numbers:

    h = sig(z)       E[x sig(z)] = psi(v) Sigma theta, and so for the labels: grad
    h = sig'(z) x^T  E[x x^T sig'(z)] = psi(v) Sigma + E sig'''(z) Sigma theta theta^T Sigma: G
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lab.checks import count, keep
from lab.curvature import Curvature, Rows, Spiked
from lab.linalg import matvec, multiply
from lab.objectives.designs import as_curvature, covariance_root, population
from lab.objectives.logistic import softplus
from lab.objectives.protocol import start_vector
from lab.objectives.regression import mean_rows
from lab.theory.logistic_moments import mean_bend, mean_softplus, mean_weight, squared_score, weight
from lab.theory.recursion import inverse_batch


class Labelled(NamedTuple):
    """A batch: x (*r, B, n) and labels y (*r, B), 0.0 or 1.0."""

    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class GaussianLogistic:
    """f(theta) = E[softplus(z) - y z],  z = x^T theta,  x ~ N(0, Sigma)

    y ~ Bernoulli(sig(x^T theta_star)). With v = theta^T Sigma theta, c = theta^T Sigma theta_star,
    v* = theta_star^T Sigma theta_star and psi(v) = E sig'(N(0, v)), Stein's identity leaves
    integrals over one variable (derived):
        f = E softplus(N(0, v)) - c psi(v*),   grad = Sigma (psi(v) theta - psi(v*) theta_star)
        G = Hessian = psi(v) Sigma + E[sig'''(N(0, v))] Sigma theta theta^T Sigma
    right to rounding up to sqrt(v) = 1e5, also where theta is 0 or parallel to theta_star. sigma
    (n, n), or (n,) for a diagonal covariance; theta_star (n,) or a number.

    A batch is fresh Labelled rows, whose loss, gradient and Hessian are those of its rows.
    Curvature "exact" is the population's G on every batch; "sampled" draws a label per row from the
    model, "true" takes the batch's; on the population they are their expectations, G and M_1 =
    E[g_1 g_1^T].

    At theta = theta_star M_1 = G. At theta = 0 grad = -psi(v*) Sigma theta_star and G = Sigma / 4.
    As v grows psi(v) falls like 1 / sqrt(2 pi v), and G with it across theta; along theta it falls
    like v^(-3/2). ValueError as for RandomDesign. Start: all ones, or standard normal.

        GaussianLogistic(np.array([1.0, 0.1]), theta_star=1.0)
    """

    sigma: np.ndarray
    theta_star: np.ndarray | float

    def __post_init__(self):
        sigma, star = population(self.sigma, self.theta_star)
        keep(self, sigma=sigma, theta_star=star)

    @cached_property
    def root(self) -> np.ndarray:
        """Sigma^{1/2}, symmetric, of the shape of sigma."""
        return covariance_root(self.sigma)

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
        n = len(self.sigma)
        shape = (*runs, count("batch", size), n)
        isotropic = rng.standard_normal(shape)
        x = multiply(self.root, isotropic)
        chance = expit(matvec(x, self.minimiser))
        y = rng.random(shape[:-1]) < chance
        return Labelled(x, y.astype(float))

    def loss(self, theta, batch=None):
        if batch is None:
            s, _, psi = self._star
            c = (theta * s).sum(-1)
            v = self._variance(theta)
            own = mean_softplus(v)
            return own - c * psi
        z = matvec(batch.x, theta)
        losses = softplus(z) - batch.y * z
        return losses.mean(-1)

    def grad(self, theta, batch=None):
        if batch is not None:
            z = matvec(batch.x, theta)
            score = expit(z) - batch.y
            return mean_rows(score, batch.x)

        s, _, psi = self._star
        v = self._variance(theta)
        own = mean_weight(v)[..., None]
        moved = multiply(self.sigma, theta)
        return own * moved - psi * s

    def curvature(self, theta, batch, labels, rng):
        if labels == "exact" or (labels == "sampled" and batch is None):
            return self.hessian(theta)
        if batch is None:
            return self.second_moment(theta, 1)
        z = matvec(batch.x, theta)
        p = expit(z)
        y = batch.y if labels == "true" else rng.random(p.shape) < p
        score = p - y
        return Rows(batch.x, score**2, score)

    def hessian(self, theta, batch=None) -> Curvature:
        if batch is not None:
            z = matvec(batch.x, theta)
            return Rows(batch.x, weight(z))

        v = self._variance(theta)
        moved = multiply(self.sigma, theta)
        # < 0: less curvature along theta than across
        bend = mean_bend(v)[..., None]
        base = as_curvature(self.sigma)
        spike = moved[..., None, :]
        return Spiked(base, mean_weight(v), spike, weight=bend)

    def second_moment(self, theta, size) -> Spiked:
        """E[g_B g_B^T] = M_1 / B + (1 - 1/B) g g^T,   M_1 = e0 Sigma + T K T^T

        T = Sigma [theta theta_star]; e0 and K: mean and mean Hessian of the squared score
        (logistic_moments.squared_score); g = grad lies in the same two directions.
        """
        s_star, v_star, _ = self._star
        s = multiply(self.sigma, theta)
        v = self._variance(theta)
        c = (theta * s_star).sum(-1)
        score = squared_score(v, v_star, c)

        # the two directions scaled alike, so that little cancels below
        a = _length(v)
        a_star = _length(v_star)
        u = s / a[..., None]
        unit_star = s_star / a_star
        u, u_star = np.broadcast_arrays(u, unit_star)
        zz = score.zz * a**2
        zt = score.zt * a * a_star
        tt = score.tt * a_star**2

        # 2 K_zt u u*^T = K_zt [(u + u*)(u + u*)^T - u u^T - u* u*^T]
        g = self.grad(theta)
        spikes = np.stack([u, u_star, u + u_star, g], -2)
        inverse = inverse_batch(size)
        signed = np.stack([zz - zt, tt - zt, zt], -1)
        signed = inverse * signed
        runs = signed.shape[:-1]
        # the fourth direction: what a batch's mean gradient keeps of g g^T
        mean = np.full((*runs, 1), 1 - inverse)
        weights = np.concatenate([signed, mean], -1)
        base = as_curvature(self.sigma)
        return Spiked(base, inverse * score.mean, spikes, g, weights)

    def _variance(self, theta):
        """v = theta^T Sigma theta, (*r,)."""
        moved = multiply(self.sigma, theta)
        return (theta * moved).sum(-1)


def _length(v):
    """sqrt(v), 1 for 0.

    The scale of a direction; a direction that is 0 keeps scale 1 and contributes nothing.
    """
    positive = np.where(v > 0, v, 1.0)
    return np.sqrt(positive)

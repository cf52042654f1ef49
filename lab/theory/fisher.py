"""True against empirical Fisher: the generalised eigenvalues of (E[g_1 g_1^T], G) in logistic regression, and their laws.

Adam's preconditioner at batch size 1 comes from M_1 = E[g_1 g_1^T], Gauss-Newton's from G. If M_1 = s G, Adam is GN^-1/2 in every basis;
the pencil (M_1, G) says by how much that fails. Everything here is derived; Liu et al. 2025 study the comparison on data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import erf, expit

from lab.checks import count, covariance, nonnegative, positive, real, symmetric, unit
from lab.linalg import multiply
from lab.objectives.logistic_moments import mean_weight, mean_weight_along, squared_score
from lab.quadrature import DENSITY, HALF


class Pencil(NamedTuple):
    """Generalised eigenvalues of (M_1, G): bulk (*r,), `multiplicity` times, and others (*r, 1 or 2), decreasing."""

    bulk: np.ndarray
    others: np.ndarray
    multiplicity: int

    @property
    def eigenvalues(self) -> np.ndarray:
        """All of them, decreasing, (*r, n)."""
        bulk = np.broadcast_to(self.bulk[..., None], self.bulk.shape + (self.multiplicity,))
        return -np.sort(-np.concatenate([bulk, self.others], -1), -1)

    @property
    def spread(self) -> np.ndarray:
        """Largest over smallest, (*r,): 1 exactly when M_1 is a multiple of G."""
        lam = self.eigenvalues
        return lam[..., 0] / lam[..., -1]


def logistic_pencil(sigma, theta, theta_star) -> Pencil:
    """x ~ N(0, Sigma), y ~ Bernoulli(sig(x^T theta_star)): bulk e0 / psi, n - 2 times, and the pencil of two 2 x 2 matrices

    e0 = E (sig(z) - y)^2, psi = E sig'(z). In coordinates where Sigma = I, G = psi I + rank 1 along theta and M_1 = e0 I + rank 2 in
    span(theta, theta_star): on the other n - 2 directions the preconditioners of Adam and GN^-1/2 agree up to one factor.
    All eigenvalues are 1 at theta = theta_star (Fisher's identity) and at theta = 0. sigma (n, n) or (n,), positive definite; theta,
    theta_star (*r, n). n = 1 has one eigenvalue. ValueError for a singular sigma or shapes that don't fit.
    """
    sigma, theta, theta_star = _instance(sigma, theta, theta_star)
    s, s_star = multiply(sigma, theta), multiply(sigma, theta_star)
    v, v_star, c = (theta * s).sum(-1), (theta_star * s_star).sum(-1), (theta * s_star).sum(-1)
    score, psi = squared_score(v, v_star, c), mean_weight(v)
    a = np.sqrt(v)
    along = np.where(v > 0, c / np.where(v > 0, a, 1.0), np.sqrt(v_star))  # theta_star in an orthonormal basis that starts with theta
    across = np.sqrt(np.maximum(v_star - along**2, 0.0))
    m11 = score.mean + score.zz * v + 2 * score.zt * a * along + score.tt * along**2
    m12 = across * (score.zt * a + score.tt * along)
    m22 = score.mean + score.tt * across**2
    g11, n = mean_weight_along(v), theta.shape[-1]
    others = _eigenvalues(m11 / g11, m12 / np.sqrt(g11 * psi), m22 / psi) if n > 1 else (m11 / g11)[..., None]
    return Pencil(score.mean / psi, others, max(n - 2, 0))


class PencilLaws(NamedTuple):
    """bulk c, low c and top c^3 are the eigenvalues of the pencil for a large student norm c; the spread is `spread` c^2."""

    bulk: np.ndarray
    low: np.ndarray
    top: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """The constant in front of c^2, for n >= 3."""
        return self.top / np.minimum(self.bulk, self.low)


def pencil_laws(teacher, angle) -> PencilLaws:
    """bulk ~ sqrt(2 pi) e0 c,  top ~ (3 sqrt(2 pi) / pi^2) M_11 c^3,  low ~ sqrt(2 pi) (M_22 - M_12^2 / M_11) c   as c -> inf

    c^2 = theta^T Sigma theta; teacher = sqrt(theta_star^T Sigma theta_star) stays fixed; angle between theta and theta_star in the inner
    product of Sigma. G shrinks since only inputs with |z| = O(1) are undecided: psi ~ 1/(sqrt(2 pi) c), and pi^2/(3 sqrt(2 pi) c^3) along
    theta. M_1 does not: sig(z) becomes a step and M = E[f Z Z^T], f = 1/2 - sign(Z_1) h(t), e0 = E f, has a limit.
    teacher >= 0 and angle in [0, pi] broadcast. ValueError outside.
    """
    teacher, angle = np.broadcast_arrays(real("teacher", teacher), real("angle", angle))
    nonnegative("teacher", teacher)
    if not ((angle >= 0) & (angle <= np.pi)).all():
        raise ValueError(f"angle reaches from {angle.min():g} to {angle.max():g}: must be in [0, pi]")
    cos, sin = np.cos(angle), np.sin(angle)
    h = expit(teacher[..., None] * HALF) - 0.5
    b = (cos / np.maximum(sin, 1e-150))[..., None] * HALF
    bump = np.sqrt(2 / np.pi) * np.exp(-(b**2) / 2)
    sign = erf(b / np.sqrt(2))  # E[sign(Z_1) W^k | t] for k = 0, 1, 2 are sign, bump, sign - b bump; t = teacher U, Z_1 = cos U + sin W
    uu, uw, ww = (h * q @ DENSITY for q in (HALF**2 * sign, HALF * bump, sign - b * bump))
    m11 = 0.5 - (cos**2 * uu + 2 * cos * sin * uw + sin**2 * ww)
    m12 = -(cos * sin * (uu - ww) + (sin**2 - cos**2) * uw)
    m22 = 0.5 - (sin**2 * uu - 2 * cos * sin * uw + cos**2 * ww)
    root = np.sqrt(2 * np.pi)
    return PencilLaws(root * (0.5 - h * sign @ DENSITY), root * (m22 - m12**2 / m11), 3 * root / np.pi**2 * m11)


def weight_ratio(z, q) -> np.ndarray:
    """E_y (sig(z) - y)^2 / (sig(z) (1 - sig(z))) = q e^-z + (1 - q) e^z,  y ~ Bernoulli(q)

    Empirical over true Fisher weight of one example. Hard labels: e^-margin, margin = (2y - 1) z, unbounded above (confident errors) and
    not bounded away from 0 (confident and right): no constants bound Adam by GN^-1/2 for all data. q = 1/2: cosh z. q = sig(z): 1.
    """
    z, q = real("z", z), real("q", q)
    unit("q", q)
    return q * np.exp(-z) + (1 - q) * np.exp(z)


def matrix_regression_moment(sigma, delta, noise, batch: int) -> np.ndarray:
    """E[vec g_B vec g_B^T] = (Sigma kron C + X) / B + vec(Delta Sigma) vec(Delta Sigma)^T,   C = Delta Sigma Delta^T + N

    y = W_star x + N(0, N), Delta = W - W_star (m, n), g = mean_j (Delta x_j - xi_j) x_j^T, x ~ N(0, Sigma); vec stacks columns; X has the
    entries X[(a, i), (b, j)] = (Delta Sigma)_bi (Delta Sigma)_aj, a, b < m. sigma (n, n) or (n,), noise the covariance N, (m, m) or (m,).
    G = Sigma kron I: any basis on the left diagonalises it with that of Sigma on the right, whereas label noise singles out the
    eigenvectors of N: as Delta -> 0 the second moment is exactly Sigma kron N / B. Returns (m n, m n).
    """
    sigma, noise = _matrix("sigma", sigma), _matrix("noise", noise)
    delta, size = real("delta", delta, 2), count("batch", batch)
    if delta.shape != (len(noise), len(sigma)):
        raise ValueError(f"delta has shape {delta.shape}: must be {(len(noise), len(sigma))}, as noise and sigma")
    g, k = delta @ sigma, delta.size
    swapped = np.einsum("bi,aj->iajb", g, g).reshape(k, k)
    mean = g.T.ravel()
    return (np.kron(sigma, delta @ g.T + noise) + swapped) / size + np.outer(mean, mean)


def _matrix(name, sigma):
    """A covariance (n, n), or (n,) for a diagonal one, as a matrix."""
    sigma = covariance(name, sigma)
    return np.diag(sigma) if sigma.ndim == 1 else sigma


def _eigenvalues(a, b, d):
    """Of [[a, b], [b, d]], positive definite: decreasing, (*r, 2); the smaller from the determinant, without cancellation."""
    largest = (a + d) / 2 + np.hypot((a - d) / 2, b)
    return np.stack([largest, (a * d - b**2) / largest], -1)


def _instance(sigma, theta, theta_star):
    sigma = real("sigma", sigma, (1, 2))
    if sigma.ndim == 2:
        sigma = symmetric("sigma", sigma, definite=True)
    else:
        positive("sigma", sigma)
    found = [sigma]
    for name, vector in (("theta", theta), ("theta_star", theta_star)):
        vector = real(name, vector)
        if vector.ndim == 0 or vector.shape[-1] != len(sigma):
            raise ValueError(f"{name} has shape {vector.shape}: its last axis must be {len(sigma)}, the dimension of sigma")
        found.append(vector)
    return found

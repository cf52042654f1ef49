"""Linear stability: rates of momentum methods on quadratics, edges of stability, and the largest step of Adam.

lam: an eigenvalue of the Hessian, mu <= lam <= L. For adaptive methods lam is an eigenvalue of P^-1 H with the preconditioner
P = diag(sqrt(v) + eps) frozen: the preconditioned sharpness. Everything is elementwise in its arguments unless it says otherwise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import Scalar


class Tuning(NamedTuple):
    """lr, beta and the rate they give: the spectral radius over [mu, L]."""

    lr: Scalar
    beta: Scalar
    rate: Scalar


def _largest_root(a, b):
    """max |z| over z^2 - a z + b = 0, real a, b."""
    gap = a**2 - 4 * b
    return np.where(gap < 0, np.sqrt(np.abs(b)), (np.abs(a) + np.sqrt(np.maximum(gap, 0.0))) / 2)


def heavy_ball_radius(lam: Scalar, lr: Scalar, beta: Scalar) -> Scalar:
    """max |z| over z^2 - (1 + beta - lr lam) z + beta = 0."""
    return _largest_root(1 + beta - lr * lam, beta)


def nesterov_radius(lam: Scalar, lr: Scalar, beta: Scalar) -> Scalar:
    """max |z| over z^2 - (1 + beta)(1 - lr lam) z + beta (1 - lr lam) = 0."""
    s = 1 - lr * lam
    return _largest_root((1 + beta) * s, beta * s)


def gd_tuning(mu: Scalar, smoothness: Scalar) -> Tuning:
    """lr = 2 / (L + mu): (kappa - 1) / (kappa + 1)."""
    return Tuning(2 / (smoothness + mu), 0.0, (smoothness - mu) / (smoothness + mu))


def heavy_ball_tuning(mu: Scalar, smoothness: Scalar) -> Tuning:
    """lr = 4 / (sqrt L + sqrt mu)^2, beta = rate^2: (sqrt kappa - 1) / (sqrt kappa + 1), the best of any method of this form.

    Both ends of the spectrum have a double root there: iterates behave as t rate^t, and a perturbation e moves the rate by sqrt e.
    """
    rate = (np.sqrt(smoothness) - np.sqrt(mu)) / (np.sqrt(smoothness) + np.sqrt(mu))
    return Tuning(4 / (np.sqrt(smoothness) + np.sqrt(mu)) ** 2, rate**2, rate)


def nesterov_tuning(mu: Scalar, smoothness: Scalar) -> Tuning:
    """The usual lr = 1 / L, beta = (sqrt kappa - 1) / (sqrt kappa + 1): 1 - 1 / sqrt kappa (a double root at mu)."""
    root = np.sqrt(smoothness / mu)
    return Tuning(1 / smoothness, (root - 1) / (root + 1), 1 - 1 / root)


def nesterov_best_tuning(mu: Scalar, smoothness: Scalar) -> Tuning:
    """lr = 4 / (3 L + mu), beta = (w - 2) / (w + 2), w = sqrt(3 kappa + 1): 1 - 2 / w, the best for quadratics
    (Lessard, Recht & Packard 2016)."""
    w = np.sqrt(3 * smoothness / mu + 1)
    return Tuning(4 / (3 * smoothness + mu), (w - 2) / (w + 2), 1 - 2 / w)


def sgd_edge(lr: Scalar) -> Scalar:
    """lam < 2 / lr: GD, and RMSProp and AdaGrad with their preconditioner frozen."""
    return 2 / lr


def heavy_ball_edge(lr: Scalar, beta: Scalar) -> Scalar:
    """lam < 2 (1 + beta) / lr."""
    return 2 * (1 + beta) / lr


def nesterov_edge(lr: Scalar, beta: Scalar) -> Scalar:
    """lam < 2 (1 + beta) / ((1 + 2 beta) lr)."""
    return 2 * (1 + beta) / ((1 + 2 * beta) * lr)


def adam_edge(lr: Scalar, beta1: Scalar) -> Scalar:
    """lam < 2 (1 + beta1) / ((1 - beta1) lr): 38 / lr at beta1 = 0.9 (Cohen et al. 2022). Also momentum as an exponential average."""
    return 2 * (1 + beta1) / ((1 - beta1) * lr)


def nadam_edge(lr: Scalar, beta1: Scalar) -> Scalar:
    """lam < 2 (1 + beta1) / ((1 - beta1)(1 + 2 beta1) lr), NAdam with beta1 m + (1 - beta1) g and constant beta1: 95 / (7 lr) at 0.9."""
    return 2 * (1 + beta1) / ((1 - beta1) * (1 + 2 * beta1) * lr)


def adamw_edge(lr: Scalar, beta1: Scalar, weight_decay: Scalar) -> Scalar:
    """lam < (1 + beta1)(2 - lr w) / ((1 - beta1) lr), w the decoupled decay: 370.5 at lr = 0.1, beta1 = 0.9, w = 0.5."""
    return (1 + beta1) * (2 - lr * weight_decay) / ((1 - beta1) * lr)


def adam_step_bound(beta1: Scalar, beta2: Scalar, t: Scalar = np.inf) -> np.ndarray:
    """|delta_t| <= lr B_t,  B_t = (1 - b1) / (1 - b1^t) sqrt((1 - b2^t) / (1 - b2) (1 - q^t) / (1 - q)),  q = b1^2 / b2 < 1

    By Cauchy-Schwarz; attained by gradients proportional to (b2 / b1)^t. As t -> infinity B = 7.2703 at the defaults. NaN unless q < 1.
    """
    q = np.where(beta1**2 < beta2, beta1**2 / beta2, np.nan)
    second = (1 - beta2**t) / (1 - beta2) * (1 - q**t) / (1 - q)
    return np.asarray((1 - beta1) / (1 - beta1**t) * np.sqrt(second))

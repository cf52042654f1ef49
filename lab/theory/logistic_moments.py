"""Gaussian moments behind logistic regression: of the sigmoid, its weight, and the squared score.

The weight is w = sig (1 - sig), the score that of noisy labels. z = theta^T x and t = theta_star^T
x are jointly N(0, [[v, c], [c, v_star]]); v, v_star, c (*r,). All moments are second derivatives in
expectation, which exist where the covariance of (z, t) is singular (theta parallel to theta_star,
or 0): no inverse is taken. By Stein's identity,
    E[f(z, t) x x^T] = E[f] Sigma + Sigma [theta theta_star] E[Hess f] [theta theta_star]^T Sigma
(derived). ValueError for a negative variance. NaN and inf are data, the runs that diverged.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from lab.checks import real_array
from lab.domains import entries, not_negative, runs_fit
from lab.linalg import ratio
from lab.quadrature import DENSITY, HALF, even, half_line, smoothed


def weight(z: np.ndarray) -> np.ndarray:
    """w(z) = sig(z) (1 - sig(z)), without overflow."""
    z = real_array("z", z)
    return expit(z) * expit(-z)


def mean_softplus(v: np.ndarray) -> np.ndarray:
    """E log(1 + e^z) = E log(2 cosh(z/2)), the odd part z/2 having mean 0."""

    # log(2 cosh(z/2)) without e^(z/2), for the half-line z >= 0 that `even` asks for
    def log_two_cosh(z):
        return z / 2 + np.log1p(np.exp(-z))

    return even(log_two_cosh, not_negative("v", v))


def mean_weight(v: np.ndarray) -> np.ndarray:
    """psi(v) = E w(z) = E sig'(z): 1/4 at v = 0, about 1 / sqrt(2 pi v) for large v."""
    return even(weight, not_negative("v", v))


def mean_weight_along(v: np.ndarray) -> np.ndarray:
    """E[w(z) z^2] / v, the limit 1/4 at v = 0; pi^2 / (3 sqrt(2 pi)) v^(-3/2) for large v."""
    z = half_line(not_negative("v", v))
    squares = DENSITY * HALF**2
    return weight(z) @ squares


def mean_bend(v: np.ndarray) -> np.ndarray:
    """E w''(z) = E[w - 6 w^2] = (E[w z^2] / v - psi) / v, negative: w falls with |z|."""
    return even(_bend, not_negative("v", v))


def _bend(z):
    """w'' = w - 6 w^2, since w' = w (1 - 2 sig) and (1 - 2 sig)^2 = 1 - 4 w."""
    w = weight(z)
    return w * (1 - 6 * w)


class SquaredScore(NamedTuple):
    """Means of f(z, t) = E_y (sig(z) - y)^2, y ~ Bernoulli(sig(t)), and of its second derivatives.

    Each (*r,).
    """

    mean: np.ndarray
    zz: np.ndarray
    zt: np.ndarray
    tt: np.ndarray


def squared_score(
    v: np.ndarray,
    v_star: np.ndarray,
    c: np.ndarray,
) -> SquaredScore:
    """f = 1/4 + h(z)^2 - 2 h(z) h(t), h = sig - 1/2:   E f and E Hess f

    f_zz = (h^2)'' - 2 h''(z) h(t),  f_zt = -2 h'(z) h'(t),  f_tt = -2 h(z) h''(t);
    (h^2)'' = -w'' since h^2 = 1/4 - w. With theta = theta_star (t = z), f has the mean psi, and its
    second derivatives sum as those of w: M_1 = G.
    """
    v = not_negative("v", v)
    v_star = not_negative("v_star", v_star)
    c = entries("c", c, 0)
    runs_fit("v_star", v_star.shape, v.shape)
    runs_fit("c", c.shape, np.broadcast_shapes(v.shape, v_star.shape))

    # diverged runs are data: their NaN is the answer
    with np.errstate(all="ignore"):
        return _squared_score(v, v_star, c)


def _squared_score(v, v_star, c) -> SquaredScore:
    product, slopes, bent = _products(v, v_star, c)
    _, _, bent_star = _products(v_star, v, c)
    return SquaredScore(
        mean=0.5 - mean_weight(v) - 2 * product,
        zz=-mean_bend(v) - 2 * bent,
        zt=-2 * slopes,
        tt=-2 * bent_star,
    )


def _products(v, v_star, c):
    """E[h(z) h(t)], E[h'(z) h'(t)], E[h''(z) h(t)] by conditioning on z.

    t given z is N(m z, s^2), m = c / v, s^2 = v_star - c^2 / v.
    """
    # v = 0: z is 0, and t keeps its own variance
    m = ratio(c, v)
    # below 0 by rounding where t is a multiple of z
    s = np.sqrt(np.maximum(v_star - m * c, 0.0))
    z = half_line(v)
    centre = m[..., None] * z
    mean, slope = smoothed(centre, s[..., None])

    h = expit(z) - 0.5
    w = weight(z)
    # w' = -2 h w
    bend = -2 * h * w
    product = (h * mean) @ DENSITY
    slopes = (w * slope) @ DENSITY
    return product, slopes, (bend * mean) @ DENSITY

"""Worst cases of first-order methods with exact constants: the largest loss, gradient or distance after N steps.

L: smoothness, mu: strong convexity, R = |theta_0 - theta*|_2, M: Lipschitz constant of f, N: steps, h = L lr. Every function is
elementwise in its arguments. The functions that attain the bounds are in lab.objectives.extremal.

`travel` c of a method is how far it goes in N steps, in units of g / L, while the gradient g stays the same; on the Huber function with
slope L R / (2 c + 1) it ends with gap L R^2 / (2 (2 c + 1)) (derived). For three of the methods here that is the worst case.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import Scalar
from lab.checks import count


def gd_travel(steps: Scalar, h: Scalar = 1.0) -> Scalar:
    """c = N h."""
    return steps * h


def nesterov_travel(steps: Scalar) -> Scalar:
    """c = (N^2 + 5 N + 2) / 8 for the x-sequence of AcceleratedGradient: the moves d_{k+1} = 1 + k / (k + 3) d_k are (k + 4) / 4, from
    the second on (derived)."""
    return (steps**2 + 5 * steps + 2) / 8


def ogm_travel(steps: int) -> float:
    """c = (a_N^2 - 1) / 2, a_N = ogm_factor(N)."""
    return (ogm_factor(steps) ** 2 - 1) / 2


def ogm_factor(steps: int) -> float:
    """a_N of OGM: a_0 = 1, a_{t+1} = (1 + sqrt(1 + 4 a_t^2)) / 2, the last one with 8 instead of 4. a_1 = 2, a_2 = 2.842..."""
    a, n = 1.0, count("steps", steps)
    for t in range(1, n + 1):
        a = (1 + np.sqrt(1 + (8 if t == n else 4) * a**2)) / 2
    return float(a)


def huber_gap(travel: Scalar, smoothness: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """L R^2 / (2 (2 c + 1)): what a method of travel c leaves of the Huber function that is worst for it."""
    return smoothness * radius**2 / (2 * (2 * travel + 1))


def gd_gap(steps: Scalar, h: Scalar = 1.0, smoothness: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """f_N - f* <= (L R^2 / 2) max{1 / (2 N h + 1), (1 - h)^(2N)}, 0 < h < 2; f convex and L-smooth.

    Drori & Teboulle 2014 for h <= 1, conjectured there for h > 1 (proved since, recalled). Attained: Huber, and the quadratic.
    """
    return np.maximum(huber_gap(gd_travel(steps, h), smoothness, radius), smoothness * radius**2 / 2 * (1 - h) ** (2 * steps))


def gd_gradient_from_distance(steps: Scalar, h: Scalar = 1.0, smoothness: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """|g_N| <= L R max{1 / (N h + 1), |1 - h|^N}; f convex and L-smooth. Attained: Huber with delta = R / (N h + 1), the quadratic."""
    return smoothness * radius * np.maximum(1 / (gd_travel(steps, h) + 1), np.abs(1 - h) ** steps)


def gd_gradient_from_gap(steps: Scalar, h: Scalar = 1.0, smoothness: Scalar = 1.0, gap: Scalar = 1.0) -> Scalar:
    """|g_N|^2 <= 2 L (f_0 - f*) max{1 / (2 N h + 1), (1 - h)^(2N)}; f convex and L-smooth. Attained as gd_gradient_from_distance."""
    return 2 * smoothness * gap * np.maximum(1 / (2 * gd_travel(steps, h) + 1), (1 - h) ** (2 * steps))


def gd_contraction(mu: Scalar, smoothness: Scalar, lr: Scalar) -> Scalar:
    """rho = max(|1 - lr mu|, |1 - lr L|): distance, gradient and root of the gap shrink by rho per step on mu-strongly convex, L-smooth f.

    Smallest at lr = 2 / (L + mu): (kappa - 1) / (kappa + 1). Attained: quadratics.
    """
    return np.maximum(np.abs(1 - lr * mu), np.abs(1 - lr * smoothness))


def line_search_contraction(mu: Scalar, smoothness: Scalar) -> Scalar:
    """((kappa - 1) / (kappa + 1))^2: f-gap ratio per step of GD with exact line search (de Klerk, Glineur & Taylor 2017; on quadratics
    Kantorovich). Attained at every step on diag(mu, L) from (1 / mu, 1 / L)."""
    return ((smoothness - mu) / (smoothness + mu)) ** 2


def gd_nonconvex(steps: Scalar, smoothness: Scalar = 1.0, gap: Scalar = 1.0) -> Scalar:
    """min_{k <= N} |g_k|^2 <= 4 L (f_0 - f*) / (3 N + 2), step 1 / L; f L-smooth (Abbaszadehpeivasti, de Klerk & Zamani 2022).

    Attained: lab.objectives.extremal.worst_nonconvex.
    """
    return 4 * smoothness * gap / (3 * steps + 2)


def ogm_gap(steps: int, smoothness: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """f(x_N) - f* <= L R^2 / (2 a_N^2): .125, .06189418, .01858814 for N = 1, 2, 5 at L = R = 1 (Kim & Fessler 2016).

    Attained: Huber, and the quadratic.
    """
    return huber_gap(ogm_travel(steps), smoothness, radius)


def nesterov_gap(steps: Scalar, smoothness: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """f(x_N) - f* <= 2 L R^2 / (N^2 + 5 N + 6): 1/6, 1/10, 1/28 for N = 1, 2, 5 at L = R = 1. Momentum t / (t + 3), step 1 / L.

    Attained: Huber.
    """
    return huber_gap(nesterov_travel(steps), smoothness, radius)


def subgradient_gap(steps: Scalar, lipschitz: Scalar = 1.0, radius: Scalar = 1.0) -> Scalar:
    """min_{k <= N} f_k - f* <= M R / sqrt(N + 1), step R / (M sqrt(N + 1)); f convex and M-Lipschitz. Attained: MaxCoordinate."""
    return lipschitz * radius / np.sqrt(steps + 1)


def sign_decrease(gradient_l1: Scalar, lr: Scalar, smoothness_l1: Scalar) -> Scalar:
    """f - f+ >= lr |g|_1 - lr^2 |L|_1 / 2 for one step of SignSGD; f(y) <= f(x) + <g, y - x> + sum L_i (y_i - x_i)^2 / 2, |L|_1 = sum L_i.

    Attained: diagonal quadratics. A step sqrt(2 (f_0 - f*) / (|L|_1 N)) gives sign_rate.
    """
    return lr * gradient_l1 - lr**2 * smoothness_l1 / 2


def sign_rate(steps: Scalar, smoothness_l1: Scalar, gap: Scalar) -> Scalar:
    """(1/N) sum_{k < N} |g_k|_1 <= sqrt(2 (f_0 - f*) |L|_1 / N)."""
    return np.sqrt(2 * gap * smoothness_l1 / steps)


def max_norm_smoothness(h: np.ndarray) -> float:
    """L_inf = max over sign vectors s of s^T H s, H positive semi-definite: tr H <= L_inf <= sum |H_ij|. Enumerates 2^(n-1) vectors.

    The step (|g|_1 / L_inf) sign(g) decreases a quadratic by at least |g|_1^2 / (2 L_inf).
    """
    n = len(h)
    signs = 1 - 2 * (np.arange(2 ** (n - 1))[:, None] >> np.arange(n) & 1)
    return float(np.einsum("si,si->s", signs, signs @ h).max())

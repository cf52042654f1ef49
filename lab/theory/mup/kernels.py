"""Arc-cosine kernels and the limits of infinite width, for ReLU networks (Cho & Saul 2009).

A pair of pre-activations (u, v) of two inputs is Gaussian with the covariance [[|x|^2, x . x'],
[x . x', |x'|^2]] of the layer below. Mean products of what ReLU makes of it depend on the angle t
between the two alone, and on the two lengths.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.checks import loops, nonnegative, of_kind, real
from lab.domains import Numbers, in_range, last_axis, number, vector
from lab.linalg import ratio
from lab.matrix_checks import symmetric_matrices


class Gram(NamedTuple):
    """Inner products of points with points: between (n, k), and the squares of both.

    first (n,) and second (k,): the squared lengths of the n points and of the k.
    """

    first: np.ndarray
    between: np.ndarray
    second: np.ndarray


@in_range
def gram(
    x: np.ndarray,
    points: np.ndarray,
) -> Gram:
    """K_0 = x x'^T / d of rows x (n, d) and points (k, d): |x|^2 / d, K_0, |x'|^2 / d."""
    x = real("x", x, 2)
    points = real("points", points, 2)
    last_axis("points", points, x.shape[-1])
    d = x.shape[-1]
    return Gram((x**2).sum(-1) / d, x @ points.T / d, (points**2).sum(-1) / d)


def _angle(k: Gram):
    """The angle between two points, and the product of their lengths, (n, k)."""
    of_kind("k", k, Gram)
    lengths = np.sqrt(k.first[:, None] * k.second)
    # a point at 0 has no direction: a right angle to all
    cosine = ratio(k.between, lengths)
    return np.arccos(np.clip(cosine, -1.0, 1.0)), lengths


def step_kernel(k: Gram) -> np.ndarray:
    """kappa_0 = E[1(u > 0) 1(v > 0)] = (pi - angle) / 2 pi for Gaussian (u, v) of covariance K

    From 1/2 for one direction to 0 for opposite ones, (n, k).
    """
    angle, _ = _angle(k)
    return (np.pi - angle) / (2 * np.pi)


def relu_kernel(k: Gram) -> np.ndarray:
    """kappa_1 = E[relu(u) relu(v)] = |u||v| (sin t + (pi - t) cos t) / 2 pi, t the angle

    |u||v| / 2 for one direction; 0 for opposite ones, (n, k).
    """
    angle, lengths = _angle(k)
    shape = np.sin(angle) + (np.pi - angle) * np.cos(angle)
    return lengths * shape / (2 * np.pi)


def after_relu(
    k: Gram,
    variance: float = 2.0,
) -> Gram:
    """Covariances of the next layer's u = W relu(.), W of variance `variance` / width.

    2 keeps the lengths, since E relu(u)^2 = |u|^2 / 2.
    """
    of_kind("k", k, Gram)
    variance = number("variance", variance, nonnegative)
    return Gram(variance * k.first / 2, variance * relu_kernel(k), variance * k.second / 2)


@in_range
def nngp(
    x: np.ndarray,
    points: np.ndarray,
    depth: int,
) -> np.ndarray:
    """lim h_(L-1)(x)^T h_(L-1)(x') / M, (n, k), of L - 1 = `depth` hidden layers of ReLU

    W_1 has variance 1 / d, the hidden ones 2 / M; no biases. ValueError for depth < 1.
    """
    k = gram(x, points)
    for _ in range(loops("depth", depth) - 1):
        k = after_relu(k)
    return relu_kernel(k)


@in_range
def kernel_ridge(
    k: np.ndarray,
    between: np.ndarray,
    y: np.ndarray,
    ridge: Numbers,
) -> np.ndarray:
    """k(x', X)(K + n ridge I)^-1 y, (points,): what one K-FAC step from a head of zeros predicts.

    K (n, n), between (n, points), y (n,); ridge is the damping of A = H H^T / n, eta = 1, half
    squares, and the output bias stands still. ValueError for a negative ridge.

    With W = 0 only the head moves, by eta y h^T (h h^T + rho)^-1: that is ridge regression on the
    features h, K = H^T H. C outputs with trace damping rho' divide by 1 + C rho'. ridge = 0 needs a
    regular K, whose predictor then interpolates.
    """
    k = symmetric_matrices("k", real("k", k, 2))
    between = real("between", between, 2)
    y = vector("y", y)
    ridge = number("ridge", ridge, nonnegative)
    n = len(k)
    last_axis("y", y, n)
    if len(between) != n:
        raise ValueError(f"between has {len(between)} rows: must have {n}, those of k")

    shifted = k + n * ridge * np.eye(n)
    return between.T @ np.linalg.solve(shifted, y)

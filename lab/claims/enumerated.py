"""Expectations without sampling: independent numbers that take three values each, enumerated with
their probabilities.

With kurtosis 3 these are the nodes of Gauss and Hermite: a polynomial of degree up to 5 in each
number has its Gaussian expectation, up to rounding. Another kurtosis is another law, which is how a
claim that needs Gaussian numbers looks outside its hypothesis.
"""

from __future__ import annotations

import itertools

import numpy as np

from lab.linalg import symmetric_power
from lab.objectives import RandomDesign
from lab.objectives.designs import Examples, Gaussian


def points(n: int, kurtosis: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """z (N, n) and their probabilities (N,): coordinates independent, E z = E z^3 = 0, E z^2 = 1,
    E z^4 = kurtosis >= 1."""
    grid = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=n)))
    chance = np.where(grid == 0, 1 - 1 / kurtosis, 1 / (2 * kurtosis))
    kept = chance.prod(-1) > 0
    return np.sqrt(kurtosis) * grid[kept], chance.prod(-1)[kept]


def pairs(x: np.ndarray) -> np.ndarray:
    """All ordered pairs of the outcomes x (N, ...), (N N, 2, ...)."""
    first, second = np.indices((len(x), len(x))).reshape(2, -1)
    return np.stack([x[first], x[second]], 1)


def mean_outer(g: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """E[g g^T] (n, n) of outcomes g (N, n)."""
    return (chance[:, None] * g).T @ g


def gradients(
    sigma, delta, noise, kurtosis, *, batch=1, scale=None
) -> tuple[np.ndarray, np.ndarray]:
    """All mini-batch gradients of linear regression at delta, (N, n), and their probabilities.

    x = Sigma^(1/2) z, z as in `points`, times the square root of scale (values, probabilities) if
    it is given; label noise +-noise, of which only the variance matters. batch: 1 or 2.
    """
    z, chance = points(len(sigma), kurtosis)
    signs, halves = points(1, 1.0)
    values, shares = ([1.0], [1.0]) if scale is None else scale
    outcomes = itertools.product(range(len(z)), range(len(signs)), range(len(values)))
    rows, labels, sizes = np.array(list(outcomes)).T

    x = np.sqrt(values)[sizes, None] * z[rows] @ symmetric_power(sigma, 0.5)
    xi = noise * signs[labels, 0]
    weight = chance[rows] * halves[labels] * np.asarray(shares)[sizes]
    if batch == 1:
        drawn = Examples(x[:, None], xi[:, None])
    else:
        drawn = Examples(pairs(x), pairs(xi))
        weight = pairs(weight).prod(-1)

    f = RandomDesign(sigma, 0.0, Gaussian(), float(noise))
    there = np.broadcast_to(delta, (len(weight), len(sigma)))
    return f.grad(there, drawn), weight


def single_moments(sigma, delta, noise, kurtosis, k4=None) -> tuple[np.ndarray, np.ndarray]:
    """E[g] (R, n) and E[g g^T] (R, n, n) of one example's gradient, for each instance (R, ...).

    k4 (R,): rows times sqrt(w), w = k4 with probability 1 / k4, else 0; none unless given.
    """
    found = []
    sizes = np.ones(len(sigma)) if k4 is None else k4
    for *instance, w in zip(sigma, delta, noise, kurtosis, sizes, strict=True):
        g, chance = gradients(*instance, scale=([0.0, w], [1 - 1 / w, 1 / w]))
        found.append((chance @ g, mean_outer(g, chance)))
    means, moments = zip(*found, strict=True)
    return np.array(means), np.array(moments)


def of_batch(mean, moment, batch) -> np.ndarray:
    """E[g_B g_B^T] of B independent examples, (R, n, n): E[g g^T] / B + (1 - 1/B) E[g] E[g]^T."""
    share = (1 / np.asarray(batch, dtype=float))[..., None, None]
    return share * moment + (1 - share) * mean[..., :, None] * mean[..., None, :]


def along(u, mean, moment, batch) -> np.ndarray:
    """E (u^T g_B)^2 (R, n) for every column u of U (R, n, n).

    Means are turned before they are squared: within E[g_B g_B^T] those of a direction in which they
    vanish would drown in rounding, B times over.
    """
    share = (1 / np.broadcast_to(np.asarray(batch, dtype=float), len(u)))[:, None]
    means = np.einsum("rji,rj->ri", u, mean)
    return share * np.einsum("rji,rjk,rki->ri", u, moment, u) + (1 - share) * means**2

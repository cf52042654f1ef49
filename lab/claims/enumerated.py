"""Expectations without sampling: independent numbers that take three values each, enumerated with
their probabilities.

With kurtosis 3 these are the nodes of Gauss and Hermite: a polynomial of degree up to 5 in each
number has its Gaussian expectation, up to rounding. Another kurtosis is another law, which is how a
claim that needs Gaussian numbers looks outside its hypothesis. With five values, integers, there is
no rounding either: `whole_points` and what is below it.

n numbers have 3^n or 5^n outcomes, and batches of two their squares; for larger batches `of_batch`
puts the second moment together from the two moments of one example.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np

from lab.linalg import symmetric_power
from lab.objectives import RandomDesign
from lab.objectives.designs import Examples, Gaussian


def points(n: int, kurtosis: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """z (N, n) and their probabilities (N,): coordinates independent, E z = E z^3 = 0, E z^2 = 1, E
    z^4 = kurtosis >= 1. Values 0 and +-sqrt(kurtosis), the latter with probability 1 / (2 kurtosis)
    each; N = 3^n, or 2^n for signs, kurtosis 1.
    """
    outcomes = itertools.product((-1.0, 0.0, 1.0), repeat=n)
    grid = np.array(list(outcomes))
    each = np.where(grid == 0, 1 - 1 / kurtosis, 1 / (2 * kurtosis))
    chance = each.prod(-1)

    # at kurtosis 1 nothing is 0
    kept = chance > 0
    return np.sqrt(kurtosis) * grid[kept], chance[kept]


def pairs(x: np.ndarray) -> np.ndarray:
    """All ordered pairs of the outcomes x (N, ...), (N N, 2, ...)."""
    count = len(x)
    first, second = np.indices((count, count)).reshape(2, -1)
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
    counts = [len(z), len(signs), len(values)]
    outcomes = itertools.product(*map(range, counts))
    rows, labels, sizes = np.array(list(outcomes)).T

    length = np.sqrt(values)[sizes, None]
    x = length * z[rows] @ symmetric_power(sigma, 0.5)
    xi = noise * signs[labels, 0]

    share = np.asarray(shares)[sizes]
    weight = chance[rows] * halves[labels] * share
    return _in_batches(x, xi, weight, delta, batch)


def _in_batches(x, xi, weight, delta, batch):
    """The gradients of all batches of these rows (N, n), noises and weights (N,), and the weights
    of the batches."""
    if batch == 1:
        drawn = Examples(x[:, None], xi[:, None])
    else:
        drawn = Examples(pairs(x), pairs(xi))
        weight = pairs(weight).prod(-1)

    # covariance and noise are those of what it draws, and nothing is drawn
    n = len(delta)
    f = RandomDesign(np.eye(n), 0.0, Gaussian(), 0.0)
    there = np.broadcast_to(delta, (len(weight), n))
    return f.grad(there, drawn), weight


def single_moments(sigma, delta, noise, kurtosis, k4=None) -> tuple[np.ndarray, np.ndarray]:
    """E[g] (R, n) and E[g g^T] (R, n, n) of one example's gradient, for each instance (R, ...).

    k4 (R,): rows times sqrt(w), w = k4 with probability 1 / k4, else 0; none unless given.
    """
    found = []
    sizes = np.ones(len(sigma)) if k4 is None else k4
    for *instance, w in zip(sigma, delta, noise, kurtosis, sizes, strict=True):
        # E w = 1 and E w^2 = k4
        chance_of_w = 1 / w
        scale = ([0.0, w], [1 - chance_of_w, chance_of_w])
        g, chance = gradients(*instance, scale=scale)
        found.append((chance @ g, mean_outer(g, chance)))
    means, moments = zip(*found, strict=True)
    return np.array(means), np.array(moments)


def of_batch(mean, moment, batch) -> np.ndarray:
    """E[g_B g_B^T] of B independent examples, (R, n, n): E[g g^T] / B + (1 - 1/B) E[g] E[g]^T."""
    share = (1 / np.asarray(batch, dtype=float))[..., None, None]
    squared = mean[..., :, None] * mean[..., None, :]
    return share * moment + (1 - share) * squared


def along(u, mean, moment, batch) -> np.ndarray:
    """E (u^T g_B)^2 (R, n) for every column u of U (R, n, n), g of one example having this mean (R,
    n) and second moment (R, n, n).

    Means are turned before they are squared: within E[g_B g_B^T] those of a direction in which they
    vanish would drown in rounding, B times over.
    """
    sizes = np.broadcast_to(np.asarray(batch, dtype=float), len(u))
    share = (1 / sizes)[:, None]
    means = np.einsum("rji,rj->ri", u, mean)
    squares = np.einsum("rji,rjk,rki->ri", u, moment, u)
    return share * squares + (1 - share) * means**2


# below it every integer is a floating-point number, and sums of them are exact
WHOLE = 2**53


def whole_points(n: int, kurtosis: int) -> tuple[np.ndarray, np.ndarray]:
    """As `points`, without rounding: integers -2 ... 2 (N, n), and weights (N,), integers that add
    up to 24^n.

    +-2 have weight kurtosis - 1, +-1 weight 16 - 4 kurtosis, and 0 the rest of 24: E z^2 = 1 and E
    z^4 = kurtosis. At kurtosis 1 and 4 some weights are 0, and fewer points are returned.
    ValueError for a kurtosis other than 1, 2, 3, 4.
    """
    if kurtosis not in (1, 2, 3, 4):
        raise ValueError(f"kurtosis = {kurtosis}: must be 1, 2, 3 or 4")
    outer, inner = kurtosis - 1, 16 - 4 * kurtosis
    share = np.array([outer, inner, 6 * outer, inner, outer])
    outcomes = itertools.product(range(-2, 3), repeat=n)
    grid = np.array(list(outcomes))
    weight = share[grid + 2].prod(-1)
    kept = weight > 0
    return grid[kept], weight[kept]


def whole(x: np.ndarray) -> np.ndarray:
    """Floating-point numbers that are integers, as such. ArithmeticError where they are not, or so
    large that they may have been rounded."""
    x = np.asarray(x)
    small = (np.abs(x) < WHOLE).all()
    if not small or (x != np.round(x)).any():
        raise ArithmeticError("not whole numbers below 2^53: this was rounded")
    return x.astype(np.int64)


def fractions(numerator: np.ndarray, denominator: int) -> np.ndarray:
    """numerator / denominator, entry by entry, as an array of Fraction."""
    found = np.empty(np.shape(numerator), dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = Fraction(int(numerator[place]), denominator)
    return found


def exact_mean_outer(
    v: np.ndarray,
    weight: np.ndarray,
    total: int,
) -> np.ndarray:
    """sum weight v v^T / total (n, n) of whole v (N, n), as fractions. ArithmeticError where a sum
    might not fit into 64 bits."""
    squares = (np.abs(v).astype(float) ** 2).sum(-1)
    # in floating point, where it can't overflow; no partial sum of an entry is larger
    largest = weight.astype(float) @ squares
    if largest >= 2.0**62:
        raise ArithmeticError("sums of more than 2^62: take smaller integers")
    weighted = weight[:, None] * v
    return fractions(weighted.T @ v, total)


def whole_gradients(
    a,
    delta,
    noise: int,
    kurtosis: int,
    batch: int = 1,
) -> tuple[np.ndarray, np.ndarray, int]:
    """B times all mini-batch gradients at delta (N, n), their weights (N,), and what these add up
    to: integers all.

    As `gradients`, for rows x = A z with A (n, n), delta (n,) and noise whole; Sigma = A A^T.
    """
    z, weight = whole_points(len(delta), kurtosis)
    # every row with both labels
    x = np.repeat(z @ np.asarray(a).T, 2, axis=0).astype(float)
    xi = (noise * np.tile([-1, 1], len(z))).astype(float)
    doubled = np.repeat(weight, 2)

    # floating point holds all of these integers, and `whole` checks that
    g, weight = _in_batches(x, xi, doubled, np.asarray(delta, float), batch)
    return whole(batch * g), weight, int(weight.sum())

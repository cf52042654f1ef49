"""Steps of gradient descent and of the heavy ball on a quadratic, from its spectrum.

Both polynomials of the Hessian are known, so the residual after k steps is a sum over the spectrum:
|r_k|^2 = sum_i w_i q_k(lam_i)^2, w_i = (v_i^T r_0)^2, H v_i = lam_i v_i. No iteration is made: any
k costs O(n), or O(n log k) for the heavy ball. These are the steps of exact arithmetic, as floats:
inf where there are none. Eigenvalues of weight 0 count for the best rates, of the whole spectrum,
and for nothing else: that their modes diverge, at another rate, is not seen.

Everywhere: spectrum (n,) > 0, weights (n,) >= 0 not all 0, 0 < tol < 1. ValueError outside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.checks import EPS, fraction, nonnegative, positive, probability, real
from lab.domains import in_range, number, vector
from lab.linalg import ratio

# more steps than anybody makes
FOREVER = 2**50


@in_range
def descent_steps(
    spectrum: np.ndarray,
    weights: np.ndarray,
    tol: float,
    lr: float | None = None,
) -> float:
    """The first k with |r_k| <= tol |r_0|,  q_k(lam) = (1 - lr lam)^k, of gradient descent

    lr = 2 / (lam_max + lam_min) unless given, which has the smallest max |1 - lr lam|. About
    kappa / 2 log(1 / tol) steps with it, and with kappa = 1 one. inf for a rate that never gets
    there. One at which some modes diverge may get there before they have grown: |r_k|^2 is convex
    in k, so it is enough to look up to its lowest point.
    """
    lam, share, tol = _checked(spectrum, weights, tol)
    best = 2 / (lam.max() + lam.min())
    lr = best if lr is None else number("lr", lr, positive)
    lam, share = _felt(lam, share)
    factor = np.abs(1 - lr * lam)

    square = factor**2
    change = share * (square - 1)

    def reached(k):
        left = share @ square**k
        return np.sqrt(left) <= tol

    def rising(k):
        return change @ square**k >= 0

    lowest = _first(rising) if factor.max() > 1 else np.inf
    return _first(reached, min(lowest, FOREVER))


@in_range
def heavy_ball_steps(
    spectrum: np.ndarray,
    weights: np.ndarray,
    tol: float,
    lr: float | None = None,
    momentum: float | None = None,
) -> float:
    """The same for q_(k+1) = (1 + beta - lr lam) q_k - beta q_(k-1),  q_0 = q_-1 = 1

    momentum = beta = ((sqrt k - 1) / (sqrt k + 1))^2 and lr = (1 + sqrt(beta))^2 / lam_max unless
    given, k = lam_max / lam_min: the fastest asymptotic rate (Polyak 1964), sqrt(beta) per step. At
    both ends of the spectrum the recurrence has a double root there, so that q_k ~ k beta^(k/2).
    The residual may rise before it falls and wave while it falls: k is where it crosses the
    tolerance, to a wave. inf where a mode diverges, lr lam > 2 (1 + beta), even if the residual is
    small for a while before. 0 <= momentum < 1.
    """
    lam, share, tol = _checked(spectrum, weights, tol)
    root = np.sqrt(lam.max() / lam.min())
    best = ((root - 1) / (root + 1)) ** 2
    beta = best if momentum is None else number("momentum", momentum, fraction)
    sigma = np.sqrt(beta)
    fastest = (1 + sigma) ** 2 / lam.max()
    lr = fastest if lr is None else number("lr", lr, positive)
    lam, share = _felt(lam, share)
    # (1 + sqrt(beta))^2 is 2 (1 + beta) to rounding once kappa is above 1 / EPS
    edge = 2 * (1 + beta) * (1 + 4 * EPS)
    if lr * lam.max() > edge:
        return float(np.inf)

    def reached(k):
        left = share @ _wave(lam, lr, beta, k) ** 2
        return np.sqrt(left) <= tol

    return _first(reached)


def _wave(lam, lr, beta, k) -> np.ndarray:
    """q_k(lam) (n,), by repeated squaring of the matrix of the recurrence, (n, 2, 2)."""
    one = np.ones_like(lam)
    m = np.array([[1 + beta - lr * lam, -beta * one], [one, 0 * one]])
    power = np.moveaxis(m, -1, 0)
    power = np.linalg.matrix_power(power, k)
    # both q_0 and q_-1 are 1
    return power[:, 0].sum(-1)


def _checked(spectrum, weights, tol):
    """lam, the weights over their sum, and tol."""
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    weights = real("weights", weights, 1)
    nonnegative("weights", weights)
    if weights.shape != lam.shape or not weights.any():
        raise ValueError(f"weights has shape {weights.shape}: must be {lam.shape}, not all 0")
    # over the largest first: the sum of large weights may overflow
    share = ratio(weights, weights.max())
    return lam, share / share.sum(), number("tol", tol, probability)


def _felt(lam, share):
    """The eigenvalues that the residual has a part along, and their weights.

    A mode of weight 0 that diverges would add 0 * inf to every residual.
    """
    felt = share > 0
    return lam[felt], share[felt]


def _first(
    reached: Callable[[int], bool],
    last: float = FOREVER,
) -> float:
    """The first k in 1, ..., last for which it is true, if it stays true up to there: doubling,
    then bisection. inf for none."""
    high = 1
    while not reached(high):
        if high >= last:
            return float(np.inf)
        high = min(2 * high, int(last))
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if reached(middle):
            high = middle
        else:
            low = middle
    return float(high)

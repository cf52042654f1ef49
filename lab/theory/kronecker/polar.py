"""Polynomial roots of a matrix as maps of its singular values: x -> a x + b x^3 + c x^5, repeated.

X <- a X + (b A + c A^2) X with A = X X^T moves every singular value by itself, so that the error of
P_k = p_k o ... o p_1 on matrices with singular values in [l, 1] is sup |P_k - 1| over [l, 1]. The
image of an interval under a polynomial is an interval, whose ends are at the ends or at critical
points: the suprema here are exact, no grid is used.

Exact zeros stay 0 and tiny values grow by a_1 ... a_k at most, so that what fails first is always a
small singular value. Only lists that end in (15/8, -5/4, 3/8) or (3/2, -1/2, 0) tend to 1; the
others hover about it. Above sqrt(7/3) and sqrt(5), in this order, these two maps diverge.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, loops, nonnegative, one_of, probability, real
from lab.domains import Numbers, filled, in_range, number, together
from lab.quintics import CANS, CUBIC, EXPRESS, JORDAN, LAST, YOU

LISTS = {
    "jordan": JORDAN,
    "polar express": (*EXPRESS, LAST),
    "cans": CANS,
    "you": YOU,
    "cubic": CUBIC,
    "newton-schulz 3": ((1.5, -0.5, 0.0),),
    "newton-schulz 5": (LAST,),
}
# Remez' exchange converges quadratically: a handful is enough, unless rounding never lets it rest
EXCHANGES = 60


@in_range
def step_coefficients(
    root: str,
    steps: int,
    safety: float = 1.0,
) -> np.ndarray:
    """(K, 3): the coefficients (a / s, b / s^3, c / s^5) of every step of a named root

    root: jordan, polar express, cans, you, cubic, newton-schulz 3 or newton-schulz 5. safety: s >=
    1, of all steps but those of a last map (15/8, -5/4, 3/8); Polar Express means 1.01, and divides
    the start by it, too. More steps than a list has repeat its last row. p(x / s) has the
    coefficients above: a safety asks for the value at a smaller x, and errs on the safe side of the
    wall beyond which a list diverges.
    """
    one_of("root", root, tuple(LISTS))
    k = loops("steps", steps)
    s = number("safety", safety)
    if s < 1:
        raise ValueError(f"safety = {s:g}: must be >= 1")

    listed = np.array(LISTS[root])
    which = np.minimum(np.arange(k), len(listed) - 1)
    chosen = listed[which]
    final = np.array(LAST)
    exact = (chosen == final).all(-1, keepdims=True)
    return np.where(exact, chosen, chosen / s ** np.array([1, 3, 5]))


@in_range
def polar_map(
    x: Numbers,
    coefficients: np.ndarray,
) -> np.ndarray:
    """P_k(x), elementwise: the steps (K, 3) one after the other. x: numbers or an array."""
    steps = _steps(coefficients)
    (value,) = together(x=x)
    for a, b, c in steps:
        square = value * value
        value = value * (a + square * (b + c * square))
    return value


def _steps(coefficients):
    """Coefficients (K, 3), one row per step."""
    steps = filled("coefficients", real("coefficients", coefficients, 2))
    if steps.shape[-1] != 3:
        raise ValueError(f"coefficients has shape {steps.shape}: must be (steps, 3)")
    return steps


@in_range
def polar_range(
    low: Numbers,
    high: Numbers,
    coefficients: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The least and the largest value of P_k on [low, high], exactly. low <= high broadcast."""
    steps = _steps(coefficients)
    least, most = together(low=low, high=high)
    least, most = np.broadcast_arrays(least, most)
    if (least > most).any():
        raise ValueError(f"low = {least.max():g}: must be at most high")
    for row in steps:
        least, most = _image(least, most, row)
    return least, most


def _image(low, high, row):
    """The range of one quintic on [low, high]."""
    ends = [polar_map(low, row[None]), polar_map(high, row[None])]
    for point in _critical(row):
        # odd polynomials: critical points come in pairs
        for x in (point, -point):
            inside = (low < x) & (x < high)
            value = polar_map(x, row[None])
            ends.append(np.where(inside, value, ends[0]))
    return np.minimum.reduce(ends), np.maximum.reduce(ends)


def _critical(row):
    """Positive zeros of a + 3 b x^2 + 5 c x^4."""
    a, b, c = (float(x) for x in row)
    # in x^2; np.roots wants a leading coefficient that is not 0
    roots = np.roots([5 * c, 3 * b, a]) if c else np.roots([3 * b, a]) if b else np.empty(0)
    real = np.real(roots[np.isreal(roots)])
    return np.sqrt(real[real > 0])


@in_range
def polar_error(
    low: Numbers,
    coefficients: np.ndarray,
) -> np.ndarray:
    """E(l) = sup over [l, 1] of |P_k - 1|: the spectral error of the root, 0 < l <= 1

    for matrices whose singular values are at least l times what they are divided by. Below l only
    the gain a_1 ... a_k is known.
    """
    (low,) = together(low=low)
    if ((low <= 0) | (low > 1)).any():
        raise ValueError(f"low = {low.min():g}: must be in (0, 1]")
    least, most = polar_range(low, np.ones_like(low), coefficients)
    return np.maximum(np.abs(least - 1), np.abs(most - 1))


@in_range
def gain(coefficients: np.ndarray) -> float:
    """a_1 ... a_k, the slope of P_k at 0: how much a tiny singular value grows."""
    steps = _steps(coefficients)
    return float(np.prod(steps[:, 0]))


@in_range
def minimax_steps(
    low: float,
    steps: int,
) -> np.ndarray:
    """(K, 3): in every step the odd quintic nearest to 1 on the interval that is left of [l, 1]

    0 < l < 1. Its error takes the values E, -E, E, -E at four points of the interval, and the next
    one is [1 - E, 1 + E]. This is Polar Express without cushion or safety, and, at l = 1e-3 to four
    digits, the list of CANS. (Amsel et al. 2025)
    """
    probability("low", number("low", low))
    least = float(low)
    most = 1.0
    rows = []
    for _ in range(loops("steps", steps)):
        row, error = _best_quintic(least, most)
        rows.append(row)
        least = 1 - error
        most = 1 + error
    return np.array(rows)


def _best_quintic(least, most):
    """(a, b, c) and E by Remez' exchange; NS5, its limit, on an interval that rounding closes."""
    if most - least < 1e-7:  # E is of third order in the width, far below rounding
        return np.array([15 / 8, -5 / 4, 3 / 8]), 0.0

    inner = least + (most - least) * np.array([0.25, 0.75])
    for _ in range(EXCHANGES):
        x = np.array([least, *inner, most])
        signs = np.array([1.0, -1.0, 1.0, -1.0])
        system = np.stack([x, x**3, x**5, signs], -1)
        *row, error = np.linalg.solve(system, np.ones(4))
        found = _critical(row)
        if len(found) < 2 or np.allclose(found, inner, rtol=1e-15, atol=0.0):
            break
        inner = np.sort(found)
    return np.array(row), float(abs(error))


@in_range
def newton_eigenvalue(
    r: Numbers,
    order: int,
) -> np.ndarray:
    """r (1 + 1/p - r/p)^p: an eigenvalue of R = X^p A after a step of the coupled Newton iteration

    order: p >= 1. It is 1 at 1 with slope 0, so that the iteration converges quadratically from all
    0 < r < p + 1. At both ends of that it is 0, from where nothing returns; p = 1 is Newton's
    iteration for the inverse, r (2 - r).
    """
    p = count("order", order)
    (r,) = together(r=r)
    return r * (1 + 1 / p - r / p) ** p


@in_range
def newton_accuracy(
    size: int,
    order: int,
    tolerance: float,
) -> float:
    """n tol / p, the relative spectral error of A^(-1/p) by the coupled Newton iteration

    to first order, when max |R - I| <= tol stops it; n the size of A. |R - I|_2 <= n max |R - I|,
    and X = A^(-1/p) R^(1/p).
    """
    n = count("size", size)
    p = count("order", order)
    return n * number("tolerance", tolerance, nonnegative) / p

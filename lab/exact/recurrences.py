"""Two-term linear recurrences at any step without iterating: y_{t+1} = p y_t - q y_{t-1}.

Every solution is y_t = A_{t+1} y_0 + A_t (y_1 - p y_0) with the fundamental sequence A, A_0 = 0,
A_1 = 1: an entry of a power of the companion matrix [[p, -q], [1, 0]], in a form that keeps its
digits where the matrix is close to a double root and its eigenvectors are no basis. A recurrence is
given by p and disc = p^2 - 4 q, which the callers have as a product: q by itself would lose the
difference of two near roots. (The recurrence is classical; the stable form is derived.)
"""

from __future__ import annotations

import numpy as np

from lab.linalg import ratio


def solution(
    p: np.ndarray,
    disc: np.ndarray,
    first: np.ndarray,
    drag: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """y_t with y_0 = first and y_1 = p y_0 - drag

    The caller has drag as a sum without cancellation. A solution that is not excited stays at 0,
    even where A overflows.
    """
    ahead = fundamental(p, disc, t + 1)
    now = fundamental(p, disc, t)
    forward = times(ahead, first)
    back = times(now, drag)
    return forward - back


def times(
    a: np.ndarray,
    amplitude: np.ndarray,
) -> np.ndarray:
    """a amplitude, with 0 for amplitude = 0 and an infinite a.

    0 inf is NaN in floating point; here a factor that is exactly 0 means a mode that was never
    excited.
    """
    still = amplitude == 0
    product = a * amplitude
    return np.where(still, 0.0, product)


def fundamental(
    p: np.ndarray,
    disc: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """A_t = (r^t - s^t) / (r - s) for the roots r, s = (p +- sqrt disc) / 2

    A_0 = 0, A_1 = 1, A_{t+1} = p A_t - q A_{t-1}.
    disc < 0:  A_t = (sgn(p) |r|)^(t-1) sin(t phi) / sin(phi),
               tan phi = sqrt(-disc) / |p|,  phi in (0, pi/2]
    disc >= 0: A_t = r^(t-1) (1 - (1 - g)^t) / g,
               r the root of larger size, g = 1 - s/r = 2 sqrt(disc) / (|p| + sqrt(disc))
    Both tend to t r^(t-1) at a double root. At p = disc = 0: A_1 = 1, the others 0.
    """
    negative = p < 0
    sign = np.where(negative, -1.0, 1.0)
    size = np.abs(p)
    square = np.abs(disc)
    width = np.sqrt(square)
    before = np.maximum(t - 1, 0)

    # complex roots
    turning = disc < 0
    radius = np.hypot(size, width) / 2
    angle = np.arctan2(width, size)
    phi = np.where(turning, angle, 1.0)
    here = np.sin(t * phi)
    wave = here / np.sin(phi)

    # real roots
    larger = (size + width) / 2
    gap = ratio(width, larger)
    lost = _lost(gap, t)

    scale = np.where(turning, radius, larger)
    factor = np.where(turning, wave, lost)
    power = (sign * scale) ** before
    return power * factor


def _lost(g, t):
    """(1 - (1 - g)^t) / g, t at g = 0."""
    # 1 - (1 - g)^t loses the digits of a small g; log1p does not exist for g >= 1, where the roots
    # have opposite signs
    below = np.minimum(g, 0.5)
    logarithm = t * np.log1p(-below)
    other = 1 - g
    direct = 1 - other**t
    small = -np.expm1(logarithm)
    total = np.where(g < 0.5, small, direct)
    return ratio(total, g, t)

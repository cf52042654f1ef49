"""Two-term linear recurrences at any step without iterating: y_{t+1} = p y_t - q y_{t-1}.

Every solution is y_t = A_{t+1} y_0 + A_t (y_1 - p y_0) with the fundamental sequence A, A_0 = 0,
A_1 = 1: the first entry of a power of the companion matrix [[p, -q], [1, 0]], in a form that keeps
its digits where the matrix is close to a double root and its eigenvectors are no basis. (The
recurrence is classical; the stable form is derived.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.linalg import ratio


class Recurrence(NamedTuple):
    """x^2 - p x + q, and disc = p^2 - 4 q, which the caller has as a product."""

    p: np.ndarray
    q: np.ndarray
    disc: np.ndarray


def solution(
    r: Recurrence,
    first: np.ndarray,
    drag: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """y_t with y_0 = first and y_1 = p y_0 - drag

    The caller has drag as a sum without cancellation. A solution that is not excited stays at 0,
    even where A overflows.
    """
    ahead = _times(fundamental(r, t + 1), first)
    return ahead - _times(fundamental(r, t), drag)


def _times(a, amplitude):
    """a amplitude, with 0 for amplitude = 0 and an infinite a."""
    return np.where(amplitude == 0, 0.0, a * amplitude)


def fundamental(r: Recurrence, t: np.ndarray) -> np.ndarray:
    """A_t = (r^t - s^t) / (r - s) for the roots r, s of x^2 - p x + q

    A_0 = 0, A_1 = 1, A_{t+1} = p A_t - q A_{t-1}.
    disc < 0:  A_t = (sgn(p) sqrt q)^(t-1) sin(t phi) / sin(phi),
               tan phi = sqrt(-disc) / |p|,  phi in (0, pi/2]
    disc >= 0: A_t = r^(t-1) (1 - (1 - g)^t) / g,
               r the root of larger size, g = 1 - s/r = 2 sqrt(disc) / (|p| + sqrt(disc))
    Both tend to t r^(t-1) at a double root. At p = q = 0: A_1 = 1, the others 0.
    """
    sign = np.where(r.p < 0, -1.0, 1.0)
    width = np.sqrt(np.abs(r.disc))
    before = np.maximum(t - 1, 0)
    return np.where(
        r.disc < 0,
        _waves(sign, width, r, before, t),
        _decays(sign, width, r, before, t),
    )


def _waves(sign, width, r, before, t):
    """Complex roots."""
    angle = np.arctan2(width, np.abs(r.p))
    phi = np.where(r.disc < 0, angle, 1.0)
    radius = sign * np.sqrt(np.maximum(r.q, 0.0))
    return radius**before * (np.sin(t * phi) / np.sin(phi))


def _decays(sign, width, r, before, t):
    """Real roots."""
    larger = (np.abs(r.p) + width) / 2
    g = ratio(width, larger)

    # 1 - (1 - g)^t loses the digits of a small g; log1p does not exist for g >= 1, where the roots
    # have opposite signs
    small = -np.expm1(t * np.log1p(-np.minimum(g, 0.5)))
    lost = np.where(g < 0.5, small, 1 - (1 - g) ** t)
    return (sign * larger) ** before * ratio(lost, g, t)

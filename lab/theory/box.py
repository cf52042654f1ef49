"""Where AdamW comes to rest on a quadratic: minima of L plus a penalty that ends at a box.

At rest g / D + lam p = 0, entry by entry, and D is a function of g itself:

    D = |g| + eps:              |g| = eps lam |p| / (1 - lam |p|)
    D = sqrt(g^2 + noise^2):    |g| = noise lam |p| / sqrt(1 - lam^2 p^2)

with g against p. So g plus the slope of a penalty is 0, of one that is infinitely steep where |p|
is 1 / lam: no entry gets there. lab.theory.regularization has the penalties themselves. (derived)
"""

from __future__ import annotations

import numpy as np

from lab.checks import one_of, positive
from lab.domains import in_range, per_coordinate, runs_fit
from lab.linalg import matvec
from lab.matrix_checks import symmetric_matrices

# a step goes at most this share of the way to the wall, so that the next one is inside too
SHARE = 0.9
# enough for 1e-15: some 20 steps towards a wall, then Newton's own convergence
STEPS = 80


def _log_barrier(p, lam, strength):
    """First and second derivative of strength (-|p| - log(1 - lam |p|) / lam)."""
    room = 1 - lam * np.abs(p)
    scale = strength * lam
    slope = scale * p / room
    return slope, scale / room**2


def _semi_ellipse(p, lam, strength):
    """First and second derivative of strength / lam (1 - sqrt(1 - lam^2 p^2))."""
    share = lam * p
    room = np.sqrt(1 - share**2)
    scale = strength * lam
    slope = scale * p / room
    return slope, scale / room**3


PENALTIES = {"log barrier": _log_barrier, "semi-ellipse": _semi_ellipse}


@in_range
def box_point(
    h: np.ndarray,
    target: np.ndarray,
    lam: float | np.ndarray,
    strength: float | np.ndarray,
    *,
    penalty: str,
) -> np.ndarray:
    """argmin of (p - target)^T H (p - target) / 2 + penalty(p) over |p| < 1 / lam, (*r, n)

    penalty "log barrier", strength eps: AdamW without noise, D = |g| + eps; "semi-ellipse",
    strength the noise's standard deviation, or an eps inside the root. Both are strictly convex:
    there is one such point. Newton's method, cut short of the walls. h (*r, n, n) symmetric
    positive semi-definite, target (*r, n), strength and lam (*r, n) or numbers > 0. ValueError
    outside.

    strength -> 0: the minimum of L over the box, entries on its walls up to O(strength). lam |p|
    small: ridge regression, with the weights lam strength. A target inside the box is not the
    answer either, unless it is 0.
    """
    h = symmetric_matrices("h", h)
    n = h.shape[-1]
    target = per_coordinate("target", target, n)
    strength = per_coordinate("strength", strength, n)
    lam = per_coordinate("lam", lam, n)
    positive("strength", strength)
    positive("lam", lam)
    one_of("penalty", penalty, PENALTIES)
    runs = h.shape[:-2]
    given = {"target": target, "strength": strength, "lam": lam}
    for name, x in given.items():
        own = x.shape[:-1]
        runs_fit(name, own, runs)
        runs = np.broadcast_shapes(runs, own)

    # from the centre, which is inside whatever the target is
    derivatives = PENALTIES[penalty]
    wall = 1 / lam
    eye = np.eye(n)
    p = np.zeros((*runs, n))
    for _ in range(STEPS):
        slope, bend = derivatives(p, lam, strength)
        away = p - target
        g = matvec(h, away) + slope
        # definite where h is not: the penalty bends everywhere
        hessian = h + bend[..., None] * eye
        step = -np.linalg.solve(hessian, g[..., None])[..., 0]

        # all coordinates are shortened by the one that asks for the largest share of its room
        room = np.where(step > 0, wall - p, wall + p)
        asked = np.abs(step) / room
        most = asked.max(-1, keepdims=True)
        shortened = SHARE / np.maximum(most, SHARE)
        p = p + step * shortened
    return p

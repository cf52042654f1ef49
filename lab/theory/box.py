"""Where AdamW comes to rest on a quadratic: minima of L plus a penalty that ends at a box."""

from __future__ import annotations

import numpy as np

from lab.checks import one_of, positive
from lab.domains import in_range, per_coordinate, runs_fit, symmetric_matrices
from lab.linalg import matvec

# a step goes at most this share of the way to the wall, so that the next one is inside too
SHARE = 0.9
# enough for 1e-15: some 20 steps towards a wall, then Newton's own convergence
STEPS = 80


def _log_barrier(p, lam, strength):
    """First and second derivative of strength (-|p| - log(1 - lam |p|) / lam)."""
    room = 1 - lam * np.abs(p)
    return strength * lam * p / room, strength * lam / room**2


def _semi_ellipse(p, lam, strength):
    """First and second derivative of strength / lam (1 - sqrt(1 - lam^2 p^2))."""
    room = np.sqrt(1 - (lam * p) ** 2)
    return strength * lam * p / room, strength * lam / room**3


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
    positive semi-definite, target (*r, n), strength and lam (*r, n) or numbers > 0.
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
    for name, x in (("target", target), ("strength", strength), ("lam", lam)):
        runs_fit(name, x.shape[:-1], runs)
        runs = np.broadcast_shapes(runs, x.shape[:-1])

    derivatives = PENALTIES[penalty]
    p = np.zeros((*runs, n))
    for _ in range(STEPS):
        slope, bend = derivatives(p, lam, strength)
        g = matvec(h, p - target) + slope
        newton = -np.linalg.solve(h + bend[..., None] * np.eye(n), g[..., None])[..., 0]
        room = np.where(newton > 0, 1 / lam - p, 1 / lam + p)
        # the smallest share of its room that a coordinate has left, by which all are shortened
        asked = (np.abs(newton) / room).max(-1, keepdims=True)
        p = p + newton * np.minimum(1.0, SHARE / np.maximum(asked, 1e-300))
    return p

"""Inverse BFGS updates of matrices or of remembered pairs, and the damping of pairs before them.

Vectors are (*r, n), one per run; a rule that holds for some runs only leaves the others as they
are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import Scalar, inner
from lab.linalg import matvec, ratio


class Pairs(NamedTuple):
    """The last p pairs, oldest first, (*r, p, n); rho = 1 / (s . y), (*r, p), 0 for no pair yet."""

    s: np.ndarray
    y: np.ndarray
    rho: np.ndarray


Inverse = np.ndarray | Pairs


def no_pairs(shape: tuple[int, ...], memory: int, n: int) -> Pairs:
    """An empty memory: H = I."""
    zeros = np.zeros((*shape, memory, n))
    return Pairs(zeros, zeros, np.zeros((*shape, memory)))


def product(h: Inverse, x: np.ndarray) -> np.ndarray:
    """H X, (*r, n, c); of pairs by the two-loop recursion from H_0 = I."""
    if isinstance(h, np.ndarray):
        return h @ x

    memory = h.rho.shape[-1]
    parts = []
    for j in reversed(range(memory)):
        part = h.rho[..., j, None, None] * (h.s[..., j, None, :] @ x)
        x = x - h.y[..., j, :, None] * part
        parts.append(part)
    for j in range(memory):
        again = h.rho[..., j, None, None] * (h.y[..., j, None, :] @ x)
        x = x + h.s[..., j, :, None] * (parts[memory - 1 - j] - again)
    return x


def times(h: Inverse, x: np.ndarray) -> np.ndarray:
    """H x, (*r, n)."""
    columns = product(h, x[..., None])
    return columns[..., 0]


def updated(h: Inverse, s: np.ndarray, y: np.ndarray, kept: np.ndarray) -> Inverse:
    """The inverse after a pair, H+ y = s, in the runs that are kept, (*r,)."""
    if isinstance(h, np.ndarray):
        return matrix_updated(h, s, y, kept)
    rho = ratio(1.0, inner(s, y))
    newest = (s[..., None, :], y[..., None, :], rho[..., None])
    pushed = [_pushed(old, new, kept) for old, new in zip(h, newest, strict=True)]
    return Pairs(*pushed)


def matrix_updated(h: np.ndarray, s: np.ndarray, y: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """H+ = H + (rho^2 y . H y + rho) s s^T - rho (s (H y)^T + (H y) s^T),  rho = 1 / (s . y)

    In the runs that are kept, (*r,).
    """
    rho = ratio(1.0, inner(s, y))
    hy = matvec(h, y)
    size = rho**2 * inner(y, hy) + rho
    cross = s[..., :, None] * hy[..., None, :]
    both = cross + cross.swapaxes(-1, -2)
    outer = s[..., :, None] * s[..., None, :]
    moved = h + size[..., None, None] * outer - rho[..., None, None] * both
    return np.where(kept[..., None, None], moved, h)


def _pushed(old, new, kept):
    """The list without its oldest entry and with a new one, in the runs that are kept."""
    axis = len(kept.shape)
    rest = np.take(old, range(1, old.shape[axis]), axis=axis)
    moved = np.concatenate([rest, np.broadcast_to(new, new.shape)], axis)
    mask = kept[(..., *(None,) * (old.ndim - axis))]
    return np.where(mask, moved, old)


def double_damped(
    h: Inverse, s: np.ndarray, y: np.ndarray, mu1: Scalar, mu2: Scalar
) -> tuple[np.ndarray, np.ndarray]:
    """(s, y) with s . y >= mu1 y . H y, and then with s . y >= mu2 s . s

    (Goldfarb, Ren & Bahamou 2020.) Where the first fails, s <- t s + (1 - t) H y, t = (1 - mu1) y .
    H y / (y . H y - s . y): Powell's damping of the inverse. Where the second fails for that s, y
    <- t y + (1 - t) s, t = (1 - mu2) s . s / (s . s - s . y): Powell's damping with B = I. Then y =
    0 gives (s, mu2 s), and s = 0 gives (mu1 H y, y) and goes on. For mu2 > 1 and s . y = s . s the
    t is 0/0, and y is mu2 s. mu1, mu2: numbers or (*r,).
    """
    hy = times(h, y)
    yhy = inner(y, hy)
    sy = inner(s, y)
    t = np.where(sy < mu1 * yhy, ratio((1 - mu1) * yhy, yhy - sy), 1.0)[..., None]
    s = t * s + (1 - t) * hy

    ss = inner(s, s)
    sy = inner(s, y)
    damps = sy < mu2 * ss
    t = np.where(damps, ratio((1 - mu2) * ss, ss - sy), 1.0)[..., None]
    mixed = t * y + (1 - t) * s
    straight = damps & (sy == ss)
    return s, np.where(straight[..., None], np.asarray(mu2)[..., None] * s, mixed)


def curved(s: np.ndarray, y: np.ndarray, gate: Scalar, size: np.ndarray) -> np.ndarray:
    """Whether a pair may update: s . y > max(0, gate |s|^2 size), (*r,); not where it is NaN."""
    sy = inner(s, y)
    return (sy > 0) & (sy > gate * inner(s, s) * size)

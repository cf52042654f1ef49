"""Inverse BFGS updates of matrices or of remembered pairs, and the damping of pairs before them.

H+ = V H V^T + rho s s^T with V = I - rho s y^T, rho = 1 / (s . y): H+ y = s because V^T y = 0, and
H+ is positive definite iff s . y > 0, for then x . H+ x is a sum of two terms >= 0 that do not
vanish together. Of all symmetric matrices with H+ y = s it is the nearest to H in the Frobenius
norm of B^(1/2) (H+ - H) B^(1/2), with any positive definite B that has B s = y.

Vectors are (*r, n), one per run; a rule that holds for some runs only leaves the others as they
are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import Scalar, inner
from lab.linalg import matvec, ratio, transposed


class Pairs(NamedTuple):
    """The last p pairs, oldest first, (*r, p, n); rho = 1 / (s . y), (*r, p), 0 for no pair yet."""

    s: np.ndarray
    y: np.ndarray
    rho: np.ndarray

    def at(self, j: int) -> Pairs:
        """Pair j as columns (*r, n, 1), and its rho (*r, 1, 1)."""
        s = self.s[..., j, :]
        y = self.y[..., j, :]
        rho = self.rho[..., j]
        return Pairs(_column(s), _column(y), rho[..., None, None])


Inverse = np.ndarray | Pairs


def no_pairs(
    shape: tuple[int, ...],
    memory: int,
    n: int,
) -> Pairs:
    """An empty memory: H = I."""
    zeros = np.zeros((*shape, memory, n))
    rho = np.zeros((*shape, memory))
    return Pairs(zeros, zeros, rho)


def product(
    h: Inverse,
    x: np.ndarray,
) -> np.ndarray:
    """H X, (*r, n, c); of pairs by the two-loop recursion from H_0 = I.

    The first loop applies the V^T of the newest pair to that of the oldest, the second their V and
    the rho s s^T back again: 4 p n c operations for p pairs, and no n x n matrix. Pairs that are
    not there yet have rho = 0 and do nothing.
    """
    if isinstance(h, np.ndarray):
        return h @ x

    # from the newest, which is the last
    memory = h.rho.shape[-1]
    parts = {}
    for j in reversed(range(memory)):
        s, y, rho = h.at(j)
        parts[j] = rho * (transposed(s) @ x)
        x = x - y @ parts[j]

    for j in range(memory):
        s, y, rho = h.at(j)
        again = rho * (transposed(y) @ x)
        x = x + s @ (parts[j] - again)
    return x


def times(
    h: Inverse,
    x: np.ndarray,
) -> np.ndarray:
    """H x, (*r, n)."""
    columns = product(h, _column(x))
    return columns[..., 0]


def updated(
    h: Inverse,
    s: np.ndarray,
    y: np.ndarray,
    kept: np.ndarray,
) -> Inverse:
    """The inverse after a pair, H+ y = s, in the runs that are kept, (*r,).

    Of a full memory the oldest pair is forgotten. s . y = 0 gives rho = 0: no change.
    """
    if isinstance(h, np.ndarray):
        return matrix_updated(h, s, y, kept)
    # 0 for s . y = 0: such a pair is held back by `kept`, or does nothing
    rho = ratio(1.0, inner(s, y))
    return Pairs(
        _pushed(h.s, s, kept),
        _pushed(h.y, y, kept),
        _pushed(h.rho, rho, kept),
    )


def matrix_updated(
    h: np.ndarray,
    s: np.ndarray,
    y: np.ndarray,
    kept: np.ndarray,
) -> np.ndarray:
    """H+ = H + (rho^2 y . H y + rho) s s^T - rho (s (H y)^T + (H y) s^T),  rho = 1 / (s . y)

    In the runs that are kept, (*r,). V H V^T + rho s s^T multiplied out, with one product with H:
    n^2 operations.
    """
    rho = ratio(1.0, inner(s, y))
    hy = matvec(h, y)
    size = rho**2 * inner(y, hy) + rho

    # one product w s^T and its mirror are all three terms, and exactly symmetric
    w = _along(size / 2, s) - _along(rho, hy)
    half = w[..., :, None] * s[..., None, :]
    moved = half + transposed(half)
    moved += h
    if kept.all():
        return moved
    # runs that are not kept may hold anything; they take the old h
    chosen = kept[..., None, None]
    return np.where(chosen, moved, h)


def double_damped(
    h: Inverse,
    s: np.ndarray,
    y: np.ndarray,
    mu1: Scalar,
    mu2: Scalar,
) -> tuple[np.ndarray, np.ndarray]:
    """(s, y) with s . y >= mu1 y . H y, and then with s . y >= mu2 s . s

    (Goldfarb, Ren & Bahamou 2020.) Where the first fails, s <- t s + (1 - t) H y, t = (1 - mu1) y .
    H y / (y . H y - s . y): Powell's damping of the inverse. Where the second fails for that s, y
    <- t y + (1 - t) s, t = (1 - mu2) s . s / (s . s - s . y): Powell's damping with B = I. Then y =
    0 gives (s, mu2 s), and s = 0 gives (mu1 H y, y) and goes on. For mu2 > 1 and s . y = s . s the
    t is 0/0, and y is mu2 s. mu1, mu2: numbers or (*r,).

    t is chosen so that the product becomes exactly the bound: for the first, (t s + (1 - t) H y) .
    y = mu1 y . H y. For mu2 <= 1 and the damped pair y . H y <= max(1 / mu1, |H| / mu2) s . y, and
    with |s|^2 <= s . y / mu2 a single update can't enlarge H without bound, whatever was measured.
    """
    # the second damping sees the s of the first: in the other order paths differ
    hy = times(h, y)
    sy = inner(s, y)
    s = _mixed(s, hy, sy, inner(y, hy), mu1)

    sy = inner(s, y)
    y = _mixed(y, s, sy, inner(s, s), mu2)
    return s, y


def _mixed(x, other, sy, size, mu):
    """t x + (1 - t) other where s . y < mu size, so that it becomes mu size."""
    t = ratio((1 - mu) * size, size - sy)
    mixed = _along(t, x) + _along(1 - t, other)

    # 0 / 0: x and other have the same product, and mu of other is what is asked
    straight = sy == size
    mixed = np.where(straight[..., None], _along(mu, other), mixed)
    damps = sy < mu * size
    return np.where(damps[..., None], mixed, x)


def curved(
    s: np.ndarray,
    y: np.ndarray,
    gate: Scalar,
    size: np.ndarray,
) -> np.ndarray:
    """Whether a pair may update: s . y > max(0, gate |s|^2 size), (*r,); not where it is NaN."""
    sy = inner(s, y)
    least = gate * inner(s, s) * size
    return (sy > 0) & (sy > least)


def _column(x):
    """A vector (*r, n) as one column (*r, n, 1)."""
    return x[..., None]


def _along(t, x):
    """t (*r,) times vectors x (*r, n)."""
    return np.asarray(t)[..., None] * x


def _pushed(old, new, kept):
    """The list (*r, p, ...) without its oldest entry and with a new one, in the runs that are
    kept."""
    axis = kept.ndim
    memory = old.shape[axis]
    rest = old.take(range(1, memory), axis)
    newest = np.expand_dims(new, axis)
    moved = np.concatenate([rest, newest], axis)

    others = tuple(range(axis, old.ndim))
    chosen = np.expand_dims(kept, others)
    return np.where(chosen, moved, old)

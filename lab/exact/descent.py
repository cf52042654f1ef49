"""Gradient methods on quadratics, at any step without iterating.

A method with the symmetric preconditioner S^2 is a polynomial in S H S = V diag(q) V^T. With
c = V^T S^-1 (theta_0 - theta*)

    theta_t = theta* + S V (z_t c),        f(theta_t) = f* + sum_i q_i (z_ti c_i)^2 / 2

and a method is its response z_t(q) (K, *r, n), z_0 = 1. Rounding: each mode is off by some t eps
of its own size, as an iteration would be, and theta by eps times the largest of the modes.
Standard (e.g. Polyak 1964 for the momentum recurrence); the form that is stable at a double root:
derived.

The solvers take (f, optimizer, theta, t, batch) as `exact` has checked them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.exact.bowl import Bowl, prepared, trajectory
from lab.exact.registry import solves
from lab.linalg import matvec, ratio, solve_symmetric, transposed
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.first_order import SGD, HeavyBall, Nesterov
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton
from lab.trajectory import Trajectory


class Modes(NamedTuple):
    """S H S = V diag(q) V^T: q (*r, n) increasing, v (*r, n, n), s (*r, n) the diagonal of S."""

    q: np.ndarray
    v: np.ndarray
    s: np.ndarray


def modes(h: np.ndarray, s: np.ndarray | None = None) -> Modes:
    """The modes of S H S, S = diag(s), the identity unless given; h (*r, n, n) symmetric."""
    s = np.ones(h.shape[-1]) if s is None else s
    scaled = s[..., :, None] * h * s[..., None, :]
    q, v = np.linalg.eigh(scaled)
    return Modes(q, v, s)


def evolve(
    b: Bowl,
    theta: np.ndarray,
    t: np.ndarray,
    m: Modes,
    z: np.ndarray,
) -> Trajectory:
    """The trajectory of the response z (K, *r, n).

    A mode that the start does not excite stays at 0, even where z overflows.
    """
    c = matvec(transposed(m.v), (theta - b.minimiser) / m.s)
    moved = np.where(c == 0, 0.0, z * c)
    path = b.minimiser + m.s * matvec(m.v, moved)

    # rounding may leave q a little below 0
    q = np.maximum(m.q, 0.0)
    excess = (np.sqrt(q / 2) * moved) ** 2
    return trajectory(t, path, b.lowest + excess.sum(-1))


@solves(Quadratic, SGD)
def gradient_descent(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q)^t."""
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    z = (1 - o.lr * m.q) ** t
    return evolve(b, theta, t, m, z)


@solves(Quadratic, DiagonalGN)
def diagonal_gauss_newton(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q)^t with S^2 = (diag(H) + damping)^power.

    Where diag(H) + damping = 0 the row of H is 0 and the coordinate rests, whatever S says there.
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    d = np.diagonal(b.h, axis1=-2, axis2=-1) + o.damping
    s = np.where(d > 0, d, 1.0) ** (o.power / 2)
    m = modes(b.h, s)
    z = (1 - o.lr * m.q) ** t
    return evolve(b, theta, t, m, z)


@solves(Quadratic, GaussNewton)
@solves(Quadratic, Newton)
def full_newton(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q / (q + damping))^t

    The quotient is v^T (H + damping I)^+ H v for a mode v: 0 where solve_symmetric counts zero.
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    v = transposed(m.v)
    damping = np.asarray(o.damping)[..., None]
    answers = solve_symmetric(b.h[..., None, :, :], v @ b.h, damping)

    share = (v * answers).sum(-1)
    z = (1 - o.lr * share) ** t
    return evolve(b, theta, t, m, z)


@solves(Quadratic, HeavyBall)
def heavy_ball(f, optimizer, theta, t, batch):
    """z_{t+1} = (1 + beta - a) z_t - beta z_{t-1},  a = lr q,  z_1 = 1 - a.

    Double roots at sqrt(a) = 1 -+ sqrt(beta); the discriminant is
    (a - (1 - sqrt beta)^2) (a - (1 + sqrt beta)^2).
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    beta = o.momentum
    root = np.sqrt(beta)
    a = o.lr * m.q

    # 1 - sqrt beta = (1 - beta) / (1 + sqrt beta) keeps its digits as beta -> 1
    lower = ((1 - beta) / (1 + root)) ** 2
    upper = (1 + root) ** 2
    disc = (lower - a) * (upper - a)
    z = momentum(1 + beta - a, beta, disc, beta, t)
    return evolve(b, theta, t, m, z)


@solves(Quadratic, Nesterov)
def nesterov(f, optimizer, theta, t, batch):
    """z_{t+1} = (1 + beta)(1 - a) z_t - beta (1 - a) z_{t-1},  a = lr q,  z_1 = 1 - (1 + beta) a

    The y-sequence. Double roots at a = 1 and a = ((1 - beta) / (1 + beta))^2; the discriminant is
    (1 - a) ((1 - beta)^2 - (1 + beta)^2 a).
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    beta = o.momentum
    a = o.lr * m.q

    disc = (1 - a) * ((1 - beta) ** 2 - (1 + beta) ** 2 * a)
    z = momentum((1 + beta) * (1 - a), beta * (1 - a), disc, beta, t)
    return evolve(b, theta, t, m, z)


def momentum(
    p: np.ndarray,
    q: np.ndarray,
    disc: np.ndarray,
    beta: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """z_t with z_{t+1} = p z_t - q z_{t-1}, z_0 = 1, z_1 = p - beta:  z_t = A_{t+1} - beta A_t

    A is the fundamental sequence.
    """
    return fundamental(p, q, disc, t + 1) - beta * fundamental(p, q, disc, t)


def fundamental(
    p: np.ndarray,
    q: np.ndarray,
    disc: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """A_t = (r^t - s^t) / (r - s) for the roots r, s of x^2 - p x + q

    A_0 = 0, A_1 = 1, A_{t+1} = p A_t - q A_{t-1}. disc = p^2 - 4 q is passed because the caller
    has it as a product, without cancellation.
    disc < 0:  A_t = (sgn(p) sqrt q)^(t-1) sin(t phi) / sin(phi),
               tan phi = sqrt(-disc) / |p|,  phi in (0, pi/2]
    disc >= 0: A_t = r^(t-1) (1 - (1 - g)^t) / g,
               r the root of larger size, g = 1 - s/r = 2 sqrt(disc) / (|p| + sqrt(disc))
    Both tend to t r^(t-1) at a double root. At p = q = 0: A_1 = 1, the others 0.
    """
    sign = np.where(p < 0, -1.0, 1.0)
    width = np.sqrt(np.abs(disc))
    before = np.maximum(t - 1, 0)
    return np.where(
        disc < 0,
        _waves(sign, width, (p, q, disc), before, t),
        _decays(sign, width, p, before, t),
    )


def _waves(sign, width, recurrence, before, t):
    """Complex roots."""
    p, q, disc = recurrence
    phi = np.where(disc < 0, np.arctan2(width, np.abs(p)), 1.0)
    radius = sign * np.sqrt(np.maximum(q, 0.0))
    return radius**before * (np.sin(t * phi) / np.sin(phi))


def _decays(sign, width, p, before, t):
    """Real roots."""
    larger = (np.abs(p) + width) / 2
    g = ratio(width, larger)

    # 1 - (1 - g)^t loses the digits of a small g; log1p does not exist for g >= 1, where the roots
    # have opposite signs
    small = -np.expm1(t * np.log1p(-np.minimum(g, 0.5)))
    lost = np.where(g < 0.5, small, 1 - (1 - g) ** t)
    return (sign * larger) ** before * ratio(lost, g, t)

"""Gradient methods on quadratics, at any step without iterating.

A method with the symmetric preconditioner S^2 is a polynomial in S H S = V diag(q) V^T. With c = V^T S^-1 (theta_0 - theta*)

    theta_t = theta* + S V (z_t c),        f(theta_t) = f* + sum_i q_i (z_ti c_i)^2 / 2

and a method is its response z_t(q) (K, *r, n), z_0 = 1. Rounding: each mode is off by some t eps of its own size, as an iteration
would be, and theta by eps times the largest of the modes. Standard (e.g. Polyak 1964 for the momentum recurrence); the form that is
stable at a double root: derived.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.exact.bowl import Bowl, prepared, trajectory
from lab.exact.registry import solves
from lab.linalg import matvec
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.first_order import SGD, HeavyBall, Nesterov
from lab.optimizers.second_order.gauss_newton import DiagonalGN, GaussNewton, Newton


class Modes(NamedTuple):
    """S H S = V diag(q) V^T: q (*r, n) increasing, v (*r, n, n), s (*r, n) the diagonal of S."""

    q: np.ndarray
    v: np.ndarray
    s: np.ndarray


def modes(h: np.ndarray, s: np.ndarray | None = None) -> Modes:
    """The modes of S H S, S = diag(s), the identity unless given."""
    s = np.ones(h.shape[-1]) if s is None else s
    q, v = np.linalg.eigh(s[..., :, None] * h * s[..., None, :])
    return Modes(q, v, s)


def evolve(b: Bowl, theta, t, m: Modes, z):
    """The trajectory of the response z (K, *r, n). A mode that the start does not excite stays at 0, even where z overflows."""
    c = matvec(m.v.swapaxes(-1, -2), (theta - b.minimiser) / m.s)
    moved = np.where(c == 0, 0.0, z * c)
    loss = b.lowest + ((np.sqrt(np.maximum(m.q, 0.0) / 2) * moved) ** 2).sum(-1)
    return trajectory(t, b.minimiser + m.s * matvec(m.v, moved), loss)


@solves(Quadratic, SGD)
def gradient_descent(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q)^t."""
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    return evolve(b, theta, t, m, (1 - o.lr * m.q) ** t)


@solves(Quadratic, DiagonalGN)
def diagonal_gauss_newton(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q)^t with S^2 = (diag(H) + damping)^power.

    Where diag(H) + damping = 0 the row of H is 0 and the coordinate rests, whatever S says there.
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    d = np.diagonal(b.h, axis1=-2, axis2=-1) + o.damping
    m = modes(b.h, np.where(d > 0, d, 1.0) ** (o.power / 2))
    return evolve(b, theta, t, m, (1 - o.lr * m.q) ** t)


@solves(Quadratic, GaussNewton)
@solves(Quadratic, Newton)
def full_newton(f, optimizer, theta, t, batch):
    """z_t = (1 - lr q / (q + damping))^t; z_t = 1 where q + damping counts as zero (n eps of the largest), as in solve_symmetric."""
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m = modes(b.h)
    damped = m.q + o.damping
    kept = np.abs(damped) > b.h.shape[-1] * np.finfo(float).eps * np.abs(damped).max(-1, keepdims=True)
    return evolve(b, theta, t, m, (1 - o.lr * np.where(kept, m.q / np.where(kept, damped, 1.0), 0.0)) ** t)


@solves(Quadratic, HeavyBall)
def heavy_ball(f, optimizer, theta, t, batch):
    """z_{t+1} = (1 + beta - a) z_t - beta z_{t-1},  a = lr q,  z_1 = 1 - a.

    Double roots at sqrt(a) = 1 -+ sqrt(beta); the discriminant is (a - (1 - sqrt beta)^2) (a - (1 + sqrt beta)^2).
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m, beta, root = modes(b.h), o.momentum, np.sqrt(o.momentum)
    a = o.lr * m.q
    disc = (((1 - beta) / (1 + root)) ** 2 - a) * ((1 + root) ** 2 - a)
    return evolve(b, theta, t, m, momentum(1 + beta - a, beta, disc, beta, t))


@solves(Quadratic, Nesterov)
def nesterov(f, optimizer, theta, t, batch):
    """z_{t+1} = (1 + beta)(1 - a) z_t - beta (1 - a) z_{t-1},  a = lr q,  z_1 = 1 - (1 + beta) a:  the y-sequence.

    Double roots at a = 1 and a = ((1 - beta) / (1 + beta))^2; the discriminant is (1 - a) ((1 - beta)^2 - (1 + beta)^2 a).
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    m, beta = modes(b.h), o.momentum
    a = o.lr * m.q
    disc = (1 - a) * ((1 - beta) ** 2 - (1 + beta) ** 2 * a)
    return evolve(b, theta, t, m, momentum((1 + beta) * (1 - a), beta * (1 - a), disc, beta, t))


def momentum(p, q, disc, beta, t):
    """z_t with z_{t+1} = p z_t - q z_{t-1}, z_0 = 1, z_1 = p - beta:  z_t = A_{t+1} - beta A_t, A the fundamental sequence."""
    return fundamental(p, q, disc, t + 1) - beta * fundamental(p, q, disc, t)


def fundamental(p, q, disc, t):
    """A_t = (r^t - s^t) / (r - s) for the roots r, s of x^2 - p x + q:  A_0 = 0, A_1 = 1, A_{t+1} = p A_t - q A_{t-1}.

    disc = p^2 - 4 q is passed because the caller has it as a product, without cancellation.
    disc < 0:  A_t = (sgn(p) sqrt q)^(t-1) sin(t phi) / sin(phi),  tan phi = sqrt(-disc) / |p|,  phi in (0, pi/2]
    disc >= 0: A_t = r^(t-1) (1 - (1 - g)^t) / g,  r the root of larger size, g = 1 - s/r = 2 sqrt(disc) / (|p| + sqrt(disc))
    Both tend to t r^(t-1) at a double root. At p = q = 0: A_1 = 1, the others 0.
    """
    sign, width, before = np.where(p < 0, -1.0, 1.0), np.sqrt(np.abs(disc)), np.maximum(t - 1, 0)
    phi = np.where(disc < 0, np.arctan2(width, np.abs(p)), 1.0)
    waves = (sign * np.sqrt(np.maximum(q, 0.0))) ** before * (np.sin(t * phi) / np.sin(phi))
    larger = (np.abs(p) + width) / 2
    g = np.divide(width, larger, out=np.zeros_like(larger), where=larger > 0)
    # 1 - (1 - g)^t loses the digits of a small g; log1p does not exist for g >= 1, where the roots have opposite signs
    lost = np.where(g < 0.5, -np.expm1(t * np.log1p(-np.minimum(g, 0.5))), 1 - (1 - g) ** t)
    decays = (sign * larger) ** before * np.where(g > 0, lost / np.where(g > 0, g, 1.0), t)
    return np.where(disc < 0, waves, decays)

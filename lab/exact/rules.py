"""Methods whose step on a quadratic is linear, mode by mode, with at most one memory.

A method with the symmetric preconditioner S^2 keeps apart the modes of S H S = V diag(q) V^T. In
the coordinates x = V^T S^-1 theta of a mode, with x* that of the minimiser,

    x_{t+1} = (1 - decay) x_t + share delta_t
    delta_t = -b_t,  or -(g_t + momentum b_t) (nesterov)
    b_0 = g_0,  b_t = momentum b_{t-1} + (1 - dampening) g_t,        g_t = gain (x_t - x*)

which is a two-term recurrence around its fixed point (lab.exact.recurrences); decay and share
are what acts beside the step, keep below is 1 - decay. The loss is f* + sum_i q_i (x_i - x*_i)^2 / 2. Rounding: each mode is off by
some t eps of its own size, as an iteration would be, and theta by eps times the largest of the
modes. (Polyak 1964 for the momentum recurrence; dampening, decay and double roots: derived.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lab.exact.bowl import BOWL, Bowl, Prepared, prepared, trajectory
from lab.exact.recurrences import solution
from lab.exact.registry import honoured, solves
from lab.linalg import matvec, ratio, transposed
from lab.objectives.quadratic import Quadratic
from lab.optimizers.pieces import off
from lab.trajectory import Trajectory

RULES: dict[type, Callable] = {}


class Modes(NamedTuple):
    """S H S = V diag(q) V^T: q (*r, n) increasing, v (*r, n, n), s (*r, n) the diagonal of S."""

    q: np.ndarray
    v: np.ndarray
    s: np.ndarray


class Rule(NamedTuple):
    """See the module docstring. gain (*r, n), the others numbers or (*r, 1)."""

    modes: Modes
    gain: np.ndarray
    momentum: np.ndarray | float = 0.0
    dampening: np.ndarray | float = 0.0
    nesterov: bool = False
    decay: np.ndarray | float = 0.0
    share: np.ndarray | float = 1.0


def modes(h: np.ndarray, s: np.ndarray | None = None) -> Modes:
    """The modes of S H S, S = diag(s), the identity unless given; h (*r, n, n) symmetric."""
    s = np.ones(h.shape[-1]) if s is None else s
    scaled = s[..., :, None] * h * s[..., None, :]
    q, v = np.linalg.eigh(scaled)

    # rounding may leave q a little below 0
    return Modes(np.maximum(q, 0.0), v, s)


def linear(optimizer: type, *reads: str):
    """Decorator: register f(bowl, optimizer) -> Rule, and with it the closed form on Quadratic.

    reads: the fields of the optimizer that f honours.
    """

    def register(f):
        @functools.wraps(f)
        def solver(problem, method, theta, t, batch):
            p = prepared(problem, method, theta, t, batch)
            return evolve(p, rule_of(p.bowl, p.optimizer))

        RULES[optimizer] = f
        solves(Quadratic, optimizer, of=BOWL, reads=reads)(solver)
        return f

    return register


def rule_of(b: Bowl, optimizer) -> Rule:
    """The rule of an optimizer that `lift` has shaped. TypeError for one without, or a field unread."""
    kind = type(optimizer)
    if kind not in RULES:
        known = ", ".join(cls.__name__ for cls in RULES)
        raise TypeError(
            f"no closed form for a wrapper around {kind.__name__} on Quadratic; "
            f"there is one around {known}; use simulate"
        )
    honoured(Quadratic, optimizer)
    return RULES[kind](b, optimizer)


def evolve(p: Prepared, rule: Rule) -> Trajectory:
    """The trajectory of a rule from p.theta at the steps p.t."""
    m = rule.modes
    turn = transposed(m.v)
    b = p.bowl
    start = matvec(turn, (p.theta - b.minimiser) / m.s)
    target = matvec(turn, b.minimiser / m.s)

    away = deviation(rule, start, target, p.t)
    path = b.minimiser + m.s * matvec(m.v, away)
    excess = (np.sqrt(m.q / 2) * away) ** 2
    return trajectory(p.t, path, b.lowest + excess.sum(-1))


def deviation(
    rule: Rule,
    start: np.ndarray,
    target: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """x_t - x* (K, *r, n) from start = x_0 - x*, with target = x*

    Fixed point x = x* pull / (rest + pull), rest = decay (1 - momentum), pull the share of
    gain that a standing gradient has; then y = x - fixed obeys y_1 = p y_0 - drag.
    """
    beta = rule.momentum
    gain = rule.share * rule.gain
    pull = gain * (1 - rule.dampening)
    keep = 1 - rule.decay
    rest = rule.decay * (1 - beta)

    # without decay exactly 0; a mode with neither decay nor gain rests wherever it is
    offset = -ratio(rest, rest + pull) * target
    first = start - offset
    if off(beta):
        moved = np.where(first == 0, 0.0, (keep - gain) ** t * first)
        return offset + moved

    # the step of decay at the fixed point
    decayed = rule.decay * (target + offset)
    if rule.nesterov:
        p, disc = _ahead(gain, beta, keep)
        drag = beta * (first + beta * decayed)
    else:
        p, disc = _heavy(pull, beta, keep)
        drag = beta * (first + decayed) + rule.dampening * gain * start
    return offset + solution(p, disc, first, drag, t)


def _heavy(a, beta, keep):
    """p and disc of x^2 - (keep + beta - a) x + beta keep

    Double roots at sqrt(a) = |sqrt(keep) -+ sqrt(beta)|; the discriminant is
    (a - (sqrt keep - sqrt beta)^2) (a - (sqrt keep + sqrt beta)^2). For keep < 0 it is a sum of
    positive terms.
    """
    p = keep + beta - a

    # sqrt keep - sqrt beta = (keep - beta) / (sqrt keep + sqrt beta) keeps its digits as beta -> 1
    total = np.sqrt(np.maximum(keep, 0.0)) + np.sqrt(beta)
    upper = total**2
    lower = ratio(keep - beta, total) ** 2
    product = (lower - a) * (upper - a)
    return p, np.where(keep >= 0, product, p**2 - 4 * beta * keep)


def _ahead(a, beta, keep):
    """p and disc of x^2 - (keep - a + beta (1 - a)) x + beta (keep - a)

    With w = keep (1 + beta) - beta the discriminant is
    ((sqrt w + beta)^2 - (1 + beta)^2 a) ((sqrt w - beta)^2 - (1 + beta)^2 a); without decay w = 1
    and the double roots are at a = 1 and ((1 - beta) / (1 + beta))^2. None is real for w < 0.
    """
    p = keep - a + beta * (1 - a)

    # sqrt w - beta = (keep - beta) (1 + beta) / (sqrt w + beta) keeps its digits as beta -> 1
    w = keep - beta * (1 - keep)
    total = np.sqrt(np.maximum(w, 0.0)) + beta
    upper = (total / (1 + beta)) ** 2
    lower = ratio(keep - beta, total) ** 2
    product = (1 + beta) ** 2 * (upper - a) * (lower - a)
    return p, np.where(w >= 0, product, p**2 - 4 * beta * (keep - a))

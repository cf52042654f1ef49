"""Methods whose step on a quadratic is linear, mode by mode, with at most one memory.

A method with the symmetric preconditioner S^2 keeps apart the modes of S H S = V diag(q) V^T. In
the coordinates x = V^T S^-1 theta of a mode, with x* that of the minimiser,

    x_{t+1} = (1 - decay) x_t + share delta_t
    delta_t = -b_t,  or -(g_t + momentum b_t) (nesterov)
    b_0 = g_0,  b_t = momentum b_{t-1} + (1 - dampening) g_t,        g_t = gain (x_t - x*)

which is a two-term recurrence around its fixed point (lab.exact.recurrences); decay and share act
beside the step, and keep = 1 - decay below. The loss is f* + sum_i q_i (x_i - x*_i)^2 / 2.
Rounding: each mode is off by some t eps of its own size, as an iteration would be, and theta by eps
times the largest of the modes. (Polyak 1964 for the momentum recurrence; dampening, decay and
double roots: derived.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from lab.exact.bowl import BOWL, Bowl, Prepared, prepared, trajectory
from lab.exact.recurrences import solution, times
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
    """See the module docstring. gain (*r, n), the others numbers or (*r, 1).

    decay, share: what stands beside the step, see `lab.exact.wrappers.decoupled`.
    """

    modes: Modes
    gain: np.ndarray
    momentum: np.ndarray | float = 0.0
    dampening: np.ndarray | float = 0.0
    nesterov: bool = False
    decay: np.ndarray | float = 0.0
    share: np.ndarray | float = 1.0


def modes(
    h: np.ndarray,
    s: np.ndarray | None = None,
) -> Modes:
    """The modes of S H S, S = diag(s), the identity unless given; h (*r, n, n) symmetric."""
    if s is None:
        s = np.ones(h.shape[-1])
    rows = s[..., :, None]
    columns = s[..., None, :]
    scaled = rows * h * columns
    q, v = np.linalg.eigh(scaled)

    # rounding may leave q a little below 0
    return Modes(np.maximum(q, 0.0), v, s)


def linear(optimizer: type, *reads: str, only: Mapping[str, tuple] | None = None):
    """Decorator: register f(bowl, optimizer) -> Rule, and with it the closed form on Quadratic.

    reads: the fields of the optimizer that f honours; only: the values of those that it honours in
    part, by field. The decorated function is returned as it is; wrappers (Momentum, Ascent) call
    rule_of for the method inside.
    """

    def register(f):
        @functools.wraps(f)
        def solver(problem, method, theta, t, batch):
            p = prepared(problem, method, theta, t, batch)
            rule = rule_of(p.bowl, p.optimizer)
            return evolve(p, rule)

        RULES[optimizer] = f
        add = solves(Quadratic, optimizer, of=BOWL, reads=reads, only=only)
        add(solver)
        return f

    return register


def rule_of(b: Bowl, optimizer) -> Rule:
    """The rule of an optimizer that `lift` has shaped. TypeError for none, or an unread field."""
    kind = type(optimizer)
    if kind not in RULES:
        names = [cls.__name__ for cls in RULES]
        known = ", ".join(names)
        raise TypeError(
            f"no closed form for a wrapper around {kind.__name__} on Quadratic; "
            f"there is one around {known}; use simulate"
        )
    honoured(Quadratic, optimizer)
    return RULES[kind](b, optimizer)


def evolve(p: Prepared, rule: Rule) -> Trajectory:
    """The trajectory of a rule from p.theta at the steps p.t.

    The start and the minimiser are taken to the modes by V^T S^-1, the result back by S V.
    """
    m = rule.modes
    b = p.bowl
    turn = transposed(m.v)
    distance = p.theta - b.minimiser
    start = matvec(turn, distance / m.s)
    target = matvec(turn, b.minimiser / m.s)

    away = deviation(rule, start, target, p.t)
    moved = m.s * matvec(m.v, away)
    path = b.minimiser + moved
    loss = b.lowest + excess(m, away)
    return trajectory(p.t, path, loss)


def excess(m: Modes, away: np.ndarray) -> np.ndarray:
    """f - min f (K, *r) at x - x_min = away (K, *r, n) in the modes: a sum without cancellation."""
    root = np.sqrt(m.q / 2)
    terms = (root * away) ** 2
    return terms.sum(-1)


def deviation(
    rule: Rule,
    start: np.ndarray,
    target: np.ndarray,
    t: np.ndarray,
) -> np.ndarray:
    """x_t - x_min (K, *r, n) from start = x_0 - x_min, with target = x_min

    Fixed point x = x_min pull / (rest + pull), rest = decay (1 - momentum), pull the share of
    gain that a standing gradient has; then y = x - fixed obeys y_1 = p y_0 - drag.
    """
    beta = rule.momentum
    gain = rule.share * rule.gain
    pull = gain * (1 - rule.dampening)
    keep = 1 - rule.decay
    rest = rule.decay * (1 - beta)

    # without decay exactly 0; a mode with neither decay nor gain rests wherever it is
    held = ratio(rest, rest + pull)
    offset = -held * target
    first = start - offset
    if off(beta):
        left = (keep - gain) ** t
        return offset + times(left, first)

    # the step of decay at the fixed point
    decayed = rule.decay * (target + offset)
    if rule.nesterov:
        p, disc = _ahead(gain, beta, keep)
        drag = beta * (first + beta * decayed)
    else:
        p, disc = _heavy(pull, beta, keep)
        undamped = rule.dampening * gain * start
        drag = beta * (first + decayed) + undamped
    y = solution(p, disc, first, drag, t)
    return offset + y


def _heavy(a, beta, keep):
    """p and disc of x^2 - (keep + beta - a) x + beta keep

    Double roots at sqrt(a) = |sqrt(keep) -+ sqrt(beta)|; the discriminant is
    (a - (sqrt keep - sqrt beta)^2) (a - (sqrt keep + sqrt beta)^2). For keep < 0 it is a sum of
    positive terms.
    """
    p = keep + beta - a
    q = beta * keep
    root = np.sqrt(np.maximum(keep, 0.0))
    total = root + np.sqrt(beta)

    # sqrt keep - sqrt beta = (keep - beta) / (sqrt keep + sqrt beta) keeps its digits as beta -> 1
    upper = total**2
    lower = ratio(keep - beta, total) ** 2
    product = (lower - a) * (upper - a)
    direct = p**2 - 4 * q
    disc = np.where(keep >= 0, product, direct)
    return p, disc


def _ahead(a, beta, keep):
    """p and disc of x^2 - (keep - a + beta (1 - a)) x + beta (keep - a)

    With w = keep (1 + beta) - beta the discriminant is
    ((sqrt w + beta)^2 - (1 + beta)^2 a) ((sqrt w - beta)^2 - (1 + beta)^2 a); without decay w = 1
    and the double roots are at a = 1 and ((1 - beta) / (1 + beta))^2. None is real for w < 0.
    """
    p = keep - a + beta * (1 - a)
    q = beta * (keep - a)
    w = keep - beta * (1 - keep)
    root = np.sqrt(np.maximum(w, 0.0))
    total = root + beta

    # sqrt w - beta = (keep - beta) (1 + beta) / (sqrt w + beta) keeps its digits as beta -> 1
    scale = 1 + beta
    upper = (total / scale) ** 2
    lower = ratio(keep - beta, total) ** 2
    product = scale**2 * (upper - a) * (lower - a)
    direct = p**2 - 4 * q
    disc = np.where(w >= 0, product, direct)
    return p, disc

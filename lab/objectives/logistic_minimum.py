"""The minimum of logistic regression on data, certified; or that the classes are separable."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from lab.checks import EPS
from lab.linalg import solve_symmetric
from lab.objectives.minima import Minimum, scaled

# a Newton step moves the logits by about 1 once they are large: enough for logits of 130, whose
# weights e^-130 are still normal numbers
STEPS = 200


def logistic(
    x: np.ndarray,
    y: np.ndarray,
    ridge: float,
) -> Minimum:
    """argmin of mean_j [softplus(z_j) - y_j z_j] + ridge |theta|^2 / 2 by Newton's method

    z_j = x_j^T theta; x (m, n), y (m,).

    Along any line |phi'''| <= r phi'', r the largest change of a logit. Hence the step log(1 + a) /
    a times Newton's v = H^+ g, a = max_j |x_j^T v|, always descends; longer ones are tried before.
    And with lambda^2 = g^T H^+ g and rho^2 = max_j x_j^T H^+ x_j, a minimum *exists* where rho
    lambda <= 1/2, since f is above f(theta) all over the sphere |d|_H = 1.6 / rho; then f(theta) -
    min f <= lambda^2 (after Bach 2010, Self-concordant analysis for logistic regression; derived).
    On separable data rho lambda stays above 1/2. The rounding of g counts to lambda, and H must
    have the rank of x: otherwise it does not see all that f depends on.

    Where columns depend on each other v = H^+ g lies in the span of rows, and theta, from 0, with
    it: the answer is the minimiser of least norm. With ridge > 0 there always is a minimum, whether
    or not rounding lets it be certified. gap = lambda^2, rounding included.

    ValueError when no minimum is certified: because the classes are separable and ridge = 0, or for
    rounding.
    """
    sign = 2 * y - 1
    s = _descended(x, sign, ridge)

    c = scaled(s.h)
    columns = np.linalg.norm(x, axis=0)
    columns = np.where(columns > 0, columns, 1.0)
    rank = np.linalg.matrix_rank(x / columns)
    least = c.least or EPS
    rounding = _rounding(x, ridge, s) / np.sqrt(least)
    decrement = float(np.sqrt(s.squared) + rounding)
    inside = solve_symmetric(s.h, x)
    reach = (x * inside).sum(-1)
    rho = np.sqrt(reach.max())

    # an eigenvalue that is known to an eighth: of an n x n matrix whose entries are sums of m terms
    known = 8 * sum(x.shape) * EPS
    seen = c.kept.sum() >= rank and c.least >= known
    certified = seen and rho * decrement <= 0.5
    if not certified:
        raise ValueError(_why_none(x, y, ridge, s))
    size = float(np.linalg.norm(s.g))
    return Minimum(s.theta, s.loss, size, c.least, decrement**2)


def _descended(
    x,
    sign,
    ridge,
) -> _Newton:
    """Where Newton's method ends: from 0, where all weights are 1/4, after at most STEPS steps.

    Without ridge it stops as soon as theta separates the classes: from there f falls for ever along
    theta itself.
    """
    theta = np.zeros(x.shape[1])
    for _ in range(STEPS):
        s = _newton(x, sign, theta, ridge)
        separates = (sign * s.z > 0).all()
        if separates and not ridge:
            break
        # an eighth of a rounding of the loss, or of the logits: nothing is left to gain
        settled = s.squared <= EPS * s.loss / 8
        if settled or s.moved <= EPS:
            break
        t = _length(x, sign, ridge, s)
        theta = theta - t * s.v

    # the loss is right to its last digit; theta has half the digits, and a last step doubles them
    return _newton(x, sign, theta - s.v, ridge)


def _length(
    x,
    sign,
    ridge,
    s,
) -> float:
    """The length t of a step along -v: the first of 1, 1/2, 1/4, ... that descends enough.

    A quarter of what the slope promises, and t is never less than log(1 + a) / a, a = moved, which
    tends to 1 as a -> 0: close to the minimum Newton's own steps are taken.
    """
    sure = np.log1p(s.moved) / s.moved
    t = 1.0
    while t > sure:
        point = s.theta - t * s.v
        ahead = _loss(x, sign, point, ridge)
        promised = t * s.squared / 4
        if ahead <= s.loss - promised:
            break
        t /= 2
    return max(t, sure)


def _rounding(
    x,
    ridge,
    s,
) -> float:
    """|S dg|, S = diag(H)^(-1/2): how far rounding moves the gradient g.

    Every term of g is right to some eps, and its weight |p - y| to |z| eps, the error of its logit.
    A bound to first order in eps, up to a small factor; it is what keeps a certificate from being
    better than the arithmetic.
    """
    terms = (4 + np.abs(s.z)) * s.wrong
    size = np.abs(x)
    data = size.T @ terms / len(x)
    penalty = 4 * ridge * np.abs(s.theta)
    error = EPS * (data + penalty)

    d = np.diag(s.h)
    positive = np.where(d > 0, d, 1.0)
    scaled_error = error / np.sqrt(positive)
    return float(np.linalg.norm(scaled_error))


def _loss(
    x,
    sign,
    theta,
    ridge,
) -> float:
    """mean_j log(1 + e^(-s_j z_j)) + ridge |theta|^2 / 2, s_j = +-1 the sign of the label."""
    z = x @ theta
    losses = np.logaddexp(0, -sign * z)
    penalty = ridge * theta @ theta / 2
    return float(losses.mean() + penalty)


class _Newton(NamedTuple):
    """One point of the iteration, and the step from it.

    theta, logits z, wrong = |p - y|, loss, gradient, Hessian; step v = H^+ g, squared = g^T v,
    moved = max_j |x_j^T v|.
    """

    theta: np.ndarray
    z: np.ndarray
    wrong: np.ndarray
    loss: float
    g: np.ndarray
    h: np.ndarray
    v: np.ndarray
    squared: float
    moved: float


def _newton(
    x,
    sign,
    theta,
    ridge,
) -> _Newton:
    """The point theta and Newton's step from it, x (m, n), sign (m,).

    O(m n^2 + n^3). On separable data weights underflow and H loses rank; the caller looks at that.
    """
    z = x @ theta
    wrong = expit(-sign * z)  # keeps its digits where it is tiny, which p - y does not
    right = expit(sign * z)
    weight = wrong * right / len(x)

    score = sign * wrong
    data = score @ x / len(x)
    g = ridge * theta - data
    weighted = weight[:, None] * x
    identity = np.eye(x.shape[1])
    h = x.T @ weighted + ridge * identity
    v = solve_symmetric(h, g)
    loss = _loss(x, sign, theta, ridge)
    squared = max(float(g @ v), 0.0)
    change = np.abs(x @ v)
    moved = float(change.max())
    return _Newton(theta, z, wrong, loss, g, h, v, squared, moved)


def _why_none(
    x,
    y,
    ridge,
    s,
) -> str:
    """The text of the error: separable classes are recognised by a linear program, everything else
    is told as rounding.
    """
    if not ridge and separating(x, y) is not None:
        return (
            "the two classes are separable: the loss falls for ever along a direction and has no "
            "minimum; set ridge > 0"
        )
    size = np.linalg.norm(s.g)
    remedy = "drop columns that nearly depend on others, or raise ridge"
    return (
        f"no minimum can be certified: Newton's method ends at a gradient of {size:.2g}; {remedy}"
    )


def separating(
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray | None:
    """A direction d with s_j x_j^T d >= 0 for all j and > 0 for some, s = 2 y - 1, (n,)

    None when there is none.

    By the linear program max sum_j s_j x_j^T d subject to 0 <= s_j x_j^T d <= 1, on columns and
    rows scaled to size 1, which is neither here nor there for the sign: its value is 0, or at least
    1, since any direction can be stretched until one bound is met. Such a d exists if and only if
    logistic regression without ridge has no minimum (Albert & Anderson 1984).

    x (m, n), y (m,) of 0 and 1. The direction is in the units of x; rows on the separating plane
    are allowed (quasi-complete separation), rows of zeros never count.
    """
    columns = np.abs(x).max(0)
    columns = np.where(columns > 0, columns, 1.0)
    sign = 2 * y - 1
    rows = sign[:, None] * x / columns
    size = np.abs(rows).max(1, keepdims=True)
    nonzero = np.where(size > 0, size, 1.0)
    rows = rows / nonzero

    # 0 <= rows d <= 1, written as two upper bounds
    m = len(rows)
    upper = np.ones(m)
    lower = np.zeros(m)
    both = np.vstack([rows, -rows])
    limits = np.concatenate([upper, lower])
    found = linprog(
        -rows.sum(0),
        both,
        limits,
        bounds=(None, None),
        method="highs",
        options={"primal_feasibility_tolerance": 1e-10},  # the least that HiGHS takes
    )
    # halfway between the two values that are possible
    separated = found.status == 0 and -found.fun > 0.5
    return found.x / columns if separated else None

"""Line searches as wrappers: the inner method gives the direction, the search the length,
per run.

With phi(a) = f(theta + a d) and phi'(a) = <g(theta + a d), d> the exact search finds the zero of
phi', which increases where f is convex, the other one the first a at which phi is below a line of
slope armijo phi'(0). Both take loss and gradients of the batch of the step: with mini-batches the
length is right for that batch alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.arrays import Params, each, norm, rowwise, runs
from lab.arrays import inner as dot
from lab.checks import able, fields, positive, probability, real
from lab.optimizers.protocol import Optimizer, of_inner

# Too short a length is multiplied by these in turn; their product, 2^2046, is the whole floating
# range.
GROWTH = 2.0 ** np.array([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1023])
LONGEST = 2.0**1023
SHORTEST = 2.0**-1022
# A bracket this wide is halved in the logarithm of the length, a narrower one in the length.
WIDE = 4.0
# Of three cuts one halves: 11 halvings of at most 2046 binary orders, then 54 of the length, reach
# the last digit.
CUTS = 3 * (11 + 54)
# Ends of a bracket cannot be told apart below some units of rounding, whatever tol asks for.
ROUNDING = 4 * np.finfo(float).eps


@dataclass(frozen=True, eq=False)
class ExactLineSearch:
    """delta = a d with a = argmin_{a >= 0} f(theta + a d), d the inner method's step.

    For convex f: its slope phi'(a) = <g(theta + a d), d> increases, so its sign says whether a is
    too short or too long. The zero is bracketed from a = 1, then cut until both ends agree to `tol`
    relative, over the whole floating range; the end with the smaller slope is taken. In exact
    arithmetic the loss is then within 2 tol of the possible decrease above the minimum, and it
    never increases. On a quadratic the fourth gradient has confirmed it. a = 0 where d is no
    descent direction (d = 0 included).

    The inner method should be memoryless: its state does not see a. ValueError where f has no
    minimum along d, such as a linear f. Where entries of d are infinite, as Gauss-Newton's of a
    saturated logit, the search goes along these alone: the limit.

    A rate of `inner` changes where the search begins, not where it ends. On a quadratic a = -<g, d>
    / <d, H d>, and with d = -g successive gradients are orthogonal. ExactLineSearch(SGD(1.0))
    """

    inner: Optimizer
    tol: float = 1e-12

    def __post_init__(self):
        able("ExactLineSearch.inner", self.inner, "init", "step")
        real("ExactLineSearch.tol", self.tol, 0)
        fields(self, tol=positive)

    @property
    def needs(self):
        return self.inner.needs | {"grad", "at"}

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(theta)

    def metric(self, state):
        return self.inner.metric(state)

    def step(self, state, oracle, theta):
        d, state = self.inner.step(state, oracle, theta)

        # Lengths are measured by the largest coordinate: neither they nor the slopes overflow where
        # d is enormous.
        u, size = _unit(d)

        def slope(length):
            with np.errstate(over="ignore", invalid="ignore"):
                point = theta + rowwise(length, theta) * u
                found = dot(oracle.at(point).grad, u)
            # A point where the gradient left the floating range is too far away.
            return np.where(np.isnan(found), np.inf, found)

        at_zero = dot(oracle.grad, u)
        length = _minimum(slope, at_zero, size, self.tol)
        return rowwise(length, theta) * u, state


def _unit(d: Params) -> tuple[Params, np.ndarray]:
    """d / |d|_inf (0 for d = 0) and |d|_inf per run, (*r,); where that is infinite the limit, the
    signs of the infinite entries, and 1: as if those entries had gone to infinity together."""
    size = norm(d, np.inf)
    finite = each(lambda x: np.where(np.isinf(x), 0.0, x), d)
    infinite = each(lambda x: np.where(np.isinf(x), np.sign(x), 0.0), d)

    nonzero = np.where(size > 0, size, 1.0)
    direction = finite / rowwise(nonzero, d) + infinite
    length = np.where(np.isinf(size), 1.0, size)
    return direction, length


class Bracket(NamedTuple):
    """Lengths with slope(low) = below < 0 <= above = slope(high), one per run; high = inf until one
    that is too long has been seen. An increasing slope has its zero in (low, high]."""

    low: np.ndarray
    below: np.ndarray
    high: np.ndarray
    above: np.ndarray

    def cut(self, length, slope) -> Bracket:
        """The part that holds the zero, after slope = slope(length) was seen."""
        short = slope < 0
        return Bracket(
            low=np.where(short, length, self.low),
            below=np.where(short, slope, self.below),
            high=np.where(short, self.high, length),
            above=np.where(short, self.above, slope),
        )

    def closed(self, tol: float) -> np.ndarray:
        """Whether the ends agree, relatively."""
        return self.high - self.low <= tol * self.high


def _minimum(
    slope: Callable,
    at_zero: np.ndarray,
    first: np.ndarray,
    tol: float,
) -> np.ndarray:
    """The zero of an increasing slope, 0 where at_zero >= 0; tried first at `first`. All arguments
    have one entry per run; all runs are evaluated together, those that are done too."""
    tol = max(tol, ROUNDING)
    # a slope that is not finite is that of a run which has diverged: it stays where it is
    descent = (at_zero < 0) & np.isfinite(at_zero)
    bracket = _bracketed(slope, at_zero, first, descent)

    for k in range(CUTS):
        settled = bracket.closed(tol) | ~descent
        if settled.all():
            break
        length = _next(bracket, k, tol)
        bracket = bracket.cut(length, slope(length))

    endless = descent & ~np.isfinite(bracket.above)
    if endless.any():
        at = np.argwhere(endless)[0].tolist()
        slope_there = bracket.below[tuple(at)]
        still = f"the slope is still {slope_there:.3g} at the edge of the floating range"
        raise ValueError(
            f"ExactLineSearch: the loss has no minimum along the direction of run {at}: {still}"
        )

    nearer_low = -bracket.below < bracket.above
    nearest = np.where(nearer_low, bracket.low, bracket.high)
    return np.where(descent, nearest, 0.0)


def _bracketed(
    slope,
    at_zero,
    first,
    descent,
) -> Bracket:
    """From `first`, lengthened by growing factors until it is too long; the lower end is 0 where
    `first` already was. Factors grow so that eleven of them cross the whole floating range."""
    nowhere = np.full_like(at_zero, np.inf)
    zero = np.zeros_like(at_zero)
    bracket = Bracket(zero, at_zero, nowhere, nowhere)
    length = first
    bracket = bracket.cut(length, slope(length))

    for factor in GROWTH:
        short = descent & np.isinf(bracket.high)
        if not short.any():
            break
        longer = np.minimum(length, LONGEST / factor) * factor
        length = np.where(short, longer, length)
        bracket = bracket.cut(length, slope(length))
    return bracket


def _next(
    bracket: Bracket,
    k: int,
    tol: float,
) -> np.ndarray:
    """Where to cut for the k-th time: at the secant's zero, at twice the way to it, in the middle,
    and again.

    The zero of the secant lands close to the zero, mostly on one side; twice the way from there
    crosses it, so that both ends come closer. The middle is for slopes of which the secant knows
    nothing, such as an exponential.
    """
    low, below, high, above = bracket
    width = high - low
    if k % 3 == 2:
        return _middle(low, high)

    # fractions of the width from each end to the secant's zero; an infinite slope above gives 0 and
    # 1
    from_low = -below / (above - below)
    way = width * from_low
    if k % 3 == 1:
        nearer_low = -below < above
        other = width - way
        way = np.where(nearer_low, 2 * way, width - 2 * other)

    # never closer to an end than tol: a cut on the other side of the zero then closes the bracket
    margin = np.minimum(tol * high, width) / 2
    return low + np.clip(way, margin, width - margin)


def _middle(low, high):
    """The geometric mean of a wide bracket, the arithmetic of a narrow one.

    Between 1e-300 and 1 the arithmetic mean would halve the length only, not the exponent.
    """
    wide = high > WIDE * low
    least = np.maximum(low, SHORTEST)
    # the root of the product would underflow or overflow
    geometric = np.sqrt(least) * np.sqrt(high)
    arithmetic = low + (high - low) / 2
    return np.where(wide, geometric, arithmetic)


@dataclass(frozen=True, eq=False)
class Backtracking:
    """delta = a d with the first a in 1, shrink, shrink^2, ... such that f(theta + a d) <= f(theta)
    + armijo a <g, d>.

    After 60 reductions the run stays where it is (2^-60 by default: below rounding of theta).

    ValueError unless shrink and armijo are in (0, 1). Armijo's condition (1966). One loss per
    reduction for all runs together; those that have arrived are evaluated along. Where d descends
    and f is smooth some a is short enough: with f L-smooth any a <= 2 (1 - armijo) |<g, d>| / (L
    |d|^2). Where d climbs no short one is. Backtracking(Newton(1.0))
    """

    inner: Optimizer
    shrink: float = 0.5
    armijo: float = 1e-4

    def __post_init__(self):
        able("Backtracking.inner", self.inner, "init", "step")
        real("Backtracking.shrink", self.shrink, 0)
        real("Backtracking.armijo", self.armijo, 0)
        fields(self, shrink=probability, armijo=probability)

    @property
    def needs(self):
        return self.inner.needs | {"grad", "loss", "at"}

    vectors = of_inner("vectors")
    matrices = of_inner("matrices")
    units = of_inner("units")

    def init(self, theta):
        return self.inner.init(theta)

    def metric(self, state):
        return self.inner.metric(state)

    def step(self, state, oracle, theta):
        d, state = self.inner.step(state, oracle, theta)
        slope = dot(oracle.grad, d)
        a = np.ones(runs(theta))

        for _ in range(60):
            point = theta + rowwise(a, theta) * d
            reached = oracle.at(point).loss
            promised = oracle.loss + self.armijo * a * slope
            # not "reached > promised": a loss that is NaN is too far as well
            long = ~(reached <= promised)
            if not long.any():
                break
            a = np.where(long, self.shrink * a, a)
        taken = np.where(long, 0.0, a)
        return rowwise(taken, theta) * d, state

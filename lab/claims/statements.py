"""What a claim may say: relations between SymPy formulas. What is printed is what is evaluated.

Sides are evaluated over instances, (R, ...), and broadcast: a parameter (R,) stands beside a
measured sequence (R, T) instance by instance. Of one instance the worst entry counts.

Each relation has: symbols() that occur in it, text() that prints it, formula that its controls
perturb, grade when it holds, and outcome(values, formula): for every instance a gap, <= 0 where it
holds (so that NaN never does), and for bounds how much of the bound is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import sympy

from lab.claims.formulas import all_rational, evaluate, exactly, names_in, text


class Outcome(NamedTuple):
    """Per instance, (R,) each.

    gap: how far from holding: <= 0 holds, -inf for a vacuous bound, which holds and shows nothing;
    NaN holds nowhere. In the units of the sides for an equality, relative to the bound for a bound.
    used: measured / bound, 1 where it is attained; NaN where the relation is no bound. left, right:
    both sides at the worst place of the instance.
    """

    gap: np.ndarray
    used: np.ndarray
    left: np.ndarray
    right: np.ndarray


class Relation(Protocol):
    """grade: the evidence that measuring it gives. bound: whether room is left between the sides.
    kind: how controls move its formula, "factor" or "exponent". because: the tolerance's reason."""

    grade: str
    bound: bool
    kind: str
    because: str

    @property
    def formula(self) -> Any: ...
    def symbols(self) -> set[str]: ...
    def text(self) -> str: ...
    def outcome(self, values, formula) -> Outcome: ...


@dataclass(frozen=True)
class Equal:
    """|left - right| <= atol + rtol |right|.

    Without a tolerance, and with integers or fractions on both sides, compared exactly and graded
    "exact". The tolerance is for rounding and truncation, whose size `because` says; it is never
    chosen to make an instance pass. Controls move the right side both ways, and both must fail.
    """

    left: Any
    right: Any
    rtol: float
    atol: float
    because: str
    kind: str = "factor"

    grade = "numeric"
    bound = False

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} = {text(self.right)}"

    def exact(self, values) -> bool:
        """No tolerance, and nothing but integers and fractions: compared without rounding."""
        tolerance = self.rtol + self.atol
        return tolerance == 0 and all(
            all_rational(side, values) for side in (self.left, self.right)
        )

    def outcome(self, values, formula):
        if self.exact(values):
            return _exact_outcome(self.left, formula, values)
        left, right = sides(self.left, formula, values)
        with np.errstate(invalid="ignore"):
            gap = np.abs(left - right) - self.atol - self.rtol * np.abs(right)
        return worst(gap, np.full(gap.shape, np.nan), left, right)


@dataclass(frozen=True)
class AtMost:
    """left <= right (1 + slack), right > 0 and finite; other bounds are vacuous: the instance
    counts for nothing. slack: rounding.

    Grade "search": that no instance breaks it is no proof. Tightness is the largest left / right.
    A quantity that may be negative or 0 is bounded by shifting both sides, not by a bound of 0.
    """

    left: Any
    right: Any
    slack: float
    because: str

    grade = "search"
    bound = True
    kind = "factor"

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} <= {text(self.right)}"

    def outcome(self, values, formula):
        left, right = sides(self.left, formula, values)
        with np.errstate(all="ignore"):
            used = left / right
        return _of_bound(used, self.slack, left, right)


@dataclass(frozen=True)
class AtLeast:
    """left >= right (1 - slack), right > 0 and finite; `used` is right / left.

    As AtMost, the other way round; a left side that is 0 or negative uses infinitely much of it.
    """

    left: Any
    right: Any
    slack: float
    because: str

    grade = "search"
    bound = True
    kind = "factor"

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} >= {text(self.right)}"

    def outcome(self, values, formula):
        left, right = sides(self.left, formula, values)
        with np.errstate(all="ignore"):
            # a left side of 0 falls short of every bound
            used = np.where(left > 0, right / left, np.where(np.isnan(left), np.nan, np.inf))
        return _of_bound(used, self.slack, left, right)


def equal(left, right, *, rtol: float = 0.0, atol: float = 0.0, because: str) -> Equal:
    """left = right up to a tolerance, whose reason is printed with it.

    The right side is the formula that is claimed: its constants are the ones that controls move.
    rtol is relative to it. Neither tolerance, and whole numbers: exact.
    """
    return Equal(left, right, rtol, atol, because)


def exponent(left, right, *, tol: float, because: str) -> Equal:
    """A measured exponent, such as a slope, is `right` to tol.

    Its controls move it as exponents are moved, by 0.05 and not by 2 % of what may be 0: a tol of
    0.05 or more notices nothing. Where both measurements are at hand, `slope` fits them itself.
    """
    return Equal(left, right, 0.0, tol, because, "exponent")


def at_most(left, right, *, slack: float = 1e-12, because: str = "rounding") -> AtMost:
    """left <= right, a bound: what is measured on the left, what is claimed on the right.

    slack: a share of the right side, for the rounding of both. Give the reason with any other than
    the default.
    """
    return AtMost(left, right, slack, because)


def at_least(left, right, *, slack: float = 1e-12, because: str = "rounding") -> AtLeast:
    """left >= right, a bound from below; slack as in `at_most`."""
    return AtLeast(left, right, slack, because)


def sides(left, right, values) -> tuple[np.ndarray, np.ndarray]:
    """Both formulas over the instances, (R, ...), of one shape, as floats. A side that is the same
    for all instances is repeated."""
    left, right = _one_shape(evaluate(left, values), evaluate(right, values), values)
    return left.astype(float), right.astype(float)


def _one_shape(left, right, values) -> tuple[np.ndarray, np.ndarray]:
    """Both sides with the axes of the larger one, instances first."""
    axes = max(left.ndim, right.ndim, 1)
    left, right = (
        x.reshape(x.shape + (1,) * (axes - x.ndim)) if x.ndim else x for x in (left, right)
    )
    # a shape to broadcast to, whose entries nobody reads
    instances = np.empty(_rows(values) + (1,) * (axes - 1))
    left, right, _ = np.broadcast_arrays(left, right, instances)
    return left, right


def _exact_outcome(left, right, values) -> Outcome:
    """Differences of SymPy numbers; whatever is not rational differs."""
    # moved constants come as floats of a few digits, and are compared as fractions
    constants = {
        s: sympy.nsimplify(values[str(s)])
        for s in sympy.sympify(right).free_symbols
        if str(s) in values and s.is_Dummy
    }
    moved = sympy.sympify(right).xreplace(constants)
    left, right = _one_shape(exactly(left, values), exactly(moved, values), values)
    pairs = zip(left.flat, right.flat, strict=True)
    gap = np.array([0.0 if a == b else float(abs(a - b)) for a, b in pairs]).reshape(left.shape)
    # an equality has no tightness
    nothing_used = np.full(gap.shape, np.nan)
    return worst(gap, nothing_used, left.astype(float), right.astype(float))


def _rows(values) -> tuple[int, ...]:
    """(R,), of any array over instances; () cannot occur, a space is not empty."""
    return next(
        (np.shape(x)[:1] for x in values.values() if isinstance(x, np.ndarray) and x.ndim), (1,)
    )


def aligned(x, like):
    """x with as many axes as like, instances first: an error (R,) beside means (R, n)."""
    return x.reshape(x.shape + (1,) * (like.ndim - x.ndim)) if x.ndim else x


def _of_bound(used, slack, left, right) -> Outcome:
    """The outcome of a bound of which this much is used."""
    gap = np.where(_vacuous(right), -np.inf, used - 1 - slack)
    return worst(gap, used, left, right)


def _vacuous(right):
    """A bound that is not positive, or infinite, says nothing. NaN is no vacuous bound: it
    fails."""
    return (right <= 0) | np.isposinf(right)


def worst(gap, used, left, right) -> Outcome:
    """Per instance, the place of the largest gap; NaN is larger than everything."""
    shape = (len(gap), -1)
    flat = gap.reshape(shape)
    place = np.where(np.isnan(flat), np.inf, flat).argmax(-1)[:, None]
    return Outcome(
        *(np.take_along_axis(x.reshape(shape), place, 1)[:, 0] for x in (gap, used, left, right))
    )

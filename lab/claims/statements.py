"""What a claim may say: relations between SymPy formulas. What is printed is what is evaluated.

Each relation has: symbols() that occur in it, text() that prints it, formula that its controls perturb, grade when it
holds, and outcome(values, formula): for every instance a gap, <= 0 where it holds (so that NaN never does), and for
bounds how much of the bound is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import sympy

from lab.claims.formulas import all_rational, evaluate, exactly, names_in, text


class Outcome(NamedTuple):
    """Per instance (R,): gap; used, measured / bound or NaN where the relation is no bound; left and right at the worst place."""

    gap: np.ndarray
    used: np.ndarray
    left: np.ndarray
    right: np.ndarray


class Relation(Protocol):
    """grade: the evidence that measuring it gives. bound: whether room is left between the sides. because: the tolerance's reason."""

    grade: str
    bound: bool
    because: str

    @property
    def formula(self) -> Any: ...
    def symbols(self) -> set[str]: ...
    def text(self) -> str: ...
    def outcome(self, values, formula) -> Outcome: ...


@dataclass(frozen=True)
class Equal:
    """|left - right| <= atol + rtol |right|."""

    left: Any
    right: Any
    rtol: float
    atol: float
    because: str

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
        return tolerance == 0 and all(all_rational(side, values) for side in (self.left, self.right))

    def outcome(self, values, formula):
        if self.exact(values):
            return _exact_outcome(self.left, formula, values)
        left, right = _sides(self.left, formula, values)
        with np.errstate(invalid="ignore"):
            gap = np.abs(left - right) - self.atol - self.rtol * np.abs(right)
        return _worst(gap, np.full(gap.shape, np.nan), left, right)


@dataclass(frozen=True)
class AtMost:
    """left <= right (1 + slack), right > 0 and finite; other bounds are vacuous: the instance counts for nothing. slack: rounding."""

    left: Any
    right: Any
    slack: float
    because: str

    grade = "search"
    bound = True

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} <= {text(self.right)}"

    def outcome(self, values, formula):
        left, right = _sides(self.left, formula, values)
        with np.errstate(all="ignore"):
            used = left / right
        return _worst(np.where(_vacuous(right), -np.inf, used - 1 - self.slack), used, left, right)


@dataclass(frozen=True)
class AtLeast:
    """left >= right (1 - slack), right > 0 and finite; `used` is right / left."""

    left: Any
    right: Any
    slack: float
    because: str

    grade = "search"
    bound = True

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} >= {text(self.right)}"

    def outcome(self, values, formula):
        left, right = _sides(self.left, formula, values)
        with np.errstate(all="ignore"):
            used = np.where(left > 0, right / left, np.where(np.isnan(left), np.nan, np.inf))
        return _worst(np.where(_vacuous(right), -np.inf, used - 1 - self.slack), used, left, right)


@dataclass(frozen=True)
class Within:
    """|left - right| <= z error: a sample's mean against an exact value."""

    left: Any
    right: Any
    error: Any
    z: float
    because: str = "z = 5 is passed by chance with probability 6e-7"

    grade = "statistical"
    bound = False

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right, self.error)

    def text(self):
        return f"E {text(self.left)} = {text(self.right)}"

    def outcome(self, values, formula):
        left, right = _sides(self.left, formula, values)
        error = _aligned(evaluate(self.error, values), left)
        with np.errstate(all="ignore"):
            score = np.abs(left - right) / error
        return _worst(score - self.z, np.full(left.shape, np.nan), left, right)


@dataclass(frozen=True)
class Slope:
    """The least-squares slope of log y (R, K) against log x (R, K) is `right` to tol. NaN where a logarithm does not exist."""

    y: Any
    x: Any
    right: Any
    tol: float
    because: str

    grade = "numeric"
    bound = False

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.y, self.x, self.right)

    def text(self):
        return f"{text(self.y)} ~ {text(self.x)}^({text(self.right)})"

    def outcome(self, values, formula):
        y, x = _sides(self.y, self.x, values)
        with np.errstate(all="ignore"):
            log_x, log_y = np.log(x), np.log(y)
            centred = log_x - log_x.mean(-1, keepdims=True)
            left = (centred * log_y).sum(-1) / (centred**2).sum(-1)
        right = np.broadcast_to(evaluate(formula, values), left.shape)
        return Outcome(np.abs(left - right) - self.tol, np.full(left.shape, np.nan), left, right)


@dataclass(frozen=True)
class Threshold:
    """`stays` (a measured truth value) iff parameter < at. Measured on both sides, at (1 -+ margin); no tightness.

    The parameter is an argument of the measurement that is not drawn: the machinery sets it.
    """

    parameter: Any
    at: Any
    stays: Any
    margin: float
    because: str

    grade = "numeric"
    bound = False

    @property
    def formula(self):
        return self.at

    def symbols(self):
        return names_in(self.parameter, self.at, self.stays)

    def text(self):
        return f"{text(self.stays)} iff {text(self.parameter)} < {text(self.at)}"

    def outcome(self, values, formula):
        """values: those below under their names, those above under name + " above"; gap 1 on the first side that is wrong."""
        below = evaluate(self.stays, values)
        above = evaluate(self.stays, {**values, str(self.stays): values[f"{self.stays} above"]})
        wrong = ~(below.astype(bool) & ~above.astype(bool))
        return Outcome(np.where(wrong, 1.0, 0.0), np.full(len(wrong), np.nan), below.astype(float), above.astype(float))


@dataclass(frozen=True)
class Refuted:
    """The relation, in the cited words, is false: some instance violates it, by more than `by` of its own gap."""

    relation: Any
    by: float = 0.0

    bound = False

    @property
    def grade(self):
        return "numeric"

    @property
    def because(self):
        return self.relation.because

    @property
    def formula(self):
        return self.relation.formula

    def symbols(self):
        return self.relation.symbols()

    def text(self):
        return f"NOT always {self.relation.text()}"

    def outcome(self, values, formula):
        """gap -violation: the best instance is the witness, the others may satisfy the relation."""
        inner = self.relation.outcome(values, formula)
        return inner._replace(gap=self.by - inner.gap)


def equal(left, right, *, rtol: float = 0.0, atol: float = 0.0, because: str) -> Equal:
    """left = right up to a tolerance, whose reason is printed with it."""
    return Equal(left, right, rtol, atol, because)


def at_most(left, right, *, slack: float = 1e-12, because: str = "rounding") -> AtMost:
    """left <= right."""
    return AtMost(left, right, slack, because)


def at_least(left, right, *, slack: float = 1e-12, because: str = "rounding") -> AtLeast:
    """left >= right."""
    return AtLeast(left, right, slack, because)


def within(left, right, error, *, z: float = 5.0) -> Within:
    """left, a mean with this standard error, estimates right."""
    return Within(left, right, error, z)


def slope(y, x, exponent, *, tol: float, because: str) -> Slope:
    """y grows like x^exponent; y and x measured, (R, K)."""
    return Slope(y, x, sympy.sympify(exponent), tol, because)


def threshold(parameter, at, stays, *, margin: float = 1e-3, because: str) -> Threshold:
    """stays iff parameter < at."""
    return Threshold(parameter, at, stays, margin, because)


def refuted(relation, *, by: float = 0.0) -> Refuted:
    """A statement that is false, and an instance that shows it."""
    return Refuted(relation, by)


def _sides(left, right, values):
    left, right = evaluate(left, values), evaluate(right, values)
    axes = max(left.ndim, right.ndim, 1)
    left, right = (x.reshape(x.shape + (1,) * (axes - x.ndim)) if x.ndim else x for x in (left, right))
    return tuple(x.astype(float) for x in np.broadcast_arrays(left, right, np.empty(_rows(values) + (1,) * (axes - 1)))[:2])


def _exact_outcome(left, right, values) -> Outcome:
    """Differences of SymPy numbers; whatever is not rational differs."""
    constants = {s: sympy.nsimplify(values[str(s)]) for s in sympy.sympify(right).free_symbols if str(s) in values and s.is_Dummy}
    pairs = list(zip(exactly(left, values), exactly(sympy.sympify(right).xreplace(constants), values), strict=False))
    gap = np.array([0.0 if a == b else float(abs(a - b)) for a, b in pairs])
    sides = [np.array([float(pair[k]) for pair in pairs]) for k in (0, 1)]
    return Outcome(gap, np.full(len(gap), np.nan), *sides)


def _rows(values) -> tuple[int, ...]:
    """(R,), of any array over instances; () cannot occur, a space is not empty."""
    return next((np.shape(x)[:1] for x in values.values() if isinstance(x, np.ndarray) and x.ndim), (1,))


def _aligned(x, like):
    return x.reshape(x.shape + (1,) * (like.ndim - x.ndim)) if x.ndim else x


def _vacuous(right):
    """A bound that is not positive, or infinite, says nothing. NaN is no vacuous bound: it fails."""
    return (right <= 0) | np.isposinf(right)


def _worst(gap, used, left, right) -> Outcome:
    """Per instance, the place of the largest gap; NaN is larger than everything."""
    shape = (len(gap), -1)
    flat = gap.reshape(shape)
    place = np.where(np.isnan(flat), np.inf, flat).argmax(-1)[:, None]
    return Outcome(*(np.take_along_axis(x.reshape(shape), place, 1)[:, 0] for x in (gap, used, left, right)))

"""Controls made from the formula: every constant off by 2 %, every exponent by 0.05, must make some
instance fail.

What is measured stays as it is, the formula moves. A constant that is not noticed at 2 % is moved
further, until it is, and the place is then halved: the verdict tells how far it could move, "not
sharp", and where the part fails. A part none of whose constants is ever noticed could not have
failed, and is rejected by the judge.

An equality must notice a constant that is too large and one that is too small; a bound can only
notice one of them, as moving it the other way weakens it. The last constant of every formula
multiplies the whole, so that a formula without numbers has a control, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy

from lab.claims.formulas import Constant, with_constants
from lab.claims.proofs import Decision
from lab.claims.statements import Outcome
from lab.claims.verdicts import Control

# how far a constant is moved until it is noticed: the first entry is what a sharp statement must
# notice
FACTORS = (0.02, 0.05, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999)
RAISED = (*FACTORS, 3.0, 9.0, 99.0, 999.0)
# of a constant that nothing notices
ANYTHING = "anything"
EXPONENTS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


def measured(
    relation, formula, outcomes: Callable[[Any, Mapping[str, float]], Iterable[Outcome]]
) -> tuple[Control, ...]:
    """The controls of a relation that is measured: outcomes(formula, constants), of one trial after
    the other, formula without abbreviations. One per constant, in the order in which they are
    printed.

    A moved formula that raises, divides by zero or gives NaN has not been shown wrong. With some
    tens of constants this is some hundred evaluations of formulas, but no new measurement except
    for a threshold, which decides where to measure.
    """
    formula, constants = with_constants(formula, relation.kind)
    base = {str(c.symbol): float(c.value) for c in constants}

    def fails(moved: Mapping[str, Any]) -> bool:
        values = base | {k: float(x) for k, x in moved.items()}
        try:
            # the first trial that notices is enough
            return any(violated(o).any() for o in outcomes(formula, values))
        except (ValueError, TypeError, ArithmeticError):
            # a formula that refuses the moved constant has not been shown wrong by it
            return False

    both = not relation.bound
    return tuple(_control(c, fails, both) for c in constants)


def decided(relation) -> tuple[Control, ...]:
    """The controls of a relation that is proved: the proof of the moved formula must fail. Not to
    be decided is no failure."""
    formula, constants = with_constants(relation.formula)
    base = {c.symbol: c.value for c in constants}
    by_name = {str(c.symbol): c.symbol for c in constants}

    def fails(moved: Mapping[str, Any]) -> bool:
        replaced = base | {by_name[k]: x for k, x in moved.items()}
        trial = formula.xreplace(replaced)
        if trial.has(sympy.zoo, sympy.nan, sympy.oo):
            # moved to a division by 0, the formula says nothing that could be wrong
            return False
        found: Decision = relation.decide(trial)
        return found.true is False

    both = not getattr(getattr(relation, "relation", None), "bound", False)
    return tuple(_control(c, fails, both) for c in constants)


def violated(o: Outcome) -> np.ndarray:
    """Where a relation fails with a number to show for it: a NaN, or an infinite bound, shows
    nothing."""
    with np.errstate(invalid="ignore"):
        return (o.gap > 0) & ~np.isnan(o.left) & np.isfinite(o.right)


class Reach(NamedTuple):
    """How far a constant can go one way, in the steps of `Constant.moved`: the last step that
    nothing notices, 0 for none, and a step that is noticed, None without one."""

    unnoticed: float
    noticed: float | None


def _control(
    c: Constant,
    fails: Callable[[Mapping[str, Any]], bool],
    both: bool,
) -> Control:
    """Both ways, one step; further where that is not noticed. both: an equality, which must notice
    a constant that is too large and one that is too small; a bound, one of them."""

    def seen(by):
        return fails({str(c.symbol): c.moved(by)})

    up, down = (EXPONENTS, EXPONENTS) if c.kind == "exponent" else (RAISED, FACTORS)
    up_noticed, down_noticed = seen(up[0]), seen(-down[0])
    if (up_noticed and down_noticed) if both else (up_noticed or down_noticed):
        return Control(c.place, True)
    free = [] if up_noticed else [_reach(c, seen, up)]
    free += [] if down_noticed else [_reach(c, seen, tuple(-x for x in down))]
    met = [f.noticed for f in free if f.noticed is not None]
    # of an equality one way may be noticed at once
    met += [up[0]] if up_noticed else []
    met += [-down[0]] if down_noticed else []
    if not met:
        return Control(c.place, False, ANYTHING)
    # a bound is loose in one direction; in the other, moving it only weakens it
    ends = [f.unnoticed for f in free if f.noticed is not None or both]
    return Control(c.place, False, _told(c, ends, " to "), _told(c, met, " and "))


def _told(c: Constant, steps, between: str) -> str:
    """Where such steps move the constant to, as printed: "1.02 to 0.98", "1.035 and 0.965"."""
    return between.join(f"{float(c.moved(by)):.4g}" for by in steps)


def _reach(c: Constant, seen: Callable[[float], bool], steps) -> Reach:
    """The first of the steps that is noticed, and the last before it that is not; then the place
    between them, as closely as a sharp statement would know it."""
    last = 0.0
    for step in steps:
        if seen(step):
            return _halved(c, seen, last, step)
        last = step
    return Reach(last, None)


def _halved(
    c: Constant,
    seen: Callable[[float], bool],
    last: float,
    noticed: float,
) -> Reach:
    """The same, with the two steps no further apart than the first entry of the table."""
    exponent = c.kind == "exponent"

    def close():
        # 0.05 of an exponent; 2 % of the value that a factor has been moved to
        return EXPONENTS[0] if exponent else FACTORS[0] * abs(1 + last)

    while abs(noticed - last) > close():
        # six digits are exact enough for the halves, and short enough for a formula
        middle = round((last + noticed) / 2, 6)
        if seen(middle):
            noticed = middle
        else:
            last = middle
    return Reach(last, noticed)

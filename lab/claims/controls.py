"""Controls made from the formula: every constant off by 2 %, every exponent by 0.05, must make
some instance fail.

What is measured stays as it is, the formula moves. A constant that is not noticed at 2 % is moved
further, until it is: the verdict tells how far it could move, "not sharp". A part none of whose
constants is ever noticed could not have failed, and is rejected by the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy

from lab.claims.formulas import Constant, with_constants
from lab.claims.proofs import Decision
from lab.claims.statements import Outcome
from lab.claims.verdicts import Control

# how far a constant is moved until it is noticed: the first entry is what a sharp statement must
# notice
FACTORS = (0.02, 0.05, 0.1, 0.25, 0.5, 0.9)
RAISED = (*FACTORS, 3.0, 9.0, 99.0, 999.0)
# of a constant that nothing notices
ANYTHING = "anything"
EXPONENTS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


def measured(
    relation, formula, outcome: Callable[[Any, Mapping[str, float]], Outcome]
) -> tuple[Control, ...]:
    """The controls of a relation that is measured: outcome(formula, constants) -> Outcome, formula
    without abbreviations.

    A moved formula that raises, divides by zero or gives NaN has not been shown wrong.
    """
    formula, constants = with_constants(formula)
    base = {str(c.symbol): float(c.value) for c in constants}

    def fails(moved: Mapping[str, Any]) -> bool:
        try:
            return bool(
                violated(outcome(formula, base | {k: float(x) for k, x in moved.items()})).any()
            )
        except (ValueError, TypeError, ArithmeticError):
            # a formula that refuses the moved constant has not been shown wrong by it
            return False

    both = not relation.bound
    return tuple(_control(c, fails, both) for c in constants)


def decided(relation) -> tuple[Control, ...]:
    """The controls of a relation that is proved: the proof of the moved formula must fail."""
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


def _control(c: Constant, fails: Callable[[Mapping[str, Any]], bool], both: bool) -> Control:
    """both: an equality, which must notice a constant that is too large and one that is too small;
    a bound, one of them."""
    name = str(c.symbol)
    steps = EXPONENTS if c.kind == "exponent" else RAISED
    down = EXPONENTS if c.kind == "exponent" else FACTORS
    up_noticed = fails({name: c.moved(steps[0])})
    down_noticed = fails({name: c.moved(-down[0])})
    if (up_noticed and down_noticed) if both else (up_noticed or down_noticed):
        return Control(c.place, True)
    free = [] if up_noticed else [_last_unnoticed(c, fails, steps, 1)]
    free += [] if down_noticed else [_last_unnoticed(c, fails, down, -1)]
    if not (up_noticed or down_noticed or any(found for _, found in free)):
        return Control(c.place, False, ANYTHING)
    # a bound is loose in one direction; in the other, moving it only weakens it
    ends = [f"{x:.4g}" for x, found in free if found or both]
    return Control(c.place, False, " to ".join(ends))


def _last_unnoticed(c, fails, steps, sign):
    """The furthest of the steps that is not noticed, and whether the next one is."""
    last = float(c.value)
    for step in steps:
        if fails({str(c.symbol): c.moved(sign * step)}):
            return last, True
        last = float(c.moved(sign * step))
    return last, False

"""Relations that are decided, not measured: identities of formulas.

Rational ones are cancelled, which is a proof. Others are compared at random rational points, where
two analytic functions that differ agree with probability 0; that is evidence beyond doubt, not a
proof, and the detail says which of the two it was.

An identity holds where both sides are defined, over the reals: a claim that says where a formula is
used, 0 < beta < 1 say, gets no more than its algebra from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sympy

from lab.claims.formulas import names_in, text

# an irrational difference below this share of the right side, computed to 60 digits, is zero: the
# formulas have some dozen operations
ZERO = sympy.Rational(1, 10**40)
# digits at most, of which an intermediate difference may lose 140: 1 - sig(x) at x = 30 loses 13
WORKING = 200


class Decision(NamedTuple):
    """What came of it: true, false, or None when it could not be run; in words; and the grade it
    earns."""

    true: bool | None
    detail: str
    grade: str


@dataclass(frozen=True)
class Identity:
    """left = right wherever both are defined; symbols are of either sign unless `positive` names
    them."""

    left: Any
    right: Any
    positive: tuple[Any, ...] = ()

    because = "decided exactly"

    @property
    def formula(self):
        return self.right

    def symbols(self):
        return names_in(self.left, self.right)

    def text(self):
        return f"{text(self.left)} = {text(self.right)}  identically"

    def decide(self, right, points: int = 20) -> Decision:
        """Exactly at random rational points, where a false identity fails at once; one that passes
        is cancelled if it is rational. A point where a side is not defined decides nothing."""
        difference = sympy.sympify(self.left) - sympy.sympify(right)
        defined = 0
        for values in self._points(difference, points):
            value = difference.xreplace(values).doit()
            if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
                continue
            defined += 1
            if value != 0 and (value.is_Rational or _differs(value, right, values)):
                return Decision(False, f"differs by {sympy.N(value, 6)} at {values}", "symbolic")
        if difference.is_rational_function() and sympy.cancel(difference) == 0:
            return Decision(True, "cancels to 0", "symbolic")
        if 2 * defined < points:
            return Decision(False, f"defined at {defined} of {points} points", "symbolic")
        return Decision(True, f"exact at {defined} random rational points", "symbolic")

    def _points(self, difference, count):
        """Values of all free symbols at `count` random points, the same for every call: what is
        decided once stays decided."""
        rng = np.random.default_rng(0)
        names = sorted(difference.free_symbols, key=str)
        for _ in range(count):
            yield {s: _admissible(s, s in self.positive, rng) for s in names}


def _differs(value, right, values) -> bool:
    """Whether an irrational difference, to 60 digits of its terms, is more than their rounding."""
    size = abs(sympy.N(sympy.sympify(right).xreplace(values), 20))
    # what underflows has no digits to compare
    large = size.is_comparable and size > 1
    return bool(abs(sympy.N(value, 60, maxn=WORKING)) > ZERO * (size if large else 1))


def _admissible(symbol, positive, rng):
    """A random rational number with the properties that the symbol was declared to have.

    ValueError for declarations that no rational number meets.
    """
    # the scarcest declarations, such as "prime and even", are met by one integer of a hundred
    for _ in range(10_000):
        value = _rational(rng)
        facts = symbol.assumptions0.items()
        met = all(getattr(value, f"is_{fact}") == truth for fact, truth in facts)
        if met and (value > 0 or not positive):
            return value
    declared = ", ".join(f"{fact}={truth}" for fact, truth in symbol.assumptions0.items())
    raise ValueError(
        f"identity: no rational number found for the symbol {symbol}, declared {declared}"
    )


def _rational(rng):
    """0, an integer up to 30 in size (it may be an exponent), or a fraction of size up to 30,
    whose exponential still has digits; either sign."""
    kind = rng.choice(["zero", "integer", "fraction"], p=[0.1, 0.2, 0.7])
    if kind == "zero":
        return sympy.Integer(0)
    sign = int(rng.choice([-1, 1]))
    if kind == "integer":
        return sympy.Integer(sign * int(rng.integers(1, 31)))
    above, below = (int(10**x) for x in rng.uniform(0, 6, 2))
    exact = sympy.Rational(sign * above, below)
    return exact if abs(exact) <= 30 else 1 / exact


def identity(left, right, *, positive: tuple[Any, ...] = ()) -> Identity:
    """left = right as formulas.

    For the algebra behind a claim: the proof in its docstring, decided. positive: symbols that are
    only drawn positive, where roots and logarithms need it; say why in the claim.
    """
    return Identity(left, right, positive)

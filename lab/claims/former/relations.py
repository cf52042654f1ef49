"""What a claim may say: the relations. Each returns a Check, whose gap <= 0 means that it holds; NaN never does."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Check:
    """gap <= 0: holds. detail: what was measured. tightness: measured / bound at the worst instance. witness: that instance.

    kind: "holds", "search" (not refuted within a budget) or "refuted" (a claim of the literature is false; the witness shows it).
    """

    gap: float
    detail: str
    tightness: float | None = None
    witness: str = ""
    kind: str = "holds"

    @property
    def holds(self) -> bool:
        return bool(self.gap <= 0)


class OutsideAssumptionsError(Exception):
    """Raised by a claim whose instance does not satisfy what the claim assumes; the message says which hypothesis fails."""


def assume(condition: bool, hypothesis: str) -> None:
    """Stop with OutsideAssumptionsError unless the hypothesis holds for this instance."""
    if not condition:
        raise OutsideAssumptionsError(hypothesis)


def equal(measured, expected, *, rtol: float = 0.0, atol: float = 0.0, what: str = "") -> Check:
    """|measured - expected| <= atol + rtol |expected|, everywhere."""
    measured, expected = np.broadcast_arrays(np.asarray(measured, dtype=float), np.asarray(expected, dtype=float))
    with np.errstate(invalid="ignore"):
        excess = np.abs(measured - expected) - atol - rtol * np.abs(expected)
    worst = np.unravel_index(np.argmax(np.where(np.isnan(excess), np.inf, excess)), excess.shape)
    with np.errstate(invalid="ignore"):
        off, allowed = abs(measured[worst] - expected[worst]), atol + rtol * abs(expected[worst])
    detail = f"{what or 'value'} {measured[worst]:.6g}, expected {expected[worst]:.6g} (off by {off:.1g}, allowed {allowed:.1g})"
    return Check(float(excess[worst]), detail)


def at_most(measured, bound, *, slack: float = 1e-12, what: str = "", witness: str = "") -> Check:
    """measured <= bound (1 + slack) everywhere, bound > 0. Reports tightness max measured / bound; slack is rounding, not room."""
    measured, bound = np.broadcast_arrays(np.asarray(measured, dtype=float), np.asarray(bound, dtype=float))
    if (bound <= 0).any():
        raise OutsideAssumptionsError("the bound is vacuous here: it is not positive")
    ratio = measured / bound
    worst = np.unravel_index(np.argmax(np.where(np.isnan(ratio), np.inf, ratio)), ratio.shape)
    detail = f"{what or 'value'} {measured[worst]:.6g} <= {bound[worst]:.6g} in {ratio.size} instances"
    return Check(float(ratio[worst]) - 1 - slack, detail, tightness=float(ratio[worst]), witness=witness)


def at_least(measured, bound, *, slack: float = 1e-12, what: str = "", witness: str = "") -> Check:
    """measured >= bound > 0, everywhere. Tightness max bound / measured, inf where measured <= 0."""
    measured, bound = np.broadcast_arrays(np.asarray(measured, dtype=float), np.asarray(bound, dtype=float))
    if (bound <= 0).any():
        raise OutsideAssumptionsError("the bound is vacuous here: it is not positive")
    ratio = np.where(measured > 0, bound / np.where(measured > 0, measured, 1.0), np.inf)
    worst = np.unravel_index(np.argmax(np.where(np.isnan(ratio), np.inf, ratio)), ratio.shape)
    detail = f"{what or 'value'} {measured[worst]:.6g} >= {bound[worst]:.6g} in {ratio.size} instances"
    return Check(float(ratio[worst]) - 1 - slack, detail, tightness=float(ratio[worst]), witness=witness)


def within(estimate, expected, error, *, z: float = 5.0, what: str = "") -> Check:
    """|estimate - expected| <= z standard errors, everywhere: a statistical check against an exact value."""
    with np.errstate(invalid="ignore", divide="ignore"):
        score = np.abs(np.asarray(estimate) - expected) / np.asarray(error)
    worst = float(np.max(np.where(np.isnan(score), np.inf, score)))
    return Check(worst - z, f"{what or 'estimate'}: largest z {worst:.2f} of {np.size(score)} (limit {z:g})")


def slope(x, y, expected: float, *, tol: float, what: str = "") -> Check:
    """The least-squares slope of log y against log x is `expected` to tol; fails where a logarithm does not exist."""
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not ((x > 0) & (y > 0) & np.isfinite(x) & np.isfinite(y)).all():
        return Check(np.nan, f"{what or 'log-log slope'}: there are values that are not positive and finite")
    measured = float(np.polyfit(np.log(x), np.log(y), 1)[0])
    return Check(abs(measured - expected) - tol, f"{what or 'log-log slope'} {measured:.4f}, expected {expected:.4f} +- {tol:g}")


def identity(left, right, *, points: int = 20, seed: int = 0, what: str = "") -> Check:
    """left = right as SymPy expressions: exact evaluation at random rational points, irrational values to 40 digits.

    The points are of either sign, below and above 1, integers among them, and 0; a symbol's assumptions (positive, nonzero, integer, ...)
    restrict them. A symbol declared positive is never tried elsewhere, so an undeclared one must hold everywhere on the real line. A
    point where a side is not defined fails. The detail says whether SymPy's simplification proves it, too. ValueError for a symbol whose
    assumptions no rational number satisfies.
    """
    import sympy

    difference = sympy.sympify(left) - sympy.sympify(right)
    symbols = sorted(difference.free_symbols, key=str)
    rng = np.random.default_rng(seed)
    for _ in range(points):
        values = {s: _admissible(s, rng) for s in symbols}
        value = difference.xreplace(values).doit()
        if value.has(sympy.nan, sympy.zoo, sympy.oo, -sympy.oo):
            return Check(np.nan, f"{what or 'identity'} is not defined at {values}")
        if value != 0 and (value.is_Rational or abs(sympy.N(value, 60)) > sympy.Rational(1, 10**40)):
            return Check(1.0, f"{what or 'identity'} fails: difference {sympy.N(value, 6)} at {values}")
    proof = "simplifies to 0, " if sympy.simplify(difference) == 0 else ""
    return Check(0.0, f"{what or 'identity'} {proof}exact at {points} random rational points")


def _admissible(symbol, rng):
    """A random rational number with the properties that the symbol was declared to have."""
    # the scarcest declarations, such as "prime and even", are met by one integer of a hundred
    for _ in range(10_000):
        value = _rational(rng)
        if all(getattr(value, f"is_{fact}") == truth for fact, truth in symbol.assumptions0.items()):
            return value
    declared = ", ".join(f"{fact}={truth}" for fact, truth in symbol.assumptions0.items())
    raise ValueError(f"identity: no rational number found for the symbol {symbol}, declared {declared}")


def _rational(rng):
    """0, an integer up to 100 in size (it may be an exponent), or a fraction between 1e-6 and 1e6; either sign."""
    import sympy

    kind = rng.choice(["zero", "integer", "fraction"], p=[0.1, 0.2, 0.7])
    if kind == "zero":
        return sympy.Integer(0)
    sign = int(rng.choice([-1, 1]))
    if kind == "integer":
        return sympy.Integer(sign * int(rng.integers(1, 101)))
    above, below = (int(10**x) for x in rng.uniform(0, 6, 2))
    return sympy.Rational(sign * above, below)


def refuted(violation: float, *, detail: str, witness: str) -> Check:
    """The literature's statement is false: it is violated by `violation` > 0 at the witness. Holds when the violation is real."""
    gap = -float(violation) if violation > 0 else 1.0
    return Check(gap, detail, witness=witness, kind="refuted")


def searched(check: Check, budget: str) -> Check:
    """The same check, found by a search that could have refuted it; budget says how hard it tried."""
    return replace(check, detail=f"{check.detail}; searched {budget}", kind="search" if check.kind == "holds" else check.kind)


def every(*checks: Check) -> Check:
    """All checks hold: the gap of the worst, the details of all, the tightness and witness of the tightest."""
    worst = max(checks, key=lambda c: np.inf if np.isnan(c.gap) else c.gap)
    tight = max((c for c in checks if c.tightness is not None), key=lambda c: c.tightness or 0.0, default=None)
    kinds = {c.kind for c in checks}
    kind = next(k for k in ("refuted", "search", "holds") if k in kinds)
    witness = next((c.witness for c in checks if c.kind == "refuted"), tight.witness if tight else "")
    return Check(worst.gap, "; ".join(c.detail for c in checks), tight.tightness if tight else None, witness, kind)

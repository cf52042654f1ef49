"""A second look at an instance that seems to refute a claim, and a version of it that prints well.

Every claim has a second look, the first of these that applies:

- its second formula (`Claim.second`), given 50-digit numbers of mpmath: decides by itself;
- two other seeds, where the measurement draws: a violation by chance does not return;
- both neighbours, three units in the last place away: a violation by rounding is gone there.

The last two make a refutation believable and do not prove it; the words say which was taken. Parts
that are proved (identities, enclosures, fractions) need none: they are not searched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath
import numpy as np

from lab.claims.declaration import Claim
from lab.claims.formulas import in_digits
from lab.claims.laws import Within
from lab.claims.measuring import Trial, allowed, outcome, run
from lab.claims.statements import AtLeast, AtMost, Equal


def confirm(
    c: Claim,
    relation,
    instance: Mapping[str, Any],
    seed: int,
) -> str:
    """ "confirmed ..." how, or why a violation is not believed.

    relation: a part of the claim that is measured. instance: values by name, without the instance
    axis. seed: the one that the violation was measured with. A threshold or a slope has no sides to
    compare in 50 digits, and takes the second or third way. What the measurement raises is raised.
    """
    if c.again is not None and isinstance(relation, (Equal, AtMost, AtLeast)):
        return _confirmed_again(c, c.again, relation, instance)
    if isinstance(relation, Within) or "seed" in c.arguments:
        # any others: neighbouring seeds are as independent, but may be those of other rounds
        seeds = [seed + 101, seed + 202]
        fails = [gap(c, relation, instance, other) > 0 for other in seeds]
        return (
            "confirmed with two other seeds"
            if all(fails)
            else "a matter of chance: another seed does not show it"
        )
    # three units: one is lost in the first operation of a measurement
    fails = [gap(c, relation, _nudged(instance, k), seed) > 0 for k in (-3, 3)]
    return (
        "confirmed at neighbouring instances"
        if all(fails)
        else "rounding: gone at a neighbouring instance"
    )


def _confirmed_again(c: Claim, again: Callable, relation, instance) -> str:
    """By the second formula: in 50 digits, if it computes with what it is given. Strings, integers
    and arrays are passed as they are; an equality still has its tolerance, which may stand for
    truncation, a bound loses its slack.
    """
    # far beyond any cancellation of a formula that is right in sixteen
    with mpmath.workdps(50):
        exact = {k: _in_mpmath(x) for k, x in instance.items()}
        arguments = {k: exact[k] for k in c.arguments}
        measured = {getattr(k, "name", k): x for k, x in again(**arguments).items()}
        values = exact | measured
        left, right = in_digits(relation.left, values), in_digits(relation.right, values)
        digits = all(isinstance(x, mpmath.mpf) for x in measured.values())
        how = "in 50 digits" if digits else "by a second formula"
        sides = f"{mpmath.nstr(left, 8)} against {mpmath.nstr(right, 8)}"
        # a bound's own slack is for rounding, which is what is being excluded here
        wrong = {
            AtMost: lambda: left > right,
            AtLeast: lambda: left < right,
            Equal: lambda: abs(left - right) > relation.atol + relation.rtol * abs(right),
        }[type(relation)]()
    return f"confirmed {how}: {sides}" if wrong else f"rounding: {how} {sides}"


def _in_mpmath(x):
    """A floating-point number in the working precision; integers, names and arrays as they are."""
    if np.ndim(x) or isinstance(x, (int, str)):
        return x
    return mpmath.mpf(float(x))


def gap(c, relation, instance, seed) -> float:
    """The relation's gap at one instance; 1 and -1 where it is infinite: positive where it is
    violated. A NaN counts as -1, no violation to show."""
    batch = c.over.alone(instance)
    found = [Trial(batch, run(c, batch, seed))]
    gap = outcome(c, relation, relation.formula, found, seed).gap[0]
    return float(gap) if np.isfinite(gap) else (1.0 if gap > 0 else -1.0)


def _nudged(instance, ulps: int) -> dict[str, Any]:
    """All floating-point entries moved by some units in the last place; matrices stay symmetric."""
    factor = 1 + ulps * np.finfo(float).eps
    floating = {k for k, x in instance.items() if np.asarray(x).dtype.kind == "f"}
    return {k: x * factor if k in floating else x for k, x in instance.items()}


def minimise(
    c: Claim,
    relation,
    instance: Mapping[str, Any],
    seed: int,
) -> dict[str, Any]:
    """A refuting instance that prints well: numbers rounded to as few digits, and integers as
    small, as still refute.

    Symbol by symbol, in the order in which they are drawn, the first simpler value of the piece
    with which the instance is in the space, inside every hypothesis, and still confirmed as a
    violation. Arrays, dimensions and abbreviations stay; the latter are computed again. The result
    refutes the claim by itself: nothing is lost if the search is forgotten.
    """
    best = dict(instance)
    for name, piece in c.over.pieces.items():
        if np.ndim(best[name]) or piece.largest is not None or piece.formula is not None:
            continue
        # the simplest first: what it leads to is kept, and the next symbol is looked at
        for simple in piece.simpler(best[name]):
            trial = _completed(c, best | {name: simple})
            if piece.contains(simple) and allowed(c, trial) and _still(c, relation, trial, seed):
                best = trial
                break
    return best


def _completed(c, instance) -> dict[str, Any]:
    """The abbreviations computed again."""
    values = c.over.alone(instance).values
    for name in c.over.abbreviations:
        values[name] = c.over.pieces[name].at(np.zeros((1, 0)), values)
    return {k: x if k in c.over.grouped else np.asarray(x)[0] for k, x in values.items()}


def _still(c, relation, instance, seed) -> bool:
    """Whether it violates the relation, confirmed. A simpler instance that the measurement refuses
    is none."""
    try:
        if gap(c, relation, instance, seed) <= 0:
            return False
        return confirm(c, relation, instance, seed).startswith("confirmed")
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return False

"""Judging a claim: its parts on instances inside the hypotheses, their controls, and what happens
just outside.

A claim holds when every part does, on every instance, and every part has a control that fails: a
part that could not have failed is rejected. What the verdict tells - grade, tightness, worst
instance, witnesses - is found here and nowhere typed.

The order is: draw inside and outside, measure inside once, ask every relation for its gap, move its
constants, and measure outside each hypothesis alone. Seeds enter by `draw` and by measurements that
take one.

No part of a verdict depends on another claim, on the time of day, or on what was judged before: a
claim with a seed has one verdict on one machine, but for its seconds. Last digits of another
machine may move a worst instance, but not what holds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from lab.claims import controls
from lab.claims.declaration import Claim
from lab.claims.enclosures import Enclosed
from lab.claims.laws import Refuted
from lab.claims.measuring import Trial, draw, instance, outcome, outcomes, remember, trials
from lab.claims.necessity import necessity, sides_told
from lab.claims.proofs import Identity
from lab.claims.statements import Equal, Outcome
from lab.claims.verdicts import GRADES, Part, Verdict, failed, told, weakest

# a bound used to more than this is called tight
TIGHT = 0.999
# of each hypothesis, this many instances outside it are measured
OUTSIDE = 12
IDLE = "rejected: no control fails, so it could not have failed"


def judge(c: Claim, *, seed: int = 0, instances: int | None = None) -> Verdict:
    """The verdict on `instances` instances of the space (the claim's own number unless given).

    The same seed gives the same verdict. What the measurement raises is an error verdict, which
    holds nothing; so is a space without an instance inside the hypotheses. No search for
    counter-examples: that is `lab.claims.search.falsify`.
    """
    start = time.perf_counter()
    try:
        verdict = _judged(c, seed, instances or c.instances, start)
    except Exception as problem:
        # one line, also of an exception that says nothing
        words = " ".join(str(problem).split()) or type(problem).__name__
        return failed(
            c.id, f"error: {type(problem).__name__}: {words}", time.perf_counter() - start
        )
    return verdict


def _judged(c: Claim, seed: int, count: int, start: float) -> Verdict:
    """The verdict, or an exception of the measurement."""
    drawn = draw(c, seed, count, min(OUTSIDE, count))
    if not len(drawn.inside):
        return failed(c.id, "outside its assumptions: no instance of the space satisfies them all")
    found = trials(c, drawn.inside, seed) if _measured(c) else []
    parts = tuple(_part(c, name, relation, found, seed) for name, relation in c.says.items())
    hypotheses = tuple(necessity(c, k, drawn, seed) for k in range(len(c.assuming)))
    holds = all(p.holds for p in parts)
    seconds = time.perf_counter() - start
    words = summary(c, parts)
    grade = weakest(p.grade for p in parts) if holds else "none"
    return Verdict(
        c.id,
        holds,
        words,
        grade,
        parts,
        hypotheses,
        seconds,
        c.statement(),
        c.proof,
        str(c.cites),
        c.code,
    )


def _measured(c: Claim) -> bool:
    """Whether some part needs the measurement: identities and enclosures do not.

    Claims of identities and enclosures alone have a measuring function all the same, for its
    docstring, which is the proof: it is not called to judge them.
    """
    return any(not isinstance(r, (Identity, Enclosed)) for r in c.says.values())


def _part(c: Claim, name: str, relation, found: list[Trial], seed: int) -> Part:
    """One part judged: proved, refuted, or measured with its controls. A bound that is vacuous on
    every instance says nothing about any, and fails.

    Constants are moved in the expanded formula, abbreviations of `over` written out, so that a
    number inside a `let` is moved too. A part that fails gets no controls: they would tell nothing.
    """
    if isinstance(relation, (Identity, Enclosed)):
        return _proved(name, relation)
    formula = c.expanded(relation.formula)
    # controls ask some hundred times
    found = remember(relation, formula, found)

    def at(formula, constants: Mapping[str, float]) -> Iterator[Outcome]:
        return outcomes(c, relation, formula, found, seed, constants=constants)

    result = outcome(c, relation, formula, found, seed)
    if np.isneginf(result.gap).all():
        return _bad(
            name, relation, "outside its assumptions: the bound is vacuous on all instances"
        )
    if isinstance(relation, Refuted):
        return _refuted_part(c, name, relation, found, result)

    held = _held(c, name, relation, found, result)
    if not held.holds:
        return held
    checks = controls.measured(relation, formula, at)
    if not any(k.fails for k in checks):
        return replace(held, holds=False, words=IDLE, grade=GRADES[-1])
    return replace(held, controls=checks)


def _held(c, name, relation, found, result) -> Part:
    """The part before its controls: at the instance that is closest to failing, or fails. A NaN is
    the worst of all. Tightness is the most that any instance uses of the bound.

    The gap is what the left side is beyond the right one and the tolerance: <= 0 holds. used is the
    share of a bound that a measurement takes, 1 where it is attained.
    """
    # a vacuous bound holds, and counts for nothing
    counted = ~np.isneginf(result.gap)
    row = int(np.where(np.isnan(result.gap), np.inf, result.gap).argmax())
    worst = instance(c, found, row)
    detail = sides_told(relation, result, row)
    if not result.gap[row] <= 0:
        wrong = "FAILS" if result.gap[row] > 0 else "is not a number"
        return _bad(name, relation, f"{wrong} at {told(worst)}", detail, worst)
    tightness = float(result.used[counted].max()) if relation.bound else None
    return Part(
        name,
        relation.text(),
        True,
        words=_words(tightness, int(counted.sum()), worst),
        grade=earned(relation, found),
        detail=detail,
        because=relation.because,
        tightness=tightness,
        worst=worst,
    )


def _proved(name, relation) -> Part:
    """A part that is decided as a formula, with controls that must be decided to be false; not run,
    without the extra that it needs, is no failure.

    decide gives true, false, or None for what was not decided: that is a missing extra, and the
    grade says so.
    """
    found = relation.decide(relation.formula)
    if found.true is False:
        return _bad(name, relation, f"FAILS: {found.detail}", found.detail)
    words = "holds" if found.true else found.detail
    part = Part(name, relation.text(), True, words, found.grade, found.detail, relation.because)
    if found.true is None:
        return part
    checks = controls.decided(relation)
    if not any(k.noticed for k in checks):
        return replace(part, holds=False, words=IDLE, grade=GRADES[-1])
    return replace(part, controls=checks)


def _refuted_part(c, name, relation, found, result) -> Part:
    """The statement is false: the instance that violates it most. Its control tells how many
    instances do not violate it.

    A statement that is false somewhere need not be false everywhere: that at some instances it is
    not violated is told, not asked. Who is cited decides the word: "refuted" is for what somebody
    states.
    """
    # an infinite bound, or a NaN, refutes nothing
    real = controls.violated(result._replace(gap=-result.gap))
    shown = np.where(real, result.gap, np.inf)
    row = int(shown.argmin())
    if not shown[row] < 0:
        return _bad(name, relation, "FAILS: no instance refutes it")
    witness = instance(c, found, row)
    # a statement is refuted only where somebody makes it
    stated = c.cites.kind == "stated"
    kind = "refuted" if stated else "counter-example to the natural generalisation"
    control = controls.Control(f"not violated by {int((~real).sum())} instances", True)
    return Part(
        name,
        relation.text(),
        True,
        words=f"{kind} ({told(witness)})",
        grade=earned(relation, found),
        detail=sides_told(relation.relation, result, row),
        because=relation.because,
        worst=witness,
        controls=(control,),
    )


def _bad(name, relation, words, detail="", worst=None) -> Part:
    """A part that does not stand, with the weakest grade."""
    return Part(
        name, relation.text(), False, words, GRADES[-1], detail, relation.because, worst=worst or {}
    )


def earned(relation, found: list[Trial]) -> str:
    """The relation's grade, or exact when only integers and fractions were compared.

    Exact needs all trials: one float among the measured, and the grade is the relation's own.
    """
    equality = isinstance(relation, (Equal, Refuted))
    exact = equality and all(relation.exact(t.values) for t in found)
    return "exact" if exact else relation.grade


def _words(tightness, count, worst) -> str:
    """What a part that holds has shown: tight with its worst instance, not refuted, or holds.

    "not refuted" is said of bounds that nobody has seen attained to TIGHT: more instances could
    come closer.
    """
    if tightness is None:
        return "holds"
    tight = tightness > TIGHT
    return f"holds, tight at {told(worst)}" if tight else f"not refuted in {count} instances"


def summary(c: Claim, parts: tuple[Part, ...]) -> str:
    """The words of the worst part: what fails, else what is refuted, else what is only not
    refuted.

    So that one line never says more than the weakest part of it.

    Ties go to the part that is declared first.
    """
    if bad := [p for p in parts if not p.holds]:
        return f"{bad[0].name}: {bad[0].words}" if len(parts) > 1 else bad[0].words
    # what says least for the claim comes first
    order = ("refuted", "counter-example", "not run", "not refuted", "holds,", "holds")
    rank = {p.words: next(k for k, x in enumerate(order) if p.words.startswith(x)) for p in parts}
    return min(rank, key=rank.__getitem__)

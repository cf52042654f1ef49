"""Judging a claim: its parts on instances inside the hypotheses, their controls, and what happens
just outside."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lab.claims import controls
from lab.claims.declaration import Claim
from lab.claims.former.registry import Claim as Former
from lab.claims.former.verdicts import judge_former
from lab.claims.laws import Refuted
from lab.claims.measuring import Drawn, Trial, draw, outcome, remember, trials
from lab.claims.proofs import Enclosed, Identity
from lab.claims.statements import AtLeast, AtMost, Equal, Outcome
from lab.claims.verdicts import GRADES, Necessity, Part, Verdict, failed, told, weakest

# a bound used to more than this is called tight
TIGHT = 0.999
# of each hypothesis, this many of the nearest instances outside it are measured
OUTSIDE = 12
NOT_SHOWN = "not shown necessary"


def judge(c: Claim, *, seed: int = 0, instances: int | None = None) -> Verdict:
    """The verdict on `instances` instances of the space (the claim's own number unless given).
    What raises is an error verdict."""
    start = time.perf_counter()
    if isinstance(c, Former):
        return judge_former(c)
    try:
        verdict = _judged(c, seed, instances or c.instances, start)
    except Exception as problem:
        words = " ".join(str(problem).split()) or type(problem).__name__
        return failed(
            c.id, f"error: {type(problem).__name__}: {words}", time.perf_counter() - start
        )
    return verdict


def _judged(c: Claim, seed: int, count: int, start: float) -> Verdict:
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
    return any(not isinstance(r, (Identity, Enclosed)) for r in c.says.values())


def _part(c: Claim, name: str, relation, found: list[Trial], seed: int) -> Part:
    if isinstance(relation, (Identity, Enclosed)):
        return _proved(name, relation)
    formula = c.expanded(relation.formula)
    found = remember(relation, formula, found)

    def at(formula, constants: Mapping[str, float]) -> Outcome:
        return outcome(c, relation, formula, found, constants, seed)

    result = at(formula, {})
    counted = ~np.isneginf(result.gap)
    if not counted.any():
        return _bad(
            name, relation, "outside its assumptions: the bound is vacuous on all instances"
        )
    if isinstance(relation, Refuted):
        return _refuted_part(c, name, relation, found, result)

    row = int(np.where(np.isnan(result.gap), np.inf, result.gap).argmax())
    worst = instance(c, found, row)
    detail = sides(relation, result, row, int(counted.sum()))
    if not result.gap[row] <= 0:
        wrong = "FAILS" if result.gap[row] > 0 else "is not a number"
        return _bad(name, relation, f"{wrong} at {told(worst)}", detail, worst)

    checks = controls.measured(relation, formula, at)
    tightness = _tightness(relation, result, counted)
    if not any(k.noticed or k.free_to != "anything" for k in checks):
        return _bad(
            name, relation, "rejected: no control fails, so it could not have failed", detail, worst
        )
    grade = earned(relation, found)
    words = _words(relation, tightness, int(counted.sum()), worst)
    return Part(
        name,
        relation.text(),
        True,
        words,
        grade,
        detail,
        relation.because,
        tightness,
        worst,
        checks,
    )


def _proved(name, relation) -> Part:
    found = relation.decide(relation.formula)
    if found.true is None:
        return Part(
            name, relation.text(), True, found.detail, found.grade, found.detail, relation.because
        )
    if not found.true:
        return _bad(name, relation, f"FAILS: {found.detail}", found.detail)
    checks = controls.decided(relation)
    if not any(k.noticed for k in checks):
        return _bad(
            name, relation, "rejected: no control fails, so it could not have failed", found.detail
        )
    return Part(
        name,
        relation.text(),
        True,
        "holds",
        found.grade,
        found.detail,
        relation.because,
        controls=checks,
    )


def _refuted_part(c, name, relation, found, result) -> Part:
    """The statement is false: the instance that violates it most."""
    shown = np.where(controls.violated(result._replace(gap=-result.gap)), result.gap, np.inf)
    row = int(shown.argmin())
    if not shown[row] < 0:
        return _bad(name, relation, "FAILS: no instance refutes it")
    witness = instance(c, found, row)
    stated = c.cites.kind == "stated"
    kind = "refuted" if stated else "counter-example to the natural generalisation"
    detail = sides(relation.relation, result, row, len(result.gap))
    control = controls.Control(
        f"the statement holds on {int((result.gap >= 0).sum())} instances", True
    )
    return Part(
        name,
        relation.text(),
        True,
        f"{kind} ({told(witness)})",
        relation.grade,
        detail,
        relation.because,
        None,
        witness,
        (control,),
    )


def _bad(name, relation, words, detail="", worst=None) -> Part:
    return Part(
        name, relation.text(), False, words, GRADES[-1], detail, relation.because, worst=worst or {}
    )


def earned(relation, found: list[Trial]) -> str:
    """The relation's grade, or exact when only integers and fractions were compared."""
    exact = isinstance(relation, Equal) and all(relation.exact(t.values) for t in found)
    return "exact" if exact else relation.grade


def _tightness(relation, result, counted) -> float | None:
    return float(result.used[counted].max()) if relation.bound else None


def _words(relation, tightness, count, worst) -> str:
    if tightness is None:
        return "holds"
    return (
        f"holds, tight at {told(worst)}"
        if tightness > TIGHT
        else f"not refuted in {count} instances"
    )


def summary(c: Claim, parts: tuple[Part, ...]) -> str:
    """The words of the worst part: what fails, else what is refuted, else what is only not
    refuted."""
    if bad := [p for p in parts if not p.holds]:
        return f"{bad[0].name}: {bad[0].words}" if len(parts) > 1 else bad[0].words
    order = ("refuted", "counter-example", "not run", "not refuted", "holds,", "holds")
    rank = {p.words: next(k for k, x in enumerate(order) if p.words.startswith(x)) for p in parts}
    return min(rank, key=rank.__getitem__)


def instance(c: Claim, found: list[Trial], row: int) -> dict[str, Any]:
    """The instance with this row number."""
    for trial in found:
        place = np.flatnonzero(trial.batch.rows == row)
        if len(place):
            return trial.batch.one(int(place[0]), c.over.grouped)
    raise IndexError(f"row {row} was not measured")


def sides(relation, result: Outcome, row: int, count: int) -> str:
    sign = {AtMost: "<=", AtLeast: ">="}.get(type(relation), "against")
    return f"{result.left[row]:.6g} {sign} {result.right[row]:.6g} at worst, {count} instances"


def necessity(c: Claim, k: int, drawn: Drawn, seed: int) -> Necessity:
    """The nearest instance outside hypothesis k alone at which some part fails."""
    text = str(c.assuming[k])
    if not len(drawn.outside[k]):
        return Necessity(
            text, False, {}, f"{NOT_SHOWN}: the space has no instance outside it alone"
        )
    try:
        found = trials(c, drawn.outside[k], seed)
        broken = [
            (name, r, outcome(c, r, r.formula, found, {}, seed))
            for name, r in c.says.items()
            if _can_break(r)
        ]
    except Exception as problem:
        return Necessity(
            text,
            False,
            {},
            f"{NOT_SHOWN}: the measurement refuses: {' '.join(str(problem).split())}",
        )
    failing = [
        (row, name, r, o)
        for name, r, o in broken
        for row in np.flatnonzero(controls.violated(o))[:1]
    ]
    if not failing:
        return Necessity(
            text, False, {}, f"{NOT_SHOWN}: holds at {len(drawn.outside[k])} instances outside it"
        )
    row, name, r, o = min(failing, key=lambda f: f[0])
    witness = instance(c, found, int(row))
    return Necessity(
        text, True, witness, f"necessary ({name}: {sides(r, o, row, len(o.gap))}: {told(witness)})"
    )


def _can_break(relation) -> bool:
    return not isinstance(relation, (Identity, Enclosed, Refuted))

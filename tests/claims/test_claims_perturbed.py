"""Formulas of the lab with one number off, a constant by 2 % or an exponent by 0.05: a judge
notices it, or has said of that number how far it could move."""

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy

from lab.claims import CLAIMS, judge
from lab.claims.controls import violated
from lab.claims.enclosures import Enclosed
from lab.claims.laws import Refuted
from lab.claims.measuring import draw, outcome, remember, trials
from lab.claims.proofs import Identity

PERTURBATIONS, ALWAYS = 300, 12
# its first twelve are claims that are measured within a second
SEED = 0
FATES = ("noticed", "weaker", "not sharp", "not run")


class Perturbation(NamedTuple):
    """A number of a part's formula, by the way that leads to it through the arguments, and by how
    much it is moved."""

    id: str
    part: str
    path: tuple[int, ...]
    value: Any
    kind: str
    sign: int

    def __str__(self):
        return f"{self.id}: {self.part}: {self.place} {'-+'[self.sign > 0]}"

    @property
    def place(self) -> str:
        """How the place is called in a verdict, or how that begins."""
        return "the whole of" if self.kind in ("whole", "plus") else f"{self.kind} {self.value}"


def numbers(expression, path=(), kind="factor"):
    """(path, number, kind) of every number but 0, of which 2 % is 0: found without the machinery
    that makes controls. kind: "exponent" where the value of an exponent is claimed; what is added
    in it is one."""
    if expression.is_Number or expression.is_NumberSymbol:
        if expression != 0 and expression.is_finite:
            yield path, expression, kind
        return
    for k, argument in enumerate(expression.args):
        term = kind == "exponent" and not path and expression.is_Add and argument.is_Number
        inside = "exponent" if term or (expression.is_Pow and k == 1) else "factor"
        yield from numbers(argument, (*path, k), inside)


def moved(expression, path, kind, sign):
    """The expression with the number at the end of the path moved."""
    if not path:
        if kind in ("exponent", "plus"):
            return expression + sign * sympy.Rational(5, 100)
        return expression * (1 + sign * sympy.Rational(2, 100))
    arguments = list(expression.args)
    arguments[path[0]] = moved(arguments[path[0]], path[1:], kind, sign)
    return expression.func(*arguments)


def formula(id, part):
    return CLAIMS[id].expanded(CLAIMS[id].says[part].formula)


def whole(relation):
    """The formula as a whole: times 1, or, an exponent, plus 0."""
    kind = "plus" if kind_of(relation) == "exponent" else "whole"
    return (), sympy.Integer(1), kind


def kind_of(relation) -> str:
    """What the numbers of a relation's formula are; what is decided has factors."""
    return getattr(relation, "kind", "factor")


@cache
def drawn():
    """One number of every claim, and more to 300, in random directions; a formula as a whole counts
    as a factor 1. Not of what is refuted: there the numbers are somebody else's."""
    rng = np.random.default_rng(SEED)
    first = []
    rest = []
    for id, c in CLAIMS.items():
        own = [
            (id, part, *number)
            for part, relation in c.says.items()
            if not isinstance(relation, Refuted)
            for number in (
                whole(relation),
                *numbers(formula(id, part), kind=kind_of(relation)),
            )
        ]
        shuffled = [own[k] for k in rng.permutation(len(own))]
        first += shuffled[:1]
        rest += shuffled[1:]
    chosen = [first[k] for k in rng.permutation(len(first))]
    # claims may come to outnumber the perturbations
    more = max(PERTURBATIONS - len(first), 0)
    chosen += [rest[k] for k in rng.permutation(len(rest))[:more]]
    signs = rng.choice([-1, 1], len(chosen)).tolist()
    return [Perturbation(*row, sign) for row, sign in zip(chosen, signs, strict=True)]


@cache
def measured(id):
    c = CLAIMS[id]
    return trials(c, draw(c, 0, c.instances).inside, 0)


def fails(id, part, changed) -> bool | None:
    """Whether the part with the changed formula is wrong; None where it can't be told without an
    extra."""
    relation = CLAIMS[id].says[part]
    if isinstance(relation, (Identity, Enclosed)):
        found = relation.decide(changed).true
        return None if found is None else not found
    try:
        rows = remember(relation, changed, measured(id))
        return bool(violated(outcome(CLAIMS[id], relation, changed, rows, 0)).any())
    except ValueError:
        # a method that refuses what the formula gives: such a claim has an error for a verdict
        return True


def fate(p) -> str:
    """noticed; weaker: a bound moved to its loose side, and noticed on the other; not sharp: the
    verdict says how far the number could move; silent."""
    found = fails(p.id, p.part, moved(formula(p.id, p.part), p.path, p.kind, p.sign))
    if found is None:
        return "not run"
    if found:
        return "noticed"
    other = moved(formula(p.id, p.part), p.path, p.kind, -p.sign)
    relation = CLAIMS[p.id].says[p.part]
    # of an enclosure, the relation that is enclosed
    if getattr(relation, "relation", relation).bound and fails(p.id, p.part, other):
        return "weaker"
    (part,) = [x for x in judge(CLAIMS[p.id]).parts if x.name == p.part]
    told = [c for c in part.controls if c.place.startswith(p.place) and not c.noticed]
    return "not sharp" if any(c.free_to for c in told) else "silent"


def test_numbers_are_found_and_moved():
    x, y = sympy.symbols("x y")
    expression = 3 * x ** sympy.Rational(1, 2) - y / 7
    found = {(str(value), kind): path for path, value, kind in numbers(expression)}
    assert set(found) == {("3", "factor"), ("1/2", "exponent"), ("-1/7", "factor")}
    root = moved(expression, found["1/2", "exponent"], "exponent", 1)
    assert root == 3 * x ** sympy.Rational(55, 100) - y / 7
    three = moved(expression, found["3", "factor"], "factor", -1)
    assert three == sympy.Rational(294, 100) * sympy.sqrt(x) - y / 7


def test_a_number_that_nobody_told_of_is_silent(monkeypatch):
    """Otherwise the tests below could not fail: here a verdict has no controls."""
    loose = next(p for p in drawn() if p.id == "logistic/line-search-removes-separation")
    assert fate(loose) == "not sharp"

    def without_controls(c, true=judge):
        verdict = true(c)
        parts = tuple(replace(part, controls=()) for part in verdict.parts)
        return replace(verdict, parts=parts)

    monkeypatch.setitem(globals(), "judge", without_controls)
    assert fate(loose) == "silent"


@pytest.mark.parametrize("p", drawn()[:ALWAYS], ids=str)
def test_none_passes_silently(p):
    assert fate(p) in FATES


@pytest.mark.slow
def test_none_of_many_passes_silently():
    fates = {str(p): fate(p) for p in drawn()}
    silent = [name for name, found in fates.items() if found not in FATES]
    assert not silent, f"{Counter(fates.values())}: {silent}"
    assert Counter(fates.values())["noticed"] > PERTURBATIONS / 2

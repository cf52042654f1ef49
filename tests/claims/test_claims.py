"""Every claim of the lab stands, in all its parts, and could have failed; what it prints is what
it evaluates."""

import json

import numpy as np
import pytest
from swept import over

from lab.claims import CLAIMS, Claim, judge
from lab.claims.enclosures import Enclosed
from lab.claims.formulas import evaluate, functions_in, names_in, text
from lab.claims.proofs import Identity
from lab.claims.verdicts import GRADES

VERDICTS = {}
NEW = {id: c for id, c in CLAIMS.items() if isinstance(c, Claim)}


def verdict(id):
    """The verdict of a claim, judged once per process."""
    if id not in VERDICTS:
        VERDICTS[id] = judge(CLAIMS[id])
    return VERDICTS[id]


each_claim = pytest.mark.parametrize("id", CLAIMS)
of_each_claim = over(CLAIMS)
of_each_new = over(NEW)


@each_claim
def test_it_stands(id):
    v = verdict(id)
    assert v.holds, f"{id}: {v.words}: {v.detail}"
    assert v.grade in GRADES
    assert v.id == id


@of_each_claim
def test_every_part_has_a_control_that_fails(id):
    for part in verdict(id).parts:
        assert part.controls or part.words.startswith("not run"), part.name
        told = [c for c in part.controls if c.fails]
        assert told or not part.controls, f"{part.name}: {'; '.join(map(str, part.controls))}"


@of_each_claim
def test_its_verdict_is_json(id):
    told = json.loads(json.dumps(verdict(id).as_dict(), allow_nan=False))
    assert told["parts"]
    assert all(
        {"name", "text", "holds", "grade", "worst", "controls"} <= set(p) for p in told["parts"]
    )


@of_each_new
def test_its_file_is_called_as_its_topic(id):
    c = NEW[id]
    _, room, file = c.measure.__module__.rsplit(".", 2)
    assert file == c.topic.replace("-", "_")
    assert c.measure.__module__ == f"lab.claims.{room}.{file}"


@of_each_new
def test_every_symbol_is_defined(id):
    """Nothing occurs that is neither drawn nor explained, and nothing is explained that does not
    occur."""
    c = NEW[id]
    assert c.undefined() == set()
    used = set().union(*(r.symbols() for r in c.says.values()))
    assert set(c.where) <= used
    printed = c.statement()
    for name in set(c.over.pieces) | set(c.where) | set(functions_in(*c._expressions())):
        assert name in printed


@of_each_new
def test_it_has_a_proof_and_a_source(id):
    c = NEW[id]
    assert c.proof
    assert c.cites.kind in ("stated", "classical", "derived")


@of_each_new
def test_the_formula_printed_is_the_formula_evaluated(id):
    """What stands in the statement, parsed again from the text, has the value that is compared
    with what was measured."""
    import sympy

    c = NEW[id]
    batch = c.over.batches(c.over.points(0, 0, 8))[0]
    for relation in c.says.values():
        if isinstance(relation, (Identity, Enclosed)):
            assert text(relation.formula) in relation.text()
            continue
        formula = relation.formula
        assert text(formula) in relation.text()
        drawn = names_in(formula) <= set(c.over.pieces)
        if drawn and not functions_in(formula):
            names = {name: sympy.Symbol(name, real=True) for name in names_in(formula)}
            again = sympy.sympify(text(formula).replace("^", "**"), locals=names)
            np.testing.assert_allclose(
                evaluate(again, batch.values), evaluate(formula, batch.values), rtol=1e-9
            )


def test_the_registry_is_keyed_by_id():
    assert all(id == c.id for id, c in CLAIMS.items())

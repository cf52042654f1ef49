"""Claims in their former form: relations, verdicts, controls, and claims from a user's own file."""

import json
import math
import types

import numpy as np
import pytest

from lab.claims.former.registry import claim, collect, judge, load, select
from lab.claims.former.relations import (
    Check,
    OutsideAssumptionsError,
    assume,
    at_least,
    at_most,
    equal,
    every,
    refuted,
    searched,
    slope,
    within,
)

NAN, INF = np.nan, np.inf


def test_equal():
    assert equal(1.0, 1.0).holds
    assert equal([1.0, 2.0], [1.05, 2.1], rtol=0.05).holds
    assert equal(0.0, 0.01, atol=0.02).holds
    assert not equal([1.0, 2.0], [1.0, 2.2], rtol=0.05).holds
    worst = equal([1.0, 2.0, 3.0], [1.0, 2.5, 3.1], what="rate")
    assert worst.gap == pytest.approx(0.5)
    assert worst.detail == "rate 2, expected 2.5 (off by 0.5, allowed 0)"


def test_at_most():
    check = at_most([1.0, 3.0], [2.0, 4.0], what="error", witness="two")
    assert check.holds
    assert (check.tightness, check.witness) == (0.75, "two")
    assert check.detail == "error 3 <= 4 in 2 instances"
    assert at_most(1.0, 1.0).holds
    assert not at_most(1.0 + 1e-9, 1.0).holds
    assert at_most(-5.0, 1.0).holds


def test_at_least():
    check = at_least([2.0, 5.0], [1.0, 4.0], what="steps")
    assert check.holds
    assert check.tightness == 0.8
    assert check.detail == "steps 5 >= 4 in 2 instances"
    assert not at_least(1.0, 1.1).holds
    for measured in (0.0, -1.0):
        assert not at_least(measured, 1.0).holds


@pytest.mark.parametrize("bound", [0.0, -1.0, [1.0, 0.0]])
def test_a_vacuous_bound_is_outside_the_assumptions(bound):
    for relation in (at_most, at_least):
        with pytest.raises(OutsideAssumptionsError, match="vacuous"):
            relation(0.5, bound)


def test_within():
    assert within([1.0, 2.0], [1.4, 2.0], 0.1).holds
    assert not within([1.0, 2.0], [1.6, 2.0], 0.1).holds
    assert within(1.0, 1.3, 0.1, z=3.1).holds
    assert not within(1.0, 1.3, 0.1, z=2.9).holds
    assert within(1.0, 1.2, 0.1).detail == "estimate: largest z 2.00 of 1 (limit 5)"
    assert not within(1.0, 2.0, 0.0).holds


def test_slope():
    x = np.geomspace(1e-3, 1, 9)
    assert slope(x, 5 * x**1.5, 1.5, tol=1e-12).holds
    assert not slope(x, 5 * x**1.5, 1.4, tol=0.09).holds
    assert slope(x, 5 * x**1.5, 1.4, tol=0.11).holds


def test_refuted():
    check = refuted(0.3, detail="d", witness="w")
    assert (check.holds, check.kind, check.witness) == (True, "refuted", "w")
    for violation in (0.0, -0.1, NAN):
        assert not refuted(violation, detail="", witness="").holds


NANS = [
    lambda: equal(NAN, 1.0),
    lambda: equal(1.0, NAN),
    lambda: equal([1.0, NAN], [1.0, 1.0], atol=1),
    lambda: equal(INF, INF),
    lambda: at_most(NAN, 1.0),
    lambda: at_most([0.1, NAN, 0.1], 1.0),
    lambda: at_most(1.0, NAN),
    lambda: at_least(NAN, 1.0),
    lambda: at_least(1.0, NAN),
    lambda: within(NAN, 1.0, 1.0),
    lambda: within(1.0, 1.0, NAN),
    lambda: within(1.0, 1.0, 0.0),
    lambda: slope([1, 2, 3], [1, NAN, 3], 1.0, tol=9.0),
    lambda: slope([1, 2, 3], [1, -2, 3], 1.0, tol=9.0),
    lambda: slope([1, 2, 3], [1, INF, 3], 1.0, tol=9.0),
    lambda: every(equal(1.0, 1.0), equal(NAN, 1.0)),
    lambda: every(equal(NAN, 1.0), equal(1.0, 1.0)),
    lambda: Check(NAN, ""),
]


@pytest.mark.parametrize("k", range(len(NANS)))
def test_nan_never_passes(k):
    assert not NANS[k]().holds


def test_every_and_searched():
    good, tight, bad = at_most(1.0, 2.0, witness="a"), at_most(3.0, 3.0, witness="b"), equal(1.0, 2.0)
    both = every(good, tight)
    assert (both.holds, both.tightness, both.witness, both.kind) == (True, 1.0, "b", "holds")
    assert both.detail == f"{good.detail}; {tight.detail}"
    assert not every(good, bad, tight).holds
    found = searched(good, "100 starts")
    assert (found.kind, found.detail) == ("search", f"{good.detail}; searched 100 starts")
    assert every(good, found).kind == "search"
    assert searched(refuted(1.0, detail="", witness="w"), "b").kind == "refuted"
    assert every(found, refuted(1.0, detail="", witness="w")).witness == "w"


def test_assume():
    assume(True, "anything")
    with pytest.raises(OutsideAssumptionsError, match="eta < 2 / L"):
        assume(False, "eta < 2 / L")


# --- claims


def made(check, id="topic/made-up", evidence="exact", **control):
    about = {"paper": "nobody", "statement": "s", "source": "derived: here", "assumes": "nothing"}
    return claim(id, **about, evidence=evidence, control=control or {"expected": 2.0})(check)


def test_a_claim_that_holds():
    verdict = judge(made(lambda expected=1.0: equal(1.0, expected)))
    assert (verdict.holds, verdict.verdict, verdict.control) == (True, "holds", "fails, as it must")
    assert verdict.detail == "value 1, expected 1 (off by 0, allowed 0)"
    assert verdict.seconds >= 0


def test_a_claim_that_fails():
    verdict = judge(made(lambda expected=1.0: equal(1.5, expected)))
    assert (verdict.holds, verdict.verdict) == (False, "FAILS")


def test_a_control_that_holds_rejects_the_claim():
    verdict = judge(made(lambda expected=1.0: equal(1.0, expected, atol=5)))
    assert not verdict.holds
    assert verdict.verdict == "rejected: its control does not fail"
    assert verdict.control == "holds, so this claim could not have failed"


def test_a_nan_control_counts_as_failing_but_a_nan_claim_does_not_hold():
    assert judge(made(lambda expected=1.0: equal(1.0 if expected == 1 else NAN, 1.0))).holds
    assert not judge(made(lambda expected=1.0: equal(NAN, expected))).holds


def test_outside_the_assumptions():
    def check(lr=3.0):
        assume(lr < 2, "lr < 2 / L")
        return equal(1.0, 1.0)

    verdict = judge(made(check, lr=5.0))
    assert (verdict.holds, verdict.verdict, verdict.control) == (False, "outside its assumptions: lr < 2 / L", "not run")
    verdict = judge(made(lambda lr=1.0: check(lr), lr=5.0))
    assert not verdict.holds, "a control must fail, not refuse to run"
    assert verdict.control == "outside the assumptions: lr < 2 / L"


def ending(problem):
    """A check that raises `problem` for its claim, its control, or neither."""

    def check(where="nowhere"):
        if where == "check":
            raise problem
        return equal(1.0, 2.0 if where == "control" else 1.0)

    return check


PROBLEMS = [ValueError("boom"), ZeroDivisionError("two\nlines"), SystemExit(0), SystemExit(), RecursionError("deep"), AssertionError()]


@pytest.mark.parametrize("problem", PROBLEMS, ids=repr)
def test_whatever_a_check_or_its_control_raises_is_the_verdict_of_that_claim(problem):
    named = " ".join(f"{type(problem).__name__}: {problem}".split())
    raising = ending(problem)
    verdict = judge(made(lambda where="check": raising(where), where="control"))
    assert (verdict.holds, verdict.verdict, verdict.control) == (False, f"error: {named}", "not run")
    verdict = judge(made(raising, where="check"))
    assert (verdict.holds, verdict.verdict) == (False, f"error: its control raised {named}")
    assert verdict.control == f"error: {named}"


def test_a_check_that_returns_no_check_is_an_error_too():
    for returned in (None, True, 3.0):
        verdict = judge(made(lambda wrong=False, returned=returned: returned, wrong=True))
        assert verdict.verdict == f"error: it returned {type(returned).__name__}: must be a Check"


def test_an_interrupt_from_the_keyboard_stops_everything():
    with pytest.raises(KeyboardInterrupt):
        judge(made(ending(KeyboardInterrupt()), where="check"))


def test_verdicts_in_words():
    def words(check):
        return judge(made(lambda wrong=False: equal(1.0, 2.0) if wrong else check, wrong=True)).verdict

    assert words(at_most(1.0, 1.0, witness="H = I")) == "holds, tight at H = I"
    assert words(at_most(0.9, 1.0, witness="H = I")) == "holds"
    assert words(searched(at_most(1.0, 1.0, witness="H = I"), "10 starts")) == "not refuted by search"
    assert words(refuted(0.1, detail="", witness="n = 2")) == "refuted (n = 2)"


def test_declarations_are_checked():
    with pytest.raises(ValueError, match="evidence = 'faith': must be one of 'symbolic', 'exact'"):
        made(equal, evidence="faith")
    with pytest.raises(ValueError, match="topic/x: control is empty"):
        claim("topic/x", paper="", statement="", source="", assumes="", evidence="exact", control={})


def module(name, **values):
    made_module = types.ModuleType(name)
    vars(made_module).update(values)
    return made_module


def test_collect_and_select():
    a, b = made(equal, "one/a"), made(equal, "two/b")
    found = collect([module("m", a=a, alias=a, other=3), module("n", b=b, imported=a)])
    assert list(found) == ["one/a", "two/b"]
    assert select(found, "one/*") == [a]
    assert select(found, "*") == [a, b]
    with pytest.raises(ValueError, match=r"no claim matches 'three/\*'; lab list names them"):
        select(found, "three/*")
    with pytest.raises(ValueError, match="two claims are called 'one/a': rename the one in m2"):
        collect([module("m", a=a), module("m2", a=made(equal, "one/a"))])


def test_a_verdict_is_json():
    verdict = judge(made(lambda expected=1.0: at_most([NAN, 1.0], expected)))
    told = json.loads(json.dumps(verdict.as_dict(), allow_nan=False))
    assert told["tightness"] is None
    assert math.isnan(verdict.tightness)
    keys = ["id", "paper", "statement", "source", "assumes", "evidence", "verdict", "tightness", "detail", "seconds", "control"]
    assert list(told) == keys


OWN = """
from lab.claims.former.registry import claim
from lab.claims.former.relations import equal

@claim("own/one", paper="me", statement="1 = 1", source="derived: here", assumes="-", evidence="exact", control=dict(expected=2.0))
def one(expected=1.0):
    return equal(1.0, expected)
"""


def test_load_a_users_file(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN, encoding="utf-8")
    assert [judge(c).holds for c in load(path).values()] == [True]
    assert load(str(path))["own/one"](expected=2.0).holds is False
    path.write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"own\.py defines no claim: decorate"):
        load(path)
    path.write_text("raise SystemExit(0)\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"own\.py exits while it is imported"):
        load(path)
    for bad in (tmp_path / "none.py", tmp_path):
        with pytest.raises(ValueError, match="no such Python file"):
            load(bad)

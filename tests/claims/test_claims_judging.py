"""Verdicts: parts, controls from the formula, necessity, grades, words; and that none of them has
a truth value."""

import json
from fractions import Fraction

import numpy as np
import pytest
from sympy import Eq, Rational, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    identity,
    integers,
    judge,
    let,
    named,
    refuted,
    sometimes,
    stated_by,
    symbols,
    within,
)
from lab.claims.measuring import draw
from lab.claims.verdicts import Control, weakest

x, y, z, eps, error = symbols("x y z eps error")
SQUARE = {"because": "rounding", "rtol": 1e-9}


def made(says, measure, over=None, assuming=(), *, cites=None, where=None, **options):
    explained = {y: "measured"} if where is None else where
    return claim(
        "own/claim",
        over=over or {x: between(1, 2)},
        assuming=assuming,
        says=says,
        where=explained,
        cites=cites or derived("here"),
        **options,
    )(measure)


def square(x):
    return {y: x**2}


def test_a_claim_that_holds():
    v = judge(made({"law": equal(y, x**2, **SQUARE)}, square))
    assert (v.holds, v.words, v.grade) == (True, "holds", "numeric")
    (part,) = v.parts
    assert [c.noticed for c in part.controls] == [True, True]
    assert part.text == "y = x^2"
    assert part.because == "rounding"
    assert v.statement == "For x in [1, 2]\n  law: y = x^2\n  where y: measured"


def test_a_claim_that_fails_names_the_instance():
    v = judge(made({"law": equal(y, x**2, **SQUARE)}, lambda x: {y: np.where(x > 1.9, 0, x**2)}))
    assert not v.holds
    assert v.words == "FAILS at x = 2"
    assert v.grade == "none"


def test_one_part_that_fails_is_enough():
    says = {"right": equal(y, x**2, **SQUARE), "wrong": equal(y, x, **SQUARE)}
    v = judge(made(says, square))
    assert not v.holds
    assert v.words == "wrong: FAILS at x = 2"
    assert [p.holds for p in v.parts] == [True, False]


def test_every_constant_and_exponent_is_controlled():
    for wrong in (1.02 * x**2, x**2.05, Rational(98, 100) * x**2, x ** Rational(39, 20)):
        assert not judge(made({"law": equal(y, wrong, **SQUARE)}, square)).holds
    v = judge(made({"law": equal(y, 3 * x**2 + 1, **SQUARE)}, lambda x: {y: 3 * x**2 + 1}))
    places = {c.place for c in v.parts[0].controls}
    assert {"factor 3", "exponent 2", "factor 1"} <= places
    assert all(c.noticed for c in v.parts[0].controls)


def test_constants_inside_abbreviations_are_controlled():
    over = {x: between(1, 2), z: let(x**2)}
    v = judge(made({"law": equal(y, 3 * z, **SQUARE)}, lambda x: {y: 3 * x**2}, over))
    assert "exponent 2" in {c.place for c in v.parts[0].controls}
    assert "and z = x^2" in v.statement


def test_a_loose_bound_says_how_far_its_constant_could_move():
    v = judge(made({"bound": at_most(y, 2 * x)}, lambda x: {y: x}))
    assert v.words == "not refuted in 40 instances"
    assert v.tightness == 0.5
    loose = [c for c in v.parts[0].controls if not c.noticed]
    assert sorted(c.free_to for c in loose) == ["0.5", "1"]
    assert str(loose[0]).startswith("factor 2: not sharp, 1 would do")


def test_a_tight_bound_names_its_instance():
    v = judge(made({"bound": at_most(y, 2 * x)}, lambda x: {y: x + 1}))
    assert v.words == "holds, tight at x = 1"
    assert v.grade == "search"
    # a smaller constant fails, a larger one only weakens the bound: one direction is all there is
    assert all(c.noticed for c in v.parts[0].controls)
    assert v.parts[0].worst == {"x": 1.0}


def test_the_loosest_part_is_the_tightness_of_the_claim():
    says = {"tight": at_most(y, x + 1), "loose": at_most(y, 4 * x)}
    v = judge(made(says, lambda x: {y: x + 1}))
    assert v.tightness == pytest.approx(0.5)
    assert {p.name: p.tightness for p in v.parts}["tight"] == 1


def test_a_part_whose_controls_all_pass_rejects_the_claim():
    v = judge(made({"law": equal(y, x, atol=1e9, because="lazy")}, square))
    assert not v.holds
    assert v.words == "rejected: no control fails, so it could not have failed"


def test_a_control_that_fails_only_by_nan_counts_for_nothing():
    # y = 0 <= sqrt(1 - x^2 ...): moving the constant makes the bound NaN, never exceeded
    v = judge(made({"bound": at_most(y, sqrt(4 - x**2) + 1)}, lambda x: {y: 0 * x}))
    assert not v.holds
    assert v.words.startswith("rejected")


def test_nan_and_vacuous_bounds():
    v = judge(made({"law": equal(y, x, **SQUARE)}, lambda x: {y: x * np.nan}))
    assert v.words == "is not a number at x = 1"
    v = judge(made({"bound": at_most(y, x - 5)}, square))
    assert v.words == "outside its assumptions: the bound is vacuous on all instances"


def test_hypotheses_keep_instances_out_and_are_shown_necessary():
    c = made(
        {"law": equal(y, x, **SQUARE)}, lambda x: {y: np.abs(x)}, {x: between(-1, 1)}, [x >= 0]
    )
    v = judge(c)
    assert v.holds
    (h,) = v.hypotheses
    assert h.necessary
    assert h.hypothesis == "x >= 0"
    assert h.witness["x"] < 0
    assert h.words.startswith("necessary (law: ")
    idle = made({"law": equal(y, x**2, **SQUARE)}, square, {x: between(-1, 1)}, [x >= 0])
    assert (
        judge(idle).hypotheses[0].words == "not shown necessary: holds at 40 instances outside it"
    )


def test_the_witness_of_a_hypothesis_violates_no_other():
    over = {x: between(-1, 1), z: between(-1, 1)}
    c = made({"law": equal(y, x, **SQUARE)}, lambda x: {y: np.abs(x)}, over, [x >= 0, z >= 0])
    first, second = judge(c).hypotheses
    assert first.witness["z"] >= 0
    assert not second.necessary
    drawn = draw(c, 0, 40, 12)
    assert len(drawn.inside) == 40
    assert [len(points) for points in drawn.outside] == [12, 12]


def test_equalities_and_predicates_as_hypotheses():
    @named
    def odd(k):
        """k is odd"""
        return np.asarray(k) % 2 == 1

    over = {z: integers(1, 9), eps: sometimes(0.0, decades(-3, 0))}
    c = made(
        {"law": equal(y, 1, **SQUARE)}, lambda z, eps: {y: z % 2 + eps}, over, [odd(z), Eq(eps, 0)]
    )
    v = judge(c)
    assert v.holds
    assert [h.necessary for h in v.hypotheses] == [True, True]
    assert "with odd(z), eps = 0" in v.statement
    assert "where odd: k is odd" in v.statement


def test_no_instance_is_outside_the_assumptions():
    v = judge(made({"law": equal(y, x, **SQUARE)}, square, assuming=[x > 5]))
    assert (v.holds, v.words) == (
        False,
        "outside its assumptions: no instance of the space satisfies them all",
    )


def test_errors_are_the_claims_own_verdict():
    def raises(x):
        raise RuntimeError("boom")

    assert judge(made({"law": equal(y, x, **SQUARE)}, raises)).words == "error: RuntimeError: boom"
    for wrong, words in (
        (lambda x: {}, "did not return y"),
        (lambda x: {y: 3.0}, "must have one entry per instance"),
        (lambda x: None, "must be a dict"),
    ):
        assert words in judge(made({"law": equal(y, x, **SQUARE)}, wrong)).words


def test_grades_are_earned():
    def grade(relation, measure, **options):
        v = judge(made({"law": relation}, measure, **options))
        assert v.holds, v.words
        return v.grade

    assert grade(identity((x + 1) ** 2, x**2 + 2 * x + 1), lambda: {}, where={}) == "symbolic"
    whole = {x: integers(1, 9)}
    exact = grade(
        equal(y, x / 2, because="exact"),
        lambda x: {y: [Fraction(int(k), 2) for k in x]},
        over=whole,
    )
    assert exact == "exact"
    assert grade(equal(y, x**2, **SQUARE), square) == "numeric"
    measured = {y: "mean", error: "its error"}
    assert (
        grade(within(y, x, error), lambda x: {y: x + 1e-4, error: 1e-3 + 0 * x}, where=measured)
        == "statistical"
    )
    assert grade(at_most(y, 4 * x), square) == "search"
    assert weakest(["symbolic", "numeric", "search", "exact"]) == "search"
    both = made({"a": identity(x + x, 2 * x), "b": equal(y, x**2, **SQUARE)}, square)
    assert judge(both).grade == "numeric"


def test_an_enclosure_that_was_not_run_is_a_search(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    v = judge(made({"law": enclosed(at_most(x**2, 2 * x), x=(0.5, 1.5))}, lambda: {}, where={}))
    assert (v.holds, v.grade, v.words) == (
        True,
        "search",
        "not run: pip install 'precond-lab[rigorous]'",
    )


def test_a_grade_cannot_be_typed():
    with pytest.raises(TypeError):
        made({"law": equal(y, x**2, **SQUARE)}, square, grade="symbolic")


def test_refuted_needs_somebody_who_said_it():
    def words(cites):
        return judge(made({"law": refuted(at_most(y, x))}, square, cites=cites)).words

    assert words(stated_by("Somebody 2000")).startswith("refuted (x = 2")
    assert words(derived("here")).startswith("counter-example to the natural generalisation (x = 2")
    true = made({"law": refuted(at_most(y, x**2))}, square)
    assert judge(true).words == "FAILS: no instance refutes it"


def test_nothing_has_a_truth_value():
    c = made({"law": equal(y, x**2, **SQUARE)}, square)
    v = judge(c)
    for thing in (c, v, v.parts[0], v.parts[0].controls[0], Control("p", True)):
        with pytest.raises(TypeError, match="assert_claim"):
            bool(thing)
    with pytest.raises(TypeError, match="assert_claim"):
        assert v


def test_seeds_and_more_instances_are_arguments():
    c = made({"law": equal(y, x**2, **SQUARE)}, square, instances=5)
    assert "5 instances" in judge(c).detail
    assert "90 instances" in judge(c, instances=90).detail
    assert judge(c, seed=4).holds


def test_grouped_instances_are_measured_together():
    sizes = []

    def measure(z, x):
        sizes.append((z, len(x)))
        return {y: x * z}

    over = {z: choice(1, 2, 3), x: between(0, 1)}
    assert judge(made({"law": equal(y, x * z, **SQUARE)}, measure, over)).holds
    assert sorted(k for k, _ in sizes) == [1, 2, 3]
    assert sum(size for _, size in sizes) == 40


def test_a_verdict_is_json():
    v = judge(made({"law": at_least(y, x)}, square, {x: between(0.5, 2)}, [x >= 1]))
    told = json.loads(json.dumps(v.as_dict(), allow_nan=False))
    assert told["parts"][0]["worst"]["x"] >= 1.0
    assert told["hypotheses"][0]["necessary"] is True
    assert 0.9 < told["tightness"] <= 1.0

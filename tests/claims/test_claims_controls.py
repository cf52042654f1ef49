"""How far a constant could move: where exactly a part begins to fail, and claimed exponents."""

import numpy as np
import pytest
from sympy import Rational

from lab.claims import (
    at_least,
    at_most,
    between,
    claim,
    derived,
    equal,
    exponent,
    judge,
    slope,
    symbols,
)
from lab.claims.formulas import with_constants
from lab.claims.verdicts import Control, Part
from lab.commands.claims import totals

x, y, k = symbols("x y k")
EXACT = {"rtol": 1e-9, "because": "rounding"}


def controls(relation, measure, where=y):
    c = claim(
        "own/claim",
        over={x: between(1, 2)},
        says={"part": relation},
        where={where: "measured"},
        cites=derived("here"),
    )(measure)
    (part,) = judge(c).parts
    return {c.place: c for c in part.controls}


@pytest.mark.parametrize("share", [0.9, 0.731, 0.4, 0.11])
def test_a_loose_upper_bound_fails_two_percent_below_what_is_measured(share):
    loose = controls(at_most(y, 2 * x), lambda x: {y: 2 * share * x})["the whole of 2*x"]
    assert not loose.noticed
    assert loose.fails
    would_do, failing = float(loose.free_to), float(loose.fails_at)
    assert failing < share <= would_do * (1 + 1e-9)
    assert would_do - failing <= 0.021 * would_do


@pytest.mark.parametrize("factor", [1.07, 2.3, 40.0, 700.0])
def test_a_loose_lower_bound_fails_two_percent_above_it(factor):
    loose = controls(at_least(y, x), lambda x: {y: factor * x})["the whole of x"]
    would_do, failing = float(loose.free_to), float(loose.fails_at)
    assert would_do <= factor * (1 + 1e-3)
    assert failing > factor * (1 - 1e-3)
    assert failing - would_do <= 0.021 * would_do


def test_a_loose_equality_tells_both_ways():
    loose = controls(equal(y, x, rtol=0.1, because="r"), lambda x: {y: x})["the whole of x"]
    low, high = (float(z) for z in loose.fails_at.split(" and ")[::-1])
    # |1 - c| > 0.1 c
    assert low == pytest.approx(1 / 1.1, abs=0.02)
    assert high == pytest.approx(1 / 0.9, abs=0.025)
    assert str(loose).endswith("fails")


def test_an_equality_that_notices_one_way_tells_where_both_fail():
    # |0.945 - c| > 0.06 c above 1.005 and below 0.89
    lopsided = {"rtol": 0.06, "because": "r"}
    found = controls(equal(y, x, **lopsided), lambda x: {y: 0.945 * x})["the whole of x"]
    assert not found.noticed
    below, above = found.fails_at.split(" and ")
    assert above == "1.02"
    assert float(below) == pytest.approx(0.89, abs=0.02)


def test_nothing_that_fails_is_told_of_what_nobody_depends_on():
    found = controls(at_most(y, 3 + x / 10**9), lambda x: {y: 3 + 0 * x})
    tiny = found["factor 1/1000000000"]
    assert (tiny.free_to, tiny.fails) == ("anything", False)
    assert str(tiny) == "factor 1/1000000000: not sharp, anything would do"
    assert found["factor 3"].fails


@pytest.mark.parametrize(("tol", "noticed"), [(0.04, True), (0.06, False)])
def test_the_value_of_an_exponent_is_moved_by_a_twentieth(tol, noticed):
    """2 % of 0 is 0: an exponent that is claimed to be 0 is a claim like any other."""
    found = controls(exponent(y, 1 - x, tol=tol, because="r"), lambda x: {y: 1 - x})
    assert found["the whole of 1 - x"].noticed is noticed
    assert found["exponent 1"].noticed is noticed
    # the factor of x is none
    assert "factor -1" in found
    zero = controls(exponent(y, 0 * x, tol=tol, because="r"), lambda x: {y: 0 * x})
    assert zero["the whole of 0"].noticed is noticed


def test_a_slope_is_an_exponent():
    at = np.array([1.0, 10.0, 100.0])
    law = slope(y, k, Rational(1, 2), tol=0.03, because="r")
    c = claim(
        "own/slope",
        over={x: between(1, 2)},
        says={"part": law},
        where={y: "measured", k: "where"},
        cites=derived("here"),
    )(lambda x: {y: x[:, None] * at**0.5, k: np.tile(at, (len(x), 1))})
    (part,) = judge(c).parts
    assert {(c.place, c.noticed) for c in part.controls} == {
        ("exponent 1/2", True),
        ("the whole of 1/2", True),
    }


def test_terms_of_an_exponent_are_exponents_and_products_in_it_are_not():
    formula, constants = with_constants(2 * x - 3, "exponent")
    assert {(float(c.value), c.kind) for c in constants} == {
        (2.0, "factor"),
        (-3.0, "exponent"),
        (0.0, "exponent"),
    }
    assert formula.xreplace({c.symbol: c.value for c in constants}) == 2 * x - 3


def test_totals_tell_what_is_noticed_at_once_from_what_fails_further_out():
    def part(*found):
        return Part("p", "", True, "holds", "numeric", controls=found)

    class Told:
        grade = "numeric"
        hypotheses = ()
        parts = (
            part(Control("a", True), Control("b", False, "0.5", "0.49")),
            part(Control("b", False, "0.5", "0.49"), Control("c", False, "anything")),
            part(),
        )

    _, line = totals([Told])
    assert line == (
        "parts: 1 with a control that fails, 1 not sharp, with a control that fails further out,"
        " 1 not run"
    )

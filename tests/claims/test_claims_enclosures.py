"""Enclosures: decided on whole intervals, never by a middle, an end or one side."""

import numpy as np
import pytest
import sympy
from sympy import Abs, Integer, Rational, log, sin, sqrt

from lab.claims import at_least, at_most, controls, enclosed, equal, symbols, within
from lab.claims.enclosures import INSTALL

x, y = symbols("x y")


def test_enclosed_needs_intervals_of_its_symbols():
    with pytest.raises(ValueError, match=r"differ in \['x'\]"):
        enclosed(at_most(sin(x), x))


def test_enclosed():
    relation = enclosed(at_most(sin(x), x + Rational(1, 10)), x=(0.0, 1.0))
    found = relation.decide(relation.formula)
    pytest.importorskip("flint", reason=INSTALL)
    assert found.true
    assert found.grade == "enclosure"
    assert enclosed(at_most(sin(x), x / 2), x=(0.0, 1.0)).decide(x / 2).true is False
    constant = enclosed(
        equal(sqrt(Integer(2)), Rational(14142, 10000), atol=1e-4, because="printed")
    )
    assert constant.decide(Rational(14142, 10000)).true
    assert constant.decide(Rational(14242, 10000)).true is False


def test_a_constant_moved_to_a_division_by_zero_shows_nothing():
    """sqrt(x)^0 - 1 = 0 divides: such a control is neither an error nor noticed."""
    pytest.importorskip("flint", reason=INSTALL)
    bound = enclosed(at_most(log(1 + 1 / sqrt(x)), 1 / (sqrt(x) - 1)), x=(2, 3))
    checks = controls.decided(bound)
    assert [c for c in checks if "exponent 1/2" in c.place]


def decided(relation, **intervals):
    pytest.importorskip("flint", reason=INSTALL)
    found = enclosed(relation, **intervals)
    return found.decide(found.formula).true


@pytest.mark.parametrize("centre", np.linspace(0.05, 0.95, 7).tolist())
def test_a_violation_is_found_wherever_it_is(centre):
    """A dip of width 1e-3 below the bound: at no end, middle or quarter of the interval."""
    dip = 1 - Rational(2, 10**6) / ((x - Rational(repr(centre))) ** 2 + Rational(1, 10**6))
    assert decided(at_least(dip, Rational(1, 2)), x=(0.0, 1.0)) is False
    assert decided(at_most(-dip, Rational(1, 2)), x=(0.0, 1.0)) is False
    assert decided(at_least(dip + 2, Rational(1, 2)), x=(0.0, 1.0))


def test_equalities_are_enclosed_from_both_sides():
    for off in (Rational(1, 100), -Rational(1, 100)):
        near = equal(x + off, x, atol=0.02, because="twice the distance")
        assert decided(near, x=(0.0, 1.0))
        far = equal(x + off, x, atol=0.005, because="half the distance")
        assert decided(far, x=(0.0, 1.0)) is False


def test_lower_bounds_are_not_upper_ones():
    assert decided(at_least(x + 1, x), x=(0.5, 1.0))
    assert decided(at_least(x, x + 1), x=(0.5, 1.0)) is False


def test_a_repeated_symbol_does_not_spoil_a_sharp_bound():
    """x - sin x is 1e-7 at 0.01: balls alone would need a million boxes."""
    relation = enclosed(at_most(sin(x) + Rational(1, 10**8), x), x=(0.01, 1.0))
    pytest.importorskip("flint", reason=INSTALL)
    found = relation.decide(relation.formula)
    assert found.true
    assert int(found.detail.split()[2]) < 2000


def test_an_equality_that_is_touched_is_not_decided():
    assert decided(at_least(x**2, x, slack=0.0), x=(1.0, 2.0)) is False


def test_kinks_and_two_symbols():
    assert decided(at_most(Abs(x), 2 + y), x=(-1.0, 1.0), y=(-0.5, 0.5))
    assert decided(at_most(Abs(x) + y, 1), x=(-1.0, 1.0), y=(0.0, 0.5)) is False


def test_what_cannot_be_enclosed_is_refused():
    pytest.importorskip("flint", reason=INSTALL)
    with pytest.raises(ValueError, match="must not be empty"):
        enclosed(at_most(x, 2), x=(1.0, 0.0))
    with pytest.raises(TypeError, match="enclosed: Within is not equal, at_most or at_least"):
        enclosed(within(x, x, 1), x=(0.0, 1.0)).decide(x)


def test_slack_is_the_number_that_is_printed():
    """0.1 means 1/10: its binary neighbour is larger, and would let this pass."""
    bound = at_most(sympy.Rational(11, 10) + Rational(1, 10**18), Integer(1), slack=0.1)
    assert decided(bound) is False
    assert decided(at_most(Rational(11, 10) - Rational(1, 10**18), Integer(1), slack=0.1))

"""Formulas and relations: what they evaluate to, when they hold, that NaN and vacuous bounds count
for nothing."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from sympy import Abs, Integer, Rational, exp, log, sin, sqrt

from lab.claims import (
    at_least,
    at_most,
    enclosed,
    equal,
    identity,
    named,
    one_by_one,
    refuted,
    slope,
    symbols,
    threshold,
    within,
)
from lab.claims.formulas import applications, evaluate, in_digits, text, with_constants

x, y, t, h = symbols("x y t h")
NAN, INF = np.nan, np.inf
EXACT = {"because": "exact"}


@named
def _largest(h):
    """the largest eigenvalue
    and more"""
    return np.linalg.eigvalsh(h)[:, -1]


def gaps(relation, **values):
    values = {k: np.asarray(v) if np.ndim(v) else v for k, v in values.items()}
    return relation.outcome(values, relation.formula)


# --- formulas


def test_evaluate_aligns_instances_from_the_left():
    values = {"x": np.array([1.0, 2.0]), "y": np.arange(6.0).reshape(2, 3)}
    np.testing.assert_array_equal(evaluate(x * y, values), [[0, 1, 2], [6, 8, 10]])
    assert evaluate(x + 1, {"x": 3}) == 4
    np.testing.assert_array_equal(evaluate(x < 2, {"x": np.array([1, 2])}), [True, False])


def test_named_functions_get_their_arguments_as_they_are():
    matrices = np.stack([np.diag([1.0, 2.0]), np.diag([5.0, 3.0])])
    values = {"h": matrices, "x": np.array([1.0, 10.0])}
    np.testing.assert_array_equal(evaluate(x * _largest(h) ** 2, values), [4, 250])
    assert text(_largest(h)) == "largest(h)"

    def bare(x):
        return x

    with pytest.raises(ValueError, match="bare has no docstring"):
        named(bare)


def test_applications_are_not_computed_again():
    values = {"h": np.eye(2)[None]}
    values |= applications(3 * _largest(h), values)
    values["h"] = None
    assert evaluate(3 * _largest(h), values) == 3


def test_one_by_one():
    found = one_by_one(lambda row, k: row.sum() + k, np.ones((3, 2)), 5)
    np.testing.assert_array_equal(found, [7, 7, 7])
    kinds = one_by_one(lambda k: isinstance(k, int), np.array([1, 2]))
    assert kinds.all()


def test_in_digits():
    with mpmath.workdps(50):
        found = in_digits(1 - sqrt(x), {"x": mpmath.mpf(2)})
        assert abs(found - (1 - mpmath.sqrt(2))) < mpmath.mpf(10) ** -48


def test_constants_and_exponents_are_found():
    formula, constants = with_constants(2 * x ** Rational(3, 2) / (1 - y))
    kinds = sorted((c.kind, float(c.value)) for c in constants)
    expected = [
        ("exponent", -1),
        ("exponent", 1.5),
        ("factor", -1),
        ("factor", 1),
        ("factor", 1),
        ("factor", 2),
    ]
    assert kinds == expected
    back = formula.xreplace({c.symbol: c.value for c in constants})
    assert sympy.simplify(back - 2 * x ** Rational(3, 2) / (1 - y)) == 0
    by_kind = {c.kind: c for c in with_constants(x**2)[1]}
    assert by_kind["exponent"].moved(0.05) == Rational(205, 100)
    assert by_kind["factor"].moved(-0.02) == Rational(98, 100)


# --- relations


def test_equal():
    assert gaps(equal(x, 2 * y, rtol=0.1, because="r"), x=[2.1, 2.3], y=[1.0, 1.0]).gap[0] <= 0
    assert gaps(equal(x, 2 * y, rtol=0.1, because="r"), x=[2.1, 2.3], y=[1.0, 1.0]).gap[1] > 0
    worst = gaps(equal(x, y, because="r"), x=[[1.0, 5.0]], y=[1.0])
    assert (worst.gap[0], worst.left[0]) == (4.0, 5.0)


def test_equal_is_exact_with_fractions():
    third = np.array([Fraction(1, 3), Fraction(2, 3)], dtype=object)
    relation = equal(x, y / 3, **EXACT)
    whole = np.array([1, 2])
    assert relation.exact({"x": third, "y": whole})
    np.testing.assert_array_equal(gaps(relation, x=third, y=whole).gap, [0, 0])
    tenth = third + np.array([0, Fraction(1, 10**30)], dtype=object)
    assert gaps(relation, x=tenth, y=whole).gap[1] > 0
    assert not relation.exact({"x": np.array([1 / 3]), "y": whole})
    assert not equal(x, y, rtol=1e-9, because="r").exact({"x": third, "y": third})


def test_bounds():
    found = gaps(at_most(x, 2 * y), x=[1.0, 2.0, 2.5], y=1.0)
    np.testing.assert_allclose(found.used, [0.5, 1.0, 1.25])
    np.testing.assert_array_equal(found.gap > 0, [False, False, True])
    found = gaps(at_least(x, y), x=[2.0, 1.0, 0.9, 0.0], y=1.0)
    np.testing.assert_allclose(found.used, [0.5, 1.0, 1 / 0.9, INF])
    np.testing.assert_array_equal(found.gap > 0, [False, False, True, True])


@pytest.mark.parametrize("bound", [0.0, -1.0, INF])
def test_vacuous_bounds_count_for_nothing(bound):
    for relation in (at_most(x, y), at_least(x, y)):
        assert np.isneginf(gaps(relation, x=[0.5], y=[bound]).gap[0])


def test_within():
    relation = within(x, y, t)
    found = gaps(relation, x=[1.4, 1.6], y=1.0, t=[0.1, 0.1])
    np.testing.assert_array_equal(found.gap > 0, [False, True])


def test_slope():
    grid = np.geomspace(1, 100, 9)[None]
    found = gaps(slope(y, x, Rational(3, 2), tol=1e-9, because="r"), x=grid, y=5 * grid**1.5)
    assert found.gap[0] <= 0
    assert gaps(slope(y, x, 1.4, tol=0.09, because="r"), x=grid, y=5 * grid**1.5).gap[0] > 0
    assert not gaps(slope(y, x, 1, tol=9, because="r"), x=grid, y=-grid).gap[0] <= 0


def test_threshold_needs_both_sides():
    relation = threshold(t, x, y, because="r")
    sides = {
        "y": np.array([True, True, False, False]),
        "y above": np.array([False, True, False, True]),
    }
    found = relation.outcome(sides | {"x": np.ones(4)}, x)
    np.testing.assert_array_equal(found.gap > 0, [False, True, True, True])
    assert relation.text() == "y iff t < x"


def test_refuted():
    relation = refuted(at_most(x, y))
    np.testing.assert_allclose(gaps(relation, x=[2.0, 0.5], y=1.0).gap, [-1, 0.5])
    assert relation.text() == "NOT always x <= y"


NANS = [
    (equal(x, y, because="r"), {"x": [NAN], "y": [1.0]}),
    (equal(x, y, atol=9, because="r"), {"x": [1.0], "y": [NAN]}),
    (equal(x, y, because="r"), {"x": [INF], "y": [INF]}),
    (at_most(x, y), {"x": [[0.1, NAN, 0.1]], "y": [1.0]}),
    (at_most(x, y), {"x": [0.1], "y": [NAN]}),
    (at_least(x, y), {"x": [NAN], "y": [1.0]}),
    (at_least(x, y), {"x": [1.0], "y": [NAN]}),
    (within(x, y, t), {"x": [NAN], "y": [1.0], "t": [1.0]}),
    (within(x, y, t), {"x": [1.0], "y": [1.0], "t": [0.0]}),
    (within(x, y, t), {"x": [1.0], "y": [1.0], "t": [NAN]}),
    (refuted(at_most(x, y)), {"x": [NAN], "y": [1.0]}),
]


@pytest.mark.parametrize("k", range(len(NANS)))
def test_nan_never_passes(k):
    relation, values = NANS[k]
    assert not (gaps(relation, **values).gap <= 0).any()


# --- decided, not measured


def test_identity():
    assert identity((x + 1) ** 2, x**2 + 2 * x + 1).decide(x**2 + 2 * x + 1).true
    assert not identity((x + 1) ** 2, x**2).decide(x**2).true
    root = identity(sqrt(x**2), x)
    assert not root.decide(x).true
    assert identity(sqrt(x**2), x, positive=(x,)).decide(x).true
    assert not identity(Abs(x), x).decide(x).true
    assert not identity(sympy.sign(x), 1).decide(Integer(1)).true
    assert identity(log(exp(x)), x).decide(x).true
    assert not identity(x, x + Rational(1, 10**30)).decide(x + Rational(1, 10**30)).true
    assert identity(x, y).decide(y).grade == "symbolic"


def test_enclosed_without_the_extra_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "flint", None)
    relation = enclosed(at_most(sin(x), x + 1), x=(0.0, 1.0))
    found = relation.decide(relation.formula)
    assert found.true is None
    assert found.detail == "not run: pip install 'precond-lab[rigorous]'"
    assert found.grade == "search"


def test_an_identity_of_exponentials_is_not_refuted_by_cancellation():
    """At a large argument their difference has no digits: neither side is shown wrong by it."""
    share = exp(x) / (1 + exp(x))
    odds = identity(share / (1 - share), exp(x))
    assert odds.decide(odds.right).true
    assert odds.decide(Rational(51, 50) * odds.right).true is False
    assert identity(share, 1 - 2 / (1 + exp(x))).decide(1 - 2 / (1 + exp(x))).true is False

"""The relation `identity`: what it certifies, where, and what it refuses. Planted mistakes must be
found."""

import numpy as np
import pytest
import sympy

from lab.claims import identity as relation

X = sympy.symbols("x")
POSITIVE = sympy.symbols("x", positive=True)


def identity(left, right, points=20):
    """The decision on left = right."""
    return relation(left, right).decide(right, points)


def test_identity_is_decided_at_rational_points():
    assert identity((X + 1) ** 2, X**2 + 2 * X + 1).true
    assert identity(sympy.sqrt(2) * sympy.sqrt(X) ** 2, sympy.sqrt(2) * X).true
    assert identity(sympy.log(POSITIVE**2), 2 * sympy.log(POSITIVE)).true
    assert not identity((X + 1) ** 2, X**2 + 2 * X).true
    assert not identity(
        sympy.log(POSITIVE**2), 2 * sympy.log(POSITIVE) + sympy.Rational(1, 10**30)
    ).true
    assert not identity(sympy.nan, X).true
    assert not identity(1 / (X - X), X).true
    n = sympy.symbols("n")
    assert not identity(sympy.sqrt(X**2 + n), X, points=3).true


# left, right, and what x must be for them to be equal wherever both are defined
PARTLY_TRUE = {
    "root of a square": (lambda x: sympy.sqrt(x**2), lambda x: x, {"nonnegative": True}),
    "absolute value": (sympy.Abs, lambda x: x, {"nonnegative": True}),
    "its negative": (sympy.Abs, lambda x: -x, {"nonpositive": True}),
    "sign": (sympy.sign, lambda x: 1, {"positive": True}),
    "not at 0": (lambda x: sympy.sign(x) ** 2, lambda x: 1, {"zero": False, "real": True}),
    "whole numbers": (sympy.floor, lambda x: x, {"integer": True}),
    "even powers of -1": (lambda x: (-1) ** x, lambda x: 1, {"even": True}),
    "logarithm of a square": (
        lambda x: sympy.log(x**2),
        lambda x: 2 * sympy.log(x),
        {"nonnegative": True},
    ),
}
DECLARATIONS = [
    {},
    {"real": True},
    *(
        {fact: True}
        for fact in ("positive", "negative", "nonnegative", "nonpositive", "integer", "even")
    ),
]


@pytest.mark.parametrize("declared", DECLARATIONS, ids=str)
@pytest.mark.parametrize("what", PARTLY_TRUE)
def test_an_identity_is_certified_where_its_symbols_live_and_nowhere_else(what, declared):
    """SymPy says whether the declaration implies the hypothesis; the identity must hold exactly
    then. Also in disguise."""
    left, right, hypothesis = PARTLY_TRUE[what]
    x = sympy.symbols("x", **declared)
    y = sympy.symbols("y", real=True)
    implied = all(x.assumptions0.get(fact) == truth for fact, truth in hypothesis.items())
    # SymPy evaluates both sides alike where it can deduce that they are equal
    assert identity(left(x), right(x)).true == implied
    assert identity((y**2 + 1) * left(x) - y, (1 + y**2) * right(x) - y).true == implied


def test_an_identity_that_fails_only_between_0_and_1_or_only_at_0():
    assert not identity(sympy.Max(X, X**2), sympy.Piecewise((X**2, X < 0), (X**2, True))).true
    assert not identity(sympy.Piecewise((1, sympy.Ne(X, 0)), (2, True)), 1).true
    nonzero = sympy.symbols("x", real=True, nonzero=True)
    assert identity(sympy.Piecewise((1, sympy.Ne(nonzero, 0)), (2, True)), 1).true
    # where it is defined
    assert identity(X / (X**2 + X), 1 / (X + 1) + 1 / X - 1 / X).true
    assert identity(sympy.Abs(X) / X, sympy.sign(X)).true
    assert "defined at 0 of 20" in identity(sympy.nan, X).detail


@pytest.mark.parametrize("seed", range(12))
def test_planted_mistakes(seed):
    """A random polynomial, expanded, holds; with one coefficient off by 1e-30 it doesn't, whatever
    the symbols are declared to be."""
    rng = np.random.default_rng(seed)
    x, y = sympy.symbols("x y", **DECLARATIONS[seed % len(DECLARATIONS)])
    factors = [
        sympy.Rational(int(a), 7) * x + int(b) * y + sympy.sqrt(2)
        for a, b in rng.integers(-9, 10, (3, 2))
    ]
    product = sympy.prod(factors)
    assert identity(product, sympy.expand(product)).true
    assert not identity(product, sympy.expand(product) + x * y * sympy.Rational(1, 10**30)).true


def test_what_an_identity_rests_on_is_said():
    assert identity((X + 1) ** 2, X**2 + 2 * X + 1).detail == "cancels to 0"
    assert identity(sympy.cosh(2 * X), 2 * sympy.cosh(X) ** 2 - 1).detail.startswith("exact at ")
    irrational = sympy.symbols("r", irrational=True)
    with pytest.raises(
        ValueError,
        match=r"identity: no rational number found for the symbol r, declared .*irrational=True",
    ):
        identity(irrational, 2 * irrational)

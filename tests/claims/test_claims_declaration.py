"""What a declaration refuses: undefined symbols, arguments that are not drawn, truth values for
hypotheses, bad ids."""

import pytest

from lab.claims import between, claim, derived, equal, named, symbols

x, y, z = symbols("x y z")
SQUARE = {"because": "rounding", "rtol": 1e-9}


def square(x):
    return {y: x**2}


def made(says, measure=square, assuming=(), instances=40):
    declared = claim(
        "own/claim",
        over={x: between(1, 2)},
        assuming=assuming,
        says=says,
        where={y: "measured"},
        cites=derived("here"),
        instances=instances,
    )
    return declared(measure)


BAD = [
    (dict(says={}), "says nothing"),
    (dict(says={"law": equal(y, z, **SQUARE)}), "z is neither drawn"),
    (dict(says={"law": equal(y, x, **SQUARE)}, assuming=[z > 0]), "z is neither drawn"),
    (dict(says={"law": equal(y, x, **SQUARE)}, instances=0), "instances = 0"),
]


@pytest.mark.parametrize("k", range(len(BAD)))
def test_declarations_are_checked(k):
    options, words = BAD[k]
    with pytest.raises(ValueError, match=words):
        made(**options)


def test_more_declarations_are_checked():
    law = {"law": equal(y, x, **SQUARE)}
    with pytest.raises(ValueError, match="takes w, which is not drawn"):
        made(law, lambda x, w: {})
    with pytest.raises(TypeError, match="not a truth value"):
        made(law, square, assuming=[True])
    for bad in ("noslash", "Upper/case", "a/b c", "a/"):
        with pytest.raises(ValueError, match="must be topic/kebab-name"):
            claim(bad, over={x: between(0, 1)}, says=law, where={y: "m"}, cites=derived("d"))


@named
def twice(x):
    """a formula that is longer than a line of the file: x, and once more
    x

    Not printed: why."""
    return 2 * x


def test_formulas_of_named_functions_are_printed_whole():
    statement = made({"law": equal(y, twice(x), **SQUARE)}).statement()
    assert "where twice: a formula that is longer than a line of the file: x, and once more x" in (
        statement
    )
    assert "Not printed" not in statement

"""What biases need in the width: as a column of their weights, and from a start that is not 0."""

import pytest
from sympy import symbols

from lab.theory.mup import PLACES, RULES, exponents, grafted, joined, kronecker

e_A, e_B, b_L = symbols("e_A e_B b_L")


def test_joined_biases():
    """What the weights beside them need, times M where they have M inputs; and their damping."""
    table = exponents(joined(kronecker(e_A, e_B)), b_L=b_L)
    own = exponents("kronecker", e_A=e_A, e_B=e_B, b_L=b_L)
    expected = [e_B - 1, e_B - e_A - 1, -e_A]
    assert [table.rows[f"{place} bias"].c for place in PLACES] == expected
    for place in PLACES:
        assert table.rows[place] == own.rows[place]
        assert table.rows[f"{place} bias"].d == own.rows[place].d
    assert exponents("EKFAC").rows["output bias"].c == -1
    assert exponents("KBFGS").rows["hidden bias"].c == -2


@pytest.mark.parametrize("name", ["LARS", "LAMB", "Adafactor"])
def test_relative_steps_of_biases_of_order_1(name):
    """Move by that, whatever the width; from 0 they are those of the method inside."""
    drawn = exponents(RULES[name].started(True))
    assert [drawn.rows[f"{place} bias"].c for place in PLACES] == [0, 0, 0]
    for place in PLACES:
        assert drawn.rows[place] == exponents(name).rows[place]
    of_length = exponents(grafted(RULES[name]).started(True))
    assert [row.c for row in of_length.rows.values()] == [row.c for row in drawn.rows.values()]
    assert RULES[name].started(False) is RULES[name]


def test_other_rules_see_no_start_of_biases():
    assert RULES["Adam"].started(True) is RULES["Adam"]
    assert grafted(RULES["Adam"]).drawn is None

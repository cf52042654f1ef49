"""Grades that are earned without rounding: how many claims, and that one wrong entry is seen."""

from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer

from lab.claims import CLAIMS, claim, derived, equal, judge, lattice, named, refuted, symbols
from lab.claims.enclosures import Enclosed
from lab.claims.proofs import Identity
from lab.claims.statements import at_most

# each judged below; that these are not all decides nothing
IN_FRACTIONS = (
    "heavy-ball/three-cycle",
    "kronecker/noise-structure",
    "moments/isserlis",
    "moments/one-hot-breaks-it",
    "sgd/covariance-recursion",
    "sophia/hutchinson",
)
A, H, off, size = symbols("A H off size")


def of_kinds(*kinds):
    return [id for id, c in CLAIMS.items() if all(isinstance(r, kinds) for r in c.says.values())]


def test_enough_claims_are_proved():
    assert len(of_kinds(Identity, Enclosed)) + len(IN_FRACTIONS) >= 25
    assert sum(any(isinstance(r, Enclosed) for r in c.says.values()) for c in CLAIMS.values()) >= 10


@pytest.mark.parametrize("id", IN_FRACTIONS)
def test_judged_in_fractions(id):
    # few instances: what is shown here is the grade
    verdict = judge(CLAIMS[id], instances=5)
    assert verdict.holds, verdict.words
    assert verdict.grade == "exact"


@named
def doubled(a):
    """2 A"""
    return 2 * a


def matrices(wrong, relation):
    """A claim about the entries of 2 A, with one entry of one instance off by 1e-30."""

    @claim(
        "test/matrices",
        over={A: lattice(2, 2)},
        says={"law": relation},
        where={H: "2 A", size: "a number"},
        cites=derived("test"),
        instances=8,
    )
    def law(A):
        h = np.vectorize(Fraction, otypes=[object])(2 * A)
        h[-1, 1, 0] += wrong
        return {H: h, size: np.full(len(A), 3)}

    return law


def test_one_entry_of_a_matrix_is_compared_without_rounding():
    law = equal(H, doubled(A), because="in fractions")
    right, wrong = (judge(matrices(x, law)) for x in (Fraction(0), Fraction(1, 10**30)))
    assert (right.holds, right.grade) == (True, "exact")
    assert not wrong.holds


def test_a_refutation_by_fractions_is_exact():
    assert judge(matrices(Fraction(0), refuted(at_most(size, Integer(2))))).grade == "exact"
    rounded = judge(matrices(0.5, refuted(at_most(H, Integer(2)))))
    assert (rounded.holds, rounded.grade) == (True, "numeric")

"""Ties: what rounding separates is one number again."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.ties import rounded

EPS = np.finfo(float).eps
numbers = st.floats(1e-200, 1e200)


@given(numbers)
def test_it_stays_within_twelve_digits(x):
    np.testing.assert_allclose(rounded([x, -x]), [x, -x], rtol=2.0**-40)


@given(st.integers(1, 1000), st.integers(1, 1000), st.integers(-8, 8))
def test_quotients_of_integers_that_differ_by_rounding_become_equal(p, q, ulps):
    """The grid has no middle at a quotient of small integers."""
    x = p / q
    near = x * (1 + ulps * EPS)
    np.testing.assert_array_equal(rounded(near), rounded(x), err_msg="what rounded is for")
    np.testing.assert_array_equal(
        rounded(near, 1.0), rounded(x, 1.0), err_msg="what rounded is for"
    )
    assert abs(Fraction(float(rounded(x))) - Fraction(p, q)) <= Fraction(p, q) / 2**40


def test_numbers_that_differ_by_more_stay_apart():
    assert rounded(1.0 + 1e-11) > rounded(1.0)
    assert rounded(1e-11, 1.0) > 0


def test_what_is_below_the_scale_is_zero():
    np.testing.assert_array_equal(rounded([1e-13, -4e-13, 0.5], 1.0), [0, 0, 0.5])
    assert rounded(1e-13, 0.01) > 0


def test_inf_and_nan_stay():
    np.testing.assert_array_equal(
        rounded([np.inf, -np.inf, np.nan, 0.0]), [np.inf, -np.inf, np.nan, 0]
    )


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shapes(shape):
    assert rounded(np.ones(shape)).shape == shape

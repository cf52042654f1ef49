"""Zeros between bounds: against mpmath's, where values are flat, steep, infinite or far apart."""

import mpmath
import numpy as np
import pytest

from lab.theory.roots import TOLERANCE, crossing

FUNCTIONS = {
    "line": (lambda x: 3 * x - 1, -5.0, 7.0),
    "cosine": (lambda x: np.cos(x) - x, 0.0, 1.0),
    "a zero that is flat": (lambda x: (x - 0.3) ** 9, -1.0, 2.0),
    "a step": (lambda x: 1.0 if x > 0.123456789 else -1.0, -3.0, 4.0),
    "a pole beside it": (lambda x: 1 / (1 - x) - 1e6, 0.0, 1 - 1e-12),
    "a steep wall": (lambda x: np.exp(200 * (x - 0.9)) - 1, -3.0, 1.0),
    "infinite at an end": (lambda x: np.log(x) if x > 0 else -np.inf, 0.0, 30.0),
    "infinite at both": (lambda x: -np.inf if x < 1 else (np.inf if x > 1 else 0.0), -8.0, 9.0),
    "wide": (lambda x: np.arctan(x - 1e-3), -1e6, 1e6),
    "falling": (lambda x: 1 - x**3, 0.0, 8.0),
}


class Counted:
    """A function that counts its values."""

    def __init__(self, f):
        self.f, self.calls = f, 0

    def __call__(self, x):
        self.calls += 1
        return self.f(x)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_lies_between_values_of_both_signs(name):
    f, low, high = FUNCTIONS[name]
    counted = Counted(f)
    found = crossing(counted, low, high)
    # the tolerance, and half a unit that rounding of x may add
    near = 2 * TOLERANCE * max(1.0, abs(low), abs(high))
    assert f(found) == 0 or f(found - near) * f(found + near) <= 0
    # halving needs log2(high - low) + 50; an inverse parabola is thrown in at most every other time
    assert counted.calls <= 2 * (np.log2(high - low) + 52)


@pytest.mark.parametrize("name", ["cosine", "falling"])
def test_smooth_ones_take_few_values_and_agree_with_mpmath(name):
    f, low, high = FUNCTIONS[name]
    counted = Counted(f)
    found = crossing(counted, low, high)
    exact = {"cosine": lambda x: mpmath.cos(x) - x, "falling": lambda x: 1 - x**3}[name]
    with mpmath.workdps(30):
        zero = float(mpmath.findroot(exact, (low, high), solver="anderson"))
    np.testing.assert_allclose(found, zero, rtol=0, atol=2 * TOLERANCE * max(1.0, high))
    assert counted.calls < 20


def test_either_end_may_be_the_zero():
    assert crossing(lambda x: x - 1, 1.0, 4.0) == 1
    assert crossing(lambda x: x - 4, 1.0, 4.0) == 4


def test_no_change_of_sign_and_no_number_are_told():
    with pytest.raises(ArithmeticError, match="between low = 1 and high = 4"):
        crossing(lambda x: x, 1.0, 4.0)
    with pytest.raises(ArithmeticError, match="must change sign"):
        crossing(lambda x: np.nan, 1.0, 4.0)
    with pytest.raises(ArithmeticError, match="is not a number at"):
        crossing(lambda x: x if abs(x) == 1 else np.nan, -1.0, 1.0)

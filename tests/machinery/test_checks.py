"""Input checks: what passes, what is refused, in which words."""

import numpy as np
import pytest

from lab import checks

BOUNDS = {
    "positive": ("> 0", [1e-300, 5], [0, -1]),
    "nonnegative": (">= 0", [0, 5], [-1e-300]),
    "fraction": (r"in \[0, 1\)", [0, 0.999], [1, -0.1]),
    "unit": (r"in \[0, 1\]", [0, 1], [1.1, -0.1]),
    "probability": (r"in \(0, 1\)", [0.5], [0, 1]),
    "root_power": (r"in \[-1, 0\]", [-1, -0.5, 0], [-1.1, 0.1]),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_bounds(name):
    check, (rule, good, bad) = getattr(checks, name), BOUNDS[name]
    for value in [*good, good, np.array(good)]:
        assert check("x", value) is None
    for value in bad:
        for given in (value, np.array([good[0], value])):
            with pytest.raises(ValueError, match=rf"x = {value:g}: must be {rule}"):
                check("x", given)
    for value, said in (
        (np.nan, "x = nan"),
        (-np.inf, "x = -inf"),
        ([good[0], np.nan], r"x\[1\] = nan"),
        ([[good[0], np.inf]], r"x\[0, 1\] = inf"),
    ):
        with pytest.raises(ValueError, match=f"^{said}: must be finite"):
            check("x", value)


def test_real():
    assert checks.real("x", [1, 2]).dtype == float
    for flag in (True, [True, False]):
        with pytest.raises(TypeError, match="must be real numbers, not True or False"):
            checks.real("x", flag)
    for masked in (np.ma.masked, np.ma.masked_array([1.0, 2.0], [True, False])):
        with pytest.raises(TypeError, match="x has masked entries: must be real numbers"):
            checks.real("x", masked)
    assert checks.real("x", np.ma.masked_array([1.0, 2.0])).sum() == 3.0, "nothing is masked"
    with pytest.raises(ValueError, match="x is empty: must have at least one entry"):
        checks.real("x", [])
    with pytest.raises(ValueError, match="x is a ragged list"):
        checks.real("x", [[1.0], [1.0, 2.0]])
    for bad in (1j, "a", None, [object()]):
        with pytest.raises(TypeError, match=r"x has dtype .*: must be real numbers"):
            checks.real("x", bad)
    with pytest.raises(ValueError, match=r"x has shape \(2,\): must have 0 or 2 axes"):
        checks.real("x", [1, 2], (0, 2))
    original = np.ones(2)
    assert checks.real("x", original) is not original


def test_count():
    assert checks.count("k", np.int64(3)) == 3
    assert checks.count("k", 0, 0) == 0
    for bad in (0, -1, 1.0, "1", True, None, np.nan):
        with pytest.raises(ValueError, match=r"k = .*: must be an integer >= 1"):
            checks.count("k", bad)


def test_generator():
    rng = np.random.default_rng(3)
    assert checks.generator("rng", rng) is rng
    drawn = checks.generator("rng", 3).random()
    assert drawn == rng.random()  # one stream, one draw
    for bad in (-1, 1.5, "a", None):
        with pytest.raises(ValueError, match=r"rng = .*: must be an integer >= 0"):
            checks.generator("rng", bad)


def test_able():
    checks.able("x", [], "append", "pop")
    with pytest.raises(TypeError, match="x is the class list: must be an instance with append"):
        checks.able("x", list, "append")
    with pytest.raises(
        TypeError, match="x is of type int: must be an instance with append and pop"
    ):
        checks.able("x", 3, "append", "pop")


def test_one_of():
    checks.one_of("labels", "a", ("a", "b"))
    with pytest.raises(ValueError, match="labels = 'c': must be one of 'a', 'b'"):
        checks.one_of("labels", "c", ("a", "b"))


def test_loops_have_a_longest():
    assert checks.loops("n", 3) == 3
    assert checks.count("n", 10**9) == 10**9
    with pytest.raises(ValueError, match="n = 1000000000: must be an integer >= 1, at most 1000"):
        checks.loops("n", 10**9)
    with pytest.raises(ValueError, match=r"n = .*: must be an integer >= 1, at most 9007"):
        checks.count("n", 10**30)

"""Numbers and orders in words."""

import numpy as np
import pytest

from lab import sentences

METHODS = ("GD", "Adam", "sign, halving")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([10, 20, 40], "GD, 10 steps; then Adam, 20, 2 times as much"),
        ([40, 20, 10], "sign descent (halving), 10 steps; then Adam, 20, 2 times as much"),
        ([10, 10, 10], "tie of GD, Adam and sign descent (halving), 10 steps"),
        ([10, 10.05, 20], "tie of GD and Adam, 10 to 10.1 steps; then sign descent (halving), 20,"),
        ([np.inf, 10, np.inf], "Adam, 10 steps; not reached by GD and sign descent (halving)"),
        ([np.inf] * 3, "nobody gets there"),
        ([0.0, 1.0, 2.0], "GD, 0 steps; then Adam, 1;"),
    ],
)
def test_who_is_first(values, said):
    assert f"{sentences.first(METHODS, values, unit='steps')};".startswith(said)


def test_bands_that_meet_are_a_tie():
    values = np.array([1.0, 1.5, 9.0])
    low = np.array([0.5, 1.1, 8.0])
    apart = sentences.first(METHODS, values, (low, np.array([1.05, 1.9, 9.5])))
    assert apart.startswith("GD, 1; then Adam, 1.5, 1.5 times as much")
    wide = sentences.first(METHODS, [1.0, 9.0, 2.0], (np.array([0.5, 0.9, 1.8]), low + 1))
    assert wide.endswith(
        "(bands overlap); outside of the tie sign descent (halving), 2, 2 times as much"
    )
    narrow = np.array([1.0, 1.004, 9.0])
    hardly = sentences.first(METHODS, narrow, (narrow, narrow))
    assert hardly.startswith("GD, 1; then Adam, 1, 0.4% more")
    meet = sentences.first(METHODS, values, (low, np.array([1.15, 1.9, 9.5])))
    assert meet.startswith("tie of GD and Adam, 1 to 1.5 (bands overlap); then sign descent")


def test_what_is_below_the_floor_is_rounding():
    told = sentences.first(METHODS, [1e-15, 1e-13, 1e-3], floor=1e-12)
    assert told.startswith("tie of GD and Adam, below 1e-12, where rounding decides; then sign")
    assert "times" not in told
    assert sentences.standing(METHODS, [1e-15, 1e-13, 1e-3]).leaders == ["GD"]


def test_numbers_in_words():
    told = [sentences.number(x) for x in (0.0, 12, 1234.5, 1.23456e-7, 2e9, np.inf, np.array(3.0))]
    assert told == ["0", "12", "1,234", "1.23e-07", "2e+09", "infinite", "3"]
    assert sentences.listed([]) == ""
    assert sentences.listed(["a"]) == "a"
    assert sentences.span(1.0, 1.0) == "1"
    assert sentences.quantiles_of(9) == "smallest to largest of 9 seeds"
    assert sentences.quantiles_of(10) == "10-90 % of 10 seeds"


def test_numbers_are_told_alike_whatever_their_last_digits():
    for x in (0.0, 0.05, 1.0, 12.0, 999.0, 1000.0, 123456.0, 1e6):
        near = (x, -x) if x == 0 else (x, x * (1 - 1e-15), x * (1 + 1e-15))
        assert len({sentences.number(y) for y in near}) == 1
        assert len({sentences.signed(y) for y in near}) == 1
    # three digits are 1000 from here on, which :.3g would tell as 1e+03
    assert sentences.number(999.6) == "1,000"
    assert sentences.number(999.4) == "999"


def test_signs_of_what_is_zero_to_its_places():
    told = [sentences.signed(x) for x in (-0.0, -0.004, 0.004, -0.006, 1.25)]
    assert told == ["+0.00", "+0.00", "+0.00", "-0.01", "+1.25"]
    assert sentences.signed(-0.04, 1) == "+0.0"
    assert [sentences.exponent(x) for x in (-0.0, 0.5, -1.0)] == ["+0", "+0.5", "-1"]


def test_rounding_has_no_digits():
    assert sentences.closeness(9e-14) == sentences.closeness(0.0) == "rounding"
    assert sentences.closeness(2e-11) == "2e-11"
    assert sentences.closeness(0.123) == "0.1"


def test_a_band_of_few_is_the_smallest_and_the_largest():
    """What quantiles_of says of fewer than ten runs is what the quantiles of experiments are."""
    for count in range(2, 10):
        runs = np.random.default_rng(count).standard_normal(count)
        levels = np.quantile(runs, (0.1, 0.9), method="inverted_cdf")
        np.testing.assert_array_equal(levels, [runs.min(), runs.max()], err_msg="values of runs")


def test_distance_ignores_what_is_not_compared():
    assert sentences.apart([1.1, np.inf, 5.0], [1.0, 1.0, 0.0]) == pytest.approx(0.1)

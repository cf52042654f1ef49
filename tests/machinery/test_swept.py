"""A sweep of small cases names every culprit."""

import pytest
from swept import over


@over(range(1, 4))
def test_all_of_them_pass(case):
    assert case > 0


def test_every_culprit_is_named_with_its_reason():
    @over(["one", "two", "three"], name=str.upper)
    def sweep(case):
        assert case == "two", f"it is {len(case)} long"

    with pytest.raises(AssertionError, match=r"(?s)2 of 3:\nONE: it is 3 .*\nTHREE: it is 5 ") as r:
        sweep()
    assert "TWO" not in str(r.value)


def test_an_error_is_no_failure():
    """It stops the sweep, with its own traceback."""

    @over([1, 0])
    def sweep(case):
        assert 1 / case

    with pytest.raises(ZeroDivisionError):
        sweep()

"""AdaL's transformed gradient under Gaussian noise, against numbers computed elsewhere."""

import numpy as np
import pytest

from lab.theory.adal import weighted_kurtosis


@pytest.mark.parametrize(("n", "expected"), [(1, 35 / 3), (2, 8.5629), (4, 6.2123), (10, 4.4048)])
def test_kurtosis(n, expected):
    # the table has four decimals
    np.testing.assert_allclose(weighted_kurtosis(n), expected, atol=5e-5)


def test_kurtosis_in_high_dimension():
    n = 2000
    # the next order of n (kurtosis - 3) is about 10 / n
    np.testing.assert_allclose(n * (weighted_kurtosis(n) - 3), 6 * np.pi - 4, rtol=0.01)


def test_no_dimension_is_refused():
    with pytest.raises(ValueError, match="n = 0"):
        weighted_kurtosis(0)

"""Spectra and matrices that have them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.bases import random
from lab.spectra import (
    geometric,
    geometric_integers,
    hadamard_blocks,
    power_law,
    two_level,
    with_spectrum,
)


def test_formulas():
    np.testing.assert_allclose(geometric(3, 100.0, 2.0), [2.0, 0.2, 0.02], rtol=1e-14)
    np.testing.assert_allclose(power_law(4, 2.0), [1, 1 / 4, 1 / 9, 1 / 16], rtol=1e-15)
    np.testing.assert_array_equal(two_level(4, 50.0), [50, 1, 1, 1])
    np.testing.assert_array_equal(two_level(4, 50.0, 3), [50, 50, 50, 1])


@given(st.integers(2, 8), st.integers(0, 2**31))
def test_with_spectrum(n, seed):
    lam = geometric(n, 100.0)
    h = with_spectrum(lam, random(n, np.random.default_rng(seed)))
    np.testing.assert_array_equal(h, h.T, err_msg="(h + h^T) / 2 commutes")
    np.testing.assert_allclose(np.linalg.eigvalsh(h)[::-1], lam, atol=1e-14)


@pytest.mark.parametrize("size", [2, 4, 16])
def test_hadamard_blocks(size):
    """Unit diagonal; the active vectors are eigenvectors with the given eigenvalues; the others
    share (size - lam) / (size - 1)."""
    lam = np.array([0.1, 0.5, 0.9]) * size
    h, v = hadamard_blocks(lam, size)
    np.testing.assert_allclose(np.diag(h), 1.0, rtol=1e-14)
    np.testing.assert_array_equal(np.abs(v), 1.0)
    expected = []
    for k, active in enumerate(lam):
        x = np.zeros(3 * size)
        x[k * size : (k + 1) * size] = v[k]
        np.testing.assert_allclose(h @ x, active * x, atol=1e-13 * size)
        expected += [active] + [(size - active) / (size - 1)] * (size - 1)
    np.testing.assert_allclose(np.linalg.eigvalsh(h), np.sort(expected), atol=1e-13 * size)


def test_bad_input():
    for call, said in (
        (lambda: geometric(0, 2.0), "n = 0: must be an integer >= 1"),
        (lambda: geometric(3, -2.0), "kappa = -2: must be > 0"),
        (lambda: geometric(3, 2.0, 0.0), "largest = 0: must be > 0"),
        (lambda: power_law(2.5, 1.0), "n = 2.5: must be an integer"),
        (lambda: power_law(3, np.nan), "exponent = nan: must be finite"),
        (lambda: two_level(3, 0.0), "kappa = 0: must be > 0"),
        (lambda: two_level(3, 2.0, 0), "large = 0: must be an integer >= 1"),
        (
            lambda: with_spectrum(np.ones((2, 2)), random(2, np.random.default_rng(0))),
            "lam has shape",
        ),
        (lambda: hadamard_blocks(np.array([4.0]), 4), r"must be in \(0, 4\), the block size"),
        (lambda: hadamard_blocks(np.array([1.0]), 3), "must be a power of two"),
    ):
        with pytest.raises(ValueError, match=said):
            call()


def test_a_grid_of_integers():
    """By hand: 1, 2.15, 4.64, 10, 21.5, 46.4, 100; 2.5 goes to the even 2, 2.5^2 = 6.25."""
    np.testing.assert_array_equal(geometric_integers(1, 100, 7), [1, 2, 5, 10, 22, 46, 100])
    np.testing.assert_array_equal(
        geometric_integers(1, 100, 7, down=True), [1, 2, 4, 10, 21, 46, 100]
    )
    np.testing.assert_array_equal(geometric_integers(1, 6.25, 3), [1, 2, 6])
    np.testing.assert_array_equal(geometric_integers(1, 4, 40), [1, 2, 3, 4])
    np.testing.assert_array_equal(geometric_integers(7, 7, 3), [7])


@pytest.mark.parametrize("points", [4, 7, 13, 16])
def test_powers_of_ten_stay_themselves_when_rounded_down(points):
    """Their logarithms are rounded, so the grid may stand just below them."""
    grid = geometric_integers(1, 1000, points, down=True)
    assert {1, 10, 100, 1000} <= set(grid.tolist())


@pytest.mark.parametrize("ends", [(0.5, 2.0), (3.0, 2.0), (1.0, 1e17)])
def test_a_grid_of_integers_has_its_ends_in_order(ends):
    with pytest.raises(ValueError, match=r"^first = .*, last = .*: must be 1 <= first <= last"):
        geometric_integers(*ends, 3)

"""Expectations by enumeration: moments of points and of gradients, against closed forms."""

from fractions import Fraction

import numpy as np
import pytest
from examples import spd

from lab.claims.enumerated import (
    along,
    exact_mean_outer,
    gradients,
    mean_outer,
    of_batch,
    points,
    single_moments,
    whole,
    whole_gradients,
    whole_points,
)
from lab.objectives import Elliptical, Gaussian, RandomDesign
from lab.theory.moments import second_moment

SIGMA = spd(3)
DELTA = np.array([0.3, -1.0, 0.7])
NOISE = 0.6
# some thousand terms of size up to 100
ROUNDING = 1e-12


@pytest.mark.parametrize("kurtosis", [1.0, 1.7, 3.0, 5.0])
@pytest.mark.parametrize("n", [1, 2, 3])
def test_points_are_independent_and_have_this_kurtosis(n, kurtosis):
    z, chance = points(n, kurtosis)
    assert chance.min() > 0
    for power, moment in enumerate((1.0, 0.0, 1.0, 0.0, kurtosis)):
        np.testing.assert_allclose(chance @ z**power, moment, atol=ROUNDING)
    np.testing.assert_allclose(mean_outer(z, chance), np.eye(n), atol=ROUNDING)
    squares = mean_outer(z**2, chance)
    np.testing.assert_allclose(squares, 1 + (kurtosis - 1) * np.eye(n), atol=ROUNDING)


@pytest.mark.parametrize("batch", [1, 2])
def test_gradients_have_their_gaussian_moments(batch):
    g, chance = gradients(SIGMA, DELTA, NOISE, 3.0, batch=batch)
    np.testing.assert_allclose(chance.sum(), 1, rtol=ROUNDING)
    np.testing.assert_allclose(chance @ g, SIGMA @ DELTA, atol=ROUNDING)
    expected = second_moment(SIGMA, DELTA, NOISE, batch)
    np.testing.assert_allclose(mean_outer(g, chance), expected, atol=100 * ROUNDING)


@pytest.mark.parametrize("size", [1, 2, 10**6])
@pytest.mark.parametrize("k4", [1.0, 4.0])
def test_moments_of_a_batch(size, k4):
    """Rows with a common random size, against the design's own fourth moment."""
    design = Gaussian() if k4 == 1 else Elliptical(k4)
    f = RandomDesign(SIGMA, 0.0, design, NOISE)
    arrays = [np.array([x]) for x in (SIGMA, DELTA, NOISE, 3.0, k4)]
    single = single_moments(*arrays)
    expected = f.second_moment(DELTA, size).dense()
    np.testing.assert_allclose(of_batch(*single, [size])[0], expected, atol=100 * ROUNDING)
    u = np.linalg.qr(np.vander(DELTA, increasing=True))[0]
    turned = np.diag(u.T @ expected @ u)
    np.testing.assert_allclose(along(u[None], *single, size)[0], turned, atol=100 * ROUNDING)


@pytest.mark.parametrize("kurtosis", [1, 2, 3, 4])
@pytest.mark.parametrize("n", [1, 2])
def test_whole_points_have_these_moments_exactly(n, kurtosis):
    z, weight = whole_points(n, kurtosis)
    assert weight.min() > 0
    assert weight.sum() == 24**n
    for power, moment in enumerate((1, 0, 1, 0, kurtosis)):
        found = weight @ z**power
        expected = np.full(found.shape, moment * 24**n)
        np.testing.assert_array_equal(found, expected, err_msg="integers")
    second = exact_mean_outer(z, weight, 24**n)
    np.testing.assert_array_equal(second, np.eye(n, dtype=int), err_msg="fractions")


@pytest.mark.parametrize("batch", [1, 2])
def test_whole_gradients_are_those_of_the_covariance(batch):
    a = np.array([[1, 2], [0, -1]])
    d = np.array([2, -1])
    noise = 3
    g, weight, total = whole_gradients(a, d, noise, 3, batch)
    expected = second_moment(a @ a.T, d, noise, batch)
    found = exact_mean_outer(g, weight, total * batch**2)
    assert all(isinstance(x, Fraction) for x in found.ravel())
    np.testing.assert_allclose(found.astype(float), expected, rtol=ROUNDING)


def test_what_may_have_been_rounded_is_not_whole():
    assert whole(np.array([3.0, -(2.0**52)])).dtype == np.int64
    for rounded in (0.5, 2.0**53, np.inf, np.nan):
        with pytest.raises(ArithmeticError, match="this was rounded"):
            whole(np.array([1.0, rounded]))
    with pytest.raises(ArithmeticError, match="take smaller integers"):
        exact_mean_outer(np.array([[2**31]]), np.array([1]), 1)
    with pytest.raises(ValueError, match="kurtosis = 5: must be"):
        whole_points(1, 5)

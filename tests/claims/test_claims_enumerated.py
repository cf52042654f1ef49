"""Expectations by enumeration: moments of points and of gradients, against closed forms."""

import numpy as np
import pytest
from examples import spd

from lab.claims.enumerated import along, gradients, mean_outer, of_batch, points, single_moments
from lab.objectives import Elliptical, Gaussian, RandomDesign
from lab.theory.moments import second_moment

SIGMA, DELTA, NOISE = spd(3), np.array([0.3, -1.0, 0.7]), 0.6
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

"""What the experiments on the Fisher matrices must find."""

import numpy as np
import pytest
from files import quick, run_quick

from lab.theory.fisher import logistic_pencil


def test_pencil_at_the_largest_norm():
    """Student of norm 40, teacher 1.5: spreads 216, 609, 597 at 0, 90, 180 degrees; the limit laws
    are off by about 1.5 / c there."""
    found = quick("logistic_fisher")
    np.testing.assert_allclose(found["spread"][:, -1], [216, 609, 597], atol=0.5, rtol=0)
    for name in ("spread", "bulk", "top"):
        np.testing.assert_allclose(
            found[f"law_{name}"][:, -1], found[name][:, -1], rtol=1.5 / 40 + 0.005
        )
    middle = logistic_pencil(np.ones(3), np.array([found["c"][4], 0, 0]), np.array([0, 1.5, 0]))
    np.testing.assert_allclose(found["spread"][1, 4], middle.spread, rtol=1e-12)


def test_adam_is_gn_half_at_the_origin_of_the_digits():
    """theta = 0: every example weighs 1/4, so F = G and the ratio is 1; at full batch it is far
    from it."""
    found = quick("digits_fisher")
    np.testing.assert_allclose(found["start_one_theory"], 1.0, rtol=1e-12)
    assert found["start_spread_theory"][0] == pytest.approx(1.0, rel=1e-12)
    for stage in ("start", "middle", "late"):
        ratio = found[f"{stage}_full_theory"]
        np.testing.assert_allclose(found[f"{stage}_full_measured"], ratio, rtol=1e-12)
        assert ratio[-1] / ratio[0] > 10
        assert np.exp(np.log(ratio).mean()) == pytest.approx(1.0, rel=1e-12)


def test_measured_squares_agree_with_the_interpolation():
    """125 draws of batch 32: the mean of a squared gradient, close to Gaussian, has a relative
    error of sqrt(2 / 125), its inverse root
    half of that; 5 of those."""
    found = quick("digits_fisher")
    for stage in ("start", "middle", "late"):
        off = np.abs(np.log(found[f"{stage}_some_measured"] / found[f"{stage}_some_theory"]))
        assert (off <= 5 * np.sqrt(2 / 125) / 2).all()


def test_too_few_steps_are_reported():
    with pytest.raises(ValueError, match=r"steps = 2: excess loss .* take more steps"):
        run_quick("digits_fisher", steps=2)

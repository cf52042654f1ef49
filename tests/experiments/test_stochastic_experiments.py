"""What the experiments of the stochastic regime must find, at small settings."""

import numpy as np
import pytest
from files import run_quick


@pytest.mark.parametrize("settings", [{}, {"dims": 5, "noise": 1.0, "seed": 1}])
def test_monte_carlo_agrees_with_the_exact_risk(settings):
    found = run_quick("exact_risk", **settings)
    assert found["worst"] <= 5
    assert found["error"][..., 1:].min() > 0


def test_measured_squared_gradients_agree_and_lie_between_the_bounds():
    found = run_quick("adam_is_gn_half", runs=20_000)
    assert found["z"] <= 5
    for name in ("eigen_k", "haar_k"):
        assert (found[name] >= 1 - 1e-12).all()
        assert (found[name] <= found["upper"] * (1 + 1e-12)).all()
    assert (found["noisy_k"] <= found["noisy_upper"]).all()


def test_spectral_radii_agree_with_the_scalar_equations():
    """30 halvings know the limit to 2e-9. The minimiser knows log lr to 1e-5, and the rate, flat at
    its minimum, better than that."""
    found = run_quick("stability_and_rate", marks=(1, 8, 64, 512), points=4, largest=512.0)
    np.testing.assert_array_equal(found["batch"], found["marks"], err_msg="integers")
    np.testing.assert_allclose(found["measured_limit"], found["limit"], atol=2e-9)
    np.testing.assert_allclose(found["measured_rate"], found["rate"], rtol=1e-5)
    assert (found["rate"] >= found["bound_rate"] * (1 - 1e-12)).all()


def test_the_best_power_depends_on_the_horizon_and_the_source():
    """On a grid of 1/8; the rows are source exponents, the columns the horizons 10, 100, 1000."""
    found = run_quick("finite_horizon", dims=100, powers=11, points=4, longest=1000)
    np.testing.assert_array_equal(found["t"], [1, 10, 100, 1000])
    expected = [
        [-0.125, -0.25, -0.75],
        [-0.375, -0.5, -0.875],
        [-0.625, -0.75, -0.875],
        [-1, -1, -1],
    ]
    np.testing.assert_array_equal(found["best"][:, 1:], expected, err_msg="multiples of 1/8")


def test_adam_stops_at_the_floors_within_the_range_of_the_derivation():
    """Leading order in B / n: 3 % at n = 16 B and 2 % of sampling error; with label noise 8 % of
    sampling error in a median of 12."""
    found = run_quick(
        "adam_floors",
        dims=(32,),
        batches=(1, 2),
        steps=600,
        noisy_dims=32,
        noisy_batches=(1,),
        rates=2,
    )
    np.testing.assert_allclose(found["floor"][0, 1], found["theory"][0], rtol=0.05)
    np.testing.assert_allclose(
        found["noisy_floor"][0, 1, -1], found["noisy_theory"][0, -1], rtol=0.1
    )

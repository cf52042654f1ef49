"""Powers from thin factors against dense ones, and the dampings of two factors."""

import numpy as np
import pytest

from lab.checks import EPS
from lab.dampings import Sizes, dampings
from lab.linalg import symmetric_power
from lab.thin import power_times, pushed

RNG = np.random.default_rng(1)
Z = RNG.standard_normal((2, 30, 6)) / 5
# rank deficient: the last column twice
Z[..., -1] = Z[..., 0]
LARGEST = np.linalg.norm(Z, 2, axis=(-2, -1)).max() ** 2


@pytest.mark.parametrize("rho", [1.0, 1e-2, 1e-4, 1e-8])
@pytest.mark.parametrize("power", [-1.0, -0.5, -0.25, 0.5])
def test_thin_is_dense(power, rho):
    """On the range, relative to the largest entry: ten times n eps (lam / rho)^e, which is what an
    eigenvalue of size rho is worth when its matrix has one of size lam."""
    dense = symmetric_power(Z @ Z.swapaxes(-1, -2) + rho * np.eye(30), power) @ Z
    size = np.abs(dense).max()
    tolerance = 10 * 30 * EPS * (LARGEST / rho) ** max(-power, 0)
    # the dense root knows an eigenvalue rho to eps lam
    tolerance += 30 * EPS * LARGEST / rho
    assert np.abs(power_times(Z, Z, power, rho) - dense).max() <= tolerance * size
    assert np.abs(pushed(Z, power, rho) - dense).max() <= tolerance * size


def test_outside_the_range():
    x = RNG.standard_normal((2, 30, 3))
    rho = np.array([0.1, 2.0])
    dense = np.stack(
        [symmetric_power(z @ z.T + r * np.eye(30), -0.5) for z, r in zip(Z, rho, strict=True)]
    )
    np.testing.assert_allclose(power_times(Z, x, -0.5, rho), dense @ x, atol=1e-12)


def test_without_damping_it_is_the_pseudo_inverse():
    x = RNG.standard_normal((2, 30, 3))
    dense = symmetric_power(Z @ Z.swapaxes(-1, -2), -1.0)
    np.testing.assert_allclose(power_times(Z, x, -1.0), dense @ x, atol=1e-10)
    assert (power_times(np.zeros((4, 2)), np.ones((4, 1)), -1.0) == 0).all()


def test_a_diverged_run_leaves_the_others():
    spoilt = Z.copy()
    spoilt[0, 0, 0] = np.inf
    found = power_times(spoilt, Z, -1.0, 0.1)
    assert np.isnan(found[0]).any()
    np.testing.assert_allclose(found[1], power_times(Z, Z, -1.0, 0.1)[1])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: power_times(Z, np.ones((3, 1)), -1.0), "x has shape"),
        (lambda: power_times(Z, Z, -1.0, -0.1), "rho = -0.1"),
        (lambda: power_times(Z, Z, np.nan, 0.1), "power"),
        (lambda: pushed(np.ones(3), -1.0), "z has shape"),
        (lambda: pushed(Z, -1.0, np.ones(3)), "rho has runs"),
        (lambda: dampings("half", 1.0, Sizes(1.0, 1.0, 1, 1)), "kind = 'half'"),
        (lambda: dampings("pi", -1.0, Sizes(1.0, 1.0, 1, 1)), "rho = -1"),
        (lambda: dampings("pi", 1.0, Sizes(-1.0, 1.0, 1, 1)), "trace_A = -1"),
        (lambda: dampings("pi", 1.0, Sizes(1.0, 1.0, 0, 1)), "inputs = 0"),
    ],
)
def test_malformed(call, said):
    with pytest.raises(ValueError, match=said):
        call()


def test_dampings():
    sizes = Sizes(8.0, 3.0, 4, 6)
    assert dampings("absolute", 0.1, sizes) == (0.1, 0.1)
    np.testing.assert_allclose(dampings("trace", 0.1, sizes), (0.8, 0.3))
    # mean eigenvalues 2 and 1/2: pi = 2
    np.testing.assert_allclose(dampings("pi", 0.01, sizes), (0.2, 0.05))
    both = dampings("printed", 0.25, sizes)
    np.testing.assert_allclose(both, (np.sqrt(2 / 3), np.sqrt(3 / 2)))
    np.testing.assert_allclose(dampings("pi", 0.01, Sizes(0.0, 3.0, 4, 6)), (0.1, 0.1))

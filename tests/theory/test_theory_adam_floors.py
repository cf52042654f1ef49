"""Fixed points of Adam's noise floor: their equations by other means, published limits, scaling,
refusals."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

from lab.spectra import geometric, power_law
from lab.theory import adam_floors
from lab.theory.adam_floors import effective_rank, idealised_adam_floor, slow_adam_floor
from lab.theory.sgd import stability_limit

FLAT = np.ones(5)


def mean_ratio(c):
    """E z^2 / sqrt(z^2 + c) by quadrature."""
    return (
        2
        * quad(lambda z: z**2 / np.sqrt(z**2 + c) * np.exp(-(z**2) / 2), 0, 40)[0]
        / np.sqrt(2 * np.pi)
    )


def test_the_mean_ratio_keeps_its_digits():
    """H(c) in 40 digits, of which the difference of the Bessel functions loses log10(c)."""
    grid = np.geomspace(1e-8, 1e12, 61)
    beside = adam_floors.FAR * np.array([0.9, 1.0, 1 + 1e-12, 1.1])
    for c in np.concatenate([grid, beside]):
        with mpmath.workdps(40):
            x = mpmath.mpf(float(c)) / 4
            bessel = mpmath.besselk(1, x) - mpmath.besselk(0, x)
            exact = 4 * x * mpmath.exp(x) * bessel / mpmath.sqrt(8 * mpmath.pi)
        # EPS / 2 of each function times c / 2 is 1.1e-13 at FAR
        assert float(adam_floors._mean_ratio(c)) == pytest.approx(float(exact), rel=2e-13), c


@pytest.mark.parametrize("batch", [1, 16])
@pytest.mark.parametrize("noise", [0.0, 0.7])
def test_equal_eigenvalues_have_one_equation(batch, noise):
    """m = (T - noise^2) / n, so lr = 2 sqrt(m / A) E z^2 / sqrt(z^2 + T / ((B+1) m)) is an equation
    in T, here by quadrature."""
    n = len(FLAT)
    lr = 0.3
    a = 1 + 1 / batch

    def drift(total):
        m = (total - noise**2) / n
        return 2 * np.sqrt(m / a) * mean_ratio(total / ((batch + 1) * m)) - lr

    low = noise**2 * (1 + 1e-9) + 1e-9
    expected = brentq(drift, low, 1e3, xtol=1e-12)
    # the quadrature is asked for 1e-8
    assert idealised_adam_floor(FLAT, lr, batch, noise) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("beta1", [0.0, 0.9])
def test_the_slow_floor_satisfies_its_equations(beta1):
    lam = power_law(6, 1.5)
    lr = 0.2
    batch = 3
    total = slow_adam_floor(lam, lr, batch, beta1)
    w = np.sqrt(lam)
    a = 1 + 1 / batch
    memory = (1 - beta1) / (1 + beta1)

    def moment(step):
        def drift(m):
            u = step / np.sqrt(a * m + total / batch)
            return m * (2 - memory * u) - u * (m + total) / batch

        return brentq(drift, 1e-12, 1e3, xtol=1e-15)

    assert sum(moment(lr * k) for k in w) == pytest.approx(total, rel=1e-8)


def test_without_momentum_the_slow_floor_is_a_square_root():
    """m_i = (a_i + sqrt(a_i^2 + 4 c_i)) / 2, a_i = A lr^2 lam_i / 4, c_i = lr^2 lam_i T / (4 B)."""
    lam = geometric(7, 50.0)
    lr = 0.4
    batch = 2
    total = slow_adam_floor(lam, lr, batch)
    a = 1.5 * lr**2 * lam / 4
    c = lr**2 * lam * total / (4 * batch)
    assert ((a + np.sqrt(a**2 + 4 * c)) / 2).sum() == pytest.approx(total, rel=1e-9)


def test_large_effective_rank_is_the_edge_of_stability():
    """The next order is (B + 1) / r1 = 0.02 of sqrt(T), as 3/4 to 1/2 of it: one quarter
    remains."""
    lam = geometric(256, 100.0)
    edge = 1 / stability_limit(lam, -0.5, 1)
    assert effective_rank(lam) == pytest.approx(100.2, abs=0.1)
    assert idealised_adam_floor(lam, 1.0, 1) ** 0.5 == pytest.approx(edge, rel=0.01)
    assert slow_adam_floor(lam, 1.0, 1) ** 0.5 == pytest.approx(edge, rel=0.01)


def test_the_floor_scales_with_the_step():
    lam = power_law(9, 2.0)
    for floor in (idealised_adam_floor, slow_adam_floor):
        assert floor(lam, 3.0, 4) == pytest.approx(9 * floor(lam, 1.0, 4), rel=1e-8)
        assert floor(4 * lam, 1.0, 4) == pytest.approx(4 * floor(lam, 1.0, 4), rel=1e-8)
        assert floor(lam, 1e-6, 4, noise=1.0) == pytest.approx(1.0, abs=1e-5)


def test_momentum_lowers_the_floor():
    lam = geometric(32, 100.0)
    assert slow_adam_floor(lam, 1.0, 16, 0.9) < slow_adam_floor(lam, 1.0, 16, 0.0)


@pytest.mark.parametrize("floor", [idealised_adam_floor, slow_adam_floor])
def test_what_is_refused(floor):
    for bad, words in (
        (([1.0, 0.0], 1.0, 1), "spectrum"),
        ((FLAT, -1.0, 1), "lr"),
        ((FLAT, 1.0, 0), "batch"),
    ):
        with pytest.raises(ValueError, match=words):
            floor(*bad)
    with pytest.raises(ValueError, match="noise"):
        floor(FLAT, 1.0, 1, noise=-1.0)
    with pytest.raises(ValueError, match="beta1"):
        slow_adam_floor(FLAT, 1.0, 1, 1.0)

"""Golden numbers of scalings, bounds, worst cases, and of steps of conjugate gradients."""

import mpmath
import numpy as np
import pytest
from scipy.linalg import hilbert

from lab.bases import random
from lab.linalg import kappa
from lab.metrics import Identity
from lab.theory.conditioning import (
    cg_steps,
    deflated_steps,
    gn_half,
    jacobi,
    jacobi_hurts,
    jacobi_wins,
    kaporin_steps,
    kappa_nonzero,
    kappa_under,
    kappa_with,
    log_kaporin,
    omega,
    optimal_diagonal,
    predicted_cg_steps,
    row_norm,
    row_norm_hurts,
    scaled,
    shift_bound,
    simplex_and_copies,
    specht_ratio,
    strakos,
    two_cyclic_kappa,
    vif_bound,
)

CHAIN = 0.5 ** np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
UNITS = np.logspace(0, -4, 8)
BADLY_SCALED = UNITS[:, None] * CHAIN * UNITS
V = np.array([3.0, 2.0, 1.0])
SPIKE = np.eye(3) + np.outer(V, V)


def test_scalings_of_a_badly_scaled_matrix():
    """What Jacobi repairs, Adam repairs by half the exponent."""
    found = [float(kappa(BADLY_SCALED))]
    found += [float(kappa_with(BADLY_SCALED, f(BADLY_SCALED))) for f in (jacobi, row_norm, gn_half)]
    # seven to nine digits were recorded
    np.testing.assert_allclose(found, [1.385471e8, 7.4743336, 186.048974, 15834.8127], rtol=1e-6)


@pytest.mark.parametrize(("n", "value"), [(3, 14683.9247), (5, 24326.9201)])
def test_jacobi_on_its_worst_case(n, value):
    h = jacobi_hurts(n, 1e4, 0.02)
    assert float(kappa(h)) == pytest.approx(1e4, rel=1e-9)
    assert float(kappa_with(h, jacobi(h))) == pytest.approx(value, rel=1e-8)


def test_outliers_cost_a_step_each_and_bottom_ones_a_logarithm():
    """[2, 8] is what is left of (1, 2, 8, 1000): sqrt(8 / 2) / 2 = 1, and ln(2 / 0.02) + ln 7."""
    found = deflated_steps(np.array([1.0, 2.0, 8.0, 1000.0]), 0.02, low=1, high=1)
    assert found == pytest.approx(2 + np.log(700), rel=1e-14)


@pytest.mark.parametrize(("n", "t"), [(3, 2), (7, 3), (25, 5)])
def test_copies_of_a_corner_are_scaled_down(n, t):
    """Unit diagonal costs n + 2 - t - n / t, which is nearly all that the best scaling saves."""
    h, d = simplex_and_copies(n, t, 1e-9)
    np.testing.assert_allclose(np.diag(h), 1, rtol=1e-15)
    factor = kappa(h) / kappa_with(h, d)
    # what is left out is of order sqrt(8 n eps)
    assert factor == pytest.approx(n + 2 - t - n / t, rel=np.sqrt(8e-9 * n))
    if n == 7:
        best = optimal_diagonal(h)
        assert factor > n / 2
        assert kappa_with(h, d) <= best.bound * (1 + 2 * np.sqrt(8e-9 * n))


@pytest.mark.parametrize(("n", "ratio"), [(6, 1.3660), (10, 1.6180), (20, 2.0811)])
def test_row_norms_on_their_worst_case(n, ratio):
    h = row_norm_hurts(n, 1e6)
    # four digits were recorded; the limit is reached to K^(-1/2)
    assert float(kappa_with(h, row_norm(h))) / 1e6 == pytest.approx(ratio, rel=2e-4)


def test_jacobi_on_hilberts_matrices():
    """Near the best, 253.996063, and further from it with the size: 5874.84827, 151695.403."""
    for n, value in ((3, 285.622908), (4, 7415.34433), (5, 210479.009)):
        h = hilbert(n)
        assert float(kappa_with(h, jacobi(h))) == pytest.approx(value, rel=5e-9)


def test_bounds():
    for n, value in ((3, 253.996063), (4, 5181.99981), (5, 102398.000)):
        assert vif_bound(hilbert(n)) == pytest.approx(value, rel=1e-7)
    assert float(shift_bound(30.0)) == pytest.approx(3602, rel=1e-6)
    assert float(shift_bound(0.0)) == 1.0
    np.testing.assert_allclose(two_cyclic_kappa([0.0, 0.5, 1.0]), [1.0, 3.0, np.inf])


def test_spechts_ratio_in_forty_digits():
    with mpmath.workdps(40):
        for k in (1 + 1e-9, 1.5, 10.0, 1e8):
            x = mpmath.mpf(k)
            exact = (x - 1) * x ** (1 / (x - 1)) / (mpmath.e * mpmath.log(x))
            assert float(specht_ratio(k)) == pytest.approx(float(exact), rel=1e-12)
    assert float(specht_ratio(1.0)) == 1.0


def test_omega_and_the_nonzero_spectrum():
    h = np.diag([4.0, 1.0])
    assert float(omega(h)) == pytest.approx(2.5 / 2)
    assert float(log_kaporin(h)) == pytest.approx(2 * np.log(1.25))
    assert float(omega(np.diag([1.0, 0.0]))) == np.inf
    assert float(omega(1e-200 * np.eye(5))) == pytest.approx(1.0)

    singular = np.diag([6.0, 3.0, 0.0, 1e-9])
    assert kappa_nonzero(singular) == (pytest.approx(6e9), 3)
    assert kappa_nonzero(singular, 2) == (2.0, 2)
    with pytest.raises(ValueError, match="rank = 4"):
        kappa_nonzero(singular, 4)


class Scales:
    """The metric diag(m)."""

    def __init__(self, m):
        self.m = m

    def solve(self, v):
        return v / self.m


def test_kappa_under_a_metric_is_that_of_the_scaled_matrix():
    assert kappa_under(SPIKE, Identity(3.0)) == pytest.approx(15.0)
    m = np.array([1.0, 4.0, 9.0])
    expected = float(kappa_with(SPIKE, m**-0.5))
    assert kappa_under(SPIKE, Scales(m)) == pytest.approx(expected, rel=1e-12)


def test_a_better_kappa_and_more_steps():
    d = np.array([0.8, 1.0, 1.0])
    m = scaled(SPIKE, d)
    root = np.sqrt(721)
    assert float(kappa(m)) == pytest.approx((31 + root) / (31 - root), rel=1e-12)
    b = np.array([1.0, 2.0, 3.0])
    assert cg_steps(SPIKE, b, 1e-10, exact=True) == 2
    assert cg_steps(m, d * b, 1e-10, exact=True) == 3


def test_a_better_kappa_than_jacobis_and_more_steps():
    """The smallest: unit diagonal and three eigenvalues, one of them twice."""
    h = np.full((4, 4), 0.25)
    h[0, 1:] = h[1:, 0] = 0.5
    np.fill_diagonal(h, 1.0)
    d = np.array([4 / 3, 1.0, 1.0, 1.1])
    m = scaled(h, d)
    assert float(kappa(h)) == pytest.approx(6.171292729553324, rel=1e-14)
    assert float(kappa(m)) == pytest.approx(5.919287597605698, rel=1e-14)
    b = np.array([1.0, 2.0, 3.0, 5.0])
    assert cg_steps(h, b, 1e-10, exact=True) == 3
    assert cg_steps(m, d * b, 1e-10, exact=True) == 4


def test_the_family_on_which_jacobi_wins():
    g = jacobi_wins(200)
    j = scaled(g, jacobi(g))
    assert float(kappa(g)) == pytest.approx(200, rel=1e-9)
    assert float(kappa(j)) == pytest.approx(359.7465235, rel=1e-8)
    np.testing.assert_allclose(
        [omega(g), omega(j), log_kaporin(g), log_kaporin(j)],
        [1.44112225, 1.03046278, 73.0844, 6.0016],
        rtol=1e-5,
    )
    b = np.ones(200)
    # one step more or less is the BLAS
    for tol, plain, better in ((1e-4, 55, 5), (1e-7, 76, 7), (1e-10, 92, 10)):
        assert abs(cg_steps(g, b, tol) - plain) <= 1
        assert abs(cg_steps(j, jacobi(g) * b, tol) - better) <= 1


@pytest.mark.slow
def test_a_thousand_rows_on_which_jacobi_wins():
    g = jacobi_wins(1000)
    j = scaled(g, jacobi(g))
    np.testing.assert_allclose([kappa(g), kappa(j)], [1000, 2490.113218], rtol=1e-9)
    np.testing.assert_allclose([omega(g), omega(j)], [1.38616752, 1.01308836], rtol=1e-8)
    b = np.ones(1000)
    # one step more or less is the BLAS
    assert abs(cg_steps(g, b, 1e-7) - 173) <= 1
    assert abs(cg_steps(j, jacobi(g) * b, 1e-7) - 8) <= 1


def test_rounding_delays_conjugate_gradients():
    lam = strakos(24, 0.1, 100.0, 0.65)
    b = np.ones(24)
    exact = [cg_steps(np.diag(lam), b, tol, exact=True) for tol in (1e-4, 1e-7, 1e-10, 1e-12)]
    assert exact == [18, 21, 22, 23]
    # the weights of b are its squares
    assert predicted_cg_steps(lam, b, 1e-10) > 30


@pytest.mark.parametrize(
    "lam",
    [
        np.geomspace(1, 1e-4, 120),
        np.linspace(1, 1e-4, 120),
        np.arange(1, 121.0) ** -2,
        np.arange(1, 121.0) ** -3,
    ],
    ids=["geometric", "uniform", "square", "cube"],
)
def test_predicted_steps(lam):
    """Within 30 % of measured ones in a random basis, right side spread over all eigenvectors."""
    q = random(len(lam), np.random.default_rng(0)).q
    h = (q * lam) @ q.T
    b = q @ np.ones(len(lam))
    measured = cg_steps((h + h.T) / 2, b, 1e-6)
    assert predicted_cg_steps(lam, np.ones(len(lam)), 1e-6) == pytest.approx(measured, rel=0.3)


def test_bounds_on_steps():
    """Nothing needs more, in exact arithmetic; Kaporin's bound cannot be moved by a step."""
    lam = np.concatenate([np.linspace(1, 3, 20), [500.0, 1000.0], [1e-3]])
    h = np.diag(lam)
    b = np.ones(len(lam))
    tol = 1e-6
    steps = cg_steps(h, b, tol, exact=True)
    log_k = float(log_kaporin(h))
    j = kaporin_steps(log_k, tol)
    assert steps <= j
    assert j / 2 * np.log(np.expm1(log_k / j)) <= np.log(tol)
    assert (j - 1) / 2 * np.log(np.expm1(log_k / (j - 1))) > np.log(tol)
    # of the residual, which costs sqrt(kappa) of the energy norm
    energy = tol / np.sqrt(1e6)
    assert steps <= deflated_steps(lam, energy, low=1, high=2) < deflated_steps(lam, energy)
    assert kaporin_steps(0.0, tol) == 1


def test_steps_beyond_the_limit_are_infinite():
    assert cg_steps(np.diag([1.0, 2.0, 3.0]), np.ones(3), 1e-9, limit=2) == np.inf
    with pytest.raises(ValueError, match="nonzero vector"):
        cg_steps(np.eye(2), np.zeros(2), 0.1)

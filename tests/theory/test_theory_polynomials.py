"""Minimax polynomials and step bounds against direct evaluation and exact arithmetic."""

import mpmath
import numpy as np
import pytest

from lab.theory import polynomials as poly


@pytest.mark.parametrize("kappa", [1.001, 4.0, 100.0, 1e12])
@pytest.mark.parametrize("steps", [0, 1, 5, 1000])
def test_chebyshev_minimax_is_the_polynomial(kappa, steps):
    with mpmath.workdps(50):
        expected = 1 / mpmath.chebyt(steps, (mpmath.mpf(kappa) + 1) / (mpmath.mpf(kappa) - 1))
    # r^T carries T eps relative to 1 - r, of which log1p loses nothing but the rounding of
    # sqrt(kappa)
    np.testing.assert_allclose(
        poly.chebyshev_minimax(kappa, steps),
        float(expected),
        rtol=1e-14 * (steps + 1) * kappa / (kappa - 1),
        atol=1e-300,
    )


def test_chebyshev_minimax_at_one_step_is_gradient_descent():
    np.testing.assert_allclose(
        poly.chebyshev_minimax(50.0, 1), poly.gradient_descent_rate(50.0), rtol=1e-14
    )


@pytest.mark.parametrize("steps", [1, 5, 10, 20])
def test_step_sizes_attain_the_minimax_at_the_extrema_with_alternating_sign(steps):
    lam = poly.chebyshev_extrema(0.3, 30.0, steps)
    lr = poly.chebyshev_step_sizes(0.3, 30.0, steps)
    p = np.prod(1 - lr[:, None] * lam, axis=0)
    assert lr[0] == lr.min()
    np.testing.assert_allclose(
        p, poly.chebyshev_minimax(100.0, steps) * (-1.0) ** np.arange(steps + 1), rtol=1e-9
    )


@pytest.mark.parametrize("steps", [1, 5, 10, 20])
def test_linear_program_equals_chebyshev_on_the_extrema(steps):
    """HiGHS solves to 1e-7 in its constraints."""
    lam = poly.chebyshev_extrema(1.0, 100.0, steps)
    np.testing.assert_allclose(
        poly.minimax_on(lam, steps), poly.chebyshev_minimax(100.0, steps), atol=1e-6
    )


def test_linear_program_below_chebyshev_off_the_extrema():
    """Fewer points leave room: two eigenvalues are annihilated by two steps; {1, 2, 4} in two steps
    leaves the Lagrange value."""
    assert poly.minimax_on(np.array([1.0, 7.0]), 2) < 1e-7
    # p alternates +-e on {1, 2, 4}; p(0) = 1 by Lagrange at 0: 8/3 e + 2 e + 1/3 e = 1
    np.testing.assert_allclose(poly.minimax_on(np.array([1.0, 2.0, 4.0]), 2), 1 / 5, atol=1e-6)


def test_as_many_steps_as_distinct_eigenvalues_reach_zero():
    assert poly.minimax_on(np.ones(3), 1) == 0
    assert poly.minimax_on(np.array([1.0, 2.0, 1.0]), 2) == 0
    assert poly.minimax_on(np.array([1.0, 2.0, 1.0]), 1) == pytest.approx(1 / 3, rel=1e-9)


def test_optimised_schedules_come_close_to_the_minimax_and_never_beat_it():
    """The 40-norm of m = 4 values exceeds the maximum by at most 4^(1/40) = 1.035, so a global
    optimum is within that of the minimax."""
    lam = poly.chebyshev_extrema(1.0, 20.0, 3)
    found = poly.optimised_schedules(lam, 3, np.random.default_rng(0)) / poly.chebyshev_minimax(
        20.0, 3
    )
    assert (found >= 1 - 1e-12).all()
    assert found.min() <= 4 ** (1 / 40)


def test_bounds_lie_below_what_they_bound():
    kappa = np.array([2.0, 10.0, 1e3, 1e6])
    eps = 1e-6
    gd = poly.steps_at_rate(poly.gradient_descent_rate(kappa), eps)
    bound = poly.constant_step_lower_bound(kappa, eps)
    assert (bound <= gd).all()
    assert (
        gd <= bound * (1 + 2 / (kappa - 1))
    ).all()  # log(1 + x) >= x / (1 + x), x = 2 / (kappa - 1)
    steps = np.ceil(poly.any_schedule_lower_bound(kappa, eps)) - 1
    assert (poly.chebyshev_minimax(kappa, steps) > eps).all()


def test_heavy_ball_rate_is_the_square_root_law():
    np.testing.assert_allclose(poly.heavy_ball_rate(100.0), 9 / 11, rtol=1e-15)
    np.testing.assert_allclose(poly.steps_at_rate(0.1, 1e-6), 3.0, rtol=1e-15)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: poly.chebyshev_minimax(1.0, 3), "kappa = 1: must be > 1"),
        (lambda: poly.chebyshev_step_sizes(2.0, 1.0, 3), "largest = 1: must be > smallest"),
        (lambda: poly.chebyshev_extrema(0.0, 1.0, 3), "smallest = 0"),
        (lambda: poly.minimax_on(np.array([1.0, -1.0]), 2), "lam = -1: must be > 0"),
        (lambda: poly.minimax_on(np.arange(1.0, 4.0), 0), "steps = 0"),
        (lambda: poly.steps_at_rate(1.0, 0.1), "rate = 1"),
        (lambda: poly.constant_step_lower_bound(10.0, 0.0), "eps = 0"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()

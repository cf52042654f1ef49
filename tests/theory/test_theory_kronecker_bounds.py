"""Bounds, scalar maps of matrix roots, and minimisers over balls, of lab.theory.kronecker."""

import numpy as np
import pytest

from lab.quintics import MARGIN
from lab.theory.kronecker import bounds, polar
from lab.theory.kronecker.minimisers import dual_norm, matrix_norm, steepest


def test_bounds():
    for n in (1, 3, 50):
        for beta in (0.0, 0.5, 1.0, 1.5):
            total = (np.arange(1, n + 1.0) ** -beta).mean()
            assert bounds.mean_power(n, beta) >= total * (1 - 1e-14)
    assert bounds.mean_power(1, 0.7) == pytest.approx(1.0)
    metric = {"smoothness": 2.0, "metric": (0.5, 1.0), "variance": 0.3}
    found = bounds.tnt_convergence(4, 0.5, excess=3.0, **metric)
    assert found == pytest.approx(2 * 2 * 3 * 4 / 2 + 0.3 * (0.5 - 0.125) / 0.5)
    low, high = bounds.tnt_metric_bounds(0.1, 6.0, (2, 3))
    assert (low, high) == pytest.approx((1 / (2.1 * 3.1), 100.0))
    assert bounds.shampoo_regret([16 * np.eye(2), np.eye(3)], 2.0, 2.0) == pytest.approx(2 * 24)
    np.testing.assert_allclose(bounds.damped_pair_bound(0.2, np.array([1.0, 9.0])), [5.0, 9.0])
    growth = (1 + np.sqrt(8)) ** 2
    high = (growth + 2) * growth + 2
    assert bounds.limited_memory_bounds(2, 4.0, 0.5) == pytest.approx((1 / 9, high))


def row(root, steps, low, safety=1.0):
    return float(polar.polar_error(low, polar.step_coefficients(root, steps, safety)))


@pytest.mark.parametrize(
    ("root", "steps", "low", "wanted"),
    [
        ("jordan", 5, 1e-3, 0.529456),
        ("jordan", 6, 1e-3, 0.318169),
        ("jordan", 5, 1e-2, 0.318169),
        ("polar express", 5, 1e-3, 0.123559),
        ("polar express", 6, 1e-2, 0.00118493),
        ("cans", 5, 1e-3, 0.119836),
        ("cans", 6, 1e-2, 0.0983434),
        ("you", 5, 1e-3, 0.525018),
        ("you", 6, 1e-3, 0.14502),
        ("you", 5, 1e-2, 0.0317751),
        ("you", 6, 1e-2, 0.0215303),
        ("cubic", 5, 1e-3, 0.88086),
        ("newton-schulz 3", 10, 1e-3, 0.942386),
        ("newton-schulz 5", 10, 1e-3, 0.501285),
    ],
)
def test_errors_of_roots(root, steps, low, wanted):
    assert row(root, steps, low) == pytest.approx(wanted, rel=5e-6)


def test_polar_express_with_its_safety():
    steps = polar.step_coefficients("polar express", 5, MARGIN)
    low, high = polar.polar_range(1e-3 / MARGIN, 1 / MARGIN, steps)
    assert (low, high) == pytest.approx((0.840145, 1.123559), abs=1e-6)
    found = polar.polar_map(np.array([0.001, 0.01, 0.1, 0.5, 1]) / MARGIN, steps)
    wanted = [0.8401453965, 1.054023629, 0.8914441713, 1.104656511, 0.8771067674]
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    assert polar.gain(polar.step_coefficients("jordan", 5)) == pytest.approx(484.876, abs=1e-3)


def test_greedy_minimax_steps():
    wanted = {
        1e-3: [0.99153, 0.964572, 0.859771, 0.545893, 0.113448, 9.16472e-4, 4.811e-10],
        1e-2: [0.91909, 0.707203, 0.269436, 0.0125283, 1.229e-6],
        0.1: [0.453417, 0.0626752, 1.54074e-4, 2.29e-12],
    }
    for low, errors in wanted.items():
        steps = polar.minimax_steps(low, len(errors))
        found = [polar.polar_error(low, steps[:k]) for k in range(1, len(errors) + 1)]
        # as many digits as were printed; the smallest is near rounding
        np.testing.assert_allclose(found, errors, rtol=5e-3, atol=1e-14)
        np.testing.assert_allclose(found[:3], errors[:3], rtol=5e-6)
    listed = np.array(polar.CANS)[:4]
    np.testing.assert_allclose(polar.minimax_steps(1e-3, 4), listed, atol=2e-4)


def test_coupled_newton_eigenvalues():
    r = np.linspace(0.1, 1.9, 7)
    np.testing.assert_allclose(polar.newton_eigenvalue(r, 1), r * (2 - r))
    # the slope at 1 is 0
    step = polar.newton_eigenvalue(np.array([1 - 1e-4, 1 + 1e-4]), 4)
    np.testing.assert_allclose(step, 1.0, atol=2e-7)
    assert polar.newton_accuracy(8, 2, 1e-6) == pytest.approx(4e-6)


@pytest.mark.parametrize(
    "norm", ["max", "spectral", "row", "column", "frobenius", "nuclear", "sum"]
)
def test_minimisers_at_the_edges(norm):
    zero = np.zeros((2, 3))
    assert not steepest(zero, norm).any()
    g = np.array([[3.0, -3.0, 0.0], [0.0, 0.0, 0.0]])
    found = steepest(g, norm)
    assert (g * found).sum() == pytest.approx(dual_norm(g, norm))
    assert matrix_norm(found, norm) == pytest.approx(1.0)
    # nothing where nothing is asked, and the first of two equal entries
    assert (found[1] == 0).all()
    if norm == "sum":
        np.testing.assert_array_equal(found[0], [1.0, 0.0, 0.0])


def test_norms_of_rows_and_columns():
    g = np.array([[3.0, 4.0], [0.0, 5.0]])
    assert matrix_norm(g, "row") == pytest.approx(5.0)
    assert dual_norm(g, "row") == pytest.approx(10.0)
    assert matrix_norm(g, "column") == pytest.approx(np.sqrt(41))
    assert dual_norm(g, "column") == pytest.approx(3 + np.sqrt(41))
    np.testing.assert_allclose(steepest(g, "row"), [[0.6, 0.8], [0.0, 1.0]])

"""Steps of descent from a spectrum: modes that the residual has no part along, rates at which some
diverge, and the iteration itself."""

import numpy as np
import pytest

from lab.theory.conditioning import descent_steps, heavy_ball_steps, predicted_cg_steps

TOL = 1e-3
RATES = {
    "descent": lambda lam, weights: descent_steps(lam, weights, TOL, 1.0),
    "heavy ball": lambda lam, weights: heavy_ball_steps(lam, weights, TOL, 1.0, 0.5),
    "conjugate gradients": lambda lam, weights: predicted_cg_steps(
        lam,
        weights,
        TOL,
        # the rounding that is added depends on the number of eigenvalues
        grading=np.zeros(len(lam)),
    ),
}


@pytest.mark.parametrize("name", RATES)
def test_a_mode_of_weight_0_changes_nothing(name):
    """Wherever it lies: slow, at the edge, diverging, past the largest square of a float."""
    rng = np.random.default_rng(0)
    silent = np.array([1e-8, 2.0, 3.0, 4.0, 1e3, 1e200])
    for _ in range(20):
        lam = rng.uniform(0.01, 1.9, 4)
        weights = rng.random(4)
        expected = RATES[name](lam, weights)
        assert np.isfinite(expected)
        for one in silent:
            beside = np.append(lam, one)
            # 1e200 overflows products of conjugate gradients, which are given no rate
            if name == "conjugate gradients" and one > 1e3:
                continue
            assert RATES[name](beside, np.append(weights, 0.0)) == expected, one


def test_a_silent_mode_counts_for_the_best_rate():
    """(1 - 1e-4 lr)^k = 1e-3: lr = 3 though it makes the mode at 1 diverge, and 2 / (1 + 1e-4)."""
    lam, weights = [1e-4, 1.0], [1.0, 0.0]
    assert descent_steps(lam, weights, TOL, lr=3) == 23023
    best = 2 / (1 + 1e-4)
    # one step more or less is rounding of the quotient
    expected = np.log(TOL) / np.log1p(-1e-4 * best)
    assert descent_steps(lam, weights, TOL) == pytest.approx(expected, abs=1.01)


def small(lam, weights, lr, beta, steps):
    """Whether |r_k| <= TOL |r_0|, k = 0, ..., steps, by the heavy ball's recurrence; beta = 0 is
    descent."""
    old = q = np.ones_like(lam)
    sizes = [1.0]
    for _ in range(steps):
        q, old = (1 + beta - lr * lam) * q - beta * old, q
        sizes.append(np.sqrt(weights @ q**2 / weights.sum()))
    return np.array(sizes) <= TOL


@pytest.mark.parametrize("far", [1.5, 2.0, 2.02, 2.1, 2.5])
def test_descent_is_counted_where_modes_diverge(far):
    """From weights that leave many steps between small enough and grown again, to some that leave
    one, or none."""
    rng = np.random.default_rng(1)
    for exponent in range(-12, 0):
        lam = np.append(rng.uniform(0.05, 1.9, 3), far)
        weights = np.append(rng.random(3), 10.0**exponent)
        # the slowest of the others needs log(1e-3) / log(.95) = 135
        there = small(lam, weights, 1.0, 0.0, 400)
        expected = there.argmax() if there.any() else np.inf
        assert descent_steps(lam, weights, TOL, lr=1.0) == expected, exponent


@pytest.mark.parametrize("beta", [0.0, 0.4, 0.9])
def test_the_heavy_ball_is_counted_up_to_its_edge(beta):
    edge = 2 * (1 + beta)
    lam = np.array([0.3, 0.999 * edge])
    weights = np.array([1.0, 1e-9])
    # the slow mode at the edge alone; its residual waves, and k is one crossing of several
    only = weights * [0, 1]
    k = int(heavy_ball_steps(lam, only, TOL, 1.0, beta))
    there = small(lam, only, 1.0, beta, k)
    assert there[k]
    assert not there[k - 1]
    assert heavy_ball_steps(lam * [1, 1.01], weights, TOL, 1.0, beta) == np.inf

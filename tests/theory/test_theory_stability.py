"""Rates, edges, Adam's cycle and steady states against companion matrices, Lyapunov equations and
written-out recursions."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from lab.instruments.two_cycle import deviations, jacobian
from lab.objectives import Quadratic
from lab.optimizers import Adam, HeavyBall, Nesterov
from lab.simulation import simulate
from lab.theory import stability, steady_state, two_cycle

LR, B = 0.3, 0.7


def radius(matrix):
    return np.abs(np.linalg.eigvals(np.array(matrix))).max()


# One step of each method on lam x^2 / 2 with its preconditioner frozen at 1, as a matrix on (x,
# memory), written from the papers.


def gd(lam, lr=LR):
    return [[1 - lr * lam]]


def heavy_ball(lam, lr=LR, b=B):
    return [[1 - lr * lam + b, -b], [1, 0]]


def nesterov(lam, lr=LR, b=B):
    s = 1 - lr * lam
    return [[(1 + b) * s, -b], [s, 0]]


def ema(lam, lr=LR, b=B, w=0.0):
    return [[1 - lr * w - lr * (1 - b) * lam, -lr * b], [(1 - b) * lam, b]]


def nadam(lam, lr=LR, b=B):
    return [[1 - lr * (1 - b) * lam * (1 + b), -lr * b * b], [(1 - b) * lam, b]]


EDGES = {
    "GD": (gd, stability.sgd_edge(LR)),
    "heavy ball": (heavy_ball, stability.heavy_ball_edge(LR, B)),
    "Nesterov": (nesterov, stability.nesterov_edge(LR, B)),
    "Adam": (ema, stability.adam_edge(LR, B)),
    "NAdam": (nadam, stability.nadam_edge(LR, B)),
    "AdamW": (lambda lam: ema(lam, w=0.5), stability.adamw_edge(LR, B, 0.5)),
}


@pytest.mark.parametrize("name", EDGES)
def test_edge(name):
    """The radius is below 1 at every curvature up to the edge and above 1 just beyond."""
    matrix, edge = EDGES[name]
    assert all(radius(matrix(share * edge)) < 1 for share in np.linspace(0.01, 0.9999, 60))
    assert radius(matrix(1.0001 * edge)) > 1


def test_printed_edges():
    assert stability.adam_edge(1.0, 0.9) == pytest.approx(38)
    assert stability.nesterov_edge(1.0, 0.9) == pytest.approx(1.357143, abs=5e-7)
    assert stability.nadam_edge(1.0, 0.9) == pytest.approx(95 / 7)
    assert stability.adamw_edge(0.1, 0.9, 0.5) == pytest.approx(370.5)


def test_radii_are_those_of_the_matrices():
    for lam in np.linspace(0.05, 9, 40):
        for b in (0.0, 0.4, 0.95):
            # a double root loses half the digits
            assert stability.heavy_ball_radius(lam, LR, b) == pytest.approx(
                radius(heavy_ball(lam, b=b)), abs=1e-7
            )
            assert stability.nesterov_radius(lam, LR, b) == pytest.approx(
                radius(nesterov(lam, b=b)), abs=1e-7
            )


@pytest.mark.parametrize(
    ("tuned", "method", "printed"),
    [
        (
            lambda k: stability.gd_tuning(1.0, k),
            lambda lam, lr, b: gd(lam, lr),
            (0.81818182, 0.98019802),
        ),
        (lambda k: stability.heavy_ball_tuning(1.0, k), heavy_ball, (0.51949385, 0.81818182)),
        (lambda k: stability.nesterov_tuning(1.0, k), nesterov, (0.68377223, 0.9)),
        (lambda k: stability.nesterov_best_tuning(1.0, k), nesterov, (0.64078940, 0.88472192)),
    ],
)
def test_tuned_rates(tuned, method, printed):
    for kappa, rate in zip((10.0, 100.0), printed, strict=True):
        lr, b, claimed = tuned(kappa)
        assert claimed == pytest.approx(rate, abs=5e-9)
        measured = max(radius(method(lam, lr, b)) for lam in np.linspace(1, kappa, 200))
        assert measured == pytest.approx(rate, abs=1e-6)


def test_tunings_scale():
    one = stability.heavy_ball_tuning(1.0, 9.0)
    scaled = stability.heavy_ball_tuning(2.0, 18.0)
    assert scaled.lr == pytest.approx(one.lr / 2)
    assert scaled.rate == pytest.approx(one.rate)


# --- Adam's largest step


def test_step_bound():
    assert stability.adam_step_bound(0.9, 0.999) == pytest.approx(7.270291799999695, rel=1e-14)
    assert stability.adam_step_bound(0.9, 0.999, 399) == pytest.approx(4.171, abs=5e-4)
    assert stability.adam_step_bound(0.9, 0.999, 1) == pytest.approx(1.0)
    weights1 = 0.1 * 0.9 ** np.arange(8)
    weights2 = 0.001 * 0.999 ** np.arange(8)
    g = (0.9 / 0.999) ** np.arange(8)
    by_hand = (weights1 @ g / (1 - 0.9**8)) / np.sqrt(weights2 @ g**2 / (1 - 0.999**8))
    assert stability.adam_step_bound(0.9, 0.999, 8) == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(ValueError, match=r"beta1 reaches 0.95: must be below sqrt\(beta2\)"):
        stability.adam_step_bound(0.95, 0.9)


# --- the two-cycle


def test_cycle_amplitude():
    assert two_cycle.amplitude(1.0, 0.9) == pytest.approx(1 / 38)
    assert two_cycle.amplitude(1.0, 0.5, eps=0.1, lam=2.0) == pytest.approx(1 / 6 - 0.05)
    assert two_cycle.amplitude(0.1, 0.9, eps=1.0) == 0.0


def test_critical_curve():
    np.testing.assert_allclose(
        two_cycle.critical_beta1(np.array([0.5, 0.9, 0.99, 0.999, 1.0])),
        [0.227998, 0.180588, 0.172435, 0.171659, 3 - 2 * np.sqrt(2)],
        atol=5e-7,
    )
    b2 = np.linspace(0.05, 0.999, 30)
    root = two_cycle.critical_beta1(b2)
    np.testing.assert_allclose(1 - 3 * root * (1 + b2) + root**2 * b2, 0, atol=1e-14)
    np.testing.assert_allclose(two_cycle.radius(root, b2), 1, atol=1e-9)
    assert (two_cycle.radius(0.99 * root, b2) < 1).all()
    assert (two_cycle.radius(1.01 * root, b2) > 1).all()


def test_cycle_polynomial_is_that_of_the_linearisation():
    """dn' = -b1 dn - (1 - b1) dy,  dv' = b2 dv + 2 (1 - b2) dy,  dy' = (2 b1 + 2 b2 - 1) dy + eta
    b1 dn - b2 dv."""
    for b1, b2 in ((0.1, 0.5), (0.4, 0.99), (0.9, 0.999)):
        eta = 2 * (1 + b1) / (1 - b1)
        matrix = [[2 * b1 + 2 * b2 - 1, eta * b1, -b2], [-(1 - b1), -b1, 0], [2 * (1 - b2), 0, b2]]
        np.testing.assert_allclose(
            two_cycle.polynomial(b1, b2), np.poly(np.array(matrix)), atol=1e-12
        )


def test_the_optimizer_has_that_jacobian():
    b1 = np.array([0.0, 0.15, 0.9])
    b2 = np.array([0.5, 0.99, 0.999])
    own = jacobian(Adam(0.4, b1, b2, 0.0), lam=2.5)
    measured = np.stack([np.poly(m) for m in own])
    # central differences with step 1e-6: h^2 plus rounding / h
    np.testing.assert_allclose(measured, two_cycle.polynomial(b1, b2), atol=1e-7)


def test_a_kick_decays_like_the_radius():
    """beta1 = 0: the contraction is sqrt(beta2)."""
    off = deviations(Adam(0.4, 0.0, 0.9, 0.0), steps=80, kick=1e-5)
    assert off[0] == pytest.approx(1e-5, rel=1e-9)
    peaks = [np.abs(off[k : k + 10]).max() for k in (20, 60)]
    assert (peaks[1] / peaks[0]) ** (1 / 40) == pytest.approx(np.sqrt(0.9), rel=0.02)


# --- steady states


def lyapunov(matrix, kick, sigma):
    matrix, kick = np.array(matrix), np.array(kick, dtype=float)
    return solve_discrete_lyapunov(matrix, sigma**2 * np.outer(kick, kick))[0, 0]


@pytest.mark.parametrize("b", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("lam", [0.1, 1.0, 4.0])
def test_momentum_variances(lam, b):
    hb = lyapunov(heavy_ball(lam, b=b), [-LR, 0], 1.3)
    assert steady_state.heavy_ball_variance(lam, LR, b, 1.3) == pytest.approx(hb, rel=1e-10)
    y = lyapunov(nesterov(lam, b=b), [-LR * (1 + b), -LR], 1.3)
    assert steady_state.nesterov_variance(lam, LR, b, 1.3) == pytest.approx(y, rel=1e-10)


def test_printed_variances_and_the_edge():
    assert steady_state.nesterov_variance(1.0, 0.1, 0.9, 1.0) == pytest.approx(0.32177033, abs=5e-9)
    assert steady_state.nesterov_variance(1.0, 0.5, 0.5, 1.0) == pytest.approx(2 / 3)
    edges = stability.heavy_ball_edge(LR, B), stability.nesterov_edge(LR, B)
    assert np.isinf(steady_state.heavy_ball_variance(edges[0] * 1.01, LR, B, 1.0))
    assert np.isinf(steady_state.nesterov_variance(edges[1] * 1.01, LR, B, 1.0))
    assert np.isfinite(steady_state.nesterov_variance(edges[1] * 0.99, LR, B, 1.0))


def test_simulated_variances():
    f = Quadratic(np.diag([2.0, 0.7]), noise=np.array([1.0, 0.3]))
    for method, formula in (
        (HeavyBall, steady_state.heavy_ball_variance),
        (Nesterov, steady_state.nesterov_variance),
    ):
        x2 = (
            simulate(f, method(LR, B), np.zeros((3000, 2)), steps=200, batch=4, every=200).final
            ** 2
        )
        expected = formula(np.array([2.0, 0.7]), LR, B, np.array([1.0, 0.3]) / 2)
        assert (np.abs(x2.mean(0) - expected) <= 5 * x2.std(0, ddof=1) / np.sqrt(3000)).all()


def test_regression_moments():
    lam = np.array([2.0, 1.0, 0.3])
    moments = steady_state.regression_moments(lam, 0.05, 1, np.sqrt(0.5))
    np.testing.assert_allclose(moments, [0.01525389, 0.01445106, 0.01393757], atol=5e-9)
    assert lam @ moments / 2 == pytest.approx(0.024570, abs=5e-7)
    x = np.ones(3)
    for _ in range(4000):
        x = steady_state.regression_step(x, lam, 0.05, 1, np.sqrt(0.5))
    np.testing.assert_allclose(x, moments, rtol=1e-10)


def test_regression_moments_diverge_where_they_must():
    lam = np.array([2.0, 1.0, 0.3])
    for lr in (0.35, 0.45, 3.0):
        moved = steady_state.regression_moments(lam, lr, 1, 1.0)
        x = np.ones(3)
        for _ in range(3000):
            x = np.minimum(steady_state.regression_step(x, lam, lr, 1, 1.0), 1e200)
        assert np.isinf(moved).all() == (x.max() > 1e100), lr
    assert np.isinf(steady_state.regression_moments(lam, 0.45, 1, 1.0)).all()
    assert np.isfinite(steady_state.regression_moments(lam, 0.35, 4, 1.0)).all()

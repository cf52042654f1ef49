"""Closed forms of preconditioned descent: golden numbers, and each against its definition."""

import numpy as np
import pytest
from examples import spd
from scipy.special import zeta

from lab.objectives import Logistic, Quadratic
from lab.optimizers import AdaGrad
from lab.simulation import simulate
from lab.theory import preconditioning as theory
from lab.theory.conditioning import kappa_nonzero, preconditioned_kappa
from lab.theory.stability import adam_edge, gd_tuning

H = spd(4, kappa=50.0)


def test_golden_numbers():
    assert gd_tuning(1.0, 50.0).rate == pytest.approx(0.9607843137254902, rel=1e-14)
    assert theory.critical_kappa(0.9) == pytest.approx(1441.9993, rel=1e-7)
    assert adam_edge(1.0, 0.9) == pytest.approx(38.0)
    assert pytest.approx(zeta(0.5), rel=1e-12) == theory.ZETA_HALF


def test_the_hessian_of_rayleighs_quotient():
    """Golden eigenvalues 2 (l_i - l_1) / |w|^2 at the bottom, by differences of the gradient."""
    lam = np.array([1.0, 2.0, 3.0, 4.5, 6.0, 9.0])

    def grad(w):
        quotient = (lam * w**2).sum(-1, keepdims=True) / (w**2).sum(-1, keepdims=True)
        return 2 * (lam - quotient) * w / (w**2).sum(-1, keepdims=True)

    # central differences: h^2 = 1e-8 of the third derivatives
    w = 1.3 * np.eye(6)[0]
    h = (grad(w + 1e-4 * np.eye(6)) - grad(w - 1e-4 * np.eye(6))) / 2e-4
    golden = [0.0, 1.1834, 2.3669, 4.1420, 5.9172, 9.4675]
    np.testing.assert_allclose(np.linalg.eigvalsh((h + h.T) / 2), golden, atol=5.1e-5)
    assert kappa_nonzero((h + h.T) / 2, 5)[0] == pytest.approx(8.0, rel=1e-7)


def test_steps_of_descent():
    """The count is sufficient, one less is not, and at most kappa / 2 log(1 / tol)."""
    for kappa, tol in ((1.5, 1e-3), (4.7, 1e-6), (56.9, 1e-6), (1e4, 0.5)):
        steps = theory.worst_descent_steps(kappa, tol)
        rate = (kappa - 1) / (kappa + 1)
        assert rate**steps <= tol < rate ** (steps - 1)
        assert steps <= np.ceil(kappa / 2 * np.log(1 / tol))


def test_the_basin_of_a_cubic():
    """|e_1| = (a h - 1 + slack) |e_0| exactly at its border; no border without a third
    derivative."""
    a, h, m, slack = 1.7, 1.0, 3.0, 0.1
    e = theory.basin(a, m, slack)
    assert abs(e - a * (h * e + m * e**2 / 2)) == pytest.approx((0.7 + slack) * e, rel=1e-14)
    assert theory.basin(a, 0.0, slack) == np.inf


def test_the_lipschitz_constant_of_logistic_losses():
    """Never exceeded by differences of Hessians, attained to 1 % by one row at the steepest point
    log(2 + sqrt 3)."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((5, 3))
    f = Logistic(x, np.zeros(5))
    bound = theory.logistic_lipschitz(x)
    for _ in range(20):
        one = 2 * rng.standard_normal(3)
        other = one + 0.3 * rng.standard_normal(3)
        change = f.hessian(one).dense() - f.hessian(other).dense()
        assert np.linalg.norm(change, 2) <= bound * np.linalg.norm(one - other)

    row = np.array([[2.0]])
    single = Logistic(row, np.zeros(1))
    at = np.log(2 + np.sqrt(3)) / 2
    near = np.array([at - 1e-3]), np.array([at + 1e-3])
    change = abs(single.hessian(near[0]).dense() - single.hessian(near[1]).dense()).item()
    assert change / 2e-3 == pytest.approx(theory.logistic_lipschitz(row), rel=1e-2)


def test_the_best_rate_at_a_fixed_beta():
    """sqrt(beta) below the critical condition number, the larger root of the quadratic beyond."""
    for beta in (0.0, 0.5, 0.9):
        border = theory.critical_kappa(beta)
        assert theory.fixed_beta_rate(border, beta) == pytest.approx(np.sqrt(beta), abs=1e-7)
        for kappa in (1.01 * border, 30 * border):
            z = theory.fixed_beta_rate(kappa, beta)
            lr = 2 * (1 + beta) / (1 + kappa)
            assert z**2 - (1 + beta - lr) * z + beta == pytest.approx(0.0, abs=1e-12)
    assert theory.fixed_beta_rate(2.0, 0.9) == pytest.approx(np.sqrt(0.9), rel=1e-15)


def test_a_moving_preconditioner():
    """|P_new^-1 P_old| as a matrix, and the slowest decay of an average of squares, by hand."""
    old, new = np.array([1.0, 4.0, 2.0]), np.array([2.0, 3.0, 2.0])
    product = np.diag(new**0.5) @ np.diag(old**-0.5)
    assert theory.moving_factor(old, new) == pytest.approx(np.linalg.norm(product, 2), rel=1e-14)

    beta2, t = 0.9, 3
    v = 2.7
    still = np.sqrt(beta2 * v / (1 - beta2 ** (t + 1))) / np.sqrt(v / (1 - beta2**t))
    assert theory.least_growth(beta2, t) == pytest.approx(still, rel=1e-14)
    assert theory.least_growth(0.999, 1) == pytest.approx(np.sqrt(0.999 / 1.999), rel=1e-14)
    assert theory.least_growth(beta2, t, debias=False) == pytest.approx(np.sqrt(beta2))


def test_second_moments_of_regression():
    """Against 4e5 batches of rows with a mean, at five standard errors."""
    rng = np.random.default_rng(2)
    h = np.array([[2.0, 0.6], [0.6, 0.5]])
    mean, e, noise, batch, draws = np.array([0.9, 0.2]), np.array([1.5, -0.4]), 0.5, 3, 400_000
    root = np.linalg.cholesky(h - np.outer(mean, mean))
    x = mean + rng.standard_normal((draws, batch, 2)) @ root.T
    residual = x @ e - noise * rng.standard_normal((draws, batch))
    squares = (residual[..., None] * x).mean(1) ** 2
    found = theory.regression_moment(h, e, batch=batch, noise=noise, mean=mean)
    error = squares.std(0) / np.sqrt(draws)
    assert (np.abs(squares.mean(0) - found) <= 5 * error).all()
    # the correction for the mean is far beyond that
    plain = theory.regression_moment(h, e, batch=batch, noise=noise)
    assert (np.abs(plain - found) > 10 * error).all()


def test_chords_and_row_norms():
    kappas = {s: float(preconditioned_kappa(H, -s)) for s in (0.0, 0.5, 1.0)}
    assert kappas[0.5] <= theory.chord_bound(kappas[0.0], kappas[1.0], 0.5)
    assert theory.chord_bound(9.0, 4.0, 0.5) == pytest.approx(6.0)
    assert theory.chord_bound(9.0, 4.0, 0.25) == pytest.approx(9**0.75 * 4**0.25)
    ratios = np.linalg.norm(H, axis=0) / np.diag(H)
    assert (ratios >= 1).all()
    assert (ratios <= theory.row_norm_bound(kappas[0.0])).all()
    assert theory.row_norm_bound(4.0) == 1.25


def test_where_the_accumulator_of_adagrad_ends():
    """1.0115491 for lam = 4 a, x_0 = 1, a = .004, from a run of the digest; here at a = .02, whose
    run is short."""
    assert theory.adagrad_limit(0.016, 1.0, 0.004) == pytest.approx(1.0115491, rel=3e-4)
    lr = 0.02
    f = Quadratic(np.diag([5.0, 0.1]))
    run = simulate(
        f,
        AdaGrad(lr, 0.0),
        np.array([1.0, -1.0]),
        steps=6000,
        every=6000,
        record={"s": lambda theta, state: np.sqrt(state.v)},
    )["s"][-1]
    exact = theory.adagrad_limit(np.array([5.0, 0.1]), np.array([1.0, -1.0]), lr)
    plain = theory.adagrad_limit(np.array([5.0, 0.1]), 1.0, lr, corrected=False)
    np.testing.assert_allclose(run, exact, rtol=3.5e-3)
    np.testing.assert_allclose(run / plain, 1.056, rtol=5e-3)

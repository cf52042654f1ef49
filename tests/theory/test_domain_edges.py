"""The edges of the domains of lab.theory and lab.linalg, against 40 digits or brute force."""

import mpmath
import numpy as np
import pytest
from refusals import refused
from scipy.special import expit

from lab.linalg import kappa, kappa_gram, ratio
from lab.theory import stability, steady_state, worst_cases
from lab.theory.conditioning import (
    arrowhead_kappa,
    empirical_fisher_basis,
    kantorovich_vector,
    plane_kappa,
    preconditioned_kappa,
    preconditioned_kappa_gram,
)
from lab.theory.fisher import logistic_pencil, weight_ratio
from lab.theory.floors import adam_floor
from lab.theory.logistic import separable_flow
from lab.theory.moments import adam_over_gn_half, batch_crossover
from lab.theory.recursion import risk_curve
from lab.theory.sgd import critical_batch

INF = np.inf
# a few hundred roundings, in each of the formulas below
ROUNDING = 1e-13


def test_ratio_takes_the_given_limit_at_zero_and_does_not_warn():
    a = np.array([1.0, 0.0, 3.0, 1e300])
    b = np.array([2.0, 0.0, 0.0, 1e-300])
    np.testing.assert_array_equal(ratio(a, b), [0.5, 0.0, 0.0, INF])
    np.testing.assert_array_equal(ratio(a, b, [7.0, 8.0, 9.0, 7.0]), [0.5, 8.0, 9.0, INF])
    np.testing.assert_array_equal(ratio(1.0, np.array([[0.0], [4.0]]), INF), [[INF], [0.25]])


@pytest.mark.parametrize("shape", [(1, 3), (2, 4), (5, 1, 2)])
def test_a_wide_factor_has_a_singular_gram_matrix(shape):
    a = np.random.default_rng(0).standard_normal(shape)
    assert np.isinf(kappa_gram(a)).all()
    assert np.isinf(preconditioned_kappa_gram(a)).all()


def test_condition_numbers_of_singular_and_indefinite_matrices():
    assert kappa(np.diag([1.0, 0.0])) == INF
    assert kappa(np.zeros((2, 2))) == INF
    assert kappa_gram(np.diag([1.0, 0.0])) == INF
    refused(lambda: kappa(np.diag([1.0, -1.0])), ValueError, "must be positive definite")
    skew = np.array([[1.0, 0.5], [0.0, 1.0]])
    refused(lambda: preconditioned_kappa(skew), ValueError, "h is not symmetric")
    indefinite = np.array([[1.0, 2.0], [2.0, 1.0]])
    refused(lambda: preconditioned_kappa(indefinite), ValueError, "must be positive definite")


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0])
@pytest.mark.parametrize("large", [1e-200, 1e160, 1e200])
def test_plane_kappa_at_huge_spreads(large, power):
    with mpmath.workdps(400):
        c2 = mpmath.cos(0.3) ** 2
        s2 = mpmath.sin(0.3) ** 2
        d1 = large * c2 + s2
        d2 = large * s2 + c2
        t = d1 ** (1 + power) + d2 ** (1 + power)
        d = large * (d1 * d2) ** power
        exact = (t + mpmath.sqrt(t**2 - 4 * d)) ** 2 / (4 * d)
        assert abs(plane_kappa(large, 0.3, power) / exact - 1) < ROUNDING


def test_one_dimension():
    one = np.array([[4.0]])
    assert abs(kantorovich_vector(one)) == pytest.approx(1.0)
    assert abs(empirical_fisher_basis(one, [2.0]).q) == pytest.approx(1.0)
    assert arrowhead_kappa(one, [2.0]) == pytest.approx(1.0)
    assert logistic_pencil(one, [2.0], [3.0]).others.shape == (1,)


def variance(step, heat):
    """The stationary first entry of s+ = A s + b xi, by doubling; None when A is not stable."""
    if np.abs(np.linalg.eigvals(step)).max() >= 1 - 1e-6:
        return None
    total = np.outer(heat, heat)
    for _ in range(40):
        total = total + step @ total @ step.T
        step = step @ step
    return total[0, 0]


@pytest.mark.parametrize("seed", range(40))
def test_steady_states_on_both_sides_of_stability(seed):
    """lr lam from -1 to 6 and every beta in (-1, 1), against the linear recursion."""
    rng = np.random.default_rng(seed)
    lam = rng.uniform(-2, 12)
    lr = 0.5
    beta = rng.uniform(-0.98, 0.98)
    sigma = 1.3
    s = lr * lam
    heat = np.array([lr * sigma, 0.0])

    heavy = variance(np.array([[1 + beta - s, -beta], [1.0, 0.0]]), heat)
    found = steady_state.heavy_ball_variance(lam, lr, beta, sigma)
    compare(found, heavy, stability.heavy_ball_radius(lam, lr, beta))

    momentum = np.array([[(1 + beta) * (1 - s), -beta * (1 - s)], [1.0, 0.0]])
    # y = x + beta (x - x_before), x = y - lr g: the noise enters y now, and with -beta one step
    # later
    y = nesterov_by_recursion(momentum, lr * sigma, beta)
    found = steady_state.nesterov_variance(lam, lr, beta, sigma)
    compare(found, y, stability.nesterov_radius(lam, lr, beta))


def nesterov_by_recursion(step, size, beta):
    """y_{t+1} = a y_t + b y_{t-1} + size ((1 + beta) xi_t - beta xi_{t-1}), three variables."""
    system = np.zeros((3, 3))
    system[:2, :2] = step
    system[0, 2] = -beta * size
    return variance(system, np.array([(1 + beta) * size, 0.0, 1.0]))


def compare(found, expected, radius):
    if radius >= 1:
        assert found == INF
    elif expected is not None:
        # doubling loses what 1 - radius is short of 1
        assert found == pytest.approx(expected, rel=1e-9 / (1 - radius))


def test_no_steady_state_is_inf_and_no_method_is_refused():
    assert steady_state.heavy_ball_variance(-1.0, 0.1, 0.9, 1.0) == INF
    assert steady_state.nesterov_variance(0.0, 0.1, 0.9, 1.0) == INF
    said = "beta = 1.5: must be in (-1, 1)"
    refused(lambda: steady_state.heavy_ball_variance(1.0, 0.1, 1.5, 1.0), ValueError, said)
    said = "lr = -0.1: must be > 0"
    refused(lambda: steady_state.regression_moments([1.0], -0.1, 1, 1.0), ValueError, said)
    refused(lambda: stability.gd_tuning(-2, 1), ValueError, "mu = -2: must be > 0")
    refused(lambda: stability.heavy_ball_tuning(2, 1), ValueError, "smoothness - mu = -1")
    refused(lambda: stability.adam_step_bound(0.9, 0.999, 0), ValueError, "t = 0: must be >= 1")
    refused(lambda: stability.adam_edge(0.0, 0.9), ValueError, "lr = 0: must be > 0")


@pytest.mark.parametrize("beta", [-0.9, -0.5, -1 / 3, -0.1, 0.0, 0.9])
def test_nesterov_edge_is_where_the_radius_reaches_one(beta):
    edge = stability.nesterov_edge(0.1, beta)
    assert stability.nesterov_radius(edge * (1 - 1e-9), 0.1, beta) < 1
    assert stability.nesterov_radius(edge * (1 + 1e-9), 0.1, beta) > 1


def pencil_by_sums(norm, along, across):
    """Bulk and pencil of theta = (norm, 0), theta_star = (along, across)

    By the trapezoidal rule in the logit z and in W, which converges geometrically on a line: the
    poles are at a distance of pi, or pi / across in W. What is cut off, |z| > 80 and |W| > 10, is
    below e^-49.
    """
    density = np.exp(-(np.arange(-10, 10, 0.02) ** 2) / 2)
    z = np.arange(-80, 80, 0.1)[:, None]
    w = np.arange(-10, 10, 0.02)
    t = along / norm * z + across * w
    f = expit(z) ** 2 * expit(-t) + expit(-z) ** 2 * expit(t)
    share = f * np.exp(-((z / norm) ** 2) / 2) * density * 0.02 / np.sqrt(2 * np.pi)

    slope = (expit(z) * expit(-z) * np.exp(-((z / norm) ** 2) / 2))[:, 0]
    psi = slope.sum()
    g11 = (slope * (z[:, 0] / norm) ** 2).sum()
    m11 = (share * (z / norm) ** 2).sum() / g11
    m12 = (share * (z / norm) * w).sum() / np.sqrt(g11 * psi)
    m22 = (share * w**2).sum() / psi
    return share.sum() / psi, np.linalg.eigvalsh([[m11, m12], [m12, m22]])[::-1]


@pytest.mark.parametrize("norm", [1e2, 1e4, 1e8])
@pytest.mark.parametrize(("along", "across"), [(1.0, 0.5), (1.0, 2.0), (0.7, 1.0), (1.3, 0.0)])
def test_pencil_near_the_teacher(norm, along, across):
    bulk, others = pencil_by_sums(norm, along * norm, across)
    theta_star = np.array([along * norm, across, 0.0])
    found = logistic_pencil(np.ones(3), np.array([norm, 0.0, 0.0]), theta_star)
    # the sums stop at |z| = 80, where a density of norm 1e2 has fallen by e^-0.3 only
    assert found.bulk == pytest.approx(bulk, rel=1e-11)
    np.testing.assert_allclose(found.others, others, rtol=1e-11)


@pytest.mark.parametrize("norm", [1e-3, 1.0, 1e3, 3e4, 1e6, 1e9, 1e12])
def test_fisher_identity_at_every_norm(norm):
    """All eigenvalues are 1 at theta = theta_star, up to the rounding of a thousand weights."""
    direction = np.random.default_rng(0).standard_normal(4)
    theta = 0.99 * norm * direction / np.linalg.norm(direction)
    np.testing.assert_allclose(
        logistic_pencil(np.ones(4), theta, theta).eigenvalues, 1, rtol=ROUNDING
    )


def test_pencil_of_a_huge_student_is_positive_or_refused():
    theta = np.array([1e6, 2e5, -3e5])
    assert (logistic_pencil(np.ones(3), theta, np.array([1.0, 0, 0])).eigenvalues > 0).all()
    said = "theta has the norm 1.06e+13: must be at most 1e+12"
    refused(lambda: logistic_pencil(np.ones(3), 1e7 * theta, theta), ValueError, said)


STARTS = (-1500.0, -800.0, -746.0, -30.0, 0.0, 30.0, 39.9, 40.1, 700.0, 800.0, 1500.0)


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("t", [0.0, 1e-3, 1.0, 50.0])
def test_separable_flows_from_any_start(start, t):
    with mpmath.workdps(1400):
        e = mpmath.exp
        newton = mpmath.log(mpmath.expm1(t) + e(mpmath.mpf(t) + start))
        half = 2 * mpmath.log(e(mpmath.mpf(start) / 2) + mpmath.mpf(t) / 2)
        for method, expected in (("GN^-1", newton), ("GN^-1/2", half)):
            found = float(separable_flow(t, method, start=start))
            assert abs(found - expected) <= ROUNDING * max(1, abs(expected)), method

        # GD: the residual of z + e^z = start + e^start + t, in units of its derivative
        z = mpmath.mpf(float(separable_flow(t, "GD", start=start)))
        residual = (z - start) + (e(z) - e(mpmath.mpf(start))) - t
        assert abs(residual / (1 + e(z))) <= ROUNDING * max(1, abs(start))


def test_nesterov_before_its_first_step():
    np.testing.assert_allclose(worst_cases.nesterov_gap(np.arange(3)), [1 / 2, 1 / 6, 1 / 10])
    assert worst_cases.nesterov_gap(0) == pytest.approx(worst_cases.gd_gap(0))


def test_weight_ratio_where_the_exponential_overflows():
    z = np.array([-800.0, -800.0, 800.0, 800.0])
    q = np.array([0.0, 1.0, 0.0, 1.0])
    np.testing.assert_array_equal(weight_ratio(z, q), [0.0, INF, INF, 0.0])


@pytest.mark.parametrize("size", [1e-170, 1e-300, 1e170, 1e300])
def test_moments_depend_on_the_direction_of_the_error(size):
    """Scaled by a power of ten, delta and noise round once more: 1e-14 is enough."""
    sigma = np.diag([3.0, 1.0, 0.2])
    delta = np.array([0.3, -1.0, 2.0])
    small = adam_over_gn_half(sigma, delta, 0.7, 4)
    scaled = adam_over_gn_half(sigma, size * delta, size * 0.7, 4)
    np.testing.assert_allclose(scaled.k, small.k, rtol=1e-14)
    np.testing.assert_allclose(
        batch_crossover(sigma, size * delta, 0.0), batch_crossover(sigma, delta, 0.0), rtol=1e-12
    )
    assert adam_over_gn_half(sigma, 1e-300 * delta, size if size > 1 else 1.0, 4).r < 1e-200


@pytest.mark.parametrize("t", [[10, 0], [-1, 2], [1, 1], [], [0.5], [[1]]])
def test_step_numbers_of_the_risk_increase(t):
    with pytest.raises(ValueError, match=r"^t "):
        risk_curve(np.ones(2) / 10, np.ones(2), t, 1)


@pytest.mark.parametrize("runs", [(), (5,), (2, 3)])
def test_the_recursion_walks_through_memory_in_order(runs, monkeypatch):
    seen = []
    original = np.vecdot

    def spy(weight, x):
        seen.append(x)
        return original(weight, x)

    monkeypatch.setattr(np, "vecdot", spy)
    q = np.full((*runs, 4), 0.1) * np.arange(1, 5)
    risk_curve(q, np.ones(4), [3], 2)
    assert all(x.flags.c_contiguous and x.shape == (*runs, 4) for x in seen)
    assert len(seen) == 4


def test_the_effective_rank_that_the_floor_needs():
    """r = tr(Sigma^1/2) / max Sigma^1/2; simulated sqrt(tau) of n = 256 at B = 16 is 1.156 for
    i^-2, where r = 6.1 is far from >> 17, and 13.94 for the geometric spectrum, where r = 100 and
    the formula holds."""
    i = np.arange(1, 257.0)
    steep = i**-2
    flat = np.geomspace(1, 0.01, 256)
    assert critical_batch(steep, -0.5) == pytest.approx(6.12, abs=0.01)
    assert critical_batch(flat, -0.5) > 4 * 17
    assert np.sqrt(adam_floor(flat, 1.0, 16)) == pytest.approx(13.94, rel=0.02)
    assert np.sqrt(adam_floor(steep, 1.0, 16)) > 1.9 * 1.156

"""Gaussian logistic regression against arbitrary-precision and naive two-dimensional integrals, at
norms where Gauss-Hermite rules fail."""

import mpmath
import numpy as np
import pytest
from examples import spd

from lab.curvature import Dense, Spiked
from lab.objectives import GaussianLogistic
from lab.optimizers import IdealisedAdam
from lab.quadrature import smoothed
from lab.simulation import simulate
from lab.theory.logistic_moments import (
    mean_bend,
    mean_softplus,
    mean_weight,
    mean_weight_along,
    squared_score,
)

NORMS = (1e-3, 0.1, 1.5, 10.0, 40.0, 1e3)


def precise(f, deviation):
    """E f(N(0, deviation^2)) to 20 digits."""
    with mpmath.workdps(25):
        density = mpmath.mpf(deviation)
        marks = [m for m in (1, 5, 20, 60) if m < 12 * deviation] + [12 * density]
        points = [-m for m in reversed(marks)] + [0] + marks
        return float(mpmath.quad(lambda z: f(z) * mpmath.npdf(z, 0, density), points))


def sig(z):
    return 1 / (1 + mpmath.exp(-z))


def w(z):
    return sig(z) * sig(-z)


@pytest.mark.parametrize("norm", NORMS)
def test_moments_of_one_variable(norm):
    """Against mpmath. E w'' = E[w - 6 w^2] cancels by a factor norm^2 / 3, hence its tolerance."""
    v = np.array(norm**2)
    assert mean_softplus(v) == pytest.approx(
        precise(lambda z: mpmath.log(1 + mpmath.exp(z)), norm), rel=1e-14
    )
    assert mean_weight(v) == pytest.approx(precise(w, norm), rel=1e-14)
    assert mean_weight_along(v) == pytest.approx(
        precise(lambda z: w(z) * (z / norm) ** 2, norm), rel=1e-14
    )
    bend = precise(lambda z: w(z) * (1 - 6 * w(z)), norm)
    assert mean_bend(v) == pytest.approx(bend, rel=1e-15 * (10 + 10 * norm**2))


def test_few_gauss_hermite_nodes_are_wrong_at_large_norms():
    """What the quadrature is for: 80 nodes are right at norm 1.5, and miss a tenth of psi at 40."""
    x, weights = np.polynomial.hermite_e.hermegauss(80)
    hermite = {
        c: (weights / weights.sum()) @ np.array([float(w(z)) for z in c * x]) for c in (1.5, 40.0)
    }
    assert hermite[1.5] == pytest.approx(float(mean_weight(np.array(1.5**2))), rel=1e-6)
    assert abs(hermite[40.0] / float(mean_weight(np.array(1600.0))) - 1) > 0.1


@pytest.mark.parametrize("s", [0.0, 0.1, 1.5, 40.0])
@pytest.mark.parametrize("u", [0.0, -0.7, 30.0, -200.0])
def test_smoothed_sigmoid(u, s):
    mean, slope = smoothed(np.array(u), np.array(s))
    if s == 0:
        expected = float(mpmath.tanh(u / 2) / 2), float(w(mpmath.mpf(u)))
    else:
        with mpmath.workdps(25):
            points = sorted(
                {
                    max(-12.0, min(12.0, p))
                    for p in [-12, -4, 0, 4, 12, -u / s, (-u - 6) / s, (6 - u) / s]
                }
            )
            f = [lambda z: mpmath.tanh((u + s * z) / 2) / 2, lambda z: w(u + s * z)]
            expected = [float(mpmath.quad(lambda z, g=g: g(z) * mpmath.npdf(z), points)) for g in f]
    np.testing.assert_allclose([mean, slope], expected, rtol=1e-12, atol=1e-14)


CASES = [
    (1.5, 1.5, 0.3),
    (0.1, 1.5, 0.9),
    (40.0, 1.5, 1.0),
    (40.0, 1.5, -0.999),
    (1.5, 40.0, 1.0),
    (0.1, 40.0, 0.99),
    (40.0, 40.0, 0.7),
    (0.0, 1.5, 0.0),
]


@pytest.mark.parametrize(("a", "b", "rho"), CASES)
def test_squared_score_on_a_grid(a, b, rho):
    """z = a X, t = b (rho X + sqrt(1 - rho^2) Y), trapezoid rule with steps far below the width of
    the sigmoid: exponentially accurate."""
    across = b * np.sqrt(1 - rho**2)
    x, y = (
        np.arange(-9.5, 9.5, min(0.3, 0.25 / max(width, 1e-9)))
        for width in (max(a, b * abs(rho)), across)
    )
    p = [np.exp(-(g**2) / 2) for g in (x, y)]
    chance = np.outer(p[0] / p[0].sum(), p[1] / p[1].sum())
    z = a * x[:, None] + 0 * y
    t = b * rho * x[:, None] + across * y
    h = np.tanh(z / 2) / 2
    k = np.tanh(t / 2) / 2
    dh = 0.25 - h**2
    dk = 0.25 - k**2
    q = k + 0.5
    s = h + 0.5
    f = q * (1 - s) ** 2 + (1 - q) * s**2
    zz = 2 * dh**2 - 4 * h**2 * dh + 4 * h * dh * k
    expected = [(chance * g).sum() for g in (f, zz, -2 * dh * dk, 4 * h * k * dk)]
    measured = squared_score(np.array(a**2), np.array(b**2), np.array(rho * a * b))
    np.testing.assert_allclose(measured, expected, rtol=1e-11, atol=2e-13)


@pytest.mark.parametrize("norm", [1.5, 40.0])
def test_the_whole_objective_by_brute_force(norm):
    """Loss, gradient, Hessian and second moment in the plane, from their definitions on a grid over
    x."""
    sigma = np.array([[1.0, 0.6], [0.6, 0.8]])
    star = np.array([0.9, -0.5])
    theta = norm * np.array([0.6, 0.8])
    f = GaussianLogistic(sigma, star)
    grid = np.arange(-9.5, 9.5, 0.2 / norm)
    grid = grid if norm < 10 else np.arange(-9.5, 9.5, 0.012)
    p = np.exp(-(grid**2) / 2)
    chance = np.outer(p, p).ravel() / p.sum() ** 2
    x = np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2) @ f.root
    s = 1 / (1 + np.exp(-np.clip(x @ theta, -700, 700)))
    q = 1 / (1 + np.exp(-x @ star))
    loss = chance @ (np.logaddexp(0, x @ theta) - q * (x @ theta))
    grad = (chance * (s - q)) @ x
    hessian = x.T @ ((chance * s * (1 - s))[:, None] * x)
    moment = x.T @ ((chance * (q * (1 - s) ** 2 + (1 - q) * s**2))[:, None] * x)
    np.testing.assert_allclose(f.loss(theta), loss, rtol=1e-11)
    np.testing.assert_allclose(f.grad(theta), grad, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(f.hessian(theta).dense(), hessian, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(f.second_moment(theta, 1).dense(), moment, rtol=1e-9, atol=1e-12)
    mixed = moment / 3 + 2 / 3 * np.outer(grad, grad)
    np.testing.assert_allclose(f.second_moment(theta, 3).dense(), mixed, rtol=1e-9, atol=1e-12)


def test_degenerate_directions():
    """theta = 0 has M_1 = G = Sigma / 4; theta parallel to theta_star needs no inverse; a zero
    teacher has fair labels."""
    sigma = spd(4)
    star = np.array([1.0, -2.0, 0.5, 0.3])
    f = GaussianLogistic(sigma, star)
    np.testing.assert_allclose(f.second_moment(np.zeros(4), 1).dense(), sigma / 4, rtol=1e-14)
    np.testing.assert_allclose(f.hessian(np.zeros(4)).dense(), sigma / 4, rtol=1e-14)
    near = 3 * star + 1e-7 * np.array([1.0, 1.0, -1.0, 1.0])
    parallel = f.second_moment(3 * star, 1).dense()
    np.testing.assert_allclose(parallel, f.second_moment(near, 1).dense(), rtol=1e-5, atol=1e-6)
    assert np.linalg.eigvalsh(parallel)[0] > 0
    fair = GaussianLogistic(sigma, 0.0)
    h = fair.second_moment(star, 1).dense()
    weights = 0.25 + 0.25 - mean_weight(np.array(star @ sigma @ star))
    expected = Spiked(
        Dense(sigma),
        weights,
        (sigma @ star)[None],
        weight=-mean_bend(np.array([star @ sigma @ star])),
    )
    np.testing.assert_allclose(h, expected.dense(), rtol=1e-12)


def test_the_optimum():
    """theta_star is stationary, the loss there is `lowest`, and M_1 = G (Fisher's identity)."""
    f = GaussianLogistic(spd(5), np.linspace(-1, 2, 5))
    np.testing.assert_allclose(f.grad(f.minimiser), 0, atol=1e-16)
    assert f.loss(f.minimiser) == pytest.approx(
        f.lowest, rel=1e-14
    )  # quadrature: sums of positive terms, to some eps
    assert (f.loss(f.minimiser + 0.1 * np.eye(5)) > f.lowest).all()
    np.testing.assert_allclose(
        f.second_moment(f.minimiser, 1).dense(), f.hessian(f.minimiser).dense(), atol=1e-14
    )


def test_a_diagonal_covariance_is_the_dense_one():
    lam = np.geomspace(2, 0.1, 4)
    star = np.arange(4.0)
    theta = np.ones((3, 4))
    thin = GaussianLogistic(lam, star)
    dense = GaussianLogistic(np.diag(lam), star)
    np.testing.assert_allclose(thin.loss(theta), dense.loss(theta), rtol=1e-14)
    for size in (1, 8, None):
        np.testing.assert_allclose(
            thin.second_moment(theta, size).dense(),
            dense.second_moment(theta, size).dense(),
            rtol=1e-13,
            atol=1e-16,
        )


def test_labels_of_a_batch():
    """ "true" squares the batch's own scores, "sampled" draws, "exact" is the population's."""
    f = GaussianLogistic(spd(3), 1.0)
    rng = np.random.default_rng(0)
    theta = np.array([[1.0, -1.0, 0.5], [0.2, 0.3, 2.0]])
    batch = f.draw(rng, (2,), 7)
    true = f.curvature(theta, batch, "true", rng)
    np.testing.assert_allclose(true.mean(), f.grad(theta, batch), rtol=1e-13)
    np.testing.assert_allclose(
        true.weight, true.score**2, rtol=1e-15
    )  # one product, whose rounding is half an eps = 1.1e-16
    sampled = f.curvature(theta, batch, "sampled", np.random.default_rng(1))
    assert not np.allclose(sampled.score, true.score)
    # entries of one formula, evaluated twice: some eps of the largest entry, which is below 1
    np.testing.assert_allclose(
        f.curvature(theta, batch, "exact", rng).dense(),
        f.hessian(theta).dense(),
        rtol=0,
        atol=1e-14,
    )
    assert set(np.unique(batch.y)) <= {0.0, 1.0}


def test_labels_follow_the_teacher():
    """Mean of (y - sig(t)) t over 40,000 draws is 0, and far from 0 for a teacher of the other
    sign."""
    star = np.array([1.0, -0.5])
    batch = GaussianLogistic(np.ones(2), star).draw(np.random.default_rng(3), (), 40_000)
    t = batch.x @ star
    terms = (batch.y - 1 / (1 + np.exp(-t))) * t
    assert abs(terms.mean()) <= 5 * terms.std() / 200


def test_adam_with_the_expected_square_runs_and_a_diverged_run_is_data():
    f = GaussianLogistic(spd(3), 1.0)
    losses = simulate(f, IdealisedAdam(np.array([0.05, 1e200])), np.zeros(3), steps=4, batch=2)[
        "loss"
    ]
    assert losses[-1, 0] < losses[0, 0]
    assert losses[-1, 1] > 1e100


@pytest.mark.parametrize(
    ("sigma", "star", "message"),
    [
        (np.array([1.0, -0.1]), 1.0, "sigma = -0.1: must be >= 0"),
        (
            np.array([[1.0, 2.0], [2.0, 1.0]]),
            1.0,
            "sigma has smallest eigenvalue -1: must be positive semi-definite",
        ),
        (
            np.ones(3),
            np.ones(2),
            r"theta_star has shape \(2,\): must be a number or have shape \(3,\)",
        ),
        (np.ones(3), np.nan, "theta_star = nan: must be finite"),
    ],
)
def test_bad_input(sigma, star, message):
    with pytest.raises(ValueError, match=message):
        GaussianLogistic(sigma, star)


@pytest.mark.parametrize("size", [0, 1.5, True])
def test_bad_batch(size):
    f = GaussianLogistic(np.ones(2), 1.0)
    for ask in (
        lambda: f.draw(np.random.default_rng(0), (), size),
        lambda: f.second_moment(np.ones(2), size),
    ):
        with pytest.raises(ValueError, match=r"batch = .*: must be an integer >= 1"):
            ask()

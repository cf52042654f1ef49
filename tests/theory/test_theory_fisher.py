"""The logistic pencil, its laws, weight ratios and matrix regression, against naive
computations."""

import itertools

import numpy as np
import pytest
from examples import spd
from scipy.linalg import eigh

from lab.objectives import GaussianLogistic
from lab.theory.fisher import logistic_pencil, pencil_laws, weight_ratio
from lab.theory.moments import matrix_regression_moment


@pytest.mark.parametrize("norm", [0.0, 0.1, 1.5, 15.0, 40.0])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_pencil_against_dense_matrices(n, norm):
    """Several runs at once; the dense pencil loses kappa(G) ~ 50 norm^2 / 3 of precision."""
    rng = np.random.default_rng(n)
    sigma = spd(n) if n > 1 else np.array([[0.7]])
    theta = norm * rng.standard_normal((3, n))
    star = 1.5 * rng.standard_normal(n)
    pencil = logistic_pencil(sigma, theta, star)
    f = GaussianLogistic(sigma, star)
    assert pencil.eigenvalues.shape == (3, n)
    for k in range(3):
        lam = eigh(
            f.second_moment(theta[k], 1).dense(), f.hessian(theta[k]).dense(), eigvals_only=True
        )
        np.testing.assert_allclose(pencil.eigenvalues[k], lam[::-1], rtol=1e-7)
        assert pencil.spread[k] == pytest.approx(lam[-1] / lam[0], rel=1e-7)
        assert np.sum(np.isclose(lam, pencil.bulk[k], rtol=1e-7)) >= max(n - 2, 0)


def test_parallel_vectors_have_one_eigenvalue_beside_the_bulk():
    for factor in (-2.0, 0.0, 0.5, 30.0):
        star = np.array([0.4, -1.0, 0.7])
        pencil = logistic_pencil(np.array([1.0, 2.0, 0.3]), factor * star, star)
        assert np.isclose(pencil.others, pencil.bulk, rtol=1e-10).any()


@pytest.mark.parametrize("norm", [0.5, 1.5, 40.0])
def test_a_student_that_is_the_teacher(norm):
    """All eigenvalues 1 (Fisher's identity); along theta the moments cancel by a factor norm^2."""
    theta = norm * np.array([0.6, 0.0, 0.8])
    np.testing.assert_allclose(
        logistic_pencil(np.ones(3), theta, theta).eigenvalues, 1.0, rtol=1e-13 * (1 + norm**3)
    )


def test_spreads_to_two_or_three_digits():
    """Teacher norm 1.5: students of norm 1.5, 5, 15, 40 along it and against it (derived, by
    another quadrature)."""
    theta = np.outer([1.5, 5, 15, 40], [1.0, 0.0, 0.0])
    aligned = logistic_pencil(np.ones(3), theta, np.array([1.5, 0, 0])).spread
    against = logistic_pencil(np.ones(3), theta, np.array([-1.5, 0, 0])).spread
    assert (np.abs(aligned - [1.0, 4.8, 33, 216]) <= [1e-12, 0.05, 0.5, 0.5]).all()
    assert (np.abs(against - [2.9, 12.4, 88, 597]) <= [0.05, 0.05, 0.5, 0.5]).all()


@pytest.mark.parametrize("angle", [0.0, 0.4, np.pi / 2, 2.5, np.pi])
@pytest.mark.parametrize("teacher", [0.0, 1.5, 6.0])
def test_laws_are_limits(teacher, angle):
    """The relative error falls like 1/c: at c = 1e5, below 1e-3 with a teacher of norm at
    most 6."""
    c = 1e5
    pencil = logistic_pencil(
        np.ones(3), np.array([c, 0, 0]), teacher * np.array([np.cos(angle), np.sin(angle), 0])
    )
    laws = pencil_laws(teacher, angle)
    np.testing.assert_allclose(pencil.bulk, laws.bulk * c, rtol=1e-3)
    np.testing.assert_allclose(np.sort(pencil.others), [laws.low * c, laws.top * c**3], rtol=1e-3)
    np.testing.assert_allclose(pencil.spread, laws.spread * c**2, rtol=1e-3)


def test_laws_of_fair_labels():
    """teacher = 0: e0 = M_11 = M_22 = 1/2."""
    laws = pencil_laws(0.0, 1.0)
    root = np.sqrt(2 * np.pi)
    np.testing.assert_allclose(laws, [root / 2, root / 2, 1.5 * root / np.pi**2], rtol=1e-14)


def test_laws_broadcast():
    laws = pencil_laws(np.array([[0.5], [2.0]]), np.array([0.0, 1.0, 3.0]))
    assert laws.spread.shape == (2, 3)
    np.testing.assert_allclose(laws.top[1, 2], pencil_laws(2.0, 3.0).top, rtol=1e-15)


def test_weight_ratios():
    z = np.array([-3.0, 0.0, 2.0])
    np.testing.assert_allclose(weight_ratio(z, 1.0), np.exp(-z), rtol=1e-15)
    np.testing.assert_allclose(weight_ratio(z, 0.0), np.exp(z), rtol=1e-15)
    np.testing.assert_allclose(weight_ratio(z, 0.5), np.cosh(z), rtol=1e-15)
    np.testing.assert_allclose(weight_ratio(z, 1 / (1 + np.exp(-z))), 1.0, rtol=1e-14)
    s = 1 / (1 + np.exp(-z))
    q = 0.3
    np.testing.assert_allclose(
        weight_ratio(z, q), (q * (1 - s) ** 2 + (1 - q) * s**2) / (s * (1 - s)), rtol=1e-14
    )


@pytest.mark.parametrize("batch", [1, 3])
def test_matrix_regression_entry_by_entry(batch):
    """Every entry from Isserlis' sum over pairings, W (2, 3): index i * 2 + a for input i, output
    a."""
    rng = np.random.default_rng(0)
    m = 2
    n = 3
    sigma = spd(n)
    noise = spd(m, seed=2)
    delta = rng.standard_normal((m, n))
    s = sigma
    d = delta
    expected = np.zeros((m * n, m * n))
    for (i, a), (j, b) in itertools.product(itertools.product(range(n), range(m)), repeat=2):
        first = (d[a] @ s @ d[b] + noise[a, b]) * s[i, j]
        pairs = (s[i] @ d[a]) * (s[j] @ d[b]), (s[i] @ d[b]) * (s[j] @ d[a])
        expected[i * m + a, j * m + b] = (first + sum(pairs)) / batch + (1 - 1 / batch) * pairs[0]
    np.testing.assert_allclose(
        matrix_regression_moment(sigma, delta, noise, batch), expected, rtol=1e-12
    )


def test_matrix_regression_with_vectors_for_diagonals():
    delta = np.arange(6.0).reshape(2, 3)
    full = matrix_regression_moment(np.diag([1.0, 2, 3]), delta, np.diag([0.5, 0.0]), 2)
    np.testing.assert_allclose(
        matrix_regression_moment(np.array([1.0, 2, 3]), delta, np.array([0.5, 0.0]), 2),
        full,
        rtol=1e-15,
    )


BAD = {
    "singular": (
        lambda: logistic_pencil(np.array([1.0, 0.0]), np.ones(2), np.ones(2)),
        "sigma = 0: must be > 0",
    ),
    "singular matrix": (
        lambda: logistic_pencil(np.ones((2, 2)), np.ones(2), np.ones(2)),
        "sigma has smallest eigenvalue .* positive definite",
    ),
    "theta": (
        lambda: logistic_pencil(np.ones(2), np.ones(3), np.ones(2)),
        r"theta has shape \(3,\): its last axis must be 2",
    ),
    "number": (
        lambda: logistic_pencil(np.ones(2), np.ones(2), 1.0),
        r"theta_star has shape \(\): must have at least 1 axes",
    ),
    "NaN": (
        lambda: logistic_pencil(np.ones(2), np.array([1.0, np.nan]), np.ones(2)),
        r"theta\[1\] = nan: must be finite",
    ),
    "angle": (
        lambda: pencil_laws(1.0, -0.1),
        r"angle reaches from -0.1 to -0.1: must be in \[0, pi\]",
    ),
    "teacher": (lambda: pencil_laws(-1.0, 0.1), "teacher = -1: must be >= 0"),
    "q": (lambda: weight_ratio(1.0, 1.1), r"q = 1.1: must be in \[0, 1\]"),
    "batch": (
        lambda: matrix_regression_moment(np.ones(2), np.ones((1, 2)), np.ones(1), 0),
        "batch = 0: must be an integer >= 1",
    ),
    "noise": (
        lambda: matrix_regression_moment(np.ones(2), np.ones((1, 2)), -np.ones(1), 1),
        "noise = -1: must be >= 0",
    ),
    "delta": (
        lambda: matrix_regression_moment(np.ones(2), np.ones((2, 1)), np.ones(1), 1),
        r"delta has shape \(2, 1\): must be \(1, 2\)",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case):
    ask, message = BAD[case]
    with pytest.raises(ValueError, match=message):
        ask()

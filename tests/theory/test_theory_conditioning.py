"""Conditioning formulas against eigenvalues computed another way: mpmath, exact roots, brute-force
search."""

import mpmath
import numpy as np
import pytest
import sympy

from lab.bases import random
from lab.theory.conditioning import (
    arrowhead_kappa,
    basis_accuracy,
    critical_angle,
    empirical_fisher_basis,
    kantorovich_vector,
    plane,
    plane_kappa,
    planes,
    preconditioned_kappa,
    preconditioned_kappa_gram,
)


def mp_plane_kappa(kappa, phi, power):
    """40-digit eigenvalues of P Sigma in the plane, from the quadratic formula."""
    with mpmath.workdps(60):
        k = mpmath.mpf(kappa)
        c = mpmath.cos(phi)
        s = mpmath.sin(phi)
        h = mpmath.matrix(
            [[k * c * c + s * s, (k - 1) * c * s], [(k - 1) * c * s, k * s * s + c * c]]
        )
        p = mpmath.diag([h[0, 0] ** power, h[1, 1] ** power])
        trace = (p * h)[0, 0] + (p * h)[1, 1]
        det = mpmath.det(p * h)
        root = mpmath.sqrt(trace**2 - 4 * det)
        return float((trace + root) / (trace - root))


@pytest.mark.parametrize("power", [-1.0, -0.5, 0.0, -0.3])
def test_plane_kappa_in_forty_digits(power):
    for kappa in (1.0, 0.2, 3.0, 1e4, 1e12):
        for phi in (0.0, 1e-5, 0.01, 0.5, np.pi / 4, 1.3, -2.0):
            assert plane_kappa(kappa, phi, power) == pytest.approx(
                mp_plane_kappa(kappa, phi, power), rel=1e-9
            ), (kappa, phi)


def test_plane_is_the_rotated_matrix():
    k = np.array([2.0, 50.0])
    phi = 0.3
    r = np.array([[np.cos(phi), -np.sin(phi)], [np.sin(phi), np.cos(phi)]])
    for value, matrix in zip(k, plane(k, phi), strict=True):
        np.testing.assert_allclose(matrix, r @ np.diag([value, 1.0]) @ r.T, rtol=1e-14)


def test_plane_kappa_special_angles():
    """In the eigenbasis kappa^(1 + p); at 45 degrees every power leaves kappa as it was."""
    for power in (-1.0, -0.5, -0.2):
        assert plane_kappa(81.0, 0.0, power) == pytest.approx(81.0 ** (1 + power), rel=1e-13)
        assert plane_kappa(81.0, np.pi / 4, power) == pytest.approx(81.0, rel=1e-13)


def test_basis_accuracy_is_the_plane_law():
    kappa = np.geomspace(1.1, 1e8, 9)[:, None]
    phi = np.linspace(-1.5, 1.5, 13)
    np.testing.assert_allclose(basis_accuracy(kappa, phi), plane_kappa(kappa, phi), rtol=1e-10)


def test_basis_accuracy_limits():
    """Small angles: within phi^2 + 1/kappa of exact; then 1 + 2 sqrt(x) below, 4 x above."""
    kappa, phi = 1e6, 0.01
    assert basis_accuracy(kappa, phi, small=True) == pytest.approx(
        basis_accuracy(kappa, phi), rel=5 * (phi**2 + 1 / kappa)
    )
    assert basis_accuracy(kappa, phi, small=True) == pytest.approx(402.0, abs=0.05)
    assert basis_accuracy(1e4, 1e-6, small=True) == pytest.approx(1 + 2e-4, abs=1e-7)
    assert basis_accuracy(1e12, 0.001, small=True) == pytest.approx(4e6, rel=1e-5)


def test_critical_angle_inverts_the_law():
    for kappa, allowed in ((1e4, 5.0), (100.0, 99.0), (1e10, 1.01)):
        assert plane_kappa(kappa, critical_angle(kappa, allowed)) == pytest.approx(
            allowed, rel=1e-9
        )
    assert critical_angle(1e8) == pytest.approx(1e-4, rel=1e-6)
    assert critical_angle(10.0, 20.0) == pytest.approx(np.pi / 4)


def spd(n, seed, kappa=1e4):
    q = random(n, np.random.default_rng(seed)).q
    h = (q * np.geomspace(1, 1 / kappa, n)) @ q.T
    return (h + h.T) / 2


@pytest.mark.parametrize("power", [-1.0, -0.5, -0.8])
def test_preconditioned_kappa_is_that_of_the_product(power):
    """Eigenvalues of the unsymmetric matrix D^p H, for a stack."""
    stack = np.stack([spd(5, seed) for seed in range(3)])
    expected = []
    for h in stack:
        lam = np.sort(np.linalg.eigvals(np.diag(np.diag(h) ** power) @ h).real)
        expected.append(lam[-1] / lam[0])
    np.testing.assert_allclose(preconditioned_kappa(stack, power), expected, rtol=1e-9)


def test_the_factor_keeps_digits_that_the_matrix_has_lost():
    """kappa = 1e18 in the eigenbasis turned by 0.3: the Gram matrix does not know its small
    eigenvalue, the factor does."""
    c = np.cos(0.3)
    s = np.sin(0.3)
    factor = np.array([[1e9 * c, 1e9 * s], [-s, c]])
    assert preconditioned_kappa_gram(factor, -0.5) == pytest.approx(
        mp_plane_kappa(1e18, 0.3, -0.5), rel=1e-6
    )
    assert preconditioned_kappa_gram(factor) == pytest.approx(
        mp_plane_kappa(1e18, 0.3, -1), rel=1e-6
    )
    small = np.random.default_rng(0).standard_normal((4, 6, 3))
    np.testing.assert_allclose(
        preconditioned_kappa_gram(small),
        preconditioned_kappa(small.swapaxes(1, 2) @ small),
        rtol=1e-9,
    )


def test_order_can_fail_exactly():
    """kappa(GN^-1) = (11 + sqrt 41) / 2 > kappa(GN^-1/2) = (9 + sqrt 41) / 2 for
    [[1,1,1],[1,4,3],[1,3,4]], by exact roots."""
    x = sympy.Symbol("x")
    h = sympy.Matrix([[1, 1, 1], [1, 4, 3], [1, 3, 4]])
    for power, expected in ((-1, 11), (sympy.Rational(-1, 2), 9)):
        product = sympy.diag(1, 4**power, 4**power) * h
        roots = sympy.Poly(product.charpoly(x).as_expr(), x).real_roots()
        assert sympy.radsimp(roots[-1] / roots[0] - (expected + sympy.sqrt(41)) / 2).equals(0)
        assert preconditioned_kappa(np.array(h, dtype=float), float(power)) == pytest.approx(
            (expected + 41**0.5) / 2, rel=1e-12
        )


def test_empirical_fisher_basis_makes_an_arrowhead():
    sigma = spd(6, 3)
    d = np.random.default_rng(1).standard_normal(6)
    q = empirical_fisher_basis(sigma, d).q
    turned = q.T @ sigma @ q
    np.testing.assert_allclose(q[:, 0], sigma @ d / np.linalg.norm(sigma @ d), rtol=1e-12)
    np.testing.assert_allclose(turned[1:, 1:], np.diag(np.diag(turned)[1:]), atol=1e-15)
    assert (np.diff(np.diag(turned)[1:]) < 0).all()


@pytest.mark.parametrize("batch", [1, 4])
def test_empirical_fisher_basis_diagonalises_the_sampled_second_moment(batch):
    """Against E[g g^T] estimated from drawn batches: off-diagonal entries vanish within 5 standard
    errors."""
    rng = np.random.default_rng(7)
    sigma = spd(3, 5, kappa=10.0)
    d = np.array([1.0, -2.0, 0.5])
    noise = 3.0
    q = empirical_fisher_basis(sigma, d, batch=batch, noise=noise).q
    x = rng.multivariate_normal(np.zeros(3), sigma, size=(200_000, batch))
    error = x @ d - noise * rng.standard_normal(x.shape[:2])
    g = (error[..., None] * x).mean(1) @ q
    for i, j in ((0, 1), (0, 2), (1, 2)):
        products = g[:, i] * g[:, j]
        assert abs(products.mean()) < 5 * products.std() / np.sqrt(len(products))


def test_empirical_fisher_basis_at_large_batches_is_the_limit():
    """The eigenvectors of a perturbation of relative size 1 / B, whose own gaps are about 1 / 50,
    move by about 50 / B."""
    sigma = spd(6, 3, kappa=50.0)
    d = np.random.default_rng(1).standard_normal(6)
    limit, large = (
        empirical_fisher_basis(sigma, d).q,
        empirical_fisher_basis(sigma, d, batch=10**6).q,
    )
    np.testing.assert_allclose(np.abs(limit.T @ large), np.eye(6), atol=1e-4)


def test_arrowhead_kappa_against_the_basis():
    rng = np.random.default_rng(2)
    for n in (2, 3, 7):
        sigma = spd(n, n, kappa=300.0)
        d = rng.standard_normal(n)
        q = empirical_fisher_basis(sigma, d).q
        assert arrowhead_kappa(sigma, d) == pytest.approx(
            preconditioned_kappa(q.T @ sigma @ q), rel=1e-9
        )
    assert arrowhead_kappa(np.diag([5.0, 1.0, 0.1]), np.array([0.0, 2.0, 0.0])) == pytest.approx(
        1.0, abs=1e-7
    )


def test_kantorovich_vector_is_the_worst():
    sigma = spd(5, 8, kappa=40.0)
    g = kantorovich_vector(sigma)
    value = (g @ sigma @ g) * (g @ np.linalg.solve(sigma, g))
    assert value == pytest.approx(41.0**2 / (4 * 40.0), rel=1e-11)
    others = np.random.default_rng(0).standard_normal((3000, 5))
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    values = (others @ sigma * others).sum(1) * (np.linalg.solve(sigma, others.T).T * others).sum(1)
    assert values.max() < value
    assert arrowhead_kappa(sigma, np.linalg.solve(sigma, g)) == pytest.approx(40.0, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plane_kappa(-1.0, 0.1), "kappa = -1"),
        (lambda: plane_kappa(2.0, np.nan), "phi"),
        (lambda: plane_kappa(2.0, 0.1, 0.5), "power = 0.5"),
        (lambda: critical_angle(1.0), "kappa = 1: must be > 1"),
        (lambda: critical_angle(9.0, 0.5), "allowed - 1 = -0.5"),
        (lambda: basis_accuracy(0.0, 0.1), "kappa = 0"),
        (lambda: preconditioned_kappa(np.diag([1.0, 0.0])), "diag"),
        (lambda: arrowhead_kappa(np.eye(3), np.zeros(3)), "nonzero"),
        (lambda: arrowhead_kappa(np.eye(3), np.ones(2)), "3 entries"),
        (lambda: empirical_fisher_basis(np.diag([1.0, -1.0]), np.ones(2)), "positive definite"),
        (lambda: empirical_fisher_basis(np.eye(2), np.ones(2), batch=0), "batch = 0"),
        (lambda: empirical_fisher_basis(np.eye(2), np.ones(2), batch=1, noise=-1.0), "noise = -1"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_every_public_function_is_tested():
    """A new function of the module must be imported here."""
    public = {
        name
        for name, value in vars(planes).items()
        if getattr(value, "__module__", "") == planes.__name__
    }
    assert {name for name in public if not name.startswith("_")} <= set(globals())

"""The best diagonal scaling: certificates, golden optima, derivatives, sparse matrices."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse
from scipy.linalg import hilbert

from lab.bases import random
from lab.linalg import kappa
from lab.theory.conditioning import (
    certificate,
    jacobi,
    jacobi_hurts,
    jacobi_wins,
    kappa_with,
    newton,
    optimal_diagonal,
    optimal_diagonal_sparse,
    vif_bound,
)
from lab.theory.conditioning import sparse as sparse_module


def structured(n, rng):
    """(name, H): scaled samples, rotations, chains, an uncentred design, factors, worst cases."""
    s = np.exp(rng.uniform(-3, 3, n))
    rows = rng.standard_normal((2 * n, n))
    yield "samples", s[:, None] * (rows.T @ rows) * s / n
    q = random(n, rng).q
    yield "rotation", (q * np.geomspace(1, 1e-6, n)) @ q.T
    chain = 0.9 ** np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    yield "chain", s[:, None] * chain * s
    x = rows * np.exp(rng.uniform(-1, 1, n)) + rng.uniform(-3, 3, n)
    yield "uncentred", x.T @ x / len(x)
    w = rng.standard_normal((n, min(20, n)))
    yield "factors", w @ w.T + np.diag(rng.uniform(0.5, 2, n))
    yield "diagonal", np.diag(s)
    if n > 2:
        yield "Jacobi hurts", jacobi_hurts(n, 1e4, 0.01)


def check(name, h, gap=1e-3):
    h = (h + h.T) / 2
    found = optimal_diagonal(h, gap=gap)
    attained = kappa_with(h, found.d)
    # kappa of size up to 1e6 is known to n eps kappa
    assert found.kappa == pytest.approx(float(attained), rel=1e-8), name
    assert found.gap <= gap, (name, found)
    assert found.bound <= found.kappa <= found.none, name
    assert found.kappa <= float(kappa_with(h, jacobi(h))) * (1 + 1e-8), name
    # no scaling that was ever seen is below the bound
    assert vif_bound(h) <= found.kappa * (1 + 1e-8), name
    return found


@pytest.mark.parametrize("n", [1, 2, 3, 8, 30])
def test_certified_on_structured_matrices(n):
    for name, h in structured(n, np.random.default_rng(n)):
        check(name, h)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(15))
def test_a_hundred_matrices_up_to_200(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 201))
    for name, h in structured(n, rng):
        check(name, h)


@pytest.mark.parametrize(("n", "optimum"), [(3, 253.996063), (4, 5874.84827), (5, 151695.403)])
def test_hilbert(n, optimum):
    found = optimal_diagonal(hilbert(n), gap=1e-6)
    # nine digits are known; the search may end one gap above
    assert found.kappa == pytest.approx(optimum, rel=2e-6)
    assert found.bound <= optimum * (1 + 1e-8)


def test_optima_known_exactly():
    """7 + 4 sqrt 3 of I + v v^T, v = (3, 2, 1), and 3 + 2 sqrt 2 of a matrix of four."""
    v = np.array([3.0, 2.0, 1.0])
    spike = np.eye(3) + np.outer(v, v)
    four = np.full((4, 4), 0.25)
    four[0, 1:] = four[1:, 0] = 0.5
    np.fill_diagonal(four, 1.0)
    for h, optimum in ((spike, 7 + 4 * np.sqrt(3)), (four, 3 + 2 * np.sqrt(2))):
        found = optimal_diagonal(h, gap=1e-6)
        assert found.bound <= optimum * (1 + 1e-12)
        assert optimum * (1 - 1e-12) <= found.kappa <= optimum * (1 + 2e-6)


def test_the_family_cannot_be_improved():
    found = optimal_diagonal(jacobi_wins(60), gap=1e-4)
    assert found.bound <= 60 * (1 + 1e-9)
    assert found.kappa == pytest.approx(60, rel=1e-4)


def test_any_factors_prove_a_bound():
    """Random X and Y, with zero rows too: below every kappa(D H D), whatever they are."""
    rng = np.random.default_rng(0)
    for n in (1, 2, 5):
        h = random(n, rng).q * np.geomspace(1, 1e-4, n)
        h = h @ h.T
        lowest = optimal_diagonal(h).kappa
        for _ in range(50):
            a = rng.standard_normal((n, 2)) * (rng.random((n, 1)) < 0.8)
            b = rng.standard_normal((n, 3)) * (rng.random((n, 1)) < 0.8)
            assert 1 <= certificate(h, a, b) <= lowest * (1 + 1e-9)


def test_a_certificate_pays_for_rounding():
    """At kappa = 1e13 the bound is loose, and not above the truth; a decoupled row is left out."""
    q = random(6, np.random.default_rng(1)).q
    h = (q * np.geomspace(1, 1e-13, 6)) @ q.T
    found = optimal_diagonal((h + h.T) / 2, evaluations=60)
    assert 1 <= found.bound <= found.kappa <= found.none

    # (1 + c) / (1 - c) is known exactly, and eps of rounding is a thousandth of 1 - c
    for c in 1 - np.random.default_rng(2).uniform(1e-13, 5e-13, 50):
        pair = np.array([[1.0, c], [c, 1.0]])
        exact = (1 + Fraction(float(c))) / (1 - Fraction(float(c)))
        _, v = np.linalg.eigh(pair)
        bound = certificate(pair, v[:, 1:], v[:, :1])
        assert exact / 2 < Fraction(bound) <= exact
        # in units whose products are rounded, the same up to what that changes
        units = np.array([1.1, 1.7])
        wide = units[:, None] * pair * units
        share = Fraction(wide[0, 1]) ** 2 / (Fraction(wide[0, 0]) * Fraction(wide[1, 1]))
        # (1 + r) / (1 - r) is (1 + r)^2 / (1 - r^2), r = 1 to 1e-12
        most = 4 / (1 - share)
        if share < 1:
            assert certificate(wide, v[:, 1:] / units[:, None], v[:, :1] / units[:, None]) <= most

    decoupled = np.diag([1.0, 1.0, 1e-3])
    decoupled[:2, :2] += 0.5
    assert optimal_diagonal(decoupled).bound <= 2.0 * (1 + 1e-12)


def test_derivatives_of_the_smooth_function():
    """Gradient and Hessian products against central differences, with repeated eigenvalues too."""
    rng = np.random.default_rng(2)
    for lam in (np.geomspace(1, 1e-2, 5), np.array([1.0, 1.0, 0.5, 0.1, 0.1])):
        q = random(5, rng).q
        h = (q * lam) @ q.T
        x = rng.standard_normal(5) * 0.1
        x = x if lam[0] > lam[1] else np.zeros(5)
        y = rng.standard_normal(5)
        at = newton.point(h, x, 8.0)
        step = 1e-4
        ahead = newton.point(h, x + step * y, 8.0)
        behind = newton.point(h, x - step * y, 8.0)
        # O(step^2) times third derivatives of size p^2
        slope = (ahead.value - behind.value) / (2 * step)
        assert at.grad @ y == pytest.approx(slope, rel=1e-4, abs=1e-4)
        bend = (ahead.grad - behind.grad) / (2 * step)
        np.testing.assert_allclose(newton.hessian_times(at, y), bend, rtol=1e-3, atol=1e-4)


def test_the_smooth_function_brackets_kappa():
    h = random(7, np.random.default_rng(3)).q * np.geomspace(1, 1e-3, 7)
    h = h @ h.T
    at = newton.point(h, np.zeros(7), 16.0)
    assert np.log(at.kappa) <= at.value <= np.log(at.kappa) + 2 * np.log(7) / 16


def test_limits_are_told():
    h = next(structured(30, np.random.default_rng(4)))[1]
    short = optimal_diagonal(h, evaluations=5)
    assert short.gap > 1e-3
    assert short.evaluations <= 6
    with pytest.raises(ValueError, match="positive definite"):
        optimal_diagonal(np.diag([1.0, 0.0]))


def blocks(rng):
    """Three blocks of different hardness, shuffled, and a lonely entry."""
    parts = [h for _, h in structured(6, rng)][:3]
    h = sparse.csr_array(sparse.block_diag([*parts, sparse.coo_array([[1e-3]])]))
    order = rng.permutation(h.shape[0])
    return parts, sparse.csr_array(h[order][:, order])


def test_sparse_is_the_largest_component():
    parts, h = blocks(np.random.default_rng(5))
    found = optimal_diagonal_sparse(h, gap=1e-4)
    each = [optimal_diagonal((p + p.T) / 2, gap=1e-4).kappa for p in parts]
    assert found.kappa == pytest.approx(max(each), rel=2e-4)
    assert 0 <= found.gap <= 1e-4
    d = found.d
    scaled = d[:, None] * h.toarray() * d
    assert found.kappa == pytest.approx(float(kappa((scaled + scaled.T) / 2)), rel=1e-6)
    assert found.none == pytest.approx(float(kappa(h.toarray())), rel=1e-6)


def test_components_share_a_smallest_eigenvalue():
    """[.1, 1.9] and [.5, 4.5] with unit diagonal: together 45, each by itself at most 19."""
    parts = [np.full((n, n), c) + (1 - c) * np.eye(n) for n, c in ((2, 0.9), (8, 0.5))]
    h = sparse.csr_array(sparse.block_diag([*map(sparse.coo_array, parts)]))
    found = optimal_diagonal_sparse(h)
    assert found.none == pytest.approx(45.0)
    assert found.kappa == pytest.approx(19.0)
    assert float(kappa_with(h.toarray(), found.d)) == pytest.approx(19.0)


def test_a_large_component_uses_lanczos(monkeypatch):
    """The path for components above the limit, against the dense answer."""
    grid = sparse.diags_array(
        [np.full(79, -1.0), np.full(80, 2.1), np.full(79, -1.0)], offsets=[-1, 0, 1]
    )
    s = np.exp(np.random.default_rng(6).uniform(-2, 2, 80))
    h = sparse.csr_array(sparse.diags_array(s) @ grid @ sparse.diags_array(s))
    dense = optimal_diagonal(h.toarray())
    monkeypatch.setattr(sparse_module, "DENSE", 10)
    found = optimal_diagonal_sparse(h)
    assert found.bound <= dense.kappa * (1 + 1e-9)
    assert dense.bound <= found.kappa * (1 + 1e-9)
    assert found.gap <= 5e-3
    # computed by Lanczos to seven digits
    assert found.none == pytest.approx(float(kappa(h.toarray())), rel=1e-5)


def test_what_is_no_sparse_matrix():
    with pytest.raises(TypeError, match="sparse matrix"):
        optimal_diagonal_sparse(np.eye(3))
    with pytest.raises(ValueError, match="not symmetric"):
        optimal_diagonal_sparse(sparse.csr_array(np.array([[1.0, 0.5], [0.0, 1.0]])))
    with pytest.raises(ValueError, match="positive definite"):
        optimal_diagonal_sparse(sparse.csr_array(np.array([[1.0, 2.0], [2.0, 1.0]])))

"""The best diagonal on matrices that are hard on rounding: never below its certificate, never worse
than no scaling, decided in sixty digits; and Newton's steps in a few products."""

import mpmath
import numpy as np
import pytest
from scipy import sparse

from lab.bases import random
from lab.theory.conditioning import newton, optimal_diagonal, optimal_diagonal_sparse
from lab.theory.conditioning import sparse as sparse_module

EPS = np.finfo(float).eps
KINDS = ("plain", "repeated", "blocks", "one unit", "units", "ones", "nearly singular")


def drawn(seed):
    """A kind and a matrix of it: one to eight rows, condition up to 1e12 before any units."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 9))
    kind = KINDS[seed % len(KINDS)]
    low = 10 ** -rng.uniform(0, 12)
    lam = low ** rng.uniform(0, 1, n)
    lam[0], lam[-1] = 1.0, low
    if kind == "repeated":
        lam = rng.choice([1.0, low], n)
    q = random(n, rng).q if n > 1 else np.eye(1)
    h = (q * lam) @ q.T
    if kind == "blocks":
        m = int(rng.integers(0, n + 1))
        h[:m, m:] = h[m:, :m] = 0.0
    if kind == "ones":
        h = np.ones((n, n)) + n * low * np.eye(n)
    if kind == "nearly singular":
        v = rng.standard_normal(n)
        h = np.outer(v, v) + 1e-6 * h

    units = np.ones(n)
    if kind == "one unit":
        units[rng.integers(n)] = 10 ** rng.uniform(-8, 8)
    if kind == "units":
        units = 10 ** rng.uniform(-6, 6, n)
    h = units[:, None] * h * units
    return kind, (h + h.T) / 2


def exact_kappa(h, d):
    """kappa(D H D) of these very floats."""
    with mpmath.workdps(60):
        scale = mpmath.diag([mpmath.mpf(float(x)) for x in d])
        m = scale * mpmath.matrix(h.tolist()) * scale
        lam = sorted(mpmath.eigsy(m, eigvals_only=True))
        return lam[-1] / lam[0] if lam[0] > 0 else mpmath.inf


def attack(seed):
    """1 if the matrix was answered, 0 if it was refused as singular."""
    kind, h = drawn(seed)
    unit = np.diag(h) ** -0.5
    try:
        found = optimal_diagonal(h)
    except ValueError:
        # as singular as rounding can tell, with unit diagonal
        assert exact_kappa(h, unit) > 0.01 / EPS, (seed, kind)
        return 0

    true = exact_kappa(h, found.d)
    none = exact_kappa(h, np.ones(len(h)))
    # an eigenvalue is known to n eps of the largest, its quotient to n eps kappa
    known = 10 * len(h) * EPS
    assert found.bound <= found.kappa <= found.none, (seed, kind)
    assert found.bound <= min(true, none), (seed, kind)
    assert abs(true / found.kappa - 1) <= known * found.kappa, (seed, kind)
    assert true <= none * (1 + known * found.none), (seed, kind)
    # beyond, the roundings that the bound pays for are larger than the gap that is asked
    assert found.gap <= 1e-3 or found.kappa > 1e9, (seed, kind)
    return 1


def test_no_answer_is_below_its_certificate():
    """Three of each kind."""
    assert sum(attack(seed) for seed in range(3 * len(KINDS))) >= 2 * len(KINDS)


@pytest.mark.slow
def test_no_answer_of_a_thousand_is_below_its_certificate():
    assert sum(attack(seed) for seed in range(21, 1021)) >= 900


def test_units_do_not_matter():
    """One matrix in units from 1e-12 to 1e12, whose kappa is beyond all digits."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((40, 12))
    h = rows.T @ rows
    plain = optimal_diagonal(h)
    units = np.geomspace(1e-12, 1e12, 12)
    wide = units[:, None] * h * units
    # both are within the gap of the one optimum
    for found in (optimal_diagonal(wide), optimal_diagonal_sparse(sparse.csr_array(wide))):
        assert found.kappa == pytest.approx(plain.kappa, rel=1e-3)
        assert np.log(units * found.d).std() < 1


def test_units_do_not_matter_to_lanczos(monkeypatch):
    monkeypatch.setattr(sparse_module, "DENSE", 10)
    grid = sparse.diags_array(
        [np.full(39, -1.0), np.full(40, 2.1), np.full(39, -1.0)], offsets=[-1, 0, 1]
    )
    units = sparse.diags_array(10 ** np.random.default_rng(1).uniform(-9, 9, 40))
    found = optimal_diagonal_sparse(sparse.csr_array(units @ grid @ units), gap=1e-2)
    # a chain of even and odd rows: its unit diagonal is the best (Forsythe and Straus)
    lam = np.linalg.eigvalsh(grid.toarray())
    assert found.kappa == pytest.approx(lam[-1] / lam[0], rel=1e-2)
    assert found.bound <= lam[-1] / lam[0] * (1 + 1e-9)


def test_a_product_of_powers_is_near_the_hessian():
    """Where eigenvalues coincide the rule is exact; far pairs, of size 4 / (4 p), are left."""
    lam = np.array([1.0, 1.0, 1.0, 0.5, 0.1, 0.1])
    q = random(6, np.random.default_rng(3)).q
    at = newton.point((q * lam) @ q.T, np.zeros(6), 400.0)
    exact = np.array([newton.hessian_times(at, e) for e in np.eye(6)])
    near = newton.smooth_hessian(at)
    assert np.linalg.norm(near - exact, 2) <= 0.02 * np.linalg.norm(exact, 2)
    assert np.linalg.eigvalsh(near)[0] > 0


def factor_model(n):
    """Twenty factors and noise: all but twenty eigenvalues meet at the bottom."""
    rng = np.random.default_rng(n)
    w = rng.standard_normal((n, 20))
    return w @ w.T + np.diag(rng.uniform(0.5, 2, n))


def test_newtons_steps_take_a_few_products(monkeypatch):
    """Where conjugate gradients by themselves took sixty for each, and were not there."""
    products = []
    plain = newton.hessian_times
    monkeypatch.setattr(newton, "hessian_times", lambda at, y: products.append(1) or plain(at, y))
    found = optimal_diagonal(factor_model(60))
    assert found.gap <= 1e-3
    # 78 and 45 when this was written
    assert len(products) <= 3 * found.evaluations


@pytest.mark.slow
def test_a_factor_model_of_a_thousand():
    """Some 75 eigendecompositions, 20 s of one core; 126 and 166 s without the preconditioner."""
    found = optimal_diagonal(factor_model(1000))
    assert found.gap <= 1e-3
    assert found.evaluations <= 100

"""Roots of damped factors, and inverse BFGS updates."""

import numpy as np
import pytest
from examples import start
from layered_objectives import network

from lab.arrays import inner
from lab.linalg import symmetric_power
from lab.optimizers import (
    example,
)
from lab.optimizers.matrix.quasi_newton import curved, double_damped, no_pairs, times, updated
from lab.optimizers.matrix.roots import cholesky_inverse, coupled_newton
from lab.oracle import Asked

RNG = np.random.default_rng(31)


def spread(d, kappa):
    q = np.linalg.qr(RNG.standard_normal((d, d)))[0]
    return (q * np.geomspace(1, 1 / kappa, d)) @ q.T


@pytest.mark.parametrize("p", [1, 2, 4, 6])
def test_the_coupled_iteration(p):
    """Relative spectral error at most n tol / p, the bound of its stop."""
    for kappa in (3.0, 1e3, 1e6):
        a = spread(6, kappa)
        exact = symmetric_power(a, -1 / p)
        error = np.linalg.norm(coupled_newton(a, p) @ np.linalg.inv(exact) - np.eye(6), 2)
        assert error < 6 * 1e-6 / p


def test_the_stop_of_the_coupled_iteration():
    """On the Gram matrix of a flat gradient the largest entry grows at the first step though the
    norm falls: the authors' stop returns the start, z^(1/p) I."""
    a = np.full((4, 4), 0.25) + 1e-3 * np.eye(4)
    exact = symmetric_power(a, -0.25)
    np.testing.assert_allclose(coupled_newton(a, 4), exact, rtol=0, atol=1e-5)
    z = 2.5 / np.linalg.norm(a)
    np.testing.assert_allclose(coupled_newton(a, 4, growth="max"), z**0.25 * np.eye(4), rtol=1e-14)
    other = np.array([[0.2, -0.37], [-0.37, 0.7]])
    np.testing.assert_allclose(
        coupled_newton(other, 2) @ other @ coupled_newton(other, 2), np.eye(2), atol=1e-5
    )


def test_roots_of_stacks():
    """Every matrix of a stack stops by itself; 0 stays 0, one number is one, NaN is data."""
    stack = np.stack([spread(4, 5.0), spread(4, 1e4), np.zeros((4, 4)), np.full((4, 4), np.nan)])
    found = coupled_newton(stack, 2)
    for one, alone in zip(found[:2], stack[:2], strict=True):
        np.testing.assert_allclose(one, coupled_newton(alone, 2), rtol=1e-13)
    assert (found[2] == 0).all()
    assert np.isnan(found[3]).all()
    np.testing.assert_allclose(coupled_newton(np.array([[4.0]]), 2), [[0.5]], rtol=1e-6)
    inverse = cholesky_inverse(stack[[0, 3]])
    np.testing.assert_allclose(inverse[0] @ stack[0], np.eye(4), atol=1e-13)
    assert np.isnan(inverse[1]).all()


def test_double_damping_guarantees():
    """s . y >= mu1 y . H y and >= mu2 s . s afterwards, for mu2 beyond 1 too; untouched where both
    hold."""
    s, y = RNG.standard_normal((2, 400, 3))
    h = np.stack([spread(3, 20.0) for _ in range(400)])
    for mu2 in (0.3, 1.7):
        a, b = double_damped(h, s, y, 0.2, mu2)
        bhb = inner(b, times(h, b))
        assert (inner(a, b) >= mu2 * inner(a, a) * (1 - 1e-12)).all()
        first, _ = double_damped(h, s, y, 0.2, 0.0)
        assert (inner(first, y) >= 0.2 * inner(y, times(h, y)) * (1 - 1e-12)).all()
        if mu2 < 1:
            bound = np.maximum(1 / 0.2, np.linalg.norm(h, 2, axis=(-2, -1)) / mu2)
            assert (bhb <= bound * inner(a, b) * (1 + 1e-12)).all()
    a, b = double_damped(np.eye(3), y, y, 0.2, 0.3)
    np.testing.assert_allclose(a, y, rtol=1e-14)
    np.testing.assert_allclose(b, y, rtol=1e-14)


def test_edges_of_double_damping():
    h = spread(3, 4.0)
    u = np.array([1.0, 2.0, -1.0])
    zero = np.zeros(3)
    s, y = double_damped(h, u, zero, 0.2, 0.5)
    np.testing.assert_allclose(s, u, rtol=1e-14)
    np.testing.assert_allclose(y, 0.5 * u)
    s, y = double_damped(h, zero, u, 0.2, 1e-9)
    np.testing.assert_allclose(s, 0.2 * h @ u, rtol=1e-14)
    np.testing.assert_allclose(y, u, rtol=1e-14)
    s, y = double_damped(np.eye(3), u, u, 0.2, 1.7)
    np.testing.assert_allclose(y, 1.7 * u)


def test_the_gate():
    """Too little curvature, negative curvature and NaN do not update; each run by itself."""
    s = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [np.nan, 0.0]])
    y = np.array([[1.0, 0.0], [1e-5, 0.0], [-1.0, 0.0], [1.0, 0.0]])
    kept = curved(s, y, 1e-4, np.ones(4))
    assert kept.tolist() == [True, False, False, False]
    h = np.stack([np.eye(2)] * 4)
    with np.errstate(invalid="ignore"):
        moved = updated(h, s, y + 1.0, kept)
    np.testing.assert_allclose(moved[1:], h[1:], rtol=1e-14)
    assert np.abs(moved[0] - h[0]).max() > 0.1
    pairs = updated(no_pairs((4,), 2, 2), s, y, kept)
    stored = np.flatnonzero(pairs.rho[:, -1])
    assert stored.tolist() == [0]


def test_pairs_are_the_matrix_until_they_are_forgotten():
    """H+ y = s; the two-loop product of all pairs is the dense matrix; of a memory, the last."""
    dense = np.eye(4)
    remembered = no_pairs((), 5, 4)
    short = no_pairs((), 2, 4)
    pairs = []
    for _ in range(5):
        s = RNG.standard_normal(4)
        y = s + 0.3 * RNG.standard_normal(4)
        pairs.append((s, y))
        dense = updated(dense, s, y, np.array(True))
        remembered = updated(remembered, s, y, np.array(True))
        short = updated(short, s, y, np.array(True))
    np.testing.assert_allclose(dense @ y, s, rtol=1e-11)
    x = RNG.standard_normal(4)
    np.testing.assert_allclose(times(remembered, x), dense @ x, rtol=1e-10)
    last = np.eye(4)
    for s, y in pairs[-2:]:
        last = updated(last, s, y, np.array(True))
    np.testing.assert_allclose(times(short, x), last @ x, rtol=1e-11)


def test_kbfgs_counts_what_it_skips():
    """Without any change of the outputs there is no pair to learn from."""
    f = network()
    theta = start(f)
    still = example("KBFGS", lr=1e-30, damping=0.0)
    _, state = still.step(still.init(theta), Asked(f, theta), theta)
    # H_a learns from the inputs nevertheless
    assert [side.skipped.tolist() for side in state.sides] == [[0.0, 1.0], [0.0, 1.0]]
    assert all((side.hg == np.eye(len(side.hg))).all() for side in state.sides)

"""Curvature objects against dense matrices built by loops."""

from functools import partial

import numpy as np
import pytest
from examples import flat, spd

from lab.arrays import Layers, lift
from lab.bases import Kronecker, Orthogonal, PerLayer, random
from lab.curvature import Dense, Layered, Rows
from lab.maps import Flatten
from lab.maps import Linear as LinearMap
from lab.objectives import Logistic, Reparameterised
from lab.optimizers import GaussNewton
from lab.oracle import Asked

RNG = np.random.default_rng(4)
R = 3
M = 7
N = 5
X = RNG.standard_normal((R, M, N))
SCORE = RNG.standard_normal((R, M))
Q = random(N, RNG)
V = RNG.standard_normal((R, N))
S = RNG.standard_normal((R, N))


def matrix(x, weight, shift):
    """(1/m) sum_j w_j x_j x_j^T + shift I by a loop over the examples."""
    total = shift * np.eye(x.shape[-1])
    for row, w in zip(x, weight, strict=True):
        total = total + w * np.outer(row, row) / len(x)
    return total


CASES = {
    "Dense shared": (Dense(spd(N)), np.stack([spd(N)] * R), np.zeros((R, N))),
    "Dense per run": (
        Dense(np.stack([spd(N, k) for k in range(R)])),
        np.stack([spd(N, k) for k in range(R)]),
        np.zeros((R, N)),
    ),
}
for shift in (0.0, 0.4):
    g = np.stack([matrix(x, c**2, shift) for x, c in zip(X, SCORE, strict=True)])
    mean = np.stack([sum(c[j] * x[j] for j in range(M)) / M for x, c in zip(X, SCORE, strict=True)])
    shared = np.stack([matrix(X[0], c**2, shift) for c in SCORE])
    CASES[f"Rows per run, shift {shift}"] = (Rows(X, SCORE**2, SCORE, shift), g, mean)
    CASES[f"Rows shared, shift {shift}"] = (
        Rows(X[0], SCORE**2, None, shift),
        shared,
        np.zeros((R, N)),
    )


def agrees(curvature, g, mean):
    n = g.shape[-1]
    v = V[:, :n]
    np.testing.assert_allclose(
        np.broadcast_to(curvature.dense(), g.shape), g, rtol=1e-12, atol=1e-13
    )
    np.testing.assert_allclose(
        np.broadcast_to(curvature.diag(), v.shape),
        np.diagonal(g, axis1=1, axis2=2),
        rtol=1e-12,
        atol=1e-13,
    )
    np.testing.assert_allclose(
        curvature.times(v), np.einsum("rij,rj->ri", g, v), rtol=1e-11, atol=1e-12
    )
    np.testing.assert_allclose(
        np.broadcast_to(curvature.mean(), v.shape), mean, rtol=1e-12, atol=1e-13
    )
    for damping in (0.5, np.array([[0.2], [0.5], [1.0]])):
        expected = [
            np.linalg.solve(g[k] + np.ravel(damping)[k % np.size(damping)] * np.eye(n), v[k])
            for k in range(R)
        ]
        np.testing.assert_allclose(curvature.solve(v, damping), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_against_the_matrix(name):
    agrees(*CASES[name])


@pytest.mark.parametrize("name", CASES)
def test_rotated(name):
    """Q^T G Q and Q^T mean, for one basis, one per run, and a rectangular map."""
    curvature, g, mean = CASES[name]
    agrees(curvature.rotated(Q), Q.q.T @ g @ Q.q, mean @ Q.q)
    per_run = np.stack([random(N, RNG).q for _ in range(R)])
    turned = np.swapaxes(per_run, 1, 2) @ g @ per_run
    agrees(curvature.rotated(Orthogonal(per_run)), turned, np.einsum("rij,ri->rj", per_run, mean))
    a = RNG.standard_normal((N, 3))
    agrees(curvature.rotated(LinearMap(a)), a.T @ g @ a, mean @ a)


@pytest.mark.parametrize("name", CASES)
def test_scaled(name):
    curvature, g, mean = CASES[name]
    agrees(
        curvature.scaled(S), S[:, :, None] * g * S[:, None, :], np.broadcast_to(mean, S.shape) * S
    )


FLATTEN = Flatten(((2, 3), (4,)))
LAYERED_ROWS = RNG.standard_normal((R, 20, 10))
LAYERED_SCORE = RNG.standard_normal((R, 20))


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_layered(shift):
    rows = Rows(LAYERED_ROWS, LAYERED_SCORE**2, LAYERED_SCORE, shift)
    layered = Layered(rows, FLATTEN)
    v = FLATTEN.to(RNG.standard_normal((R, 10)))
    assert isinstance(layered.diag(), Layers)
    # sums of 20 terms: 20 eps, times what cancels in them
    close = partial(np.testing.assert_allclose, rtol=1e-13, atol=1e-13)
    close(flat(layered.diag()), rows.diag())
    close(flat(layered.times(v)), rows.times(flat(v)))
    close(flat(layered.mean()), rows.mean())
    close(layered.dense(), rows.dense())

    # condition number below 100 with this damping: 20 eps * 100
    close = partial(np.testing.assert_allclose, rtol=1e-12, atol=1e-12)
    close(flat(layered.solve(v, 0.2)), rows.solve(flat(v), 0.2))
    damping = lift(GaussNewton(damping=np.array([0.1, 0.2, 0.3])), v).damping
    close(flat(layered.solve(v, damping)), rows.solve(flat(v), np.array([[0.1], [0.2], [0.3]])))


@pytest.mark.parametrize("shift", [0.0, 0.3])
def test_layered_rotated_and_scaled(shift):
    rows = Rows(LAYERED_ROWS, LAYERED_SCORE**2, LAYERED_SCORE, shift)
    q2, q3, q4 = (random(n, RNG).q for n in (2, 3, 4))
    full = np.zeros((10, 10))
    full[:6, :6], full[6:, 6:] = np.kron(q2, q3), q4
    turned = Layered(rows, FLATTEN).rotated(PerLayer((Kronecker((q2, q3)), Orthogonal(q4))))
    np.testing.assert_allclose(turned.dense(), full.T @ rows.dense() @ full, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(flat(turned.mean()), rows.mean() @ full, rtol=1e-11, atol=1e-12)
    s = RNG.standard_normal((R, 10))
    scaled = Layered(rows, FLATTEN).scaled(FLATTEN.to(s))
    np.testing.assert_allclose(
        scaled.dense(), s[:, :, None] * rows.dense() * s[:, None, :], rtol=1e-12, atol=1e-13
    )


def test_a_ridge_keeps_its_sampled_mean_in_another_basis():
    """Labels drawn alike: Q^T of the mean gradient is the mean gradient of the rotated
    curvature."""
    f = Logistic(X[0], (SCORE[0] > 0).astype(float), ridge=0.3)
    theta = V[0]
    plain = Asked(f, theta, rng=np.random.default_rng(0)).curvature("sampled").mean()
    turned = (
        Asked(f, theta, rng=np.random.default_rng(0))
        .in_variables(Q, Q.to(theta))
        .curvature("sampled")
        .mean()
    )
    np.testing.assert_allclose(turned, Q.to(plain), rtol=1e-12, atol=1e-14)
    assert np.abs(turned).max() > 0.01
    moved = (
        Asked(Reparameterised(f, Q), Q.to(theta), rng=np.random.default_rng(0))
        .curvature("sampled")
        .mean()
    )
    np.testing.assert_allclose(moved, turned, rtol=1e-12, atol=1e-14)

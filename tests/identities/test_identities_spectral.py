"""Identities, limits and edge cases of Muon and Shampoo, and what all matrix methods share."""

import dataclasses

import numpy as np
import pytest
from examples import spd
from streams import iterates

from lab.bases import random
from lab.linalg import newton_schulz, polar_factor
from lab.objectives import Quadratic
from lab.optimizers import L2, SOAP, Adafactor, AdaGrad, Muon, Regularized, Shampoo
from lab.optimizers.matrix.muon import QUINTIC
from lab.simulation import simulate

RNG = np.random.default_rng(17)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)
SQUARE = RNG.standard_normal((8, 3, 3))


def test_the_quintic_of_muon():
    """After five iterations: maximum 1.2024, minimum over [0.05, 1] 0.6818, slope a^5 at 0, and
    0.0015 already goes above 0.68."""
    s = np.linspace(0, 1, 400_001)[1:]
    image = newton_schulz(s[:, None, None], QUINTIC, 5)[:, 0, 0]
    assert image.max() == pytest.approx(1.202369, abs=1e-6)
    assert image[s >= 0.05].min() == pytest.approx(0.681831, abs=1e-6)
    assert newton_schulz(np.array([[1e-9]]), QUINTIC, 5)[0, 0] / 1e-9 == pytest.approx(
        3.4445**5, rel=1e-6
    )
    assert s[np.argmax(image > 0.68)] == pytest.approx(0.0015, abs=5e-5)


def test_cubic_iteration_converges_to_the_polar_factor():
    for shape in ((4, 3), (3, 4), (5, 3, 3)):
        x = RNG.standard_normal(shape)
        x = x / np.sqrt((x**2).sum((-1, -2), keepdims=True))
        np.testing.assert_allclose(
            newton_schulz(x, (1.5, -0.5, 0.0), 60), polar_factor(x), atol=1e-12
        )
    cubic = Muon(0.1, eps=0.0, iterations=60, coefficients=(1.5, -0.5, 0.0))
    np.testing.assert_allclose(
        iterates(cubic, SQUARE),
        iterates(dataclasses.replace(cubic, orthogonalise="svd"), SQUARE),
        atol=1e-11,
    )


def test_polar_factor():
    """Orthonormal on the short side, positive inner product with X, zero on the null space, NaN
    where X left the floating range."""
    x = RNG.standard_normal((5, 3))
    u = polar_factor(x)
    np.testing.assert_allclose(u.T @ u, np.eye(3), atol=1e-14)
    np.testing.assert_allclose(u.T @ x, (u.T @ x).T, atol=1e-14)
    assert np.linalg.eigvalsh(u.T @ x)[0] > 0
    np.testing.assert_allclose(
        polar_factor(np.outer([3.0, 4.0], [0.0, 2.0])), np.outer([0.6, 0.8], [0.0, 1.0]), atol=1e-14
    )
    assert np.isnan(polar_factor(np.array([[np.inf, 1.0], [0.0, 1.0]]))).all()


@pytest.mark.parametrize(
    "kind", [{}, {"average": "debiased"}, {"nesterov": False}, {"orthogonalise": "svd"}]
)
def test_muon_is_scale_invariant(kind):
    np.testing.assert_allclose(
        iterates(Muon(0.1, eps=0.0, **kind), 7.3 * SQUARE),
        iterates(Muon(0.1, eps=0.0, **kind), SQUARE),
        atol=1e-12,
    )


def test_the_two_ways_to_write_muons_nesterov_direction():
    """beta m + (1 - beta) g with an average, g + beta B with a sum B = m / (1 - beta): parallel,
    and the iteration is scale invariant."""
    muon = Muon(0.1, 0.8, 0.0)
    beta = 0.8
    b = 0.0
    x = np.zeros((3, 3))
    for k, g in enumerate(SQUARE):
        b = beta * b + g
        u = g + beta * b
        x = x - 0.1 * newton_schulz(u / np.linalg.norm(u), QUINTIC, 5)
        np.testing.assert_allclose(iterates(muon, SQUARE)[k + 1], x, atol=1e-12)


def test_muon_zero_gradient_stands_still():
    assert not iterates(Muon(0.1, eps=0.0), np.zeros((2, 3, 3))).any()


def test_shampoo_on_a_vector_is_full_matrix_adagrad():
    x = np.zeros(4)
    total = 0.3 * np.eye(4)
    for k, g in enumerate(G):
        total = total + np.outer(g, g)
        lam, q = np.linalg.eigh(total)
        x = x - 0.1 * q @ ((q.T @ g) / np.sqrt(lam))
        np.testing.assert_allclose(iterates(Shampoo(0.1, 0.3), G)[k + 1], x, rtol=1e-11, atol=1e-13)


def test_shampoos_first_step_is_the_polar_factor():
    """L^(-1/4) G R^(-1/4) = U V^T when damping = 0; also for a rectangular G, by pseudo-inverse
    roots. Diagonal G: sign descent."""
    for g in (SQUARE[0], RNG.standard_normal((2, 4))):
        np.testing.assert_allclose(
            iterates(Shampoo(1.0, 0.0), g[None])[1], -polar_factor(g), atol=1e-10
        )
    np.testing.assert_allclose(
        iterates(Shampoo(1.0, 0.0), np.diag([3.0, -0.2, 1.0])[None])[1],
        -np.diag([1.0, -1.0, 1.0]),
        atol=1e-12,
    )


def test_shampoo_of_one_column_per_step_is_adagrad():
    """Diagonal gradients diag(d_t): L = R = diag(sum d^2), so the diagonal moves as AdaGrad
    does."""
    found = iterates(Shampoo(0.1, 0.0), np.array([np.diag(g) for g in G]))
    np.testing.assert_allclose(
        np.diagonal(found, axis1=1, axis2=2),
        iterates(AdaGrad(0.1, eps=0.0), G),
        rtol=1e-11,
        atol=1e-13,
    )


MATRIX_METHODS = {
    "Muon": Regularized(Muon(0.1, 0.8, 0.1), L2(0.2), on="z"),
    "Muon, optax": Muon(0.1, 0.8, 0.1, average="debiased", shape="columns"),
    "Shampoo": Shampoo(0.1, 0.2),
    "SOAP": SOAP(0.1, eps=0.1, weight_decay=0.2, factor_beta2=0.8, every=2),
}


@pytest.mark.parametrize("name", MATRIX_METHODS)
def test_rotation_equivariance_on_both_sides(name):
    """G -> P G Q rotates the path; Adafactor's does not."""
    p = random(3, RNG).q
    q = random(3, RNG).q
    theta = RNG.standard_normal((3, 3))
    moved = iterates(MATRIX_METHODS[name], p @ SQUARE @ q, p @ theta @ q)
    np.testing.assert_allclose(
        moved, p @ iterates(MATRIX_METHODS[name], SQUARE, theta) @ q, atol=1e-10
    )
    other = (
        iterates(Adafactor(0.1), p @ SQUARE @ q, p @ theta @ q)
        - p @ iterates(Adafactor(0.1), SQUARE, theta) @ q
    )
    assert np.abs(other).max() > 1e-3


def test_diverging_runs_are_data():
    """Matrix methods on a run that leaves the floating range: inf in the series, and the other run
    of the batch is not disturbed."""
    f = Quadratic(spd(4))
    theta = np.stack([np.ones(4), np.full(4, 1e200)])
    tracker = {
        "factor_beta2": 0.8,
        "damping": 0.1,
        "every": 1,
        "initial": ((np.eye(4),),),
        "vectors_too": True,
    }
    optimizers = MATRIX_METHODS | {"SOAP": SOAP(1e3, **tracker)}
    for name, optimizer in optimizers.items():
        both = simulate(f, optimizer, theta, steps=6)["loss"]
        np.testing.assert_allclose(
            both[:, 0], simulate(f, optimizer, theta[0], steps=6)["loss"], rtol=1e-9, err_msg=name
        )
        assert not np.isnan(both).any()

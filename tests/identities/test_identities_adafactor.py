"""Identities, limits and edge cases of Adafactor."""

import math

import numpy as np
import pytest
from streams import iterates

from lab.optimizers import Adafactor, example

RNG = np.random.default_rng(17)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)


def test_adafactor_of_rank_one_squares_is_unfactored():
    """g^2 of rank one, with the same factors at every step: R C / mean(R) is V itself. eps = 0, or
    the sum has rank two."""
    row = RNG.uniform(0.5, 2, 4)
    column = RNG.uniform(0.5, 2, 3)
    grads = (
        RNG.choice([-1.0, 1.0], (8, 4, 3)) * np.outer(row, column) * RNG.uniform(0.5, 2, (8, 1, 1))
    )
    factored, plain = (
        iterates(Adafactor(eps=0.0, least_factored=least), grads, np.ones((4, 3)))
        for least in (1, 9)
    )
    np.testing.assert_allclose(factored, plain, rtol=1e-12)
    generic = [
        iterates(
            Adafactor(eps=0.0, least_factored=least),
            RNG.standard_normal((8, 4, 3)),
            np.ones((4, 3)),
        )
        for least in (1, 9)
    ]
    assert np.abs(generic[0] - generic[1]).max() > 1e-3


def test_adafactor_is_permutation_equivariant():
    grads = RNG.standard_normal((8, 4, 3))
    theta = RNG.standard_normal((4, 3))
    rows = RNG.permutation(4)
    columns = RNG.permutation(3)
    for optimizer in (
        example("Adafactor"),
        example("Adafactor", eps_place="max"),
        example("Adafactor", axes="largest"),
    ):
        moved = iterates(optimizer, grads[:, rows][:, :, columns], theta[rows][:, columns])
        np.testing.assert_allclose(
            moved, iterates(optimizer, grads, theta)[:, rows][:, :, columns], rtol=1e-12, atol=1e-14
        )


def test_adafactor_eps_decides_the_fate_of_tiny_gradients():
    """torch's eps1 = None is the machine epsilon: a gradient below it moves its matrix less. In
    float32 it would be 1.2e-7."""
    g = np.full((1, 2, 2), 1e-9)
    double, single = (
        iterates(Adafactor(0.1, eps=eps, eps_place="max"), g, np.ones((2, 2)))[1, 0, 0]
        for eps in (2.2e-16, 1.2e-7)
    )
    assert double == pytest.approx(0.9, abs=1e-3)
    assert single > 0.999
    assert iterates(Adafactor(0.1, eps=0.0), 0 * g, np.ones((2, 2)))[1, 0, 0] == 1.0


def test_adafactor_first_step_has_the_size_of_the_parameters():
    """Unclipped, beta2_1 = 0, eps = 0: u = sign(g) for a vector, times max(least_scale, rms(theta))
    min(lr, 1)."""
    theta = np.array([3.0, -1.0, 2.0, 0.5])
    np.testing.assert_allclose(
        iterates(Adafactor(0.1, eps=0.0, clip=None), G[:1], theta)[1],
        theta - 0.1 * math.sqrt(14.25 / 4) * np.sign(G[0]),
    )


def test_adafactor_of_a_vector_sees_no_scales():
    """eps = 0, no relative step: neither the scale of the loss nor that of single coordinates
    matters; clipping acts on rms(u)."""
    optimizer = Adafactor(0.1, eps=0.0, relative=False)
    np.testing.assert_allclose(iterates(optimizer, 7.3 * G), iterates(optimizer, G), atol=1e-14)
    np.testing.assert_allclose(
        iterates(optimizer, G * np.geomspace(0.1, 9, 4)), iterates(optimizer, G), atol=1e-14
    )

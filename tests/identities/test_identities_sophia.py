"""Identities, limits and edge cases of Sophia and AdaHessian."""

import dataclasses
from types import SimpleNamespace

import numpy as np
from examples import spd
from streams import iterates

from lab.curvature import Dense
from lab.objectives import Logistic, Quadratic
from lab.optimizers import SGD, AdaHessian, Adam, AdamW, SignSGD, SophiaG, SophiaH
from lab.oracle import Asked
from lab.simulation import simulate

RNG = np.random.default_rng(17)
G = RNG.standard_normal((10, 4)) * np.geomspace(3, 0.2, 4)


def constant_hessian(h, steps):
    return {"hessian": [Dense(h)] * steps, "probes": RNG.choice([-1.0, 1.0], (steps, len(h)))}


def test_sophia_without_curvature_is_sign_descent():
    """h = 0 and tiny eps: every entry is clipped to 1."""
    sign = iterates(SignSGD(0.1), G)
    for optimizer in (
        SophiaH(0.1, 0.0, weight_decay=0.0),
        SophiaH(0.1, 0.0, weight_decay=0.0, debias=True, eps_place="outside"),
    ):
        np.testing.assert_allclose(
            iterates(optimizer, G, **constant_hessian(np.zeros((4, 4)), 10)), sign, atol=1e-14
        )


def test_sophia_and_adahessian_are_newton_on_a_diagonal_quadratic():
    """No averaging, no clipping, gamma = 1: one step from anywhere to the minimum; Rademacher
    probes are exact there."""
    f = Quadratic(np.diag([4.0, 1.0, 0.1]))
    theta = np.array([1.0, -2.0, 30.0])
    sophia = SophiaH(1.0, 0.0, 0.0, 1.0, weight_decay=0.0, clip=None)
    for optimizer in (sophia, AdaHessian(1.0, 0.0, 0.0, 0.0)):
        assert simulate(f, optimizer, theta, steps=1)["loss"][-1] < 1e-28


def test_optax_sophia_starts_with_sign_descent():
    """It uses the curvature of the previous refresh, 0 at the first step, whatever the curvature is
    (T-e); the paper's form does not."""
    huge = constant_hessian(1e6 * np.eye(4), 1)
    late, paper = (
        iterates(
            SophiaH(0.1, 0.5, 0.5, 1.0, weight_decay=0.0, debias=True, refresh_after=late),
            G[:1],
            **huge,
        )[1]
        for late in (True, False)
    )
    np.testing.assert_allclose(late, -0.1 * np.sign(G[0]), rtol=1e-14)
    assert np.abs(paper).max() < 1e-5


def test_sophia_scale_degrees():
    """Loss times c: the Hutchinson form does not see it (degree 0); the unclipped Bartlett step,
    whose h is quadratic, shrinks like 1/c."""
    c = 7.3
    h = spd(4)
    sampled = RNG.standard_normal((10, 4))
    small = {"weight_decay": 0.0, "eps": 1e-300, "clip": None}
    answers = constant_hessian(h, 10)
    scaled = answers | {"hessian": [Dense(c * h)] * 10}
    optimizer = SophiaH(0.1, **(small | {"clip": 1.0}))
    np.testing.assert_allclose(
        iterates(optimizer, c * G, **scaled), iterates(optimizer, G, **answers), rtol=1e-11
    )
    one, many = (
        {"curvatures": [SimpleNamespace(mean=lambda g=s * g: g) for g in sampled]} for s in (1.0, c)
    )
    np.testing.assert_allclose(
        iterates(SophiaG(0.1, **small), c * G, **many),
        iterates(SophiaG(0.1, **small), G, **one) / c,
        rtol=1e-11,
    )


def test_sophia_keeps_its_curvature_between_refreshes():
    """every = 4 on a path whose curvature changes: only steps 1, 5, 9 read it."""
    diagonals = RNG.uniform(0.5, 2, (10, 4))
    altered = diagonals.copy()
    altered[[1, 2, 3, 5, 6, 7, 9]] *= 100
    optimizer = SophiaH(0.1, 0.5, 0.5, 10.0, 0.1, every=4)
    found = [
        iterates(optimizer, G, hessian=[Dense(np.diag(d)) for d in table], probes=np.ones((10, 4)))
        for table in (diagonals, altered)
    ]
    np.testing.assert_array_equal(*found, err_msg="the same numbers are read")
    altered[8] *= 100
    assert (
        np.abs(
            iterates(
                optimizer, G, hessian=[Dense(np.diag(d)) for d in altered], probes=np.ones((10, 4))
            )
            - found[0]
        ).max()
        > 1e-3
    )


def test_adahessian_fed_the_gradient_is_adam():
    """D := |g|: a Hessian diag(g) and a probe of ones. With decay: AdamW. power = 0: momentum
    divided by 1 + eps."""
    answers = {"hessian": [Dense(np.diag(g)) for g in G], "probes": np.ones((10, 4))}
    np.testing.assert_allclose(
        iterates(AdaHessian(0.1, eps=0.1), G, **answers),
        iterates(Adam(0.1, eps=0.1), G),
        rtol=1e-13,
    )
    decayed = iterates(AdaHessian(0.1, eps=0.1, weight_decay=0.3), G, np.ones(4), **answers)
    np.testing.assert_allclose(
        decayed, iterates(AdamW(0.1, eps=0.1, weight_decay=0.3), G, np.ones(4)), rtol=1e-13
    )
    flat = iterates(AdaHessian(0.1, 0.0, 0.9, 1.0, power=0.0), G, **answers)
    np.testing.assert_allclose(flat, iterates(SGD(0.05), G), rtol=1e-13)


def test_adahessian_scale_degree_is_one_minus_k():
    answers = constant_hessian(spd(4), 10)
    c = 7.3
    scaled = answers | {"hessian": [Dense(c * spd(4))] * 10}
    for k in (1.0, 0.6, 0.0):
        optimizer = AdaHessian(0.1, eps=0.0, power=-k)
        np.testing.assert_allclose(
            iterates(optimizer, c * G, **scaled),
            c ** (1 - k) * iterates(optimizer, G, **answers),
            rtol=1e-11,
        )


def test_a_wrong_batch_size_rescales_gamma_silently():
    """The trap of the authors' bs (T-e): B and gamma only enter as a product when nothing is
    clipped by eps."""
    sampled = {
        "curvatures": [SimpleNamespace(mean=lambda g=g: g) for g in RNG.standard_normal((10, 4))]
    }
    settings = {"weight_decay": 0.0, "eps": 1e-300, "clip": None}
    one = SophiaG(0.1, gamma=0.5, batch=8.0, **settings)
    other = SophiaG(0.1, gamma=2.0, batch=2.0, **settings)
    np.testing.assert_allclose(
        iterates(one, G, **sampled), iterates(other, G, **sampled), rtol=1e-12
    )
    assert (
        np.abs(
            iterates(one, G, **sampled)
            - iterates(dataclasses.replace(one, batch=2.0), G, **sampled)
        ).max()
        > 1e-3
    )


def test_a_sweep_shares_probes_and_labels_and_seeds_do_not():
    """theta (3 rates, 2 seeds, n): probes and labels differ between seeds and agree between
    rates."""
    f = Logistic(RNG.standard_normal((9, 4)), np.zeros(9))
    theta = np.broadcast_to(RNG.standard_normal(4), (3, 2, 4))
    oracle = Asked(f, theta, rng=np.random.default_rng(0), seeds=(2,))
    for drawn in (oracle.probe(), oracle.curvature("sampled").mean()):
        assert drawn.shape == theta.shape
        # one matrix product over all runs: a row may be summed in another order than its twin, 9
        # terms below 3
        np.testing.assert_allclose(drawn[0], drawn[2], rtol=0, atol=1e-14)
        assert np.abs(drawn[:, 0] - drawn[:, 1]).max() > 1e-3

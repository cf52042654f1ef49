"""Identities between wrappers and the methods that have the same thing inside."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from examples import flat, layered, objectives, spd, start
from identities import START, G, H, apart, closed, path, same
from refusals import refused

from lab.arrays import Layers
from lab.bases import random
from lab.objectives import Quadratic
from lab.optimizers import (
    L2,
    SGD,
    Adam,
    AdamW,
    Adan,
    AdEMAMix,
    Ascent,
    Grafted,
    HeavyBall,
    IdealisedAdam,
    InBasis,
    InMovingBasis,
    Lion,
    Momentum,
    Newton,
    Regularized,
    RMSProp,
    Scheduled,
    Shampoo,
    ShampooEigenbasis,
    example,
    hyperparameters,
    with_,
)
from lab.simulation import replay, simulate

# -- Momentum


@pytest.mark.parametrize("nesterov", [True, False])
def test_momentum_of_the_gradient_is_sgd_s(nesterov):
    same(
        path(Momentum(SGD(0.1), 0.6, nesterov=nesterov)),
        path(SGD(0.1, momentum=0.6, nesterov=nesterov)),
    )


def test_momentum_of_the_step_is_polyak_s():
    def halved(t):
        return 0.5**t

    same(path(Momentum(SGD(0.1), 0.6, place="step")), path(HeavyBall(0.1, 0.6)))
    # lr is inside the sum, so that a schedule leaves old steps as they were
    inside = Scheduled(halved, Momentum(SGD(0.1), 0.6, place="step"))
    same(path(inside), path(Scheduled(halved, HeavyBall(0.1, 0.6))))
    assert apart(path(Scheduled(halved, Momentum(SGD(0.1), 0.6))), path(inside)) > 1e-2


@pytest.mark.parametrize("nesterov", [True, False])
def test_momentum_after_the_division_is_rmsprop_s(nesterov):
    inside = RMSProp(0.1, 0.8, 0.05, momentum=0.6, nesterov=nesterov, lr_in_momentum=True)
    same(
        path(Momentum(RMSProp(0.1, 0.8, 0.05), 0.6, place="step", nesterov=nesterov)), path(inside)
    )


def test_an_average_is_a_sum_with_a_smaller_gradient():
    same(path(Momentum(SGD(0.1), 0.6, kind="ema")), path(Momentum(SGD(0.1 * 0.4), 0.6)))
    average = path(Momentum(SGD(1.0), 0.6, kind="ema", nesterov=True))
    m = np.zeros(4)
    x = START
    for t, g in enumerate(G, 1):
        m = 0.6 * m + 0.4 * g
        x = x - (0.6 * m + 0.4 * g)
        same(average[t], x)


def test_momentum_before_and_after_a_root_differ():
    before, after = (Momentum(Shampoo(0.1), 0.6, place=place) for place in ("gradient", "step"))
    assert apart(path(before), path(after)) > 1e-2


# -- Decay


def test_a_penalty_on_p_is_the_regularised_loss():
    """On f + R nothing is left to wrap: gradient, loss, Hessian, line searches, second moments."""
    theta = np.linspace(-1, 1, 4)
    quadratic = Quadratic(H, linear=[0.3, -1.0, 0.5, 2.0], noise=0.3)
    penalised = Quadratic(H + 0.4 * np.eye(4), linear=[0.3, -1.0, 0.5, 2.0], noise=0.3)
    for inner in (
        example("Adam"),
        example("DiagonalGN"),
        Newton(0.5, 0.1),
        IdealisedAdam(0.1, 0.01),
    ):
        one = simulate(
            quadratic, Regularized(inner, L2(0.4), on="p"), theta, steps=6, batch=3
        ).final
        same(one, simulate(penalised, inner, theta, steps=6, batch=3).final)


def test_a_penalty_in_turned_coordinates_is_the_penalty():
    """|Q^T theta| = |theta|: inside or outside of a basis, on vectors and on blocks."""
    q = random(6, np.random.default_rng(3))
    f = objectives()["Logistic"]
    for on in ("p", "z"):
        inside = InBasis(q, Regularized(example("Adam"), L2(0.4), on=on))
        outside = Regularized(InBasis(q, example("Adam")), L2(0.4), on=on)
        one, other = (simulate(f, o, start(f), steps=6, batch=3).final for o in (inside, outside))
        same(one, other)


def test_adan_s_decay_is_the_proximal_form():
    proximal = Regularized(Adan(0.1), L2(0.3), on="z", form="prox")
    same(path(proximal), path(Adan(0.1, weight_decay=0.3)))


def test_the_decay_of_ademamix_and_lion_is_the_form_before():
    same(
        path(Regularized(AdEMAMix(0.1), L2(0.3), on="z")),
        path(AdEMAMix(0.1, weight_decay=0.3)),
        1e-14,
    )
    same(path(Regularized(Lion(0.1), L2(0.3), on="z")), path(Lion(0.1, weight_decay=0.3)), 1e-14)


def test_forms_differ_by_the_decay_of_a_step():
    before, after, prox = (
        Regularized(SGD(0.1), L2(0.3), on="z", form=form) for form in ("before", "after", "prox")
    )
    one, two, three = (path(o)[1] - START for o in (before, after, prox))
    step = -0.1 * G[0]
    same(one, step - 0.03 * START)
    same(two - one, -0.03 * step)
    same(three, (START + step) / 1.03 - START)


def test_a_sweep_of_decays_is_one_call():
    decays = np.array([0.1, 0.4])
    together = path(AdamW(0.1, weight_decay=decays))
    for k, decay in enumerate(decays):
        same(together[:, k], path(AdamW(0.1, weight_decay=decay)))


# -- Grafting and ascent


def test_grafting_takes_the_length_of_one_and_the_direction_of_the_other():
    found = np.diff(closed(Grafted(SGD(0.1), Adam(7.0))), axis=0)
    points = closed(Grafted(SGD(0.1), Adam(7.0)))[:-1]
    lengths = np.linalg.norm(points @ H, axis=1)
    same(np.linalg.norm(found, axis=1), 0.1 * lengths)
    same(path(Grafted(SGD(0.1), SGD(7.0))), path(SGD(0.1)))


def test_grafting_is_per_tensor():
    rng = np.random.default_rng(2)
    grads = [Layers([rng.standard_normal((3, 2)), 9 * rng.standard_normal(4)]) for _ in range(4)]
    theta = Layers([np.ones((3, 2)), np.ones(4)])
    moved = replay(Grafted(SGD(0.1), Shampoo(1.0)), theta, grads)
    for k in range(2):
        lengths = [np.linalg.norm(x) for x in np.diff(moved[k], axis=0)]
        np.testing.assert_allclose(lengths, [0.1 * np.linalg.norm(g[k]) for g in grads], rtol=1e-12)


def test_a_zero_step_is_grafted_to_zero():
    moved = path(Grafted(SGD(0.1), Shampoo(1.0)), 0 * G) - START
    np.testing.assert_array_equal(moved, np.zeros((11, 4)))


def test_ascent_is_descent_on_the_negative():
    same(path(Ascent(SGD(0.1, momentum=0.6))), path(SGD(0.1, momentum=0.6), -G))


# -- Moving bases


@pytest.mark.parametrize("every", [1, 3])
def test_a_moving_basis_is_invisible_to_shampoo(every):
    """Its factors are carried, A -> (P^T Q) A (P^T Q)^T. Roots of nearly singular sums lose digits:
    damping 0.1."""
    f = objectives()["LeastSquares"]
    theta = np.linspace(-1, 1, 6)
    tracker = ShampooEigenbasis(0.7, 0.1, every=every, vectors_too=True)
    for inner in (
        Shampoo(0.05, 0.1),
        Momentum(Shampoo(0.05, 0.1), 0.6),
        Grafted(HeavyBall(0.05), Shampoo(1.0, 0.1)),
    ):
        moving = InMovingBasis(tracker, inner)
        one, other = (
            simulate(f, o, theta, steps=12, batch=3, record={"x": np.asarray})["x"]
            for o in (inner, moving)
        )
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-10)


def test_a_moving_basis_is_invisible_to_shampoo_on_layers():
    f = layered()
    tracker = ShampooEigenbasis(0.7, 0.1, every=2, vectors_too=True)
    plain, moving = (
        simulate(f, o, start(f), steps=8, record={"x": flat})["x"]
        for o in (Shampoo(0.05, 0.1), InMovingBasis(tracker, Shampoo(0.05, 0.1)))
    )
    np.testing.assert_allclose(moving, plain, rtol=0, atol=1e-10)


class Squares(NamedTuple):
    total: np.ndarray


@dataclass(frozen=True)
class FullAdaGrad:
    """A method that keeps a matrix and does not say so."""

    lr: float = 0.1
    needs = frozenset({"grad"})
    vectors = ()
    units = {}

    def init(self, theta):
        return Squares(np.zeros((theta.shape[-1],) * 2))

    def step(self, s, oracle, theta):
        return -self.lr * oracle.grad, Squares(s.total + np.outer(oracle.grad, oracle.grad))


def test_a_matrix_that_nobody_declared_is_refused():
    for inner in (FullAdaGrad(), Momentum(FullAdaGrad(), 0.6)):
        wrapped = InMovingBasis(ShampooEigenbasis(vectors_too=True), inner)
        refused(lambda o=wrapped: path(o), TypeError, "state field total of")


def test_units_of_decay_follow_where_it_acts():
    """theta -> theta / c and loss -> s loss, every hyper-parameter rescaled by its units: the same
    path, for every form."""
    c = 3.0
    s = 7.0
    h = spd(3)
    theta = np.array([1.0, -0.8, 0.6])
    for how in (
        {"on": "p"},
        {"on": "z"},
        {"on": "z", "form": "prox"},
        {"on": "z", "times": "schedule"},
        {"on": "z", "times": "one"},
    ):
        for inner in (SGD(0.1), Adam(0.1, eps=0.2)):
            optimizer = Regularized(inner, L2(0.04), **how)
            known = hyperparameters(optimizer)
            changes = {
                field: known[field] * c**-a * s**b for field, (a, b) in optimizer.units.items()
            }
            one = simulate(Quadratic(h), optimizer, theta, steps=6, record={"theta": np.asarray})[
                "theta"
            ]
            scaled = Quadratic(s * c**2 * h)
            other = simulate(
                scaled,
                with_(optimizer, **changes),
                theta / c,
                steps=6,
                record={"theta": np.asarray},
            )["theta"]
            np.testing.assert_allclose(c * other, one, rtol=1e-11, err_msg=str(how))

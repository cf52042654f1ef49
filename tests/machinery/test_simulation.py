"""The one loop: what is recorded, who shares batches with whom, divergence, and replay."""

import numpy as np
import pytest
from examples import answers, flat, ground, layered, objectives, spd, start

from lab.arrays import Layers
from lab.bases import random
from lab.curvature import Dense
from lab.objectives import LeastSquares, Quadratic
from lab.optimizers import (
    OPTIMIZERS,
    SGD,
    Adam,
    DiagonalGN,
    Hyperball,
    InBasis,
    example,
    hyperparameters,
)
from lab.simulation import replay, simulate, start_point

F = objectives()["LeastSquares"]
THETA = start(F)
EVERYWHERE = {"theta": lambda theta: theta}


@pytest.mark.parametrize(
    ("steps", "every", "times"),
    [(6, 1, range(7)), (7, 3, (0, 3, 6, 7)), (6, 3, (0, 3, 6)), (2, 5, (0, 2)), (0, 1, (0,))],
)
def test_every_and_the_first_and_the_last(steps, every, times):
    dense = simulate(F, SGD(0.1), THETA, steps=7, record=EVERYWHERE)
    thin = simulate(F, SGD(0.1), THETA, steps=steps, every=every, record=EVERYWHERE)
    assert thin.t.tolist() == [*times]
    np.testing.assert_array_equal(
        thin["theta"], dense["theta"][[*times]], err_msg="the same run, recorded less often"
    )
    np.testing.assert_array_equal(
        thin.final, dense["theta"][steps], err_msg="the same run, recorded less often"
    )


def test_the_loop_is_gradient_descent():
    theta = THETA
    for _ in range(4):
        theta = theta - 0.1 * F.grad(theta)
    run = simulate(F, SGD(0.1), THETA, steps=4)
    np.testing.assert_allclose(run.final, theta, rtol=1e-13)
    np.testing.assert_allclose(run["loss"][[0, -1]], [F.loss(THETA), F.loss(theta)], rtol=1e-13)
    assert run.error == {}


def test_record_replaces_the_loss():
    run = simulate(
        F,
        SGD(0.1),
        THETA,
        steps=2,
        record={"first": lambda x: x[..., 0], "norm": lambda x: np.linalg.norm(x, axis=-1)},
    )
    assert set(run.series) == {"first", "norm"}
    assert run["first"].shape == (3,)


def test_a_sweep_sees_the_same_batches():
    swept = simulate(F, SGD(np.full(3, 0.05)), THETA, steps=5, batch=2, record=EVERYWHERE)["theta"]
    # one matrix product over all runs: a row may be summed in another order than its twin, by some
    # eps per step
    np.testing.assert_allclose(swept, swept[:, :1] * np.ones((1, 3, 1)), rtol=1e-13, atol=1e-14)


def test_seeds_see_different_batches():
    seeds = simulate(F, SGD(0.05), np.stack([THETA] * 3), steps=5, batch=2, record=EVERYWHERE)[
        "theta"
    ]
    assert (seeds[-1, 0] != seeds[-1, 1]).all()
    assert (seeds[-1, 1] != seeds[-1, 2]).all()


def test_a_sweep_over_seeds_pairs_them():
    """Learning rates (2, 1) and starts (3, n): row l is the run of rate l alone, on the same three
    batch sequences."""
    starts = np.stack([THETA] * 3)
    both = simulate(
        F, SGD(np.array([[0.05], [0.02]])), starts, steps=5, batch=2, record=EVERYWHERE
    )["theta"]
    assert both.shape == (6, 2, 3, 6)
    for row, lr in enumerate((0.05, 0.02)):
        alone = simulate(F, SGD(lr), starts, steps=5, batch=2, record=EVERYWHERE)["theta"]
        np.testing.assert_allclose(both[:, row], alone, rtol=1e-13, atol=1e-14)


def test_the_seed_decides_the_batches():
    a, b, c = (simulate(F, SGD(0.05), THETA, steps=5, batch=2, rng=rng).final for rng in (0, 0, 1))
    np.testing.assert_array_equal(a, b, err_msg="the same call twice")
    assert (a != c).all()
    np.testing.assert_array_equal(
        simulate(F, SGD(0.05), THETA, steps=5, batch=2, rng=np.random.default_rng(1)).final,
        c,
        err_msg="the same call twice",
    )


class Drawn:
    """An objective that remembers its batches."""

    def __init__(self, f):
        self.f, self.batches = f, []
        self.start, self.loss, self.grad, self.curvature = f.start, f.loss, f.grad, f.curvature

    def draw(self, rng, runs, size):
        self.batches.append(self.f.draw(rng, runs, size))
        return self.batches[-1]


def test_labels_do_not_disturb_the_batches():
    """A method that draws labels sees the batches of one that does not: common random numbers."""
    seen = []
    for optimizer in (
        SGD(0.05),
        DiagonalGN(0.05, damping=0.5, labels="sampled"),
        DiagonalGN(0.05, damping=0.5, labels="true"),
    ):
        f = Drawn(F)
        simulate(f, optimizer, THETA, steps=5, batch=3)
        seen.append(np.stack(f.batches))
    np.testing.assert_array_equal(seen[0], seen[1], err_msg="the same draws")
    np.testing.assert_array_equal(seen[0], seen[2], err_msg="the same draws")


def test_the_full_batch_draws_nothing():
    f = Drawn(F)
    simulate(f, SGD(0.05), THETA, steps=3)
    assert set(f.batches) == {None}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_divergence_is_inf_in_the_data(name):
    """Hopeless step sizes beside fair ones: no exception, no warning, inf on one run, the other
    undisturbed.

    Step sizes are lr and whatever else is declared to carry a positive power of [theta], such as
    the bounds of methods that bound their step. The run may come back: two huge steps of opposite
    sign cancel. A fair step diverges here too for AdaL, whose exponent grows geometrically and
    amplifies each rounding: runs are compared while the loss is below 1e100.
    """
    optimizer = example(name)
    f = objectives()["Reparameterised by Linear"]
    if not answers(f, optimizer):
        f = ground(optimizer)
    known = hyperparameters(optimizer)
    sizes = {"lr"} | {field for field, (power, _) in optimizer.units.items() if power > 0}
    wild = {field: np.array([1e200, known[field]]) for field in sizes}
    # without decay too: a proximal one (Adan's) tames a step of any size
    settings = [{}, {"weight_decay": 0.0}] if "weight_decay" in known else [{}]
    left = []
    for setting in settings:
        both = simulate(f, example(name, **setting, **wild), start(f), steps=12)["loss"]
        alone = simulate(f, example(name, **setting), start(f), steps=12)["loss"]
        left.append(np.isinf(both[:, 0]).any())
        assert not np.isnan(both).any()

        # AdaL's loss is raised to the power 1.7 at every step, which multiplies its rounding errors
        # by 1.7: at 1e20 by 200 in all,
        # a tenth of what is allowed, at 1e300 by all of it.
        modest = alone < 1e20
        assert modest[:3].all()
        np.testing.assert_allclose(both[modest, 1], alone[modest], rtol=1e-12)
    # on a sphere about 0 no step is too long, and a step that raises the loss may be taken back
    kept = isinstance(optimizer, Hyperball) or getattr(optimizer, "reject", False)
    assert any(left) or kept


def test_layers():
    f = layered()
    theta = start(layered(), (3,))
    run = simulate(f, Adam(np.full((2, 1), 0.05)), theta, steps=3)
    assert run["loss"].shape == (4, 2, 3)
    assert [x.shape for x in run.final] == [(2, 3, 2, 3), (2, 3, 2), (2, 3, 2, 3, 2)]


def test_start_point():
    assert start_point(F, [1, 2, 3, 4, 5, 6]).dtype == float
    assert start_point(layered(), start(layered(), (2,)))[0].shape == (2, 2, 3)


# --- replay


def test_replay_is_open_loop():
    path = replay(SGD(0.5), np.zeros(2), np.array([[1.0, 2.0], [0.0, 4.0]]))
    np.testing.assert_array_equal(path, [[0, 0], [-0.5, -1], [-0.5, -3]])


def test_replay_sweeps_and_takes_layers():
    gradients = np.random.default_rng(0).standard_normal((3, 4))
    swept = replay(Adam(lr=np.array([0.1, 0.2])), np.zeros(4), gradients)
    assert swept.shape == (4, 2, 4)
    np.testing.assert_allclose(swept[:, 1], 2 * swept[:, 0], rtol=1e-14)
    blocks = [Layers([g[:2], g[2:]]) for g in gradients]
    # three steps of size 0.1, each from some ten roundings
    layered_path = flat(replay(Adam(0.1), Layers([np.zeros(2), np.zeros(2)]), blocks))
    np.testing.assert_allclose(layered_path, swept[:, 0], rtol=0, atol=1e-15)


def test_replay_answers_what_was_recorded_and_nothing_else():
    h = spd(3)
    gradients = np.ones((2, 3))
    path = replay(DiagonalGN(0.1), np.zeros(3), gradients, curvatures=[Dense(h), Dense(2 * h)])
    np.testing.assert_allclose(path[1], -0.1 / np.diag(h), rtol=1e-14)
    np.testing.assert_allclose(path[2] - path[1], -0.05 / np.diag(h), rtol=1e-13)
    with pytest.raises(TypeError, match="this replay recorded grad and can't answer curvatures"):
        replay(DiagonalGN(0.1), np.zeros(3), gradients)
    q = random(3, np.random.default_rng(0))
    np.testing.assert_allclose(
        replay(InBasis(q, SGD(0.1)), np.zeros(3), gradients),
        replay(SGD(0.1), np.zeros(3), gradients),
        atol=1e-15,
    )


def test_quadratic_noise_is_a_batch_too():
    """Gradient noise of standard deviation noise / sqrt(B), checked on 20,000 seeds: a standard
    deviation has relative error 1 / 200."""
    f = Quadratic(np.eye(2), noise=[1.0, 3.0])
    final = simulate(f, SGD(1.0), np.zeros((20_000, 2)), steps=1, batch=4).final
    np.testing.assert_allclose(final.std(0), [0.5, 1.5], rtol=5 / 200)


def test_objectives_have_a_minimiser():
    x = np.random.default_rng(0).standard_normal((9, 3))
    y = np.arange(9.0)
    for f in (LeastSquares(x, y), Quadratic(spd(3), linear=[1.0, 2.0, 3.0])):
        np.testing.assert_allclose(f.grad(f.minimiser), 0, atol=1e-13)
        assert f.lowest == pytest.approx(float(f.loss(f.minimiser)), rel=1e-12)


def test_a_subclass_with_another_gradient_is_asked_for_it():
    class Doubled(Quadratic):
        def grad(self, theta, batch=None):
            return 2 * super().grad(theta, batch)

    h = np.diag([1.0, 2.0])
    theta = np.ones(2)
    found = simulate(Doubled(h), SGD(0.1), theta, steps=1).final
    np.testing.assert_allclose(found, theta - 0.2 * np.diag(h), rtol=1e-15)

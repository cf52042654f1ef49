"""Online play against loops in pure Python."""

import math

import numpy as np
import pytest

from lab.instruments.online import play
from lab.optimizers import (
    SGD,
    AdaGrad,
    Adam,
    AMSGrad,
    DiagonalGN,
    InverseSqrt,
    RMSProp,
    Scheduled,
)
from lab.theory.online import adagrad_regret_bound, amsgrad_regret_bound, reddi_losses


def test_play_is_the_loop():
    losses = np.random.default_rng(0).standard_normal((30, 2))
    game = play(AdaGrad(0.8, 0.1), losses, np.array([0.5, -1.0]), low=-1.5, high=1.0)
    for i in range(2):
        x = [0.5, -1.0][i]
        s = 0.0
        for t, c in enumerate(losses[:, i]):
            assert game.points[t, i] == pytest.approx(x, abs=1e-14)
            s += c * c
            x = min(1.0, max(-1.5, x - 0.8 * c / (math.sqrt(s) + 0.1)))
        assert game.points[30, i] == pytest.approx(x, abs=1e-14)
    assert game.points.min() == -1.5
    assert game.points.max() == 1.0


def test_regret_is_against_the_best_fixed_point():
    losses = np.array([[2.0, -1.0], [-3.0, 0.5], [-0.5, 0.2]])
    game = play(SGD(0.1), losses, np.array([0.2, 0.4]), low=-1.0, high=2.0)
    corners = [[a, b] for a in (-1.0, 2.0) for b in (-1.0, 2.0)]
    for t in (1, 2, 3):
        played = sum(losses[s] @ game.points[s] for s in range(t))
        best = min(losses[:t].sum(0) @ np.array(corner) for corner in corners)
        assert game.regret[t - 1] == pytest.approx(played - best, abs=1e-13)


def test_sweeps_and_sequences_per_run():
    losses = np.random.default_rng(1).standard_normal((12, 3, 2))
    together = play(SGD(np.array([0.1, 0.2, 0.3])), losses, np.zeros(2))
    for k, lr in enumerate((0.1, 0.2, 0.3)):
        alone = play(SGD(lr), losses[:, k], np.zeros(2))
        np.testing.assert_allclose(together.points[:, k], alone.points, rtol=1e-14)
        np.testing.assert_allclose(together.regret[:, k], alone.regret, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(("large", "limit"), [(3.0, 2 / 3), (10.0, 16 / 3)])
def test_reddi(large, limit):
    """x is at the wrong wall at the start of every period, and the regret per round tends to (2 C -
    4) / 3."""
    steps = 3000
    beta2 = 1 / (1 + large**2)
    adam = Scheduled(InverseSqrt(), RMSProp(0.5 * math.sqrt(1 - beta2), beta2, 0.0))
    game = play(adam, reddi_losses(steps, large), np.ones(1))
    assert (game.points[::3] == 1.0).all()
    assert limit < game.regret[-1] / steps < limit + 0.02


def test_reddi_moves():
    """The periodic second moments for C = 3: one move of 1.047185 lr_t to the left, two of .762333
    and .965802 to the right."""
    v = [0.0]
    for c in reddi_losses(300, 3.0)[:, 0]:
        v.append(0.1 * v[-1] + 0.9 * c * c)
    np.testing.assert_allclose(v[-3:], [8.207207, 1.720721, 1.072072], atol=5e-7)
    np.testing.assert_allclose(
        np.array([3.0, 1.0, 1.0]) / np.sqrt(v[-3:]), [1.047185, 0.762333, 0.965802], atol=5e-7
    )


def test_reddi_losses():
    np.testing.assert_array_equal(reddi_losses(7, 4.0)[:, 0], [4, -1, -1, 4, -1, -1, 4])
    np.testing.assert_array_equal(reddi_losses(5, 9.0, period=4)[:, 0], [9, -1, -1, -1, 9])


def test_bounds_by_hand():
    losses = np.array([[3.0, 0.0], [4.0, 2.0]])
    assert adagrad_regret_bound(losses, 2.0) == pytest.approx(math.sqrt(2) * 2 * (5 + 2))
    bound = amsgrad_regret_bound(losses, np.array([4.0, 9.0]), 2.0, 0.5, 0.75)
    assert bound == pytest.approx(
        4 * math.sqrt(2) / 1.0 * 5 + 0.5 * math.sqrt(1 + math.log(2)) / (2 * 0.5) * 7
    )


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (
            lambda: play(SGD(0.1), np.ones((3, 1)), np.array([2.0])),
            ValueError,
            r"must be in the box \[-1, 1\]",
        ),
        (
            lambda: play(SGD(0.1), np.array([[np.nan]]), np.zeros(1)),
            ValueError,
            r"losses\[0, 0\] = nan",
        ),
        (
            lambda: play(DiagonalGN(0.1), np.ones((3, 1)), np.zeros(1)),
            TypeError,
            "DiagonalGN asks for curvature.diag: LinearLosses offers grad, loss",
        ),
    ],
)
def test_bad_input(call, error, says):
    with pytest.raises(error, match=says):
        call()


@pytest.mark.slow
@pytest.mark.parametrize(("method", "average"), [(Adam, 0.99672), (AMSGrad, -0.99768)])
def test_golden_averages_of_reddis_losses(method, average):
    """C = 3 from 0, steps .5 / sqrt t, beta2 = 1 / (1 + C^2): the points after each of 30,000."""
    player = Scheduled(InverseSqrt(), method(0.5, 0.0, 0.1, 0.0, debias="none"))
    points = play(player, reddi_losses(30_000), np.zeros(1)).points
    # five digits were recorded
    assert points[1:].mean() == pytest.approx(average, abs=5.1e-6)

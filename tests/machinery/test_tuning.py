"""Fair tuning: which rate wins, on which grounds, and what is flagged."""

import numpy as np
import pytest
from examples import layered, objectives, spd, start

from lab.bases import coordinate
from lab.instruments.tuning import tune
from lab.objectives import Quadratic
from lab.optimizers import SGD, Adam, Constant, InBasis, Scheduled
from lab.simulation import simulate
from lab.trajectory import Trajectory

F = Quadratic(np.diag([1.0, 0.25]))
GRID = [0.4, 0.8, 1.6, 3.2, 6.4]


def told(losses):
    """A solver that has the losses (K, L, *r) already."""
    return lambda objective, optimizer, theta, *, steps: Trajectory(
        np.arange(len(losses)), {"loss": np.array(losses, dtype=float)}
    )


def test_the_best_rate_of_gradient_descent():
    """On spectrum [1/4, 1] it is 2 / (1 + 1/4) = 1.6, with contraction 0.6 per step: the loss falls
    below 1e-6 in 14 steps."""
    tuned = tune(F, SGD(1.0), GRID, 1e-6 * float(F.loss(np.ones(2))), theta=np.ones(2), steps=100)
    assert (tuned.lr, tuned.best, tuned.edge, tuned.flag) == (1.6, 2, "", "")
    assert tuned.steps[2] == np.ceil(np.log(1e-6) / np.log(0.36))
    assert tuned.steps[3] == tuned.steps[4] == np.inf
    assert tuned.record["loss"].shape == (101, 5)
    # 100 steps of a contraction, an eps each
    np.testing.assert_allclose(
        tuned.curve, simulate(F, SGD(1.6), np.ones(2), steps=100)["loss"], rtol=1e-12
    )
    np.testing.assert_array_equal(tuned.grid, GRID, err_msg="the same grid")


def test_wrappers_and_the_order_of_the_grid_do_not_matter():
    inside = Scheduled(Constant(), InBasis(coordinate(2), SGD(99.0)))
    assert tune(F, inside, GRID[::-1], 1e-6, theta=np.ones(2), steps=100).lr == 1.6


@pytest.mark.parametrize(
    ("grid", "edge"), [([0.1, 0.2, 1.6], "high"), ([1.6, 1.9, 3.0], "low"), ([0.1, 1.6, 1.9], "")]
)
def test_edges_are_flagged(grid, edge):
    tuned = tune(F, SGD(1.0), grid, theta=np.ones(2), steps=100)
    assert tuned.edge == edge
    assert tuned.flag == (f"(grid edge: {edge})" if edge else "")


def test_ties_in_steps_go_to_the_lower_last_loss():
    losses = [[9, 9, 9, 9], [1, 5, 1, 1], [0.4, 0.0, 0.2, 0.3]]
    tuned = tune(
        F, SGD(1.0), [1.0, 2.0, 3.0, 4.0], 1.0, theta=np.ones(2), steps=2, solver=told(losses)
    )
    assert tuned.best == 2, (
        "fewest steps among 0, 2, 3; of these the lowest last loss; not rate 1, lowest of "
        "all but later"
    )
    np.testing.assert_array_equal(tuned.steps, [1, 2, 1, 1])
    np.testing.assert_array_equal(tuned.final, losses[-1], err_msg="medians of one")


def test_rounding_does_not_break_ties():
    """Last losses below 1e-12 of the first, or equal to 12 digits, are equal: the lowest rate
    wins."""
    for last in ([3e-32, 1e-32, 0.0], [2.0 + 4e-16, 2.0, 2.0 - 4e-16]):
        losses = [[9.0, 9.0, 9.0], last]
        tuned = tune(F, SGD(1.0), [1.0, 2.0, 3.0], theta=np.ones(2), steps=1, solver=told(losses))
        assert tuned.best == 0


def test_without_a_reached_target_the_last_loss_decides():
    losses = [[9, 9, 9], [5, 4, np.inf]]
    for target in (None, 1e-3):
        tuned = tune(
            F, SGD(1.0), [1.0, 2.0, 3.0], target, theta=np.ones(2), steps=1, solver=told(losses)
        )
        assert tuned.best == 1
        np.testing.assert_array_equal(tuned.steps, np.inf)


def test_seeds_count_by_their_median():
    """Three seeds: the median is 2 steps for rate 1 and 3 for rate 2, though the mean says the
    opposite."""
    first = np.array([[1, 2, 60], [3, 3, 3]])
    losses = (np.arange(61)[:, None, None] < first) * 1.0
    tuned = tune(F, SGD(1.0), [1.0, 2.0], 0.5, theta=np.ones((3, 2)), steps=60, solver=told(losses))
    np.testing.assert_array_equal(tuned.steps, [2, 3])
    assert tuned.best == 0


def test_seeds_and_batches():
    f = objectives()["LeastSquares"]
    tuned = tune(
        f, Adam(1.0), [0.01, 0.1, 1.0], theta=start(f, (5,)), steps=40, batch=3, rng=4, every=10
    )
    assert tuned.record["loss"].shape == (5, 3, 5)
    alone = simulate(f, Adam(tuned.lr), start(f, (5,)), steps=40, batch=3, rng=4, every=10)["loss"]
    np.testing.assert_allclose(tuned.curve, alone, rtol=1e-12)
    np.testing.assert_array_equal(
        tuned.final,
        np.median(tuned.record["loss"][-1], axis=-1),
        err_msg="of an odd number the median is one of them",
    )


def test_layers():
    tuned = tune(layered(), Adam(1.0), [0.01, 0.1], theta=start(layered(), (3,)), steps=5)
    assert tuned.record["loss"].shape == (6, 2, 3)


def test_bad_grids_and_targets():
    for grid, said in (
        ([], "grid is empty"),
        ([0.1, -1.0], "grid = -1: must be > 0"),
        ([[0.1]], "grid has shape"),
        ([np.nan], r"grid\[0\] = nan"),
    ):
        with pytest.raises(ValueError, match=said):
            tune(F, SGD(1.0), grid, theta=np.ones(2), steps=1)
    with pytest.raises(ValueError, match="target = nan: must be finite"):
        tune(F, SGD(1.0), [0.1], np.nan, theta=np.ones(2), steps=1)
    with pytest.raises(ValueError, match="theta has shape"):
        tune(Quadratic(spd(3)), SGD(1.0), [0.1], theta=np.ones(2), steps=1)

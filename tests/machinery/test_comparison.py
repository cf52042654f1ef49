"""compare: one protocol for all methods, and what it hands on."""

import numpy as np
import pytest

from lab.instruments.comparison import compare
from lab.instruments.tuning import tune
from lab.objectives import Quadratic
from lab.optimizers import SGD, ExactLineSearch, SignSGD

F = Quadratic(np.diag([4.0, 1.0]))
THETA = np.array([1.0, -2.0])
GRID = np.geomspace(0.05, 0.6, 9)


def test_rows_are_the_tuned_methods():
    found = compare(
        F,
        {"GD": (SGD(1.0), GRID), "sign": (SignSGD(1.0), GRID)},
        1e-3,
        theta=THETA,
        steps=60,
        every=2,
    )
    for k, optimizer in enumerate((SGD(1.0), SignSGD(1.0))):
        best = tune(F, optimizer, GRID, 1e-3, theta=THETA, steps=60, every=2)
        assert (found["lr"][k], found["steps"][k], found["final"][k]) == (
            best.lr,
            best.steps[best.best],
            best.final[best.best],
        )
        assert found["edge"][k] == best.edge
        np.testing.assert_array_equal(found["loss"][k], best.curve, err_msg="the same call twice")
        np.testing.assert_array_equal(found["sweep"][k], best.steps, err_msg="the same call twice")
        np.testing.assert_array_equal(found["rates"][k], best.grid, err_msg="the same grid")
    assert found["t"].shape == found["loss"].shape[1:]


def test_a_method_without_a_rate_fills_its_row():
    found = compare(
        F,
        {"GD": (SGD(1.0), GRID), "search": (ExactLineSearch(SGD(1.0)), np.ones(1))},
        1e-3,
        theta=THETA,
        steps=40,
    )
    assert found["edge"][1] == ""
    assert (found["sweep"][1] == found["steps"][1]).all()
    assert (found["rates"][1] == 1).all()


def test_grids_must_be_equally_long():
    with pytest.raises(ValueError, match="grid of sign has 4 rates and another 9"):
        compare(F, {"GD": (SGD(1.0), GRID), "sign": (SignSGD(1.0), GRID[:4])}, theta=THETA, steps=3)


def test_the_measure_decides():
    """Gradient descent on the distance in the stiff coordinate alone: one step of lr = 1/4 is
    exact, which the loss does not reward."""
    record = {"loss": F.loss, "stiff": lambda theta: np.abs(theta[..., 0])}
    grid = np.array([0.1, 0.25, 0.4])
    by_loss = tune(F, SGD(1.0), grid, theta=THETA, steps=20, record=record)
    by_stiff = tune(F, SGD(1.0), grid, 1e-12, theta=THETA, steps=20, record=record, measure="stiff")
    assert (by_loss.lr, by_stiff.lr, by_stiff.steps[1]) == (0.4, 0.25, 1)
    assert by_stiff.final[1] == 0
    np.testing.assert_array_equal(
        by_stiff.curve, by_stiff.record["loss"][:, 1], err_msg="a slice of the same array"
    )


def test_methods_see_the_same_batches_for_any_kind_of_rng():
    """A generator would go on from method to method."""
    f = Quadratic(np.diag([1.0, 0.5]), noise=1.0)
    methods = {"one": (SGD(1.0), np.array([0.1])), "other": (SGD(1.0), np.array([0.1]))}
    for rng in (3, np.random.default_rng(3)):
        found = compare(f, methods, theta=np.ones((2, 2)), steps=5, batch=2, rng=rng)
        np.testing.assert_array_equal(found["loss"][0], found["loss"][1], err_msg="bytes")

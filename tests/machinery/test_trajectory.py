"""Series of a run: first passage, means with errors, bands."""

import sys

import numpy as np
import pytest

from lab.trajectory import Trajectory

T = np.array([0, 10, 20, 30])
LOSS = np.array([[4.0, 1.0, 5.0], [2.0, 2.0, np.inf], [1.0, 3.0, np.inf], [0.5, 0.1, np.inf]])
RUN = Trajectory(T, {"loss": LOSS})


def test_steps_to_is_the_first_recorded_step_at_or_below():
    np.testing.assert_array_equal(RUN.steps_to(2.0), [10, 0, np.inf])
    np.testing.assert_array_equal(RUN.steps_to(0.5), [30, 30, np.inf])
    np.testing.assert_array_equal(RUN.steps_to(np.array([4.0, 0.2, 5.0])), [0, 30, 0])
    np.testing.assert_array_equal(Trajectory(T, {"x": LOSS}).steps_to(1.0, "x"), [20, 0, np.inf])
    assert RUN.steps_to(2.0).dtype == float


def test_an_unknown_series_names_the_known_ones():
    with pytest.raises(KeyError, match=r"no series 'los'; this trajectory recorded loss"):
        RUN["los"]


def test_mean_and_its_standard_error():
    mean = Trajectory(T, {"loss": LOSS[:, :2]}).mean()
    np.testing.assert_allclose(mean["loss"], [2.5, 2.0, 2.0, 0.3])
    np.testing.assert_allclose(mean.error["loss"], np.abs(LOSS[:, 0] - LOSS[:, 1]) / 2)
    grid = Trajectory(T, {"loss": np.arange(24.0).reshape(4, 2, 3)})
    np.testing.assert_array_equal(
        grid.mean(axis=1)["loss"],
        grid["loss"].mean(1),
        err_msg="means of small integers over 3 runs, by one sum and one division",
    )
    assert grid.mean().error["loss"].shape == (4, 2)
    with pytest.raises(ValueError, match="at least 2 runs"):
        Trajectory(T, {"loss": LOSS[:, :1]}).mean()


def test_band_survives_inf():
    low, median, high = RUN.band()
    np.testing.assert_array_equal(low, [1, 2, 1, 0.1])
    np.testing.assert_array_equal(median, [4, 2, 3, 0.5])
    np.testing.assert_array_equal(high, [5, np.inf, np.inf, np.inf])
    assert RUN.band(levels=(0.5,)).shape == (1, 4)


def test_a_trajectory_is_shown_by_its_shapes():
    assert repr(RUN) == "Trajectory(steps 0 to 30, 4 recorded: loss (4, 3))"
    assert "errors of loss" in repr(Trajectory(T, {"loss": LOSS[:, :2]}).mean())


def test_a_plot_has_a_line_per_run_and_a_band_per_error():
    ax = Trajectory(T, {"loss": LOSS[:, :2]}).plot(label="two runs")
    assert len(ax.lines) == 2
    assert ax.get_yscale() == "log"
    assert [line.get_label() for line in ax.lines] == ["two runs", "_run"]
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), LOSS[:, 1], err_msg="as recorded")

    mean = Trajectory(T, {"loss": LOSS[:, :2]}).mean().plot(ax=ax)
    assert mean is ax
    assert len(ax.lines) == 3
    assert len(ax.collections) == 1
    assert Trajectory(T, {"x": LOSS - 2}).plot("x").get_yscale() == "linear"


def test_a_series_of_vectors_is_not_plotted():
    run = Trajectory(T, {"loss": LOSS, "theta": np.ones((4, 3, 5))})
    with pytest.raises(ValueError, match=r"theta has shape \(4, 3, 5\), more axes than runs"):
        run.plot("theta")
    with pytest.raises(KeyError, match="no series 'los'"):
        run.plot("los")


def test_a_table_has_a_column_per_run():
    pandas = pytest.importorskip("pandas")
    table = Trajectory(T, {"loss": LOSS, "x": LOSS[:, 0]}, {"x": LOSS[:, 1]}).to_pandas()
    assert isinstance(table, pandas.DataFrame)
    assert list(table) == ["loss[0]", "loss[1]", "loss[2]", "x", "x error"]
    assert list(table.index) == [0, 10, 20, 30]
    np.testing.assert_array_equal(table["loss[2]"], LOSS[:, 2], err_msg="as recorded")


def test_a_table_without_pandas_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'precond-lab\[io\]'"):
        RUN.to_pandas()


@pytest.mark.parametrize("axis", [-1, 0, 5, True])
def test_statistics_need_a_run_axis(axis):
    """A single run has none, and time is none: its mean over time has no standard error."""
    single = Trajectory(T, {"loss": LOSS[:, 0]})
    with pytest.raises(ValueError, match=rf"axis = {axis}"):
        single.mean(axis)
    with pytest.raises(ValueError, match=rf"axis = {axis}"):
        single.band(axis=axis)
    with pytest.raises(ValueError, match="axis = 0 of loss is time"):
        Trajectory(T, {"loss": LOSS}).mean(0)

"""Every experiment and figure: contracts, and the data behind the artists rather than their pixels."""

import ast
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import QuadMesh
from matplotlib.image import AxesImage

from lab import store, workshop
from lab.settings import parse

ROOT = Path(__file__).parents[1]
EXPERIMENTS, FIGURES = workshop.names(ROOT / "experiments"), workshop.names(ROOT / "figures")
each_experiment = pytest.mark.parametrize("name", EXPERIMENTS)
each_figure = pytest.mark.parametrize("name", FIGURES)


@cache
def experiment(name):
    return workshop.load(ROOT / "experiments", name)


@cache
def quick(name):
    """The arrays of an experiment at its QUICK settings, as a file would give them back."""
    module = experiment(name)
    return {key: np.asarray(value) for key, value in module.run(**module.QUICK).items()}


def drawn(name):
    module = workshop.load(ROOT / "figures", name)
    data = {source: quick(source) for source in module.READS}
    return module.draw(data[module.READS[0]] if len(data) == 1 else data), [array for part in data.values() for array in part.values()]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A function of a figure's name: the figure, the arrays it read, and the bytes of its files, made once."""
    folder = tmp_path_factory.mktemp("output")

    @cache
    def make(name):
        figure, arrays = drawn(name)
        return figure, arrays, [path.read_bytes() for path in workshop.save_figure(figure, folder, name)]

    return make


def panels(figure):
    """The axes that plot something: all but colour bars."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


@each_experiment
def test_quick_names_settings_of_run(name):
    module = experiment(name)
    assert set(module.QUICK) <= set(workshop.defaults(module.run))
    assert json.loads(json.dumps(workshop.defaults(module.run)))


@each_experiment
def test_its_settings_can_be_typed(name):
    """The command line reads back every default it prints."""
    run = experiment(name).run
    for setting, value in workshop.defaults(run).items():
        text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
        assert parse(name, workshop.defaults(run), [f"--{setting}", text])[setting] == value


@each_experiment
def test_results_are_numbers_that_can_be_stored(name, tmp_path):
    """No NaN; inf only where run's docstring says what it means."""
    path = store.save(tmp_path / "r.npz", name, experiment(name).QUICK, quick(name), seconds=0.0)
    arrays, _ = store.load(path, "remake")
    assert set(arrays) == set(quick(name))
    for key, array in arrays.items():
        if array.dtype.kind == "f":
            assert not np.isnan(array).any(), key
            assert np.isfinite(array).all() or "inf" in experiment(name).run.__doc__.split(), key


@each_experiment
def test_it_is_deterministic(name):
    """Settings determine every array but those declared to measure time, which are positive; and not all measure time."""
    module = experiment(name)
    again, measured = module.run(**module.QUICK), workshop.timed(module)
    assert measured < set(again)
    for key, array in quick(name).items():
        if key in measured:
            assert np.shape(again[key]) == array.shape, key
            assert (array > 0).all(), key
        else:
            np.testing.assert_array_equal(array, again[key], err_msg=key)


@each_figure
def test_it_says_what_it_is(name, saved):
    figure = saved(name)[0]
    captions = [text.get_text() for text in figure.texts if text.get_gid() == "caption"]
    assert len(captions) == 1
    assert "stand-in:" in captions[0].lower() or "reproduces" in captions[0].lower()
    for ax in panels(figure):
        assert ax.get_xlabel()
        assert ax.get_ylabel() or ax.get_subplotspec().colspan.start > 0
        assert ax.get_title(loc="left")
    for bar in set(figure.axes) - set(panels(figure)):
        assert bar.get_xlabel() or bar.get_ylabel()


@each_figure
def test_caption_legend_and_panels_do_not_overlap(name, saved):
    figure = saved(name)[0]
    caption = next(text for text in figure.texts if text.get_gid() == "caption").get_window_extent()
    assert caption.x0 >= 0
    assert caption.y0 >= 0
    assert caption.x1 <= figure.bbox.width
    above = [ax.get_tightbbox() for ax in figure.axes] + [legend.get_window_extent() for legend in figure.legends]
    assert all(box.y0 >= caption.y1 for box in above)
    for legend in figure.legends:
        box = legend.get_window_extent()
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert all(ax.get_tightbbox().y0 >= box.y1 - 1 for ax in figure.axes)


@each_figure
def test_lines_have_legends_and_theory_is_dashed_black(name, saved):
    figure = saved(name)[0]
    for ax in panels(figure):
        named = [line for line in ax.lines if not line.get_label().startswith("_")]
        assert ax.lines or images(ax)
        assert len(named) < 2 or ax.get_legend() or figure.legends
        for line in ax.lines:
            is_theory = line.get_gid() == "theory"
            assert is_theory == ("theory" in line.get_label())
            assert is_theory == (line.get_color() == "black" and line.get_linestyle() == "--")


def images(ax):
    """Heat maps: images and colour meshes."""
    return [artist for artist in (*ax.images, *ax.collections) if isinstance(artist, (AxesImage, QuadMesh))]


def is_stored(values, arrays):
    """Whether values stand in a stored array along one of its axes, from the start of it, or are one stored number repeated."""
    values = np.asarray(values, dtype=float)
    for array in arrays:
        if array.dtype.kind not in "fiu":
            continue
        if (values == values[0]).all() and (array == values[0]).any():
            return True
        for axis in range(array.ndim):
            rows = np.moveaxis(array, axis, -1)[..., : len(values)]
            if rows.shape[-1] == len(values) and (rows == values).all(-1).any():
                return True
    return False


@each_figure
def test_it_plots_what_the_experiment_returned(name, saved):
    figure, arrays, _ = saved(name)
    for ax in panels(figure):
        for image in images(ax):
            shown = np.asarray(image.get_array())
            assert any(array.shape == shown.shape and (array == shown).all() for array in arrays), ax.get_title(loc="left")
        for line in ax.lines:
            x, y = line.get_data()
            across = [0, 1]
            assert list(x) == across or is_stored(x, arrays), (ax.get_title(loc="left"), line.get_label())
            assert list(y) == across or is_stored(y, arrays), (ax.get_title(loc="left"), line.get_label())


@each_figure
def test_drawing_twice_gives_the_same_bytes(name, saved, tmp_path):
    again = workshop.save_figure(drawn(name)[0], tmp_path, name)
    for first, path in zip(saved(name)[2], again, strict=True):
        assert first == path.read_bytes(), path.suffix
        assert b"CreationDate" not in first


def imported(path):
    """Dotted names that a file imports, at any level."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.py")), ids=lambda path: path.stem)
def test_experiments_do_not_plot(path):
    assert not [name for name in imported(path) if name.startswith(("matplotlib", "style", "figures"))]


@pytest.mark.parametrize("path", sorted((ROOT / "figures").glob("*.py")), ids=lambda path: path.stem)
def test_figures_do_not_compute(path):
    solvers = ("simulation", "exact", "tuning", "comparison", "simulate", "replay", "tune", "optimizers", "objectives")
    assert not [name for name in imported(path) if name.startswith(tuple(f"lab.{solver}" for solver in solvers) + ("scipy",))]


def test_all_gn_powers_are_gd_on_unit_diagonal_blocks():
    found = quick("block_covariance")
    rows = dict(zip(found["methods"], found["loss"], strict=True))
    for name in ("GN^-1", "GN^-1/2"):
        np.testing.assert_allclose(rows[name], rows["GD"], rtol=1e-9, atol=1e-30)


def test_logistic_step_counts_and_exact_limits():
    """M = 8, m = 1, frequencies 100 : 1: limits 2M/sinh M, 2M/(c sinh(M/2)), 8/pi, M/41; best steps 216, 77, 117, 41 (derived)."""
    found = experiment("reparameterised_logistic").run(dampings=2)
    steps = dict(zip(found["plain_methods"], found["plain_steps"], strict=True))
    limits = dict(zip(found["plain_methods"], found["plain_threshold"], strict=True))
    assert [steps[name] for name in ("GN^-1", "GN^-1/2", "GD", "sign")] == [216, 77, 117, 41]
    c2 = 100 / 101
    exact = {"GN^-1": 16 / np.sinh(8), "GN^-1/2": 16 / (np.sqrt(c2) * np.sinh(4)), "GD": 8 / c2, "sign": 8 / 41}
    for name, limit in exact.items():
        # GD's supremum is approached as z -> 0, where the search stops at 1e-4 of the start: relative error z^2 / 12
        assert limits[name] == pytest.approx(limit, rel=1e-7), name


def test_plane_condition_numbers_match_their_closed_forms():
    found = quick("kappa_plane")
    k = np.searchsorted(found["angle"], found["marks"])
    shared = np.isclose(found["angle"][np.minimum(k, len(found["angle"]) - 1)], found["marks"])
    assert shared.sum() >= 3
    for name in ("GD", "GN^-1/2", "GN^-1"):
        # eigenvalues lose a factor kappa of precision
        np.testing.assert_allclose(found[f"measured_{name}"][:, shared], found[f"theory_{name}"][:, k[shared]], rtol=1e-11)


def test_a_mistyped_setting_is_answered_with_the_valid_ones():
    with pytest.raises(ValueError, match="has no setting 'dimz'; it has dims, kappa"):
        parse("quadrants_full_batch", workshop.defaults(experiment("quadrants_full_batch").run), ["--dimz", "8"])


def user_table(path, constant=False):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((40, 3))
    x[:, 2] = 1.0 if constant else x[:, 2]
    label = x[:, 0] + 0.3 * rng.standard_normal(40) > 0
    rows = [",".join(map(str, [*row, int(y)])) for row, y in zip(x, label, strict=True)]
    path.write_text("\n".join(["a,b,c,sick", *rows]) + "\n")
    return str(path)


def test_the_quadrants_of_a_table(tmp_path):
    run = experiment("digits_quadrants").run
    found = run(data=user_table(tmp_path / "t.csv"), target="sick", steps=10, every=5, rates=3, seeds=2, batch=8)
    assert list(found["shape"]) == [40, 3]
    assert found["mini_eigenbasis_loss"].shape == (len(found["mini_eigenbasis_methods"]), 3, 3)


def test_tables_that_logistic_regression_cannot_use(tmp_path):
    run, table = experiment("digits_quadrants").run, user_table(tmp_path / "t.csv")
    with pytest.raises(ValueError, match="name the column"):
        run(data=table)
    with pytest.raises(ValueError, match="no column 'ill'; it has a, b, c, sick"):
        run(data=table, target="ill")
    with pytest.raises(ValueError, match="exactly two classes"):
        run(data=table, target="a")
    with pytest.raises(ValueError, match="constant columns"):
        run(data=user_table(tmp_path / "c.csv", constant=True), target="sick")
    with pytest.raises(ValueError, match="must be a digit"):
        run(target="ten")

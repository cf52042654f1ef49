"""Every experiment: what all of them promise; and known numbers in those at full batch."""

import json

import numpy as np
import pytest
from files import EXPERIMENTS, experiment, quick, run_quick, sampled

from lab import workshop
from lab.workshop import store
from lab.workshop.settings import parse
from lab.workshop.units import UNDECLARED, named, unit

each_experiment = pytest.mark.parametrize("name", EXPERIMENTS)


@each_experiment
def test_quick_names_settings_of_run(name):
    module = experiment(name)
    assert set(module.QUICK) <= set(workshop.defaults(module.run))
    assert json.loads(json.dumps(workshop.defaults(module.run)))


@each_experiment
def test_full_names_settings_of_run_and_says_how_long_it_takes(name):
    module = experiment(name)
    if not hasattr(module, "FULL"):
        assert not hasattr(module, "FULL_TAKES")
        return
    usual = workshop.defaults(module.run)
    assert module.FULL
    for setting, value in module.FULL.items():
        assert value != usual[setting]
        assert type(value) is type(usual[setting])
    assert module.FULL_TAKES in workshop.about_settings(module)


@each_experiment
def test_every_array_has_one_unit(name):
    """From its experiment or from the names that mean the same in all; none is declared in vain."""
    module = experiment(name)
    numbers = {key: x for key, x in quick(name).items() if x.dtype.kind not in "Ub" and x.size}
    for key, array in numbers.items():
        assert unit(module, key, array) != UNDECLARED, f"{key}: add it to UNITS"
        fitting = [one for one, names in module.UNITS.items() if named({one: names}, key)]
        assert len(fitting) <= 1, (key, fitting)
    for one, names in module.UNITS.items():
        for pattern in names.split():
            assert any(named({one: pattern}, key) for key in numbers), f"nothing is {pattern!r}"


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
    assert store.with_nan(arrays) == []
    for key, array in arrays.items():
        if array.dtype.kind == "f":
            assert np.isfinite(array).all() or "inf" in experiment(name).run.__doc__.split(), key


@pytest.mark.parametrize("name", sampled(EXPERIMENTS))
def test_it_is_deterministic(name):
    """Settings determine every array but those declared to measure time, which are positive; and
    not all measure time."""
    module = experiment(name)
    again = run_quick(name)
    measured = workshop.timed(module)
    assert measured < set(again)
    for key, array in quick(name).items():
        if key in measured:
            assert np.shape(again[key]) == array.shape, key
            assert (array > 0).all(), key
        else:
            np.testing.assert_array_equal(array, again[key], err_msg=key)


def test_all_gn_powers_are_gd_on_unit_diagonal_blocks():
    found = quick("block_covariance")
    rows = dict(zip(found["methods"], found["loss"], strict=True))
    for name in ("GN^-1", "GN^-1/2"):
        np.testing.assert_allclose(rows[name], rows["GD"], rtol=1e-9, atol=1e-30)


def test_logistic_step_counts_and_exact_limits():
    """M = 8, m = 1, frequencies 100 : 1: limits 2M/sinh M, 2M/(c sinh(M/2)), 8/pi, M/41; best steps
    216, 77, 117, 41 (derived)."""
    found = experiment("reparameterised_logistic").run(dampings=2)
    steps = dict(zip(found["plain_methods"], found["plain_steps"], strict=True))
    limits = dict(zip(found["plain_methods"], found["plain_threshold"], strict=True))
    assert [steps[name] for name in ("GN^-1", "GN^-1/2", "GD", "sign")] == [216, 77, 117, 41]
    c2 = 100 / 101
    exact = {
        "GN^-1": 16 / np.sinh(8),
        "GN^-1/2": 16 / (np.sqrt(c2) * np.sinh(4)),
        "GD": 8 / c2,
        "sign": 8 / 41,
    }
    for name, limit in exact.items():
        # GD's supremum is approached as z -> 0, where the search stops at 1e-4 of the start:
        # relative error z^2 / 12
        assert limits[name] == pytest.approx(limit, rel=1e-7), name


def test_plane_condition_numbers_match_their_closed_forms():
    found = quick("kappa_plane")
    k = np.searchsorted(found["angle"], found["marks"])
    shared = np.isclose(found["angle"][np.minimum(k, len(found["angle"]) - 1)], found["marks"])
    assert shared.sum() >= 3
    for name in ("GD", "GN^-1/2", "GN^-1"):
        # eigenvalues lose a factor kappa of precision
        np.testing.assert_allclose(
            found[f"measured_{name}"][:, shared], found[f"theory_{name}"][:, k[shared]], rtol=1e-11
        )


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("adal_bias", {"runs": 1}, "runs = 1: must be an integer >= 2"),
        ("adal_regret", {"steps": 61}, "steps = 61: must be an integer >= 62"),
        ("adam_cycle_stability", {"kick": 0.0}, "kick = 0: must be > 0"),
        ("adam_is_gn_half", {"runs": 1}, "runs = 1: must be an integer >= 2"),
        ("adam_is_gn_half", {"largest": 0.0}, "largest = 0: must be > 0"),
        ("adam_is_gn_half", {"noises": (0.0, -1.0)}, "noises = -1: must be >= 0"),
        ("digits_quadrants", {"damping": -1.0}, "damping = -1: must be >= 0"),
        ("exact_risk", {"shares": (0.1, 0.0)}, "shares = 0: must be > 0"),
        ("quadrants", {"damping": -1.0}, "damping = -1: must be >= 0"),
        ("block_covariance", {"smallest": 0.0}, "smallest = 0: must be > 0"),
        ("block_covariance", {"largest": -1.0}, "largest = -1: must be > 0"),
        ("conventions_matter", {"lr": 0.0}, "lr = 0: must be > 0"),
        ("generic_start", {"kappas": (10.0, 1.0)}, "kappas = 1: must be > 1"),
        ("generic_start", {"target": 1.0}, r"target = 1: must be in \(0, 1\)"),
        ("logistic_fisher", {"smallest": 0.0}, "smallest = 0: must be > 0"),
        ("logistic_fisher", {"largest": 0.0}, "largest = 0: must be > 0"),
        ("logistic_fisher", {"dims": 1}, "dims = 1: must be an integer >= 2"),
        ("non_convergence", {"large": 0.0}, "large = 0: must be > 0"),
        ("phase_diagram", {"kappas": (1.0,)}, "kappas = 1: must be > 1"),
        ("phase_diagram", {"largest": 0.0}, "largest = 0: must be > 0"),
        ("phase_diagram", {"seeds": 1}, "seeds = 1: must be an integer >= 2"),
        ("reparameterised_logistic", {"largest": 0.0}, "largest = 0: must be > 0"),
        ("reparameterised_logistic", {"target": 0.0}, "target = 0: must be > 0"),
        ("stability_and_rate", {"largest": 0.0}, "largest = 0: must be > 0"),
    ],
)
def test_settings_out_of_range_are_named(name, settings, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        run_quick(name, **settings)


def test_a_mistyped_setting_is_answered_with_the_valid_ones():
    with pytest.raises(ValueError, match="has no setting 'dimz'; it has dims, kappa"):
        parse(
            "quadrants_full_batch",
            workshop.defaults(experiment("quadrants_full_batch").run),
            ["--dimz", "8"],
        )


def user_table(path, constant=False):
    rng = np.random.default_rng(4)
    x = rng.standard_normal((40, 3))
    x[:, 2] = 1.0 if constant else x[:, 2]
    label = x[:, 0] + 0.3 * rng.standard_normal(40) > 0
    rows = [",".join(map(str, [*row, int(y)])) for row, y in zip(x, label, strict=True)]
    path.write_text("\n".join(["a,b,c,sick", *rows]) + "\n", encoding="utf-8")
    return str(path)


def test_the_quadrants_of_a_table(tmp_path):
    run = experiment("digits_quadrants").run
    found = run(
        data=user_table(tmp_path / "t.csv"),
        target="sick",
        steps=10,
        every=5,
        rates=3,
        seeds=2,
        batch=8,
    )
    assert list(found["shape"]) == [40, 3]
    assert found["mini_eigenbasis_loss"].shape == (len(found["mini_eigenbasis_methods"]), 3, 3)


def test_excess_is_measured_from_a_minimum(tmp_path):
    """Never negative beyond rounding, on a column in seconds beside standard normal ones; where
    there is no minimum it is said."""
    run = experiment("digits_quadrants").run
    path = tmp_path / "t.csv"
    user_table(path)
    rows = path.read_text(encoding="utf-8").splitlines()
    stamped = [f"{row},{1_700_000_000 + 3600 * (7 * k % 40)}" for k, row in enumerate(rows[1:])]
    path.write_text("\n".join([rows[0] + ",stamp", *stamped]) + "\n", encoding="utf-8")
    quick = {
        "steps": 60,
        "every": 5,
        "rates": 4,
        "seeds": 2,
        "batch": 8,
        "target": "sick",
        "data": str(path),
        "standardised": False,
    }

    found = run(**quick, features="a,b,stamp", ridge=0.0)
    losses = [value for key, value in found.items() if key.endswith("_loss")]
    assert min(loss.min() for loss in losses) >= -1e-12
    assert list(found["notes"]) == []
    assert "'stamp' (a unix time)" in run(**quick)["notes"][0]

    few = "".join(f"{k % 7 - 3.5},{int(k % 7 > 3)}\n" for k in range(40))
    path.write_text("a,sick\n" + few, encoding="utf-8")
    with pytest.raises(ValueError, match=r"separable: .* set ridge > 0"):
        run(**quick, ridge=0.0)
    alike = "".join(f"{k % 2},{k // 2 % 2},{(k % 2 + k // 2) % 2}\n" for k in range(40))
    path.write_text("a,b,sick\n" + alike, encoding="utf-8")
    with pytest.raises(ValueError, match="no feature tells the two classes apart"):
        run(**(quick | {"standardised": True}))


def test_tables_that_logistic_regression_cannot_use(tmp_path):
    run = experiment("digits_quadrants").run
    table = user_table(tmp_path / "t.csv")
    with pytest.raises(ValueError, match="name the column"):
        run(data=table)
    with pytest.raises(ValueError, match=r"no column 'ill' \(target\); it has a, b, c, sick"):
        run(data=table, target="ill")
    with pytest.raises(ValueError, match="exactly two classes"):
        run(data=table, target="a")
    with pytest.raises(
        ValueError, match=r"c\.csv: 'c' is constant \(1, .*\): mend that, or --drop c$"
    ):
        run(data=user_table(tmp_path / "c.csv", constant=True), target="sick")
    with pytest.raises(ValueError, match="must be a digit"):
        run(target="ten")
    with pytest.raises(ValueError, match="rows = -3: must be an integer >= 0"):
        run(rows=-3)
    with pytest.raises(ValueError, match="even against odd digits has one value"):
        run(rows=1)

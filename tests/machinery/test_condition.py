"""lab condition: what people ask about condition numbers, answered on tables that are made here."""

import json
import time

import numpy as np
import pytest

from lab.__main__ import main
from lab.data import digits, longley
from lab.instruments.condition import condition, fitted, verdict
from lab.instruments.condition.models import probabilities
from lab.theory.conditioning import shift_bound

RNG = np.random.default_rng(0)


def table(columns, rows=60):
    """x (rows, n) of independent normal columns with these (mean, deviation), and y."""
    rng = np.random.default_rng(len(columns))
    z = rng.standard_normal((rows, len(columns)))
    means, deviations = np.array(columns).T
    return means + deviations * z, z.sum(1) + 0.1 * rng.standard_normal(rows)


def told(x, y, names=None, **settings):
    return "\n".join(verdict(condition(x, y, names, **settings)))


@pytest.fixture(scope="module")
def longleys():
    found = longley()
    return condition(found.x, found.y, found.columns)


def test_the_four_numbers_of_longley(longleys):
    """Raw; unit columns and the constant left alone; the constant scaled too; centred."""
    raw = longleys.row("raw")
    numbers = [raw.kappa, longleys.row("unit columns").kappa, raw.jacobi]
    numbers.append(longleys.row("standardised").kappa)
    # published to four to six digits
    np.testing.assert_allclose(np.sqrt(numbers), [4.859e9, 56240.9, 43275, 110.5], rtol=4e-4)


def test_longleys_verdict_names_columns(longleys):
    lines = verdict(longleys)
    assert len(lines) == 2
    assert "GNP" in lines[0]
    assert "Scale" in lines[0]
    assert "YEAR, range 15 about a mean of 1954" in lines[1].replace("1,95", "195")
    assert "correlation, of GNP and YEAR" in lines[1]


def test_the_best_over_all_units_is_what_no_unit_changes(longleys):
    found = longley()
    units = 10.0 ** RNG.uniform(-3, 3, 6)
    other = condition(found.x * units, found.y)
    for name in ("raw", "centred"):
        one, two = longleys.row(name), other.row(name)
        # both are certified to a gap of 1e-3
        assert one.bound <= two.best * (1 + 1e-6)
        assert two.bound <= one.best * (1 + 1e-6)


def test_one_regressor_has_no_multicollinearity():
    """kappa 1e4 of the design is all scale and shift, and the fit is fine."""
    x, y = table([(5000.0, 2000.0)])
    report = condition(x, y, ("price",))
    assert 1e3 < np.sqrt(report.row("raw").kappa) < 1e5
    line = "\n".join(verdict(report))
    assert "price" in line
    assert "not a problem" in line
    assert "correlation (kappa 1 once centred and scaled)" in line


def test_a_constant_that_makes_kappa_jump_is_scale():
    x, y = table([(0.0, 500.0), (0.0, 400.0)])
    report = condition(x, y, ("a", "b"))
    assert np.sqrt(report.row("raw").kappa) > 300
    assert report.row("raw").best < 2
    # the one that is out of scale is the constant
    first = told(x, y, ("a", "b"))
    assert first.startswith("Scale the columns first (a is ")
    assert "times as large as the constant" in first


def test_year_and_mileage():
    x, y = table([(2010.0, 5.0), (6e4, 3e4)])
    line = told(x, y, ("Year", "Mileage"))
    year = x[:, 0]
    assert f"Year, range {np.ptp(year):.3g} about a mean of 2,0" in line


@pytest.mark.parametrize(
    ("columns", "starts", "names"),
    [
        ([(0.0, 1.0), (0.0, 1e6), (0.0, 30.0)], "Scale the columns first", ("b",)),
        ([(1e3, 1.0), (0.0, 1.0)], "First centre a", ("a",)),
    ],
    ids=["scale spread 1e6", "mean shift 1e3"],
)
def test_awkward_tables(columns, starts, names):
    x, y = table(columns)
    report = condition(x, y, tuple("abc"[: len(columns)]))
    lines = verdict(report)
    assert lines[0].startswith(starts)
    assert all(name in lines[0] for name in names)
    # the remedy that is named wins over all diagonals of the raw columns
    assert report.row("standardised").kappa <= report.row("raw").best * 1.5
    shift = np.sqrt(x.mean(0) @ np.linalg.solve(np.cov(x.T, bias=True), x.mean(0)))
    assert report.row("raw").best >= float(shift_bound(shift)) * (1 - 1e-6)


def test_dependent_columns_are_named():
    x, y = table([(0.0, 1.0)] * 3)
    x[:, 2] = x[:, 0] + 1e-3 * x[:, 2]
    line = told(x, y, ("a", "b", "c"))
    assert line.startswith("a and c (r = 1.0000) depend on each other")
    assert "no scaling helps with that: kappa stays above" in line


@pytest.mark.parametrize(
    ("unit", "mean", "starts", "ends"),
    [
        (1e4, 0, "Scale the columns first (b", "What stays is correlation, of a and c above all"),
        (1e-2, 30, "First centre b", "what stays is correlation, of a and c above all"),
        (30, 0, "a and c (r = 1.0000)", "Before that, standardise, which removes the columns'"),
    ],
)
def test_what_buys_most_is_done_first(unit, mean, starts, ends):
    """Units of 1e8 or 1e3, or units and a mean of 1e5 together, beside correlation of 5e4."""
    x, y = table([(0.0, 1.0)] * 3)
    x[:, 2] = x[:, 0] + 1e-2 * x[:, 2]
    x[:, 1] = mean + unit * x[:, 1]
    first, second = verdict(condition(x, y, ("a", "b", "c"), measure=False))
    assert first.startswith(starts)
    assert ends in second


def test_well_conditioned():
    x, y = table([(0.0, 1.0), (0.1, 1.2)])
    assert told(x, y).startswith("well conditioned")


def check_steps(report):
    """Predictions against runs; the predictor of conjugate gradients may be 30 % off."""
    measured = 0
    for s in report.steps:
        for predicted, found in ((s.gd, s.gd_measured), (s.ball, s.ball_measured)):
            if np.isfinite(found):
                measured += 1
                assert found == pytest.approx(predicted, rel=0.2, abs=2), s
        if np.isfinite(s.cg):
            assert s.cg_measured == pytest.approx(s.cg, rel=0.3, abs=1), s
    return measured


def test_predicted_and_measured_steps():
    x, y = table([(0.5, 1.0), (0.0, 3.0), (1.0, 2.0)])
    report = condition(x, y)
    assert check_steps(report) == 10
    for s in report.steps:
        assert np.isfinite(s.lbfgs)
    # what NaN at a rate of 1e-4 means: above the largest stable one
    stable = {s.name: s.lr for s in report.steps}
    h = np.c_[np.ones(len(x)), x].T @ np.c_[np.ones(len(x)), x] / len(x)
    assert stable["raw"] == pytest.approx(2 / np.linalg.eigvalsh(h)[-1])
    assert stable["standardised"] > stable["raw"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "ridge"), [("linear", 0.0), ("logistic", 1e-4), ("softmax", 1e-3)]
)
def test_digits(model, ridge):
    x, y = digits()
    x = x[:, np.ptp(x, axis=0) > 0]
    report = condition(x, y % 2 if model == "logistic" else y, model=model, ridge=ridge)
    # the others need more steps than are run
    assert check_steps(report) >= 3
    assert verdict(report)[0].startswith("Scale the columns first")


def test_scaling_saves_steps_of_lbfgs():
    x, y = table([(100.0, 30.0), (0.0, 1e-2), (5.0, 1.0)], rows=200)
    labels = (y + RNG.standard_normal(200) > 0).astype(float)
    steps = {s.name: s for s in condition(x, labels, model="logistic").steps}
    assert steps["standardised"].lbfgs < 30
    assert steps["standardised"].lbfgs < steps["raw"].lbfgs


def test_digits_left(longleys):
    left = longleys.digits
    assert left["normal equations, raw"] == 0
    assert 6 < left["QR, raw"] < 7
    assert left["QR, standardised"] > left["normal equations, standardised"] > 11


def test_the_hessian_is_that_of_the_loss():
    """Softmax: gradients against differences of the loss, curvatures against those of gradients."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30, 2))
    y = rng.integers(0, 3, 30).astype(float)
    model = fitted("softmax", x, y, 0.1)
    xhat = np.c_[np.ones(30), x]
    w = rng.standard_normal(6)
    step = 1e-6
    differences = [
        (model.loss(xhat, w + e)[0] - model.loss(xhat, w - e)[0]) / (2 * step)
        for e in step * np.eye(6)
    ]
    np.testing.assert_allclose(model.loss(xhat, w)[1], differences, atol=1e-8)

    p = probabilities(xhat @ w.reshape(2, -1).T)
    s = np.eye(2) * p[:, :, None] - p[:, :, None] * p[:, None, :]
    second = [
        (model.loss(xhat, w + e)[1] - model.loss(xhat, w - e)[1]) / (2 * step)
        for e in step * np.eye(6)
    ]
    np.testing.assert_allclose(model._replace(curvatures=s).hessian(xhat), second, atol=1e-8)


@pytest.mark.parametrize(
    ("x", "y", "settings", "message"),
    [
        (np.ones((5, 1)), np.arange(5.0), {}, "is constant"),
        (RNG.standard_normal((4, 9)), np.arange(4.0), {}, "9 columns and a constant, but 4 rows"),
        (RNG.standard_normal((9, 2)) * [1, 1e200], np.arange(9.0), {}, "'column 1' has entries up"),
        (
            RNG.standard_normal((9, 2)) * [1e-200, 1],
            np.arange(9.0),
            {},
            "'column 0' .* another unit",
        ),
        (RNG.standard_normal((9, 1)), np.zeros(9), {"model": "logistic"}, "one value"),
        (RNG.standard_normal((2, 5001)), np.arange(2.0), {"ridge": 1.0}, "5001 columns"),
        (RNG.standard_normal((9, 1)), np.arange(9.0), {"model": "logistic"}, "use --model softmax"),
        (np.arange(8.0)[:, None], (np.arange(8) > 3.5) * 1.0, {"model": "logistic"}, "add --ridge"),
        (RNG.standard_normal((9, 1)), np.arange(9.0), {"tol": 2.0}, "tol = 2"),
        (RNG.standard_normal((9, 1)), np.arange(9.0), {"model": "probit"}, "model = 'probit'"),
    ],
)
def test_what_has_no_answer_says_so(x, y, settings, message):
    with pytest.raises(ValueError, match=message):
        condition(x, y, **settings)


def test_a_ridge_answers_more_columns_than_rows():
    x = RNG.standard_normal((5, 8))
    report = condition(x, np.arange(5.0), ridge=0.1)
    assert report.row("standardised").kappa < 1e3


@pytest.fixture
def cars(tmp_path):
    x, y = table([(2010.0, 5.0), (6e4, 3e4)])
    path = tmp_path / "cars.csv"
    rows = [f"{a:.3f},{b:.3f},{c:.5f}" for (a, b), c in zip(x, y, strict=True)]
    path.write_text("\n".join(["Year,Mileage,Price", *rows]), encoding="utf-8")
    return path


def test_the_command(cars, tmp_path, capsys):
    figure = tmp_path / "cars.png"
    written = tmp_path / "scaled.csv"
    start = time.perf_counter()
    words = ["condition", cars, "--target", "Price", "--figure", figure, "--write", written]
    assert main([str(word) for word in words]) == 0
    assert time.perf_counter() - start < 20
    out = capsys.readouterr().out
    assert "certified" in out
    assert "Year, range" in out
    assert figure.stat().st_size > 10_000

    scaled = np.genfromtxt(written, delimiter=",", names=True)
    assert abs(scaled["Year"].mean()) < 1e-12
    assert scaled["Mileage"].std() == pytest.approx(1.0)
    assert "Year: mean 20" in out


def test_json(cars, capsys):
    assert main(["condition", str(cars), "--target", "Price", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["columns"] == ["Year", "Mileage"]
    assert found["rows"][0]["name"] == "raw"
    assert found["rows"][0]["bound"] <= found["rows"][0]["best"]
    assert len(found["verdict"]) <= 2


def test_two_identical_columns(tmp_path, capsys):
    path = tmp_path / "twice.csv"
    lines = [f"{k * k % 7},{k * k % 7},{k % 3}" for k in range(12)]
    path.write_text("\n".join(["a,b,y", *lines]), encoding="utf-8")
    assert main(["condition", str(path), "--target", "y"]) == 2
    error = capsys.readouterr().err
    assert "'b' is equal to 'a'" in error
    assert "--drop b" in error

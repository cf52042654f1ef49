"""Instruments of the width: slopes and verdicts, the coordinate check, transfer, the order of a
preconditioner, and the compiler."""

import numpy as np
import pytest
from sympy import Rational

from lab.instruments.width import (
    FromFunction,
    Slope,
    Study,
    Transfer,
    coordinate_check,
    known_rule,
    order,
    powers,
    predicted,
    slope,
    standard_study,
    transfer,
    width_rule,
)
from lab.instruments.width.compiler import GRID, _crossing
from lab.instruments.width.transfer import interpolated
from lab.optimizers import (
    SGD,
    SOAP,
    Adafactor,
    Adam,
    AdaptiveKFAC,
    GraftedShampoo,
    Momentum,
    Muon,
)
from lab.optimizers.matrix.thin import ThinKronecker
from lab.optimizers.wrappers.clipped import Clipped
from lab.optimizers.wrappers.hyperball import Hyperball
from lab.optimizers.wrappers.parameterized import Powers
from lab.theory.mup import RULES, exponents

SMALL = {"widths": (32, 64, 128), "seeds": 4}


def test_slope_of_a_power():
    widths = [10, 20, 40, 80]
    sizes = 3.0 * np.array(widths) ** -0.7
    np.testing.assert_allclose(slope(widths, sizes), (-0.7, -0.7, -0.7), atol=1e-12)
    seeds = sizes[:, None] * np.array([1.0, 2.0])
    np.testing.assert_allclose(slope(widths, seeds), (-0.7, -0.7, -0.7), atol=1e-12)


def test_intervals():
    two = slope([1, 2], [1.0, 2.0])
    assert (two.value, two.low, two.high) == (1.0, -np.inf, np.inf)
    # two seeds of slopes 0 and 1: Student's t with one degree of freedom, 12.706 / 2
    found = slope([1, 2], [[1.0, 1.0], [1.0, 2.0]])
    np.testing.assert_allclose(found, (0.5, 0.5 - 6.3531, 0.5 + 6.3531), atol=1e-3)
    # by hand: slopes of (0, 1, 0) at x = 0, 1, 2 have the error sqrt(2/3 / 1 / 2)
    x = np.exp(np.arange(3.0))
    found = slope(x, np.exp([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(found.high, 12.7062 * np.sqrt(1 / 3), rtol=1e-4)
    assert np.isnan(slope([1, 2], [0.0, 1.0]).value)


def test_verdicts():
    assert Slope(0.05, 0.0, 0.1).verdict(0.0) == "as predicted"
    assert Slope(0.3, 0.1, 0.5).verdict(0.0) == "undecided"
    assert Slope(0.3, 0.2, 0.4).verdict(0.0) == "not as predicted"
    assert Slope(-0.3, -0.4, -0.2).verdict(0.0) == "not as predicted"
    assert Slope(np.nan, -np.inf, np.inf).verdict(0.0) == "diverged"


@pytest.mark.parametrize("method", ["SGD", "KFAC"])
def test_coordinate_check(method):
    optimizer = SGD(0.01) if method == "SGD" else ThinKronecker(0.01, 0.1)
    table = exponents(known_rule(optimizer))
    found = coordinate_check(optimizer, table, standard_study(**SMALL), steps=(1, 3))
    assert found.moves.shape == (2, 3, 4, 6)
    assert found.totals.shape == (2, 3, 4, 3)
    verdicts = found.verdicts(predicted(table), margin=0.2)
    assert set(verdicts.values()) == {"as predicted"}
    # a table of another method is noticed
    other = coordinate_check(optimizer, exponents("Adam"), standard_study(**SMALL))
    wrong = other.verdicts(predicted(table), margin=0.2)
    assert wrong["hidden 2"] == "not as predicted"


def test_the_centred_network_has_the_residual_of_zero_outputs():
    study = standard_study(**SMALL)
    start = study.at(32, powers(exponents("SGD")))
    expected = (study.y**2).mean() / 2
    np.testing.assert_allclose(start.objective.loss(start.theta), expected)
    rows = np.array([[0, 0], [1, 2], [3, 3], [0, 5]])
    batches = (study.y[rows] ** 2).mean(1) / 2
    np.testing.assert_allclose(start.objective.loss(start.theta, rows), batches)


def test_order_of_the_preconditioner():
    """Of K-FAC in muP (1, 0, -1), of gradient descent 0."""
    study = standard_study(widths=(32, 64, 128), seeds=4, biases=False)
    kfac = order(ThinKronecker(1e-3, 0.1), exponents("KFAC"), study, steps=2)
    values = [x.value for x in kfac.values()]
    np.testing.assert_allclose(values, (1.0, 0.0, -1.0), atol=0.2)
    plain = order(SGD(0.01), exponents("SGD"), study)
    # differences of parameters lose ten digits of a step of 1e-3
    scaled = [x.value for x in plain.values()]
    np.testing.assert_allclose(scaled, 0.0, atol=1e-6)


def mine(w, batch):
    """Normalised per layer: every entry of the gradient over their root mean square."""
    return -batch.grad / np.sqrt((batch.grad**2).mean())


def test_a_function_of_ones_own():
    """It comes back with a rule, which then passes the coordinate check."""
    study = standard_study(**SMALL)
    found = width_rule(mine, study)
    for role, c in {"input": 0, "hidden": 1, "output": 1, "output bias": 0}.items():
        assert abs(found.rows[role].c.value - c) < 0.1
    table = found.table()
    assert table["hidden"] == Powers(0.5, 1.0, 0.0)
    checked = coordinate_check(FromFunction(mine, 1e-3), table, study)
    flat = dict.fromkeys(table, 0.0)
    assert set(checked.verdicts(flat).values()) == {"as predicted"}


def test_the_compiler_finds_adams_rule_and_its_eps():
    found = width_rule(Adam(0.01), standard_study(**SMALL))
    assert found.damped == "eps"
    for role, row in found.rows.items():
        assert abs(row.c.value - row.derived_c) < 0.12, role
        # three starts at widths from 32: scatter 0.15, of exponents that are 0 or 1
        assert abs(row.d.value - row.derived_d["eps"]) < 0.4, role


def test_crossings():
    sizes = 1 / (1 + GRID / 1e-3)
    np.testing.assert_allclose(_crossing(sizes), 1e-3, rtol=0.05)
    assert np.isnan(_crossing(np.ones(len(GRID))))
    assert np.isnan(_crossing(np.zeros(len(GRID))))


def test_known_rules():
    assert known_rule(Momentum(Adam(0.1))) is RULES["Adam"]
    assert known_rule(FromFunction(mine)) is None
    assert exponents(known_rule(GraftedShampoo(0.1))).rows["hidden"].c == 1
    assert exponents(known_rule(Muon(rms=0.2))).rows["output"].c == 1
    assert known_rule(Muon(shape="columns")) is None
    assert known_rule(SOAP()) is RULES["SOAP"]
    assert known_rule(Adafactor()) is RULES["Adafactor"]
    assert exponents(known_rule(Adafactor(relative=False))).rows["hidden"].c == 1
    assert known_rule(AdaptiveKFAC()) is None
    assert exponents(known_rule(ThinKronecker(0.1, 0.1, 1, 0))).rows["input"].c == -1
    assert exponents(known_rule(Hyperball(Adam(0.1)))).rows["hidden"].c == Rational(1, 2)
    assert known_rule(Hyperball(Muon(shape="columns"))) is None
    assert known_rule(Clipped(SGD(0.1), 1.0)) is None
    assert known_rule(Clipped(Adam(0.1), 1.0)) is RULES["Adam"]


def test_transfer():
    """Gradient descent in SP: the best rate falls; in muP it stays."""
    study = Study(*ten_targets(), widths=(32, 128), base=32, seeds=2)
    grid = np.geomspace(0.02, 4.0, 12)
    standard = transfer(SGD(1.0), exponents("SGD", "SP"), study, grid, steps=8)
    maximal = transfer(SGD(1.0), exponents("SGD"), study, grid, steps=8)
    assert standard.losses.shape == (2, 12, 2)
    assert standard.slope.value < maximal.slope.value - 0.3
    assert maximal.wider_is_better
    np.testing.assert_allclose(standard.losses[0], maximal.losses[0])
    # so far above the largest stable rates the features are not where they were
    assert standard.changed.shape == (2, 12, 2, 3)
    assert (np.diff(standard.changed[0, :4, 0, 1]) > 0).all()


def known_transfer(best, widths=(16, 32, 64)):
    """Losses exp((log2 x - log2 best)^2) on a grid of powers of 2, one seed."""
    grid = 2.0 ** np.arange(-6, 7)
    x = np.log2(grid)
    losses = np.exp([(x - b) ** 2 for b in best])[..., None]
    changed = np.ones((*losses.shape, 1))
    best = 2.0 ** np.array(best, dtype=float)
    edges = ("",) * len(widths)
    return Transfer("lr", widths, grid, losses, best, np.ones(len(widths)), edges, changed)


def test_quality_of_a_transfer():
    """Best values 2^0, 2^-1, 2^-2: a power law without error, that misses nothing; but the value
    carried over is 2 octaves too high, where the loss is e^4."""
    np.testing.assert_allclose(known_transfer([0, -1, -2]).quality, (0, 0, np.e**4 - 1), atol=1e-9)
    # 0, 0, 3: the line 1.5 x through them leaves 0.5, -1, 0.5; without the last it is 3 too low
    found = known_transfer([0, 0, 3]).quality
    np.testing.assert_allclose(found, (np.sqrt(0.5), -3, np.e**9 - 1), rtol=1e-9)
    two = known_transfer([1, 1], (16, 32)).quality
    assert (two.scatter, two.penalty, np.isnan(two.missed)) == (0, 0, True)


def ten_targets():
    rng = np.random.default_rng(2)
    return rng.standard_normal((12, 8)), rng.standard_normal((12, 10))


def test_interpolated():
    grid = np.exp(np.arange(5.0))
    losses = np.exp((np.log(grid) - 1.7) ** 2)
    best, loss, edge = interpolated(grid, losses)
    np.testing.assert_allclose((np.log(best), loss), (1.7, 1.0), atol=1e-9)
    assert edge == ""
    assert interpolated(grid, grid)[2] == "low"
    assert interpolated(grid, -grid + 200)[2] == "high"
    best, _, _ = interpolated(grid, np.array([3.0, 2.0, np.inf, np.inf, np.nan]))
    assert best == grid[1]
    assert np.isnan(interpolated(grid, np.full(5, np.inf))[0])
    # a run on its way out is no point of a parabola: its loss would be one that nobody measured
    best, loss, _ = interpolated(grid, np.array([3.0, 0.2, 0.18, 1e24, np.inf]))
    assert (best, loss) == (grid[2], 0.18)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: slope([1, 1], [1.0, 2.0]), ValueError, "at least two different"),
        (lambda: slope([1, 2], [1.0]), ValueError, "sizes has shape"),
        (lambda: standard_study(widths=(0, 4)), ValueError, r"widths\[0\] = 0"),
        (lambda: standard_study(widths=(4,)), ValueError, "at least two different"),
        (lambda: standard_study(seeds=0), ValueError, "Study.seeds = 0"),
        (lambda: powers(exponents("SGD"), "eps"), TypeError, "the rule has A, B"),
        (lambda: width_rule(SGD(0.1), damped="eps"), TypeError, "SGD has no damping"),
        (lambda: width_rule(lambda w, b: 0.0), ValueError, "returned shape"),
        (
            lambda: coordinate_check(SGD(0.1), exponents("SGD"), standard_study(), damping="A"),
            TypeError,
            "say which hyper-parameter",
        ),
        (
            lambda: transfer(SGD(0.1), exponents("SGD"), standard_study(), [1.0], steps=1),
            ValueError,
            "at least three values",
        ),
    ],
)
def test_malformed(call, error, said):
    with pytest.raises(error, match=said):
        call()

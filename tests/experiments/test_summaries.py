"""What experiments say about their data: ten lines, true for whatever data they are given."""

import re

import numpy as np
import pytest
from files import EXPERIMENTS, ROOT, experiment, quick, run_quick

from lab import sentences, workshop
from lab.workshop.drawing import Source, drawn

each_experiment = pytest.mark.parametrize("name", EXPERIMENTS)


@each_experiment
def test_a_question_and_at_most_nine_answers(name):
    told = experiment(name).summary(quick(name)).splitlines()
    assert 2 <= len(told) <= 10
    assert "?" in told[0]
    for line in told[1:]:
        assert line.endswith("."), line
    assert not re.search(r"\bnan\b|array\(|np\.|None", "\n".join(told))


@each_experiment
def test_a_summary_does_not_change_its_data(name):
    before = {key: np.array(array) for key, array in quick(name).items()}
    experiment(name).summary(quick(name))
    for key, array in before.items():
        np.testing.assert_array_equal(array, quick(name)[key], err_msg=key)


# --- data on which GD wins, all tie, Adam wins

WINNERS = ("GD", "Adam", "all")


def doctored(found, case, winner, measure):
    """The comparison CASE of an experiment, its values such that `winner` has the lowest ones by
    far, or all have the same."""
    arrays = dict(found)
    names = [str(name) for name in found[f"{case}_methods"]]
    values = np.full(len(names), 100.0)
    if winner != "all":
        values[names.index(winner)] = 1.0
    # losses are small numbers, steps are counts
    scale = 1.0 if measure == "steps" else 1e-3
    arrays[f"{case}_{measure}"] = scale * values
    loss = np.array(found[f"{case}_loss"], dtype=float)
    if measure == "final" and loss.ndim == 3:
        # quantiles close to the median: nothing but the values decides
        loss[:, :, -1] = scale * values[:, None] * np.array([0.99, 1.0, 1.01])
        arrays[f"{case}_loss"] = loss
    return arrays


def said_of(text, title):
    """The sentence about one quadrant, from its title to the end of its line."""
    return next(line for line in text.splitlines() if line.startswith(title))


CASES = [
    ("digits_quadrants", "full_coordinate", "final", "full batch, coordinates"),
    ("digits_quadrants", "mini_coordinate", "final", "mini-batch, coordinates"),
    ("quadrants_full_batch", "quadratic_coordinate", "steps", "quadratic, rotated coordinates"),
    ("quadrants_full_batch", "logistic_eigenbasis", "steps", "logistic, eigenbasis"),
    ("reparameterised_logistic", "plain", "steps", "z = theta, constant rates"),
]


@pytest.mark.parametrize("winner", WINNERS)
@pytest.mark.parametrize(("name", "case", "measure", "title"), CASES)
def test_the_winner_is_the_one_of_the_data(name, case, measure, title, winner):
    arrays = doctored(quick(name), case, winner, measure)
    told = said_of(experiment(name).summary(arrays), title).removeprefix(f"{title}: ")
    if winner == "all":
        assert told.startswith("tie of ")
        assert "; then" not in told
    else:
        assert told.startswith(f"{winner}, ")
        assert "tie" not in told.split(";")[0]


@pytest.mark.parametrize("winner", WINNERS)
def test_the_caption_says_the_same_as_the_summary(winner):
    """Of one's own data too: the sentence on the winner is in the caption, no other one is."""
    name, case, measure, title = CASES[1]
    arrays = doctored(quick(name), case, winner, measure)
    module = workshop.load(ROOT / "figures", name)
    _, caption = drawn(ROOT, module, Source({name: arrays}))
    told = said_of(experiment(name).summary(arrays), title)
    assert told[1:] in caption
    assert caption.count("ini-batch, coordinates:") == 1


def test_no_figure_draws_a_conclusion_of_its_own():
    """A caption without the summary is the same whoever wins."""
    name, case, measure, _ = CASES[1]
    module = workshop.load(ROOT / "figures", name)
    described = {module.caption(doctored(quick(name), case, w, measure)) for w in WINNERS}
    assert len(described) == 1


def test_agreement_is_claimed_only_where_there_is():
    """Every summary that compares with theory: a false number is called by its name."""
    altered = {
        "exact_risk": ("worst", lambda x: x + 50),
        "adal_noise": ("kurtosis", lambda x: 2 * x),
        "adal_bias": ("mean", lambda x: x + 0.5),
        "stability_and_rate": ("rate", lambda x: 0.5 * x),
        "kappa_plane": ("theory_GN^-1", lambda x: 10 * x),
        "coordinate_check": ("like", lambda x: np.full(x.shape, "FOOF")),
        "preconditioner_order": ("derived", lambda x: x + 50),
        "width_limit": ("identity", lambda x: x + 1),
        "zero_head": ("kick_power", lambda x: x + 1),
        "matching_width": ("gain", lambda x: x + 1),
        "rate_transfer": ("critical", lambda x: x * np.linspace(1, 2, x.size).reshape(x.shape)),
        "over_damped": ("predicted", lambda x: x + 1),
        "speed": ("thin_gap", lambda x: 1e9 * x),
        "block_covariance": ("loss", lambda x: x * np.linspace(1, 2, x.size).reshape(x.shape)),
    }
    for name, (key, change) in altered.items():
        true = experiment(name).summary(quick(name))
        arrays = quick(name) | {key: change(quick(name)[key])}
        false = experiment(name).summary(arrays)
        assert false != true, name
        assert re.search("NOT|BELOW", false), name


def test_an_invariance_that_fails_is_counted():
    found = quick("invariance_table")
    declared = int(found["declared"].sum())
    assert declared > 100
    told = experiment("invariance_table").summary(found)
    assert f"\n{declared} of {declared} declared invariances hold." in told

    broken = found | {"deviation": found["deviation"] + 1.0}
    told = experiment("invariance_table").summary(broken)
    assert f"\n0 of {declared} declared invariances hold." in told

    # one cell that the class declares, and no other
    one = found["deviation"] + 0.0
    one[tuple(np.argwhere(found["declared"])[0])] = 1e-6
    told = experiment("invariance_table").summary(found | {"deviation": one})
    assert f"\n{declared - 1} of {declared} declared invariances hold." in told


def test_other_settings_give_other_sentences():
    for name, settings in (("geodesic", {"dims": 8}), ("kappa_plane", {"kappas": (50.0,)})):
        told = experiment(name).summary(run_quick(name, **settings))
        assert told != experiment(name).summary(quick(name))
    assert "kappa = 50:" in told


# --- the words themselves

METHODS = ("GD", "Adam", "sign, halving")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([10, 20, 40], "GD, 10 steps; then Adam, 20, 2 times as much"),
        ([40, 20, 10], "sign descent (halving), 10 steps; then Adam, 20, 2 times as much"),
        ([10, 10, 10], "tie of GD, Adam and sign descent (halving), 10 steps"),
        ([10, 10.05, 20], "tie of GD and Adam, 10 to 10.1 steps; then sign descent (halving), 20,"),
        ([np.inf, 10, np.inf], "Adam, 10 steps; not reached by GD and sign descent (halving)"),
        ([np.inf] * 3, "nobody gets there"),
        ([0.0, 1.0, 2.0], "GD, 0 steps; then Adam, 1;"),
    ],
)
def test_who_is_first(values, said):
    assert f"{sentences.first(METHODS, values, unit='steps')};".startswith(said)


def test_bands_that_meet_are_a_tie():
    values = np.array([1.0, 1.5, 9.0])
    low = np.array([0.5, 1.1, 8.0])
    apart = sentences.first(METHODS, values, (low, np.array([1.05, 1.9, 9.5])))
    assert apart.startswith("GD, 1; then Adam, 1.5, 1.5 times as much")
    wide = sentences.first(METHODS, [1.0, 9.0, 2.0], (np.array([0.5, 0.9, 1.8]), low + 1))
    assert wide.endswith(
        "(bands overlap); outside of the tie sign descent (halving), 2, 2 times as much"
    )
    narrow = np.array([1.0, 1.004, 9.0])
    hardly = sentences.first(METHODS, narrow, (narrow, narrow))
    assert hardly.startswith("GD, 1; then Adam, 1, 0.4% more")
    meet = sentences.first(METHODS, values, (low, np.array([1.15, 1.9, 9.5])))
    assert meet.startswith("tie of GD and Adam, 1 to 1.5 (bands overlap); then sign descent")


def test_what_is_below_the_floor_is_rounding():
    told = sentences.first(METHODS, [1e-15, 1e-13, 1e-3], floor=1e-12)
    assert told.startswith("tie of GD and Adam, below 1e-12, where rounding decides; then sign")
    assert "times" not in told
    assert sentences.standing(METHODS, [1e-15, 1e-13, 1e-3]).leaders == ["GD"]


def test_numbers_in_words():
    told = [sentences.number(x) for x in (0.0, 12, 1234.5, 1.23456e-7, 2e9, np.inf, np.array(3.0))]
    assert told == ["0", "12", "1,234", "1.23e-07", "2e+09", "infinite", "3"]
    assert sentences.listed([]) == ""
    assert sentences.listed(["a"]) == "a"
    assert sentences.span(1.0, 1.0) == "1"
    assert sentences.quantiles_of(9) == "smallest to largest of 9 seeds"
    assert sentences.quantiles_of(10) == "10-90 % of 10 seeds"


def test_numbers_are_told_alike_whatever_their_last_digits():
    for x in (0.0, 0.05, 1.0, 12.0, 999.0, 1000.0, 123456.0, 1e6):
        near = (x, -x) if x == 0 else (x, x * (1 - 1e-15), x * (1 + 1e-15))
        assert len({sentences.number(y) for y in near}) == 1
        assert len({sentences.signed(y) for y in near}) == 1
    # three digits are 1000 from here on, which :.3g would tell as 1e+03
    assert sentences.number(999.6) == "1,000"
    assert sentences.number(999.4) == "999"


def test_signs_of_what_is_zero_to_its_places():
    told = [sentences.signed(x) for x in (-0.0, -0.004, 0.004, -0.006, 1.25)]
    assert told == ["+0.00", "+0.00", "+0.00", "-0.01", "+1.25"]
    assert sentences.signed(-0.04, 1) == "+0.0"


def test_rounding_has_no_digits():
    assert sentences.closeness(9e-14) == sentences.closeness(0.0) == "rounding"
    assert sentences.closeness(2e-11) == "2e-11"
    assert sentences.closeness(0.123) == "0.1"


def test_a_band_of_few_is_the_smallest_and_the_largest():
    """What quantiles_of says of fewer than ten runs is what the quantiles of experiments are."""
    for count in range(2, 10):
        runs = np.random.default_rng(count).standard_normal(count)
        levels = np.quantile(runs, (0.1, 0.9), method="inverted_cdf")
        np.testing.assert_array_equal(levels, [runs.min(), runs.max()], err_msg="values of runs")


def test_distance_ignores_what_is_not_compared():
    assert sentences.apart([1.1, np.inf, 5.0], [1.0, 1.0, 0.0]) == pytest.approx(0.1)

"""What experiments say about their data: ten lines, true for whatever data they are given."""

import re

import numpy as np
import pytest
from files import EXPERIMENTS, ROOT, experiment, quick, run_quick

from lab import workshop
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

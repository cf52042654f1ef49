"""The falsifier: it refutes every planted lie, believes no rounding, and goes on from what it
saved."""

import json

import numpy as np
import planted_lies
import planted_variations
import pytest
from swept import slow

from lab.claims import (
    CLAIMS,
    Claim,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    stated_by,
    symbols,
)
from lab.claims.confirming import confirm, minimise
from lab.claims.findings import load, replay, save
from lab.claims.search import falsify
from lab.testing import assert_bound, assert_claim, assert_falsified

x, y, k, s = symbols("x y k s")
LIES = planted_lies.SIX + planted_variations.VARIATIONS
NEW = [c for c in CLAIMS.values() if isinstance(c, Claim)]


def made(measure, relation=None, over=None, cites=None, assuming=()):
    return claim(
        "own/claim",
        over=over or {x: between(0, 1)},
        assuming=assuming,
        says={"law": relation or at_most(y, 1)},
        where={y: "measured"},
        cites=cites or derived("here"),
    )(measure)


def test_there_are_lies_of_every_kind():
    assert len(planted_lies.SIX) == 6
    assert len(planted_variations.VARIATIONS) >= 18
    assert len({c.id for c in LIES}) == len(LIES)


@pytest.mark.parametrize("lie", [*LIES[::2], *slow(*LIES[1::2])], ids=lambda lie: lie.id)
def test_every_lie_is_refuted(lie):
    """Found from scratch; the budget is for a busy machine, a second or two is what most take."""
    found = falsify(lie, budget=planted_lies.SECONDS)
    assert found.refuted, found.words
    assert found.confirmed.startswith("confirmed")
    assert found.part in lie.says
    gaps = replay(lie, found)
    assert gaps[found.part] > 0


def test_a_lie_is_refuted_from_other_seeds():
    for seed in (1, 2):
        assert falsify(planted_lies.linear_rate, budget=60, seed=seed).refuted


def test_rounding_is_not_believed():
    """In floating point 1 - cos x is 0 for x = 1e-9, in 50 digits it is x^2 / 2."""
    trap = planted_lies.rounding_trap
    assert trap.measure(np.array([1e-9]))[planted_lies.size] == 0
    found = falsify(trap, budget=1)
    assert not found.refuted
    assert "only by rounding" in found.words
    relation = trap.says["limit"]
    assert confirm(trap, relation, {"x": 1e-9}, 0).startswith("rounding: in 50 digits")


def test_a_true_violation_is_confirmed_in_50_digits():
    lie = made(lambda x: {y: x**2}, at_most(y, 0.9))

    @lie.second
    def again(x):
        return {y: x**2}

    found = falsify(lie, budget=5)
    assert found.refuted
    assert found.confirmed.startswith("confirmed in 50 digits")


def test_a_second_formula_in_floating_point_is_called_that():
    lie = made(lambda x: {y: x**2}, at_most(y, 0.9))
    lie.second(lambda x: {y: float(x) ** 2})
    assert falsify(lie, budget=5).confirmed.startswith("confirmed by a second formula")


def test_without_a_second_formula_neighbours_decide():
    spike = made(lambda x: {y: np.where(x == 1.0, 2.0, 0.5)})
    found = falsify(spike, budget=0.3)
    assert not found.refuted
    assert "only by rounding" in found.words


def test_a_needle_is_found_by_climbing():
    """Random points miss a peak of width 1e-3 in two dimensions; the slope towards it does not."""

    def measure(x, k):
        distance = np.hypot(x - 0.7312, k - 0.2345)
        return {y: 1.001 - distance}

    found = falsify(made(measure, over={x: between(0, 1), k: between(0, 1)}), budget=20)
    assert found.refuted
    assert found.instance["x"] == pytest.approx(0.7312, abs=1e-3)


def test_hypotheses_are_respected():
    assert not falsify(made(lambda x: {y: 2 * x}, assuming=[x < 0.5]), budget=0.3).refuted
    assert falsify(made(lambda x: {y: 2 * x}, assuming=[x < 0.6]), budget=5).refuted
    nowhere = falsify(made(lambda x: {y: 2 * x}, assuming=[x > 7]), budget=0.2)
    assert nowhere.words == "outside its assumptions: no instance was found"


def test_nan_refutes_nothing():
    found = falsify(made(lambda x: {y: x * np.nan}), budget=0.2)
    assert not found.refuted
    assert "rounding" not in found.words


def test_chance_is_not_believed():
    def measure(x, seed):
        return {y: np.where(seed == 0, 2.0, 0.5) + 0 * x}

    assert not falsify(made(measure), budget=0.3).refuted


def test_words_depend_on_who_is_cited():
    def words(cites):
        return falsify(made(lambda x: {y: 1 + x}, cites=cites), budget=5).words

    assert words(stated_by("Somebody 2000")).startswith("refuted (law)")
    assert words(derived("here")).startswith("counter-example (law)")


def test_minimise():
    over = {x: decades(-2, 2), k: integers(1, 1000), s: choice("a", "b")}
    c = claim(
        "own/claim", over=over, says={"law": at_most(y, 10)}, where={y: "m"}, cites=derived("d")
    )(lambda x, k: {y: x * k})
    instance = {"x": 17.318251, "k": 761, "s": "b"}
    small = minimise(c, c.says["law"], instance, 0)
    assert small == {"x": 20.0, "k": 1, "s": "b"}


def test_a_search_goes_on_from_its_file(tmp_path):
    file = tmp_path / "deep" / "found.json"
    c = made(lambda x: {y: x / 2})
    first = falsify(c, budget=0.3, file=file)
    second = falsify(c, budget=0.3, file=file)
    assert second.rounds > first.rounds
    assert second.evaluations > first.evaluations
    assert load(file).rounds == second.rounds
    other = made(lambda x: {y: x / 2}, at_most(y, 3))
    # begun anew: as short a search as there is, where going on would have one round more
    assert falsify(other, budget=1e-3, file=file).rounds < second.rounds


def test_a_refutation_is_kept_and_shown_again(tmp_path):
    file = tmp_path / "found.json"
    lie = made(lambda x: {y: x + 0.5})
    found = falsify(lie, budget=5, file=file)
    again = load(file)
    assert again.instance == found.instance
    assert replay(lie, again)["law"] > 0
    assert falsify(lie, budget=5, file=file).instance == found.instance
    file.write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="not a result of lab falsify"):
        load(file)


def test_a_refutation_of_what_was_measured_before_is_forgotten(tmp_path):
    """The same words and another measurement: once mended, the claim is searched anew; and a search
    that found nothing does not speak for what is measured now."""
    file = tmp_path / "found.json"
    lie = made(lambda x: {y: x + 0.5})
    mended = made(lambda x: {y: x / 2})
    assert falsify(lie, budget=5, file=file).refuted
    assert not falsify(mended, budget=0.3, file=file).refuted
    assert falsify(lie, budget=5, file=file).refuted


def test_saving_is_plain_json(tmp_path):
    found = falsify(planted_variations.kappa_exponent, budget=5)
    save(tmp_path / "f.json", found)
    told = json.loads((tmp_path / "f.json").read_text(encoding="utf-8"))
    assert np.shape(told["instance"]["H"]) == (told["instance"]["n"],) * 2


def test_assertions_for_users():
    good = made(lambda x: {y: x**2})
    lie = made(lambda x: {y: 2 * x})
    assert_claim(good)
    assert_claim("adal/decay-determinant")
    assert_falsified(lie, budget=5)
    with pytest.raises(AssertionError, match="own/claim: FAILS at x = 1"):
        assert_claim(lie)
    with pytest.raises(AssertionError, match="own/claim was not refuted"):
        assert_falsified(good, budget=0.2)
    assert_bound([1.0, 2.0], 2.0)
    for measured in ([1.0, 3.0], [np.nan, 1.0]):
        with pytest.raises(AssertionError, match="bound violated"):
            assert_bound(measured, 2.0)
    for bound in (np.inf, 0.0, np.nan):
        with pytest.raises(ValueError, match="vacuous"):
            assert_bound(1.0, bound)


def test_exact_claims_are_searched_too():
    assert falsify(made(lambda x: {y: x}, equal(y, x, because="same")), budget=0.2).refuted is False


@pytest.mark.slow
@pytest.mark.parametrize("c", NEW, ids=[c.id for c in NEW])
def test_no_claim_of_the_lab_is_refuted(c):
    found = falsify(c, budget=30, seed=5)
    assert not found.refuted, found.words

"""Experiments on another machine: what they return agrees to 1e-6, but for the arrays they declare
chaotic."""

from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context

import numpy as np
import pytest
from files import EXPERIMENTS, FIGURES, ROOT, experiment, quick, run_quick, sampled
from one_ulp import another_machine, run_elsewhere, shaken
from swept import slow

from lab import workshop

each_experiment = pytest.mark.parametrize("name", EXPERIMENTS)
# machines: one for every experiment, and another where all is run
MACHINES = (0, *slow(1))

# integers, signs and operations that IEEE 754 rounds correctly: these have nothing that a machine
# could do otherwise
SAME_EVERYWHERE = {"adal_regret", "cost", "non_convergence"}


@cache
def other_machine():
    """A process that is never anything else: claims and fields keep what they have computed, and
    none of it may be left in this one."""
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))


@cache
def elsewhere(name, seed):
    """What an experiment returns there."""
    return other_machine().submit(run_elsewhere, name, seed).result()


def differences(one, other):
    """Names of the arrays that are further apart than rounding explains.

    Relative to 1e-6; below 1e-12, or 1e-12 of the largest entry where that is above 1, an entry is
    what rounding left of 0: losses and distances are relative to their start and of order 1 there,
    so their rounding is some 1e-16.
    """
    for key, array in one.items():
        again = np.asarray(other[key])
        if array.dtype.kind != "f":
            same = array.shape == again.shape and (array == again).all()
        else:
            finite = array[np.isfinite(array)]
            floor = 1e-12 * max(1.0, np.abs(finite).max(initial=0.0))
            same = array.shape == again.shape and np.allclose(again, array, rtol=1e-6, atol=floor)
        if not same:
            yield key


@pytest.mark.parametrize("seed", MACHINES)
@pytest.mark.parametrize("name", sampled(EXPERIMENTS))
def test_only_what_is_declared_chaotic_depends_on_last_digits(name, seed):
    module = experiment(name)
    allowed = workshop.chaotic(module) | workshop.timed(module)
    found = elsewhere(name, seed)
    assert set(found) == set(quick(name))
    assert set(differences(quick(name), found)) <= allowed


@pytest.mark.slow
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_at_default_settings(name):
    """More methods, steps and sizes than QUICK has: ten minutes for all of them."""
    module = experiment(name)
    allowed = workshop.chaotic(module) | workshop.timed(module)
    found = other_machine().submit(run_elsewhere, name, 0, quick=False).result()
    assert set(differences(module.run(), found)) <= allowed


def unchaotic(name, seed):
    """What it returns there, but for the arrays declared chaotic or timed, which stay these."""
    module = experiment(name)
    free = workshop.chaotic(module) | workshop.timed(module)
    here = quick(name)
    return {key: here[key] if key in free else x for key, x in elsewhere(name, seed).items()}


@pytest.mark.parametrize("seed", MACHINES)
@pytest.mark.parametrize("name", sampled(EXPERIMENTS))
def test_words_do_not_depend_on_last_digits(name, seed):
    """A caption is a part of its picture: no sign of a zero, no digits of what is rounding, no
    winner of a tie."""
    module = experiment(name)
    assert workshop.summary(module, unchaotic(name, seed)) == workshop.summary(module, quick(name))


@pytest.mark.parametrize("seed", MACHINES)
@pytest.mark.parametrize("name", sampled(FIGURES))
def test_captions_do_not_depend_on_last_digits(name, seed):
    module = workshop.load(ROOT / "figures", name)
    here = {read: quick(read) for read in module.READS}
    there = {read: unchaotic(read, seed) for read in module.READS}
    if len(here) == 1:
        (here,), (there,) = here.values(), there.values()
    assert module.caption(there) == module.caption(here)


# of those that the others have run there
MOVING = [one for one in sampled(EXPERIMENTS) if one.values[0] not in SAME_EVERYWHERE]


@pytest.mark.parametrize("name", MOVING)
def test_last_digits_do_move(name):
    """Otherwise the test above could not fail."""
    measured = workshop.timed(experiment(name))
    found = elsewhere(name, 0)
    moved = [
        key for key, x in quick(name).items() if key not in measured and (x != found[key]).any()
    ]
    assert moved


def test_the_other_machine_is_gone_afterwards():
    with another_machine(0):
        inside = np.exp(0.3), np.random.default_rng(1).standard_normal(50)
    outside = np.exp(0.3), np.random.default_rng(1).standard_normal(50)
    assert (inside[1] != outside[1]).any()
    np.testing.assert_allclose(inside[0], outside[0], rtol=3e-16)  # one ulp is eps at most
    np.testing.assert_allclose(inside[1], outside[1], rtol=3e-16)


def test_what_is_shaken():
    x = np.random.default_rng(0).standard_normal((40, 50))
    moved = shaken(x, 3)
    assert 0.4 < np.mean(moved != x) < 0.6
    np.testing.assert_allclose(moved, x, rtol=3e-16)
    assert (np.abs(moved) <= np.abs(x)).all()
    exact = np.array([0.0, -3.0, np.inf, np.nan, 1e17])
    np.testing.assert_array_equal(shaken(exact, 3), exact, err_msg="integers, inf and NaN stay")


@pytest.mark.parametrize(
    ("name", "function", "scale", "arrays"),
    [
        ("digits_fisher", "ratios", 1.0, ("start_one_measured",)),
        ("conventions_matter", "drift", 0.0, ("name", "first", "second")),
    ],
)
def test_an_order_is_not_decided_by_rounding(name, function, scale, arrays, monkeypatch):
    """What is sorted holds equal numbers: all ratios at the start of the digits, all drifts of
    libraries that agree. Here they differ."""
    module = experiment(name)
    rng = np.random.default_rng(0)
    original = getattr(module, function)

    def rounding(x):
        return np.where(
            np.isclose(x, scale, rtol=0, atol=1e-14),
            scale + 1e-15 * rng.uniform(0, 1, np.shape(x)),
            x,
        )

    def other(*args):
        found = original(*args)
        return (rounding(found[0]), found[1]) if isinstance(found, tuple) else rounding(found)

    monkeypatch.setattr(module, function, other)
    again = run_quick(name)
    assert not set(differences(quick(name), again)) & set(arrays)


@each_experiment
def test_declared_arrays_exist(name):
    module = experiment(name)
    assert workshop.chaotic(module) <= set(quick(name))
    assert not workshop.chaotic(module) & workshop.timed(module)


def caption(name):
    """The text that the figure's file hands to style.foot, with everything else of it."""
    return workshop.files(ROOT / "figures")[name].read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIGURES)
def test_captions_say_what_is_chaotic(name):
    reads = workshop.load(ROOT / "figures", name).READS
    declared = any(workshop.chaotic(experiment(read)) for read in reads)
    assert ("last digits" in " ".join(caption(name).split())) == declared

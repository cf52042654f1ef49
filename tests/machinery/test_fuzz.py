"""No silent nonsense: every argument of every public callable of theory, exact and lab, replaced by
what is malformed, extreme, or another spelling of the same.

A seeded sample runs always, all of it under `slow`.
"""

import inspect
from collections import Counter

import numpy as np
import pytest
from fuzz import Call, Case, cases, verdict
from fuzzed import LAB, NO_NUMBERS, calls
from swept import over

import lab
from lab.optimizers import OPTIMIZERS

CALLS = calls()
# the start of sign descent's grid jumps with the accuracy: its last digits count
JUMPS = {"theory.logistic.learning_rates(accuracy=float32)"}
SAMPLE = 1500


def judged(chosen):
    """How often each verdict was given, and the cases that went wrong."""
    count = Counter()
    wrong = []
    for case in chosen:
        found, words = verdict(case)
        if found == "other" and str(case) in JUMPS:
            found = "fine"
        count[found] += 1
        if found not in ("named", "unnamed", "fine"):
            wrong.append(f"{found}: {case}: {words}")
    return count, wrong


def holds(count, wrong):
    """0 silent, 0 hangs, 0 other errors, no valid value refused; 95 % of refusals name the
    parameter."""
    assert not wrong, "\n".join(wrong)
    assert count["named"] >= 0.95 * (count["named"] + count["unnamed"])


def test_a_sample_of_all_cases():
    every = [case for call in CALLS for case in cases(call)]
    chosen = np.random.default_rng(0).permutation(len(every))[:SAMPLE]
    holds(*judged([every[k] for k in chosen]))


@pytest.mark.slow
def test_all_cases():
    holds(*judged(case for call in CALLS for case in cases(call)))


def test_every_public_callable_has_a_call():
    known = set(LAB) | NO_NUMBERS | set(OPTIMIZERS)
    public = {name for name in lab.__all__ if callable(getattr(lab, name)) and name[0] != "_"}
    missing = sorted(public - known)
    assert not missing, f"add a call that works to LAB of tests/support/fuzzed.py: {missing}"


@over(CALLS, lambda call: call.name)
def test_the_calls_work(call):
    assert set(call.arguments) <= set(inspect.signature(call.function).parameters)
    call.function(**call.arguments)


def unchecked(steps: int, lr: float, x):
    """What the fuzz is to find: a function that looks at nothing."""
    while steps == 2**40:
        pass
    return float(np.sum(np.asarray(x, float)) * lr * min(steps, 3))


def test_the_fuzz_finds_a_function_that_checks_nothing():
    call = Call("unchecked", unchecked, {"steps": 2, "lr": 0.1, "x": np.ones(2)})
    found = {str(case): verdict(case)[0] for case in cases(call) if case.label != "huge"}
    assert found["unchecked(steps=negative)"] == "silent"
    assert found["unchecked(lr=flag)"] == "silent"
    assert found["unchecked(x=masked entry)"] == "silent"
    assert found["unchecked(x=empty)"] == "silent"
    assert found["unchecked(lr=text)"] == "unnamed"
    assert found["unchecked(x=float32)"] == "fine"


def test_the_watchdog_ends_a_loop(monkeypatch):
    monkeypatch.setattr("fuzz.SECONDS", 0.2)
    call = Call("unchecked", unchecked, {"steps": 2, "lr": 0.1, "x": np.ones(2)})
    assert verdict(Case(call, "steps", "huge", "extreme", 2**40))[0] == "hang"

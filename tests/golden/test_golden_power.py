"""A record has power: every field of every method changes it, and it can be followed and read back
by another program."""

import dataclasses
import json
from typing import Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from files import sampled

from lab import SGD, Lion
from lab.__main__ import main
from lab.conformance import (
    Record,
    agreement,
    build,
    conform,
    golden,
    golden_settings,
    may_be_none,
    path,
    read,
    record_of,
)
from lab.conformance.alterations import alterations
from lab.conformance.answers import members, unrecorded
from lab.conformance.fields import choices
from lab.optimizers import EXAMPLES, OPTIMIZERS, defaults, example
from lab.testing import assert_conforms
from lab.workshop.words import chosen

# The methods that a record can carry, and those that ask for what none holds.
CARRIED = [name for name in OPTIMIZERS if not unrecorded(example(name))]
REFUSED = [name for name in OPTIMIZERS if unrecorded(example(name))]

# A field that does nothing at the others' values, and values at which it does.
PARTNERS = {
    ("SGD", "dampening"): {"momentum": 0.6},
    ("SGD", "nesterov"): {"momentum": 0.6, "dampening": 0.0},
    ("RMSProp", "nesterov"): {"momentum": 0.6},
    ("AdaBelief", "unrectified"): {"rectify": True},
    ("LARS", "norm_of_sum"): {"weight_decay": 0.2},
    ("Adafactor", "warm"): {"lr": 0.9},
    ("GraftedShampoo", "graft"): {"largest": 2},
}

# Fields that no path shows: the average of ASGD is read off its state, and feeds nothing back; at a
# constant rate it is the same
# whether lr stands inside the buffer; v - m^2 is negative by rounding only; one root of a matrix,
# computed by several algorithms.
SILENT = {
    ("ASGD", "burn_in"),
    ("RMSProp", "lr_in_momentum"),
    ("RMSProp", "clamp"),
    ("TNT", "root"),
    ("ShampooEMA", "root"),
}

# Fields whose other values are no numbers: bases of one problem; norms of roles, which no record
# has; what asks for other answers.
OTHER = {("SOAP", "initial"), ("LMO", "roles")}


def others(name, field, value, optimizer):
    """Values of a field other than this one."""
    if isinstance(value, bool):
        return [not value]
    hint = get_type_hints(OPTIMIZERS[name])[field]
    if get_origin(hint) is Literal or field in choices(optimizer):
        # a function may offer fewer than the class that it builds, or choose between classes
        known = get_args(hint) if get_origin(hint) is Literal else choices(optimizer)[field]
        return [text for text in known if text != value]
    if EXAMPLES[name].get(field, value) != value:
        return [EXAMPLES[name][field]]
    if field == "least_factored":
        return [128]
    if value is None:
        return [0.3]
    if isinstance(value, tuple):
        return [tuple(0.9 * x for x in value)]
    return [value + 1] if isinstance(value, int) else [0.9 * value if value else 0.1]


def changes(name):
    """(record, field, another value); one record for all fields with the same partners."""
    records: dict[str, Record] = {}
    for base in (defaults(name), defaults(name) | EXAMPLES[name]):
        for field in base:
            if (name, field) in SILENT | OTHER:
                continue
            at = base | PARTNERS.get((name, field), {})
            if repr(at) not in records:
                records[repr(at)] = record_of(name, at)
            record = records[repr(at)]
            for value in others(name, field, at[field], build(record)):
                yield record, field, value


@pytest.mark.parametrize("name", sampled(CARRIED, every=5))
def test_every_field_changes_the_record(name):
    blind = []
    for record, field, value in changes(name):
        other = build(dataclasses.replace(record, hyper=record.hyper | {field: value}))
        if not other.needs <= build(record).needs:
            continue
        # ten digits are what `lab conform` asks for
        if agreement(path(other, record), record.trajectory, record.start).min() >= 10:
            blind.append((field, record.hyper[field], value))
    # eps = 1e-30 beside g^2, in either place, is seen only by gradients of 1e-15
    allowed = {("eps_place", "inside", "max")} if name == "Adafactor" else set()
    assert set(blind) <= allowed


@pytest.mark.parametrize("name", CARRIED)
def test_a_record_is_finite_and_is_read_back(name, tmp_path):
    written = json.dumps(golden(name, {}), allow_nan=False)
    (tmp_path / "record.json").write_text(written, encoding="utf-8")
    (record,) = read(tmp_path / "record.json")
    assert conform(record).conforms
    assert len(written) < 200_000


def test_a_record_carries_what_the_method_asks_for():
    asked = {
        "hessian": "hessian",
        "probe": "probes",
        "second_moment": "second_moment",
        "curvature": "curvature",
    }
    for name in CARRIED:
        record = golden(name, {})
        needs = members(build(record_of(name, {})))
        assert {key for need, key in asked.items() if need in needs} <= record.keys(), name


def test_a_method_that_asks_for_more_than_a_record_holds_is_refused(capsys):
    assert REFUSED
    for name in REFUSED:
        asked = ", ".join(unrecorded(example(name)))
        with pytest.raises(TypeError, match=rf"^{name} asks for {asked}: a record holds only "):
            golden(name, {})
    assert main(["golden", REFUSED[0]]) != 0
    told = capsys.readouterr()
    assert not told.out
    (line,) = told.err.splitlines()
    assert REFUSED[0] in line


def test_gradients_change_sign_vanish_peak_and_are_tiny():
    grads = record_of("Adam", {}).gradients
    assert (grads[1:] * grads[:-1] < 0).any()
    assert (np.abs(grads).max(1) == 0).any()
    assert ((grads == 0).any(1) & (grads != 0).any(1)).any()
    size = np.abs(grads[np.abs(grads).max(1) > 0])
    assert size.max() / size[size > 0].min() > 1e12


@pytest.mark.parametrize("name", ["Lion", "AMSGrad", "Adam", "Rprop", "Adafactor"])
def test_assert_conforms_sees_every_alteration(name):
    """On the stream of assert_conforms a method altered in its formula or its state does not pass
    for ours."""
    record = record_of(name, EXAMPLES[name], single=True)
    optimizer = build(record)
    for alteration in alterations(optimizer, record.theta0):
        if alteration.subjects & {"formula", "top", "m", "v"}:
            changed = path(alteration.apply(optimizer), record)
            assert agreement(changed, record.trajectory, record.start).min() < 10, alteration.name


def test_assert_conforms_names_what_step_returns():
    def in_place(theta, g):
        theta -= 0.1 * g

    with pytest.raises(TypeError, match=r"step returned None at call 1: must return the new theta"):
        assert_conforms(in_place, SGD(0.1))
    with pytest.raises(ValueError, match=r"step returned shape \(1,\) at call 1: must be \(8,\)"):
        assert_conforms(lambda theta, g: theta[:1], SGD(0.1))
    with pytest.raises(TypeError, match=r"step returned str at call 1"):
        assert_conforms(lambda theta, g: "theta", Lion(0.1))
    with pytest.raises(ValueError, match=r"digits = 20: must be in \(0, 16\]"):
        assert_conforms(lambda theta, g: theta - 0.1 * g, SGD(0.1), digits=20)


def test_a_diverging_record_is_refused():
    with pytest.raises(ValueError, match=r"HeavyBall diverges at step \d+ of 600"):
        golden("HeavyBall", {"lr": 1e306, "momentum": 0.999}, steps=600)


def chosen_settings(name, words):
    return chosen(name, golden_settings(name), words, optional=may_be_none(name))


def test_settings_from_words():
    words = ["--nesterov", "--momentum", "0.9", "--steps=3"]
    chosen = chosen_settings("SGD", words)
    assert chosen["nesterov"] is True
    assert str(chosen["momentum"]) == "0.9"
    assert repr(chosen["steps"]) == "3"
    assert chosen_settings("SGD", ["--nesterov", "false"])["nesterov"] is False
    assert chosen_settings("Muon", ["--rms", "0.2", "--nesterov"])["rms"] is not None
    assert chosen_settings("Adafactor", ["--clip", "null"])["clip"] is None
    assert chosen_settings("SGD", [])["nesterov"] is False
    with pytest.raises(ValueError, match=r"rms = 'big': must be a number, or null"):
        chosen_settings("Muon", ["--rms", "big"])
    with pytest.raises(ValueError, match=r"SGD has no setting 'rms'"):
        chosen_settings("SGD", ["--rms", "1"])
    with pytest.raises(ValueError, match=r"--momentum needs a value"):
        chosen_settings("SGD", ["--momentum"])

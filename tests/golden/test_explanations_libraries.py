"""What `lab conform` says of two libraries' defaults of one method, each declared as the other."""

import dataclasses
import inspect
import itertools

import numpy as np
import pytest

from lab.conformance import Record, agreement, build, path
from lab.conformance.answers import unrecorded
from lab.conformance.search import explain
from lab.conformance.streams import stream
from lab.conventions import LIBRARIES
from lab.conventions.table import title
from lab.optimizers import EXAMPLES, OPTIMIZERS


def entries():
    """(library, name, whether lr has a default, optimizer) of the table and of our own registry."""
    for library, table in {**LIBRARIES, "lab": OPTIMIZERS}.items():
        for name, entry in table.items():
            parameters = inspect.signature(entry).parameters
            required = [key for key, p in parameters.items() if p.default is p.empty]
            given = dict.fromkeys(required, 0.05)
            if library == "lab":
                given |= {key: EXAMPLES[name][key] for key in required if key != "lr"}
            yield library, name, given


def declared(library, name, hyper):
    return Record(name, library, hyper, np.zeros(1), None, None, np.zeros((1, 1)))


def rate_name(library, name):
    known = LIBRARIES[library][name] if library != "lab" else OPTIMIZERS[name]
    return next(
        key
        for key in ("learning_rate", "lr", "alpha")
        if key in inspect.signature(known).parameters
    )


def library_pairs():
    """Two entries of one method whose defaults differ, with one learning rate where either has no
    default."""
    groups: dict[str, list] = {}
    for one in entries():
        groups.setdefault(title(build(declared(*one))), []).append(one)
    for group in groups.values():
        for (a, x, given), (b, y, other) in itertools.permutations(group, 2):
            given, other = dict(given), dict(other)
            if given or other:
                given[rate_name(a, x)] = other[rate_name(b, y)] = 0.05
            theirs = build(declared(a, x, given))
            ours = build(declared(b, y, other))
            differ = repr(theirs) not in repr(ours)
            if theirs.needs == ours.needs and differ and not unrecorded(ours):
                yield declared(b, y, other), theirs


LIBRARY_PAIRS = list(library_pairs())


def of_pair(record, theirs, seed):
    """The record of their defaults on a stream."""
    drawn = stream(theirs, steps=32, dims=8, seed=seed)
    record = dataclasses.replace(
        record,
        theta0=drawn.theta0,
        grads=drawn.grads,
        told=drawn.told,
        trajectory=np.zeros((32, 1)),
    )
    with np.errstate(all="ignore"):
        return dataclasses.replace(record, trajectory=path(theirs, record))


def pair_is_explained(record, theirs):
    """Every explanation moves like their defaults on a second stream; or both are one method, on
    which the fields that differ have no effect, there too."""
    first, second = (of_pair(record, theirs, seed) for seed in (0, 1))
    ours = build(first)
    with np.errstate(all="ignore"):
        reached = agreement(path(ours, first), first.trajectory, first.start)
        found = [ours] if reached.min() >= 10 else []
        told = [] if found else explain(ours, first, reached, 10.0)
        found += [one.optimizer for one in told]
        paths = [path(optimizer, second) for optimizer in found]
    like = [agreement(p, second.trajectory, second.start).min() >= 10 for p in paths]
    names = [one.name for one in told]
    return bool(like) and all(like), f"{record.library}:{record.optimizer} {names} {like}"


@pytest.mark.parametrize("k", range(0, len(LIBRARY_PAIRS), 9))
def test_defaults_of_another_library_are_named(k):
    right, told = pair_is_explained(*LIBRARY_PAIRS[k])
    assert right, told


@pytest.mark.slow
def test_all_defaults_of_other_libraries_are_named():
    # as many as the table has ordered pairs of entries of one method whose defaults differ
    assert len(LIBRARY_PAIRS) >= 80
    found = [pair_is_explained(*pair) for pair in LIBRARY_PAIRS]
    assert not [told for right, told in found if not right]

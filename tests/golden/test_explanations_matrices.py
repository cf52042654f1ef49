"""What `lab conform` says of the faults that public code of matrix methods has had: every one is
named from a record of twenty steps, on tall and wide matrices, a kernel and a vector at once."""

import dataclasses

import numpy as np
import pytest
from field_faults import FIELD_FAULTS, RIGHT

from lab.arrays import Layers
from lab.conformance import conform, record_of
from lab.conformance.records import rows

STEPS = 20


def recorded(method, hyper, loop):
    """A record that says it is of our method, with the trajectory of a loop over its blocks."""
    if method == "SOAP":
        start = record_of(method, hyper, steps=STEPS, single=True).theta0
        identity = tuple(np.eye(d) for d in start[0].shape)
        hyper = hyper | {"initial": (identity,)}
    record = record_of(method, hyper, steps=STEPS, single=method == "SOAP")
    sizes = np.cumsum([block.size for block in record.theta0])[:-1]
    told = record.told.sampled
    shapes = [block.shape for block in record.theta0]
    sampled = [None] * len(shapes)
    if told is not None:
        pieces = np.split(told, sizes, axis=-1)
        sampled = [x.reshape(*x.shape[:2], *s) for x, s in zip(pieces, shapes, strict=True)]

    paths = []
    for theta, grads, examples in zip(record.theta0, record.grads, sampled, strict=True):
        paths.append(loop(theta, grads, examples))
    return dataclasses.replace(record, trajectory=rows(Layers(paths), 1))


@pytest.mark.parametrize("method", RIGHT)
def test_a_loop_without_a_fault_conforms(method):
    hyper, loop = RIGHT[method]
    outcome = conform(recorded(method, hyper, loop))
    assert outcome.conforms, outcome


@pytest.mark.parametrize("fault", FIELD_FAULTS)
def test_a_fault_of_the_field_is_named(fault):
    method, hyper, loop, words = FIELD_FAULTS[fault]
    outcome = conform(recorded(method, hyper, loop))
    assert not outcome.conforms
    assert words in str(outcome), outcome

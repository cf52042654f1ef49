"""What `with_` changes in a method made of parts, and what it says where there is
nothing to change."""

import numpy as np
import pytest
from refusals import refused

from lab.bases import random
from lab.optimizers import (
    L2,
    SGD,
    SOAP,
    Adam,
    AdamW,
    Geometric,
    Grafted,
    InBasis,
    Lion,
    Momentum,
    Regularized,
    Scheduled,
    hyperparameters,
    with_,
)

NESTED = InBasis(
    random(4, np.random.default_rng(1)), Scheduled(Geometric(0.9), AdamW(0.1, weight_decay=0.2))
)


def test_with_changes_the_deepest_owner_wherever_it_is():
    changed = with_(NESTED, lr=0.5, weight_decay=0.3, ratio=0.8, form="after")
    assert hyperparameters(changed) | {
        "lr": 0.1,
        "weight_decay": 0.2,
        "ratio": 0.9,
        "form": "before",
    } == hyperparameters(NESTED)
    assert changed.inner.inner == Regularized(Adam(0.5), L2(0.3), on="z", form="after")
    assert NESTED.inner.inner == AdamW(0.1, weight_decay=0.2)


def test_with_prefers_the_method_to_the_parts_around_it():
    changed = with_(SOAP(0.1), beta2=0.6, every=3)
    assert (changed.inner.inner.beta2, changed.tracker.beta2, changed.tracker.every) == (
        0.6,
        0.95,
        3,
    )
    inside = Momentum(SGD(0.1, momentum=0.7), 0.6)
    outside = Momentum(Adam(0.1), 0.7)
    assert inside == with_(Momentum(SGD(0.1, momentum=0.5), 0.6), momentum=0.7)
    assert outside == with_(Momentum(Adam(0.1), 0.6), momentum=0.7)


def test_the_rate_of_a_grafted_method_is_that_of_the_length():
    longer = Grafted(SGD(0.5), Adam(0.2))
    assert longer == with_(Grafted(SGD(0.1), Adam(0.2)), lr=0.5)


BAD = {
    "unknown": (
        lambda: with_(NESTED, beta=0.5),
        TypeError,
        "there is no beta in InVariables(Scheduled(Regularized(Adam, L2), Geometric), Orthogonal)",
    ),
    "known ones are told": (
        lambda: with_(SGD(0.1), eps=0.5),
        TypeError,
        "there is lr, momentum, dampening, nesterov",
    ),
    "two methods": (
        lambda: with_(Grafted(Lion(0.1), Adam(0.2)), beta1=0.5),
        TypeError,
        "beta1 in Grafted(Lion, Adam) may be that of magnitude (Lion) and direction (Adam)",
    ),
    "a bad value": (lambda: with_(NESTED, lr=-1.0), ValueError, "Adam.lr = -1: must be > 0"),
}


@pytest.mark.parametrize("what", BAD)
def test_with_says_where_it_looked(what):
    call, error, said = BAD[what]
    refused(call, error, said)

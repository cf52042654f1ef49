"""The records of methods whose public code could not be run: what they are, and that they tell one
reading from another. test_golden_kronecker replays them with the others."""

import json

import derived_kfac
import pytest
from test_golden_kronecker import loaded, off, optimizer_of


@pytest.mark.parametrize("name", derived_kfac.RECIPES)
def test_derived_records_are_what_sixty_digits_say(name):
    """The first steps of each, anew."""
    record = json.loads(derived_kfac.path_of(name).read_text(encoding="utf-8"))
    again = derived_kfac.derived(name, steps=2)
    assert again["problem"] == record["problem"]
    assert again["weights_after_step"] == record["weights_after_step"][:2]


def otherwise(stem, **changes) -> float:
    """How far a derived record is missed by the method made with other settings."""
    record = loaded(stem)
    record["hyper"] |= changes
    return off(record, optimizer_of(record))


# what another reader might do; how far a record is then missed, measured between .006 and 2
WRONG = {
    "convolutions without pi": lambda: otherwise("derived_kfc", scale="none"),
    "convolutions with true labels": lambda: otherwise("derived_kfc", labels="true"),
    "roots of convolutions at every step": lambda: otherwise("derived_kfc", every=1),
    "a gamma that rests": lambda: otherwise("derived_adaptivekfac", every=20),
    "a damping that rests": lambda: otherwise("derived_adaptivekfac", adapt_every=20),
    "a penalty left out": lambda: otherwise("derived_adaptivekfac", weight_decay=0.0),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_mistake_is_noticed(mistake):
    assert WRONG[mistake]() > 1e-6

"""Where a record goes wrong: from which step on, and in which setting."""

import copy
import dataclasses
import json

import numpy as np
import pytest

from lab.conformance import build, conform, golden, path, read, record_of
from lab.optimizers import defaults

HYPER = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3}
RECORD = golden("Adam", HYPER, steps=4, dims=3)
NUMBERS = [name for name, value in defaults("Adam").items() if isinstance(value, float)]
# what is said of a setting that may be left out, and of one that must be given
TOLD = dict.fromkeys(NUMBERS, "leave it out for the default") | {"lr": "must be one number"}


@pytest.mark.parametrize("parting", [0, 1, 6])
@pytest.mark.parametrize("factor", [0.5, 3.0])
def test_steps_that_are_scaled_from_one_on_are_named_with_that_one(parting, factor):
    record = record_of("Adam", HYPER)
    ours = np.vstack([record.start, path(build(record), record)])
    steps = np.diff(ours, axis=0)
    steps[parting:] *= factor
    theirs = record.start + np.cumsum(steps, axis=0)
    outcome = conform(dataclasses.replace(record, trajectory=theirs))
    since = "every step is" if parting == 0 else f"from step {parting + 1} on every step is"
    # an explanation reproduces the record; a measurement would say the same words
    assert outcome.explanations[0][0] == f"{since} {factor:g} of ours", outcome


@pytest.mark.parametrize("name", NUMBERS)
def test_null_is_no_number(name, tmp_path):
    """Python would take it for a setting that was not given."""
    content = copy.deepcopy(RECORD)
    content["hyper"][name] = None
    file = tmp_path / "null.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"{name} = null: {TOLD[name]}"):
        conform(read(file)[0])

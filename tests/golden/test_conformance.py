"""The conformance kit: agreement is measured right, alterations are named, and what is unknown is
said to be unknown."""

import dataclasses
import inspect
import json

import numpy as np
import pytest

from lab.conformance import (
    Conformance,
    Record,
    agreement,
    build,
    conform,
    golden,
    golden_settings,
    path,
    read,
    record_of,
)
from lab.conformance.alterations import alterations
from lab.conformance.answers import unrecorded
from lab.optimizers import (
    OPTIMIZERS,
    SGD,
    SOAP,
    AdaBelief,
    AdaL,
    Adam,
    AdamW,
    AMSGrad,
    Ascent,
    NAdam,
    Regularized,
    example,
    hyperparameters,
    with_,
)

HYPER = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3, "weight_decay": 0.05}
BETAS = {"lr": 0.1, "beta1": 0.8, "beta2": 0.9, "eps": 1e-3}
ADAM = AdamW(**HYPER)
DECAY = ADAM.penalty


def decaying(method, **how):
    """A method with the decay of the records around it."""
    return Regularized(method, DECAY, **({"on": "z"} | how))


def recorded(hyper, optimizer=None) -> Record:
    """A record that claims to be AdamW with `hyper` and was made by `optimizer`."""
    record = record_of("AdamW", hyper)
    return (
        record
        if optimizer is None
        else dataclasses.replace(record, trajectory=path(optimizer, record))
    )


ALTERED = {
    "eps is inside the root: sqrt(v + eps)": with_(ADAM, eps=0.0, eps_root=1e-3),
    "eps^2 is inside the root: sqrt(v + eps^2)": with_(ADAM, eps=0.0, eps_root=1e-6),
    "there is no eps": with_(ADAM, eps=0.0),
    "eps_place = 'hat'": with_(ADAM, eps_place="hat"),
    "debias = 'v'": with_(ADAM, debias="v"),
    "debias = 'm'": with_(ADAM, debias="m"),
    "debias = 'none'": with_(ADAM, debias="none"),
    "debias = 'none' and weight decay is coupled: it is added to the gradient": decaying(
        Adam(**BETAS, debias="none"), on="p"
    ),
    "weight decay is coupled: it is added to the gradient": decaying(Adam(**BETAS), on="p"),
    "weight decay is decoupled and acts after the step": decaying(Adam(**BETAS), form="after"),
    "weight decay is decoupled and not multiplied by lr": decaying(Adam(**BETAS), times="one"),
    "weight decay is missing": Adam(**BETAS),
    "beta1 and beta2 are exchanged": with_(ADAM, beta1=0.9, beta2=0.8),
    "it is AMSGrad": decaying(AMSGrad(**BETAS)),
    "it is AMSGrad and max_before_debias = False": decaying(
        AMSGrad(**BETAS, max_before_debias=False)
    ),
    "it is NAdam": decaying(NAdam(**BETAS)),
    "it is NAdam and warmup = False": decaying(NAdam(**BETAS, warmup=False)),
    "it is AdaBelief": decaying(AdaBelief(**BETAS, eps_root=0.0)),
    "it is AdaL": decaying(AdaL(**BETAS)),
    "the gradient has the other sign": Ascent(ADAM),
}


@pytest.mark.parametrize("what", ALTERED)
def test_an_alteration_is_named(what):
    outcome = conform(recorded(HYPER, ALTERED[what]))
    assert not outcome.conforms
    assert outcome.explanations[0][0] == what
    assert outcome.explanations[0][1] > 12
    assert f"explained by: {what}" in str(outcome)


@pytest.mark.parametrize("declared", [x for x in OPTIMIZERS if not unrecorded(example(x))])
def test_every_method_that_can_be_built_from_the_same_hyper_parameters_is_proposed(declared):
    """A record of X declared as Y, over all pairs of the registry: "it is X" whenever Y's
    hyper-parameters make an X that asks the
    oracle for the same. The paths then agree because the proposal is that X."""
    theirs = example(declared)
    numbers = {
        field: value
        for field, value in hyperparameters(theirs).items()
        if type(value) in (int, float)
    }
    proposed = {a.name: a for a in alterations(theirs, np.ones(3))}
    for name, factory in OPTIMIZERS.items():
        known = set(inspect.signature(factory).parameters)
        try:
            method = factory(**{k: v for k, v in numbers.items() if k in known})
        except (TypeError, ValueError):
            method = None
        expected = name != declared and method is not None and method.needs == theirs.needs
        # a composition is declared by its parts: what is inside is compared
        if isinstance(OPTIMIZERS[declared], type):
            assert (f"it is {name}" in proposed) == expected, name
        if isinstance(OPTIMIZERS[declared], type) and expected:
            assert str(proposed[f"it is {name}"].apply(theirs)) == str(method)


UNKNOWN = {
    "another eps": with_(ADAM, eps=1.1e-3),
    "another beta": with_(ADAM, beta2=0.91),
    "three changes": decaying(Adam(**BETAS | {"eps": 0.0}, debias="none", eps_root=1e-3), on="p"),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_it_does_not_guess(what):
    outcome = conform(recorded(HYPER, UNKNOWN[what]))
    assert not outcome.conforms
    assert outcome.explanations == ()
    assert "no alteration that we know explains it" in str(outcome)


def test_our_own_record_conforms():
    outcome = conform(recorded(HYPER))
    assert outcome.conforms
    assert (outcome.digits == 16).all()
    assert "conforms" in str(outcome)


def test_digits_count_from_the_distance_moved():
    start = np.array([100.0, 0.0])
    theirs = np.array([[100.0, 0.01], [100.0, 0.02]])
    ours = theirs + np.array([[0.0, 1e-6], [0.0, 2e-7]])
    np.testing.assert_allclose(agreement(ours, theirs, start), [4.0, 5.0], atol=1e-6)
    assert (
        agreement(theirs * (1 + 2e-16), theirs, start) == 16
    ).all()  # rounding of theta = 100 is agreement
    assert agreement(np.full((1, 2), np.nan), theirs[:1], start) == [0.0]
    assert agreement(start[None], start[None], start) == [16.0]
    assert agreement(start[None] + 1e-3, start[None], start) == [0.0]


def test_a_run_that_turns_back_has_moved():
    """The distance is the longest so far: theta back at its start does not make an error of 1e-6
    infinite."""
    theirs = np.array([[1.0], [0.0]])
    np.testing.assert_allclose(agreement(theirs + 1e-6, theirs, np.zeros(1)), 6.0, atol=1e-6)


def test_the_first_step_that_parts_is_named():
    told = str(Conformance(recorded(HYPER), np.array([12.0, 9.0, 3.0, 5.0]), 10.0, ()))
    assert "9.0 digits at step 2, 5.0 at the last" in told


def test_what_fits_half_as_well_is_not_told():
    """At 3 digits a proximal decay, which differs from one after the step in second order only,
    fits as well, but does not reproduce the record to rounding."""
    made = "weight decay is decoupled and acts after the step"
    outcome = conform(recorded(HYPER, ALTERED[made]), 3.0)
    names, digits = zip(*outcome.explanations, strict=True)
    assert names == (made,)
    assert digits[0] > 12


def test_options_that_a_class_refuses_are_not_tried():
    """SGD has no nesterov with dampening: the search goes on to what does explain the record."""
    hyper = {"lr": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.2}
    record = dataclasses.replace(recorded(HYPER), library="torch", optimizer="SGD", hyper=hyper)
    altered = dataclasses.replace(record, trajectory=path(SGD(0.1, 0.8, 0.3), record))
    assert conform(altered).explanations[0][0] == "weight decay is missing"


def test_a_closed_loop_is_the_records_quadratic():
    """Gradient descent: theta_t = (I - lr H)^t theta_0."""
    h = np.array([[2.0, 0.5], [0.5, 1.0]])
    theta = np.array([1.0, -2.0])
    powers = [np.linalg.matrix_power(np.eye(2) - 0.1 * h, t) @ theta for t in (1, 2, 3)]
    record = Record("SGD", "lab", {"lr": 0.1}, theta, None, h, np.array(powers))
    assert conform(record).conforms


def test_float32_needs_fewer_digits():
    record = recorded(HYPER)
    rounded = dataclasses.replace(
        record, trajectory=record.trajectory.astype(np.float32).astype(float)
    )
    assert not conform(rounded).conforms
    assert conform(rounded, 5.0).conforms


def test_soap_is_altered_inside():
    """Decay deep inside a composition is found, and so are the settings of its parts."""
    hyper = {"lr": 0.1, "eps": 1e-3, "weight_decay": 0.3, "every": 2}
    record = record_of("SOAP", hyper, steps=8)
    made = with_(SOAP(**hyper), form="before")
    outcome = conform(dataclasses.replace(record, trajectory=path(made, record)))
    assert outcome.explanations[0][0] == "weight decay is decoupled: it acts beside the step"


@pytest.mark.parametrize(
    "name", ["HeavyBall", "DiagonalGN", "SophiaH", "Adafactor", "AdamW", "SOAP"]
)
def test_golden_writes_what_conform_reads(name, tmp_path):
    hyper = {k: v for k, v in golden_settings(name).items() if k not in ("steps", "dims", "seed")}
    written = tmp_path / "record.json"
    written.write_text(json.dumps(golden(name, hyper, steps=6, dims=3, seed=2)), encoding="utf-8")
    (record,) = read(written)
    assert len(record.trajectory) == 6
    assert conform(record).conforms


def test_a_library_record_is_read_with_its_own_names(tmp_path):
    inputs = golden("Adam", {"lr": 0.05, "eps": 0.02})
    record = {
        **inputs,
        "library": "torch",
        "hyper": {"lr": 0.05, "eps": 0.02, "betas": [0.9, 0.999]},
    }
    (tmp_path / "torch.json").write_text(
        json.dumps({"settings": [record, record]}), encoding="utf-8"
    )
    assert [conform(r).conforms for r in read(tmp_path / "torch.json")] == [True, True]


BAD = {
    "nothing": ({}, "has no optimizer"),
    "no start": ({"optimizer": "Adam", "trajectory": [[1.0]], "grads": [[1.0]]}, "has no theta0"),
    "no gradients": (
        {"optimizer": "Adam", "theta0": [1.0], "trajectory": [[1.0]]},
        "needs either grads or H",
    ),
    "shapes": (
        {"optimizer": "Adam", "theta0": [1.0], "trajectory": [[1.0]], "grads": [[1.0, 2.0]]},
        r"grads has shape \(1, 2\): must have shape \(steps, 1\)",
    ),
    "nan": (
        {"optimizer": "Adam", "theta0": [float("nan")], "trajectory": [[1.0]], "grads": [[1.0]]},
        r"theta0\[0\] = NaN: must be finite",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_record_is_named(what, tmp_path):
    content, message = BAD[what]
    (tmp_path / "bad.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read(tmp_path / "bad.json")
    assert "bad.json" in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(ValueError, match=r"none\.json: no such file$"):
        read(tmp_path / "none.json")


def test_unknown_names_are_answered_with_the_known_ones():
    record = recorded({"lr": 0.1})
    for changes, known in (
        ({"optimizer": "Adams"}, "'AdamW'"),
        ({"hyper": {"lr": 0.1, "rate": 1.0}}, "'beta1'"),
        ({"library": "keras"}, "'optax'"),
        ({"library": "torch", "optimizer": "Adams"}, "AdamW"),
    ):
        with pytest.raises(ValueError, match=known):
            build(dataclasses.replace(record, **changes))

"""Every hyper-parameter of every registered optimizer refuses what makes no sense, alone and inside
a sweep, and says what would."""

import inspect
from typing import get_type_hints

import numpy as np
import pytest
from examples import scalar_fields, switches
from refusals import refused
from swept import over

from lab.optimizers import (
    EXAMPLES,
    L2,
    OPTIMIZERS,
    WRAPPERS,
    Adam,
    Grafted,
    Momentum,
    Regularized,
    Rprop,
    ShampooEigenbasis,
    example,
)

NAN, INF = np.nan, np.inf
RULES = {
    "in (0, 1)": (["shrink"], [0.0, 1.0, NAN]),
    "in [-1, 0]": (["power"], [-1.1, 0.1, NAN]),
    "in [0, 1)": (
        ["beta", "beta1", "beta2", "beta3", "factor_beta2", "momentum", "warm"],
        [1.0, -0.1, 1.5, NAN],
    ),
    "in [0, 1]": (["dampening"], [-0.1, 1.1, NAN]),
    "> 1": (["grow"], [1.0, 0.5, -2.0, NAN, INF]),
    "> 0": (
        [
            *("lr", "final_lr", "gamma", "batch", "exponent", "trust_coefficient", "size_max"),
            *("threshold", "d0", "d_coef"),
        ],
        [0.0, -0.1, NAN, INF],
    ),
    ">= 0": (
        [
            *(
                "eps",
                "eps1",
                "eps2",
                "eps_root",
                "eps_update",
                "damping",
                "weight_decay",
                "shrinkage",
                "alpha",
                "lr_decay",
            ),
            *(
                "momentum_decay",
                "initial_accumulator",
                "initial_momentum",
                "unrectified",
                "least_scale",
                "size_min",
            ),
            "extra",
        ],
        [-1e-8, NAN, INF],
    ),
}
# a bound below the denominator, where curvature may be 0 or negative
STRICTER = {("MARSAdamW", "gamma"): ">= 0", ("SophiaH", "eps"): "> 0", ("SophiaG", "eps"): "> 0"}
SCALARS = [(name, field) for name in OPTIMIZERS for field in scalar_fields(name)]
SWITCHES = [(name, field) for name, factory in OPTIMIZERS.items() for field in switches(factory)]


def rule(optimizer, field):
    """Invalid values of a field, and what the message says would be valid."""
    usual = next(said for said, (names, _) in RULES.items() if field in names)
    said = STRICTER.get((optimizer, field), usual)
    return RULES[said][1], said


def label(optimizer, field):
    """Class.field, or of the part of a composition that has it."""
    return f"{optimizer}.{field}" if isinstance(OPTIMIZERS[optimizer], type) else f".{field}"


@over(SCALARS)
def test_scalars(case):
    """Every Scalar of every registered optimizer: alone, and as one bad value of a sweep; empty,
    complex and text too."""
    optimizer, field = case
    bad_values, valid = rule(optimizer, field)
    named = label(optimizer, field)
    for bad in bad_values:
        said = f"must be {valid}" if np.isfinite(bad) else "must be finite"
        for value in (
            bad,
            np.array([EXAMPLES[optimizer][field], bad]),
            [EXAMPLES[optimizer][field], bad],
        ):
            refused(lambda value=value: example(optimizer, **{field: value}), ValueError, said)
            refused(lambda value=value: example(optimizer, **{field: value}), ValueError, named)
    for empty in (np.array([]), [], np.ones((0, 3))):
        refused(
            lambda empty=empty: example(optimizer, **{field: empty}),
            ValueError,
            f"{named} is empty: must have",
        )
    for bad in (0.1j, "fast", None):
        refused(lambda bad=bad: example(optimizer, **{field: bad}), TypeError, f"{named} has dtype")


@over(SCALARS)
def test_a_switch_is_no_number(case):
    """True is 1 to NumPy; as a learning rate or an eps it is a mistake. In [0, 1) and the like it
    is out of range before that."""
    optimizer, field = case
    with pytest.raises((ValueError, TypeError), match=rf"{field}.* = (True|1)"):
        example(optimizer, **{field: True})


@pytest.mark.parametrize(("optimizer", "field"), SWITCHES)
def test_switches_and_texts(optimizer, field):
    """A text where a switch belongs is true in Python whatever it says; a text that nobody knows
    means nothing."""
    named = label(optimizer, field)
    if switches(OPTIMIZERS[optimizer])[field] == (True, False):
        for bad in ("False", "", NAN, 1.0, 1, None, np.ones(2, dtype=bool)):
            refused(
                lambda bad=bad: example(optimizer, **{field: bad}),
                TypeError,
                "must be True or False",
            )
            refused(lambda bad=bad: example(optimizer, **{field: bad}), TypeError, named)
        return
    for bad in ("no such text", "", NAN, 1.0, None, True, ["exact"], np.ones(2)):
        refused(lambda bad=bad: example(optimizer, **{field: bad}), ValueError, "must be one of '")
        refused(lambda bad=bad: example(optimizer, **{field: bad}), ValueError, named)


def whole_numbers():
    """Method and field of every integer."""
    for name, factory in OPTIMIZERS.items():
        hints = get_type_hints(factory)
        yield from (
            (name, field) for field in inspect.signature(factory).parameters if hints[field] is int
        )


@pytest.mark.parametrize(("optimizer", "field"), list(whole_numbers()))
def test_integers(optimizer, field):
    for bad in (2.5, -1, True, NAN, "3", None, np.ones(2)):
        refused(
            lambda bad=bad: example(optimizer, **{field: bad}), ValueError, "must be an integer"
        )
        refused(
            lambda bad=bad: example(optimizer, **{field: bad}), ValueError, label(optimizer, field)
        )


BAD = {
    "Rprop": [{"size_max": 0.03}],
    "RAdam": [{"threshold": 3.9}, {"threshold": NAN}, {"threshold": np.array([5.0, 6.0])}],
    "AdaBelief": [{"beta1": 0.0}],
    "SophiaH": [{"clip": -1.0}, {"clip": np.ones(2)}],
    "SophiaG": [{"clip": 0.0}],
    "Adafactor": [{"clip": 0.0}, {"clip": NAN}],
    "KLShampoo": [{"q": NAN}, {"q": np.ones(2)}, {"power": 0.5}, {"power": np.ones(2)}],
    "KBFGS": [{"mu1": 0.0}, {"mu1": 1.0}, {"memory": 0}, {"memory": 1.5}],
    "Prodigy": [{"beta3": 1.0}, {"beta3": NAN}],
    "LMO": [{"roles": (("inputs", "row"),)}, {"roles": (("input", "rows"),)}],
    "GraftedShampoo": [{"start": 0}, {"start": 1.5}],
    "LevenbergMarquardt": [{"omega": 0.0}, {"omega": 1.0}, {"omega": NAN}],
    "Dion2": [{"part": 0.0}, {"part": 1.1}, {"part": NAN}],
    "Muon": [{"coefficients": (1.0, 2.0)}, {"coefficients": (1.0, 2.0, NAN)}, {"rms": 0.0}],
}


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, wrong) for name, cases in BAD.items() for wrong in cases]
)
def test_others_are_named(name, wrong):
    (field,) = wrong
    refused(lambda: example(name, **wrong), ValueError, f"{name}.{field}")


@pytest.mark.parametrize("wrong", [{"every": 0}, {"every": 1.5}, {"beta2": 1.0}, {"damping": -1.0}])
def test_trackers(wrong):
    (field,) = wrong
    refused(lambda: ShampooEigenbasis(**wrong), ValueError, f"ShampooEigenbasis.{field}")


WRONG_WRAPPERS = {
    "penalty": (
        lambda: Regularized(Adam(0.1), 0.1, on="p"),
        TypeError,
        "Regularized.penalty is of type float",
    ),
    "on": (
        lambda: Regularized(Adam(0.1), L2(0.1), on="theta"),
        ValueError,
        "Regularized.on = 'theta': must be one of 'p', 'z'",
    ),
    "form": (
        lambda: Regularized(Adam(0.1), L2(0.1), "p", "after"),
        TypeError,
        "with on = 'p': they are for on = 'z'",
    ),
    "decay": (lambda: L2(-0.1), ValueError, "L2.weight_decay = -0.1: must be >= 0"),
    "momentum": (
        lambda: Momentum(Adam(0.1), 1.0),
        ValueError,
        "Momentum.momentum = 1: must be in [0, 1)",
    ),
    "place": (lambda: Momentum(Adam(0.1), place="after"), ValueError, "Momentum.place = 'after'"),
    "nesterov": (
        lambda: Momentum(Adam(0.1), nesterov=1),
        TypeError,
        "Momentum.nesterov = 1: must be True or False",
    ),
    "a class": (lambda: Grafted(Adam, Adam(0.1)), TypeError, "Grafted.magnitude is the class Adam"),
}


@pytest.mark.parametrize("what", WRONG_WRAPPERS)
def test_wrappers(what):
    call, error, said = WRONG_WRAPPERS[what]
    refused(call, error, said)


def test_sweeps_that_are_compared_must_broadcast():
    refused(
        lambda: example("Rprop", size_min=np.full(2, 0.01), size_max=np.ones(3)),
        ValueError,
        "size_min (2,), size_max (3,) do not broadcast",
    )
    swept = example("Rprop", size_min=np.array([0.01, 1.0]), size_max=np.array([0.02, 2.0]))
    assert isinstance(swept, Rprop)
    assert swept.size_max.shape == (2,)


@over(OPTIMIZERS)
def test_no_field_is_left_out(name):
    """Every hyper-parameter that is no Scalar, switch, text or integer has a row in BAD; those of a
    tracker are tested with it."""
    hints = get_type_hints(OPTIMIZERS[name])
    known = {
        *scalar_fields(name),
        *switches(OPTIMIZERS[name]),
        *(field for field in hints if hints[field] is int),
    }
    rest = set(inspect.signature(OPTIMIZERS[name]).parameters) - known - {"initial", "factor_beta2"}
    assert rest <= {field for wrong in BAD.get(name, []) for field in wrong}


def test_every_wrapper_is_in_the_package():
    import lab

    for name in (*OPTIMIZERS, *WRAPPERS):
        assert getattr(lab, name) is (OPTIMIZERS | WRAPPERS)[name]

"""Every hyper-parameter of every optimizer refuses what makes no sense, alone and inside a sweep, and says what would."""

import dataclasses

import numpy as np
import pytest
from examples import LOUD, loud
from refusals import refused

from lab.optimizers import (
    ASGD,
    OGM,
    OPTIMIZERS,
    AdaBelief,
    Adafactor,
    AdaL,
    DiagonalGN,
    GaussNewton,
    Muon,
    RAdam,
    Rprop,
    ShampooEigenbasis,
    SophiaG,
    SophiaH,
)

NAN, INF = np.nan, np.inf
RULES = {
    "in (0, 1)": (["eta_minus"], [0.0, 1.0, NAN]),
    "in [-1, 0]": (["power"], [-1.1, 0.1, NAN]),
    "in [0, 1)": (["beta", "beta1", "beta2", "beta3", "momentum"], [1.0, -0.1, 1.5, NAN]),
    "in [0, 1]": (["dampening"], [-0.1, 1.1, NAN]),
    "> 1": (["eta_plus"], [1.0, 0.5, -2.0, NAN, INF]),
    "> 0": (["lr", "final_lr", "gamma", "batch", "exponent", "trust_coefficient", "size_max"], [0.0, -0.1, NAN, INF]),
    ">= 0": (
        [
            *("eps", "eps_root", "eps_update", "damping", "weight_decay", "lambd", "alpha", "lr_decay", "momentum_decay"),
            *("initial_accumulator", "initial_momentum", "unrectified", "floor", "size_min"),
        ],
        [-1e-8, NAN, INF],
    ),
}
# a bound below the denominator, where curvature may be 0 or negative
STRICTER = {("SophiaH", "eps"): "> 0", ("SophiaG", "eps"): "> 0"}
SCALARS = [(name, f.name) for name, cls in OPTIMIZERS.items() for f in dataclasses.fields(cls) if "Scalar" in str(f.type)]


def rule(optimizer, field):
    """Invalid values of a field, and what the message says would be valid."""
    usual = next(said for said, (names, _) in RULES.items() if field in names)
    said = STRICTER.get((optimizer, field), usual)
    return RULES[said][1], said


@pytest.mark.parametrize(("optimizer", "field"), SCALARS)
def test_scalars(optimizer, field):
    """Every Scalar of every registered optimizer: alone, and as one bad value of a sweep; complex and text too."""
    bad_values, valid = rule(optimizer, field)
    for bad in bad_values:
        said = f"must be {valid}" if np.isfinite(bad) else "must be finite"
        for value in (bad, np.array([LOUD[field], bad]), [LOUD[field], bad]):
            refused(lambda value=value: loud(OPTIMIZERS[optimizer], **{field: value}), ValueError, said)
            refused(lambda value=value: loud(OPTIMIZERS[optimizer], **{field: value}), ValueError, f"{optimizer}.{field}")
    for bad in (0.1j, "fast", None):
        refused(lambda bad=bad: loud(OPTIMIZERS[optimizer], **{field: bad}), TypeError, f"{optimizer}.{field} has dtype")


BAD = {
    OGM: [{"horizon": 0}, {"horizon": 2.5}],
    ASGD: [{"burn_in": -1}],
    Rprop: [{"size_max": 0.03}],
    RAdam: [{"threshold": 3.9}, {"threshold": NAN}],
    AdaBelief: [{"beta1": 0.0}],
    DiagonalGN: [{"labels": "drawn"}],
    GaussNewton: [{"labels": "x"}],
    AdaL: [{"factor": "l2"}, {"eps_mode": "inside"}, {"schedule": "linear"}, {"norm_scope": "row"}],
    SophiaH: [{"every": 0}, {"clip": -1.0}],
    SophiaG: [{"every": 1.5}, {"clip": 0.0}],
    Adafactor: [{"clip": 0.0}, {"eps_mode": "inside"}, {"axes": "first"}, {"least": 0}],
    Muon: [
        {"iterations": 0},
        {"coefficients": (1.0, 2.0)},
        {"coefficients": (1.0, 2.0, NAN)},
        {"shape": "square"},
        {"average": "sum"},
        {"orthogonalise": "qr"},
        {"rms": 0.0},
    ],
    ShampooEigenbasis: [{"every": 0}, {"beta": 1.0}, {"damping": -1.0}],
}


@pytest.mark.parametrize(("cls", "wrong"), [(cls, wrong) for cls, cases in BAD.items() for wrong in cases])
def test_others_are_named(cls, wrong):
    (name,) = wrong
    refused(lambda: loud(cls, **wrong), ValueError, f"{cls.__name__}.{name}")


def test_sweeps_that_are_compared_must_broadcast():
    refused(
        lambda: loud(Rprop, size_min=np.full(2, 0.01), size_max=np.ones(3)), ValueError, "size_min (2,), size_max (3,) do not broadcast"
    )
    assert loud(Rprop, size_min=np.array([0.01, 1.0]), size_max=np.array([0.02, 2.0])).size_max.shape == (2,)


@pytest.mark.parametrize("cls", OPTIMIZERS.values())
def test_no_field_is_left_out(cls):
    """Every field that is neither a Scalar nor a switch has a row in BAD."""
    rest = {f.name for f in dataclasses.fields(cls) if "Scalar" not in str(f.type) and not isinstance(f.default, bool)}
    assert rest <= {name for wrong in BAD.get(cls, []) for name in wrong}

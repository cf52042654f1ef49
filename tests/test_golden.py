"""Every recorded trajectory in tests/golden/first_order, through `conventions`: a new file or record needs no new code.

Open loop: the recorded gradients whatever theta does; closed loop: the gradient of 1/2 theta^T H theta. Agreement per step, absolute.
"""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from lab import conventions
from lab.arrays import Layers, lift
from lab.objectives import Quadratic
from lab.oracle import Oracle
from lab.simulation import replay, simulate

FOLDER = Path(__file__).parent / "golden" / "first_order"
ALL_BUT_ROUNDING = 1e-12
# The recorded library rounds inside to bfloat16, so that only directions are comparable; those of its patched copy agree to all digits.
DIRECTIONS = {"torch_Muon"}
# 0 / sqrt(0 + eps) at step one: what rounding leaves of v_hat - m_hat^2 is divided by sqrt(eps).
ILL_CONDITIONED = {("optax", "rmsprop"): {"centered": True, "bias_correction": True}}


def records():
    """(id, file stem, library, optimizer, record) of every record of every file."""
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text())
        for k, record in enumerate(content["settings"]):
            library, optimizer = origin(content, record)
            yield pytest.param(path.stem, library, optimizer, record, id=f"{path.stem}-{optimizer}-{k}")


def origin(content, record):
    """Library and optimizer: from the file, or, for authors' code, from the record: 'SOAP(official,f64-patched)'."""
    library = record.get("library", content.get("library"))
    if library in ("torch", "optax"):
        return library, re.sub("_f64patched|_fixedhess", "", content["optimizer"])
    return "authors", content.get("optimizer") or re.match(r"\w+", library)[0]


# Inputs of a record that are written among its hyper-parameters.
INPUTS = {"shape", "hessian_gradients", "update_hessian_when", "hessian_estimates_used_in_order"}


def optimizer_of(library, optimizer, record):
    hyper = {key: value for key, value in record["hyper"].items() if key not in INPUTS}
    return getattr(conventions, library)(optimizer, **hyper)


def as_params(x):
    """A vector as it is, a matrix as the only block of Layers."""
    x = np.asarray(x, dtype=float)
    return Layers([x]) if x.ndim == 2 else x


def run(optimizer, record) -> np.ndarray:
    """Parameters after every step, (T, ...)."""
    theta, steps = as_params(record["theta0"]), len(record["trajectory"])
    if "H" in record:
        path = simulate(Quadratic(np.array(record["H"])), optimizer, theta, steps=steps, record={"theta": lambda x: x})["theta"]
    elif "hd" in record:
        path = noisy_quadratic(optimizer, theta, record)
    else:
        path = replay(optimizer, theta, [as_params(g) for g in record["grads"]])
    return (path[0] if isinstance(path, Layers) else path)[1:]


def noisy_quadratic(optimizer, theta, record):
    """Gradient and Hessian of 1/2 sum_i hd_i theta_i^2 + g_k theta, g_k the gradients of the open-loop records."""
    table = json.loads((FOLDER / "torch_SGD.json").read_text())["settings"][0]["grads"]
    optimizer, path = lift(optimizer, theta), [theta]
    state = optimizer.init(theta)
    for g in table:
        f = Quadratic(np.diag(record["hd"]), linear=-np.array(g))
        delta, state = optimizer.step(state, Oracle(f, path[-1], rng=np.random.default_rng(0)), path[-1])
        path.append(path[-1] + delta)
    return np.stack(path)


@pytest.mark.parametrize(("stem", "library", "optimizer", "record"), list(records()))
def test_golden(stem, library, optimizer, record):
    ours, theirs = run(optimizer_of(library, optimizer, record), record), np.array(record["trajectory"])
    assert ours.shape == theirs.shape
    if stem in DIRECTIONS:
        start = np.array(record["theta0"])[None]
        steps, expected = (np.diff(np.concatenate([start, path]), axis=0) for path in (ours, theirs))
        cosine = (steps * expected).sum((1, 2)) / np.linalg.norm(steps, axis=(1, 2)) / np.linalg.norm(expected, axis=(1, 2))
        assert (cosine > 0.99).all(), cosine
        return
    ill = ILL_CONDITIONED.get((library, optimizer))
    tolerance = 1e-3 if ill and ill.items() <= record["hyper"].items() else ALL_BUT_ROUNDING
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def test_the_average_of_asgd():
    """The averaged iterate is no part of the trajectory: it is in the recorded final state."""
    record = json.loads((FOLDER / "torch_ASGD.json").read_text())["settings"][0]
    optimizer, theta = conventions.torch("ASGD", **record["hyper"]), np.array(record["theta0"])
    state = optimizer.init(theta)
    for g in record["grads"]:
        delta, state = optimizer.step(state, Oracle(Quadratic(np.zeros((4, 4)), linear=-np.array(g)), theta), theta)
        theta = theta + delta
    np.testing.assert_allclose(state.average, record["final_state"]["ax"], rtol=0, atol=1e-12)


# Further settings of the same libraries, of which only the last of 10 rows was kept, to 11 digits.
LAST_ROWS = [
    ("torch", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.05, "maximize": True},
     (1.4220930449, -3.3012920856, 1.5995667547, 4.4405454573)),
    ("torch", "Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.1, "eps": 1e-7},
     (0.26668983467, -0.70715723046, 1.9767129382, 0.020586156805)),
    ("torch", "RMSprop", {"lr": 0.05, "alpha": 0.9, "centered": True},
     (0.026111461882, -0.41693814661, 1.7898754714, -0.17511006441)),
    ("torch", "Adam", {"lr": 0.1, "betas": (0.5, 0.9), "eps": 0.01},
     (-0.0034251617934, -0.38450348987, 1.8281299956, -0.19296295135)),
    ("torch", "Adam", {"lr": 0.1, "betas": (0.9, 0.9), "amsgrad": True},
     (-0.17830813814, -0.21932848511, 1.7141887994, -0.41562131299)),
    ("torch", "NAdam", {"lr": 0.1, "weight_decay": 0.1},
     (0.080772868408, -0.49691715202, 1.2836669835, -0.099864543666)),
    ("optax", "sgd", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True},
     (-0.62546063293, 1.7410631771, 1.9524822263, -4.432315003)),
    ("optax", "rmsprop", {"learning_rate": 0.05, "centered": True},
     (0.026111500571, -0.41693814944, 1.789883778, -0.17511006649)),
    ("optax", "rmsprop", {"learning_rate": 0.05, "decay": 0.999, "eps_in_sqrt": False, "bias_correction": True},
     (0.29631260764, -0.74623866254, 1.917406684, 0.085039246409)),
    ("optax", "amsgrad", {"learning_rate": 0.1, "b2": 0.9, "bias_correction_mu": False, "bias_correction_nu": False},
     (0.10304652726, -0.53245557166, 1.8416584088, -0.13132788421)),
    ("authors", "AdaBound", {"lr": 0.05, "gamma": 0.1, "amsbound": True},
     (0.16695155927, -0.60966424575, 1.9852830325, -0.082810655149)),
    ("authors", "AdaBelief", {"lr": 0.1, "rectify": False, "eps": 1e-3, "weight_decay": 0.1},
     (-0.46806275353, 0.40099437948, 1.7275804386, -0.73078786608)),
]  # fmt: skip


@pytest.mark.parametrize(("library", "optimizer", "hyper", "row"), LAST_ROWS)
def test_last_row(library, optimizer, hyper, row):
    stream = json.loads((FOLDER / "torch_SGD.json").read_text())["settings"][0]
    path = replay(getattr(conventions, library)(optimizer, **hyper), np.array(stream["theta0"]), np.array(stream["grads"]))
    np.testing.assert_allclose(path[-1], row, rtol=5e-11, atol=5e-12)  # 11 digits were kept


def test_there_are_records():
    assert len(list(records())) >= 110

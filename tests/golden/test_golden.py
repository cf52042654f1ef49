"""Every recorded trajectory in tests/golden/first_order, through `conventions`: a new file or
record needs no new code.

Open loop: the recorded gradients (and curvature estimates) whatever theta does. Closed loop: the
gradient of 1/2 theta^T H theta, for "hd" with noise. Agreement at every step to 1e-12, absolute,
except where TOLERANCES and BFLOAT16 say why not. README.md there: the layout.
"""

import dataclasses
import json
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lab import conventions
from lab.arrays import Layers
from lab.batches import Recorded
from lab.conventions.field_entries import FIELD
from lab.conventions.network_entries import NETWORKS
from lab.curvature import Dense
from lab.objectives import Quadratic
from lab.simulation import replay, simulate

FOLDER = Path(__file__).parent / "first_order"
ALL_BUT_ROUNDING = 1e-12
# (library, optimizer, settings, tolerance). 0 / sqrt(0 + eps) at step one: what rounding leaves of
# v_hat - m_hat^2 is divided by sqrt(eps). The weight lr sqrt(t) of optax's madgrad is computed in
# float32, where an integer has its root: three roundings of 2^-24 each, of parameters below 5.
TOLERANCES = [
    ("optax", "rmsprop", {"centered": True, "bias_correction": True}, 1e-3),
    ("optax", "madgrad", {}, 15 * 2.0**-24),
]
# The recorded library rounds inside to bfloat16, whose numbers are 2^-8 apart; its copy with that
# cast replaced has a file of its own.
BFLOAT16 = {"torch_Muon"}
# Written among the hyper-parameters of a record: inputs, and the type of a buffer, which here is
# always float64.
INPUTS = {
    "shape",
    "hessian_gradients",
    "update_hessian_when",
    "hessian_estimates_used_in_order",
    "dtype_momentum",
}


def settings(stem):
    return json.loads((FOLDER / f"{stem}.json").read_text(encoding="utf-8"))["settings"]


def records():
    """(file stem, library, optimizer, record) of every record of every file."""
    for path in sorted(FOLDER.glob("*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        for k, record in enumerate(content["settings"]):
            library, optimizer = origin(content, record)
            yield pytest.param(
                path.stem, library, optimizer, record, id=f"{path.stem}-{optimizer}-{k}"
            )


def origin(content, record):
    """Library and optimizer: from the file, or, for authors' code, from the record:
    'SOAP(official,f64-patched)'."""
    library = record.get("library", content.get("library"))
    if library in ("torch", "optax"):
        return library, re.sub("_f64patched|_fixedhess", "", content["optimizer"])
    return "authors", content.get("optimizer") or re.match(r"\w+", library)[0]


def optimizer_of(library, optimizer, record):
    """Ours, by the record's hyper-parameters and those of its inputs that are settings here."""
    hyper = {key: value for key, value in record["hyper"].items() if key not in INPUTS}
    if "update_hessian_when" in record["hyper"]:
        hyper["update_interval"] = int(
            re.fullmatch(r"k%(\d+)==0 before step", record["hyper"]["update_hessian_when"])[1]
        )
    if "initial_Q" in record:
        hyper["initial_Q"] = record["initial_Q"]
    return getattr(conventions, library)(optimizer, **hyper)


def as_params(x):
    """A vector as it is, a matrix as the only block of Layers."""
    x = np.asarray(x, dtype=float)
    return Layers([x]) if x.ndim == 2 else x


def estimates(record):
    """Further oracle answers, one per step, from which our estimators make the recorded estimates
    of the curvature."""
    hyper = record["hyper"]
    steps = len(record["trajectory"])
    if "hessian_gradients" in hyper:
        return {
            "curvatures": [
                SimpleNamespace(mean=lambda g=np.array(g): g) for g in hyper["hessian_gradients"]
            ]
        }
    if "hessian_estimates_used_in_order" in hyper:
        diagonals = [np.array(h) for h in hyper["hessian_estimates_used_in_order"]]
        in_force = [Dense(np.diag(diagonals[t // hyper["update_interval"]])) for t in range(steps)]
        return {"hessian": in_force, "probes": np.ones((steps, len(diagonals[0])))}
    return {}


def run(optimizer, record) -> np.ndarray:
    """Parameters after every step, (T, ...)."""
    theta = as_params(record["theta0"])
    steps = len(record["trajectory"])
    if "H" in record:
        path = simulate(
            Quadratic(np.array(record["H"])),
            optimizer,
            theta,
            steps=steps,
            record={"theta": lambda x: x},
        )["theta"]
    elif "hd" in record:
        path = noisy_quadratic(optimizer, theta, record)
    else:
        path = replay(
            optimizer, theta, [as_params(g) for g in record["grads"]], **estimates(record)
        )
    return (path[0] if isinstance(path, Layers) else path)[1:]


def noisy_quadratic(optimizer, theta, record):
    """Gradient and Hessian of 1/2 sum_i hd_i theta_i^2 + g_k theta, g_k the gradients of the
    open-loop records."""
    noise = Recorded(settings("torch_SGD")[0]["grads"])
    f = Quadratic(np.diag(record["hd"]))
    steps = len(noise.batches)
    return simulate(f, optimizer, theta, steps=steps, batch=noise, record={"theta": np.asarray})[
        "theta"
    ]


def tolerance(library, optimizer, record):
    """The documented one, else 1e-12."""
    found = [
        tol
        for lib, name, hyper, tol in TOLERANCES
        if (lib, name) == (library, optimizer) and hyper.items() <= record["hyper"].items()
    ]
    return found[0] if found else ALL_BUT_ROUNDING


@pytest.mark.parametrize(("stem", "library", "optimizer", "record"), list(records()))
def test_golden(stem, library, optimizer, record):
    ours = run(optimizer_of(library, optimizer, record), record)
    theirs = np.array(record["trajectory"])
    assert ours.shape == theirs.shape
    if stem in BFLOAT16:
        same_steps_in_bfloat16(ours, theirs, record)
    else:
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance(library, optimizer, record))


def same_steps_in_bfloat16(ours, theirs, record):
    """Muon's steps agree to 0.1 of their size where the smallest singular value of u / |u|_F
    exceeds bfloat16's resolution 2^-8.

    Below, that singular direction is rounding noise (at most one step of a record), and only the
    bound 2 * 1.21 is left, twice the largest value that the iteration gives a singular value.
    """
    steps, expected = (np.diff([record["theta0"], *path], axis=0) for path in (ours, theirs))
    beta = record["hyper"].get("momentum", 0.95)
    m = 0.0
    resolved = []
    for g in np.array(record["grads"]):
        m = beta * m + (1 - beta) * g
        u = beta * m + (1 - beta) * g if record["hyper"].get("nesterov", True) else m
        resolved.append(np.linalg.svd(u, compute_uv=False)[-1] > np.linalg.norm(u) / 256)
    off = np.linalg.norm(steps - expected, 2, axis=(-2, -1)) / np.linalg.norm(
        expected, 2, axis=(-2, -1)
    )
    assert (off < np.where(resolved, 0.1, 2.42)).all(), off
    assert sum(resolved) >= len(resolved) - 1


def test_every_entry_has_records():
    """An entry whose records got lost would pass silently. Without any: algorithms of papers, code
    of which only last rows were kept."""
    found = {parameters.values[1:3] for parameters in records()}
    entries = {
        (library, name) for library, known in conventions.LIBRARIES.items() for name in known
    }
    papers = {("authors", name) for name in ("AdaGrad", "Adam", "AdamW", "AMSGrad", "Lion")}
    # code that was read, not run
    papers |= {("authors", name) for name in (*FIELD, "BNP")}
    # their records are in a folder and a test of their own
    networks = {("authors", name) for name in NETWORKS}
    assert entries - found == papers | networks | {("optax", "adamaxw")}
    assert found <= entries


def test_optax_decays_adafactor_in_float32():
    """Without emulating the float32 of beta2_t the recorded path is missed by about 4e-9."""
    record = next(
        r
        for r in settings("optax_adafactor")
        if r["hyper"] == {"learning_rate": 0.1} and r["shape"] == [2, 4]
    )
    optimizer = dataclasses.replace(optimizer_of("optax", "adafactor", record), float32_decay=False)
    assert 1e-10 < np.abs(run(optimizer, record) - record["trajectory"]).max() < 1e-7


def test_the_average_of_asgd():
    """The averaged iterate is no part of the trajectory: it is in the recorded final state."""
    record = settings("torch_ASGD")[0]
    flat = Quadratic(np.zeros((4, 4)))
    grads = Recorded([np.array(g) for g in record["grads"]])
    told = {"average": lambda theta, state: state.average}
    asgd = conventions.torch("ASGD", **record["hyper"])
    run = simulate(
        flat, asgd, np.array(record["theta0"]), steps=len(record["grads"]), batch=grads, record=told
    )
    np.testing.assert_allclose(run["average"][-1], record["final_state"]["ax"], rtol=0, atol=1e-12)


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
    ("authors", "AdaBound", {"lr": 0.05, "gamma": 0.1, "betas": (0.9, 0.9), "amsbound": True},
     (0.16695155927, -0.60966424575, 1.9852830325, -0.082810655149)),
    ("authors", "AdaBelief", {"lr": 0.1, "betas": (0.5, 0.9), "rectify": False, "eps": 1e-3, "weight_decay": 0.1},
     (-0.46806275353, 0.40099437948, 1.7275804386, -0.73078786608)),
]  # fmt: skip


@pytest.mark.parametrize(("library", "optimizer", "hyper", "row"), LAST_ROWS)
def test_last_row(library, optimizer, hyper, row):
    stream = settings("torch_SGD")[0]
    path = replay(
        getattr(conventions, library)(optimizer, **hyper),
        np.array(stream["theta0"]),
        np.array(stream["grads"]),
    )
    np.testing.assert_allclose(path[-1], row, rtol=5e-11, atol=5e-12)  # 11 digits were kept

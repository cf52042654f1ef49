"""Recorded trajectories of Adafactor, Muon, SOAP, Sophia, AdaHessian and AdaL, through conventions, on the recorded gradients."""

import dataclasses
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lab.arrays import Layers, lift
from lab.conventions.matrix import MATRIX
from lab.curvature import Dense
from lab.simulation import replay

FOLDER = Path(__file__).parent / "golden" / "first_order"
FILES = {
    "torch_Adafactor": ("torch", "Adafactor"),
    "torch_Muon": ("torch", "Muon"),
    "torch_Muon_f64patched": ("torch", "Muon"),
    "optax_adafactor": ("optax", "adafactor"),
    "optax_muon": ("optax", "muon"),
    "optax_sophia_fixedhess": ("optax", "sophia"),
    "derived_adal": ("derived", "AdaL"),
}
REPOSITORIES = ("Muon", "SophiaG", "AdaHessian", "SOAP")
NOT_HYPER = {"shape", "update_hessian_when", "hessian_gradients", "hessian_estimates_used_in_order", "dtype_momentum"}


def records():
    """(file, key of MATRIX, setting) of every record that belongs to these methods."""
    for file, key in FILES.items():
        for setting in json.loads((FOLDER / f"{file}.json").read_text())["settings"]:
            yield file, key, setting
    for setting in json.loads((FOLDER / "official_repos.json").read_text())["settings"]:
        name = setting["library"].split("(")[0]
        if name in REPOSITORIES:
            yield "official_repos", ("authors", name), setting


RECORDS = list(records())


def hyper(setting):
    """The hyper-parameters of a record, lists as tuples."""
    found = {k: tuple(v) if isinstance(v, list) else v for k, v in setting["hyper"].items() if k not in NOT_HYPER}
    if "update_hessian_when" in setting["hyper"]:
        found["update_interval"] = 3
    if "initial_Q" in setting:
        found["initial_Q"] = tuple(np.array(q) for q in setting["initial_Q"])
    return found


def as_params(x):
    """One recorded array as Params: a vector, or Layers of one matrix."""
    x = np.array(x)
    return Layers([x]) if x.ndim == 2 else x


def answers(setting, steps):
    """Further oracle answers, one per step, that make our estimators return the recorded curvature estimates."""
    if "hessian_gradients" in setting["hyper"]:
        sampled = np.array(setting["hyper"]["hessian_gradients"])
        return {"curvatures": [SimpleNamespace(mean=lambda g=g: g) for g in sampled]}
    if "hessian_estimates_used_in_order" in setting["hyper"]:
        every = setting["hyper"]["update_interval"]
        diagonals = np.array(setting["hyper"]["hessian_estimates_used_in_order"])
        return {"hessian": [Dense(np.diag(diagonals[t // every])) for t in range(steps)], "probes": np.ones((steps, 4))}
    return {}


def ours(key, setting):
    """Our iterates of one record, (steps, ...), without the start."""
    optimizer = MATRIX[key](**hyper(setting))
    if "hd" in setting:
        return closed_loop(optimizer, setting)
    grads = [as_params(g) for g in setting["grads"]]
    path = replay(optimizer, as_params(setting["theta0"]), grads, **answers(setting, len(grads)))
    return (path[0] if isinstance(path, Layers) else path)[1:]


def closed_loop(optimizer, setting):
    """f_k = sum hd theta^2 / 2 + G_k theta, whose Hessian is diag(hd) and whose noise G_k is the common gradient table."""
    noise = json.loads((FOLDER / "torch_Adafactor.json").read_text())["settings"][0]["grads"]
    theta, h = np.array(setting["theta0"]), np.array(setting["hd"])
    optimizer = lift(optimizer, theta)
    state, path = optimizer.init(theta), []
    for g in np.array(noise):
        oracle = SimpleNamespace(grad=h * theta + g, hessian=Dense(np.diag(h)), probe=lambda: np.array([1.0, -1.0, -1.0, 1.0]))
        delta, state = optimizer.step(state, oracle, theta)
        theta = theta + delta
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("k", [k for k, (file, _, _) in enumerate(RECORDS) if file != "torch_Muon"])
def test_golden(k):
    """1e-12 absolute; SOAP too, because the records give the first bases."""
    _, key, setting = RECORDS[k]
    np.testing.assert_allclose(ours(key, setting), setting["trajectory"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("k", [k for k, (file, _, _) in enumerate(RECORDS) if file == "torch_Muon"])
def test_golden_muon_in_bfloat16(k):
    """torch iterates in bfloat16: steps agree to 0.1 of their size where the smallest singular value of u / |u|_F exceeds bfloat16's
    resolution 2^-8. Below, that singular direction is rounding noise (in one of the 60 steps), and only the bound 2 * 1.21 is left."""
    _, key, setting = RECORDS[k]
    recorded = np.diff(np.array([setting["theta0"], *setting["trajectory"]]), axis=0)
    measured = np.diff(np.concatenate([[setting["theta0"]], ours(key, setting)]), axis=0)
    beta, m, resolved = 0.95, 0.0, []
    for g in np.array(setting["grads"]):
        m = beta * m + (1 - beta) * g
        u = beta * m + (1 - beta) * g if setting["hyper"].get("nesterov", True) else m
        resolved.append(np.linalg.svd(u, compute_uv=False)[-1] > np.linalg.norm(u) / 256)
    off = np.linalg.norm(measured - recorded, 2, axis=(-2, -1)) / np.linalg.norm(recorded, 2, axis=(-2, -1))
    assert (off < np.where(resolved, 0.1, 2.42)).all()
    assert sum(resolved) >= 9


def test_every_convention_has_records():
    """A file that lost its records would pass silently: every convention has some, every file at least two."""
    assert {key for _, key, _ in RECORDS} == MATRIX.keys()
    files = [file for file, _, _ in RECORDS]
    assert min(files.count(file) for file in FILES) >= 2


def test_float32_decay_is_what_optax_does():
    """Without emulating the float32 decay the recorded path is missed by about 4e-9 (T-c)."""
    file = json.loads((FOLDER / "optax_adafactor.json").read_text())["settings"][4]
    optimizer = dataclasses.replace(MATRIX["optax", "adafactor"](**hyper(file)), float32_decay=False)
    path = replay(optimizer, as_params(file["theta0"]), [as_params(g) for g in file["grads"]])[0][1:]
    assert 1e-10 < np.abs(path - file["trajectory"]).max() < 1e-7

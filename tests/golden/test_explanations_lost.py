"""What `lab conform` says of the two faults of public code that no open loop of finite numbers
shows: damping that follows the wrong rule, told from a closed loop with rejected and accepted
steps, and factors of zeros, which make a trajectory NaN."""

import dataclasses
import json

import numpy as np
import pytest
from field_faults import along, unfolded, walked

from lab.arrays import Layers
from lab.conformance import Record, conform, read, record_of
from lab.conformance.answers import Told
from lab.conformance.records import rows

STEPS = 20
LM = {"lr": 1.0, "damping": 0.3, "omega": 0.4}


def told(seed):
    """H and a model of it that is too flat in half of the directions: some steps go too far."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.standard_normal((4, 4)))
    h = (q * np.geomspace(8.0, 0.1, 4)) @ q.T
    model = (q * (np.geomspace(8.0, 0.1, 4) * [0.3, 1.4, 0.3, 1.4])) @ q.T
    return (h + h.T) / 2, (model + model.T) / 2, rng.standard_normal(4)


def marquardt(fault, h, model, theta):
    """The points after every step, and whether it was accepted."""
    damping, omega = LM["damping"], LM["omega"]
    loss = lambda x: x @ h @ x / 2  # noqa: E731
    points, accepted = [], []
    for _ in range(STEPS):
        g = h @ theta
        d = -np.linalg.solve(model + damping * np.eye(4), g)
        actual = loss(theta + d) - loss(theta)
        predicted = g @ d + d @ (model + damping * np.eye(4)) @ d / 2
        fine = actual <= 0
        rises = not fine
        if fault == "always":
            rises = True
        if fault == "told badly":
            rises = actual / predicted < 0.25
        damping = damping / omega if rises else damping * omega
        if fine or fault == "not rejected":
            theta = theta + d
        points.append(theta)
        accepted.append(fine)
    return np.array(points), np.array(accepted)


def trusted(fault, seed):
    h, model, theta = told(seed)
    points, accepted = marquardt(fault, h, model, theta)
    record = Record("LevenbergMarquardt", "lab", LM, theta, None, h, points, Told(curvature=model))
    return record, accepted


@pytest.mark.parametrize("seed", range(3))
def test_a_rule_without_a_fault_conforms(seed):
    record, accepted = trusted(None, seed)
    assert accepted.any()
    assert not accepted.all()
    assert conform(record).conforms, conform(record)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("always", "rises at every step, although the step was not rejected"),
        ("told badly", "rises below rho = 1/4, although the step was not rejected"),
        ("not rejected", "reject = False"),
    ],
)
def test_a_fault_of_levenbergs_rule_is_named(fault, words, seed):
    record, _ = trusted(fault, seed)
    outcome = conform(record)
    assert not outcome.conforms
    assert words in str(outcome), outcome


TNT = {"lr": 0.05, "damping": 0.3, "beta2": 0.8, "momentum": 0.6, "every": 1}
SHAMPOO = {**TNT, "damping": 0.0}


def empty(record, first, block):
    """The record whose gradients of a block are 0 before step `first`."""
    grads = [g.copy() for g in record.grads]
    grads[block][:first] = 0.0
    sampled = record.told.sampled
    if sampled is not None:
        sizes = np.cumsum([0] + [b.size for b in record.theta0])
        sampled = sampled.copy()
        sampled[:first, :, sizes[block] : sizes[block + 1]] = 0.0
    answers = dataclasses.replace(record.told, sampled=sampled)
    return dataclasses.replace(record, grads=Layers(grads, record.grads.orders), told=answers)


def factored(method, guarded):
    """TNT, or Shampoo on averages, of one tensor; an unguarded one divides 0 by 0."""

    def loop(theta, gs, samples):
        k = theta.ndim
        factors = [np.zeros((d, d)) for d in theta.shape]
        m, steps = 0.0, []
        for g, s in zip(gs, samples, strict=True):
            m = 0.6 * m + g
            factors = [
                0.8 * a + 0.2 * unfolded(s, j) @ unfolded(s, j).T for j, a in enumerate(factors)
            ]
            tau = np.trace(factors[0])
            step = m
            for j, a in enumerate(factors):
                if method == "TNT" and (tau > 0 or not guarded):
                    a = (tau / theta.size) ** (1 / k) * len(a) / np.trace(a) * a
                if method == "TNT":
                    root = inverse(a + 0.3 * np.eye(len(a)), -1.0)
                else:
                    root = pseudo(a, -1 / (2 * k)) if guarded else inverse(a, -1 / (2 * k))
                step = along(step, root, j)
            steps.append(0.05 * step)
        return walked(theta, steps)

    return loop


def inverse(a, p):
    """NaN for a matrix of NaN, or one of zeros."""
    if np.isnan(a).any() or not a.any():
        return np.full_like(a, np.nan)
    return pseudo(a, p)


def pseudo(a, p):
    lam, q = np.linalg.eigh(a)
    there = lam > 1e-13 * max(lam.max(), 1e-300)
    return (q * np.where(there, np.where(there, lam, 1.0) ** p, 0.0)) @ q.T


def lost(method, first, block, guarded):
    """A record of a loop over all blocks, one of which has had no gradient before step `first`."""
    name, hyper = ("TNT", TNT) if method == "TNT" else ("ShampooEMA", SHAMPOO)
    record = empty(record_of(name, hyper, steps=STEPS), first, block)
    sampled = record.grads.blocks
    if method == "TNT":
        sizes = np.cumsum([b.size for b in record.theta0])[:-1]
        means = np.split(record.told.sampled.mean(1), sizes, axis=-1)
        sampled = [x.reshape(-1, *b.shape) for x, b in zip(means, record.theta0, strict=True)]
    loop = factored(method, guarded)
    with np.errstate(all="ignore"):
        paths = [
            loop(theta, g, s)
            for theta, g, s in zip(record.theta0, record.grads, sampled, strict=True)
        ]
    return dataclasses.replace(record, trajectory=rows(Layers(paths), 1))


EMPTY = [("TNT", 3, 0), ("TNT", 1, 1), ("Shampoo", 2, 1), ("Shampoo", 1, 0)]
WORDS = {
    "TNT": "a factor of zeros is divided by its trace: 0/0",
    "Shampoo": "a factor of zeros is inverted without damping: 0/0",
}


@pytest.mark.parametrize(("method", "first", "block"), EMPTY)
def test_a_guarded_loop_conforms(method, first, block):
    outcome = conform(lost(method, first, block, guarded=True))
    assert outcome.conforms, outcome


@pytest.mark.parametrize(("method", "first", "block"), EMPTY)
def test_a_trajectory_that_becomes_nan_is_named(method, first, block, tmp_path):
    """From its file, in which NaN is written as programs do."""
    record = lost(method, first, block, guarded=False)
    assert np.isnan(record.trajectory[0]).any()
    assert np.isfinite(record.trajectory).any()
    file = tmp_path / "lost.json"
    file.write_text(json.dumps(written(record)), encoding="utf-8")
    outcome = conform(read(file)[0])
    assert WORDS[method] in str(outcome), outcome


def written(record):
    """The record as a JSON object."""
    shapes = [block.shape for block in record.theta0]
    sizes = np.cumsum([block.size for block in record.theta0])[:-1]

    def by_step(blocks):
        return [[x[t].tolist() for x in blocks] for t in range(STEPS)]

    points = [
        x.reshape(-1, *s)
        for x, s in zip(np.split(record.trajectory, sizes, 1), shapes, strict=True)
    ]
    sampled = record.told.sampled
    answers = {} if sampled is None else {"sampled": sampled.tolist()}
    return {
        "optimizer": record.optimizer,
        "library": "lab",
        "hyper": dict(record.hyper),
        "shapes": [list(s) for s in shapes],
        "theta0": [block.tolist() for block in record.theta0],
        "grads": by_step(record.grads),
        "trajectory": by_step(points),
        **answers,
    }

"""Assertions for the tests of people who write optimizers, bounds and claims. They hold under `python -O` too, which drops `assert`.

from lab import Adam
from lab.testing import assert_conforms

def test_mine():
    mine = MyAdam(lr=0.1)
    assert_conforms(mine.step, Adam(lr=0.1))          # step(theta, gradient) -> new theta, called once per step
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.claims import CLAIMS, at_most, judge, select
from lab.conventions.table import title
from lab.instruments.conformance import DIGITS, Record, conform, golden
from lab.optimizers import OPTIMIZERS, Optimizer, defaults, hyperparameters


def assert_conforms(
    step: Callable[[np.ndarray, np.ndarray], np.ndarray],
    optimizer: Optimizer,
    *,
    steps: int = 10,
    dims: int = 4,
    seed: int = 0,
    digits: float = DIGITS,
) -> None:
    """AssertionError unless `step(theta, g) -> theta`, called with our gradients, agrees with `optimizer` to `digits` at every step.

    The message says at which step they part, and which convention explains it. Methods that ask only for gradients.
    """
    name = title(optimizer)
    known = hyperparameters(optimizer)
    hyper = {key: known.get(key, value) for key, value in defaults(name).items()}
    if repr(OPTIMIZERS[name](**hyper)) != repr(optimizer):
        raise TypeError(f"{optimizer} is no setting of {name}: take one of lab list")
    ours = golden(name, hyper, steps=steps, dims=dims, seed=seed)
    if "grads" not in ours:
        raise TypeError(f"{type(optimizer).__name__} asks for more than gradients: record a closed loop and use lab conform")
    theta, path = np.array(ours["theta0"]), []
    for g in ours["grads"]:
        theta = np.asarray(step(theta.copy(), np.array(g)), dtype=float)
        path.append(theta)
    record = Record(ours["optimizer"], "lab", hyper, np.array(ours["theta0"]), np.array(ours["grads"]), None, np.array(path))
    outcome = conform(record, digits)
    if not outcome.conforms:
        raise AssertionError(str(outcome))


def assert_bound(measured, bound, *, slack: float = 1e-12) -> None:
    """AssertionError unless measured <= bound (1 + slack) everywhere; the message has the worst pair."""
    check = at_most(measured, bound, slack=slack)
    if not check.holds:
        raise AssertionError(f"bound violated: {check.detail}")


def assert_claim(pattern: str) -> None:
    """AssertionError unless every claim whose id matches the pattern holds and its control fails."""
    failed = [v for v in map(judge, select(CLAIMS, pattern)) if not v.holds]
    if failed:
        raise AssertionError("; ".join(f"{v.claim.id}: {v.verdict} ({v.detail})" for v in failed))

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

from lab.claims import CLAIMS, Claim, judge
from lab.claims.own import select
from lab.claims.search import falsify
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
    """AssertionError unless measured <= bound (1 + slack) everywhere; the message has the worst pair.

    ValueError for a bound that is not positive and finite, which every number satisfies or none.
    """
    measured, bound = np.broadcast_arrays(np.asarray(measured, dtype=float), np.asarray(bound, dtype=float))
    if not ((bound > 0) & np.isfinite(bound)).all():
        raise ValueError("bound is vacuous: it must be positive and finite everywhere")
    ratio = measured / bound
    worst = np.unravel_index(np.where(np.isnan(ratio), np.inf, ratio).argmax(), ratio.shape)
    if not ratio[worst] <= 1 + slack:
        raise AssertionError(f"bound violated: {measured[worst]:.6g} <= {bound[worst]:.6g} in {ratio.size} instances")


def assert_claim(claim: str | Claim) -> None:
    """AssertionError unless the claim stands: every part holds and could have failed. An id or a pattern of the lab's, or one of yours.

    The message has the verdict of each that does not.
    """
    chosen = [claim] if isinstance(claim, Claim) else [CLAIMS[id] for id in select(CLAIMS, claim)]
    fallen = [v for v in map(judge, chosen) if not v.holds]
    if fallen:
        raise AssertionError("; ".join(f"{v.id}: {v.words}" for v in fallen))


def assert_falsified(claim: Claim, *, budget: float = 10.0, seed: int = 0) -> None:
    """AssertionError unless a search of `budget` seconds finds an instance that refutes the claim, and a second look confirms it."""
    found = falsify(claim, budget=budget, seed=seed)
    if not found.refuted:
        raise AssertionError(f"{claim.id} was not refuted: {found.words}")

"""Assertions for the tests of people who write optimizers, bounds and claims. They hold under
`python -O` too, which drops `assert`.

from lab import Adam
from lab.testing import assert_conforms

def test_mine():
    mine = MyAdam(lr=0.1)
    # step(theta, gradient) -> new theta, called once per step
    assert_conforms(mine.step, Adam(lr=0.1))
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from lab.arrays import Layers
from lab.checks import one_line
from lab.claims import CLAIMS, Claim, judge
from lab.claims.own import select
from lab.claims.search import falsify
from lab.conformance import DIGITS, DIMS, STEPS, Record, conform, record_of
from lab.conventions.table import title
from lab.optimizers import OPTIMIZERS, Optimizer, defaults, hyperparameters


def assert_conforms(
    step: Callable[[np.ndarray, np.ndarray], np.ndarray],
    optimizer: Optimizer,
    *,
    steps: int = STEPS,
    dims: int = DIMS,
    seed: int = 0,
    digits: float = DIGITS,
) -> None:
    """AssertionError unless `step(theta, g) -> theta` agrees with `optimizer` to `digits` at every
    step.

    It is called once per step with our gradients: of a vector (dims,), or of a matrix with about
    dims / 2 rows where the method sees matrices. They change sign, vanish, peak and are tiny, so
    that a method that differs anywhere parts from ours. The message says at which step, and what
    explains it. For methods that ask only for gradients: TypeError otherwise, where `step` is no
    function, and where it does not return theta.
    """
    name = title(optimizer)
    known = hyperparameters(optimizer)
    hyper = {key: known.get(key, value) for key, value in defaults(name).items()}
    if repr(OPTIMIZERS[name](**hyper)) != repr(optimizer):
        raise TypeError(f"{optimizer} is no setting of {name}: take one of lab list")
    if not optimizer.needs <= {"grad"}:
        kind = type(optimizer).__name__
        raise TypeError(
            f"{kind} asks for more than gradients: "
            "record it on those of lab golden, and use lab conform"
        )

    ours = record_of(name, hyper, steps=steps, dims=dims, seed=seed, single=True)
    path = _stepped(step, ours)
    outcome = conform(dataclasses.replace(ours, trajectory=path), digits)
    if not outcome.conforms:
        raise AssertionError(str(outcome))


def _stepped(step, record: Record) -> np.ndarray:
    """The parameters (T, N) after each call of step. TypeError for a class in its place."""
    if isinstance(step, type) or not callable(step):
        given = f"the class {step.__name__}" if isinstance(step, type) else one_line(step)
        raise TypeError(f"step is {given}: must be a function of (theta, g), or such an instance")
    theta = np.array(record.theta0[0] if isinstance(record.theta0, Layers) else record.theta0)
    grads = record.grads
    gradients = np.asarray(grads[0] if isinstance(grads, Layers) else grads)
    path = []
    for t, g in enumerate(gradients):
        made = step(theta.copy(), np.array(g))
        # a copy goes in, so that a method that works in place can't change what we compare
        theta = _new_theta(made, theta, t + 1)
        path.append(theta.ravel())
    return np.array(path)


def _new_theta(made, theta, t):
    """What step returned, as an array like theta. TypeError or ValueError, naming the call, for
    anything else.
    """
    if made is None:
        raise TypeError(
            f"step returned None at call {t}: "
            "must return the new theta, in-place changes are not seen"
        )
    new = np.asarray(made)
    if new.dtype.kind not in "fiu":
        raise TypeError(
            f"step returned {type(made).__name__} at call {t}: must be an array of real numbers"
        )
    if new.shape != theta.shape:
        raise ValueError(
            f"step returned shape {new.shape} at call {t}: must be {theta.shape}, theta's"
        )
    return new.astype(float)


def assert_bound(measured, bound, *, slack: float = 1e-12) -> None:
    """AssertionError unless measured <= bound (1 + slack) everywhere; the message has the worst
    pair.

    ValueError for a bound that is not positive and finite, which every number satisfies or none.

    slack: relative, for the rounding of both sides. The two broadcast. NaN in `measured` violates
    every bound: it is worse than all numbers.
    """
    measured, bound = np.broadcast_arrays(
        np.asarray(measured, dtype=float), np.asarray(bound, dtype=float)
    )
    # a bound of inf would hold for everything, and a test that can't fail is none
    if not ((bound > 0) & np.isfinite(bound)).all():
        raise ValueError("bound is vacuous: it must be positive and finite everywhere")
    ratio = measured / bound
    worst = np.unravel_index(np.where(np.isnan(ratio), np.inf, ratio).argmax(), ratio.shape)
    if not ratio[worst] <= 1 + slack:
        raise AssertionError(
            f"bound violated: {measured[worst]:.6g} <= {bound[worst]:.6g} in {ratio.size} instances"
        )


def assert_claim(claim: str | Claim) -> None:
    """AssertionError unless the claim stands: every part holds and could have failed. An id or a
    pattern of the lab's, or one of yours.

    The message has the verdict of each that does not.
    """
    chosen = [claim] if isinstance(claim, Claim) else [CLAIMS[id] for id in select(CLAIMS, claim)]
    fallen = [v for v in map(judge, chosen) if not v.holds]
    if fallen:
        raise AssertionError("; ".join(f"{v.id}: {v.words}" for v in fallen))


def assert_falsified(claim: Claim, *, budget: float = 10.0, seed: int = 0) -> None:
    """AssertionError unless a search of `budget` seconds finds an instance that refutes the claim,
    and a second look confirms it.

    For claims that are meant to be false: the control of a control. A seed draws the same instances
    everywhere; how many of them in `budget` seconds depends on the machine.
    """
    found = falsify(claim, budget=budget, seed=seed)
    if not found.refuted:
        raise AssertionError(f"{claim.id} was not refuted: {found.words}")

"""Closed forms and exact recursions by (type of objective, type of optimizer)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.arrays import sweep_shape
from lab.checks import count
from lab.trajectory import Trajectory

EXACT: dict[tuple[type, type], Callable] = {}


def solves(objective: type, optimizer: type):
    """Decorator: register f(objective, optimizer, theta, t, batch) -> Trajectory for this pair of types."""

    def register(f):
        EXACT[objective, optimizer] = f
        return f

    return register


def exact(objective, optimizer, theta, *, steps, batch: int | None = None, every: int = 1) -> Trajectory:
    """The trajectory that `simulate` would give (in expectation, where batches are random), without iterating where a closed form exists.

    steps: an integer, recorded as simulate does (every, and the last), or an increasing array of step numbers: any step costs the same.
    theta (*r, n), hyper-parameters sweep as in simulate. Series "loss", and "theta" (K, *r, n) where it is deterministic.
    TypeError for a pair without closed form, naming those that exist.
    """
    from lab.simulation import start_point

    solver = solver_of(type(objective), type(optimizer))
    batch = batch if batch is None else count("batch", batch)
    sweep_shape(optimizer)
    with np.errstate(over="ignore", invalid="ignore"):
        return solver(objective, optimizer, start_point(objective, theta), step_numbers(steps, every), batch)


def solver_of(objective: type, optimizer: type) -> Callable:
    """The closed form of a pair of types. TypeError naming those that exist."""
    if (objective, optimizer) not in EXACT:
        known = ", ".join(f"({f.__name__}, {opt.__name__})" for f, opt in EXACT)
        raise TypeError(f"no closed form for ({objective.__name__}, {optimizer.__name__}); there is one for {known}")
    return EXACT[objective, optimizer]


def step_numbers(steps, every: int = 1) -> np.ndarray:
    """The recorded steps (K,) as integers >= 0. ValueError unless increasing."""
    if np.ndim(steps) == 0:
        steps = count("steps", steps, 0)
        return np.unique(np.append(np.arange(0, steps + 1, count("every", every)), steps))
    t = np.asarray(steps)
    if t.ndim != 1 or t.dtype.kind not in "iu" or (t < 0).any() or (np.diff(t) <= 0).any():
        raise ValueError(f"steps = {steps!r}: must be an integer >= 0 or an increasing array of such")
    return t

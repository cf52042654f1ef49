"""Closed forms and exact recursions by (type of objective, type of optimizer)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lab.arrays import sweep_shape
from lab.checks import count, one_line
from lab.domains import as_array, filled
from lab.trajectory import Trajectory

EXACT: dict[tuple[type, type], Callable] = {}


def solves(objective: type, optimizer: type):
    """Decorator: register f(objective, optimizer, theta, t, batch) -> Trajectory for this pair."""

    def register(f):
        EXACT[objective, optimizer] = f
        return f

    return register


def exact(
    objective,
    optimizer,
    theta,
    *,
    steps,
    batch: int | None = None,
    every: int = 1,
) -> Trajectory:
    """The trajectory that `simulate` would give, without iterating where a closed form exists.

    In expectation, where batches are random. steps: an integer, recorded as simulate does (every,
    and the last), or an increasing array of step numbers: any step costs the same. theta (*r, n),
    hyper-parameters sweep as in simulate. Series "loss", and "theta" (K, *r, n) where it is
    deterministic.

    TypeError for a pair without closed form, naming those that exist; ValueError for theta, steps,
    batch or every outside the domain of `simulate`. A diverged run is inf.
    """
    from lab.simulation import start_point

    solver = solver_of(type(objective), type(optimizer))
    batch = batch if batch is None else count("batch", batch)
    sweep_shape(optimizer)
    start = start_point(objective, theta)
    t = step_numbers(steps, every)
    with np.errstate(over="ignore", invalid="ignore"):
        return solver(objective, optimizer, start, t, batch)


def solver_of(objective: type, optimizer: type) -> Callable:
    """The closed form of a pair of types. TypeError naming those that exist."""
    types = isinstance(objective, type) and isinstance(optimizer, type)
    if types and (objective, optimizer) in EXACT:
        return EXACT[objective, optimizer]

    known = ", ".join(f"({f.__name__}, {opt.__name__})" for f, opt in EXACT)
    pair = ", ".join(getattr(kind, "__name__", one_line(kind)) for kind in (objective, optimizer))
    raise TypeError(f"no closed form for ({pair}); there is one for {known}")


def step_numbers(steps, every: int = 1) -> np.ndarray:
    """The recorded steps (K,) as integers >= 0. ValueError unless increasing."""
    if np.ndim(as_array("steps", steps)) == 0:
        last = count("steps", steps, 0)
        regular = np.arange(0, last + 1, count("every", every))
        return np.unique(np.append(regular, last))

    t = filled("steps", np.asarray(steps))
    integers = t.ndim == 1 and t.dtype.kind in "iu"
    if not integers or (t < 0).any() or (np.diff(t) <= 0).any():
        raise ValueError(f"steps = {one_line(steps)}: must be an integer >= 0 or an increasing array of such")
    return t

"""Closed forms and exact recursions by (type of objective, type of optimizer).

A pair is found by its types and nothing else: subclasses have none of their own unless registered.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np

from lab.arrays import sweep_shape
from lab.checks import as_array, count, loops, one_line
from lab.domains import filled
from lab.exact.neutral import Fields, complete, refuse_unread
from lab.trajectory import Trajectory

EXACT: dict[tuple[type, type], Callable] = {}

# what each closed form reads of its optimizer
READS: dict[tuple[type, type], Fields] = {}


def solves(
    objective: type,
    optimizer: type,
    *,
    of: tuple[str, ...],
    reads: tuple[str, ...],
    only: Mapping[str, tuple] | None = None,
):
    """Decorator: register f(objective, optimizer, theta, t, batch) -> Trajectory for this pair.

    of, reads: the fields of the objective and of the optimizer that f honours. Any other that is
    not at its neutral value is a TypeError (see lab.exact.neutral); `only` restricts those that are
    read to some values. TypeError at once for a field that is not read and has no neutral value.
    """
    problem = Fields(of)
    method = Fields(reads, only or {})
    complete(objective, problem)
    complete(optimizer, method)

    def register(f):
        @functools.wraps(f)
        def checked(thing, rule, theta, t, batch):
            # what an outer closed form hands over has been checked there
            if isinstance(thing, objective):
                refuse_unread(thing, problem, _told(objective, optimizer))
            honoured(objective, rule)
            return f(thing, rule, theta, t, batch)

        EXACT[objective, optimizer] = checked
        READS[objective, optimizer] = method
        return f

    return register


def honoured(objective: type, optimizer) -> None:
    """TypeError unless the closed form on this type of objective honours every field of optimizer.

    And for a pair without one.

    Wrapped methods are asked one by one, so that a field deep inside is refused by its own name.
    """
    kind = type(optimizer)
    solver_of(objective, kind)
    refuse_unread(optimizer, READS[objective, kind], _told(objective, kind))


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

    TypeError for a pair without closed form, naming those that exist, and for a field that the
    closed form does not read and that is not at its neutral value, naming it; ValueError for theta,
    steps, batch or every outside the domain of `simulate`. A diverged run is inf.
    """
    from lab.simulation import start_point

    solver = solver_of(type(objective), type(optimizer))
    batch = batch if batch is None else count("batch", batch)
    # for its error: hyper-parameters that do not broadcast are refused before anything is computed
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

    known = ", ".join(_told(*pair) for pair in EXACT)
    raise TypeError(f"no closed form for {_told(objective, optimizer)}; there is one for {known}")


def _told(objective, optimizer) -> str:
    names = [getattr(kind, "__name__", one_line(kind)) for kind in (objective, optimizer)]
    return f"({', '.join(names)})"


def step_numbers(steps, every: int = 1) -> np.ndarray:
    """The recorded steps (K,) as integers >= 0. ValueError unless increasing.

    `steps` as an integer gives 0, every, 2 every, ... and the last.
    """
    if np.ndim(as_array("steps", steps)) == 0:
        last = count("steps", steps, 0)
        every = count("every", every)
        loops("steps / every", last // every, 0)
        regular = np.arange(0, last + 1, every)
        return np.unique(np.append(regular, last))

    t = filled("steps", np.asarray(steps))
    integers = t.ndim == 1 and t.dtype.kind in "iu"
    if not integers or (t < 0).any() or (np.diff(t) <= 0).any():
        raise ValueError(
            f"steps = {one_line(steps)}: must be an integer >= 0 or an increasing array of such"
        )
    return t

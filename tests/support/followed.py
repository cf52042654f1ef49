"""Points and states along a run, for tests that look inside: the lab's one loop, recorded."""

from typing import Any, NamedTuple

import numpy as np

from lab.arrays import runs
from lab.batches import Recorded
from lab.instruments.online import LinearLosses
from lab.simulation import simulate


class Followed(NamedTuple):
    """points[t] and states[t] are those before step t; the last ones are where the run ended."""

    points: list
    states: list


def followed(f, optimizer, theta, steps, **settings) -> Followed:
    """A run of simulate with these settings, its points and states kept as they are."""
    kept = Followed([], [])

    def keep(point: Any, state: Any):
        kept.points.append(point)
        kept.states.append(state)
        return np.zeros(runs(point))

    simulate(f, optimizer, theta, steps=steps, record={"kept": keep}, **settings)
    return kept


def fed(optimizer, theta, gradients, **settings) -> Followed:
    """The same with these gradients (T, n), whatever theta does."""
    gradients = np.asarray(gradients)
    f = LinearLosses(gradients.shape[-1])
    return followed(
        f, optimizer, theta, len(gradients), batch=Recorded(list(gradients)), **settings
    )

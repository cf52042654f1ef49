"""Full-batch runs in which every instance has a problem of its own: what `simulate`, which runs
one objective, does not do."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np

from lab.arrays import lift


def descend(
    optimizer, gradient: Callable[[np.ndarray], np.ndarray], start: np.ndarray, steps: int
) -> np.ndarray:
    """theta_0 ... theta_steps (steps + 1, R, n) of one run per instance, from start (R, n);
    hyper-parameters are numbers or (R,).

    gradient: (R, n) -> (R, n), row by row that of the instance's own objective. A run that
    diverges becomes inf or NaN.
    """
    theta = np.array(start, dtype=float)
    optimizer = lift(optimizer, theta)
    state, path = optimizer.init(theta), [theta]
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(steps):
            delta, state = optimizer.step(state, SimpleNamespace(grad=gradient(path[-1])), path[-1])
            path.append(path[-1] + delta)
    return np.array(path)

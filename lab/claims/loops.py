"""Full-batch runs in which every instance has a problem of its own: by a loop over gradients, or by
`simulate` on an objective that is one per run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Each:
    """One objective per instance, as one whose run i is a run on objective i: theta (R, n).

    For `simulate` with something to record, which keeps all runs together.
    """

    objectives: Sequence

    def start(self):
        return self.objectives[0].start()

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        return np.array([f.loss(x) for f, x in zip(self.objectives, theta, strict=True)])

    def grad(self, theta, batch=None):
        return np.array([f.grad(x) for f, x in zip(self.objectives, theta, strict=True)])

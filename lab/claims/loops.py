"""Full-batch runs in which every instance has a problem of its own, by the loop that runs one
objective.

R instances are R runs at once, theta (R, n), with gradients computed row by row: a judge that
looped over instances would take R times as long. Which objective a run belongs to is its row
number, so runs may be neither sorted nor dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lab.simulation import simulate
from lab.trajectory import Trajectory

Gradient = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class OwnProblems:
    """One objective per run, in `dims` dimensions, given by its gradient (R, n) -> (R, n); no loss:
    0.

    It draws no batches, and offers neither curvature nor factors: for methods that need a gradient
    and nothing else.
    """

    gradient: Gradient
    dims: int

    offers = frozenset({"loss", "grad"})

    def start(self, runs=(), rng=None):
        return np.zeros((*runs, self.dims))

    def draw(self, rng, runs, size):
        return None

    def loss(self, theta, batch=None):
        # a run asks for a loss; what claims record is something else
        return np.zeros(theta.shape[:-1])

    def grad(self, theta, batch=None):
        return np.asarray(self.gradient(theta))


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


def follow(
    optimizer, gradient: Gradient, start: np.ndarray, steps: int, record: Mapping[str, Callable]
) -> Trajectory:
    """What `record` names, as in simulate, along one run per instance from start (R, n).

    gradient: (R, n) -> (R, n), row by row that of the instance's own objective; hyper-parameters
    are numbers or (R,). A run that diverges becomes inf.
    """
    problems = OwnProblems(gradient, np.shape(start)[-1])
    return simulate(problems, optimizer, start, steps=steps, record=record)


def descend(optimizer, gradient: Gradient, start: np.ndarray, steps: int) -> np.ndarray:
    """theta_0 ... theta_steps (steps + 1, R, n), as `follow`: the whole path, so for some hundred
    steps and dimensions; record less with `follow` beyond."""
    return follow(optimizer, gradient, start, steps, {"theta": np.asarray})["theta"]

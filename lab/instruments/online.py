"""An optimizer played against losses <c_t, x> that an adversary chooses, x in a box.

ValueError for losses that are not finite or empty, and for parameters outside what is stated.

Regret is the measure of online convex optimization (Zinkevich 2003): an algorithm whose regret
after T rounds is o(T) plays, on average, as well as the best fixed point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lab.batches import Recorded
from lab.checks import real
from lab.domains import entries, filled, last_axis, runs_fit
from lab.simulation import simulate


class Game(NamedTuple):
    """points (T + 1, *r, n): where the player stood in each round, and after the last.

    losses (T, n) or (T, *r, n); the box [low, high]^n; series: what else was recorded, (T + 1,
    ...).
    """

    points: np.ndarray
    losses: np.ndarray
    low: float
    high: float
    series: dict[str, np.ndarray]

    @property
    def regret(self) -> np.ndarray:
        """(T, *r): sum_{s <= t} <c_s, x_s> minus that of the best fixed point in hindsight.

        The best fixed point of linear losses is a corner: low where the sum of losses is positive,
        high where it is negative, coordinate by coordinate.
        """
        paid = (self.losses * self.points[:-1]).sum(-1)
        total = self.losses.cumsum(0)
        best = np.minimum(self.low * total, self.high * total)
        return paid.cumsum(0) - best.sum(-1)


@dataclass(frozen=True)
class LinearLosses:
    """The objective of a game: a batch is the vector c (dims,) of a round, its loss <c, x>.

    Without a round there is no loss: 0.

    dims >= 1. There is no curvature to ask for. TypeError of the oracle for a method that needs
    more than gradients.
    """

    dims: int

    offers = frozenset({"loss", "grad"})

    def start(self, runs=(), rng=None):
        return np.zeros((*runs, self.dims))

    def draw(self, rng, runs, size):
        return np.zeros(self.dims)

    def loss(self, theta, batch=None):
        if batch is None:
            return np.zeros(theta.shape[:-1])
        return (batch * theta).sum(-1)

    def grad(self, theta, batch=None):
        if batch is None:
            return np.zeros_like(theta)
        return np.array(np.broadcast_to(batch, theta.shape))


def play(
    optimizer,
    losses: np.ndarray,
    theta: np.ndarray,
    *,
    low: float = -1.0,
    high: float = 1.0,
    record: dict | None = None,
) -> Game:
    """x_{t+1} = clip(x_t + delta_t, low, high), delta_t the step on the gradient c_t of round t.

    losses (T, n), or (T, *r, n) for one sequence per run; theta (*r, n) inside the box;
    hyper-parameters may be swept; record as in simulate. Coordinatewise clipping is the projection
    in every diagonal metric, so for Adam, AMSGrad and AdaGrad this is the projection of their
    papers. Any method that needs only `grad`: TypeError otherwise. ValueError for a start outside
    the box or non-finite losses.
    """
    losses = filled("losses", entries("losses", real("losses", losses), 2))
    start = entries("theta", real("theta", theta), 1)
    last_axis("theta", start, losses.shape[-1])
    low = float(real("low", low, 0))
    high = float(real("high", high, 0))
    if not (low < high and (start >= low).all() and (start <= high).all()):
        raise ValueError(f"theta = {start}: must be in the box [{low:g}, {high:g}]")

    runs_fit("theta", start.shape[:-1], losses.shape[1:-1])
    runs = np.broadcast_shapes(start.shape[:-1], losses.shape[1:-1])
    run = simulate(
        LinearLosses(losses.shape[-1]),
        optimizer,
        np.broadcast_to(start, (*runs, start.shape[-1])),
        steps=len(losses),
        batch=Recorded(list(losses)),
        record={"points": np.asarray, **(record or {})},
        project=lambda x: np.clip(np.asarray(x), low, high),
    )
    series = {name: np.asarray(run[name]) for name in record or {}}
    return Game(run["points"], losses, low, high, series)

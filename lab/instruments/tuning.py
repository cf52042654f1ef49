"""Fair learning-rate tuning: one protocol for every method, and a record of what was tried.

Methods differ by more than their best rates: how many were tried, on which batches and by which
criterion are the same for all, and stored with the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.arrays import runs
from lab.checks import able, one_of, positive, real
from lab.optimizers.protocol import with_
from lab.simulation import simulate, start_point
from lab.ties import DIGITS, rounded
from lab.trajectory import Trajectory


@dataclass(frozen=True, eq=False)
class Tuned:
    """The best learning rate of a grid: lr, its median steps to the target, and the whole record.

    grid (L,), increasing; steps (L,) median over seeds, inf where the target was not reached; final
    (L,) median last loss; edge: "" or "low" / "high" when the best value is the first or last of
    the grid, so the optimum may lie outside; record: the Trajectory of all runs, series (K, L, *r).
    """

    lr: float
    best: int
    grid: np.ndarray
    steps: np.ndarray
    final: np.ndarray
    edge: str
    record: Trajectory

    @property
    def flag(self) -> str:
        """What a legend prints: "" or "(grid edge: low)".

        A best rate at the edge is no optimum: extend the grid before drawing a conclusion.
        """
        return f"(grid edge: {self.edge})" if self.edge else ""

    @property
    def curve(self) -> np.ndarray:
        """The loss of the best learning rate, (K, *r)."""
        return self.record["loss"][:, self.best]


def tune(
    objective,
    optimizer,
    grid,
    target: float | None = None,
    *,
    theta,
    steps: int,
    measure: str = "loss",
    solver=simulate,
    **settings,
) -> Tuned:
    """Run the whole grid of learning rates as one batched call and pick the best.

    optimizer: any optimizer, wrapped or not; its `lr` is replaced by the grid. target: a loss; the
    best value reaches it in the fewest steps (median over the runs of theta), ties going to the
    lower last loss. Without a target, or when no value reaches it, the lowest last loss wins. Last
    losses that agree to 12 digits, or are below 1e-12 of the first loss, where rounding would
    decide, are equal: the lowest rate wins. theta (*r, n); solver: simulate or exact; settings go
    to it (batch, rng, every, record). measure: the recorded series that plays the part of the loss
    in target, ties and `final`.
    """
    able("objective", objective, "start", "loss")
    able("optimizer", optimizer, "init", "step")
    grid = np.sort(real("grid", grid, 1))
    positive("grid", grid)
    if not grid.size:
        raise ValueError("grid is empty: must have at least one learning rate")
    if target is not None:
        real("target", target)
    theta = start_point(objective, theta)
    axes = len(runs(theta))
    # rates stand before the seeds, (L, *r): all rates of a seed see its batches
    swept = grid.reshape(-1, *(1,) * axes)
    record = solver(objective, with_(optimizer, lr=swept), theta, steps=steps, **settings)

    one_of("measure", measure, record.series)
    seeds = tuple(range(1, axes + 1))
    final = _median(record[measure][-1], seeds)
    reached = np.full(len(grid), np.inf)
    if target is not None:
        reached = _median(record.steps_to(target, measure), seeds)

    # below 1e-12 of the first loss rounding would decide which is lowest
    first = _median(record[measure][0], seeds)
    floor = np.abs(first) * 2.0**-DIGITS
    settled = rounded(np.maximum(final, floor))
    best = int(np.lexsort((settled, reached))[0])  # a stable sort
    edge = {0: "low", len(grid) - 1: "high"}.get(best, "")
    return Tuned(float(grid[best]), best, grid, reached, final, edge, record)


def _median(x, axes):
    """The lower median, a value of a run: half of the runs are at least as good, and inf makes no
    NaN.
    """
    return np.quantile(x, 0.5, axis=axes, method="inverted_cdf") if axes else x

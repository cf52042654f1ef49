"""Does the best hyper-parameter of one width serve another?

The best rate goes as M^s: s = 0 where it transfers, s = c' - c where a table scales all layers by
c' and c is needed. A slope needs every width's optimum inside the grid; an optimum at an end says
only which way to go.

Values of a grid are those at the base width of the study, to which the powers of the table are
applied at every other: a slope of 0 then says that the table is right, not that rates are equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lab.checks import count, positive, real
from lab.instruments.width.slopes import Slope, slope
from lab.instruments.width.study import Study, powers
from lab.optimizers.protocol import Optimizer, with_
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import Table

# a neighbour this many times above the best loss is on its way out: a parabola through it would
# promise losses that nobody measured
BASIN = 10.0


class Quality(NamedTuple):
    """How well one value serves all widths, beside the slope.

    scatter: RMS of log2 of the best values about their own power law; missed: log2 of what the
    power law of all widths but the widest promises there, over the best there; penalty: the loss at
    the widest width with the best value of the narrowest, over the best loss there, less 1. The
    first two are 0 where one value is best everywhere, and may be 0 where another is: a power law
    with a slope is extrapolated just as well. The third says what not rescaling costs.
    """

    scatter: float
    missed: float
    penalty: float


@dataclass(frozen=True, eq=False)
class Transfer:
    """losses (widths, grid, seeds) after training; best (widths,), the grid's optimum interpolated
    by a parabola of log loss in the logarithm of the hyper-parameter; loss (widths,) there; edge:
    "" or "low" / "high" per width, where the optimum is an end of the grid and may lie outside;
    changed (widths, grid, seeds, layers): RMS of the change of pre-activations by training.

    name: of the hyper-parameter; its values are those at the base width of the study.
    """

    name: str
    widths: tuple[int, ...]
    grid: np.ndarray
    losses: np.ndarray
    best: np.ndarray
    loss: np.ndarray
    edge: tuple[str, ...]
    changed: np.ndarray

    @property
    def slope(self) -> Slope:
        """d log best / d log width, from the seeds one by one; 0 where it transfers. The optimum of
        a seed alone may be an end of the grid: no interval is then claimed."""
        middle = slope(self.widths, self.best)
        if any(self.edge):
            return Slope(middle.value, -np.inf, np.inf)
        seeds = range(self.losses.shape[-1])
        # one width after the other: the optimum of every seed by itself
        single = []
        for losses in self.losses:
            best = [interpolated(self.grid, losses[:, seed])[0] for seed in seeds]
            single.append(best)
        spread = slope(self.widths, single)
        reach = (spread.high - spread.low) / 2
        return Slope(middle.value, middle.value - reach, middle.value + reach)

    @property
    def quality(self) -> Quality:
        """The quality of the fit, the error of extrapolation, and the price of a value carried over
        (the three of arXiv 2605.21486). Between values of the grid log loss is interpolated
        linearly in the logarithm of the value: the penalty is too large there rather than too
        small. NaN where a best value is none, inf where the carried value diverges; the second
        needs three widths."""
        x = np.log2(self.widths)
        y = np.log2(self.best)
        left = y - _line(x, y, x)
        missed = _line(x[:-1], y[:-1], x[-1]) - y[-1] if len(x) > 2 else np.nan
        widest = np.median(self.losses[-1], -1)
        with np.errstate(all="ignore"):
            # a loss of 0 or inf has an infinite logarithm, and is told as such
            carried = np.interp(y[0], np.log2(self.grid), np.log(widest))
            penalty = np.exp(carried) / self.loss[-1] - 1.0
        return Quality(float(np.sqrt((left**2).mean())), float(missed), float(penalty))

    @property
    def wider_is_better(self) -> bool:
        """Whether the best loss never rises with the width, in the order of `widths`."""
        return bool((np.diff(self.loss) <= 0).all())


def transfer(
    optimizer: Optimizer,
    table: Table | Mapping[str, Powers],
    study: Study,
    grid: Any,
    *,
    steps: int,
    name: str = "lr",
    damping: str | None = None,
    damped: str | None = None,
    batch: Any = None,
) -> Transfer:
    """Train every width with every value of one hyper-parameter, all seeds at once.

    name: which hyper-parameter the grid is of ("lr", "damping"), at the base width; the others stay
    as in the optimizer, and all follow the table. damping, damped: as in `coordinate_check`. The
    loss of a value is the median over seeds of the last loss on all examples; a run that diverged
    is inf. Use squared losses and ten outputs, not cross-entropy, whose logits may grow for free.
    ValueError for a grid with fewer than three values, TypeError for a missing hyper-parameter.
    """
    grid = np.sort(real("grid", grid, 1))
    positive("grid", grid)
    if len(grid) < 3:
        raise ValueError(f"grid = {grid}: must be at least three values")
    steps = count("steps", steps)
    rows = powers(table, damping) if isinstance(table, Table) else table

    losses = []
    changed = []
    swept = with_(optimizer, **{name: grid[:, None]})
    for width in study.widths:
        start = study.at(width, rows)
        method = Parameterized(swept, rows, Widths(width, study.base), damped)
        objective = start.objective
        run = simulate(
            objective,
            method,
            start.theta,
            steps=steps,
            batch=batch,
            every=steps,
            record={"loss": objective.loss, "changed": start.changed},
        )
        losses.append(run["loss"][-1])
        changed.append(run["changed"][-1])

    stacked = np.stack(losses)
    best, loss, edge = optima(grid, stacked)
    return Transfer(name, study.widths, grid, stacked, best, loss, edge, np.stack(changed))


def _line(
    x,
    y,
    at,
) -> np.ndarray:
    """The line of least squares through (x, y), at another x.

    y_mean + tilt (at - x_mean), tilt = sum (x - x_mean) y / sum (x - x_mean)^2.
    """
    centred = x - x.mean()
    tilt = (centred @ y) / (centred @ centred)
    return y.mean() + tilt * (at - x.mean())


def optima(
    grid: np.ndarray,
    losses: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
    """Of the median over seeds of losses (widths, grid, seeds), width by width: see `Transfer`."""
    middle = np.median(losses, -1)
    found = [interpolated(grid, x) for x in middle]
    best, loss, edge = zip(*found, strict=True)
    return np.array(best), np.array(loss), edge


def interpolated(
    grid: np.ndarray,
    losses: np.ndarray,
) -> tuple[float, float, str]:
    """The optimum of a parabola through the best value and its neighbours, its loss, and the edge.

    In logarithms of both; at an end of the grid, and beside a run that diverged or has ten times
    the loss, the best value itself. The first of equal losses. (NaN, inf, "high") where every run
    diverged: the grid is then too high. grid (L,) ascending, losses (L,).
    """
    losses = np.where(np.isfinite(losses), losses, np.inf)
    k = int(np.argmin(losses))
    value = float(grid[k])
    loss = float(losses[k])
    if loss == np.inf:
        return np.nan, np.inf, "high"
    if k == 0:
        return value, loss, "low"
    if k == len(grid) - 1:
        return value, loss, "high"

    near = slice(k - 1, k + 2)
    around = losses[near]
    whole = (around > 0) & (around <= BASIN * loss)
    if not whole.all():
        return value, loss, ""
    x = np.log(grid[near])
    y = np.log(around)
    bend, tilt, level = np.polyfit(x - x[1], y, 2)
    # no valley between the three
    if bend <= 0:
        return value, loss, ""
    shift = -tilt / (2 * bend)
    best = np.exp(x[1] + shift)
    lowest = np.exp(level + tilt * shift / 2)
    return float(best), float(lowest), ""

"""The coordinate check: how far features move in a step, against the width.

In muP every layer moves its features by order 1: RMS(dW_l h_(l-1)) ~ M^0. In other
parameterizations its slope is what `predicted` gives: -1/2 of K-FAC's hidden layer in SP, which
stands still as M grows; a positive slope diverges. `order` is the other measure: how a
preconditioner scales.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.checks import count
from lab.instruments.width.slopes import MARGIN, Slope, slope
from lab.instruments.width.study import Start, Study, powers
from lab.optimizers.protocol import Optimizer, with_
from lab.optimizers.wrappers.parameterized import Parameterized, Powers, Widths
from lab.simulation import simulate
from lab.theory.mup import Table, moves


@dataclass(frozen=True, eq=False)
class Coordinates:
    """moves (K, widths, seeds, blocks): RMS of (W_l - W_l,0) h_(l-1) after each of the steps;
    totals (K, widths, seeds, layers): of the change of the pre-activations; lr first where it was
    swept. names: of the blocks.

    The first is a layer's own part, with the features of the start; the second has the change of
    the features below too, and is what a check of the printed activations would show.
    """

    widths: tuple[int, ...]
    steps: tuple[int, ...]
    names: tuple[str, ...]
    moves: np.ndarray
    totals: np.ndarray

    def slopes(
        self,
        step: int | None = None,
    ) -> dict[str, Slope]:
        """block -> slope in the width, after the first step unless told otherwise.

        ValueError for a step that was not measured; NaN where nothing moves.
        """
        k = 0 if step is None else self._index(step)
        found = {}
        for block, name in enumerate(self.names):
            found[name] = slope(self.widths, self.moves[k, ..., block])
        return found

    def _index(
        self,
        step: int,
    ) -> int:
        """The place of a step among those measured. ValueError unless it was."""
        if step not in self.steps:
            told = ", ".join(map(str, self.steps))
            raise ValueError(f"step = {step}: must be one of those measured, {told}")
        return self.steps.index(step)

    def verdicts(
        self, predicted: Mapping[str, float], step: int | None = None, margin: float = MARGIN
    ) -> dict[str, str]:
        """block -> verdict on the slope that is predicted for its role, within the margin."""
        found = {}
        for name, value in self.slopes(step).items():
            role, _, _ = name.rpartition(" ")
            found[name] = value.verdict(float(predicted[role]), margin)
        return found


def coordinate_check(
    optimizer: Optimizer,
    table: Table | Mapping[str, Powers],
    study: Study,
    *,
    steps: Sequence[int] = (1,),
    damping: str | None = None,
    damped: str | None = None,
    batch: Any = None,
) -> Coordinates:
    """Train every width in a parameterization, and see how far each layer moves its features.

    optimizer: right at the base width of the study; its rate and damping follow the table.
    damping: the name of a derived damping ("A", "L", "eps"), whose d a derived table supplies;
    damped: the hyper-parameter of the optimizer that it scales; both None: dampings stay. steps:
    after which it is measured; batch as in `simulate`. What parameterized rules predict is in
    `predicted`. One call of `simulate` per width, all seeds at once. TypeError where the optimizer
    has no such damping, or the table no such role.
    """
    chosen = tuple(sorted({count("steps", k) for k in steps}))
    rows = powers(table, damping) if isinstance(table, Table) else table
    if damping is not None and damped is None:
        raise TypeError(f"damping = {damping!r}: say which hyper-parameter it is, as damped")

    own: list[np.ndarray] = []
    total: list[np.ndarray] = []
    names: tuple[str, ...] = ()
    for width in study.widths:
        start = study.at(width, rows)
        names = start.names
        method = Parameterized(optimizer, rows, Widths(width, study.base), damped)
        run = _measured(start, method, chosen[-1], batch)
        # every step is recorded, that of the start as 0
        own.append(run["moved"][list(chosen)])
        total.append(run["changed"][list(chosen)])
    return Coordinates(study.widths, chosen, names, np.stack(own, 1), np.stack(total, 1))


def _measured(
    start: Start,
    method,
    steps,
    batch,
):
    """A run of one width, (W - W_0) h and the change of the pre-activations at every step."""
    record: dict[str, Callable] = {"moved": start.moved, "changed": start.changed}
    return simulate(start.objective, method, start.theta, steps=steps, batch=batch, record=record)


def predicted(table: Table) -> dict[str, float]:
    """role -> the slope that a derived table predicts for one step with valid damping."""
    return {role: float(x) for role, x in moves(table).items()}


def order(
    optimizer: Optimizer,
    table: Table | Mapping[str, Powers],
    study: Study,
    *,
    steps: int = 1,
    lr: float | None = None,
) -> dict[str, Slope]:
    """The order of the preconditioner: block -> slope in the width of |step| / (lr |gradient|)

    At the last of `steps` steps of the full batch; lr scales the step (that of the optimizer unless
    given). K-FAC in muP: (1, 0, -1) for input, hidden, output at every step. The norms are
    Frobenius': of a preconditioner that is a number P for a whole layer this is the slope of P.
    """
    steps = count("steps", steps)
    rows = powers(table) if isinstance(table, Table) else table
    method = optimizer if lr is None else with_(optimizer, lr=lr)
    sizes = []
    names: tuple[str, ...] = ()
    for width in study.widths:
        start = study.at(width, rows)
        names = start.names
        sized = Parameterized(method, rows, Widths(width, study.base))
        sizes.append(gains(start, sized, steps))
    return {name: slope(study.widths, np.stack(sizes)[..., k]) for k, name in enumerate(names)}


def gains(
    start,
    method,
    steps,
) -> np.ndarray:
    """|theta_t - theta_(t-1)| / |g_(t-1)| / (M / base)^-c per seed and block, (S, blocks).

    t is the last step; the factor takes the table's own scaling of the rate out again.
    """
    record = {"theta": lambda theta: theta, "grad": start.objective.grad}
    run = simulate(start.objective, method, start.theta, steps=steps, record=record)
    rates = method.init(start.theta).rates
    orders = start.theta.orders
    found = []
    for x, g, rate, k in zip(run["theta"], run["grad"], rates, orders, strict=True):
        own = tuple(range(-k, 0))
        # the last step, and the gradient that it was made of
        step = x[-1] - x[-2]
        before = g[-2]
        # summed over the axes of one block, which leaves the seeds
        length = np.sqrt((step**2).sum(own))
        size = np.sqrt((before**2).sum(own))
        factor = rate.ravel()[0]
        found.append(length / size / factor)
    return np.stack(found, -1)

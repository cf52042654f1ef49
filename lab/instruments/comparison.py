"""Several methods under one tuning protocol, as arrays that an experiment can store.

table = {"SGD": (SGD(0.1), grid), "Adam": (Adam(0.1), grid)}     # grid: rates (L,)
found = compare(f, table, 1e-3, theta=f.start(), steps=200)
found["steps"], found["edge"]      # steps to the target, "" where the grid is wide enough
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lab.arrays import Params
from lab.checks import one_line, real
from lab.instruments.tuning import tune
from lab.optimizers.protocol import Optimizer


def compare(
    objective,
    methods: Mapping[str, tuple[Optimizer, np.ndarray]],
    target: float | None = None,
    *,
    theta: Params,
    steps: int,
    measure: str = "loss",
    **settings,
) -> dict[str, np.ndarray]:
    """Tune every method on its own grid, with the same budget, target and batches.

    One batched call per method. methods: name -> (optimizer, grid of learning rates); grids have
    the same length L, or length 1 for a method whose rate does nothing (a line search), which then
    fills its row.

    Returns, for M methods, K recorded steps and runs *r of theta: methods (M,); lr, steps, final
    (M,), edge (M,) "" "low" "high"; t (K,), loss (M, K, *r) at the best rate; rates, sweep (M, L),
    the steps to the target for every rate, inf where it was not reached. ValueError for grids of
    other lengths.

    settings: of simulate (batch, rng, every, record), the same for all. A generator is replaced by
    one seed drawn from it. TypeError for methods that are no mapping. Grids should have one
    resolution: a method that is tried at more rates has an advantage that is none of its own.
    """
    if not isinstance(methods, Mapping) or not methods:
        raise TypeError(f"methods = {one_line(methods)}: must be name -> (optimizer, rates)")
    grids = {name: real(f"grid of {name}", grid, 1) for name, (_, grid) in methods.items()}
    # a line search has one rate, and fills the row of its sweep with it
    length = max(len(grid) for grid in grids.values())
    for name, grid in grids.items():
        if len(grid) not in (1, length):
            raise ValueError(
                f"the grid of {name} has {len(grid)} rates and another {length}: "
                "tune every method on as many rates"
            )
    # a generator would go on from method to method: all get the same seed, drawn from it
    rng = settings.get("rng")
    if isinstance(rng, np.random.Generator):
        common = rng.integers(2**63)
        settings["rng"] = int(common)
    protocol = {"theta": theta, "steps": steps, "measure": measure, **settings}
    tuned = [
        tune(objective, optimizer, grids[name], target, **protocol)
        for name, (optimizer, _) in methods.items()
    ]
    return {
        "methods": np.array(list(methods)),
        "lr": np.array([best.lr for best in tuned]),
        "steps": np.array([best.steps[best.best] for best in tuned]),
        "final": np.array([best.final[best.best] for best in tuned]),
        "edge": np.array([_edge(best) for best in tuned]),
        "t": tuned[0].record.t,
        "loss": np.stack([best.curve for best in tuned]),
        "rates": np.stack([np.broadcast_to(best.grid, length) for best in tuned]),
        "sweep": np.stack([np.broadcast_to(best.steps, length) for best in tuned]),
    }


def _edge(best) -> str:
    """A grid of one rate has no edge: its method has none to choose."""
    alone = len(best.grid) == 1
    return "" if alone else best.edge

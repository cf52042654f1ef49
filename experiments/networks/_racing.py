"""Networks trained by rivals that are all tuned the same way: a part of other experiments.

What is fair here: as many rates over as many decades, two values of one more field, the same starts
and batches, the same number of steps; time is told beside. What is not: the middle of each grid and
the choice of the second field are ours, after what is usual for autoencoders.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from lab.batches import Epochs
from lab.optimizers import KFAC, SGD, SOAP, TNT, Adam, ShampooEMA
from lab.optimizers.matrix.kbfgs import KBFGS
from lab.optimizers.protocol import with_
from lab.progress import bar
from lab.simulation import simulate
from lab.ties import rounded


class Rival(NamedTuple):
    """A method; rates (L,) of its grid, increasing; the other field of it that is tuned, and the
    values of that (V,).

    with_(optimizer, lr=..., field=...) is a run of the grid; all else of the optimizer is fixed.
    """

    optimizer: Any
    rates: np.ndarray
    field: str
    values: np.ndarray


class Budget(NamedTuple):
    """What every rival gets: steps, the batch size of its epochs, first steps that only look, runs
    per setting of its grid, runs of the race.

    All steps count, those that only look too; tried and seeds are numbers of starts.
    """

    steps: int
    batch: int
    warm: int
    tried: int
    seeds: int


def rivals(
    rates: int,
    budget: Budget,
    every: int,
) -> dict[str, Rival]:
    """Method -> its grid: as many rates for all, half a decade apart, around the one that is usual
    for autoencoders, times two values of a second field.

    The grid is rates[k] = usual 10^(k/2), k = -floor((L - 1) / 2) ..., so an even L has one more
    above. `every` and `warm` are those of the methods with roots; K-BFGS has warm only. Momentum is
    a second field of SGD alone, others have their default; TNT's rates are per batch, 200 / B times
    those of a batch of 200.
    """
    k = np.arange(rates) - (rates - 1) // 2
    around = 10.0 ** (k / 2)
    kept: dict[str, Any] = {"every": every, "warm": budget.warm}
    # those of the mean gradient see 1 / B of one example's second moment
    # 1e-4 is the usual rate of TNT at 200 examples
    per_batch = 200 / budget.batch
    few = np.array([0.03, 0.3])
    return {
        "SGD": Rival(SGD(1.0, 0.9), 1e-2 * around, "momentum", np.array([0.5, 0.9])),
        "Adam": Rival(Adam(1.0), 1e-2 * around, "eps", np.array([1e-8, 1e-4])),
        "SOAP": Rival(SOAP(1.0, weight_decay=0.0), 1e-2 * around, "eps", np.array([1e-8, 1e-4])),
        "Shampoo": Rival(
            ShampooEMA(1.0, 1.0, **kept), 3e-3 * around, "damping", np.array([1e-3, 0.1])
        ),
        "TNT": Rival(TNT(1.0, 1.0, **kept), 1e-4 * per_batch * around, "damping", few),
        "K-FAC": Rival(KFAC(1.0, 1.0, **kept), 3e-2 * around, "damping", few),
        "K-BFGS": Rival(KBFGS(1.0, 1.0, warm=budget.warm), 0.3 * around, "damping", few),
    }


def raced(
    f: Any,
    table: Mapping[str, Rival],
    budget: Budget,
    *,
    rounds: int,
    seed: int,
    measures: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """epoch (K,), loss (M, K, seeds) on all data, without the start; lr, value (M,), those of the
    lowest last loss (the mean over `tried` runs, from starts of their own); edge (M,) of the rates;
    elapsed (M, K): seconds of one run, the median of `rounds` runs in turn, not there for 0 of
    them; and each of the measures, functions of theta, like loss.

    The starts that choose and those that race are of two streams of `seed`; the order of examples
    is drawn from seed + 1 for the choice and from seed + 2 for the race. measures get theta of all
    runs. first (seeds,): the loss at the start.

    A loss of inf is a run that left the floating range; epochs are counted from the first step,
    warm ones included.
    """
    batches = Epochs(budget.batch)
    epoch = batches.per_epoch(f)
    streams = np.random.default_rng(seed).spawn(2)
    protocol = {"steps": budget.steps, "batch": batches}
    tried = f.start((budget.tried,), streams[0])
    chosen = {}
    for name, rival in bar(table.items()):
        chosen[name] = tuned(f, rival, tried, rng=seed + 1, **protocol)

    # starts and batches are not those that chose
    protocol["rng"] = seed + 2
    start = f.start((budget.seeds,), streams[1])
    record = {"loss": f.loss, **(measures or {})}
    optimizers, lr, value, edge = zip(*chosen.values(), strict=True)
    paths = [
        simulate(f, optimizer, start, every=epoch, record=record, **protocol)
        for optimizer in bar(optimizers)
    ]

    methods = dict(zip(chosen, optimizers, strict=True))
    clock = {}
    if rounds:
        clock["elapsed"] = clocked(f, methods, rounds=rounds, every=epoch, **protocol)
    series = {name: np.stack([path[name][1:] for path in paths]) for name in record}
    told = {
        "epoch": paths[0].t[1:] / epoch,
        "first": paths[0]["loss"][0],
        "lr": np.array(lr),
        "value": np.array(value),
        "edge": np.array(edge),
    }
    return clock | series | told


def tuned(f, rival, theta, **protocol) -> tuple[Any, float, float, str]:
    """The method at its best setting, its rate, the value of its other field, and the edge of the
    grid at which the rate is: "" where it is inside.

    theta: starts (tried, ...). All L V settings are one batched run; a mean over the tried runs is
    inf when one of them is, so that a setting must hold for all.
    """
    grid = {
        "lr": rival.rates[:, None, None],
        rival.field: rival.values[:, None],
    }
    record = {"loss": f.loss}
    every = protocol["steps"]
    swept = with_(rival.optimizer, **grid)
    path = simulate(
        f,
        swept,
        theta,
        every=every,
        record=record,
        **protocol,
    )
    final = path["loss"][-1].mean(-1)

    # a stable sort: of equal losses the lowest rate
    best = int(np.argsort(rounded(final).ravel(), kind="stable")[0])
    i, j = np.unravel_index(best, final.shape)
    edge = {0: "low", len(rival.rates) - 1: "high"}.get(int(i), "")
    setting = {
        "lr": float(rival.rates[i]),
        rival.field: float(rival.values[j]),
    }
    return with_(rival.optimizer, **setting), setting["lr"], setting[rival.field], edge


def clocked(f, methods, *, rounds: int, **protocol) -> np.ndarray:
    """Seconds since the start of one run, (M, K), without the recording of losses: the median over
    rounds in which the methods take turns.

    From one start of its own, without a batch of runs: seconds of a user's single run. The first
    epoch's end is the first entry; what `simulate` adds is in it, recording only reads the clock.
    """
    theta = f.start()
    clock = {"seconds": lambda theta: np.array(time.perf_counter())}
    times = []
    for _ in bar(range(rounds)):
        for optimizer in methods.values():
            path = simulate(
                f,
                optimizer,
                theta,
                record=clock,
                **protocol,
            )
            times.append(path["seconds"][1:] - path["seconds"][0])
    each = np.array(times).reshape(rounds, len(methods), -1)
    return np.median(each, axis=0)

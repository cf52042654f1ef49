"""Times of jobs, side by side on one machine: what is compared runs in turn, on the same core."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from lab.arrays import Params
from lab.batches import Batch
from lab.oracle import Asked


@contextmanager
def one_core() -> Iterator[None]:
    """The process on one of its cores, where the system can do that: compiled rivals would take
    them all.

    On systems without processor affinity nothing is done, and a comparison with compiled code is
    not fair. The affinity of before is restored, also after an error.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def full_step(
    f: Any,
    method: Any,
    state: Any,
    theta: Params,
) -> tuple[Params, Any]:
    """One step of a method on all rows of an objective: the move, and the state after it.

    Forward and backward passes are part of it, what `simulate` adds to them is not: checks, copies,
    records. theta is the caller's, so that no drawing of a start is timed.
    """
    batch = Batch(np.arange(f.examples), f.examples)
    return method.step(state, Asked(f, theta, batch), theta)


def interleaved(
    jobs: Mapping[Hashable, Callable[[], object]],
    rounds: int,
) -> dict[Hashable, np.ndarray]:
    """The seconds of each job in every round, (rounds,). All are run in turn, round after round, so
    that a slow minute hits them alike; each once before, so that nothing is loaded or compiled on
    the clock.

    jobs: name -> a function without arguments that does the work; rounds >= 1. Report the minimum
    or the median of ratios within rounds: a ratio of means counts the slow minutes of both.
    """
    times: dict[Hashable, list[float]] = {name: [] for name in jobs}
    # once before the clock starts
    for work in jobs.values():
        work()
    for _ in range(rounds):
        for name, work in jobs.items():
            start = time.perf_counter()
            work()
            times[name].append(time.perf_counter() - start)
    return {name: np.array(seconds) for name, seconds in times.items()}

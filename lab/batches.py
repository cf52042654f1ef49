"""Which examples each step sees: the full batch, fresh draws, epochs, or a recording.

A Batches object streams one Batch per step. simulate(batch=8) means Drawn(8), batch=None means
FullBatch(). Which batches a run sees depends on the seed, the run and the step only, never on the
method: that is what makes two methods comparable at one seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from lab.checks import able, count, switch


class Batch(NamedTuple):
    """One mini-batch.

    rows: what the objective's `draw` returned (None: all examples); size: how many examples (None:
    all); labels: given labels (*r, B), the answer to "sampled" in place of a draw; independent:
    whether it was drawn with replacement, regardless of the batches before it.
    """

    rows: Any = None
    size: int | None = None
    labels: Any = None
    independent: bool = True


class Batches(Protocol):
    """What the argument `batch` of simulate may be, besides a size."""

    def stream(
        self,
        objective: Any,
        rng: np.random.Generator,
        runs: tuple[int, ...],
    ) -> Iterator[Batch]:
        """The batches of a run, one per step; each run in the axes `runs` has its own."""
        ...


@dataclass(frozen=True)
class FullBatch:
    """All examples (or the population) at every step: no randomness.

    A design without a list of examples answers with population averages.
    """

    def stream(self, objective, rng, runs):
        while True:
            # asked at every step: what a population draws may be a fresh sample of no size
            yield Batch(objective.draw(rng, runs, None))


@dataclass(frozen=True)
class Drawn:
    """`size` examples drawn with replacement, or from the population, anew at every step.

    Independent batches, as all formulas with a noise covariance C / B assume. ValueError for a size
    that is no integer >= 1.
    """

    size: int

    def __post_init__(self):
        count("Drawn.size", self.size)

    def stream(self, objective, rng, runs):
        while True:
            yield Batch(objective.draw(rng, runs, self.size), self.size)


@dataclass(frozen=True)
class Epochs:
    """Every example once per epoch, in an order drawn anew for each epoch and run.

    drop_last: leave out the examples that do not fill a batch at the end of an epoch; otherwise the
    last batch is shorter. ValueError when there are fewer examples than `size`; TypeError for an
    objective without a list of `examples`.
    """

    size: int
    drop_last: bool = True

    def __post_init__(self):
        count("Epochs.size", self.size)
        switch("Epochs.drop_last", self.drop_last)

    def per_epoch(self, objective) -> int:
        """The number of steps in an epoch: examples / size, rounded down or up."""
        examples = self._examples(objective)
        return examples // self.size if self.drop_last else -(-examples // self.size)

    def stream(self, objective, rng, runs):
        examples = self._examples(objective)
        steps = self.per_epoch(objective)
        while True:
            # each run its own order; permuted shuffles rows independently, permutation would not
            order = rng.permuted(np.broadcast_to(np.arange(examples), (*runs, examples)), axis=-1)
            for k in range(steps):
                rows = order[..., k * self.size : (k + 1) * self.size]
                # what is left of an epoch depends on what was seen in it
                yield Batch(rows, rows.shape[-1], independent=False)

    def _examples(self, objective):
        examples = getattr(objective, "examples", None)
        if examples is None:
            raise TypeError(
                f"{type(objective).__name__} has no list of examples to go through: use batch=SIZE"
            )
        if examples < self.size:
            raise ValueError(f"Epochs.size = {self.size}: there are {examples} examples")
        return examples


@dataclass(frozen=True, eq=False)
class Recorded:
    """The batches of a recording, in order.

    rows as the objective takes them, or Batch(rows, size, labels).

    ValueError for a run with more steps than there are batches. A recording counts as not
    independent, unless its Batch says otherwise: no law is known of it.
    """

    batches: Sequence

    def stream(self, objective, rng, runs):
        for recorded in self.batches:
            yield recorded if isinstance(recorded, Batch) else Batch(recorded, independent=False)
        raise ValueError(f"the recording has {len(self.batches)} batches: the run needs more steps")


def batches(batch: int | Batches | None) -> Batches:
    """What the argument `batch` of simulate means.

    ValueError unless a size >= 1, None or a Batches object. A number that is no integer is told
    so, and not taken for an object without `stream`.
    """
    if batch is None:
        return FullBatch()
    if isinstance(batch, (int, np.integer, float, str)):
        size = count("batch", batch)
        return Drawn(size)
    able("batch", batch, "stream")
    return batch

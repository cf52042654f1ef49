"""The oracle of a simulation: it asks the objective.

An answer is computed at the first question and kept, so that a method that reads the gradient twice
pays once. An oracle lives for one step; its point and its batch don't change.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np

from lab.arrays import Params, each_tensor, runs, with_runs
from lab.batches import Batch
from lab.checks import one_of
from lab.oracle.labels import LABELS, CommonRandom
from lab.oracle.protocol import Oracle
from lab.oracle.views import InVariables


class Separate:
    """loss and grad of an objective that shares nothing between them, each computed when asked."""

    def __init__(self, objective, theta: Params, rows: Any = None):
        self.objective = objective
        self.theta = theta
        self.rows = rows

    @cached_property
    def loss(self) -> np.ndarray:
        return self.objective.loss(self.theta, self.rows)

    @cached_property
    def grad(self) -> Params:
        return self.objective.grad(self.theta, self.rows)


def evaluation(objective, theta: Params, rows: Any = None):
    """Loss and gradient at one point, lazily.

    From one pass over the data where the objective has `evaluate`.

    Has the members loss and grad, and `curvature(labels, random)` where the objective can share its
    forward pass with it. rows: what `draw` returned, None for all examples.
    """
    # only a class's own: in a subclass that gives another loss or gradient, the inherited one would
    # overlook them
    if "evaluate" not in vars(type(objective)):
        return Separate(objective, theta, rows)
    return objective.evaluate(theta, rows)


def offered(objective) -> frozenset[str]:
    """What an oracle of this objective can answer: its `offers`, or the members that it has.

    An objective whose abilities depend on its settings (a design without fourth moments, say)
    declares `offers`; for all others having the member is offering it.
    """
    declared = getattr(objective, "offers", None)
    if declared is not None:
        return frozenset(declared)
    members = ("loss", "grad", "hessian", "curvature", "second_moment")
    return frozenset(name for name in members if callable(getattr(objective, name, None)))


def unanswered(needs: Iterable[str], objective) -> list[str]:
    """Which of the needs of a method an oracle of this objective can't answer; probes and other
    points are its own.

    "curvature.diag" is answered by an objective that offers it, or all of "curvature".
    """
    offers = offered(objective) | {"probe", "at"}
    return sorted(need for need in needs if not {need, need.split(".")[0]} & offers)


class Asked:
    """Objective, point and batch; `rng` draws labels and probes, anew for each run in `seeds`.

    seeds: the run axes with labels and probes of their own (all run axes of theta unless given);
    the others are a sweep and share them (common random numbers). loss and grad share one
    evaluation of the objective, and so does curvature where the evaluation has it.
    """

    def __init__(
        self,
        objective,
        theta: Params,
        batch: Batch | None = None,
        *,
        rng: np.random.Generator | None = None,
        seeds: tuple[int, ...] | None = None,
    ):
        self.objective = objective
        self.theta = theta
        self.batch = Batch() if batch is None else batch
        self.rng = np.random.default_rng(0) if rng is None else rng
        self.seeds = runs(theta) if seeds is None else seeds

    @cached_property
    def _evaluation(self):
        return evaluation(self.objective, self.theta, self.batch.rows)

    @property
    def grad(self) -> Params:
        return self._evaluation.grad

    @property
    def loss(self) -> np.ndarray:
        return self._evaluation.loss

    @cached_property
    def hessian(self):
        return self._ask("hessian")(self.theta, self.batch.rows)

    @cached_property
    def second_moment(self):
        if not self.batch.independent:
            raise TypeError(
                "second_moment is that of batches drawn with replacement: "
                "use batch=SIZE, not epochs"
            )
        return self._ask("second_moment")(self.theta, self.batch.size)

    def curvature(self, labels: str = "exact"):
        one_of("labels", labels, LABELS)
        # a recording carries the labels its run drew: redrawing them would replay another run
        given = labels == "sampled" and self.batch.labels is not None
        random = CommonRandom(self.rng, runs(self.theta), self.seeds)
        chosen = self.batch.labels if given else labels
        shared = getattr(self._evaluation, "curvature", None)
        if shared is not None:
            return shared(chosen, random)
        return self._ask("curvature")(self.theta, self.batch.rows, chosen, random)

    def probe(self, like: Params | None = None) -> Params:
        """A Rademacher vector like theta, or like the point given.

        Entries are -1 or 1 with probability 1/2 each, so that E[v v^T] = I, as Hutchinson's
        estimate of a diagonal needs.
        """

        def signs(k, x):
            # drawn per seed and shared by the sweep: runs that differ in the rate only see one
            # probe
            return self.rng.choice([-1.0, 1.0], size=self.seeds + x.shape[x.ndim - k :])

        drawn = each_tensor(signs, self.theta if like is None else like)
        return with_runs(drawn, runs(self.theta))

    def at(self, theta: Params) -> Asked:
        if getattr(self.batch.rows, "one_point", False):
            raise TypeError(
                "this batch was drawn in law at one point and has no rows to revisit: "
                "use sampler='rows'"
            )
        # the generator is shared: labels at the other point are fresh draws, not the same ones
        return Asked(self.objective, theta, self.batch, rng=self.rng, seeds=self.seeds)

    def in_variables(self, change, z: Params) -> Oracle:
        return InVariables(self, change, z)

    def _ask(self, what):
        answer = getattr(self.objective, what, None)
        if answer is None:
            raise TypeError(
                f"{type(self.objective).__name__} has no {what}: this optimizer can't run on it"
            )
        return answer

"""The oracle: everything an optimizer may ask about the objective at one point, on one batch. Computed when asked, once.

grad             gradient on the batch, like theta
loss             loss on the batch, (*r,)
hessian          Hessian on the batch, a Curvature
second_moment    E[g_B g_B^T] over fresh batches of this size, a Curvature (where the objective knows it)
curvature(labels)   Gauss-Newton / Fisher matrix; labels "exact" (expectation over the model's labels), "sampled" (drawn from the
                 model, from a generator of their own), or "true" (the data's: empirical Fisher)
probe()          a Rademacher vector like theta, from that same generator
at(theta)        the oracle of another point on the same batch; TypeError for a batch marked `one_point` (drawn in law, without rows)
in_basis(q)      this oracle in the coordinates z = Q^T theta

Run axes in `seeds` have labels and probes of their own; the other run axes of theta are a sweep and share them (common random numbers).
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from lab.arrays import Params, each_tensor, runs, with_runs
from lab.checks import one_of
from lab.curvature import Spiked
from lab.metrics import Shifted

LABELS = ("exact", "sampled", "true")


class Oracle:
    """Objective, point and batch; `size` is the batch size asked for (None: full batch), `rng` draws labels and probes, anew for each
    run in the axes `seeds` (all run axes of theta unless given)."""

    def __init__(
        self,
        objective,
        theta: Params,
        batch=None,
        *,
        size: int | None = None,
        rng: np.random.Generator | None = None,
        seeds: tuple[int, ...] | None = None,
    ):
        self.objective, self.theta, self.batch, self.size = objective, theta, batch, size
        self.rng = np.random.default_rng(0) if rng is None else rng
        self.seeds = runs(theta) if seeds is None else seeds

    @cached_property
    def grad(self) -> Params:
        return self.objective.grad(self.theta, self.batch)

    @cached_property
    def loss(self) -> np.ndarray:
        return self.objective.loss(self.theta, self.batch)

    @cached_property
    def hessian(self):
        return self._ask("hessian")(self.theta, self.batch)

    @cached_property
    def second_moment(self):
        return self._ask("second_moment")(self.theta, self.size)

    def curvature(self, labels: str = "exact"):
        one_of("labels", labels, LABELS)
        return self.objective.curvature(self.theta, self.batch, labels, CommonRandom(self.rng, runs(self.theta), self.seeds))

    def probe(self) -> Params:
        drawn = each_tensor(lambda k, x: self.rng.choice([-1.0, 1.0], size=self.seeds + x.shape[x.ndim - k :]), self.theta)
        return with_runs(drawn, runs(self.theta))

    def at(self, theta: Params) -> Oracle:
        if getattr(self.batch, "one_point", False):
            raise TypeError("this batch was drawn in law at one point and has no rows to revisit: use sampler='rows'")
        return Oracle(self.objective, theta, self.batch, size=self.size, rng=self.rng, seeds=self.seeds)

    def in_basis(self, basis) -> RotatedOracle:
        return RotatedOracle(self, basis)

    def _ask(self, what):
        answer = getattr(self.objective, what, None)
        if answer is None:
            raise TypeError(f"{type(self.objective).__name__} has no {what}: this optimizer can't run on it")
        return answer


class CommonRandom:
    """A generator whose draws differ between the runs in `seeds` and are shared by the rest of the run axes, which are a sweep."""

    def __init__(self, rng: np.random.Generator, axes: tuple[int, ...], seeds: tuple[int, ...]):
        self.rng, self.axes, self.seeds = rng, axes, seeds

    def random(self, size):
        return self._shared(self.rng.random, size)

    def standard_normal(self, size):
        return self._shared(self.rng.standard_normal, size)

    def _shared(self, draw, size):
        return np.broadcast_to(draw(self.seeds + tuple(size[len(self.axes) :])), size)


class RotatedOracle:
    """An oracle in the coordinates z = Q^T theta: same loss, gradient Q^T g, curvature Q^T G Q."""

    def __init__(self, oracle, basis):
        self.oracle, self.basis = oracle, basis

    @cached_property
    def grad(self):
        return self.basis.to(self.oracle.grad)

    @property
    def loss(self):
        return self.oracle.loss

    @cached_property
    def hessian(self):
        return self.oracle.hessian.rotated(self.basis)

    @cached_property
    def second_moment(self):
        return self.oracle.second_moment.rotated(self.basis)

    def curvature(self, labels="exact"):
        return self.oracle.curvature(labels).rotated(self.basis)

    def probe(self):
        return self.oracle.probe()

    def at(self, z):
        return RotatedOracle(self.oracle.at(self.basis.back(z)), self.basis)

    def in_basis(self, basis):
        return RotatedOracle(self, basis)


class WithGradient:
    """An oracle with another gradient; whatever else is asked, the oracle inside answers, `at` too."""

    def __init__(self, oracle, grad: Params):
        self.oracle, self.grad = oracle, grad

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    def in_basis(self, basis):
        return RotatedOracle(self, basis)


class Penalised:
    """The oracle of f + penalty at theta: loss, gradient, Hessian, curvature and second moment are those of the sum.

    penalty: value(theta), gradient(theta), and shift, the multiple of I that its Hessian is. Labels and probes are the oracle's own;
    the mean of a curvature stays that of the gradients of f behind it.
    """

    def __init__(self, oracle, penalty, theta: Params):
        self.oracle, self.penalty, self.theta = oracle, penalty, theta

    @cached_property
    def grad(self):
        return self.oracle.grad + self.penalty.gradient(self.theta)

    @cached_property
    def loss(self):
        return self.oracle.loss + self.penalty.value(self.theta)

    @cached_property
    def hessian(self):
        return Shifted(self.oracle.hessian, self.penalty.shift)

    @cached_property
    def second_moment(self):
        """E[(g + r)(g + r)^T] = E[g g^T] - m m^T + (m + r)(m + r)^T, r the penalty's gradient and m = E g."""
        inside = self.oracle.second_moment
        m = inside.mean()
        both = np.stack([m + self.penalty.gradient(self.theta), m], -2)
        return Spiked(inside, 1.0, both, both[..., 0, :], np.array([1.0, -1.0]))

    def curvature(self, labels: str = "exact"):
        return Shifted(self.oracle.curvature(labels), self.penalty.shift)

    def probe(self):
        return self.oracle.probe()

    def at(self, theta):
        return Penalised(self.oracle.at(theta), self.penalty, theta)

    def in_basis(self, basis):
        return RotatedOracle(self, basis)


class Negated:
    """The oracle of -f: loss, gradient and Hessian with the other sign, and -f at other points. Curvature and second moment are f's."""

    def __init__(self, oracle):
        self.oracle = oracle

    def __getattr__(self, name):
        return getattr(self.oracle, name)

    @cached_property
    def grad(self):
        return -self.oracle.grad

    @property
    def loss(self):
        return -self.oracle.loss

    def at(self, theta):
        return Negated(self.oracle.at(theta))

    def in_basis(self, basis):
        return RotatedOracle(self, basis)

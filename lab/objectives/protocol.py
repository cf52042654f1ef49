"""The objective protocol.

start(runs, rng)   a start point with run axes `runs`: standard normal if rng is given, else a fixed one
draw(rng, runs, size)   a mini-batch per run, None for size = None (the full batch)
loss(theta, batch)      (*r,); the full loss without a batch
grad(theta, batch)      like theta; unbiased over batches
curvature(theta, batch, labels, rng)   Gauss-Newton / Fisher matrix; see lab.oracle for labels
hessian(theta, batch)   a Curvature
second_moment(theta, size)   E[g_B g_B^T] over fresh batches of this size (None: grad grad^T), a Curvature whose mean is grad; optional
labelled = False        on a class without labels, whose curvature is the same for all of them; optional
evaluate(theta, batch)  loss and grad as lazy members of one object, from one pass over the data; optional
examples                how many there are, where the data are finitely many; optional
offers                  what an oracle can answer, where that is not simply what the class has; optional

labels is "exact", "sampled", "true" or an array of given labels (*r, B). An objective treats every run on its own: its value at
theta[i] is the i-th value at theta.

Mini-batches of data are drawn with replacement, so that E[g_B g_B^T] = F / B + (1 - 1/B) grad grad^T holds exactly.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from lab.arrays import Params
from lab.checks import count
from lab.curvature import Curvature, Rows, Spiked


class Objective(Protocol):
    """See the module docstring."""

    def start(
        self, runs: tuple[int, ...] = (), rng: np.random.Generator | None = None
    ) -> Params: ...

    def draw(self, rng: np.random.Generator, runs: tuple[int, ...], size: int | None) -> Any: ...

    def loss(self, theta: Params, batch: Any = None) -> np.ndarray: ...

    def grad(self, theta: Params, batch: Any = None) -> Params: ...

    def curvature(
        self, theta: Params, batch: Any, labels: Any, rng: np.random.Generator
    ) -> Curvature: ...

    def hessian(self, theta: Params, batch: Any = None) -> Curvature: ...


def is_given(labels: Any) -> bool:
    """Whether labels are an array rather than the name of a rule for making them."""
    return not isinstance(labels, str)


def start_vector(
    n: int, runs: tuple[int, ...], rng: np.random.Generator | None, default: float
) -> np.ndarray:
    """(*r, n): standard normal if rng is given, else all entries `default`."""
    return np.full(runs + (n,), default) if rng is None else rng.standard_normal(runs + (n,))


def drawn_moment(f: Curvature, grad: np.ndarray, size: int | None) -> Spiked:
    """F / B + (1 - 1/B) grad grad^T, F = E[g_1 g_1^T]: the second moment of the mean of B independent gradients, (*r, n)."""
    inverse = 0.0 if size is None else 1 / count("batch", size)
    return Spiked(f, inverse, np.sqrt(1 - inverse) * grad[..., None, :], grad)


def empirical(gradients: np.ndarray) -> Rows:
    """F = (1/m) sum_j g_j g_j^T from the gradients of all examples, (*r, m, n)."""
    return Rows(gradients, np.ones(gradients.shape[:-1]), np.ones(gradients.shape[:-1]))

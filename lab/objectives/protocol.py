"""The objective protocol: what a loss offers, and what several of them share.

labels is "exact", "sampled", "true" or an array of given labels (*r, B); see lab.oracle. An
objective treats every run on its own: its value at theta[i] is the i-th value at theta.
Mini-batches of data are drawn with replacement, so that E[g_B g_B^T] = F / B + (1 - 1/B) grad
grad^T is exact.

An objective may also have:
labelled        False on a class without labels, whose curvature is the same for all of them
second_moment(theta, size)   E[g_B g_B^T] over fresh batches of this size (None: grad grad^T), a
                Curvature whose mean is grad
evaluate(theta, batch)       loss and grad as lazy members of one object, one pass over the data; it
                             may answer curvature(labels, rng) from the same pass
coupled         True where the loss of an example depends on the other examples of its batch (batch
                normalisation): no example has a gradient of its own, batch gradients are biased
examples        how many there are, where the data are finitely many
offers          what an oracle can answer, where that is not simply what the class has
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from lab.arrays import Params
from lab.curvature import Curvature, Rows, Spiked
from lab.theory.recursion import inverse_batch


class Objective(Protocol):
    """What every objective has; theta (*r, n) or Layers. The module docstring says what else."""

    def start(
        self,
        runs: tuple[int, ...] = (),
        rng: np.random.Generator | None = None,
    ) -> Params:
        """A start with run axes `runs`: standard normal if rng is given, else a fixed one."""
        ...

    def draw(self, rng: np.random.Generator, runs: tuple[int, ...], size: int | None) -> Any:
        """A mini-batch per run, None for size = None (the full batch)."""
        ...

    def loss(self, theta: Params, batch: Any = None) -> np.ndarray:
        """(*r,); the full loss without a batch."""
        ...

    def grad(self, theta: Params, batch: Any = None) -> Params:
        """Like theta; unbiased over batches."""
        ...

    def curvature(
        self,
        theta: Params,
        batch: Any,
        labels: Any,
        rng: np.random.Generator,
    ) -> Curvature:
        """The Gauss-Newton / Fisher matrix; rng draws the sampled labels."""
        ...

    def hessian(self, theta: Params, batch: Any = None) -> Curvature:
        """The Hessian of the loss."""
        ...


def is_given(labels: Any) -> bool:
    """Whether labels are an array rather than the name of a rule for making them.

    An array is given labels, of a recording or of a user.
    """
    # by exclusion: a list of numbers is given labels too
    return not isinstance(labels, str)


def start_vector(
    n: int,
    runs: tuple[int, ...],
    rng: np.random.Generator | None,
    default: float,
) -> np.ndarray:
    """(*r, n): standard normal if rng is given, else all entries `default`.

    The fixed start of a problem is where its experiments and recordings begin.
    """
    shape = (*runs, n)
    return np.full(shape, default) if rng is None else rng.standard_normal(shape)


def drawn_moment(f: Curvature, grad: np.ndarray, size: int | None) -> Spiked:
    """F / B + (1 - 1/B) grad grad^T, F = E[g_1 g_1^T], grad (*r, n).

    The second moment of the mean of B independent gradients.
    """
    # 0 for the full batch: grad grad^T alone is left
    inverse = inverse_batch(size)
    spike = np.sqrt(1 - inverse) * grad
    return Spiked(f, inverse, spike[..., None, :], grad)


def empirical(gradients: np.ndarray) -> Rows:
    """F = (1/m) sum_j g_j g_j^T from the gradients of all examples, (*r, m, n).

    mean is the full gradient. O(m n) memory per run.
    """
    # all examples weigh alike; the second ones are the scores of the mean
    ones = np.ones(gradients.shape[:-1])
    return Rows(gradients, ones, ones)

"""Least squares on finite data.

e_j = x_j^T theta - y_j is the residual of example j, and e_j x_j its gradient. The loss is that of
a model y = x^T theta + N(0, 1), whose Fisher matrix mean_j x_j x_j^T does not depend on theta.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lab.checks import keep, real
from lab.curvature import Rows
from lab.linalg import matvec, vecmat
from lab.objectives import minima
from lab.objectives.minima import Minimum
from lab.objectives.protocol import drawn_moment, is_given, start_vector


def design(x, y) -> tuple[np.ndarray, np.ndarray]:
    """Features (m, n) and targets (m,) as finite floats with as many rows; ValueError otherwise."""
    x = real("x", x, 2)
    y = real("y", y, 1)
    if not x.size or len(x) != len(y):
        raise ValueError(
            f"x has shape {x.shape} and y {y.shape}: need one target per row, and at least one row "
            "and column"
        )
    return x, y


def pick(x: np.ndarray, y: np.ndarray, batch: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The rows of a batch of indices (*r, B): features (*r, B, n), targets (*r, B).

    All of them without a batch.

    Indexing copies B rows per run.
    """
    return (x, y) if batch is None else (x[batch], y[batch])


def mean_rows(c: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(1/m) sum_j c_j x_j for c (*r, m), x (m, n) or (*r, m, n).

    One product of matrices when all runs share the rows.
    """
    return c @ x / len(x) if x.ndim == 2 else vecmat(c, x) / x.shape[-2]


@dataclass(frozen=True, eq=False)
class ResidualsAt:
    """Loss and gradient of a mean of squares, from one pass over the data.

    Rows x and their residuals e (*r, m).
    """

    x: np.ndarray
    e: np.ndarray

    @property
    def loss(self) -> np.ndarray:
        return (self.e**2).mean(-1) / 2

    @cached_property
    def grad(self) -> np.ndarray:
        return mean_rows(self.e, self.x)


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """f(theta) = mean_j (x_j^T theta - y_j)^2 / 2;   G = mean_j x_j x_j^T = Hessian

    x (m, n), y (m,). A batch is an array of row indices (*r, B), drawn with replacement. Labels
    "sampled": y_j = x_j^T theta + N(0, 1); given labels are an array (*r, B). ValueError for
    non-finite data or shapes that do not match.

    Labels "true" weight G by the residuals, e_j^2: at an interpolating minimum that is 0, although
    the Hessian is not. Start: 0, or standard normal.
    """

    x: np.ndarray
    y: np.ndarray

    def __post_init__(self):
        x, y = design(self.x, self.y)
        keep(self, x=x, y=y)

    @cached_property
    def minimum(self) -> Minimum:
        """The least-norm minimum with its certificate.

        Exists for all data; without a ridge it need not be unique.
        """
        return minima.least_squares(self.x, self.y)

    @property
    def minimiser(self) -> np.ndarray:
        """The least-norm solution, (n,)."""
        return self.minimum.theta

    @property
    def lowest(self) -> float:
        """The loss of the minimiser."""
        return self.minimum.loss

    def start(self, runs=(), rng=None):
        return start_vector(self.x.shape[1], runs, rng, 0.0)

    def draw(self, rng, runs, size):
        return None if size is None else rng.integers(len(self.x), size=(*runs, size))

    @property
    def examples(self) -> int:
        """The number of rows."""
        return len(self.x)

    def evaluate(self, theta, batch=None):
        x, y = pick(self.x, self.y, batch)
        # once, for the loss and the gradient
        return ResidualsAt(x, matvec(x, theta) - y)

    def loss(self, theta, batch=None):
        return self.evaluate(theta, batch).loss

    def grad(self, theta, batch=None):
        return self.evaluate(theta, batch).grad

    def curvature(self, theta, batch, labels, rng):
        x, y = pick(self.x, self.y, batch)
        z = matvec(x, theta)
        if is_given(labels):
            score = z - labels
        elif labels == "exact":
            return Rows(x, np.ones_like(z))
        else:
            # a drawn label is z + noise, so that its residual is minus the noise, whatever z
            score = z - y if labels == "true" else -rng.standard_normal(z.shape)
        return Rows(x, score**2, score)

    def hessian(self, theta, batch=None):
        return self.curvature(theta, batch, "exact", None)

    def second_moment(self, theta, size):
        return drawn_moment(self.curvature(theta, None, "true", None), self.grad(theta), size)

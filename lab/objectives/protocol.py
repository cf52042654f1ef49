"""The objective protocol.

start(runs, rng)   a start point with run axes `runs`: standard normal if rng is given, else a fixed one
draw(rng, runs, size)   a mini-batch per run, None for size = None (the full batch)
loss(theta, batch)      (*r,); the full loss without a batch
grad(theta, batch)      like theta; unbiased over batches
curvature(theta, batch, labels, rng)   Gauss-Newton / Fisher matrix; see lab.oracle for labels
hessian(theta, batch)   a Curvature
second_moment(theta, size)   E[g_B g_B^T], a Curvature; optional
labelled = False        on a class without labels, whose curvature is the same for all of them; optional

Mini-batches of data are drawn with replacement, so that E[g_B g_B^T] = F / B + (1 - 1/B) grad grad^T holds exactly.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from lab.arrays import Params
from lab.curvature import Curvature


class Objective(Protocol):
    """See the module docstring."""

    def start(self, runs: tuple[int, ...] = (), rng: np.random.Generator | None = None) -> Params: ...

    def draw(self, rng: np.random.Generator, runs: tuple[int, ...], size: int | None) -> Any: ...

    def loss(self, theta: Params, batch: Any = None) -> np.ndarray: ...

    def grad(self, theta: Params, batch: Any = None) -> Params: ...

    def curvature(self, theta: Params, batch: Any, labels: str, rng: np.random.Generator) -> Curvature: ...

    def hessian(self, theta: Params, batch: Any = None) -> Curvature: ...


def start_vector(n: int, runs: tuple[int, ...], rng: np.random.Generator | None, default: float) -> np.ndarray:
    """(*r, n): standard normal if rng is given, else all entries `default`."""
    return np.full(runs + (n,), default) if rng is None else rng.standard_normal(runs + (n,))

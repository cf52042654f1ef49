"""Small networks trained by diagonal methods in a basis of their Gauss-Newton matrix: a part of
other experiments.

The quadrants of Liu et al. need methods that are diagonal in a basis of one's choice. Here a basis
is a function of the Gauss-Newton matrix G (*r, n, n) of all examples, and a method runs on z = Q^T
theta. What costs is G and its decomposition at every renewal: a hundred parameters are much.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lab.bases import eigenvectors
from lab.optimizers import Adam, DiagonalGN, InRenewedBasis, Linear, Scheduled, with_
from lab.simulation import simulate
from lab.theory.kronecker.moments import mode_moments
from lab.ties import rounded

Bases = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Flat:
    """A network as a function of one vector, which tells the population's curvature, whatever the
    batch.

    theta (*r, n) are the weights and biases in the network's own order. A batch decides the
    gradient and the loss it is asked for; curvature is always that of all examples, so that bases
    carry no sampling noise.
    """

    network: Any

    def start(self, runs=(), rng=None):
        theta = self.network.start(runs, rng)
        return self.network.flatten.back(theta)

    def draw(self, rng, runs, size):
        return self.network.draw(rng, runs, size)

    def loss(self, theta, batch=None):
        return self.network.loss(self._layers(theta), batch)

    def grad(self, theta, batch=None):
        gradient = self.network.grad(self._layers(theta), batch)
        return self.network.flatten.back(gradient)

    def curvature(self, theta, batch, labels, rng):
        return self.network.curvature(self._layers(theta), None, labels, rng).flat

    def _layers(self, theta):
        return self.network.flatten.to(theta)


def methods(rates: int, damping: float) -> dict[str, tuple[Any, np.ndarray]]:
    """Method -> optimizer and its rates: as many over as many decades for all.

    Rates are spread over two and a half decades, for Adam 0.3 times as large: its steps have the
    size of the rate. damping is added to the diagonal of Q^T G Q. Adam has its defaults, beta2 =
    0.999.
    """
    steps = np.logspace(-2.5, 0, rates)
    return {
        "Adam": (Adam(1.0), 0.3 * steps),
        "GN^-1/2": (DiagonalGN(1.0, -0.5, damping), steps),
        "GN^-1": (DiagonalGN(1.0, -1.0, damping), steps),
    }


def coordinates(g: np.ndarray) -> np.ndarray:
    """I for every run.

    The basis in which methods are what they usually are.
    """
    return np.broadcast_to(np.eye(g.shape[-1]), g.shape)


def layerwise(shapes: tuple) -> Bases:
    """The eigenvectors of both partial traces of a weight's block of G, those of a bias's block.

    shapes: of the blocks, (o, d) or (o,). G's block of a weight is (o d, o d), its partial traces
    (o, o) and (d, d): the factors whose eigenvectors Shampoo-like methods use; a bias has one. What
    G has between blocks is ignored.
    """

    def bases(g):
        q = np.zeros_like(g)
        first = 0
        for shape in shapes:
            last = first + int(np.prod(shape))
            inside = (..., slice(first, last), slice(first, last))
            block = g[inside]
            parts = [eigenvectors(m) for m in mode_moments(block, shape)]
            q[inside] = parts[0] if len(parts) == 1 else product(*parts)
            first = last
        return q

    return bases


def product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """left kron right of stacks (*r, m, m), (*r, n, n).

    Entry (i k, j l) is left_ij right_kl: the second factor's index runs fastest, as in a row-by-row
    flattened weight.
    """
    outer = left[..., :, None, :, None] * right[..., None, :, None, :]
    size = left.shape[-1] * right.shape[-1]
    return outer.reshape(*left.shape[:-2], size, size)


def tuned(
    f: Flat,
    table: Mapping[str, tuple[Any, np.ndarray]],
    theta: np.ndarray,
    bases: Bases,
    *,
    tried: int,
    steps: int,
    size: int,
    refresh: int,
    seed: int,
) -> tuple[np.ndarray, list[float], list[str]]:
    """Last losses (M, S) of every method at its best rate, that rate, and the edge of the grid
    where it is one: the lowest median of the first `tried` runs of theta (tried + S, n) chooses,
    the others are told.

    A method works in the basis of the population's Gauss-Newton matrix, which it sees, renewed
    every `refresh` steps, on the gradient of `size` examples drawn anew, all for 0; its rate falls
    linearly to 0.

    Starts are rows of theta, all on batches of one generator, but of their own: the runs that
    choose a rate are not among those told. Losses are of the population, whatever the batch.
    """
    finals = []
    lrs = []
    edges = []
    for optimizer, rates in table.values():
        # increasing, so that an edge and a tie mean something
        lr = np.sort(rates)
        swept = with_(optimizer, lr=lr[:, None])
        method = Scheduled(Linear(steps), InRenewedBasis(bases, swept, refresh))
        run = simulate(
            f,
            method,
            theta,
            steps=steps,
            batch=size or None,
            rng=seed,
            every=steps,
        )
        final = run["loss"][-1]
        medians = np.median(final[:, :tried], axis=-1)
        # a stable sort: of equal losses the lowest rate
        best = int(np.argsort(rounded(medians), kind="stable")[0])
        # only the others: the lowest of many rates is biased down on the runs that chose it
        finals.append(final[best, tried:])
        lrs.append(float(lr[best]))
        edges.append({0: "low", len(lr) - 1: "high"}.get(best, ""))
    return np.array(finals), lrs, edges

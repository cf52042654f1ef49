"""Small networks trained by diagonal methods in a basis of their Gauss-Newton matrix: a part of
other experiments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lab.arrays import lift
from lab.bases import eigenvectors
from lab.batches import Drawn, FullBatch
from lab.curvature import Dense
from lab.geodesics import align
from lab.linalg import matvec, transposed, vecmat
from lab.optimizers import Adam, DiagonalGN
from lab.optimizers.protocol import with_
from lab.oracle.views import Answers
from lab.theory.kronecker.moments import mode_moments
from lab.ties import rounded

Bases = Callable[[np.ndarray], np.ndarray]


def methods(rates: int, damping: float) -> dict[str, tuple[Any, np.ndarray]]:
    """Method -> optimizer and its rates: as many over as many decades for all."""
    steps = np.logspace(-2.5, 0, rates)
    return {
        "Adam": (Adam(1.0), 0.3 * steps),
        "GN^-1/2": (DiagonalGN(1.0, -0.5, damping), steps),
        "GN^-1": (DiagonalGN(1.0, -1.0, damping), steps),
    }


def descended(
    f: Any,
    optimizer: Any,
    theta: np.ndarray,
    bases: Bases,
    *,
    steps: int,
    size: int,
    refresh: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """theta (*r, n) after steps of a method in the basis of the population's Gauss-Newton matrix
    G, which it sees, renewed every `refresh` steps; the rate falls linearly to 0.

    The gradient is that of `size` examples drawn anew, 0 for all of them; the last run axis has
    batches of its own. m is carried into a new basis, v stays with its columns, which are matched.
    """
    stream = (Drawn(size) if size else FullBatch()).stream(f, rng, theta.shape[-2:-1])
    method = lift(optimizer, theta)
    state = method.init(theta)
    q = np.broadcast_to(np.eye(theta.shape[-1]), (*theta.shape, theta.shape[-1]))
    for t in range(steps):
        at = f.flatten.to(theta)
        if t % refresh == 0:
            g = finite(f.curvature(at, None, "exact", None).flat.dense())
            new = matched(bases(g), q)
            state = carried(state, method.vectors, transposed(new) @ q)
            q = new
            seen = Dense(transposed(q) @ g @ q)

        gradient = f.flatten.back(f.grad(at, next(stream).rows))
        z = vecmat(gradient, q)
        delta, state = method.step(state, Answers({"grad": z, "curvatures": seen}), z)
        theta = theta + (1 - t / steps) * matvec(q, delta)
    return theta


def finite(g: np.ndarray) -> np.ndarray:
    """The matrices of runs, I for those that have left the floating range: any basis is as good."""
    inside = np.isfinite(g).all((-1, -2), keepdims=True)
    return np.where(inside, g, np.eye(g.shape[-1]))


def coordinates(g: np.ndarray) -> np.ndarray:
    """I for every run."""
    return np.broadcast_to(np.eye(g.shape[-1]), g.shape)


def layerwise(shapes: tuple) -> Bases:
    """The eigenvectors of both partial traces of a weight's block of G, those of a bias's block."""

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
    """left kron right of stacks (*r, m, m), (*r, n, n)."""
    outer = left[..., :, None, :, None] * right[..., None, :, None, :]
    size = left.shape[-1] * right.shape[-1]
    return outer.reshape(*left.shape[:-2], size, size)


def matched(new: np.ndarray, old: np.ndarray) -> np.ndarray:
    """The columns of new bases (*r, n, n) in the order and with the signs of the old ones."""
    found = np.empty_like(new)
    for run in np.ndindex(new.shape[:-2]):
        found[run] = align(new[run], old[run])
    return found


def carried(state: Any, vectors: tuple[str, ...], turn: np.ndarray) -> Any:
    """The state with its vectors z as P^T Q z, turn = P^T Q."""
    moved = {name: matvec(turn, getattr(state, name)) for name in vectors}
    return state._replace(**moved)


def tuned(
    f: Any,
    table: Mapping[str, tuple[Any, np.ndarray]],
    theta: np.ndarray,
    bases: Bases,
    *,
    tried: int,
    seed: int,
    **protocol,
) -> tuple[np.ndarray, list[float], list[str]]:
    """Last losses (M, S) of every method at its best rate, that rate, and the edge of the grid
    where it is one: the lowest median of the first `tried` runs of theta (tried + S, n) chooses,
    the others are told."""
    finals = []
    lrs = []
    edges = []
    for optimizer, rates in table.values():
        lr = np.sort(rates)
        swept = with_(optimizer, lr=lr[:, None])
        start = np.broadcast_to(theta, (len(lr), *theta.shape))
        rng = np.random.default_rng(seed)
        with np.errstate(over="ignore", invalid="ignore"):
            last = descended(f, swept, start, bases, rng=rng, **protocol)
            loss = f.loss(f.flatten.to(last))
        final = np.where(np.isnan(loss), np.inf, loss)
        medians = np.median(final[:, :tried], axis=-1)
        # a stable sort: of equal losses the lowest rate
        best = int(np.argsort(rounded(medians), kind="stable")[0])
        finals.append(final[best, tried:])
        lrs.append(float(lr[best]))
        edges.append({0: "low", len(lr) - 1: "high"}.get(best, ""))
    return np.array(finals), lrs, edges

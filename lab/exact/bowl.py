"""A quadratic seen from its minimiser: what the closed forms on `Quadratic` work on.

And the law that carries them to any basis.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import lift, sweep_shape
from lab.curvature import Dense
from lab.exact.registry import solver_of, solves
from lab.objectives.quadratic import Quadratic
from lab.optimizers.wrappers.in_variables import InVariables
from lab.trajectory import Trajectory


class Bowl(NamedTuple):
    """f(theta) = lowest + (theta - minimiser)^T H (theta - minimiser) / 2

    h (n, n) or (*r, n, n), positive semi-definite; minimiser (n,) or (*r, n).
    """

    h: np.ndarray
    minimiser: np.ndarray
    lowest: float


def bowl(f: Quadratic | Bowl, batch: int | None = None) -> Bowl:
    """f from its minimiser H^+ b.

    TypeError for batches with gradient noise, whose paths are random, and for what is no quadratic.
    ValueError when b is not in the range of H: f then has no minimum (see lab.objectives.minima).
    """
    if isinstance(f, Bowl):
        return f
    if not isinstance(f, Quadratic):
        raise TypeError(f"f is a {type(f).__name__}: must be a Quadratic")
    if batch is not None and np.any(f.noise):
        raise TypeError(f"batch = {batch} with noise > 0: the path is random and has no closed form; use simulate, or batch=None")
    return Bowl(f.h, f.minimiser, f.lowest)


def prepared(f, optimizer, theta, t, batch):
    """The bowl, the optimizer and t, shaped so that formulas in t, runs and n broadcast.

    Hyper-parameters become (*r, 1), t becomes (K, 1, ..., 1).
    """
    b = bowl(f, batch)
    runs = np.broadcast_shapes(
        theta.shape[:-1],
        sweep_shape(optimizer),
        b.h.shape[:-2],
        b.minimiser.shape[:-1],
    )
    times = t.reshape((-1,) + (1,) * (len(runs) + 1))
    return b, lift(optimizer, theta), times


def trajectory(
    t: np.ndarray,
    theta: np.ndarray,
    loss: np.ndarray,
) -> Trajectory:
    """theta (K, *r, n) and loss (K, *r) as a Trajectory; what left the floating range is inf."""
    theta = np.where(np.isnan(theta), np.inf, theta)
    loss = np.where(np.isnan(loss), np.inf, loss)
    series = {"loss": loss, "theta": theta}
    return Trajectory(t.ravel(), series, final=theta[-1])


@solves(Quadratic, InVariables)
def in_basis(f, optimizer, theta, t, batch):
    """InBasis(Q, opt) on f is opt on f(Q z): theta_t = Q z_t

    z_t is the closed form of opt on Q^T H Q from z_0 = Q^T theta_0. Nests. TypeError when the inner
    optimizer has no closed form, or for a basis of Layers. ValueError for a basis of another
    dimension.
    """
    # the bowl, not f: its minimum would be searched again in every basis
    b = bowl(f, batch)
    basis = optimizer.change
    if not hasattr(basis, "rows"):
        kind = type(basis).__name__
        raise TypeError(f"InBasis.basis is {kind}: a vector problem needs an Orthogonal basis")
    if basis.q.shape[-1] != theta.shape[-1]:
        raise ValueError(f"InBasis.basis has dimension {basis.q.shape[-1]}: theta has {theta.shape[-1]}")

    h = Dense(b.h).rotated(basis).dense()
    rotated = Bowl(h, basis.to(b.minimiser), b.lowest)
    solver = solver_of(Quadratic, type(optimizer.inner))
    inside = solver(rotated, optimizer.inner, basis.to(theta), t, None)
    return trajectory(t, basis.back(inside["theta"]), inside["loss"])

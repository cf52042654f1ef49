"""A quadratic seen from its minimiser: what the closed forms on `Quadratic` work on, and the law that carries them to any basis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import lift, sweep_shape
from lab.curvature import Dense
from lab.exact.registry import solver_of, solves
from lab.objectives.quadratic import Quadratic
from lab.optimizers.wrappers.in_basis import InBasis
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

    TypeError for batches with gradient noise, whose paths are random. ValueError when b is not in the range of H: f then has no
    minimum (the test is |H H^+ b - b| against the rounding of that product).
    """
    if isinstance(f, Bowl):
        return f
    if batch is not None and np.any(f.noise):
        raise TypeError(f"batch = {batch} with noise > 0: the path is random and has no closed form; use simulate, or batch=None")
    m = f.minimiser
    outside = np.abs(f.h @ m - f.linear).max()
    if outside > 10 * len(m) * np.finfo(float).eps * (np.abs(f.h).max() * np.abs(m).sum() + np.abs(f.linear).max()):
        raise ValueError(f"linear has entries up to {outside:.2g} outside the range of h: f has no minimum; use simulate")
    return Bowl(f.h, m, f.lowest)


def prepared(f, optimizer, theta, t, batch):
    """(bowl, optimizer with hyper-parameters (*r, 1), t of shape (K, 1, ..., 1)), so that formulas in t, runs and n broadcast."""
    b = bowl(f, batch)
    runs = np.broadcast_shapes(theta.shape[:-1], sweep_shape(optimizer), b.h.shape[:-2], b.minimiser.shape[:-1])
    return b, lift(optimizer, theta), t.reshape((-1,) + (1,) * (len(runs) + 1))


def trajectory(t: np.ndarray, theta: np.ndarray, loss: np.ndarray) -> Trajectory:
    """theta (K, *r, n) and loss (K, *r) as a Trajectory; what left the floating-point range is inf."""
    theta, loss = (np.where(np.isnan(x), np.inf, x) for x in (theta, loss))
    return Trajectory(t.ravel(), {"loss": loss, "theta": theta}, final=theta[-1])


@solves(Quadratic, InBasis)
def in_basis(f, optimizer, theta, t, batch):
    """InBasis(Q, opt) on f is opt on f(Q z): the closed form of opt on Q^T H Q from z_0 = Q^T theta_0, then theta_t = Q z_t.

    Nests. TypeError when the inner optimizer has no closed form, or for a basis of Layers. ValueError for a basis of another dimension.
    """
    b, basis = bowl(f, batch), optimizer.basis
    if not hasattr(basis, "rows"):
        raise TypeError(f"InBasis.basis is {type(basis).__name__}: a vector problem needs an Orthogonal basis")
    if basis.q.shape[-1] != theta.shape[-1]:
        raise ValueError(f"InBasis.basis has dimension {basis.q.shape[-1]}: theta has {theta.shape[-1]}")
    rotated = Bowl(Dense(b.h).rotated(basis).dense(), basis.to(b.minimiser), b.lowest)
    inside = solver_of(Quadratic, type(optimizer.inner))(rotated, optimizer.inner, basis.to(theta), t, None)
    return trajectory(t, basis.back(inside["theta"]), inside["loss"])

"""A quadratic seen from its minimiser: what the closed forms on `Quadratic` work on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lab.arrays import lift, sweep_shape, with_runs
from lab.checks import count
from lab.objectives.quadratic import Quadratic
from lab.trajectory import Trajectory

# the fields of Quadratic that `bowl` honours
BOWL = ("h", "linear", "noise")


class Bowl(NamedTuple):
    """f(theta) = lowest + (theta - minimiser)^T H (theta - minimiser) / 2

    h (n, n) or (*r, n, n), positive semi-definite; minimiser (n,) or (*r, n), of least norm where H
    is singular.
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
    batch = batch if batch is None else count("batch", batch)
    if batch is not None and np.any(f.noise):
        raise TypeError(
            f"batch = {batch} with Quadratic.noise > 0: the path is random and has no closed form; "
            "use simulate, or batch=None"
        )
    return Bowl(f.h, f.minimiser, f.lowest)


class Prepared(NamedTuple):
    """What formulas in t, runs and n need, shaped so that they broadcast.

    The bowl; the optimizer, whose hyper-parameters are (*r, 1); theta (*r, n) in all runs;
    t (K, 1, ..., 1).
    """

    bowl: Bowl
    optimizer: Any
    theta: np.ndarray
    t: np.ndarray


def prepared(f, optimizer, theta, t, batch) -> Prepared:
    """The arguments of a closed form as formulas want them.

    Runs are those of theta, of the sweep, of H and of the minimiser, broadcast. ValueError when
    they do not.
    """
    b = bowl(f, batch)
    runs = np.broadcast_shapes(
        theta.shape[:-1],
        sweep_shape(optimizer),
        b.h.shape[:-2],
        b.minimiser.shape[:-1],
    )
    # time first, then the runs, then the coordinates
    times = t.reshape((-1,) + (1,) * (len(runs) + 1))
    return Prepared(b, lift(optimizer, theta), np.asarray(with_runs(theta, runs)), times)


def trajectory(
    t: np.ndarray,
    theta: np.ndarray,
    loss: np.ndarray,
) -> Trajectory:
    """theta (K, *r, n) and loss (K, *r) as a Trajectory; what left the floating range is inf.

    final is the last recorded step, which `exact` takes to be the last step.
    """
    theta = np.where(np.isnan(theta), np.inf, theta)
    loss = np.where(np.isnan(loss), np.inf, loss)
    series = {"loss": loss, "theta": theta}
    return Trajectory(t.ravel(), series, final=theta[-1])

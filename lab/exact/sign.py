"""Sign descent on separable quadratics: it walks, then it cycles."""

from __future__ import annotations

import numpy as np

from lab.exact.bowl import BOWL, prepared, trajectory
from lab.exact.registry import solves
from lab.linalg import EPS
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.sign import SignSGD


@solves(Quadratic, SignSGD, of=BOWL, reads=("lr",))
def sign_descent(f, optimizer, theta, t, batch):
    """|d_t| = |d_0| - t lr for t <= k = floor(|d_0| / lr), then the 2-cycle r, lr - r, r, ...

    r = |d_0| - k lr, d = theta - theta*, coordinate by coordinate; the sign alternates in the cycle
    (derived). r = 0 rests at the minimiser, and so does a coordinate without curvature. The
    remainder is exact for the floating-point d_0 and lr; an iteration rounds at every step and can
    end in the other phase when |d_0| is a multiple of lr that is not exactly representable.

    TypeError unless h is diagonal, up to n eps of its largest entry (so that
    InBasis(eigen(h), SignSGD(lr)) is solved).
    """
    p = prepared(f, optimizer, theta, t, batch)
    b = p.bowl
    _separable(b.h)

    start = p.theta - b.minimiser
    walked = _distance(np.abs(start), p.optimizer.lr, p.t)
    h = np.diagonal(b.h, axis1=-2, axis2=-1)
    moved = np.where(h == 0, np.abs(start), walked)

    path = np.sign(start) * moved
    excess = (h * path**2).sum(-1) / 2
    return trajectory(p.t, b.minimiser + path, b.lowest + excess)


def _separable(h):
    """TypeError unless h is diagonal."""
    n = h.shape[-1]
    off_diagonal = h * (1 - np.eye(n))
    mixed = np.abs(off_diagonal).max()
    largest = np.abs(h).max()
    if mixed > n * EPS * largest:
        raise TypeError(
            f"no closed form for SignSGD on an h with off-diagonal entries up to {mixed:.2g}: "
            "needs a diagonal h, as in InBasis(eigen(h), SignSGD(lr)); use simulate"
        )


def _distance(size, lr, t):
    """The distance at step t, negative on the other side of the minimiser."""
    r = np.fmod(size, lr)
    k = np.rint((size - r) / lr)

    # in the cycle: on the side it came from after an even number of steps
    across = np.where(r == 0, 0.0, r - lr)
    returned = (t - k) % 2 == 0
    cycle = np.where(returned, r, across)
    return np.where(t <= k, size - t * lr, cycle)

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

    t = p.t
    lr = p.optimizer.lr
    start = p.theta - b.minimiser
    size = np.abs(start)
    walked = _distance(size, lr, t)
    h = np.diagonal(b.h, axis1=-2, axis2=-1)
    flat = h == 0
    moved = np.where(flat, size, walked)

    # sign(0) = 0: what starts at its minimiser stays there
    path = np.sign(start) * moved
    excess = h * path**2 / 2
    above = excess.sum(-1)
    return trajectory(t, b.minimiser + path, b.lowest + above)


def _separable(h):
    """TypeError unless h is diagonal.

    Rounding of a rotated H leaves entries of n eps of its size, which count as zero.
    """
    n = h.shape[-1]
    outside = 1 - np.eye(n)
    size = np.abs(h)
    mixed = (size * outside).max()
    zero = n * EPS * size.max()
    if mixed > zero:
        raise TypeError(
            f"no closed form for SignSGD on an h with off-diagonal entries up to {mixed:.2g}: "
            "needs a diagonal h, as in InBasis(eigen(h), SignSGD(lr)); use simulate"
        )


def _distance(size, lr, t):
    """The distance at step t, negative on the other side of the minimiser."""
    # fmod is exact, size / lr is not: r decides the cycle
    r = np.fmod(size, lr)
    whole = size - r
    k = np.rint(whole / lr)
    walk = size - t * lr

    # in the cycle: on the side it came from after an even number of steps
    rests = r == 0
    across = np.where(rests, 0.0, r - lr)
    odd = (t - k) % 2
    cycle = np.where(odd, across, r)
    walking = t <= k
    return np.where(walking, walk, cycle)

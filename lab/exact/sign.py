"""Sign descent on separable quadratics: it walks, then it cycles."""

from __future__ import annotations

import numpy as np

from lab.exact.bowl import prepared, trajectory
from lab.exact.registry import solves
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.sign import SignSGD


@solves(Quadratic, SignSGD)
def sign_descent(f, optimizer, theta, t, batch):
    """|d_t| = |d_0| - t lr for t <= k = floor(|d_0| / lr), then the 2-cycle r, lr - r, r, ... with r = |d_0| - k lr      (derived)

    d = theta - theta*, coordinate by coordinate; the sign alternates in the cycle. r = 0 rests at the minimiser, and so does a
    coordinate without curvature. The remainder is exact for the floating-point d_0 and lr; an iteration rounds at every step and
    can end in the other phase when |d_0| is a multiple of lr that is not exactly representable.
    TypeError unless h is diagonal, up to n eps of its largest entry (so that InBasis(eigen(h), SignSGD(lr)) is solved).
    """
    b, o, t = prepared(f, optimizer, theta, t, batch)
    h = np.diagonal(b.h, axis1=-2, axis2=-1)
    mixed = np.abs(b.h * (1 - np.eye(b.h.shape[-1]))).max()
    if mixed > b.h.shape[-1] * np.finfo(float).eps * np.abs(b.h).max():
        raise TypeError(
            f"no closed form for SignSGD on an h with off-diagonal entries up to {mixed:.2g}: "
            "needs a diagonal h, as in InBasis(eigen(h), SignSGD(lr)); use simulate"
        )
    d = theta - b.minimiser
    size, r = np.abs(d), np.fmod(np.abs(d), o.lr)
    k = np.rint((size - r) / o.lr)
    cycle = np.where((t - k) % 2 == 0, r, np.where(r == 0, 0.0, r - o.lr))
    path = np.sign(d) * np.where(h == 0, size, np.where(t <= k, size - t * o.lr, cycle))
    return trajectory(t, b.minimiser + path, b.lowest + (h * path**2).sum(-1) / 2)

"""AdaGrad with decoupled decay: everything goes to 0."""

from __future__ import annotations

import numpy as np

from lab.claims import between, claim, decades, derived, equal, named, spd, start, symbols
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.optimizers import L2, AdaGrad, Regularized

H, phat, lam, share, size = symbols("H phat lam share size")
STEPS = 8000


@named
def least_pull(h, target):
    """min |H phat|, the gradient at 0"""
    return np.abs(matvec(h, target)).min(-1)


@named
def pull(h, target):
    """sign(H phat)"""
    return np.sign(matvec(h, target))


@claim(
    "adagradw/collapse",
    over={
        H: spd(2, -0.5, 0),
        phat: start(2, kinds=("aligned", "sparse")),
        lam: decades(0, 0.5),
        share: between(0.2, 1.5),
    },
    assuming=[least_pull(H, phat) >= 0.3],
    says={
        "size": equal(size, pull(H, phat), atol=0.02, because="second order in 1 / (lam sqrt k)")
    },
    where={
        size: "p_k lam sqrt(k) of AdaGrad, eps = 0, decay lam beside it, eta = share / lam, on"
        " (p - phat)^T H (p - phat) / 2 from 0, extrapolated from k = 2000 and 8000 to"
        " first order in 1 / sqrt(k)"
    },
    cites=derived("counter-example to regularising the intrinsic variable of AdaGrad"),
    instances=16,
)
def collapse(H, phat, lam, share):
    """p -> 0, so g -> g(0) and v ~ k g(0)^2: at rest g = -lam sqrt(v) p. No curvature and no rate
    is left. Where g_i(0) = 0 the limit is another one."""
    method = Regularized(AdaGrad(share / lam, 0.0), L2(lam), on="z")
    path = descend(method, lambda x: matvec(H, x - phat), 0 * phat, STEPS)
    late, early = (path[k] * lam[:, None] * np.sqrt(k) for k in (STEPS, STEPS // 4))
    # the error is halved between them
    return {size: 2 * late - early}

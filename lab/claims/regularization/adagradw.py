"""AdaGrad with decoupled decay: everything goes to 0.

At a regularised solution g != 0, so that AdaGrad's sum v of squares grows without end, P = v^(-1/4)
goes to 0, and |P^-1 p|^2, which the decay penalises, outweighs the loss. AdaGrad with the penalty
on p, in the gradient, has no such fault: its points of rest are those of the penalised loss.
"""

from __future__ import annotations

import numpy as np

from lab.claims import between, claim, decades, derived, equal, named, spd, start, symbols
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.optimizers import L2, AdaGrad, Regularized

H, phat, lam, share, size = symbols("H phat lam share size")
# where the term in 1 / sqrt(k) is a few hundredths, and its square below the tolerance
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
    """Rest of p+ = (1 - eta lam) p - eta g / sqrt(v): p = -g / (lam sqrt(v)). v grows, so p -> 0,
    and then g -> g(0) = -H phat and v ~ k g(0)^2: p lam sqrt(k) -> -sign g(0) = sign(H phat),
    coordinate by coordinate. No curvature, no rate and no size of the target is left; any 0 < eta
    lam < 2 will do. It is the sign of H phat, not of phat: H = [[1, 0.9], [0.9, 1]] and phat = (1,
    -0.2) have (0.82, 0.7), and both coordinates come from above. Where g_i(0) = 0 the limit is
    another one; near it k has to be larger, which the hypothesis leaves out.

    Space: two dimensions with curvatures within three times, targets of one size or one entry,
    decay 1 to 3, shares eta lam on both sides of 1. Measured at k = 2000 and 8000 and extrapolated:
    what is left is of second order."""
    method = Regularized(AdaGrad(share / lam, 0.0), L2(lam), on="z")
    path = descend(method, lambda x: matvec(H, x - phat), 0 * phat, STEPS)
    # first order in 1 / sqrt(k): four times as many steps halve the error
    late, early = (path[k] * lam[:, None] * np.sqrt(k) for k in (STEPS, STEPS // 4))
    # the error is halved between them
    return {size: 2 * late - early}

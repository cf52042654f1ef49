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
# evenly apart in sqrt(k): 1, 3/2 and 2 times sqrt(2000)
STEPS = (2000, 4500, 8000)


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
        "size": equal(size, pull(H, phat), atol=0.005, because="what is left of order log(k) / k")
    },
    where={
        size: "sign(p_k) / sqrt(s) of AdaGrad, eps = 0, decay lam beside it, eta = share / lam, on"
        " (p - phat)^T H (p - phat) / 2 from 0, where (p_k lam)^-2 = s k + a sqrt(k) + b through"
        " k = 2000, 4500, 8000: the limit of p_k lam sqrt(k)"
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
    decay 1 to 3, shares eta lam on both sides of 1. (p lam)^-2 = v / g^2 is k, a part in sqrt(k) as
    g nears g(0), and a constant, what v has collected before: with eta lam = 1.5 the first steps go
    far beyond, and that is as much as hundreds of later ones add. All three are fitted, exactly."""
    method = Regularized(AdaGrad(share / lam, 0.0), L2(lam), on="z")
    path = descend(method, lambda x: matvec(H, x - phat), 0 * phat, STEPS[-1])
    early, middle, late = ((path[k] * lam[:, None]) ** -2 for k in STEPS)
    # the second difference of s k over steps of sqrt(500) in sqrt(k) is 2 s 500
    slope = (early - 2 * middle + late) / 1000
    return {size: np.sign(path[STEPS[-1]]) / np.sqrt(slope)}

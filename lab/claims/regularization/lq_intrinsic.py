"""Decoupled L_q under Adam without noise: LASSO at q = 1, ridge at q = 4/3.

lam |z|_q^q / q with z = D^(1/2) p, decoupled, moves p by -eta lam D^(q/2 - 1) |p|^(q-1) sign p:
regularization/intrinsic-is-decoupled. Beside Adam's -eta g / D it is at rest where |g| = lam
D^(q/2) |p|^(q-1). D = |g| + eps there, and solving for |g| gives a penalty on p with another
exponent and another weight: |g| = lam^(2/(2-q)) |p|^(2(q-1)/(2-q)) for eps = 0. So the plain ridge
is q = 4/3 and not q = 2, which is a box.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, Rational, sqrt

from lab.claims import (
    at_most,
    choice,
    claim,
    decades,
    derived,
    equal,
    let,
    named,
    sometimes,
    spd,
    start,
    symbols,
)
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.optimizers import L1, LQ, Adam, Regularized
from lab.theory.regularization import ridge_point

H, phat, lam, eps, c, q, target = symbols("H phat lam eps c q target")
active, inactive, slope, p, end = symbols("active inactive slope p end")


# of the weight c: what holds a coordinate at 0 that would leave it at c
BORDER = 0.999


def _held_by(h, point, weight):
    """The target whose LASSO solution is the point without its first coordinate: by KKT, H (p -
    phat) is -weight sign(p_i) where p_i != 0 and, where p_i = 0, BORDER of the most it may be."""
    kept = np.arange(point.shape[-1]) > 0
    solution = np.where(kept, point, 0.0)
    g = -weight[:, None] * np.where(kept, np.sign(point), BORDER)
    return solution - np.linalg.solve(h, g[..., None])[..., 0]


@claim(
    "lq-intrinsic/lasso",
    over={
        H: spd(3, -0.7, 0),
        phat: start(3, kinds=("generic", "aligned"), size=1.5),
        # the target itself, or one whose solution has a coordinate that is all but let go
        target: choice("drawn", "border"),
        lam: decades(-0.6, -0.15),
        eps: sometimes(0.0, decades(-3, -1), share=0.3),
        c: let((lam**2 + lam * sqrt(lam**2 + 4 * eps)) / 2),
    },
    says={
        "where p is not 0": equal(active, c, rtol=1e-4, because="settled"),
        "where p is 0": at_most(inactive, c, slack=1e-4, because="the same"),
    },
    where={
        active: "|g_i|, mean over coordinates with p_i != 0 after 1500 steps of Adam with"
        " soft threshold eta lam D^(-1/2), eta = 0.05; c where there is none",
        inactive: "largest |g_i| over coordinates with p_i = 0; 0 where there is none",
    },
    cites=derived("beyond Ye 2024, whose L1 rule it is: LASSO with weight lam^2 at eps = 0"),
)
def lasso(H, phat, target, lam, eps):
    """q = 1: at p_i != 0 rest means |g| / D = lam D^(-1/2), |g| = lam sqrt(|g| + eps), a quadratic
    equation whose positive root is c: lam^2 at eps = 0. (There g = 0 solves it as well; the root is
    meant that eps -> 0 leaves.) At p_i = 0 the soft threshold eta lam D^(-1/2) holds p_i while the
    step eta |g| / D is smaller, which is |g_i| <= c again. These are LASSO's conditions with the
    weight c, and L convex makes them sufficient.

    So decoupled L1 under Adam has the plain LASSO's points with lam squared; under a fixed D it
    would have weights lam sqrt(D_i). At the border one |g_i| is BORDER c.

    Space: three dimensions with correlations, targets as drawn (all of three, some or no
    coordinates survive) or made so that one coordinate is all but let go, where the bound is nearly
    attained."""
    weight = (lam**2 + lam * np.sqrt(lam**2 + 4 * eps)) / 2
    if target == "border":
        phat = _held_by(H, phat, weight)

    method = Regularized(Adam(0.05, 0.8, 0.9, eps), L1(lam), on="z", form="prox")
    at = descend(method, lambda x: matvec(H, x - phat), np.zeros_like(phat), 1500)[-1]
    size = np.abs(matvec(H, at - phat))
    off = at == 0
    mean = np.where(off, 0, size).sum(-1) / np.maximum((~off).sum(-1), 1)
    return {
        active: np.where(off.all(-1), weight, mean),
        inactive: np.where(off, size, 0).max(-1),
    }


@named
def least_ridge(h, target, lam):
    """min |(H + lam^3 I)^-1 H phat|"""
    return np.abs(ridge_point(h, target, lam[:, None] ** 3)).min(-1)


@named
def ridge(h, target, lam):
    """(H + lam^3 I)^-1 H phat"""
    return ridge_point(h, target, lam[:, None] ** 3)


@claim(
    "lq-intrinsic/ridge",
    over={
        H: spd(3, -0.5, 0),
        phat: start(3, kinds=("generic", "aligned"), size=2.0),
        lam: decades(-0.3, 0.2),
        # on both sides of 4/3, whose point is compared by itself
        q: choice(1.2, 1.5),
    },
    assuming=[least_ridge(H, phat, lam) >= Rational(1, 5)],
    says={
        "any q": equal(
            slope,
            lam ** (2 / (2 - q)) * Abs(p) ** (2 * (q - 1) / (2 - q)),
            rtol=1e-5,
            atol=1e-7,
            because="settled",
        ),
        "q = 4/3": equal(end, ridge(H, phat, lam), rtol=1e-6, atol=1e-7, because="settled"),
    },
    where={
        p: "where Adam, eps = 0, with decoupled L_q in its proximal form ends after 1000 steps at"
        " eta = 0.2",
        slope: "|H (p - phat)| there",
        end: "the same point for q = 4/3",
    },
    cites=derived("beyond Ye 2024: weight lam^(2/(2-q)), exponent q / (2-q)"),
    instances=8,
)
def ridge_from_adam(H, phat, lam, q):
    """|g| = lam |g|^(q/2) |p|^(q-1) at eps = 0, solved for |g|: the slope of lam^(2/(2-q)) |p|^s /
    s, s = q / (2 - q). Convex for q >= 1: s = 1 at q = 1, 2 at 4/3, 3 at 3/2. At q = 4/3 it is
    lam^3 |p|: the ridge (H + lam^3 I)^-1 H phat. As q -> 2 the exponent goes to infinity, a box:
    AdamW's without noise.

    A coordinate whose gradient is 0 there, p_i = 0, has no D, and chatters: the hypothesis keeps
    all of them away from 0. The proximal form of L_q is used, since an explicit step of |p|^(q-1),
    q < 2, overshoots near 0.

    Space: three dimensions, weights lam from 0.5 to 1.6, on both sides of 1, where lam^3 and lam
    part."""

    def settled(power):
        """Where Adam with decoupled L_q of this power ends."""
        # eps = 0: the law is a power of |g|
        adam = Adam(0.2, 0.8, 0.85, 0.0)
        method = Regularized(adam, LQ(lam, power), on="z", form="prox")
        # from half the target: every coordinate has a gradient from the first step on
        return descend(method, lambda x: matvec(H, x - phat), 0.5 * phat, 1000)[-1]

    at = settled(q)
    return {p: at, slope: np.abs(matvec(H, at - phat)), end: settled(4 / 3)}

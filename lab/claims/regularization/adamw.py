"""What AdamW minimises: a log barrier without noise, a semi-ellipse with it.

Decoupled decay is lam |z|^2 / 2 with z = D^(1/2) p as long as D stands still. At a point of rest of
Adam D is made of the gradient itself: g_i = -lam D_i p_i with D = |g| + eps without noise, D =
sqrt(g^2 + s^2) in noise of standard deviation s. Solved for g, this is the gradient of a penalty on
p. Both penalties confine p to the box |p_i| <= 1 / lam; as eps -> 0 or s -> 0 nothing but the box
is left, which is what Xie & Li 2024 find.

Away from rest D moves, and AdamW is gradient descent on no fixed function: only its points of rest
have one. Adam with the penalty in its gradient rests at the ridge, whatever D is.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, sqrt

from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    spd,
    start,
    symbols,
)
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.optimizers import AdamW
from lab.theory.box import box_point

H, phat, theta, lam, eps, share, beta1, beta2 = symbols("H phat theta lam eps share beta1 beta2")
p, g, other, far, reach = symbols("p g other far reach")


@claim(
    "adamw/log-barrier",
    over={
        H: spd(3, -1, 0),
        phat: start(3, size=2.0),
        theta: start(3, size=5.0),
        # the farther the target, the nearer to the wall of the box
        reach: decades(0, 3),
        lam: decades(-0.5, 0.5),
        eps: decades(-0.7, 0.5),
        beta1: between(0, 0.8),
        share: decades(-1, 0.5),
    },
    assuming=[share <= 0.3],
    says={
        "slope": equal(
            g * (1 - lam * Abs(p)), lam * eps * Abs(p), rtol=1e-6, atol=1e-9, because="settled"
        ),
        "one point": equal(other, p, rtol=1e-6, atol=1e-8, because="settled"),
        "box": at_most(far, 1 / lam),
    },
    where={
        p: "where AdamW, beta2 = .9, ends on (p - reach phat)^T H (p - reach phat) / 2 from 0,"
        " after 3000"
        " steps at the share of its edge a (l + lam c) = 2 c, c = (1 + beta1) / (1 - beta1),"
        " l the largest eigenvalue of D^(-1/2) H D^(-1/2) there",
        g: "|H (p - reach phat)|, coordinate by coordinate",
        other: "where it ends from theta",
        far: "max |p|",
    },
    cites=derived("beyond Ye 2024: decay is no L2 on z once D follows the gradient"),
    instances=16,
)
def log_barrier(H, phat, theta, reach, lam, eps, beta1, share):
    """At rest g = -lam D p with D = |g| + eps: g has the sign of -p, and |g| (1 - lam |p|) = lam
    eps |p|. So lam |p| < 1, and g is minus the derivative of eps (-|p| - log(1 - lam |p|) / lam),
    which is eps lam |p| / (1 - lam |p|) in size: a stationary point of L plus the sum of these. Its
    second derivative, eps lam / (1 - lam |p|)^2, is positive: strictly convex in the open box for
    any convex L, and the point is unique, whatever the start.

    Small lam |p|: a ridge with the weight lam eps, and not lam. Far targets: the wall. (p - 10)^2 /
    2 with lam = 1 rests at 0.90, 0.989, 0.9989 for eps = 1, 0.1, 0.01, where a ridge would rest at
    5.

    The point attracts only if the rate is below an edge: for beta2 -> 1, eta (l + lam c) < 2 c with
    c = (1 + beta1) / (1 - beta1). Away from the wall l is of order 1 / eps, and a constant rate
    chatters as eps -> 0. beta2 = 0.9 lowers the edge, and shares up to 0.3 of it are safe; beyond 1
    the run chatters. With eps inside the root, D = sqrt(g^2 + eps^2), it is the semi-ellipse with s
    = eps.

    Space: three dimensions, targets up to a thousand times too far for the box, so that the barrier
    decides; decay and eps over a decade; rates on both sides of the edge."""
    phat = reach[:, None] * phat
    at = box_point(H, phat, lam[:, None], eps[:, None], penalty="log barrier")
    root = 1 / np.sqrt(np.abs(matvec(H, at - phat)) + eps[:, None])
    sharpness = np.linalg.eigvalsh(root[:, :, None] * H * root[:, None, :])[:, -1]
    c = (1 + beta1) / (1 - beta1)
    eta = share * 2 * c / (sharpness + lam * c)

    # from both starts in one sweep
    eta, beta1, eps, lam = (np.tile(a, 2) for a in (eta, beta1, eps, lam))
    method = AdamW(eta, beta1, 0.9, eps, weight_decay=lam)
    start = np.concatenate([np.zeros_like(phat), theta])
    twice, target = np.concatenate([H, H]), np.concatenate([phat, phat])
    last = descend(method, lambda x: matvec(twice, x - target), start, 3000)[-1]
    ends = last.reshape(2, *phat.shape)
    return {
        p: ends[0],
        g: np.abs(matvec(H, ends[0] - phat)),
        other: ends[1],
        far: np.abs(ends[0]).max(-1),
    }


s, noise, law = symbols("s noise law")
# pairs of runs with opposite noise: what is linear in it cancels in their mean
PAIRS, LENGTH, AVERAGED = 64, 5000, 1000


@claim(
    "adamw/semi-ellipse",
    over={
        H: spd(2, -0.5, 0),
        phat: start(2, kinds=("aligned",), size=4.0),
        lam: between(0.2, 0.5),
        noise: between(0.5, 2),
        law: choice("gaussian", "signs"),
    },
    says={
        "slope": equal(
            g,
            lam * noise * far / sqrt(1 - lam**2 * far**2),
            rtol=0.015,
            because="five times 0.25 % of sampling, and 1 - beta2 = 0.2 %",
        )
    },
    where={
        far: "|mean|, coordinate by coordinate, over the last 1000 of 5000 steps and 128 runs"
        " of AdamW(6e-3, .9, .998, eps = 0), in pairs of opposite noise, on (p - phat)^T H (p -"
        " phat) / 2 + noise, from 0.95 times where the claim says",
        g: "|H (p - phat)| there",
    },
    cites=derived("beyond Ye 2024; small lam |p|: ridge with weights lam noise"),
    instances=6,
)
def semi_ellipse(H, phat, lam, noise, law, seed):
    """E g_t^2 = g^2 + s^2 for a mean gradient g and noise s, so that v settles at D^2 with D =
    sqrt(g^2 + s^2), for beta2 -> 1 and small steps. g = -lam D p gives g^2 = lam^2 p^2 (g^2 + s^2),
    |g| = lam s |p| / sqrt(1 - lam^2 p^2): the slope of -(s / lam) sqrt(1 - lam^2 p^2), an ellipse.
    Where lam |p| is small it is a ridge with the weight lam s: of AdamW's decay as L2 on z this is
    what is left. At lam |p| = 1 the slope is infinite: the box of the deterministic limit. Only the
    second moment of the noise enters, Gaussian or signs; noise that depends on p would enter by its
    size there.

    Space: two dimensions, targets of one size in all coordinates, at 0.8 to 2 times the wall; noise
    over a factor of four."""
    rng = np.random.default_rng(seed)
    at = box_point(H, phat, lam[:, None], noise[:, None], penalty="semi-ellipse")

    def gradient(x):
        """H (x - phat) and the noise of every run, pairs of opposite sign."""
        x = x.reshape(len(H), 2 * PAIRS, 2)
        # H is symmetric: rows times H
        clean = (x - phat[:, None]) @ H
        drawn = rng.standard_normal((len(H), PAIRS, 2))
        kick = np.sign(drawn) if law == "signs" else drawn
        kick = np.concatenate([kick, -kick], axis=1)
        return (clean + noise[:, None, None] * kick).reshape(-1, 2)

    # near the claim's point, to save steps, but not at it: a run that did not move would be 5 % off
    begin = np.repeat(0.95 * at, 2 * PAIRS, axis=0)
    decay = np.repeat(lam, 2 * PAIRS)
    method = AdamW(6e-3, 0.9, 0.998, 0.0, weight_decay=decay)
    path = descend(method, gradient, begin, LENGTH)[-AVERAGED:]
    mean = path.mean(0).reshape(len(H), 2 * PAIRS, 2).mean(1)
    return {far: np.abs(mean), g: np.abs(matvec(H, mean - phat))}

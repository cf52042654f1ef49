"""Sign descent where the Hessian is diagonal in the basis of the sign.

Coordinates do not see each other there, and none sees its eigenvalue: |d_i| moves by the step
towards 0, and past it. That is why sign descent is free of kappa, why it needs steps that fall, and
why nothing is left of it once the axes are turned.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.arrays import norm
from lab.claims import (
    at_most,
    between,
    claim,
    decades,
    derived,
    dimension,
    equal,
    integers,
    sometimes,
    spectrum,
    start,
    symbols,
    vector,
)
from lab.claims.loops import descend
from lab.claims.quadratics.gn import turned
from lab.linalg import matvec
from lab.optimizers import Geometric, Scheduled, SignSGD

n, lam, t, g, R, top, share, x, k, size = symbols("n lam t g R top share x k size")
eta, m, r, c, now, later, loss, trace = symbols("eta m r c now later loss trace")


def hessians(lam, t) -> np.ndarray:
    """diag(lam) in coordinates turned by t, (R, n, n): diagonal for t = 0 only, as kappa >= 10
    keeps the two eigenvalues of that plane apart."""
    q = np.array([turned(lam.shape[-1], angle) for angle in t])
    return (q * lam[:, None, :]) @ q.swapaxes(-1, -2)


@claim(
    "sign/halving",
    over={
        n: dimension(2, 5),
        lam: spectrum(n, -3, -1),
        t: sometimes(0.0, between(0.05, 0.8)),
        # on both sides of 1/2
        g: between(0.3, 0.95),
        R: decades(-2, 2),
        # starts outside the radius by up to a half
        top: sometimes(1.0, between(1, 1.5)),
        # a third of the coordinates are cut to 1
        share: vector(n, -3, 1),
        x: start(n, ("aligned",)),
    },
    assuming=[Eq(t, 0), g >= 1 / 2, top <= 1],
    says={
        "radius": at_most(size, R * g**k, slack=1e-9, because="R n eps / (1 - g) against R g^12")
    },
    where={
        k: "0 ... 12",
        size: "max |d_i| after k steps (1 - g) R g^k of sign descent on diag(lam), in coordinates"
        " turned by t, from d_i = R top min(share_i, 1) x_i",
    },
    cites=derived("rigorous version of Liu et al. 2025"),
)
def halving(lam, t, g, R, top, share, x):
    """In coordinates in which H is diagonal, g_i = lam_i d_i has the sign of d_i: |d_i+| = ||d_i| -
    eta| whatever lam_i > 0. So |d_i| <= R_k and eta = (1 - g) R_k give |d_i+| <= max(eta, R_k -
    eta) = g R_k for g >= 1/2, and R g^k is a bound by induction. The loss is at most tr(H) R^2
    g^(2k) / 2. No eta does better than max(eta, R_k - eta) >= R_k / 2: g = 1/2 is minimax. Equality
    from |d_i| = R.

    Space: two to five dimensions, kappa up to 1000, starts at and below the radius R. Below g = 1/2
    a step overshoots by more than it leaves; a start outside R, by half, keeps its lead, as all
    steps together are R; in turned coordinates (t > 0) the signs are those of a mixture and d
    leaves the box.

    At g = 1/2: log2 of R over the radius asked for, in steps, whatever the condition number.
    """
    h = hessians(lam, t)
    theta = (R * top)[:, None] * np.minimum(share, 1) * x
    method = Scheduled(Geometric(g), SignSGD((1 - g) * R))
    path = descend(method, lambda z: matvec(h, z), theta, 12)
    return {k: np.tile(np.arange(13), (len(g), 1)), size: norm(path, np.inf).T}


@claim(
    "sign/two-cycle",
    over={
        n: dimension(2, 5),
        lam: spectrum(n, -3, -1),
        t: sometimes(0.0, between(0.05, 0.8)),
        eta: decades(-2, 1),
        m: integers(0, 30),
        # 0 is outside the hypothesis: the start is a whole number of steps away
        c: sometimes(1.0, between(0, 0)),
        r: vector(n, -2, -0.0005),
        x: start(n, ("aligned",)),
    },
    assuming=[Eq(t, 0), c > 0],
    says={
        "even": equal(now, c * eta * r, rtol=1e-9, because="75 steps eps of 30 eta"),
        "odd": equal(later, eta * (1 - c * r), rtol=1e-9, because="the same; 1 - r >= 1e-3"),
        "floor": at_most(loss, eta**2 * trace / 2),
    },
    where={
        now: "|d_i| after m + 40 steps eta of sign descent on diag(lam), in coordinates turned"
        " by t,"
        " from d_i = eta (m + c r_i) x_i",
        later: "the same one step later",
        loss: "d^T H d / 2 at both",
        trace: "sum lam_i",
    },
    cites=derived("rigorous version of Liu et al. 2025"),
)
def two_cycle(lam, t, eta, m, c, r, x):
    """|d+| = ||d| - eta|: from eta (m + r), m steps down to eta r, then eta (1 - r), then eta r,
    and so on: a cycle of two for every 0 < r < 1, neutral, since it keeps r. c = 0 rests at 0,
    where the sign is 0, and is not such a cycle: that is the second hypothesis. So a constant step
    needs |d|_inf / eta steps to a loss of at most eta^2 tr H / 2, which for a target eps is |d|_inf
    sqrt(tr H / (2 eps)) steps: no kappa, but no rate either.

    Space: starts that are m steps and a share r away, r up to 0.999, so that both points of the
    cycle stay 10^-3 eta from 0 and rounding does not choose the sign. The floor eta^2 tr H / 2 is
    attained as all r -> 1: it is the loss with every coordinate a whole step away. In turned
    coordinates (t > 0) signs are those of a mixture, and runs end elsewhere.
    """
    h = hessians(lam, t)
    theta = eta[:, None] * (m[:, None] + c[:, None] * r) * x
    # 30 steps down at most, 40 in the cycle, and one more
    path = descend(SignSGD(eta), lambda z: matvec(h, z), theta, 71)
    # after m steps down every run is in its cycle
    pair = np.stack([path[m + 40 + odd, np.arange(len(m))] for odd in (0, 1)], 1)
    energy = (pair * (h[:, None] @ pair[..., None])[..., 0]).sum(-1) / 2
    d = np.abs(pair)
    return {now: d[:, 0], later: d[:, 1], loss: energy, trace: lam.sum(-1)}

"""L2, L1 and L_q on p, or on the intrinsic variable z = P^-1 p, P P^T = diag(1 / D).

p minimises L(p) + lam |p|_q^q / q, or z minimises L(P z) + lam |z|_q^q / q. With P fixed both are
clear: the first is a ridge without P, the second one with weights lam D, decoupled from the
gradient. They differ in the point, in the condition number of the way there, and in what a change
of units does.

lam of z has the units of 1 / p where D has those of a gradient (q = 2), and P -> c P, eta -> eta /
c^2, which leaves the gradient's part alone, changes the decay by c^2: lam is no number of its own.
D that follows the gradients is another matter: adamw and its neighbours.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, sign

from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    data,
    decades,
    derived,
    dimension,
    equal,
    named,
    sometimes,
    spd,
    start,
    stated_by,
    symbols,
    vector,
)
from lab.claims.loops import descend
from lab.claims.quadratics.gd import kappa
from lab.claims.regularization.variables import (
    RULES,
    apart,
    drawn_together,
    in_z,
    kappa_in_z,
    smallest_in_z,
    spread,
    step_kappa,
    together_by,
)
from lab.linalg import matvec, solve_symmetric
from lab.optimizers import L2, LQ, SGD, Regularized
from lab.theory.regularization import ridge_point

n, H, D, theta, eta, lam, q, decay, beta = symbols("n H D theta eta lam q decay beta")
on_p, on_z, beside, phat = symbols("on_p on_z beside phat")

YE = "Ye 2024 (arXiv 2410.00232): AdamW regularises the intrinsic variable"


@claim(
    "regularization/intrinsic-is-decoupled",
    over={
        n: dimension(1, 5),
        H: spd(n, -2, 0),
        D: vector(n, -2, 2),
        theta: start(n, kinds=("generic", "aligned")),
        # 2 is where D drops out, 4/3 Adam's ridge; one on either side, and one above 2
        q: choice(1.2, 4 / 3, 1.5, 2.0, 3.0),
        lam: decades(-2, 1),
        eta: decades(-2, 0),
    },
    says={
        "step": equal(
            decay,
            -eta * lam * D ** (q / 2 - 1) * Abs(theta) ** (q - 1) * sign(theta),
            rtol=1e-8,
            atol=1e-13,
            because="a difference of two steps that may be 1e6 times as large",
        )
    },
    where={
        decay: "P times what the penalty lam |z|_q^q / q adds to a step of gradient descent on"
        " L(P z), L = p^T H p / 2, P = D^(-1/2), from p = theta"
    },
    cites=stated_by(YE + "; other q than 2 derived"),
)
def intrinsic_is_decoupled(H, D, theta, q, lam, eta):
    """grad_z |z|_q^q / q = |z|^(q-1) sign z with z = D^(1/2) p. A step -eta lam of it in z moves p
    by P = D^(-1/2) times as much: -eta lam D^((q-1)/2 - 1/2) |p|^(q-1) sign p. At q = 2 no D is
    left: decay is plain for every diagonal method, and AdamW's decay is L2 on z. At q = 1 it is
    D^(-1/2), at q = 3 D^(1/2). For a P that is not diagonal q = 2 stays plain, because P P^-1 = I,
    and the other q don't decouple.

    Published: Ye 2024 says so of AdamW, and has an L1 rule. On z means with D of the moment; what a
    run with a moving D minimises is another question.

    Space: one to five dimensions, D over four decades, five values of q, generic and aligned
    starts."""
    p = 1 / np.sqrt(D)
    a = in_z(H, D)
    penalised = Regularized(SGD(eta), LQ(lam, q), on="p")
    moved, plain = (
        descend(method, lambda z: matvec(a, z), theta / p, 1)[1] for method in (penalised, SGD(eta))
    )
    return {decay: p * (moved - plain)}


@named
def ridge(h, target, weights):
    """(H + diag(weights))^-1 H phat"""
    return ridge_point(h, target, weights if weights.ndim > 1 else weights[:, None])


# a heavy ball of this momentum needs some 2000 steps for 1e-11 at a condition number of 1e4
STEPS = 3000
SETTLED = "3000 steps, eps kappa"


@claim(
    "regularization/fixed-points",
    over={
        n: dimension(1, 4),
        H: spd(n, -2, 0),
        D: vector(n, -0.7, 0.7),
        phat: start(n),
        lam: decades(-2, 0.5),
        beta: between(0, 0.9),
    },
    says={
        "on p": equal(on_p, ridge(H, phat, lam), rtol=1e-8, atol=1e-9, because=SETTLED),
        "on z": equal(on_z, ridge(H, phat, lam * D), rtol=1e-8, atol=1e-9, because=SETTLED),
        "beside momentum": equal(
            beside, ridge(H, phat, lam * (1 - beta)), rtol=1e-8, atol=1e-9, because=SETTLED
        ),
    },
    where={
        on_p: "where heavy ball preconditioned by D ends with lam |p|^2 / 2 added to L ="
        " (p - phat)^T H (p - phat) / 2",
        on_z: "the same with lam |z|^2 / 2, z = D^(1/2) p",
        beside: "where m = beta m + g, p = p - eta m - eta lam p ends",
    },
    cites=derived("frozen preconditioner: generalised Tikhonov; momentum as a sum weakens decay"),
)
def fixed_points(H, D, phat, lam, beta):
    """Rest is a stationary point of loss plus penalty, wherever the preconditioner is. On p: H (p -
    phat) + lam p = 0, no P in it. On z: lam |z|^2 / 2 = lam sum D_i p_i^2 / 2, the weights lam D;
    for diagonal H the factors h / (h + lam) and h / (h + lam D), so that a perfect D = h shrinks
    all coordinates alike.

    Beside momentum m = beta m + g, decay is outside the sum: at rest m = g / (1 - beta), so that
    eta g / (1 - beta) + eta lam p = 0, a ridge with lam (1 - beta). A momentum that averages has (1
    - beta) g in place of g, and the weight lam. The two forms of SGDW differ by that.

    Space: one to four dimensions, H up to a condition of 100 and A up to 2500, momentum up to
    0.9."""
    p = 1 / np.sqrt(D)
    target = phat / p
    a = in_z(H, D)
    largest = np.linalg.eigvalsh(a)[:, -1]

    def gradient(z):
        return matvec(a, z - target)

    def metric_penalty(z):
        """The gradient in z with lam |p|^2 / 2 added: lam P^T P z."""
        return gradient(z) + lam[:, None] * p**2 * z

    # from 0 on: linear iterations settle at one rate from everywhere
    zero = np.zeros_like(phat)
    # rates of the penalised Hessian's own largest eigenvalue, or a bound of it
    steep = SGD(1 / (largest + lam * (p**2).max(-1)), momentum=0.95)
    flat = SGD(1 / (largest + lam), momentum=0.95)
    z_p = descend(steep, metric_penalty, zero, STEPS)[-1]
    z_z = descend(Regularized(flat, L2(lam), on="p"), gradient, zero, STEPS)[-1]

    # the sum of gradients is 1 / (1 - beta) times as large
    rate = (1 - beta) / (1 + lam)
    heavy = Regularized(SGD(rate, momentum=beta), L2(lam), on="z")
    rest = descend(heavy, lambda x: matvec(H, x - phat), zero, STEPS)[-1]
    return {on_p: p * z_p, on_z: p * z_z, beside: rest}


K, mu = symbols("K mu")
high, flat, perfect = symbols("high flat perfect")


@claim(
    "regularization/conditioning",
    over={n: dimension(2, 5), H: spd(n, -3, 0), D: vector(n, -1.5, 1.5), lam: decades(-3, 1)},
    says={
        "on z": equal(
            on_z,
            (kappa_in_z(H, D) * smallest_in_z(H, D) + lam) / (smallest_in_z(H, D) + lam),
            rtol=1e-8,
            because="kappa eps, 1e6 eps",
        ),
        "on z, no worse": at_most(on_z, kappa_in_z(H, D), slack=1e-8, because="kappa eps"),
        "on p, much": equal(high, spread(D), rtol=1e-6, because="lam 1e9 times that of H"),
        "perfect P, on p": equal(
            perfect,
            (1 + lam * kappa(H)) / (1 + lam),
            rtol=1e-8,
            because="kappa eps",
        ),
    },
    where={
        on_z: "condition number of the Hessian in z with lam |z|^2 / 2 added, from the images of a"
        " basis by a step of gradient descent",
        high: "the same with 1e9 |p|^2 / 2",
        perfect: "in the eigenbasis with D = H, so that A = I, and lam |p|^2 / 2",
    },
    cites=derived("which variable to regularise, asked by Ye 2024"),
)
def conditioning(H, D, lam):
    """On z the Hessian is A + lam I: (lam_max + lam) / (lam_min + lam), which falls in lam from
    kappa(A) to 1. On p it is A + lam P^T P, which tends to lam P^T P, and its condition number to
    kappa(P)^2, whatever that of A.

    With the perfect P = H^(-1/2), A = I and P^T P = H^-1: 1 + lam / lam_i in place of 1, (1 + lam /
    lam_min) / (1 + lam / lam_max), which is what is claimed for lam_max = 1. A penalty on p can
    destroy a good preconditioner: with H_ij = d_i d_j 2^-|i-j|, d six values from 1 to 0.01, and
    Jacobi's P, kappa is 6.8 without a penalty, 2.5 with |z|^2 / 2 and 5123 with |p|^2 / 2.

    Space: two to five dimensions, H over three decades with largest eigenvalue 1, D over three, lam
    over four."""
    a = in_z(H, D)
    ones = np.ones_like(D)
    eigenvalues = np.linalg.eigvalsh(H)
    # in the eigenbasis, where H is diagonal
    identity = np.broadcast_to(np.eye(D.shape[-1]), H.shape)
    # P^T P = H^-1, whose smallest eigenvalue is 1 since H's largest is
    worst = step_kappa(identity, lam[:, None] / eigenvalues)
    return {
        on_z: step_kappa(a, lam[:, None] * ones),
        high: step_kappa(a, 1e9 / D),
        perfect: worst,
    }


X, y, t, c, rule, plain, scaled = symbols("X y t c rule plain scaled")


@named
def covariant(rule):
    """D(c H c) = c^2 D(H)"""
    return rule in ("diag H", "1 / diag H^-1")


@claim(
    "regularization/unit-invariance",
    over={
        n: dimension(2, 4),
        X: data(9, n, -1, 0),
        t: sometimes(1.0, decades(-9, -6)),
        y: start(9),
        c: vector(n, -2, 2),
        lam: decades(-1, 1),
        rule: choice(*RULES),
    },
    assuming=[covariant(rule), apart(drawn_together(X, t))],
    says={"same predictions": equal(scaled, plain, rtol=1e-8, atol=1e-9, because="kappa eps")},
    where={
        plain: "X p, p the least squares fit with lam sum D_i p_i^2 / 2, D by the rule, to columns"
        " X drawn together by t",
        scaled: "the same from columns c_i X_i",
    },
    cites=derived("decoupled decay knows units only through D: Jacobi's does, Adam's does not"),
)
def unit_invariance(X, t, y, c, lam, rule):
    """New units multiply the columns of X by c, H becomes c H c. If D becomes c^2 D, then c (c H c
    + lam c^2 D)^-1 c = (H + lam D)^-1, and predictions X p don't change. With lam |p|^2, D = 1, no
    scale cancels; with sqrt(diag H) or the norms of rows of H, which go by c_i and by a mixture,
    neither. Jacobi's D = diag H and 1 / diag(H^-1) have the law. Adam's divisor, of the size of a
    gradient, goes by c_i.

    For X_ij = sin(i j), y_i = cos i, i = 1 ... 8, j = 1 ... 3, c = (1, 10, 0.1) and lam = 0.3
    predictions move by 42 % with norms of rows, 44 % with the root of the diagonal, 60 % with D =
    1, and not at all with Jacobi's.

    Space: nine rows, two to four columns, units over four decades; a quarter of the draws have two
    columns that are one to rounding, which leave 1 / diag(H^-1) no digits."""

    def predictions(x):
        """X p of the ridge with D by the rule; the same H, D and p in any units."""
        h = np.einsum("rki,rkj->rij", x, x) / x.shape[1]
        d = RULES[rule](h)
        penalised = h + lam[:, None, None] * d[:, :, None] * np.eye(x.shape[-1])
        p = solve_symmetric(penalised, np.einsum("rki,rk->ri", x, y) / x.shape[1], 0.0)
        return np.einsum("rki,ri->rk", x, p)

    x = together_by(X, t)
    return {plain: predictions(x), scaled: predictions(c[:, None, :] * x)}

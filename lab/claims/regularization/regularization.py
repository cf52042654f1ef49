"""L2, L1 and L_q on p, or on the intrinsic variable z = P^-1 p, P P^T = diag(1 / D)."""

from __future__ import annotations

import numpy as np
from sympy import Abs, sign

from lab.arrays import norm
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
from lab.linalg import EPS, matvec, solve_symmetric
from lab.optimizers import L2, LQ, SGD, Regularized
from lab.scaling import unit_diagonal
from lab.theory.regularization import ridge_point

n, H, D, theta, eta, lam, q, decay, beta = symbols("n H D theta eta lam q decay beta")
on_p, on_z, beside, phat = symbols("on_p on_z beside phat")

YE = "Ye 2024 (arXiv 2410.00232): AdamW regularises the intrinsic variable"


def in_z(h, d) -> np.ndarray:
    """A = P^T H P, P = D^(-1/2), (R, n, n)."""
    root = 1 / np.sqrt(d)
    return root[:, :, None] * h * root[:, None, :]


@claim(
    "regularization/intrinsic-is-decoupled",
    over={
        n: dimension(1, 5),
        H: spd(n, -2, 0),
        D: vector(n, -2, 2),
        theta: start(n, kinds=("generic", "aligned")),
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
    """P grad_z |P^-1 p|_q^q / q = P^(2-q) |p|^(q-1) sign(p). At q = 2 no P is left: decay is plain
    for every method."""
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
    """Stationary points of L + penalty. A sum of gradients is g / (1 - beta) at rest."""
    p = 1 / np.sqrt(D)
    target = phat / p
    a = in_z(H, D)
    largest = np.linalg.eigvalsh(a)[:, -1]

    def gradient(z):
        return matvec(a, z - target)

    def metric_penalty(z):
        return gradient(z) + lam[:, None] * p**2 * z

    zero = np.zeros_like(phat)
    steep = SGD(1 / (largest + lam * (p**2).max(-1)), momentum=0.95)
    flat = SGD(1 / (largest + lam), momentum=0.95)
    z_p = descend(steep, metric_penalty, zero, STEPS)[-1]
    z_z = descend(Regularized(flat, L2(lam), on="p"), gradient, zero, STEPS)[-1]

    # the sum of gradients is 1 / (1 - beta) times as large
    rate = (1 - beta) / (1 + lam)
    heavy = Regularized(SGD(rate, momentum=beta), L2(lam), on="z")
    rest = descend(heavy, lambda x: matvec(H, x - phat), zero, STEPS)[-1]
    return {on_p: p * z_p, on_z: p * z_z, beside: rest}


def step_kappa(h, penalty_rows) -> np.ndarray:
    """kappa of the Hessian that a step of gradient descent sees, from its images of a basis."""
    size = h.shape[-1]
    columns = []
    for k in range(size):
        unit = np.zeros(h.shape[:2])
        unit[:, k] = 1.0
        path = descend(SGD(1.0), lambda z: matvec(h, z) + penalty_rows * z, unit, 1)
        columns.append(path[0] - path[1])
    lam = np.linalg.eigvalsh(np.stack(columns, -1))
    return lam[:, -1] / lam[:, 0]


@named
def kappa_in_z(h, d):
    """the condition number of A = D^(-1/2) H D^(-1/2)"""
    lam = np.linalg.eigvalsh(in_z(h, d))
    return lam[:, -1] / lam[:, 0]


@named
def smallest_in_z(h, d):
    """the smallest eigenvalue of A"""
    return np.linalg.eigvalsh(in_z(h, d))[:, 0]


@named
def spread(d):
    """kappa(P)^2 = max D / min D"""
    return d.max(-1) / d.min(-1)


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
    """A + lam I on z, A + lam P^T P on p: the latter tends to kappa(P)^2, and destroys a perfect
    preconditioner: A = I, P^T P = H^-1."""
    a = in_z(H, D)
    ones = np.ones_like(D)
    eigenvalues = np.linalg.eigvalsh(H)
    identity = np.broadcast_to(np.eye(D.shape[-1]), H.shape)
    # P^T P = H^-1, whose smallest eigenvalue is 1 since H's largest is
    worst = step_kappa(identity, lam[:, None] / eigenvalues)
    return {
        on_z: step_kappa(a, lam[:, None] * ones),
        high: step_kappa(a, 1e9 / D),
        perfect: worst,
    }


X, y, t, c, rule, plain, scaled = symbols("X y t c rule plain scaled")


def unexplained(h):
    """1 / diag(H^-1): of every column what the others do not explain; 0 where they explain it all.

    In units in which diag(H) = 1, so that the sizes of columns are no part of the condition number.
    """
    s = unit_diagonal(h)
    w, v = np.linalg.eigh(s[:, :, None] * h * s[:, None, :])
    inverse = np.einsum("rij,rj,rij->ri", v, 1 / np.maximum(w, EPS), v)
    return 1 / (s**2 * inverse)


RULES = {
    "diag H": lambda h: np.einsum("rii->ri", h),
    "1 / diag H^-1": unexplained,
    "row norm": norm,
    "sqrt diag H": lambda h: np.sqrt(np.einsum("rii->ri", h)),
}


@named
def covariant(rule):
    """D(c H c) = c^2 D(H)"""
    return rule in ("diag H", "1 / diag H^-1")


def together_by(x, t) -> np.ndarray:
    """The columns x (R, N, n), the second one x_1 + t (x_2 - x_1)."""
    moved = x.copy()
    moved[..., 1] = x[..., 0] + t[:, None] * (x[..., 1] - x[..., 0])
    return moved


@named
def drawn_together(x, t):
    """the columns, the second one x_1 + t (x_2 - x_1)"""
    return together_by(x, t)


@named
def apart(x):
    """columns of unit length have a Gram matrix with eigenvalues above 1e-6: kappa is below 1e7"""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    grams = np.einsum("rki,rkj->rij", unit, unit)
    return np.linalg.eigvalsh(grams)[:, 0] > 1e-6


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
    """c (c H c + lam c^2 D)^-1 c = (H + lam D)^-1; with lam |p|^2 no scale would cancel. Two
    columns that are one to rounding leave 1 / diag H^-1 no digits."""

    def predictions(x):
        h = np.einsum("rki,rkj->rij", x, x) / x.shape[1]
        d = RULES[rule](h)
        penalised = h + lam[:, None, None] * d[:, :, None] * np.eye(x.shape[-1])
        p = solve_symmetric(penalised, np.einsum("rki,rk->ri", x, y) / x.shape[1], 0.0)
        return np.einsum("rki,ri->rk", x, p)

    x = together_by(X, t)
    return {plain: predictions(x), scaled: predictions(c[:, None, :] * x)}

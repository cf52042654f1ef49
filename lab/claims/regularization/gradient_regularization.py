"""Penalties on the gradient, on p and on z: conditioning, solutions, what a finite step adds."""

from __future__ import annotations

import numpy as np

from lab.arrays import norm
from lab.claims import (
    at_least,
    claim,
    data,
    decades,
    derived,
    dimension,
    equal,
    named,
    one_by_one,
    slope,
    spd,
    start,
    symbols,
    vector,
)
from lab.claims.loops import descend
from lab.claims.quadratics.gd import kappa
from lab.claims.regularization.regularization import in_z, kappa_in_z, smallest_in_z
from lab.linalg import matvec
from lab.optimizers import SGD, GradientPenalty
from lab.theory.gradient_regularization import per_sample_point

n, H, D, lam, on_z, bare, much = symbols("n H D lam on_z bare much")


@named
def kappa_hp(h, d):
    """the condition number of (H P)^T H P, P = D^(-1/2)"""
    values = np.linalg.svd(h / np.sqrt(d)[:, None, :], compute_uv=False)
    return (values[:, 0] / values[:, -1]) ** 2


@named
def smallest(h):
    """the smallest eigenvalue of H"""
    return np.linalg.eigvalsh(h)[:, 0]


def penalised_kappa(h, lam) -> np.ndarray:
    """kappa of the Hessian behind a step of gradient descent with the penalty lam |g|^2 / 2, from
    the images of a basis, by one gradient more: exact on quadratics."""
    method = GradientPenalty(SGD(1.0), lam, distance=1.0)
    columns = []
    for k in range(h.shape[-1]):
        unit = np.zeros(h.shape[:2])
        unit[:, k] = 1.0
        path = descend(method, lambda x: matvec(h, x), unit, 1)
        columns.append(path[0] - path[1])
    ends = np.linalg.eigvalsh(np.stack(columns, -1))
    return ends[:, -1] / ends[:, 0]


@claim(
    "gradient-regularization/conditioning",
    over={n: dimension(1, 5), H: spd(n, -2, 0), D: vector(n, -1, 1), lam: decades(-2, 2)},
    says={
        "no preconditioner": equal(
            bare,
            kappa(H) * (1 + lam) / (1 + lam * smallest(H)),
            rtol=1e-7,
            because="kappa^2 eps, the largest eigenvalue is 1",
        ),
        "never better": at_least(bare, kappa(H), slack=1e-7),
        "nor on z": at_least(on_z, kappa_in_z(H, D), slack=1e-7),
        "on z": equal(
            on_z,
            kappa_in_z(H, D)
            * (1 + lam * kappa_in_z(H, D) * smallest_in_z(H, D))
            / (1 + lam * smallest_in_z(H, D)),
            rtol=1e-7,
            because="kappa^2 eps",
        ),
        "on p, much": equal(much, kappa_hp(H, D), rtol=1e-5, because="1e9 times that of H"),
    },
    where={
        bare: "condition number of the Hessian of L + lam |g|^2 / 2 at a minimiser",
        on_z: "that of L(P z) + lam |P^T g|^2 / 2 in z, P = D^(-1/2)",
        much: "that of P^T (1e9 H^2) P, L + 1e9 |g|^2 / 2 in z: kappa(H P)^2 may be below kappa(A)",
    },
    cites=derived("beyond the first version of Ye 2024, which poses the choice of the variable"),
)
def conditioning(H, D, lam):
    """x -> x (1 + lam x) and 1 + lam x increase, so the ratio of the images exceeds that of the
    arguments. With P and the penalty on p, A + lam P^T H^2 P is no function of A."""
    root = 1 / np.sqrt(D)
    squared = H @ H
    on_square = root[:, :, None] * (H + 1e9 * squared) * root[:, None, :]
    ends = np.linalg.eigvalsh(on_square)
    return {
        bare: penalised_kappa(H, lam),
        on_z: penalised_kappa(in_z(H, D), lam),
        much: ends[:, -1] / ends[:, 0],
    }


X, y, found = symbols("X y found")


@named
def reweighted(x, y, lam, d):
    """least squares with the weights 1 + lam |P^T x_i|^2, P = D^(-1/2)"""
    return one_by_one(
        lambda x, y, lam, d: per_sample_point(x, y, lam, metric=np.diag(1 / d)), x, y, lam, d
    )


@named
def full_rank(x):
    """the rows span, singular values within 1e3"""
    values = np.linalg.svd(x, compute_uv=False)
    return values[:, -1] > 1e-3 * values[:, 0]


@claim(
    "gradient-regularization/per-sample",
    over={
        n: dimension(1, 4),
        X: data(7, n, -2, 0),
        y: start(7),
        D: vector(n, -1, 1),
        lam: decades(-2, 2),
    },
    assuming=[full_rank(X)],
    says={"point": equal(found, reweighted(X, y, lam, D), rtol=1e-7, atol=1e-9, because="kappa")},
    where={
        found: "minimiser of mean r_i^2 / 2 + lam / 2 mean |P^T grad r_i^2 / 2|^2 over 7 rows, as"
        " least squares in the 7 (1 + n) residuals r_i and sqrt(lam) r_i P^T x_i"
    },
    cites=derived("the penalty of the mean gradient would move nothing"),
)
def per_sample(X, y, D, lam):
    """grad r_i^2 / 2 = r_i x_i, whose norm is |r_i| |P^T x_i|. Without full rank there are many
    minimisers and no point to be equal to: the hypothesis only says where there is one."""

    def solution(x, y, d, lam):
        pulled = np.sqrt(lam) * x / np.sqrt(d)
        rows = [x, *(column[:, None] * x for column in pulled.T)]
        targets = [y, *(column * y for column in pulled.T)]
        return np.linalg.lstsq(np.concatenate(rows), np.concatenate(targets), rcond=None)[0]

    return {found: one_by_one(solution, X, y, D, lam)}


a, plain, corrected = symbols("a plain corrected")
STEPS = np.array([128, 256, 512, 1024])


def quartic(w, x):
    """The gradient of sum w_ij (x_i - x_j^2 / 2)^2 / 2 with x_0^4 / 4: nothing is diagonal."""
    u = x[..., 0] - x[..., 1] ** 2 / 2
    v = x[..., 1] + x[..., 0] ** 2 / 3
    first = w[:, 0] * u + w[:, 1] * v * 2 * x[..., 0] / 3
    second = -w[:, 0] * u * x[..., 1] + w[:, 1] * v
    return np.stack([first, second], -1)


def product(w, x, v):
    """H v by central differences of width 1e-5."""
    return (quartic(w, x + 1e-5 * v) - quartic(w, x - 1e-5 * v)) / 2e-5


def flow(field, x, steps=400):
    """The flow of a vector field at time 1, by the classical Runge-Kutta method."""
    h = 1 / steps
    for _ in range(steps):
        k_1 = field(x)
        k_2 = field(x + h / 2 * k_1)
        k_3 = field(x + h / 2 * k_2)
        k_4 = field(x + h * k_3)
        x = x + h / 6 * (k_1 + 2 * k_2 + 2 * k_3 + k_4)
    return x


w, x = symbols("w x")


@claim(
    "gradient-regularization/implicit",
    over={w: vector(2, -0.3, 0.3), D: vector(2, 0, 0.5), x: start(2, kinds=("aligned",))},
    says={
        "plain flow": slope(plain, a, 1, tol=0.015, because="next order, a <= 1/128"),
        "corrected flow": slope(corrected, a, 2, tol=0.015, because="next order, a <= 1/128"),
    },
    where={
        a: "the step, 1/128 ... 1/1024",
        plain: "distance at time 1 between preconditioned GD and p' = -P P^T g on a quartic",
        corrected: "that to p' = -P P^T grad(L + a / 4 |P^T g|^2)",
    },
    cites=derived("backward error analysis in z: a finite step is a penalty on z, lam = a / 2"),
    instances=10,
)
def implicit(w, D, x):
    """One Euler step of z' = -grad f is, to third order, the flow of f + a / 4 |grad f|^2 for the
    time a; carried over by p = P z."""
    ends = [descend(SGD(1 / k), lambda p: quartic(w, p) / D, x, int(k))[-1] for k in STEPS]
    exact = flow(lambda p: -quartic(w, p) / D, x)

    def bent(k):
        def field(p):
            g = quartic(w, p)
            return -(g + product(w, p, g / D) / (2 * k)) / D

        return flow(field, x)

    sizes = np.broadcast_to(1 / STEPS, (len(x), len(STEPS)))
    return {
        a: sizes,
        plain: np.stack([norm(end - exact) for end in ends], -1),
        corrected: np.stack([norm(end - bent(k)) for end, k in zip(ends, STEPS, strict=True)], -1),
    }

"""Penalties on the gradient, on p and on z: conditioning, solutions, what a finite step adds.

L + lam |g|^2 / 2, or L + lam |P^T g|^2 / 2, the penalty on the gradient in z. Its own gradient is g
+ lam H v, v = g or P P^T g: one gradient more, g(p + d v), gives H v exactly on quadratics for any
distance d, and at d = lam the step of SAM without its norm. At a minimiser the Hessian is H + lam
H^2 or, in z, A + lam A^2: no better conditioned. The penalty of the mean gradient leaves every
stationary point where it is; that of single examples reweights them. And a finite step is such a
penalty itself, with lam = eta / 2. Which variable to choose is asked by the first version of Ye
2024.
"""

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
from lab.claims.regularization.variables import (
    in_z,
    kappa_in_z,
    penalised_kappa,
    smallest_in_z,
)
from lab.optimizers import SGD
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
        # 1e9 stands for infinity: the relative error is 1e-9 kappa(A), below the tolerance
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
    """At a minimiser g = 0, and the Hessian of |g|^2 / 2 is H^2. x -> x (1 + lam x) and 1 + lam x
    increase, so that the quotient of the images, kappa (1 + lam lam_max) / (1 + lam lam_min), is
    between kappa and kappa^2: never better, and equal only at kappa = 1 (or lam = 0). In z the same
    with A.

    With P and the penalty on p, P^T (H + lam H^2) P is no function of A, and tends to lam (H P)^T H
    P. It may be better: H = diag(1, 2), P = diag(1, 0.1) has kappa(A) = 50, 33.3 at lam = 1 and 25
    in the limit. A penalty on z is right when P is a good preconditioner; no choice is better
    always.

    Space: one to five dimensions, H up to a condition of 100, so that its square still has ten
    digits; D over two decades, good and bad; lam over four."""
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
    # kappa^2 of the normal equations stays below 1e6
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
    """The gradient of r_i^2 / 2 is r_i x_i, of squared length r_i^2 |P^T x_i|^2 after P: the sum of
    loss and penalty is mean of r_i^2 (1 + lam |P^T x_i|^2) / 2, least squares with weights. It is
    solved here as the least squares problem in n + 1 residuals a row, without the formula. The
    penalty of the mean gradient is 0 at the least squares solution, and would move nothing.

    Space: seven rows, one to four columns over two decades of scale. Without full rank there are
    many minimisers and no point to be equal to: the hypothesis only says where there is one."""

    def solution(x, y, d, lam):
        """The least squares solution in all residuals, without the weights."""
        pulled = np.sqrt(lam) * x / np.sqrt(d)
        rows = [x, *(column[:, None] * x for column in pulled.T)]
        targets = [y, *(column * y for column in pulled.T)]
        return np.linalg.lstsq(np.concatenate(rows), np.concatenate(targets), rcond=None)[0]

    return {found: one_by_one(solution, X, y, D, lam)}


a, plain, corrected = symbols("a plain corrected")
# powers of two: 1 / k is exact, and orders are fitted over three halvings
STEPS = np.array([128, 256, 512, 1024])


def quartic(w, x):
    """The gradient of w_0 u^2 / 2 + w_1 v^2 / 2, u = x_0 - x_1^2 / 2, v = x_1 + x_0^2 / 3: nothing
    is diagonal, and third derivatives, which an order of the step needs, don't vanish."""
    u = x[..., 0] - x[..., 1] ** 2 / 2
    v = x[..., 1] + x[..., 0] ** 2 / 3
    first = w[:, 0] * u + w[:, 1] * v * 2 * x[..., 0] / 3
    second = -w[:, 0] * u * x[..., 1] + w[:, 1] * v
    return np.stack([first, second], -1)


def product(w, x, v):
    """H v by central differences of width 1e-5: exact to 1e-10, below a^2 = 1e-6."""
    return (quartic(w, x + 1e-5 * v) - quartic(w, x - 1e-5 * v)) / 2e-5


def flow(field, x, steps=400):
    """The flow of a vector field (R, n) -> (R, n) at time 1, by the classical Runge-Kutta
    method."""
    # the error of the fourth order, 400^-4, is below a^2 / 1000
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
    """In z, one Euler step of z' = -grad f of length a is z - a grad f. The flow of f~ = f + (a/4)
    |grad f|^2 for the time a is z - a grad f - (a^2/2) H grad f + (a^2/2) H grad f + O(a^3): the
    first a^2 comes from the penalty, whose gradient is (a/2) H grad f, the second from the second
    derivative of the flow. Local errors a^3 over 1/a steps are a^2: the order is 2 with the
    penalty, 1 without. Carried over by p = P z, |grad f|^2 is |P^T g|^2: it is on z that a step
    regularises, whichever penalty is added. As lam |P^T g|^2 / 2 it has lam = a / 2.

    Space: a quartic in two variables with weights within a factor of four, D within three; steps
    1/128 to 1/1024, over which orders are fitted. A constant other than 1/4 leaves an order between
    1 and 2."""
    # k steps of 1 / k: all end at the time 1
    ends = [descend(SGD(1 / k), lambda p: quartic(w, p) / D, x, int(k))[-1] for k in STEPS]
    exact = flow(lambda p: -quartic(w, p) / D, x)

    def bent(k):
        """The end of the flow of L + |P^T g|^2 / (4 k), a = 1 / k."""

        def field(p):
            """-P P^T (g + (a/2) H P P^T g), H by differences."""
            g = quartic(w, p)
            return -(g + product(w, p, g / D) / (2 * k)) / D

        return flow(field, x)

    sizes = np.broadcast_to(1 / STEPS, (len(x), len(STEPS)))
    return {
        a: sizes,
        plain: np.stack([norm(end - exact) for end in ends], -1),
        corrected: np.stack([norm(end - bent(k)) for end, k in zip(ends, STEPS, strict=True)], -1),
    }

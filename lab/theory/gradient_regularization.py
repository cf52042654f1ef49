"""Penalties on the gradient, lam / 2 |g|^2 on p or lam / 2 |P^T g|^2 on z, and sharpness-aware
steps.

p = P z, P P^T = diag(1 / D). Derived; the first version of Ye 2024 (arXiv 2410.00232) poses the
choice of the variable. Shapes broadcast; ValueError outside the domains stated.

The gradients are g + lam H g on p, and g + lam H P P^T g on z, both in p. A product H v costs one
more gradient: see `extra_gradient_error`. Where g = 0 both vanish, so that no stationary point of L
moves; what changes is how fast it is reached, and whether it attracts.
"""

from __future__ import annotations

import numpy as np

from lab.checks import nonnegative, one_of, positive, real
from lab.domains import Numbers, in_range, last_axis, number, per_coordinate, runs_fit, together
from lab.linalg import kappa
from lab.matrix_checks import matrices, symmetric_matrices


@in_range
def penalised_kappa(
    h: np.ndarray,
    d: np.ndarray,
    lam: float,
    *,
    on: str,
) -> np.ndarray:
    """The condition number in z at a minimiser, (*r,): of A + lam A^2 for on="z", of A + lam P^T
    H^2 P for on="p"

    A = P^T H P, P = diag(d)^(-1/2). On z, and on p with d = 1: kappa (1 + lam L) / (1 + lam mu), so
    never better than without. On p with a preconditioner it can be better than kappa(A), and
    tends to kappa_2(H P)^2 as lam grows. With the perfect P = H^(-1/2) z keeps kappa = 1 and p has
    (1 + lam L) / (1 + lam mu). h (*r, n, n) positive definite, d (*r, n) > 0, lam >= 0.
    """
    h = symmetric_matrices("h", h)
    d = per_coordinate("d", d, h.shape[-1])
    positive("d", d)
    runs_fit("d", d.shape[:-1], h.shape[:-2])
    lam = number("lam", lam, nonnegative)
    one_of("on", on, ("p", "z"))

    root = 1 / np.sqrt(d)
    a = root[..., :, None] * h * root[..., None, :]
    # the penalty's Hessian at g = 0 is lam times half^T half, half = H P or P^T H P
    half = h * root[..., None, :] if on == "p" else a
    return kappa(a + lam * half.swapaxes(-1, -2) @ half)


@in_range
def per_sample_point(
    x: np.ndarray,
    y: np.ndarray,
    lam: float,
    *,
    metric: np.ndarray | None = None,
) -> np.ndarray:
    """argmin of mean r_i^2 / 2 + lam / 2 mean |P^T grad l_i|^2, r = x p - y: weighted least squares

        weights 1 + lam x_i^T P P^T x_i

    metric: P P^T (n, n), I unless given. The penalty of the mean gradient moves no minimiser, that
    of every sample's does. x (N, n) of full column rank, y (N,), lam >= 0.

    grad l_i = r_i x_i, so |P^T grad l_i|^2 = r_i^2 x_i^T P P^T x_i: another square of r_i. Without
    residuals (N = n) nothing moves.
    """
    x = matrices("x", real("x", x, 2))
    y = real("y", y, 1)
    last_axis("y", y, len(x))
    lam = number("lam", lam, nonnegative)
    n = x.shape[-1]
    given = np.eye(n) if metric is None else real("metric", metric, 2)
    metric = symmetric_matrices("metric", given)
    last_axis("metric", metric, n)

    weights = 1 + lam * ((x @ metric) * x).sum(-1)
    # an indefinite metric is no P P^T
    nonnegative("x^T metric x", weights - 1)
    weighted = weights[:, None] * x
    return np.linalg.solve(x.T @ weighted, weighted.T @ y)


@in_range
def sam_bounce(
    lam: Numbers,
    lr: Numbers,
    radius: Numbers,
) -> Numbers:
    """lr lam radius / (2 - lr lam): SAM on lam x^2 / 2 ends by jumping between +-that

    x+ = x - lr lam (x + radius sign x) = -x. lam, lr > 0, lr lam < 2, radius >= 0. It grows
    without bound towards lr lam = 2, the edge of gradient descent. That is radius = 0, and rests.
    """
    lam, lr, radius = together(lam=lam, lr=lr, radius=radius)
    positive("lam", lam)
    positive("lr", lr)
    positive("2 - lr lam", 2 - lr * lam)
    nonnegative("radius", radius)
    step = lr * lam
    return step * radius / (2 - step)


@in_range
def extra_gradient_error(
    weight: Numbers,
    distance: Numbers,
    lipschitz: Numbers,
    length: Numbers,
) -> Numbers:
    """weight distance M |v|^2 / 2 >= |(weight / d)(g(p + d v) - g(p)) - weight H v|, d = distance

    M: a Lipschitz constant of the Hessian; 0 on quadratics, whatever the distance. length = |v|.
    weight, M, length >= 0, distance > 0. From g(p + d v) - g(p) = d (the mean of H over the way) v.
    weight = distance needs one gradient in all, g(p + d v): SAM without its normalisation.
    """
    weight, distance, lipschitz, length = together(
        weight=weight, distance=distance, lipschitz=lipschitz, length=length
    )
    positive("distance", distance)
    nonnegative("weight", weight)
    nonnegative("lipschitz", lipschitz)
    nonnegative("length", length)
    return weight * distance * lipschitz * length**2 / 2

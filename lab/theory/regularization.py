"""What a penalty on p, or on the intrinsic variable z of a preconditioned method, really minimises.

p = P z, P P^T = diag(1 / D). Decay beside a step, p+ = (1 - lr lam) p - lr g / D, is L2 on z: with
D frozen it minimises L + lam / 2 sum D_i p_i^2. D is not frozen: at a fixed point D is a function
of g itself, and what is minimised is another penalty, given here as functions of p. All derived,
beyond what is known to us of Ye 2024 (arXiv 2410.00232). Arrays broadcast; ValueError outside the
domains stated.
"""

from __future__ import annotations

import numpy as np

from lab.checks import nonnegative, one_of, positive
from lab.domains import (
    Numbers,
    in_range,
    number,
    per_coordinate,
    runs_fit,
    together,
)
from lab.linalg import kappa, matvec
from lab.matrix_checks import symmetric_matrices


@in_range
def ridge_point(
    h: np.ndarray,
    target: np.ndarray,
    weights: Numbers,
) -> np.ndarray:
    """(H + diag(weights))^-1 H target, (*r, n): the minimiser of L + sum weights_i p_i^2 / 2

    weights = lam: L2 on p, whatever the preconditioner. weights = lam D: L2 on z with D frozen; for
    AMSGrad sqrt(v) at its largest ever. h (*r, n, n) positive definite, target (*r, n), weights
    (*r, n) or a number >= 0.
    """
    h = symmetric_matrices("h", h)
    n = h.shape[-1]
    target = per_coordinate("target", target, n)
    weights = per_coordinate("weights", weights, n)
    nonnegative("weights", weights)
    runs_fit("target", target.shape[:-1], h.shape[:-2])
    runs = np.broadcast_shapes(target.shape[:-1], h.shape[:-2])
    runs_fit("weights", weights.shape[:-1], runs)

    penalised = h + weights[..., None] * np.eye(n)
    product = matvec(h, target)
    return np.linalg.solve(penalised, product[..., None])[..., 0]


@in_range
def regularized_kappa(
    h: np.ndarray,
    d: np.ndarray,
    lam: float,
    *,
    on: str,
) -> np.ndarray:
    """The condition number in z, (*r,): of A + lam I for on="z", of A + lam P^T P for on="p"

    A = P^T H P, P = diag(d)^(-1/2). On z it falls with lam, to 1; on p it tends to that of P^T P,
    so that L2 on p can destroy a good preconditioner. h (*r, n, n) positive definite, d (*r, n) >
    0, lam >= 0.
    """
    h = symmetric_matrices("h", h)
    d = per_coordinate("d", d, h.shape[-1])
    positive("d", d)
    runs_fit("d", d.shape[:-1], h.shape[:-2])
    lam = number("lam", lam, nonnegative)
    one_of("on", on, ("p", "z"))

    root = 1 / np.sqrt(d)
    a = root[..., :, None] * h * root[..., None, :]
    # P^T P = diag(1 / d) is what p adds in z, and z itself the identity
    added = 1 / d if on == "p" else np.ones_like(d)
    ridge = lam * added[..., None] * np.eye(h.shape[-1])
    return kappa(a + ridge)


@in_range
def log_barrier(
    p: Numbers,
    lam: Numbers,
    eps: Numbers,
) -> Numbers:
    """eps (-|p| - log(1 - lam |p|) / lam): what AdamW adds to L without noise; inf outside the box

    D = |g| + eps in g = -lam D p gives |g| = lam eps |p| / (1 - lam |p|), the slope. eps -> 0: the
    box |p| <= 1 / lam. lam, eps > 0.
    """
    p, lam, eps = together(p=p, lam=lam, eps=eps)
    positive("lam", lam)
    positive("eps", eps)
    size = np.abs(p)
    # at the wall and beyond it log1p(-1) is -inf, and the barrier inf
    share = np.minimum(lam * size, 1.0)
    return eps * (-np.log1p(-share) / lam - share / lam)


@in_range
def semi_ellipse(
    p: Numbers,
    lam: Numbers,
    noise: Numbers,
) -> Numbers:
    """noise / lam (1 - sqrt(1 - lam^2 p^2)): what AdamW adds to L under gradient noise of this
    standard deviation; inf outside the box

    D = sqrt(g^2 + noise^2), step -> 0, beta2 -> 1, eps = 0; also eps inside the root, noise = eps.
    Small lam |p|: lam noise p^2 / 2, ridge; at 1 / lam the slope is infinite. lam, noise > 0.
    """
    p, lam, noise = together(p=p, lam=lam, noise=noise)
    positive("lam", lam)
    positive("noise", noise)
    share = np.abs(lam * p)
    # outside the box the root is set to 0, and the value replaced below
    inside = noise / lam * (1 - np.sqrt(np.maximum(1 - share**2, 0.0)))
    return np.where(share <= 1, inside, np.inf)


@in_range
def lasso_weight(lam: Numbers, eps: Numbers) -> Numbers:
    """(lam^2 + lam sqrt(lam^2 + 4 eps)) / 2: decoupled L1 on z, without noise, is LASSO on p with
    this weight

    |g| = lam sqrt(|g| + eps). lam^2 at eps = 0. lam, eps >= 0.
    """
    lam, eps = together(lam=lam, eps=eps)
    nonnegative("lam", lam)
    nonnegative("eps", eps)
    return (lam**2 + lam * np.sqrt(lam**2 + 4 * eps)) / 2


@in_range
def power_weight(lam: Numbers, q: Numbers) -> tuple[Numbers, Numbers]:
    """lam^(2 / (2 - q)), s = q / (2 - q): decoupled L_q on z, without noise, is weight |p|^s / s

    q = 1: LASSO with lam^2; 4/3: ridge with lam^3; q -> 2: the box. lam >= 0, 0 < q < 2.
    """
    lam, q = together(lam=lam, q=q)
    nonnegative("lam", lam)
    positive("q", q)
    positive("2 - q", 2 - q)
    return lam ** (2 / (2 - q)), q / (2 - q)


@in_range
def adagradw_size(t: Numbers, lam: Numbers) -> Numbers:
    """1 / (lam sqrt t): |p_i| after t steps of AdaGrad with decoupled decay, whatever the curvature

    p_i -> 0 with the sign of -g_i(0): at a regularised solution g is not 0, so v grows like t g^2
    and the penalty lam / 2 sum sqrt(v_i) p_i^2 without end. Relative error of the order of itself;
    needs g_i(0) != 0. t, lam > 0.
    """
    t, lam = together(t=t, lam=lam)
    positive("t", t)
    positive("lam", lam)
    return 1 / (lam * np.sqrt(t))

"""Descent with a preconditioner: how near is near enough, what a moving one costs, what AdaGrad and
Adam make of a Hessian.

p = P z, so that P P^T multiplies the gradient and the Hessian in z is A = P^T H P; a diagonal
method has P P^T = diag(1 / D). Rates of momentum are those of lab.theory.stability with kappa(A)
in place of kappa(H). All derived, for statements of Ye 2024 (arXiv 2410.00232) whose exact form is
not known to us. Everything is elementwise unless it says otherwise; shapes broadcast to (*r,).
ValueError outside the domains stated.
"""

from __future__ import annotations

import numpy as np

from lab.checks import above_one, count, fraction, nonnegative, positive, real, switch, unit
from lab.domains import Numbers, in_range, number, per_coordinate, runs_fit, together
from lab.linalg import matvec, ratio
from lab.matrix_checks import symmetric_matrices

# zeta(1/2): sum_{j <= k} j^(-1/2) = 2 sqrt(k) + zeta(1/2) + O(1 / sqrt(k))
ZETA_HALF = -1.4603545088095868


@in_range
def basin(
    lr: Numbers,
    lipschitz: Numbers,
    slack: Numbers,
) -> Numbers:
    """2 slack / (lr M): from |e_0| at most that, GD contracts by rate + slack at every step

    M: a Lipschitz constant of the Hessian near the minimiser; inf for M = 0. e+ = (I - lr Int H) e,
    and the mean of H over [0, e] is within M |e| / 2 of H(p*). rate + slack must be below 1.
    lr > 0, M >= 0, slack >= 0.
    """
    lr, lipschitz, slack = together(lr=lr, lipschitz=lipschitz, slack=slack)
    positive("lr", lr)
    nonnegative("lipschitz", lipschitz)
    nonnegative("slack", slack)
    return ratio(2 * slack / lr, lipschitz, np.inf)


@in_range
def logistic_lipschitz(x: np.ndarray) -> np.ndarray:
    """mean |x_i|^3 / (6 sqrt 3), (*r,): Lipschitz constant of the Hessian of the mean logistic loss

    x (*r, N, n): its rows. The third derivative of log(1 + e^z) is at most 1 / (6 sqrt 3).
    """
    x = real("x", x)
    if x.ndim < 2 or not x.size:
        raise ValueError(f"x has shape {x.shape}: must be a matrix of rows, or a stack of such")
    cubes = np.linalg.norm(x, axis=-1) ** 3
    return cubes.mean(-1) / (6 * np.sqrt(3))


@in_range
def worst_descent_steps(kappa: Numbers, tol: Numbers) -> Numbers:
    """ceil(log(1 / tol) / (2 artanh(1 / kappa))): steps of GD at its best rate to |e| <= tol |e_0|

    From every e_0; from one that is known, `conditioning.descent_steps`.

    2 artanh(1 / kappa) = -log((kappa - 1) / (kappa + 1)); at most kappa / 2 log(1 / tol) before
    rounding up, 1 at kappa = 1. kappa > 1, 0 < tol < 1.
    """
    kappa, tol = together(kappa=kappa, tol=tol)
    above_one("kappa", kappa)
    positive("tol", tol)
    positive("1 - tol", 1 - tol)
    return np.ceil(-np.log(tol) / (2 * np.arctanh(1 / kappa)))


@in_range
def critical_kappa(beta: Numbers) -> Numbers:
    """((1 + sqrt beta) / (1 - sqrt beta))^2: below it heavy ball at this beta is no faster for a
    better condition number

    1442 at beta = 0.9. 0 <= beta < 1.
    """
    beta = real("beta", beta)
    fraction("beta", beta)
    root = np.sqrt(beta)
    return ((1 + root) / (1 - root)) ** 2


@in_range
def fixed_beta_rate(kappa: Numbers, beta: Numbers) -> Numbers:
    """The best rate of heavy ball over its step, beta given: what Adam's fixed beta1 leaves

        sqrt(beta)                          kappa <= critical_kappa(beta)
        (c + sqrt(c^2 - 4 beta)) / 2        beyond, at lr = 2 (1 + beta) / (L + mu)

    c = (1 + beta)(kappa - 1) / (kappa + 1). A spectral radius, no bound on norms. kappa >= 1,
    0 <= beta < 1.
    """
    kappa, beta = together(kappa=kappa, beta=beta)
    nonnegative("kappa - 1", kappa - 1)
    fraction("beta", beta)
    c = (1 + beta) * (kappa - 1) / (kappa + 1)
    # below 0 the roots are complex, of modulus sqrt(beta)
    gap = np.maximum(c**2 - 4 * beta, 0.0)
    slow = (c + np.sqrt(gap)) / 2
    return np.maximum(np.sqrt(beta), slow)


@in_range
def moving_factor(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """|P_new^-1 P_old| = max_i sqrt(D_new,i / D_old,i), (*r,): what a diagonal preconditioner that
    moves costs

    |P_new^-1 e_new| <= moving_factor * rate * |P_old^-1 e_old|. old, new (*r, n) > 0.
    """
    old, new = together(old=old, new=new)
    positive("old", old)
    positive("new", new)
    if not old.ndim or not new.ndim or not old.size or not new.size:
        raise ValueError(f"old has shape {old.shape}: must be a vector, or a stack of such")
    return np.sqrt(new / old).max(-1)


@in_range
def least_growth(
    beta2: Numbers,
    t: int,
    *,
    debias: bool = True,
) -> Numbers:
    """The smallest possible D_(t+1) / D_t, D = sqrt(v) or sqrt(v_hat), attained by g_(t+1) = 0

        sqrt(beta2)                                             as it is
        sqrt(beta2 (1 - beta2^t) / (1 - beta2^(t+1)))           debiased

    At t = 1, debiased: sqrt(beta2 / (1 + beta2)) = .707 at beta2 = .999. There is no largest.
    0 <= beta2 < 1, t >= 1.
    """
    beta2 = real("beta2", beta2)
    fraction("beta2", beta2)
    t = count("t", t)
    switch("debias", debias)
    if not debias:
        return np.sqrt(beta2)
    return np.sqrt(beta2 * (1 - beta2**t) / (1 - beta2 ** (t + 1)))


@in_range
def regression_moment(
    h: np.ndarray,
    e: np.ndarray,
    *,
    batch: int = 1,
    noise: float = 0.0,
    mean: np.ndarray | float = 0.0,
) -> np.ndarray:
    """diag E[g g^T] (*r, n) of the mean gradient of least squares over `batch` rows

        v_i = (1 + 1/B) (He)_i^2 + (e^T H e + noise^2) / B h_ii - (2/B)(m^T e)^2 m_i^2

    Rows x ~ N(m, H - m m^T) drawn with replacement, H = E[x x^T] (n, n), m (n,), labels with noise
    of standard deviation `noise` independent of x, at p* + e, e (*r, n). At e = 0 it is
    proportional to diag(H): Adam near a minimum, under gradient noise, is GN^-1/2.
    """
    h = symmetric_matrices("h", h)
    n = h.shape[-1]
    e = per_coordinate("e", e, n)
    m = per_coordinate("mean", mean, n)
    noise = number("noise", noise, nonnegative)
    size = count("batch", batch)
    runs_fit("e", e.shape[:-1], h.shape[:-2])
    runs_fit("mean", m.shape[:-1], np.broadcast_shapes(e.shape[:-1], h.shape[:-2]))

    he = matvec(h, e)
    residual = (e * he).sum(-1) + noise**2
    diagonal = np.diagonal(h, axis1=-2, axis2=-1)
    # fourth moments of a Gaussian with a mean: E x x^T alone counts that of the mean too often
    along = (m * e).sum(-1)[..., None]
    spread = residual[..., None] * diagonal - 2 * (along * m) ** 2
    return (1 + 1 / size) * he**2 + spread / size


@in_range
def chord_bound(
    kappa: Numbers,
    scaled: Numbers,
    share: Numbers,
) -> Numbers:
    """kappa^(1 - share) scaled^share >= kappa(D^(-share/2) H D^(-share/2)), 0 <= share <= 1

    scaled = kappa(D^(-1/2) H D^(-1/2)), D any positive diagonal: log kappa is convex in log D. With
    D = diag(H), share = 1/2: noisy Adam has at most sqrt(kappa kappa_Jacobi). Both >= 1.
    """
    kappa, scaled, share = together(kappa=kappa, scaled=scaled, share=share)
    nonnegative("kappa - 1", kappa - 1)
    nonnegative("scaled - 1", scaled - 1)
    unit("share", share)
    return kappa ** (1 - share) * scaled**share


@in_range
def row_norm_bound(kappa: Numbers) -> Numbers:
    """(kappa + 1) / (2 sqrt kappa) >= |H e_i| / h_ii >= 1: row norms against the diagonal

    The largest angle between x and H x (Kantorovich), so that kappa(R^(-1/2) H R^(-1/2)) is at most
    that times Jacobi's, R = diag |H e_i|. kappa >= 1.
    """
    kappa = real("kappa", kappa)
    nonnegative("kappa - 1", kappa - 1)
    root = np.sqrt(kappa)
    return (root + 1 / root) / 2


@in_range
def adagrad_limit(
    lam: Numbers,
    x_0: Numbers,
    lr: Numbers,
    *,
    corrected: bool = True,
) -> Numbers:
    """sqrt(v_inf) of AdaGrad on lam x^2 / 2 from x_0, eps = 0: lam x_0^2 / (4 lr) for small lr

    corrected: lam (x_0 - zeta(1/2) lr)^2 / (4 lr), of relative error O((lr / x_0)^2) instead of
    2.92 lr / x_0. The preconditioned curvature lam / sqrt(v_inf) does not depend on lam: AdaGrad
    repairs every diagonal Hessian. lam, lr > 0, x_0 != 0.
    """
    lam, x_0, lr = together(lam=lam, x_0=x_0, lr=lr)
    positive("lam", lam)
    positive("lr", lr)
    positive("|x_0|", np.abs(x_0))
    switch("corrected", corrected)
    # v grows by (lam x)^2 while x falls: the sum of j^(-1/2), and its constant
    start = np.abs(x_0)
    if corrected:
        start = start - ZETA_HALF * lr
    return lam * start**2 / (4 * lr)

"""What no diagonal scaling beats, and how many steps conjugate gradients may need.

kappa*_d is the smallest kappa(D H D) over positive diagonals D.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, nonnegative, positive, probability, real
from lab.domains import Numbers, in_range, number, vector
from lab.theory.conditioning.scalings import unit_diagonal


@in_range
def vif_bound(h: np.ndarray) -> float:
    """kappa*_d >= (sqrt(f) + sqrt(f - 1))^2,  f = max_i h_ii (H^-1)_ii

    f is the largest variance inflation factor, which no unit changes; equality for n = 2. From
    Kantorovich's inequality: M_ii (M^-1)_ii <= (k + 1)^2 / (4 k) for every M = D H D of condition
    k, and the left side does not depend on D; solved for k. 1 for a diagonal H. h (n, n) positive
    definite; ValueError otherwise. (derived)
    """
    m, _ = unit_diagonal(h)
    f = float(np.diag(np.linalg.inv(m)).max())
    # f >= 1 by Cauchy-Schwarz, but for rounding
    f = max(f, 1.0)
    return (np.sqrt(f) + np.sqrt(f - 1)) ** 2


@in_range
def shift_bound(shift: Numbers) -> np.ndarray:
    """kappa*_d >= exp(2 arsinh Delta),  Delta^2 = mu^T C^-1 mu

    For H = sum_j s_j hhat_j hhat_j^T, rows hhat = (1, h) with a bias: mu and C are the mean and the
    covariance of h with weights s_j. No diagonal method replaces centring: (sqrt(1 + Delta^2) +
    Delta)^2 is about 4 Delta^2 for a mean far out. It is `vif_bound` at the column of the bias, f =
    1 + Delta^2. Equality for one feature, by Jacobi. shift: Delta >= 0 (*r,), see
    `lab.theory.normalization.mahalanobis`. (derived)
    """
    shift = real("shift", shift)
    nonnegative("shift", shift)
    return np.exp(2 * np.arcsinh(shift))


@in_range
def specht_ratio(kappa: Numbers) -> np.ndarray:
    """omega <= (k - 1) k^(1/(k - 1)) / (e ln k) for every n; attained as n -> inf (Specht 1960)

    omega is the arithmetic over the geometric mean of eigenvalues whose quotients reach kappa = k.
    For n = 2 it is (k + 1) / (2 sqrt k), below this. 1 at kappa = 1; kappa >= 1 (*r,).
    """
    kappa = real("kappa", kappa)
    x = kappa - 1
    nonnegative("kappa - 1", x)
    log = np.log1p(x)
    # both quotients are 1 at x = 0
    safe = np.where(x > 0, x, 1.0)
    log = np.where(x > 0, log, 1.0)
    exponent = np.where(x > 0, log / safe, 1.0)
    return np.where(x > 0, safe / log, 1.0) * np.exp(exponent - 1)


@in_range
def two_cyclic_kappa(s: Numbers) -> np.ndarray:
    """kappa*_d = (1 + s) / (1 - s), attained by Jacobi, for H with two diagonal diagonal blocks

    s = |B|_2 in [0, 1) of the off-diagonal block of the matrix scaled to unit diagonal; inf at
    s = 1. That matrix, I + [[0, B], [B^T, 0]], has the eigenvalues 1 +- the singular values of B.
    diag(I, -I) turns its top eigenvector into its bottom one and keeps the squares of the entries:
    the two are the X and Y of a certificate (`certificates`). n = 2 is always of this form.
    (Forsythe & Straus 1955)
    """
    s = real("s", s)
    nonnegative("s", s)
    nonnegative("1 - s", 1 - s)
    return (1 + s) / np.where(s < 1, 1 - s, 0.0)


@in_range
def kaporin_steps(
    log_kaporin: float,
    tol: float,
) -> int:
    """The first j with (K^(1/j) - 1)^(j/2) <= tol: |r_j| <= tol |b| by then, in exact arithmetic

    About ln K / ln 2 steps pass before the bound says anything at all, whatever tol. log_kaporin =
    ln K >= 0, 0 < tol < 1; 1 at K = 1, a multiple of I. (Kaporin 1994)
    """
    log_k = number("log_kaporin", log_kaporin, nonnegative)
    log_tol = _log_tolerance(tol)
    if log_k == 0:
        return 1
    # the bound falls in j once it is below 1, at j > ln K / ln 2: doubling, then bisection
    low = int(log_k / np.log(2))
    high = max(2 * low, 1)
    while not _reached(log_k, high, log_tol):
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if _reached(log_k, middle, log_tol):
            high = middle
        else:
            low = middle
    return high


def _reached(
    log_k,
    j,
    log_tol,
) -> bool:
    """j / 2 ln(K^(1/j) - 1) <= ln tol, in which K itself never appears: it may overflow."""
    return j / 2 * np.log(np.expm1(log_k / j)) <= log_tol


@in_range
def deflated_steps(
    spectrum: np.ndarray,
    tol: float,
    low: int = 0,
    high: int = 0,
) -> float:
    """j = p + q + 1/2 sqrt(b / a) (ln(2 / tol) + sum_(i <= q) ln(b / lam_i - 1))

    Steps that bring the energy norm of the error down to tol in exact arithmetic: p = high top
    outliers cost one step each, q = low bottom ones a logarithm too; [a, b] holds the rest of the
    spectrum (n,) > 0. With p = q = 0 the bound by kappa. 0 < tol < 1. (Axelsson & Lindskog 1986)

    CG is no worse than the polynomial that vanishes at the outliers and is Chebyshev's on [a, b],
    at most 2 e^(-2 k sqrt(a / b)) there after k steps. A factor |1 - lam / lam_i| is at most 1
    on [a, b] for a top outlier, and max(b / lam_i - 1, 1) for a bottom one. The answer is not
    rounded up.
    """
    lam = np.sort(vector("spectrum", spectrum))
    positive("spectrum", lam)
    log_tol = _log_tolerance(tol)
    p = count("high", high, 0)
    q = count("low", low, 0)
    if p + q >= len(lam):
        raise ValueError(f"low + high = {p + q}: must leave one of {len(lam)} eigenvalues")

    a = lam[q]
    b = lam[len(lam) - 1 - p]
    # |1 - lam / lam_i| stays below 1 on [a, b] where lam_i > b / 2: a step, and no logarithm
    outliers = np.log(np.maximum(b / lam[:q] - 1, 1.0)).sum()
    return p + q + np.sqrt(b / a) / 2 * (np.log(2) - log_tol + outliers)


def _log_tolerance(tol) -> float:
    """ln tol, negative."""
    return float(np.log(number("tol", tol, probability)))

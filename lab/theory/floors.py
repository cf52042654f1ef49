"""Where constant-step Adam and sign-SGD stop on Gaussian linear regression.

And the one-step law of sign-SGD. tau = E[delta^T Sigma delta] + noise^2, the mean squared residual.
Idealised Adam steps in the direction of GN^-1/2 with the effective step lr sqrt(B / tau), which
grows as the loss falls: it stops at a floor even without label noise. Leading order (derived); the
exact laws for sign-SGD at batch 1 are arcsine laws (derived; the method is Sheppard's formula).

Everywhere: spectrum (n,) > 0, lr > 0, noise >= 0, batch an integer >= 1. ValueError outside.
"""

from __future__ import annotations

import numpy as np

from lab.bases import Orthogonal
from lab.checks import able, count, fraction, nonnegative, positive, real, unit
from lab.domains import Numbers, entries, in_range, last_axis, number, together, vector
from lab.linalg import multiply, ratio
from lab.matrix_checks import covariance
from lab.theory.roots import crossing
from lab.theory.sgd import feedback, stability_limit


@in_range
def adam_floor(
    spectrum: np.ndarray,
    lr: float,
    batch: int,
    noise: float = 0.0,
) -> float:
    """tau with tau (1 - Q(lr sqrt(B / tau))) = noise^2, Q the feedback of GN^-1/2

    The stationary mean squared residual of idealised Adam in the eigenbasis of Sigma, whose
    eigenvalues are the spectrum. noise = 0: the edge of stability, sqrt(tau) = lr sqrt(B) / lr*,
    lr* the mean-square stability limit of GN^-1/2, so that tau is proportional to lr^2. With noise
    the step decides, see adam_label_floor.

    Asymptotic in the effective rank r = tr(Sigma^1/2) / max Sigma^1/2, which is
    `critical_batch(spectrum, -0.5)`; the dimension n does not matter. The formula takes the second
    moment of each gradient entry for tau Sigma_ii / B, so it needs (B + 1) E << r tau for
    E = E[delta^T Sigma delta], which without noise says B + 1 << r. Measured against simulation,
    with n = 256: sqrt(tau) within 2 % for r >= 4 (B + 1), E within 4 % for (B + 1) E / tau <= r /
    2. Outside it is an extrapolation that is too high: by 27 % at r = 12.6 (lam_i = i^-1.5), a
    factor 2 at r = 6.1 (i^-2), a factor 3 at r = 3.5, all three at B = 16.
    """
    spectrum = _spectrum(spectrum)
    b = count("batch", batch)
    lr = number("lr", lr, positive)
    noise = number("noise", noise, nonnegative)

    lam = np.sqrt(spectrum)
    edge = (lr * np.sqrt(b) / stability_limit(lam, 0.0, b)) ** 2
    if noise == 0:
        return float(edge)

    def excess(log_tau):
        tau = np.exp(log_tau)
        effective = lr * np.sqrt(b / tau)
        return 1 - feedback(effective * lam, b) - noise**2 / tau

    # tau exceeds both limits, and is seldom above four times their sum with the small-step law
    least = max(edge, noise**2)
    low = np.log(least)
    high = np.log(4 * (least + adam_label_floor(spectrum, lr, b, noise)))
    # where that guess is too low: up by factors of e
    while excess(high) < 0:
        high += 1.0
    # at the lower limit already, up to rounding: noise without feedback, or an edge without noise
    if excess(low) >= 0:
        return float(least)
    return float(np.exp(crossing(excess, low, high)))


@in_range
def adam_label_floor(
    spectrum: np.ndarray,
    lr: float,
    batch: int,
    noise: float,
) -> float:
    """tau - noise^2,  sqrt(tau) = c/2 + sqrt(c^2/4 + noise^2),  c = lr tr(Sigma^{1/2}) / (2 sqrt B)

    The stationary E[delta^T Sigma delta] of idealised Adam with label noise, to first order in lr:
    about c noise for small steps. Needs B + 1 << (tr Sigma^1/2)^2 / tr Sigma; its error without
    noise is 3 (B + 1) / 2 over that rank, in sqrt(tau) and to first order.
    """
    b = count("batch", batch)
    trace = np.sqrt(_spectrum(spectrum)).sum()
    lr = number("lr", lr, positive)
    return _excess(lr * trace / (2 * np.sqrt(b)), number("noise", noise, nonnegative))


@in_range
def sign_floor(
    spectrum: np.ndarray,
    lr: float,
    noise: float = 0.0,
) -> float:
    """(pi/4) lr sqrt(tau) tr(Sigma^{1/2}) = tau - noise^2

    The stationary E[delta^T Sigma delta] of sign-SGD at batch 1, first order in lr; Sigma diagonal
    in the coordinates. pi/2 times Adam's floor at batch 1, for small lr with noise.
    """
    trace = np.sqrt(_spectrum(spectrum)).sum()
    lr = number("lr", lr, positive)
    return _excess(np.pi / 4 * lr * trace, number("noise", noise, nonnegative))


def _excess(c, noise):
    """tau - noise^2 of sqrt(tau) = c/2 + sqrt(c^2/4 + noise^2)."""
    return float(c * (c / 2 + np.sqrt(c**2 / 4 + noise**2)))


@in_range
def sign_mean(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    basis: Orthogonal | None = None,
) -> np.ndarray:
    """E[sign(u_i^T g)] = (2/pi) arcsin(c_i) at batch 1, (*r, n)

        c_i = u_i^T Sigma delta / sqrt(tau Sigma_ii),  Sigma_ii = u_i^T Sigma u_i

    So E[sign(g_i)] / c_i lies in [2/pi, 1]: the mean step is GN^-1/2 divided by sqrt(tau), up to
    that factor, in every basis U. sigma (n, n) or (n,), positive semi-definite; delta (*r, n).
    ValueError when the gradient is 0 and has no sign.
    """
    sigma, delta = _problem(sigma, delta)
    noise = number("noise", noise, nonnegative)
    g = multiply(sigma, delta)
    tau = (delta * g).sum(-1) + noise**2
    if not (tau > 0).all():
        raise ValueError(
            "delta^T Sigma delta and noise are both 0: the gradient is 0 and has no sign"
        )

    variance = np.diag(_in_basis(sigma, basis))
    along = g if basis is None else basis.to(g)
    # a direction without variance has c = 0, and a correlation may round beyond 1
    c = ratio(along, np.sqrt(tau[..., None] * np.maximum(variance, 0.0)))
    return 2 / np.pi * np.arcsin(np.clip(c, -1, 1))


@in_range
def sign_second_moment(sigma: np.ndarray, basis: Orthogonal | None = None) -> np.ndarray:
    """E[sign(g) sign(g)^T] = (2/pi) arcsin(corr(U^T x)) at batch 1, (n, n)

    It depends neither on delta nor on the noise. sigma (n, n) or (n,), positive semi-definite with
    a positive diagonal in the basis.
    """
    inside = _in_basis(covariance("sigma", real("sigma", sigma)), basis)
    positive("sigma's diagonal", np.diag(inside))
    scale = np.sqrt(np.diag(inside))
    correlation = np.clip(inside / scale[:, None] / scale, -1, 1)
    np.fill_diagonal(correlation, 1.0)  # arcsin would turn a rounding error eps into sqrt(eps)
    return 2 / np.pi * np.arcsin(correlation)


@in_range
def sign_step(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    lr: float,
) -> np.ndarray:
    """E[delta+ delta+^T] after one step of sign-SGD at batch 1, (n, n); delta (n,)

    delta delta^T - lr (delta m^T + m delta^T) + lr^2 (2/pi) arcsin(corr(x)),  m = sign_mean
    """
    delta = vector("delta", delta)
    lr = number("lr", lr, positive)
    cross = np.outer(delta, sign_mean(sigma, delta, noise))
    kept = np.outer(delta, delta) - lr * (cross + cross.T)
    return kept + lr**2 * sign_second_moment(sigma)


@in_range
def square_variance(c: Numbers) -> np.ndarray:
    """Var(g_i^2) / (E g_i^2)^2 = (9 + 72 c^2 + 24 c^4) / (1 + 2 c^2)^2 - 1 at batch 1

    c = c_i of sign_mean, in [-1, 1]: 8 at c = 0, 32/3 at c = 1.
    """
    c2 = real("c", c) ** 2
    unit("c^2", c2)
    fourth = 9 + 72 * c2 + 24 * c2**2
    return fourth / (1 + 2 * c2) ** 2 - 1


@in_range
def ema_variance(c: Numbers, beta2: Numbers) -> np.ndarray:
    """Var(v_i) / (E v_i)^2 of a stationary EMA of squared gradients at batch 1

    square_variance(c) (1 - beta2) / (1 + beta2), beta2 in [0, 1). An idealised Adam needs this to
    be small: beta2 >= 0.99 or so.
    """
    c, beta2 = together(c=c, beta2=beta2)
    fraction("beta2", beta2)
    return square_variance(c) * (1 - beta2) / (1 + beta2)


def _spectrum(spectrum):
    """Eigenvalues (n,) > 0."""
    spectrum = vector("spectrum", spectrum)
    positive("spectrum", spectrum)
    return spectrum


def _problem(sigma, delta):
    """Sigma (n, n) or (n,), and delta (*r, n)."""
    sigma = covariance("sigma", real("sigma", sigma))
    delta = entries("delta", real("delta", delta), 1)
    last_axis("delta", delta, len(sigma))
    return sigma, delta


def _in_basis(sigma, basis):
    """U^T Sigma U."""
    dense = np.diag(sigma) if sigma.ndim == 1 else sigma
    if basis is None:
        return dense
    able("basis", basis, "to", "rows")
    last_axis("basis.q", basis.q, len(sigma))
    return basis.rows(basis.rows(dense).T).T

"""Where constant-step Adam and sign-SGD stop on Gaussian linear regression, and the one-step law of sign-SGD.

tau = E[delta^T Sigma delta] + noise^2, the mean squared residual. Idealised Adam steps in the direction of GN^-1/2 with the effective
step lr sqrt(B / tau), which grows as the loss falls: it stops at a floor even without label noise. Leading order for n >> B (derived);
the exact laws for sign-SGD at batch 1 are arcsine laws (derived; the method is Sheppard's formula).
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from lab.bases import Orthogonal
from lab.checks import count, covariance, fraction, nonnegative, positive, real, unit
from lab.linalg import multiply
from lab.theory.sgd import feedback, stability_limit


def adam_floor(spectrum, lr: float, batch: int, noise: float = 0.0) -> float:
    """tau with tau (1 - Q(lr sqrt(B / tau))) = noise^2, Q the feedback of GN^-1/2: the stationary mean squared residual

    spectrum (n,): eigenvalues of Sigma, in whose basis Adam runs. noise = 0: the edge of stability, sqrt(tau) = lr sqrt(B) / lr*, lr* the
    mean-square stability limit of GN^-1/2, so that tau is proportional to lr^2. With noise the step decides, see adam_label_floor.
    Valid for n >= 16 B when noise = 0, and where (B + 1) E << tau otherwise.
    """
    lam, b = np.sqrt(_spectrum(spectrum)), count("batch", batch)
    _checked(lr, noise)
    edge = (lr * np.sqrt(b) / stability_limit(lam, 0.0, b)) ** 2
    if noise == 0:
        return float(edge)

    def excess(log_tau):
        tau = np.exp(log_tau)
        return 1 - feedback(lr * np.sqrt(b / tau) * lam, b) - noise**2 / tau

    high = np.log(4 * (max(edge, noise**2) + adam_label_floor(spectrum, lr, b, noise)))
    while excess(high) < 0:
        high += 1.0
    return float(np.exp(brentq(excess, np.log(max(edge, noise**2)), high, xtol=1e-14)))


def adam_label_floor(spectrum, lr: float, batch: int, noise: float) -> float:
    """tau - noise^2,  sqrt(tau) = c/2 + sqrt(c^2/4 + noise^2),  c = lr tr(Sigma^{1/2}) / (2 sqrt B): about c noise for small steps

    The stationary E[delta^T Sigma delta] of idealised Adam with label noise, to first order in lr.
    """
    _checked(lr, noise)
    return _excess(lr * np.sqrt(_spectrum(spectrum)).sum() / (2 * np.sqrt(count("batch", batch))), noise)


def sign_floor(spectrum, lr: float, noise: float = 0.0) -> float:
    """(pi/4) lr sqrt(tau) tr(Sigma^{1/2}) = tau - noise^2: the stationary E[delta^T Sigma delta] of sign-SGD at batch 1, first order in lr

    Sigma diagonal in the coordinates. pi/2 times Adam's floor at batch 1, for small lr with noise.
    """
    _checked(lr, noise)
    return _excess(np.pi / 4 * lr * np.sqrt(_spectrum(spectrum)).sum(), noise)


def _excess(c, noise):
    """tau - noise^2 of sqrt(tau) = c/2 + sqrt(c^2/4 + noise^2)."""
    return float(c * (c / 2 + np.sqrt(c**2 / 4 + noise**2)))


def sign_mean(sigma, delta, noise: float, basis: Orthogonal | None = None) -> np.ndarray:
    """E[sign(u_i^T g)] = (2/pi) arcsin(c_i) at batch 1,  c_i = u_i^T Sigma delta / sqrt(tau Sigma_ii), (*r, n)

    So E[sign(g_i)] / c_i lies in [2/pi, 1]: the mean step is GN^-1/2 divided by sqrt(tau), up to that factor, in every basis.
    """
    sigma, delta = covariance("sigma", sigma), real("delta", delta)
    nonnegative("noise", real("noise", noise, 0))
    g = multiply(sigma, delta)
    tau = (delta * g).sum(-1) + noise**2
    if not (tau > 0).all():
        raise ValueError("delta^T Sigma delta and noise are both 0: the gradient is 0 and has no sign")
    g, variance = (g if basis is None else basis.to(g)), np.diag(_in_basis(sigma, basis))
    c = g / np.sqrt(tau[..., None] * np.where(variance > 0, variance, 1.0))
    return 2 / np.pi * np.arcsin(np.clip(c, -1, 1))


def sign_second_moment(sigma, basis: Orthogonal | None = None) -> np.ndarray:
    """E[sign(g) sign(g)^T] = (2/pi) arcsin(corr(U^T x)) at batch 1, (n, n): it depends neither on delta nor on the noise."""
    inside = _in_basis(covariance("sigma", sigma), basis)
    positive("sigma's diagonal", np.diag(inside))
    scale = np.sqrt(np.diag(inside))
    correlation = np.clip(inside / (scale[:, None] * scale), -1, 1)
    np.fill_diagonal(correlation, 1.0)  # arcsin would turn a rounding error eps into sqrt(eps)
    return 2 / np.pi * np.arcsin(correlation)


def sign_step(sigma, delta, noise: float, lr: float) -> np.ndarray:
    """E[delta+ delta+^T] = delta delta^T - lr (delta m^T + m delta^T) + lr^2 (2/pi) arcsin(corr(x)),  m = sign_mean: one step, batch 1."""
    delta = real("delta", delta, 1)
    cross = np.outer(delta, sign_mean(sigma, delta, noise))
    return np.outer(delta, delta) - lr * (cross + cross.T) + lr**2 * sign_second_moment(sigma)


def square_variance(c) -> np.ndarray:
    """Var(g_i^2) / (E g_i^2)^2 = (9 + 72 c^2 + 24 c^4) / (1 + 2 c^2)^2 - 1 at batch 1, c = c_i of sign_mean: 8 at c = 0, 32/3 at c = 1."""
    c2 = real("c", c) ** 2
    unit("c^2", c2)
    return (9 + 72 * c2 + 24 * c2**2) / (1 + 2 * c2) ** 2 - 1


def ema_variance(c, beta2: float) -> np.ndarray:
    """Var(v_i) / (E v_i)^2 of a stationary EMA of squared gradients at batch 1 = square_variance(c) (1 - beta2) / (1 + beta2)

    An idealised Adam needs this to be small: beta2 >= 0.99 or so.
    """
    fraction("beta2", beta2)
    return square_variance(c) * (1 - beta2) / (1 + beta2)


def _checked(lr, noise):
    positive("lr", real("lr", lr, 0)), nonnegative("noise", real("noise", noise, 0))


def _spectrum(spectrum):
    spectrum = real("spectrum", spectrum, 1)
    positive("spectrum", spectrum)
    return spectrum


def _in_basis(sigma, basis):
    dense = np.diag(sigma) if sigma.ndim == 1 else sigma
    return dense if basis is None else basis.rows(basis.rows(dense).T).T

"""Where constant-step Adam stops on Gaussian linear regression, in its eigenbasis, for every
spectrum: fixed points over coordinates.

Coordinates e_i = sqrt(lam_i) delta_i with second moments m_i, T = sum m_i + noise^2, w_i =
sqrt(lam_i), A = 1 + 1/B. Both functions return T, the mean squared residual (twice the loss), as
the one root of sum_i m_i(T) + noise^2 = T. Derived.

A step divides g_i by the root of E[g_i^2 | delta] = w_i^2 (A e_i^2 + tau / B), tau the mean squared
residual at delta. So E[e_i+^2 | delta] = e_i^2 - 2 lr w_i e_i^2 / sqrt(A e_i^2 + tau / B) + lr^2
w_i^2, and at rest E[2 e_i^2 / sqrt(A e_i^2 + tau / B)] = lr w_i: exact, and not yet closed.
"""

from __future__ import annotations

import numpy as np
from scipy.special import kve

from lab.checks import count, fraction, nonnegative, positive
from lab.domains import in_range, number, vector
from lab.theory.roots import crossing

# log of the largest T whose brackets are floating-point numbers
LARGEST = 590.0
# moments z^2, z^4, ... of a normal z, as they enter H(c) for large c
ORDER = np.arange(1, 6)
QUOTIENTS = (1 - 4 * ORDER**2) / (2 * ORDER)
EXPANSION = np.cumprod(np.append(1.0, QUOTIENTS))
# from here the next term is below 4e-14; up to here the Bessel functions keep 1e-13
FAR = 1e3


@in_range
def idealised_adam_floor(
    spectrum: np.ndarray,
    lr: float,
    batch: int,
    noise: float = 0.0,
) -> float:
    """T of Adam with the expected squared gradient:  lr w_i = 2 sqrt(m_i / A) H(c_i),  c_i = T /
    ((B + 1) m_i)

    H(c) = E z^2 / sqrt(z^2 + c) = c e^(c/4) (K_1(c/4) - K_0(c/4)) / sqrt(8 pi), z normal. A
    closure: coordinates are taken as normal and the squared residual as T. Within 3 % of sqrt(T)
    for effective ranks tr w / max w >= 5 and B <= 16 (measured); one dominant coordinate, or B far
    above n, breaks it. spectrum (n,) > 0; ValueError for a step, batch or noise that is none.
    """
    w, a, b = _problem(spectrum, lr, batch, noise)
    steps = lr * w

    # increases in m_i: H falls in c_i, and c_i in m_i
    def drift(log_m, total):
        m = np.exp(log_m)
        c = total / ((b + 1) * m)
        root = np.sqrt(m / a)
        return 2 * root * _mean_ratio(c) - steps

    def moments(total):
        return _increasing(drift, total, len(w))

    return _total(moments, (lr * w.sum()) ** 2, noise)


@in_range
def slow_adam_floor(
    spectrum: np.ndarray,
    lr: float,
    batch: int,
    beta1: float = 0.0,
    noise: float = 0.0,
) -> float:
    """T of Adam as beta2 -> 1:  m_i (2 - (1 - beta1)/(1 + beta1) u_i) = u_i (m_i + T) / B,  u_i =
    lr w_i / sqrt(A m_i + T / B)

    v is then frozen at its mean and e_i a linear filter of martingale noise: exact in mean square
    in that limit, for every spectrum and batch; at beta2 = 0.999 within 1 % of sqrt(T) (measured).
    Means, never medians: log T wanders. Arguments as above.
    """
    w, a, b = _problem(spectrum, lr, batch, noise)
    steps = lr * w
    beta1 = number("beta1", beta1, fraction)
    memory = (1 - beta1) / (1 + beta1)

    # one change of sign: 2 m / u over (memory + 1/B) m + T / B increases in m
    def drift(log_m, total):
        m = np.exp(log_m)
        root = np.sqrt(a * m + total / b)
        u = steps / root
        heat = u * (m + total) / b
        return m * (2 - memory * u) - heat

    def moments(total):
        return _increasing(drift, total, len(w))

    return _total(moments, (lr * w.sum()) ** 2, noise)


def effective_rank(spectrum) -> float:
    """r1 = tr Sigma^(1/2) / max Sigma^(1/2): the edge of stability tells Adam's floor where this
    is far above B.

    From 1, one coordinate or one that dominates, to n, of equal ones. spectrum (n,) > 0.
    """
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    shares = np.sqrt(lam / lam.max())
    return float(shares.sum())


def _mean_ratio(c):
    """H(c), to 1e-13; kve is e^x K(x), so nothing overflows.

    Beyond c = FAR its expansion c^(-1/2) sum_j binom(-1/2, j) (2 j + 1)!! / c^j, from that of (1 +
    z^2 / c)^(-1/2).
    """
    # K_1 and K_0 agree to 2 / c: their difference would lose all digits for large c
    near = np.minimum(c, FAR)
    x = near / 4
    difference = kve(1, x) - kve(0, x)
    ratio = near * difference / np.sqrt(8 * np.pi)
    far = np.maximum(c, FAR)
    series = np.polynomial.polynomial.polyval(1 / far, EXPANSION)
    return np.where(c > FAR, series / np.sqrt(far), ratio)


def _increasing(drift, total, n):
    """The m (n,) with drift = 0, by bisection in log m, all coordinates at once: 160 / 2^58 is
    below rounding."""
    # m / T from e^-80 to e^80
    low = np.full(n, np.log(total) - 80)
    high = low + 160
    for _ in range(58):
        middle = (low + high) / 2
        above = drift(middle, total) > 0
        low = np.where(above, low, middle)
        high = np.where(above, middle, high)

    logarithm = (low + high) / 2
    return np.exp(logarithm)


def _total(moments, scale, noise):
    """The T with sum m(T) + noise^2 = T. sum m(T) / T falls from above 1 to 0: concave in T, zero
    step at T = infinity."""

    def excess(log_total):
        total = np.exp(log_total)
        residual = moments(total).sum() + noise**2
        return np.log(residual / total)

    middle = np.log(scale + noise**2)
    # brackets reach e^110 above it
    if not middle < LARGEST:
        raise OverflowError("T is out of range")
    root = crossing(excess, middle - 30, middle + 30)
    return float(np.exp(root))


def _problem(spectrum, lr, batch, noise):
    """w (n,), A and B. ValueError outside the domains."""
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    number("lr", lr, positive)
    number("noise", noise, nonnegative)
    b = count("batch", batch)
    return np.sqrt(lam), 1 + 1 / b, b

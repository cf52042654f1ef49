"""Where constant-step Adam stops on Gaussian linear regression, in its eigenbasis, for every
spectrum: fixed points over coordinates.

Coordinates e_i = sqrt(lam_i) delta_i with second moments m_i, T = sum m_i + noise^2, w_i =
sqrt(lam_i), A = 1 + 1/B. Both functions return T, the mean squared residual (twice the loss), as
the one root of sum_i m_i(T) + noise^2 = T. Derived.
"""

from __future__ import annotations

import numpy as np
from scipy.special import kve

from lab.checks import count, fraction, nonnegative, positive
from lab.domains import in_range, number, vector
from lab.theory.roots import crossing

# log of the largest T whose brackets are floating-point numbers
LARGEST = 590.0


@in_range
def idealised_adam_floor(spectrum, lr: float, batch: int, noise: float = 0.0) -> float:
    """T of Adam with the expected squared gradient:  lr w_i = 2 sqrt(m_i / A) H(c_i),  c_i = T /
    ((B + 1) m_i)

    H(c) = E z^2 / sqrt(z^2 + c) = c e^(c/4) (K_1(c/4) - K_0(c/4)) / sqrt(8 pi), z normal. A
    closure: coordinates are taken as normal and the squared residual as T. Within 3 % of sqrt(T)
    for effective ranks tr w / max w >= 5 and B <= 16 (measured); one dominant coordinate, or B far
    above n, breaks it. spectrum (n,) > 0; ValueError for a step, batch or noise that is none.
    """
    w, a, b = _problem(spectrum, lr, batch, noise)

    def drift(log_m, total, step):
        m = np.exp(log_m)
        return 2 * np.sqrt(m / a) * _mean_ratio(total / ((b + 1) * m)) - step

    return _total(lambda total: _increasing(drift, total, lr * w), (lr * w.sum()) ** 2, noise)


@in_range
def slow_adam_floor(
    spectrum, lr: float, batch: int, beta1: float = 0.0, noise: float = 0.0
) -> float:
    """T of Adam as beta2 -> 1:  m_i (2 - (1 - beta1)/(1 + beta1) u_i) = u_i (m_i + T) / B,  u_i =
    lr w_i / sqrt(A m_i + T / B)

    v is then frozen at its mean and e_i a linear filter of martingale noise: exact in mean square
    in that limit, for every spectrum and batch; at beta2 = 0.999 within 1 % of sqrt(T) (measured).
    Means, never medians: log T wanders. Arguments as above.
    """
    w, a, b = _problem(spectrum, lr, batch, noise)
    beta1 = number("beta1", beta1, fraction)
    memory = (1 - beta1) / (1 + beta1)

    def drift(log_m, total, step):
        m = np.exp(log_m)
        u = step / np.sqrt(a * m + total / b)
        return m * (2 - memory * u) - u * (m + total) / b

    return _total(lambda total: _increasing(drift, total, lr * w), (lr * w.sum()) ** 2, noise)


def effective_rank(spectrum) -> float:
    """r1 = tr Sigma^(1/2) / max Sigma^(1/2): the edge of stability tells Adam's floor where this
    is far above B."""
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    return float(np.sqrt(lam / lam.max()).sum())


def _mean_ratio(c):
    """H(c); kve is e^x K(x), so nothing overflows. Beyond c = 1e6 its limit 1 / sqrt(c), right to
    3 / (2 c)."""
    x = np.minimum(c, 1e6) / 4
    near = np.minimum(c, 1e6) * (kve(1, x) - kve(0, x)) / np.sqrt(8 * np.pi)
    return np.where(c > 1e6, 1 / np.sqrt(c), near)


def _increasing(drift, total, steps):
    """The m (n,) with drift = 0, by bisection in log m, all coordinates at once: 160 / 2^58 is
    below rounding."""
    low = np.full(len(steps), np.log(total) - 80)
    high = low + 160
    for _ in range(58):
        middle = (low + high) / 2
        above = drift(middle, total, steps) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return np.exp((low + high) / 2)


def _total(moments, scale, noise):
    """The T with sum m(T) + noise^2 = T. sum m(T) / T falls from above 1 to 0: concave in T, zero
    step at T = infinity."""

    def excess(log_total):
        total = np.exp(log_total)
        return np.log((moments(total).sum() + noise**2) / total)

    middle = np.log(scale + noise**2)
    # brackets reach e^110 above it
    if not middle < LARGEST:
        raise OverflowError("T is out of range")
    return float(np.exp(crossing(excess, middle - 30, middle + 30)))


def _problem(spectrum, lr, batch, noise):
    lam = vector("spectrum", spectrum)
    positive("spectrum", lam)
    number("lr", lr, positive)
    number("noise", noise, nonnegative)
    b = count("batch", batch)
    return np.sqrt(lam), 1 + 1 / b, b

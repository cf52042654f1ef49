"""Activation functions, each with its first two derivatives.

name       phi(h)               phi'(h)              phi''(h)
linear     h                    1                    0
relu       max(h, 0)            1 for h > 0, else 0  0
tanh       tanh h               1 - a^2              -2 a (1 - a^2)
sigmoid    sig(h)               a (1 - a)            a (1 - a) (1 - 2 a)
softplus   log(1 + e^h)         sig(h)               sig(h) sig(-h)
gelu       h Phi(h)             Phi + h p            (2 - h^2) p

a = phi(h), Phi and p the distribution function and density of N(0, 1). relu and linear are
positively homogeneous: phi(c h) = c phi(h) for c > 0, which the laws of layer units ask for. Away
from the kinks the output of a relu network is linear in the weights of each layer by itself: its
Hessian and Gauss-Newton matrix agree within layers, and differ between them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from lab.objectives.logistic import softplus

# the density of a standard normal variable at 0
PEAK = 1 / np.sqrt(2 * np.pi)


class Activation(NamedTuple):
    """a = value(h) entry by entry, slope(h, a) = da/dh, bend(h, a) = d^2a/dh^2.

    slope and bend are given a besides, from which they are often cheaper than from h.
    """

    value: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    bend: Callable[[np.ndarray, np.ndarray], np.ndarray]


def _tanh_slope(h, a):
    """1 - a^2, in one array: slopes are taken at every entry of every pass."""
    slope = a * a
    return np.subtract(1.0, slope, out=slope)


def _logistic_slope(h, a):
    """a (1 - a)."""
    slope = 1 - a
    slope *= a
    return slope


def _density(h):
    """The density of N(0, 1) at h."""
    return PEAK * np.exp(-h * h / 2)


LINEAR = Activation(
    lambda h: h,
    lambda h, a: np.ones_like(h),
    lambda h, a: np.zeros_like(h),
)
# at the kink h = 0 the derivatives are 0, those of the left side
RELU = Activation(
    lambda h: np.maximum(h, 0.0),
    lambda h, a: (h > 0).astype(float),
    lambda h, a: np.zeros_like(h),
)
TANH = Activation(
    np.tanh,
    _tanh_slope,
    lambda h, a: -2 * a * _tanh_slope(h, a),
)
SIGMOID = Activation(
    expit,
    _logistic_slope,
    lambda h, a: _logistic_slope(h, a) * (1 - 2 * a),
)
SOFTPLUS = Activation(
    softplus,
    lambda h, a: expit(h),
    lambda h, a: expit(h) * expit(-h),
)
# a = h Phi(h) with the normal distribution function itself, not its approximation by tanh
# (Hendrycks & Gimpel 2016): a' = Phi + h phi, a'' = (2 - h^2) phi
GELU = Activation(
    lambda h: h * ndtr(h),
    lambda h, a: ndtr(h) + h * _density(h),
    lambda h, a: (2 - h * h) * _density(h),
)

ACTIVATIONS = {
    "linear": LINEAR,
    "relu": RELU,
    "tanh": TANH,
    "sigmoid": SIGMOID,
    "softplus": SOFTPLUS,
    "gelu": GELU,
}

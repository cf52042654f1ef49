"""The pieces that formulas share: averages, quotients, norms, and states of more than one
method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import Params, Scalar, block_norm, each, runs, tensors
from lab.curvature import Diagonal
from lab.linalg import ratio


class Seen(NamedTuple):
    """The last gradient."""

    g: Params


class Momentum(NamedTuple):
    """An average m of gradients, and the u of the last step."""

    m: Params
    u: Params


class Velocity(NamedTuple):
    """A sum of steps, the last one included."""

    v: Params


class Buffer(NamedTuple):
    """The number of steps and a sum of gradients."""

    t: int
    b: Params


class Moments(NamedTuple):
    """The number of steps, and averages of gradients (m) and of their squares (v)."""

    t: int
    m: Params
    v: Params


class MaximumMoments(NamedTuple):
    """Moments, and the largest v so far."""

    t: int
    m: Params
    v: Params
    top: Params


class ScaledMoments(NamedTuple):
    """Moments, and what divided the gradient in the last step."""

    t: int
    m: Params
    v: Params
    d: Params


def ema(m: Params, g: Params, beta: Scalar) -> Params:
    """beta m + (1 - beta) g.

    beta = 0 is the newest g; the weights of an average that started from 0 sum to 1 - beta^t.
    """
    return beta * m + (1 - beta) * g


def debias(m: Params, beta: Scalar, t: int) -> Params:
    """m / (1 - beta^t): the average of t values instead of an average that started from 0.

    t >= 1: at t = 0 there is nothing to average, and the quotient would be 0 / 0. With beta = 0 it
    does nothing.
    """
    return m / (1 - beta**t)


def off(x: Scalar) -> bool:
    """Whether a hyper-parameter is the plain number 0; an array over runs is never off."""
    # an array of zeros stays in the formula, so that a sweep over 0 has the shape of its runs
    return isinstance(x, (int, float)) and x == 0


def decayed(g: Params, weight_decay: Scalar, theta: Params) -> Params:
    """g + weight_decay theta."""
    return g if off(weight_decay) else g + weight_decay * theta


def rooted(v: Params, eps_root: Scalar) -> Params:
    """sqrt(v + eps_root).

    A plain 0 costs no pass over the parameters; an array of zeros does.
    """
    return np.sqrt(v if off(eps_root) else v + eps_root)


def scaled_eps(eps: Scalar, beta2: Scalar, t: int) -> Scalar:
    """eps / sqrt(1 - beta2^t): added to sqrt(v_hat), it is eps added to sqrt(v) before the
    debiasing."""
    return eps / np.sqrt(1 - beta2**t)


def quotient(m: Params, d: Params) -> Params:
    """m / d, with 0 where d = 0: the limit of m / (d + eps) as eps -> 0 for m = 0.

    In every method here m = 0 wherever d = 0.
    """
    return each(_divided, m, d)


def _divided(m, d):
    # seldom is anything 0, and then there is nothing to guard: every step of Adam comes through
    # here
    return m / d if d.all() else ratio(m, d)


def divisor(d: Params) -> Diagonal:
    """The metric of a method that divides by d, coordinate by coordinate."""
    return Diagonal(d)


def trust_ratio(
    theta: Params, length: Params, coefficient: Scalar = 1.0, eps: Scalar = 0.0
) -> Params:
    """coefficient |theta| / (length + eps) per tensor, and 1 where |theta| or length is 0.

    A tensor that is 0, such as a bias at the start, moves as it would without the ratio.
    """
    size = block_norm(theta)
    ratio = coefficient * quotient(size, length + eps)
    return each(_or_one, size, length, ratio)


def _or_one(size, length, ratio):
    return np.where((size > 0) & (length > 0), ratio, 1.0)


def zero_factors(theta: Params) -> tuple[tuple[np.ndarray, ...], ...]:
    """A zero matrix (*r, d_j, d_j) for every mode of every tensor of theta: where the sums and the
    averages of gram(g, mode) begin."""
    shape = runs(theta)
    blocks = []
    for k, x in tensors(theta):
        blocks.append(tuple(np.zeros((*shape, d, d)) for d in x.shape[x.ndim - k :]))
    return tuple(blocks)

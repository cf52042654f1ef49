"""Online linear optimization in a box: losses <c_t, x>, x in [low, high]^n, and regret bounds.

Playing an optimizer against them: lab.instruments.online.

ValueError for losses that are not finite or empty, and for parameters outside what is stated.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, loops, nonnegative, positive, probability, real
from lab.domains import entries, filled, in_range, last_axis, number, runs_fit


@in_range
def reddi_losses(
    steps: int,
    large: float = 3.0,
    period: int = 3,
) -> np.ndarray:
    """c_t = C when t mod period = 1, -1 otherwise, t = 1 ... T, shape (T, 1)

    C > period - 1 makes x = low the best point, with a loss of C - (period - 1) > 0 per period and
    unit of x (Reddi, Kale & Kumar 2018, Theorem 1). T >= 1, period >= 1, any C.
    """
    large = number("large", large)
    rounds = np.arange(loops("steps", steps))
    count("period", period)
    # t = 1, 1 + period, ... are 0, period, ... counted from 0
    first = rounds % period == 0
    return np.where(first, large, -1.0)[:, None]


@in_range
def adagrad_regret_bound(losses: np.ndarray, diameter: float) -> np.ndarray:
    """sqrt 2 D sum_i |c_{1:T, i}|_2 with lr = D / sqrt 2, eps = 0; (*r,)

    D > 0 the width of the box (Duchi, Hazan & Singer 2011). lr = eta in general gives
    (D^2 / (2 eta) + eta) sum_i |c_{1:T, i}|_2.
    """
    losses = _losses(losses)
    diameter = number("diameter", diameter, positive)
    return np.sqrt(2) * diameter * _lengths(losses).sum(-1)


@in_range
def amsgrad_regret_bound(
    losses: np.ndarray,
    v_max: np.ndarray,
    diameter: float,
    lr: float,
    beta2: float,
) -> np.ndarray:
    """D^2 sqrt T / (2 lr) sum_i sqrt(v_i) + lr sqrt(1 + ln T) / (2 sqrt(1 - beta2)) sum_i |c_i|

    (*r,). AMSGrad with beta1 = eps = 0, beta2 in (0, 1) and rate lr / sqrt t; v_max (*r, n) >= 0:
    its maximum after T rounds; |c_i| = |c_{1:T, i}|_2. From: sqrt(t v) / lr does not decrease,
    v >= (1 - beta2) c^2, Cauchy-Schwarz with sum 1/t <= 1 + ln T. (derived)
    """
    losses = _losses(losses)
    v_max = entries("v_max", real("v_max", v_max), 1)
    nonnegative("v_max", v_max)
    last_axis("v_max", v_max, losses.shape[-1])
    runs_fit("v_max", v_max.shape[:-1], losses.shape[1:-1])
    diameter = number("diameter", diameter, positive)
    lr = number("lr", lr, positive)
    beta2 = number("beta2", beta2, probability)

    # what the distance to the best point costs, and what the steps themselves cost
    rounds = len(losses)
    start = diameter**2 * np.sqrt(rounds) / (2 * lr) * np.sqrt(v_max).sum(-1)
    growth = lr * np.sqrt(1 + np.log(rounds)) / (2 * np.sqrt(1 - beta2))
    return start + growth * _lengths(losses).sum(-1)


def _lengths(losses):
    """|c_{1:T, i}|_2, (*r, n)."""
    return np.sqrt((losses**2).sum(0))


def _losses(losses):
    """c (T, *r, n), finite and not empty."""
    return filled("losses", entries("losses", real("losses", losses), 2))

"""Online linear optimization in a box: an optimizer played against a sequence of losses <c_t, x>, x in [low, high]^n."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.arrays import lift, sweep_shape
from lab.checks import real


class Answer(NamedTuple):
    """The oracle of one round: the gradient of the linear loss."""

    grad: np.ndarray


class Game(NamedTuple):
    """points (T + 1, *r, n): where the player stood in each round, and after the last; losses (T, n) or (T, *r, n); the box."""

    points: np.ndarray
    losses: np.ndarray
    low: float
    high: float

    @property
    def regret(self) -> np.ndarray:
        """(T, *r): sum_{s <= t} <c_s, x_s> minus the same of the best fixed point of the box in hindsight, after every round."""
        played = (self.losses * self.points[:-1]).sum(-1).cumsum(0)
        total = self.losses.cumsum(0)
        return played - np.minimum(self.low * total, self.high * total).sum(-1)


def play(optimizer, losses: np.ndarray, theta: np.ndarray, *, low: float = -1.0, high: float = 1.0) -> Game:
    """x_{t+1} = clip(x_t + delta_t, low, high), delta_t the optimizer's step on the gradient c_t of round t.

    losses (T, n), or (T, *r, n) for one sequence per run; theta (*r, n) inside the box; hyper-parameters may be swept. Coordinatewise
    clipping is the projection in every diagonal metric, so for Adam, AMSGrad and AdaGrad this is the projection of their papers. Any
    method that needs only `grad`: TypeError otherwise. ValueError for a start outside the box or non-finite losses.
    """
    losses, start = real("losses", losses), real("theta", theta)
    if optimizer.needs - {"grad"}:
        raise TypeError(f"{type(optimizer).__name__} needs {', '.join(sorted(optimizer.needs))}: an online linear game answers grad only")
    if not (low < high and (start >= low).all() and (start <= high).all()):
        raise ValueError(f"theta = {start}: must be in the box [{low:g}, {high:g}]")
    shape = np.broadcast_shapes(start.shape[:-1], losses.shape[1:-1], sweep_shape(optimizer)) + start.shape[-1:]
    points = [np.broadcast_to(start, shape)]
    optimizer = lift(optimizer, points[0])
    state = optimizer.init(points[0])
    for c in losses:
        delta, state = optimizer.step(state, Answer(np.broadcast_to(c, shape)), points[-1])
        points.append(np.clip(points[-1] + delta, low, high))
    return Game(np.stack(points), losses, low, high)


def reddi_losses(steps: int, large: float = 3.0, period: int = 3) -> np.ndarray:
    """c_t = C when t mod period = 1, -1 otherwise, t = 1 ... T, shape (T, 1)      (Reddi, Kale & Kumar 2018, Theorem 1)

    C > period - 1 makes x = low the best point, with a loss of C - (period - 1) > 0 per period and unit of x.
    """
    return np.where(np.arange(steps) % period == 0, large, -1.0)[:, None]


def adagrad_regret_bound(losses: np.ndarray, diameter: float) -> np.ndarray:
    """sqrt 2 D sum_i |c_{1:T, i}|_2 with lr = D / sqrt 2, D the width of the box, eps = 0; (*r,)      (Duchi, Hazan & Singer 2011)

    lr = eta in general gives (D^2 / (2 eta) + eta) sum_i |c_{1:T, i}|_2.
    """
    return np.sqrt(2) * diameter * np.sqrt((losses**2).sum(0)).sum(-1)


def amsgrad_regret_bound(losses: np.ndarray, v_max: np.ndarray, diameter: float, lr: float, beta2: float) -> np.ndarray:
    """D^2 sqrt T / (2 lr) sum_i sqrt(v_i) + lr sqrt(1 + ln T) / (2 sqrt(1 - beta2)) sum_i |c_{1:T, i}|_2, (*r,)      (derived)

    AMSGrad with beta1 = eps = 0 and rate lr / sqrt t; v_max (*r, n): its maximum after T rounds. From: sqrt(t v) / lr does not decrease,
    v >= (1 - beta2) c^2, Cauchy-Schwarz with sum 1/t <= 1 + ln T.
    """
    rounds = len(losses)
    start = diameter**2 * np.sqrt(rounds) / (2 * lr) * np.sqrt(v_max).sum(-1)
    drift = lr * np.sqrt(1 + np.log(rounds)) / (2 * np.sqrt(1 - beta2)) * np.sqrt((losses**2).sum(0)).sum(-1)
    return start + drift

"""The subgradient method: its rate, and a function that has it.

For convex f of Lipschitz constant M the best of N + 1 points is within M R / sqrt(N + 1) of min f.

No method whose points stay in the span of the subgradients seen is better, in n > N dimensions:
MaxCoordinate shows one new coordinate per step.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sqrt

from lab.arrays import norm
from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    classical,
    decades,
    dimension,
    sometimes,
    start,
    symbols,
)
from lab.claims.loops import Each
from lab.objectives.worst_case import Huber, MaxCoordinate
from lab.optimizers import SGD, subgradient_lr
from lab.simulation import simulate

N, n, M, h, top, delta, t, x, shape, gap, R = symbols("N n M h top delta t x shape gap R")


@claim(
    "subgradient/rate",
    over={
        N: choice(1, 2, 4),
        n: dimension(1, 5),
        M: decades(-1, 1),
        h: sometimes(1.0, between(0.3, 2)),
        top: sometimes(1.0, between(1, 2)),
        shape: choice("largest", "Huber"),
        delta: decades(-3, 1),
        # 0 is the start from which the bound is attained
        t: sometimes(0.0, decades(-1, 1)),
        x: start(n),
    },
    assuming=[Eq(h, 1), top <= 1],
    says={"gap": at_most(gap, M * R / sqrt(N + 1), slack=1e-9, because="f and min f cancel")},
    where={
        gap: "min f(x_k) - min f, k = 0 ... N, of steps h R / (M sqrt(N + 1)) from t x; f ="
        " top M max(max x_i, |x| - delta), or Huber's of slope top M beyond delta",
        R: "distance from the start to the minimiser",
    },
    cites=classical("Shor 1962; attained after Nemirovski, Drori & Teboulle 2016 (recalled)"),
    instances=120,
)
def rate(N, n, M, h, top, shape, delta, t, x):
    """|x_(k+1) - x*|^2 <= |x_k - x*|^2 - 2 eta (f_k - f*) + eta^2 M^2, summed over N + 1 steps.
    Attained from 0 in N + 1 dimensions: each step shows one new coordinate and never goes below
    f = 0.

    Space: the largest coordinate, kept from falling for ever by |x| - delta, in up to five
    dimensions, started at 0 and elsewhere; and Huber's function. Steps of h times the size have
    (h + 1 / h) / 2 times the bound by the same sum, and instances that exceed this one, as slopes
    above M do.

    Steps of one size h times the best: (R^2 + (N + 1) eta^2 M^2) / (2 (N + 1) eta) = M R / sqrt(N +
    1) (h + 1/h) / 2. That size needs N, M and R; which of the points is the best, only a loss
    tells.
    """
    theta = t[:, None] * x
    slopes = top * M
    made: list[MaxCoordinate] | list[Huber]
    if shape == "largest":
        made = [MaxCoordinate(slope, d, n) for slope, d in zip(slopes, delta, strict=True)]
        lowest = np.array([f.lowest for f in made])
        centre = (lowest / slopes)[:, None]
    else:
        made = [Huber(slope / d, d, n) for slope, d in zip(slopes, delta, strict=True)]
        # Huber's minimum is 0, at 0
        lowest = np.zeros(len(made))
        centre = np.zeros((len(made), 1))
        # 0 is the minimiser here, and no start
        theta = theta + x
    radius = norm(theta - centre)
    eta = np.array([subgradient_lr(*pair, N) for pair in zip(radius, M, strict=True)])
    f = Each(made)
    run = simulate(f, SGD(h * eta), theta, steps=N, record={"loss": f.loss})
    return {gap: run["loss"].min(0) - lowest, R: radius}

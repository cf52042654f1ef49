"""Does AdaL converge where Adam does not, and how fast? Full-batch quadratics at a constant step.

AdaL divides a quadratic numerator by a second moment that can only decay like beta2^t, so the error
follows beta2^(t/2); with a power p of the gradient it follows beta2^(t / (2 (p - 1))). Adam falls
until its preconditioner has decayed to the edge of stability, and bursts. AMSGrad's cannot decay:
it is momentum in a fixed metric, and converges at a rate of its own. (derived; claims
adal/linear-rate, adal/power-rate)
"""

import numpy as np

from lab.arrays import norm
from lab.bases import random
from lab.objectives import Quadratic
from lab.optimizers import AdaL
from lab.simulation import simulate

QUICK = {"steps": 300, "rate_steps": 300, "points": 3}
# Adam's bursts, and AMSGrad before it settles
CHAOTIC = ("distance",)


def run(
    *,
    steps: int = 3000,
    rate_steps: int = 1500,
    points: int = 9,
    lr: float = 0.05,
    beta2: float = 0.99,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """Distance to the minimum (K, 4) of four methods on a dense 3-D quadratic, and theory's slope
    as `guide`; rate per step against beta2 in 1-D."""
    q = random(3, np.random.default_rng(seed)).q
    h = (q * [1.0, 0.3, 0.1]) @ q.T
    f, theta = Quadratic((h + h.T) / 2), np.ones(3)
    methods = {
        "AdaL": AdaL(lr, 0.9, beta2, 0.0, schedule="constant"),
        "AdaL, coordinatewise": AdaL(lr, 0.9, beta2, 0.0, factor="coordinate", schedule="constant"),
        "Adam": AdaL(lr, 0.9, beta2, 0.0, factor="none", schedule="constant"),
        "AMSGrad": AdaL(lr, 0.9, beta2, 0.0, factor="none", schedule="constant", amsgrad=True),
    }
    found = [
        simulate(f, method, theta, steps=steps, every=max(1, steps // 100), record={"x": norm})
        for method in methods.values()
    ]
    powers, grid = np.array([1.5, 2.0, 3.0]), np.linspace(0.9, 0.99, points)
    swept = AdaL(lr, 0.0, grid, 0.0, powers[:, None] - 1, "coordinate", schedule="constant")
    x = simulate(
        Quadratic(np.eye(1)),
        swept,
        np.ones(1),
        steps=rate_steps,
        every=rate_steps // 3,
        record={"x": norm},
    )
    rates = (x["x"][-1] / x["x"][-2]) ** (1 / (x.t[-1] - x.t[-2]))
    t, distance = found[0].t, np.stack([run["x"] for run in found], axis=1)
    late = t[len(t) // 2 :]
    return {
        "methods": np.array(list(methods)),
        "t": t,
        "distance": distance,
        "late": late,
        "guide": 3 * distance[len(t) // 2, 0] * beta2 ** ((late - late[0]) / 2),
        "beta2": np.array(beta2),
        "lr": np.array(lr),
        "powers": powers,
        "grid": grid,
        "rates": rates,
        "theory": grid ** (1 / (2 * (powers[:, None] - 1))),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

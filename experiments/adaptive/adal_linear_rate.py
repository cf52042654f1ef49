"""Does AdaL converge where Adam does not, and how fast? Full-batch quadratics at a constant step.

AdaL divides a quadratic numerator by a second moment that can only decay like beta2^t, so the error
follows beta2^(t/2); with a power p of the gradient it follows beta2^(t / (2 (p - 1))). Adam falls
until its preconditioner has decayed to the edge of stability, and bursts. AMSGrad's cannot decay:
it is momentum in a fixed metric, and converges at a rate of its own. (derived; claims
adal/linear-rate, adal/power-rate)

Why: v >= beta2^t v_0, so sqrt(v) falls no faster than beta2^(t/2). The relative step of a power p
is lr |x|^(p-1) / sqrt(v): if x fell faster than sqrt(v)^(1 / (p-1)), it would go to 0 and x would
stall; if slower, it would grow. So x follows that, beta2^(t / (2 (p-1))). AdaL has the power
2; Adam has 1, and its relative step grows as v decays, until it is unstable.
"""

import numpy as np

from lab.arrays import norm
from lab.bases import random
from lab.objectives import Quadratic
from lab.optimizers import AdaL
from lab.sentences import apart, number, spoken
from lab.simulation import simulate

QUICK = {"steps": 300, "rate_steps": 300, "points": 3}
UNITS = {
    "parameter": "distance guide",
    "steps": "late",
    "no unit": "powers grid rates theory",
}
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
    as `guide`; rate per step against beta2 in 1-D.

    lr > 0 and beta2, in [0, 1), are those of the quadratic, `steps` its steps; in one dimension
    `points` values of beta2 run for rate_steps, in whose last third the rate is read off.

    t (K,): about a hundred recorded times, the start among them. late (L,): those from the middle
    on, where guide (L,) = 3 d beta2^((t - t_middle) / 2) is drawn, d AdaL's distance in the middle.
    powers (3,), grid (points,): p and beta2 in one dimension; rates, theory (3, points): the factor
    by which |x| falls per step, and beta2^(1 / (2 (p - 1))). At p = 2 that is sqrt(beta2).
    """
    found = paths(steps, lr, beta2, seed)
    t = found[0].t
    distance = np.stack([path["x"] for path in found], axis=1)
    middle = len(t) // 2
    late = t[middle:]
    # drawn beside the curve, three times above AdaL's at the middle
    guide = 3 * distance[middle, 0] * beta2 ** ((late - late[0]) / 2)

    powers = np.array([1.5, 2.0, 3.0])
    grid = np.linspace(0.9, 0.99, points)
    exponent = 1 / (2 * (powers[:, None] - 1))
    return {
        "methods": np.array(list(methods(lr, beta2))),
        "t": t,
        "distance": distance,
        "late": late,
        "guide": guide,
        "beta2": np.array(beta2),
        "lr": np.array(lr),
        "powers": powers,
        "grid": grid,
        "rates": decay(powers, grid, lr, rate_steps),
        "theory": grid**exponent,
    }


def summary(data) -> str:
    """The decay per step of each method, and how far the one-dimensional rates are from theory.

    The factor per step of a method is that between the middle and the end: for AdaL its asymptotic
    rate, for Adam, whose distance rises and falls, a number that depends on where in a burst the
    run ends. The agreement in one dimension is a relative distance of factors just below 1: the
    rates are 0.9 to 0.998.
    """
    t, distance = data["t"], data["distance"]
    middle = len(t) // 2
    lines = [f"Who converges on a quadratic at the constant rate {data['lr']:g}, and how fast?"]
    for k, name in enumerate(data["methods"]):
        ends = distance[[middle, -1], k]
        # a distance of 0 has no logarithm: the least positive number stands for it
        low = np.maximum(ends, np.finfo(float).tiny)
        factor = np.exp(np.log(low[1] / low[0]) / (t[-1] - t[middle]))
        lines.append(
            f"{spoken(str(name))}: distance {number(distance[-1, k])} after {t[-1]} steps, lowest "
            f"{number(distance[:, k].min())}; factor {factor:.5f} per step over the second half."
        )
    lines.append(f"Theory for AdaL is the root of beta2, {np.sqrt(data['beta2']):.5f}.")
    lines.append(
        "In one dimension the measured factors are within "
        f"{apart(data['rates'], data['theory']):.1g} of beta2^(1 / (2 (p - 1)))."
    )
    return "\n".join(lines)


def methods(lr: float, beta2: float) -> dict:
    """eps = 0 and a constant rate in all of them.

    All are one class, AdaL: what differs is the factor (|g|_1, |g_i|, or 1) and whether v may fall.
    0/0 counts as 0, so that eps = 0 is no danger at the minimum; an eps > 0 would be a floor under
    sqrt(v), whose decay is the subject.
    """
    settings = {"lr": lr, "beta1": 0.9, "beta2": beta2, "eps": 0.0, "schedule": "constant"}
    return {
        "AdaL": AdaL(**settings),
        "AdaL, coordinatewise": AdaL(**settings, factor="coordinate"),
        "Adam": AdaL(**settings, factor="none"),
        "AMSGrad": AdaL(**settings, factor="none", amsgrad=True),
    }


def paths(steps: int, lr: float, beta2: float, seed: int) -> list:
    """The trajectory of every method on a quadratic of eigenvalues 1, 0.3, 0.1, about a hundred
    points of it.

    From (1, 1, 1); f = x^T H x / 2 with dense eigenvectors, so that no method sees the eigenvalues
    on the diagonal. seed: of the rotation, the only thing that is drawn. (4 trajectories, "x" the
    Euclidean distance to the minimum 0)
    """
    q = random(3, np.random.default_rng(seed)).q
    h = (q * [1.0, 0.3, 0.1]) @ q.T
    f = Quadratic((h + h.T) / 2)
    protocol = {
        "steps": steps,
        "every": max(1, steps // 100),
        "record": {"x": norm},
    }
    return [simulate(f, method, np.ones(3), **protocol) for method in methods(lr, beta2).values()]


def decay(powers: np.ndarray, beta2: np.ndarray, lr: float, steps: int) -> np.ndarray:
    """The factor per step in one dimension over the last third of the steps, (powers, beta2).

    f = x^2 / 2 from x = 1; beta1 = 0, so that the power alone is tested. One batched run sweeps
    powers (P, 1) times beta2 (B,). exponent = p - 1 is the power of the factor |g|, in front of g.
    The last third of the steps is used: the first steps have a step of size lr whatever p is.
    """
    f = Quadratic(np.eye(1))
    # coordinate: in one dimension |g_i| and |g|_1 are the same number
    swept = AdaL(lr, 0.0, beta2, 0.0, powers[:, None] - 1, "coordinate", schedule="constant")
    protocol = {
        "steps": steps,
        "every": steps // 3,
        "record": {"x": norm},
    }
    path = simulate(f, swept, np.ones(1), **protocol)
    before, after = path["x"][-2:]
    return (after / before) ** (1 / (path.t[-1] - path.t[-2]))


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

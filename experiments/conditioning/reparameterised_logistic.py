"""Does Adam beat Gauss-Newton even in its own eigenbasis?

Logistic regression where a large logit caps the learning rate of GN. One-hot logistic regression
with two logits, q = 1/2: the Gauss-Newton matrix is diagonal along the whole path. Each method
moves a logit by -lr S(z), S(z) = sinh z for GN^-1, c sinh(z/2) for GN^-1/2, pi tanh(z/2) / 2 for
GD, sign z for sign descent, c = sqrt(pi). From logit M a rate is stable up to 2 M / S(M), which for
GN^-1 shrinks like M e^-M, and then the small logit crawls. Three parts: plain_ (z = theta), mapped_
(z = sinh theta), and the controls that remove the separation: line search (plain_) and damping.
(derived instance, Liu et al. 2025 with thresholds of our own)
"""

import numpy as np

from lab.checks import positive
from lab.instruments.comparison import compare
from lab.maps import Elementwise
from lab.objectives import Reparameterised
from lab.objectives.instances import two_logits
from lab.optimizers import (
    SGD,
    Adam,
    DiagonalGN,
    ExactLineSearch,
    Halving,
    HeavyBall,
    Scheduled,
    SignSGD,
)
from lab.simulation import simulate

QUICK = {"largest": 4.0, "steps": 60, "rates": 8, "dampings": 5}


def run(
    *,
    largest: float = 8.0,
    smallest: float = 1.0,
    spread: float = 100.0,
    target: float = 0.1,
    steps: int = 600,
    rates: int = 40,
    damping: float = 1e-3,
    dampings: int = 25,
) -> dict[str, np.ndarray]:
    """Steps until max |z| <= target: `plain_` and `mapped_` comparisons, with `threshold` (inf for
    methods without one), and the best steps of damped GN^-1 against its damping. Losses: excess
    over the minimum relative to the start; steps inf where the target is not reached."""
    positive("target", target)
    f, z, _ = two_logits(largest, smallest, spread)
    mapped = Reparameterised(f, Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh))
    found = {}
    for case, objective, chart in (("plain", f, None), ("mapped", mapped, mapped.change)):
        theta = z if chart is None else chart.to(z)
        record = measures(objective, theta, chart)
        tops = largest_stable(
            residuals(f.pi, damping, chart), theta, target if chart is None else chart.to(target)
        )
        grids = {name: top * 0.996 * np.geomspace(0.01, 1.0, rates) for name, top in tops.items()}
        protocol = {"theta": theta, "steps": steps, "measure": "radius", "record": record}
        part = compare(objective, methods(grids, damping), target, **protocol)
        part["threshold"] = np.array([tops.get(name, np.inf) for name in part["methods"]])
        found |= {f"{case}_{key}": value for key, value in part.items()}
    found["damping"] = np.geomspace(1e-6, 1.0, dampings)
    found["damped"] = np.array(
        damped_steps(f, z, found["damping"], target, steps=steps, rates=rates)
    )
    return found | {
        "target": np.array(target),
        "M": np.array(largest),
        "m": np.array(smallest),
        "spread": np.array(spread),
    }


def residuals(pi: np.ndarray, damping, chart) -> dict:
    """Method -> S(theta), the step per unit rate in every coordinate, from the closed forms;
    damping a number or (D, 1)."""
    out = chart.back if chart else (lambda theta: theta)
    slope = chart.dphi if chart else np.ones_like

    def score(theta):
        return pi * slope(theta) * np.tanh(out(theta) / 2) / 2

    def curvature(theta):
        return pi * slope(theta) ** 2 / (4 * np.cosh(out(theta) / 2) ** 2)

    return {
        "GD": score,
        "GN^-1": lambda theta: score(theta) / curvature(theta),
        "GN^-1/2": lambda theta: score(theta) / np.sqrt(curvature(theta)),
        "damped GN^-1": lambda theta: score(theta) / (curvature(theta) + damping),
    }


def largest_stable(steps: dict, theta: np.ndarray, accuracy: float) -> dict:
    """The rate 2 / max S(x) / x over 0 < x <= theta, below which every |x| decreases: 2 M / S(M)
    where S(x) / x increases, 2 / S'(0) where it decreases. Sign methods: the largest M / k below 2
    accuracy, which is exact after k steps."""
    x = np.linspace(1e-4, 1.0, 2001)[:, None] * theta
    tops = {name: 2 / float((step(x) / x).max()) for name, step in steps.items()}
    largest = float(theta.max())
    sign = largest / (np.floor(largest / (2 * accuracy)) + 1)
    return tops | {
        "heavy ball": 1.9 * tops["GD"],
        "sign": sign,
        "sign, halving": largest,
        "Adam": largest,
    }


def methods(grids: dict, damping: float) -> dict:
    """Method -> optimizer and grid. A line search has no rate to tune: it starts from the largest
    stable one."""
    tuned = {
        "GD": SGD(1.0),
        "GN^-1": DiagonalGN(1.0),
        "GN^-1/2": DiagonalGN(1.0, power=-0.5),
        "damped GN^-1": DiagonalGN(1.0, damping=damping),
        "heavy ball": HeavyBall(1.0, 0.9),
        "Adam": Adam(1.0, 0.9, 0.95),
        "sign": SignSGD(1.0),
        "sign, halving": Scheduled(Halving(), SignSGD(1.0)),
    }
    searched = ("GD", "GN^-1", "GN^-1/2")
    search = {
        f"{name} + line search": (ExactLineSearch(tuned[name]), grids[name][-1:])
        for name in searched
    }
    return {name: (optimizer, grids[name]) for name, optimizer in tuned.items()} | search


def measures(objective, theta: np.ndarray, chart) -> dict:
    """The excess loss relative to the start (the minimum is at z = 0), and max |z|."""
    lowest = objective.loss(np.zeros_like(theta))
    scale = objective.loss(theta) - lowest
    out = chart.back if chart else (lambda theta: theta)
    return {
        "loss": lambda x: (objective.loss(x) - lowest) / scale,
        "radius": lambda x: np.abs(out(x)).max(-1),
    }


def damped_steps(
    f, z: np.ndarray, damping: np.ndarray, target: float, *, steps: int, rates: int
) -> np.ndarray:
    """Steps of damped GN^-1 at its best rate for each damping (D,), one batched call of rates times
    dampings."""
    step = residuals(f.pi, damping[:, None, None], None)["damped GN^-1"]
    x = np.linspace(1e-4, 1.0, 2001)[:, None] * z
    top = 2 / (step(x) / x).max((1, 2))
    lr = 0.996 * np.geomspace(0.01, 1.0, rates)[:, None] * top
    optimizer = DiagonalGN(lr, damping=np.broadcast_to(damping, lr.shape))
    record = {"radius": measures(f, z, None)["radius"]}
    return simulate(f, optimizer, z, steps=steps, record=record).steps_to(target, "radius").min(0)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

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
from lab.sentences import first, number, spoken
from lab.simulation import simulate

QUICK = {"largest": 4.0, "steps": 60, "rates": 8, "dampings": 5}
UNITS = {
    "no unit": "*_final *_loss damping spread",
    "learning rate": "*_rates *_threshold",
    "steps": "*_sweep damped",
    "logit": "target M m",
}
EDGE = 0.996  # of the largest stable rate, where grids end: below it


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
    over the minimum relative to the start; steps inf where the target is not reached.

    largest, smallest > 0: the logits M and m of the start; spread > 0: ratio of their frequencies;
    target > 0; rates: as many per method; damping >= 0: in the comparisons; dampings: a grid from
    1e-6 to 1.

    Nothing is drawn. plain_threshold, mapped_threshold (M,); damping, damped (D,). lr, edge, steps,
    rates, sweep, loss and t of the two cases are those of `lab.instruments.comparison.compare`.
    """
    positive("target", target)
    f, z, _ = two_logits(largest, smallest, spread)
    mapped = Reparameterised(f, Elementwise(np.sinh, np.cosh, np.sinh, np.arcsinh))
    settings = {"target": target, "steps": steps, "rates": rates, "damping": damping}
    found = {}
    for case, objective, chart in (("plain", f, None), ("mapped", mapped, mapped.change)):
        part = compared(objective, f.pi, z, chart, **settings)
        found |= {f"{case}_{key}": value for key, value in part.items()}

    # from no effect to more than every curvature, which is at most pi / 4
    grid = np.geomspace(1e-6, 1.0, dampings)
    return found | {
        "damping": grid,
        "damped": damped_steps(f, z, grid, target, steps=steps, rates=rates),
        "target": np.array(target),
        "M": np.array(largest),
        "m": np.array(smallest),
        "spread": np.array(spread),
    }


def summary(data) -> str:
    """Who reaches the target first in either chart, the rate that GN^-1 can afford, and what
    damping does.

    Ties are within 1 %. Line searches are told apart: they have no rate, and evaluate the loss as
    often as they like.
    """
    lines = [
        f"Does Gauss-Newton win in its own eigenbasis? Logits from {data['M']:g} and "
        f"{data['m']:g}, until all are at most {data['target']:g}, budget "
        f"{data['plain_t'][-1]} steps:"
    ]
    for case, title in (("plain", "z = theta"), ("mapped", "z = sinh theta")):
        names, steps = data[f"{case}_methods"], data[f"{case}_steps"]
        constant = np.char.find(names, "line search") < 0
        told = first(names[constant], steps[constant], unit="steps")
        searched = first(names[~constant], steps[~constant], unit="steps")
        lines.append(f"{title}, constant rates: {told}.")
        lines.append(f"{title}, line searches: {searched}.")

    limits = zip(data["plain_methods"], data["plain_threshold"], strict=True)
    finite = [(spoken(str(name)), number(limit)) for name, limit in limits if np.isfinite(limit)]
    told = ", ".join(f"{name} {limit}" for name, limit in finite)
    lines.append(f"Largest rates that are stable: {told}.")
    best = data["damped"].argmin()
    lines.append(
        f"Damped GN^-1 needs {number(data['damped'][best])} steps at its best damping, "
        f"{number(data['damping'][best])}, and {number(data['damped'][0])} at the smallest tried."
    )
    return "\n".join(lines)


def compared(
    objective,
    pi: np.ndarray,
    z: np.ndarray,
    chart,
    *,
    target: float,
    steps: int,
    rates: int,
    damping: float,
) -> dict[str, np.ndarray]:
    """The comparison from the logits z in the variables of a chart (None: the logits themselves),
    and the threshold of every method.

    The grid of a method is 0.01 to 1 of its largest stable rate, `rates` of them over two decades;
    so no method is tuned within a range that suits another. z (2,); pi (2,) the frequencies; a
    method without a threshold has inf.
    """
    theta = z if chart is None else chart.to(z)
    accuracy = target if chart is None else chart.to(target)
    tops = largest_stable(residuals(pi, damping, chart), theta, accuracy)
    shares = np.geomspace(0.01, 1.0, rates)
    grids = {name: top * EDGE * shares for name, top in tops.items()}

    record = measures(objective, theta, chart)
    protocol = {"theta": theta, "steps": steps, "measure": "radius", "record": record}
    part = compare(objective, methods(grids, damping), target, **protocol)
    thresholds = [tops.get(name, np.inf) for name in part["methods"]]
    return part | {"threshold": np.array(thresholds)}


def residuals(pi: np.ndarray, damping, chart) -> dict:
    """Method -> S(theta), the step per unit rate in every coordinate, from the closed forms;
    damping a number or (D, 1).

    In z: GD pi tanh(z/2) / 2, the curvature G = pi / (4 cosh^2(z/2)), and their quotients. A chart
    z = phi(theta) multiplies the gradient by phi' and G, without the term of the second derivative,
    by phi'^2. pi (2,), theta (*r, 2).
    """
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


def steepest(step, theta: np.ndarray) -> np.ndarray:
    """max S(x) / x over 0 < x <= theta and over coordinates, on a grid from 1e-4 theta on: at 0 it
    is 0 / 0.

    step(x) (2001, 2) or (..., 2001, 2); theta (2,) > 0, the start. A maximum inside is found to the
    resolution of the grid, 1/2000 of theta.
    """
    x = np.linspace(1e-4, 1.0, 2001)[:, None] * theta
    return (step(x) / x).max((-2, -1))


def largest_stable(steps: dict, theta: np.ndarray, accuracy: float) -> dict:
    """The rate 2 / max S(x) / x over 0 < x <= theta, below which every |x| decreases: 2 M / S(M)
    where S(x) / x increases, 2 / S'(0) where it decreases. Sign methods: the largest M / k below 2
    accuracy, which is exact after k steps.

    theta > 0. Why below 2 / max S(x) / x: x - lr S(x) is between -x and x. For sign descent M / k
    with an integer k: the larger logit then lands on 0, instead of going around it. Heavy ball has
    2 (1 + beta) / lam where GD has 2 / lam, hence 1.9.
    """
    tops = {name: 2 / float(steepest(step, theta)) for name, step in steps.items()}
    largest = float(theta.max())
    # the least k with largest / k below 2 accuracy
    k = np.floor(largest / (2 * accuracy)) + 1
    return tops | {
        "heavy ball": 1.9 * tops["GD"],  # 1 + its momentum
        "sign": largest / k,
        "sign, halving": largest,
        "Adam": largest,
    }


def methods(grids: dict, damping: float) -> dict:
    """Method -> optimizer and grid. A line search has no rate to tune: it starts from the largest
    stable one.

    grids: method -> rates (L,). A halving schedule from R / 2 on is the minimax one; the grid goes
    up to 0.996 R. Adam has beta2 = 0.95, a memory of 20 steps, short compared with the budget.
    """
    optimizers = {
        "GD": SGD(1.0),
        "GN^-1": DiagonalGN(1.0),
        "GN^-1/2": DiagonalGN(1.0, power=-0.5),
        "damped GN^-1": DiagonalGN(1.0, damping=damping),
        "heavy ball": HeavyBall(1.0, 0.9),
        "Adam": Adam(1.0, 0.9, 0.95),
        "sign": SignSGD(1.0),
        "sign, halving": Scheduled(Halving(), SignSGD(1.0)),
    }
    table = {name: (optimizer, grids[name]) for name, optimizer in optimizers.items()}
    for name in ("GD", "GN^-1", "GN^-1/2"):
        searched = ExactLineSearch(optimizers[name])
        table[f"{name} + line search"] = (searched, grids[name][-1:])
    return table


def measures(objective, theta: np.ndarray, chart) -> dict:
    """The excess loss relative to the start (the minimum is at z = 0), and max |z|.

    The target is on the radius: the losses of the two logits have the weights 100 : 1, so that a
    target on their sum would hardly see the rare one.
    """
    # q = 1/2: the loss is least where all logits are 0
    lowest = objective.loss(np.zeros_like(theta))
    scale = objective.loss(theta) - lowest
    out = chart.back if chart else (lambda theta: theta)
    return {
        "loss": lambda x: (objective.loss(x) - lowest) / scale,
        "radius": lambda x: np.abs(out(x)).max(-1),
    }


def damped_steps(
    f,
    z: np.ndarray,
    damping: np.ndarray,
    target: float,
    *,
    steps: int,
    rates: int,
) -> np.ndarray:
    """Steps of damped GN^-1 at its best rate for each damping (D,), one batched call of rates times
    dampings.

    damping (D,). Rates are shares of each damping's own largest stable rate; the largest stable
    rate grows with damping, which is how it helps.
    """
    step = residuals(f.pi, damping[:, None, None], None)["damped GN^-1"]
    # (D,): one largest stable rate per damping
    top = 2 / steepest(step, z)
    lr = EDGE * np.geomspace(0.01, 1.0, rates)[:, None] * top
    optimizer = DiagonalGN(lr, damping=np.broadcast_to(damping, lr.shape))
    record = {"radius": measures(f, z, None)["radius"]}
    run = simulate(f, optimizer, z, steps=steps, record=record)
    return run.steps_to(target, "radius").min(0)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

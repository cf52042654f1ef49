"""Which preconditioner wins, basis by basis?

A quadratic and a logistic regression, in coordinates and in the GN eigenbasis, full batch. Both
losses are functions of z = Q^T theta with a Gauss-Newton matrix that is diagonal in z along the
whole path, Q a random rotation: a quadratic of geometric spectrum, and one-hot logistic regression.
"coordinate" runs each method on theta, "eigenbasis" on z. (derived instances for the full-batch
quadrants of Liu et al. 2025)

80 rates over four decades are 12 % apart: steps to a target depend on the rate by about that share.
The logits of the start go up to 8, where sinh(8) is 1490: this is what caps the rate of GN^-1.
"""

import numpy as np

from lab.bases import random
from lab.instruments.comparison import compare
from lab.objectives import Quadratic, Reparameterised
from lab.objectives.instances import many_logits
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
from lab.sentences import first
from lab.spectra import geometric

QUICK = {"dims": 4, "kappa": 10.0, "steps": 60, "rates": 10}
UNITS = {
    "no unit": "target *_final *_loss",
    "logit": "largest",
    "learning rate": "*_rates",
    "steps": "*_sweep",
}
# Adam past its edge of stability
CHAOTIC = (
    "quadratic_coordinate_final",
    "quadratic_coordinate_loss",
    "logistic_coordinate_lr",
    "logistic_coordinate_final",
    "logistic_coordinate_loss",
    "logistic_coordinate_sweep",
    "logistic_eigenbasis_sweep",
)
CASES = (
    "quadratic_coordinate",
    "quadratic_eigenbasis",
    "logistic_coordinate",
    "logistic_eigenbasis",
)


def run(
    *,
    dims: int = 20,
    kappa: float = 100.0,
    largest: float = 8.0,
    steps: int = 600,
    rates: int = 80,
    target: float = 1e-4,
    damping: float = 0.01,
    seed: int = 0,
) -> dict[str, np.ndarray]:
    """A comparison per quadrant, its arrays named QUADRANT_...; losses: excess over the minimum
    relative to the start; steps inf where the target is not reached.

    kappa > 0: of the quadratic; largest > 0: logit of the start of the logistic regression; rates:
    as many per method; target in (0, 1); damping >= 0, relative to the largest eigenvalue of G at
    the minimum.

    The arrays of a quadrant are those of `lab.instruments.comparison.compare`, with M = 8 methods.
    Nothing but the rotation and the start of the quadratic is drawn, once for all quadrants.
    """
    rng = np.random.default_rng(seed)
    rotation = random(dims, rng)
    logistic = many_logits(dims, largest)
    starts = {
        "quadratic": (Quadratic(np.diag(geometric(dims, kappa))), rng.standard_normal(dims)),
        "logistic": (logistic.objective, logistic.theta),
    }
    found = {
        "target": np.array(target),
        "dims": np.array(dims),
        "kappa": np.array(kappa),
        "largest": np.array(largest),
    }
    for case in CASES:
        loss, basis = case.split("_")
        f, theta = starts[loss]
        if basis == "coordinate":
            # the same function from the same point, seen in other variables
            f, theta = Reparameterised(f, rotation), rotation.back(theta)
        part = quadrant(f, theta, target, steps=steps, rates=rates, damping=damping)
        found |= {f"{case}_{key}": value for key, value in part.items()}
    return found


def summary(data) -> str:
    """Who reaches the target first in each quadrant.

    Steps within 1 % of the fewest are a tie. One start and one rotation: the order of methods that
    are close may be another for another seed.

    A method that diverges at all rates, or needs more than the budget, is told as not there.

    Losses at the last step are stored, and not told.
    """
    t = data[f"{CASES[0]}_t"][-1]
    lines = [
        f"Which preconditioner reaches {data['target']:g} of the excess loss first at full batch, "
        f"{data['dims']} dimensions, budget {t} steps?"
    ]
    for case in CASES:
        loss, basis = case.split("_")
        title = "rotated coordinates" if basis == "coordinate" else "eigenbasis"
        told = first(data[f"{case}_methods"], data[f"{case}_steps"], unit="steps")
        lines.append(f"{loss}, {title}: {told}.")
    return "\n".join(lines)


def quadrant(
    f,
    theta: np.ndarray,
    target: float,
    *,
    steps: int,
    rates: int,
    damping: float,
) -> dict[str, np.ndarray]:
    """The comparison on one loss, whose minimum is at 0.

    theta (n,). At full batch nothing is random: one run per rate. The excess over the loss at 0 is
    exact for the quadratic, where it is 0, and a difference for the logistic one.

    Both bases have the same function, start and target: what differs between "coordinate" and
    "eigenbasis" is what a method that is not equivariant to rotations makes of them.
    """
    minimum = np.zeros_like(theta)
    lowest = f.loss(minimum)
    scale = f.loss(theta) - lowest
    record = {"loss": lambda x: (f.loss(x) - lowest) / scale}

    # the distance that a step of fixed size has to go
    radius = float(np.abs(theta).max())
    table = methods(f.hessian(minimum).dense(), radius, rates, damping)
    return compare(f, table, target, theta=theta, steps=steps, record=record)


def methods(h: np.ndarray, radius: float, rates: int, damping: float) -> dict:
    """Method -> optimizer and grid: as many rates for each, four decades below the largest rate at
    which it is stable at the minimum, 2 / lam_max(P H); for Adam and sign methods, whose rate is a
    distance, below the radius of the start.

    h (n, n): the Hessian at the minimum; radius: the largest |coordinate| of the start; damping is
    relative to the largest eigenvalue. A rate that is stable at the minimum need not be stable at a
    saturated start, where curvature is smaller and GN^-1's step longer. Halving(4) halves the rate
    every four steps, so that the sum of all steps is eight times the first.

    The momentum is that of the spectrum at the minimum, best for a quadratic; for the logistic loss
    it is a guess like any other. GN^-1 with a line search has one rate and no grid. beta2 = 0.95 is
    a memory of 20 steps.
    """
    spectrum = np.linalg.eigvalsh(h)
    d = np.diag(h)
    one = np.ones_like(d)
    shape = geometric(rates, 1e4)
    damping = damping * float(spectrum[-1])
    # Polyak's, which is optimal on a quadratic
    low, high = np.sqrt(spectrum[[0, -1]])
    momentum = ((high - low) / (high + low)) ** 2

    def below(scale, factor=2.0):
        preconditioned = h * np.sqrt(np.outer(scale, scale))
        return factor / np.linalg.eigvalsh(preconditioned)[-1] * shape

    return {
        "GD": (SGD(1.0), below(one)),
        "GN^-1": (DiagonalGN(1.0), below(1 / d)),
        "GN^-1/2": (DiagonalGN(1.0, power=-0.5), below(1 / np.sqrt(d))),
        "damped GN^-1": (DiagonalGN(1.0, damping=damping), below(1 / (d + damping))),
        "heavy ball": (HeavyBall(1.0, momentum), below(one, 2 * (1 + momentum))),
        "GN^-1 + line search": (ExactLineSearch(DiagonalGN(1.0)), below(1 / d)[-1:]),
        "Adam": (Adam(1.0, 0.9, 0.95), radius * shape),
        "sign, halving": (Scheduled(Halving(4), SignSGD(1.0)), radius * shape),
    }


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

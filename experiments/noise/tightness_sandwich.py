"""How sharp is the sandwich of Adam between powers of GN, against the power and the batch?

The lower bound of the claim moments/loewner-sandwich, measured by the claim's own expressions.
"""

import numpy as np

from lab.claims.noise.moments import loewner_sandwich
from lab.claims.tightness import described, tightness

VERSION = 2
QUICK = {"points": 5, "draws": 2}
UNITS = {
    "no unit": "x used limit",
    "examples": "y",
    "each its own": "worst",
}


def run(
    *, points: int = 22, draws: int = 3, noise: float = 1.0, seed: int = 0
) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is the power p, y the batch size B.

    points: powers, and batch sizes before those that round to the same are one; draws: of
    covariance and distance in the plane; noise 0 or in [0.01, 10]: of the labels.
    """
    # the powers -1 and 0, the border, are between points of the grid
    powers = np.linspace(-2.0, 0.5, points)
    batches = np.unique(np.geomspace(1.0, 1000.0, points).astype(int))
    fixed = {"n": 2, "kurtosis": 3.0, "noise": noise}
    box = {"p": powers, "B": batches}
    found = tightness(loewner_sandwich, "below", box, fixed=fixed, draws=draws, seed=seed)
    return found.arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses.

    K^p over what is measured: nearly 1 between the borders p = -1 and 0, where the bound is nearly
    attained; above 1 outside, where it fails.
    """
    question = (
        "How sharp is the sandwich of Adam between powers of GN, against the power and the batch?"
    )
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

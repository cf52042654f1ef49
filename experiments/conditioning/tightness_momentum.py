"""How much worse than the best is heavy ball, against its step and its momentum?

The lower bound of the claim momentum/best-rates, measured by the claim's own expressions.
"""

import numpy as np

from lab.claims.quadratics.momentum import best_rates
from lab.claims.tightness import described, tightness

VERSION = 2
QUICK = {"points": 7, "draws": 2}
UNITS = {
    "no unit": "x y used limit",
    "each its own": "worst",
}


def run(
    *, points: int = 61, draws: int = 4, kappa: float = 100.0, seed: int = 0
) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x and y are step and 1 - beta over their tuned
    values.

    points: along each side of the box; draws: of the eigenvalue between mu = 1 and L = kappa;
    kappa in [2, 1e4]: the condition number.
    """
    # the tuned values, 1, are on the grid for every number of points of the form 4 k + 1
    box = {"x": np.linspace(0.5, 1.5, points), "y": np.linspace(0.5, 1.5, points)}
    fixed = {"kappa": kappa, "mu": 1.0}
    return tightness(best_rates, "heavy ball", box, fixed=fixed, draws=draws, seed=seed).arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses.

    1 is the least rate that any step and momentum has, at the tuned values; a small number is a
    slow method, or a diverging one.
    """
    question = "How much worse than the best is heavy ball, against its step and its momentum?"
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

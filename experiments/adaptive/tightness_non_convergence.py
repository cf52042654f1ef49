"""How sharp is the regret that Adam can't avoid, against the size of the rare loss and beta2?

The lower bound (2 C - 4) / 3 per round of the claim adam/non-convergence, measured by the claim's
own expressions.
"""

import numpy as np

from lab.claims.tightness import described, tightness
from lab.claims.worst_case.adam import non_convergence

VERSION = 2
QUICK = {"points": 9}
UNITS = {
    "no unit": "y used limit",
    "gradient": "x",
    "each its own": "worst",
}


def run(*, points: int = 49, a: float = 0.5) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is C, y is beta2.

    points: along each side of the box; a in [0.05, 0.95]: the step over sqrt(1 - beta2).
    """
    # beta2 = 1 / (1 + C^2), the border, crosses the box from corner to corner
    box = {"C": np.geomspace(1.2, 10.0, points), "beta2": np.geomspace(0.005, 0.6, points)}
    fixed = {"a": a, "beta1": 0.0}
    return tightness(non_convergence, "at least", box, fixed=fixed, draws=1).arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses.

    The lower bound over the regret measured: above 1, outside of the hypotheses, Adam does better
    than the bound. Up to C = 2 the bound isn't positive, and cells are 0. Written by
    `lab.claims.tightness.described`.
    """
    question = (
        "How sharp is the regret that Adam can't avoid, against the size of the rare loss "
        "and beta2?"
    )
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

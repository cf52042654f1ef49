"""How much of its invariant box does AdamW use, against its rate and its decay?

The bound of the claim adamw/invariant-box, measured by the claim's own expressions, for iterates
that start at 0.
"""

import numpy as np

from lab.claims.adaptive.adamw import invariant_box
from lab.claims.tightness import described, tightness

VERSION = 2
QUICK = {"points": 7, "draws": 2}
UNITS = {
    "no unit": "used limit",
    "learning rate": "x",
    "1 / learning rate": "y",
    "each its own": "worst",
}


def run(
    *, points: int = 41, draws: int = 4, beta1: float = 0.5, beta2: float = 0.8, seed: int = 0
) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is eta, y the decay w.

    points: along each side of the box; draws: sequences of 200 gradients; beta1 in [0.4, 0.65],
    beta2 in [0.5, 0.9]: of AdamW.
    """
    # no point of the grid is on the border eta w = 1, where rounding would decide
    box = {"eta": np.geomspace(0.05, 2.7, points), "w": np.geomspace(0.1, 4.0, points)}
    fixed = {"beta1": beta1, "beta2": beta2, "x_0": 0.0, "eps": 0.0}
    found = tightness(invariant_box, "box", box, fixed=fixed, draws=draws, seed=seed)
    return found.arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses.

    The invariant box of AdamW bounds |x|; a cell at 1 uses all of it. Written by
    `lab.claims.tightness.described`, the same words for every claim.
    """
    question = "How much of its invariant box does AdamW use, against its rate and its decay?"
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

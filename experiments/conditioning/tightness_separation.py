"""How sharp is the number of steps that GN^-1 needs on two logits, against both logits?

The lower bound of the claim logistic/constant-step-separation, measured by the claim's own
expressions.
"""

import numpy as np

from lab.claims.tightness import described, tightness
from lab.claims.worst_case.logistic import constant_step_separation

VERSION = 2
QUICK = {"points": 7}
UNITS = {
    "no unit": "used limit",
    "logit": "x y",
    "each its own": "worst",
}


def run(
    *, points: int = 41, kappa: float = 10.0, eps: float = 0.05, c: float = 0.95
) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is the logit M of the frequent class, y the
    logit m of the rare one.

    points: along each side of the box; kappa 4, 10, 100 or 1000: the ratio of the frequencies; eps
    in [0.02, 0.5]: the accuracy; c in [0.3, 1]: the step, in units of the largest that is stable.
    """
    # sinh M grows from 1.2 to 548, and the largest stable step shrinks with it
    box = {"M": np.linspace(1.0, 7.0, points), "m": np.linspace(0.1, 3.0, points)}
    fixed = {"kappa": kappa, "eps": eps, "c": c}
    found = tightness(constant_step_separation, "GN^-1", box, fixed=fixed, draws=1)
    return found.arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses."""
    question = (
        "How sharp is the number of steps that GN^-1 needs on two logits, against both logits?"
    )
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

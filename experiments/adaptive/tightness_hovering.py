"""How far below its edge does Adam hover, against both averaging constants?

The bound of the claim adam/hovers-below-its-edge, measured by the claim's own expressions.
"""

import numpy as np

from lab.claims.quadratics.adam import hovers
from lab.claims.tightness import described, tightness

VERSION = 2
QUICK = {"points": 4}
UNITS = {
    "no unit": "x y used limit",
    "each its own": "worst",
}
# relaxation oscillations forget where they started
CHAOTIC = ("used", "worst", "at")


def run(*, points: int = 21, eta: float = 0.1, lam: float = 1.0) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is b = 1 - beta2, y is beta1.

    points: along each side of the box; eta in [1e-3, 10], lam in [0.01, 100]: the rate, and the
    curvature of the quadratic.
    """
    # almost the whole of the claim's own space
    box = {"b": 10.0 ** np.linspace(-4.4, -1.4, points), "beta1": np.linspace(0.51, 0.98, points)}
    fixed = {"eta": eta, "lam": lam}
    return tightness(hovers, "below", box, fixed=fixed, draws=1).arrays()


def summary(data) -> str:
    """How much of the bound is used, and what lies outside of its hypotheses.

    A cell near 1 hovers at its edge. Written by `lab.claims.tightness.described`.
    """
    question = "How far below its edge does Adam hover, against both averaging constants?"
    return described(question, data)


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

"""When does GN^-1/2 help least in the plane, against conditioning and angle?

The bound `no worse than GD` of the claim plane/kappa-closed-forms, measured by the claim's own
expressions.
"""

import numpy as np

from lab.claims.quadratics.plane import kappa_closed_forms
from lab.claims.tightness import tightness

QUICK = {"points": 9}


def run(*, points: int = 61) -> dict[str, np.ndarray]:
    """Arrays of `lab.claims.tightness.Tightness`: x is kappa, y the angle phi to the eigenbasis.

    points: along each side of the box.
    """
    # 45 degrees are on the grid for an odd number of points
    box = {"kappa": np.geomspace(1.1, 1e6, points), "phi": np.linspace(0.0, np.pi / 2, points)}
    return tightness(kappa_closed_forms, "no worse than GD", box, draws=1).arrays()


if __name__ == "__main__":
    from lab.__main__ import script

    script(__file__)

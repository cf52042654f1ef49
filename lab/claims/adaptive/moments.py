"""Second moments of gradients that are far from Gaussian: Adam on one-hot inputs."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from lab.claims import (
    at_most,
    claim,
    derived,
    dimension,
    equal,
    lattice,
    refuted,
    symbols,
)
from lab.claims.enumerated import whole
from lab.claims.noise.formulas import least, most
from lab.objectives import OneHot, RandomDesign
from lab.objectives.designs import Examples

n, d, spread = symbols("n d spread")


@claim(
    "moments/one-hot-breaks-it",
    over={n: dimension(2, 6), d: lattice(n, low=1, high=40)},
    says={
        "spread": equal(spread, (most(d) / least(d)) ** 2, because="in fractions"),
        "as if Gaussian": refuted(at_most(spread, 3)),
    },
    where={
        spread: "largest over smallest (P_Adam / P_GN^-1/2)^2 at batch 1, rows e_i, all equally"
        " likely, no label noise"
    },
    cites=derived("E g_i^2 = d_i^2 / n while Sigma = I / n; 3 is moments/sandwich at B = 1"),
)
def one_hot(n, d):
    """One coordinate is seen at a time: g = d_i e_i, and Adam is sign descent."""
    f = RandomDesign(np.ones(n), 0.0, OneHot())
    rows = Examples(np.eye(n)[:, None], np.zeros((n, 1)))
    gradients = np.array([f.grad(np.broadcast_to(x, (n, n)), rows) for x in d.astype(float)])
    # rows and gradients are whole, so are n E g_i^2 and n E x_i^2
    squares = whole((gradients**2).sum(1))
    variances = whole((rows.x[:, 0] ** 2).sum(0))
    found = []
    for row in squares:
        ratio = [Fraction(int(s), int(v)) for s, v in zip(row, variances, strict=True)]
        found.append(max(ratio) / min(ratio))
    return {spread: found}

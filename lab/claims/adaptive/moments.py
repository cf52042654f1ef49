"""Second moments of gradients that are far from Gaussian: Adam on one-hot inputs.

For Gaussian rows moments/sandwich holds Adam's preconditioner within sqrt(1 + (B + 1) r) of
GN^-1/2's, r <= 1, which at batch 1 is a spread of 3 in squares. Nothing of the kind holds where
E g_i^2 is not tied to Sigma_ii: rows that show one coordinate at a time are the simplest example,
and what a layer of embeddings sees.
"""

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
    """One coordinate is seen at a time: g = d_i e_i with probability 1 / n, so that E g_i^2 = d_i^2
    / n and P_Adam is sign descent's 1 / |d_i|, while Sigma = I / n makes P_GN^-1/2 a number. The
    squared ratio of the two is proportional to d_i^-2, and its spread is (max d / min d)^2:
    unbounded, at batch 1 and with no label noise.

    The proof of moments/sandwich fails in its first step: E[x x^T (x^T d)^2] = 2 Sigma d d^T Sigma
    + (d^T Sigma d) Sigma is Isserlis' theorem, and one-hot rows have diag(d_i^2) / n there instead.

    Space: n = 2 ... 6, errors d of whole numbers 1 ... 40, so that gradients, their squares and the
    sums over all n rows are whole and the spread is compared as a fraction. The refuted part is the
    bound of moments/sandwich at B = 1, which needs the Gaussian law and not only its second
    moments: d = (1, 2) already has the spread 4.
    """
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

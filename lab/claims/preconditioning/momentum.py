"""Momentum with a fixed beta on a preconditioner: what a better condition number still buys."""

from __future__ import annotations

import numpy as np
from sympy import Max, sqrt

from lab.claims import around, at_least, between, claim, decades, derived, equal, symbols
from lab.claims.quadratics.momentum import DOUBLE, radius
from lab.optimizers import HeavyBall

beta, kappa, L, x, reached, best = symbols("beta kappa L x reached best")
C = (1 + beta) * (kappa - 1) / (kappa + 1)
RATE = Max(sqrt(beta), (C + sqrt(Max(C**2 - 4 * beta, 0))) / 2)


@claim(
    "momentum/fixed-beta",
    over={
        beta: between(0.05, 0.95),
        # both sides of the critical condition number, which is at least 2.48
        kappa: around(((1 + sqrt(beta)) / (1 - sqrt(beta))) ** 2, 0.41, 30),
        L: decades(-2, 2),
        x: around(1, 0.2, 2, near=(0, 0)),
    },
    says={
        "reached": equal(reached, RATE, atol=1e-7, because=DOUBLE),
        "no step is better": at_least(best, RATE, slack=1e-6, because=DOUBLE),
    },
    where={
        reached: "largest |eigenvalue| of a step of heavy ball over the spectrum {L / kappa, L} at"
        " eta = 2 (1 + beta) / (mu + L)",
        best: "the same at x times that eta",
    },
    cites=derived("below ((1 + sqrt beta) / (1 - sqrt beta))^2 = 1442 at beta = .9 all kappa tie"),
)
def fixed_beta(beta, kappa, L, x):
    """Two roots of product beta: complex, of size sqrt(beta), while |1 + beta - eta lam| <= 2
    sqrt(beta) at both ends, which some eta allows iff kappa is below critical; beyond it the best
    eta makes the two ends equal."""
    lam = np.stack([L / kappa, L], -1)
    eta = 2 * (1 + beta) / lam.sum(-1)
    return {
        reached: radius(HeavyBall(eta, beta), lam),
        best: radius(HeavyBall(x * eta, beta), lam),
    }

"""Momentum with a fixed beta on a preconditioner: what a better condition number still buys.

x+ = x - eta g + beta (x - x-): on an eigenvalue lam the roots of z^2 - (1 + beta - eta lam) z +
beta. Formulas for tuned momentum set beta by kappa; Adam has one beta for all, and then condition
numbers below ((1 + sqrt beta) / (1 - sqrt beta))^2, 1442 at beta = 0.9, are all the same to it.
"""

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
    """The two roots have the product beta. They are complex, of size sqrt(beta), while |1 + beta -
    eta lam| <= 2 sqrt(beta), that is eta lam in [(1 - sqrt beta)^2, (1 + sqrt beta)^2]. Some eta
    puts both ends mu and L there iff kappa is at most the critical number; no step is better, since
    one root is at least sqrt(beta) in size.

    Beyond it the larger root of an end grows with |1 + beta - eta lam|, and the best eta makes both
    ends equal in size: eta = 2 (1 + beta) / (mu + L) gives +-(1 + beta)(kappa - 1) / (kappa + 1) =
    +-C, and the root (C + sqrt(C^2 - 4 beta)) / 2. Below, that eta is in the interval, too.

    It is a spectral radius, not a bound at every step: at a double root errors have a factor k
    besides.

    Space: beta from 0.05 to 0.95, kappa on both sides of the critical number, steps from a fifth to
    twice the best."""
    # two ends are enough: the radius is monotone in |1 + beta - eta lam|
    lam = np.stack([L / kappa, L], -1)
    eta = 2 * (1 + beta) / lam.sum(-1)
    return {
        reached: radius(HeavyBall(eta, beta), lam),
        best: radius(HeavyBall(x * eta, beta), lam),
    }

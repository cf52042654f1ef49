"""SGD with a fixed preconditioner on Gaussian linear regression."""

from __future__ import annotations

import numpy as np
from sympy import Eq, sign

from lab.claims import choice, claim, derived, equal, integers, symbols
from lab.spectra import power_law
from lab.theory.sgd import best_exponent

n, a, s, T, B, best = symbols("n a s T B best")

# a power's neighbours, whatever the best one is: which side of -1 has less risk
POWERS = np.linspace(-1.5, -0.5, 9)


@claim(
    "sgd/finite-horizon-exponent",
    over={
        n: choice(20, 50),
        a: choice(0.5, 1.0, 1.5, 2.0, 3.0),
        s: choice(-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0),
        B: choice(1, 512),
        T: integers(1, 20_000, together=True),
    },
    assuming=[n >= T, Eq(B, 1)],
    says={"side": equal(sign(best + 1), sign(1 - s), because="a sign")},
    where={
        best: "power p in -3/2, -11/8, ..., -1/2 with the lowest risk of GN^p after T steps, its"
        " learning rate tuned;"
        " lam_i = i^-a, E d_i^2 = lam_i^-s, no label noise"
    },
    cites=derived("exact second-moment recursion, 40 learning rates for every power and horizon"),
    instances=24,
)
def finite_horizon(n, a, s, B, T):
    """One greedy step of batch 1 has p_i ~ (1/lam_i) / (2 + tau / (lam_i d_i^2)), which is
    lam_i^-s where noise dominates: the source condition picks the power, -s to begin with, and as
    T grows it tends to -1, the best asymptotic rate. Not proved for all T <= n."""
    return {best: best_exponent(power_law(n, a), s, [T], B, powers=POWERS).best}

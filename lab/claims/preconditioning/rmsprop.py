"""RMSProp at a constant step: the two-cycle in which it ends, whatever the curvature."""

from __future__ import annotations

import numpy as np
from sympy import Max, sqrt

from lab.claims import around, between, claim, decades, derived, equal, sometimes, symbols
from lab.claims.loops import descend
from lab.instruments.two_cycle import jacobian
from lab.optimizers import Adam, RMSProp

beta2, eta, lam, x_0, eps, momentum, size, turned, rate = symbols(
    "beta2 eta lam x_0 eps momentum size turned rate"
)


@claim(
    "rmsprop/two-cycle",
    over={
        beta2: between(0.15, 0.9),
        eta: decades(-3, 1),
        lam: decades(-2, 2),
        x_0: between(0.5, 6),
        # both sides of the border at which the cycle disappears
        eps: around(eta * lam / 2, 0.2, 2, near=(0.2, 0.5)),
        momentum: sometimes(0.0, between(0.3, 0.9)),
    },
    assuming=[momentum <= 0],
    says={
        "size": equal(
            size,
            Max(0, eta / 2 - eps / lam) / eta,
            atol=1e-6,
            because="1500 steps of .9, slower near the border",
        ),
        "rate": equal(rate, sqrt(beta2), atol=1e-7, because="central differences"),
    },
    where={
        size: "|x| / eta after 1500 steps of RMSProp on lam x^2 / 2 from x_0 eta",
        rate: "the largest |eigenvalue| of the Jacobian of a step at the cycle, eps = 0",
    },
    cites=derived("beyond Ye 2024: no curvature is repaired at the minimum, steps are signs"),
)
def two_cycle(beta2, eta, lam, x_0, eps, momentum):
    """On x = +-a the squared gradient is constant, so the step is eta lam a / (lam a + eps) = 2 a.
    In (log |x|, log v) the linearised step has trace 3 beta2 - 1 and determinant beta2."""
    method = RMSProp(eta, beta2, eps, momentum)
    x = descend(method, lambda x: lam[:, None] * x, (x_0 * eta)[:, None], 1500)[..., 0]
    own = np.linalg.eigvals(jacobian(Adam(0.3, 0.0, beta2, 0.0)))
    return {size: np.abs(x[-1]) / eta, rate: np.abs(own).max(-1)}

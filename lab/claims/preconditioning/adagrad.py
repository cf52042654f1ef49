"""AdaGrad on diagonal quadratics: where its accumulator ends.

v adds up lam^2 x^2 while x goes to 0, so that it has a limit, and D = sqrt(v) with it. The
curvature cancels in lam / D: the cleanest instance of a method that repairs conditioning. It needs
a Hessian that is diagonal in the coordinates, eps = 0, and a rate that is small against the way.
Turned, the same Hessian is hardly better conditioned than before: every coordinate sees all
curvatures.
"""

from __future__ import annotations

import numpy as np
from sympy import Rational

from lab.claims import claim, decades, derived, equal, let, sometimes, symbols
from lab.claims.loops import follow
from lab.optimizers import AdaGrad

lam, x_0, share, eta, eps, root, curved, rate = symbols("lam x_0 share eta eps root curved rate")
# -zeta(1/2)
ZETA = Rational(146035451, 100000000)
REACH = (x_0 + ZETA * eta) ** 2


@claim(
    "adagrad/closed-form",
    over={
        lam: decades(-2, 2),
        x_0: decades(-0.5, 0.5),
        share: decades(-2, -1.7),
        eta: let(share * x_0),
        eps: sometimes(0.0, decades(0, 2)),
    },
    assuming=[eps <= 0],
    says={
        "accumulator": equal(
            root, lam * REACH / (4 * eta), rtol=3.5e-3, because="7 (eta / x_0)^2, 3e-3 at 2 %"
        ),
        "curvature": equal(
            curved, 4 * eta / REACH, rtol=3.5e-3, because="7 (eta / x_0)^2, 3e-3 at 2 %"
        ),
        "slowdown": equal(
            rate, 4 * eta**2 / REACH, rtol=3.5e-3, because="7 (eta / x_0)^2, 3e-3 at 2 %"
        ),
    },
    where={
        root: "sqrt(v) after 12000 steps of AdaGrad on lam x^2 / 2 from x_0",
        curved: "lam / sqrt(v), the preconditioned curvature",
        rate: "1 - x_12000 / x_11999",
    },
    cites=derived("the cleanest instance of what Ye 2024 says of AdaGrad; H must be diagonal"),
    instances=12,
)
def closed_form(lam, x_0, eta, eps):
    """As a flow dx/dk = -eta lam x / s and ds/dk = lam^2 x^2 / (2 s), s = sqrt(v). So ds/d(x^2) =
    -lam / (4 eta): s + lam x^2 / (4 eta) is constant, and s ends at lam x_0^2 / (4 eta) from v = 0.

    Next order: the first steps are s_k ~ lam x_0 sqrt(k), and the sum of 1 / sqrt(j) up to k is 2
    sqrt(k) + zeta(1/2) in place of 2 sqrt(k): it is as if x_0 were larger by -zeta(1/2) eta = 1.46
    eta. What is left is of order (eta / x_0)^2.

    What is left of the curvature, 4 eta / x_0^2, does not depend on it: whatever kappa(H) was,
    kappa becomes max x_0^2 / min x_0^2. With eps > 0 coordinates of small curvature are divided by
    eps.

    Space: curvatures over four decades, eta / x_0 from 0.01 to 0.02, where the correction is a few
    per cent and its neglected square 0.3 %."""
    path = follow(
        AdaGrad(eta, eps),
        lambda x: lam[:, None] * x,
        x_0[:, None],
        12000,
        {"x": lambda x, state: x[..., 0], "v": lambda x, state: state.v[..., 0]},
    )
    s = np.sqrt(path["v"][-1])
    return {root: s, curved: lam / s, rate: 1 - path["x"][-1] / path["x"][-2]}

"""AdaGrad on diagonal quadratics: where its accumulator ends."""

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
    """dx/dk = -eta lam x / s and ds/dk = lam^2 x^2 / (2 s) keep s + lam x^2 / (4 eta) constant; the
    first steps, s_k ~ lam x_0 sqrt(k), differ from the flow by zeta(1/2) eta. So what is left of
    the curvature does not depend on it: kappa becomes max x_0^2 / min x_0^2."""
    path = follow(
        AdaGrad(eta, eps),
        lambda x: lam[:, None] * x,
        x_0[:, None],
        12000,
        {"x": lambda x, state: x[..., 0], "v": lambda x, state: state.v[..., 0]},
    )
    s = np.sqrt(path["v"][-1])
    return {root: s, curved: lam / s, rate: 1 - path["x"][-1] / path["x"][-2]}

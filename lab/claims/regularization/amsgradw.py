"""AMSGrad with decoupled decay: the regulariser remembers the largest gradient ever seen.

Decoupled decay balances lam D p, D the divisor at rest. For AdamW D follows the gradient and
forgets where the run came from: one fixed point, adamw/log-barrier. For AMSGrad D is the root of
the largest v of the run, so that every start has a point of its own: a weighted ridge, diag(lam
sqrt(top)), whose weights are an accident of the path.
"""

from __future__ import annotations

import numpy as np
from sympy import sqrt

from lab.claims import at_least, claim, decades, derived, equal, symbols, vector
from lab.claims.loops import follow
from lab.optimizers import L2, AdamW, AMSGrad, Regularized

h, lam, theta, top = symbols("h lam theta top")
near, far, memory, forgetful = symbols("near far memory forgetful")
# decay alone forgets a start as (1 - 0.1 lam)^k, lam >= 0.1
STEPS = 3000


@claim(
    "amsgradw/path-dependence",
    over={h: vector(3, 0, 1), lam: decades(-1, 0), theta: decades(0.7, 1.5)},
    says={
        "fixed point": equal(
            far, h / (h + lam * sqrt(top)), rtol=1e-6, because="3000 steps of 1 - .1 lam"
        ),
        "path": at_least(near, 1.1 * memory),
        "no path": equal(forgetful, 1, rtol=1e-6, because="one fixed point: adamw/log-barrier"),
    },
    where={
        top: "the largest v of the run",
        far: "where AMSGrad(0.1, .9, .99, eps = 1e-8), not debiased, with decay lam ends on"
        " sum h_i (p_i - 1)^2 / 2, from p_i = theta + 1",
        memory: "the mean of that over coordinates",
        near: "the mean of where it ends from 0",
        forgetful: "the end of AdamW(lr = .1, eps = 1) from theta + 1 over that from 0",
    },
    cites=derived("counter-example to decay as a regulariser: .973 from 0, .328 from 20"),
    instances=12,
)
def path_dependence(h, lam, theta):
    """At rest g = -lam sqrt(top) p with g = h (p - 1), and a top that never falls: p = h / (h + lam
    sqrt(top)), as precisely as the run has settled. From 0 the first gradients are -h, from 1 +
    theta they are h theta: for theta > 1 the second top is larger, and p smaller. On diag(1, 3, 10,
    30) with lam = 0.2 ends of 0.97 from 0 and 0.33 from 20 were seen. sqrt(top) is in proportion to
    h_i, as eps is negligible: all coordinates shrink by one factor, as with a perfect D.

    Space: three curvatures over a decade, decay over another, starts 5 to 32 beyond the minimum at
    1 against one at 0. 1.1 is measured, no constant of the method: the two ends come together as
    lam goes to 0. AdamW with eps = 1 on the same problems ends in one point, which shows that it is
    the maximum that remembers."""

    def run(method, start, record):
        """What is recorded of a run from a start."""
        return follow(method, lambda x: h * (x - 1), start, STEPS, record)

    def ends(method, record):
        """Both runs: from 0, and from 1 + theta."""
        away = 1 + theta[:, None] + np.zeros_like(h)
        return [run(method, x, record) for x in (np.zeros_like(h), away)]

    ams = Regularized(AMSGrad(0.1, 0.9, 0.99, 1e-8, debias="none"), L2(lam), on="z")
    low, high = ends(ams, {"x": lambda x, state: x, "top": lambda x, state: state.inner.top})
    # eps = 1: with a small eps a constant rate chatters about the point
    adamw = AdamW(0.1, 0.8, 0.9, 1.0, weight_decay=lam)
    one, two = (path["x"][-1] for path in ends(adamw, {"x": lambda x, state: x}))
    return {
        top: high["top"][-1],
        far: high["x"][-1],
        memory: high["x"][-1].mean(-1),
        near: low["x"][-1].mean(-1),
        forgetful: (two / one).mean(-1),
    }

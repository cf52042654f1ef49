"""AdaL: what its formula implies. The paper's own theorem is not known; every statement is derived from the printed update."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
from sympy import Eq, Rational, sqrt

from lab.arrays import lift
from lab.claims import around, between, choice, claim, decades, derived, equal, sometimes, symbols
from lab.optimizers.adal import AdaL

beta1, beta2, eta, lam, x0, eps, p = symbols("beta1 beta2 eta lam x0 eps p")
rho, share = symbols("rho share")

STEPS, TAIL = 3000, 500


def descend(optimizer, lam, start, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """|x_t| (steps + 1, R) and v (R,) before the last step: full-batch descent on lam x^2 / 2, one coordinate per run."""
    x = np.asarray(start, dtype=float)[:, None]
    optimizer = lift(optimizer, x)
    state, path, v = optimizer.init(x), [x], x
    for _ in range(steps):
        v = state.v
        delta, state = optimizer.step(state, SimpleNamespace(grad=lam[:, None] * x), x)
        x = x + delta
        path.append(x)
    return np.abs(np.array(path))[..., 0], state.v[:, 0]

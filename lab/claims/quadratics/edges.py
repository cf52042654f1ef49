"""The edge of stability of Adam and its relatives on a quadratic: what is drawn, and what is run.

The preconditioner is kept at eps by starting at 1e-100, where sqrt v is some hundred decades below
it: the step is then a linear map, and lam / eps is what Cohen et al. 2022 call the preconditioned
sharpness. At the edges of all of them a root leaves the unit circle through -1.
"""

from __future__ import annotations

import numpy as np

from lab.claims import between, decades, symbols
from lab.claims.loops import descend, follow
from lab.theory.stability import adam_edge

beta1, beta2, eta, eps = symbols("beta1 beta2 eta eps")

FROZEN = "0.995^150 = 0.47, and roots at -1 move no slower"
# of Adam and its relatives with a preconditioner that stays eps
AVERAGES = {
    beta1: between(0, 0.9),
    beta2: between(0.5, 0.999),
    eta: decades(-3, 1),
    eps: decades(-3, 1),
}


def run(adam, lam, x, steps: int) -> np.ndarray:
    """x_0 ... x_steps (steps + 1, R) on lam x^2 / 2."""
    return descend(adam, lambda theta: lam[:, None] * theta, x[:, None], steps)[..., 0]


def shrinks(method, lam, steps=300) -> np.ndarray:
    """Whether |x| falls over the second half of a run on lam x^2 / 2: (R,). It starts so small that
    v never counts beside eps. A run that grows by 1.005 a step gains a factor 4.5 in 300, and stays
    small.
    """
    x = np.abs(run(method, lam, np.full(len(lam), 1e-100), steps))
    # the first half is that of debiasing; 20 steps are more than a period of complex roots
    return x[-20:].max(0) < x[steps // 2 - 20 : steps // 2].max(0)


def median_sharpness(adam, lam, steps: int) -> np.ndarray:
    """The median over the second half of a run on lam x^2 / 2 from x = eta of eta lam / sqrt(v_hat)
    over its edge, (R,)."""
    found = follow(
        adam,
        lambda theta: lam[:, None] * theta,
        adam.lr[:, None],
        steps,
        # v_hat at step 0 is 0 / 0, and in the half that is left out
        {"v": lambda theta, state: state.v[..., 0] / (1 - adam.beta2 ** max(state.t, 1))},
    )
    sharpness = adam.lr * lam / np.sqrt(found["v"][steps // 2 :])
    return np.median(sharpness, 0) / adam_edge(1.0, adam.beta1)

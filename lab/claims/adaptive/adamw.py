"""AdamW: the box that its iterates never leave.

    theta+ = (1 - eta w) theta - eta m_hat / (sqrt(v_hat) + eps)

with decoupled decay w. The decay times the rate, eta w, is what enters: Loshchilov & Hutter
multiply w by the schedule alone, PyTorch and Optax by the rate, and the claim is about the latter.
B = (1 - beta1) / sqrt((1 - beta2)(1 - beta1^2 / beta2)) bounds a step of Adam over eta once
debiasing is over, if beta1^2 < beta2 (adam/step-bound); B / w is then the half-width of a box.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, Max, sqrt

from lab.claims import (
    around,
    at_most,
    between,
    claim,
    decades,
    derived,
    equal,
    let,
    sequence,
    sometimes,
    symbols,
)
from lab.optimizers import AdamW
from lab.simulation import replay

beta1, beta2, eta, eps, w, q, reach = symbols("beta1 beta2 eta eps w q reach")
g, x_0, largest, end = symbols("g x_0 largest end")
SPAN = "gradients span twenty decades and more"


def path(optimizer, start, gradients) -> np.ndarray:
    """|theta_0| ... |theta_T| (R, T + 1) on gradients (R, T), one coordinate per instance: the box
    is a product, so that one coordinate is all that there is to see."""
    return np.abs(replay(optimizer, start[:, None], gradients.T[..., None]))[..., 0].T


@claim(
    "adamw/invariant-box",
    over={
        beta2: between(0.5, 0.9),
        # beta1^2 < beta2 everywhere, and squares of (beta2 / beta1)^200 stay below 1e141
        beta1: between(0.4, 0.65),
        q: let(beta1**2 / beta2),
        w: decades(-1, 1),
        reach: let((1 - beta1) / sqrt((1 - beta2) * (1 - q)) / w),
        # at 0.1 the last parts of the start need 200 steps to fall to 1e-9
        eta: around(1 / w, 0.1, 2),
        x_0: between(-5, 5),
        eps: sometimes(0.0, decades(-8, 0)),
        # a trend of up to twenty decades either way, on which v never settles
        g: sequence(200, decades=20),
    },
    assuming=[eta * w <= 1],
    says={
        "box": at_most(largest, Max(Abs(x_0), reach), slack=1e-9, because=SPAN),
        "reached": equal(
            end, reach, rtol=1e-6, because="0.9^200 = 7e-10 of shrinking and debiasing are left"
        ),
    },
    where={
        largest: "|theta| anywhere on 200 steps of AdamW from x_0, decoupled decay w, on g",
        end: "|theta_200| from 0, eps = 0, on the gradients (beta2 / beta1)^t",
    },
    cites=derived("from adam/step-bound"),
)
def invariant_box(beta1, beta2, w, eta, x_0, eps, g):
    """|theta+| <= |1 - eta w| |theta| + eta B_t, B_t <= B the bound of adam/step-bound at step t.
    While eta w <= 1 the right side is a convex combination, (1 - eta w) |theta| + eta w (B / w),
    hence at most max(|theta|, B / w); induction over t gives the box. eps > 0 only shortens steps.

    Equality: gradients proportional to (beta2 / beta1)^t are the case of equality in
    Cauchy-Schwarz, every step is eta B up to debiasing, and theta tends to -B / w.

    Hypotheses: for eta w > 1 the factor |1 - eta w| no longer complements eta w, and with beta1 =
    beta2 = 0 signs that alternate reach eta / (2 - eta w) > 1 / w. beta1^2 < beta2 holds in the
    whole space: beta1 <= 0.65, beta2 >= 0.5; without it there is no B.
    """
    # the case of equality of Cauchy-Schwarz in adam/step-bound
    growing = (beta2 / beta1)[:, None] ** np.arange(200)
    moved = path(AdamW(eta, beta1, beta2, eps, weight_decay=w), x_0, g)
    extremal = path(AdamW(eta, beta1, beta2, 0.0, weight_decay=w), 0 * x_0, growing)
    return {largest: moved.max(-1), end: extremal[:, -1]}

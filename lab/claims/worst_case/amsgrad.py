"""AMSGrad against an adversary: what the maximum repairs.

AMSGrad divides by the root of the largest v so far. So its metric does not decrease, which is what
proofs of regret need, and what Adam lacks: adam/non-convergence.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, log, sqrt

from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    integers,
    sequence,
    sometimes,
    symbols,
)
from lab.instruments.online import play
from lab.optimizers import Adam, AMSGrad, InverseSqrt, Scheduled

T, C, beta1, beta2, eta, g = symbols("T C beta1 beta2 eta g")
periodic, maximum, regret, root_v, length = symbols("periodic maximum regret root_v length")


@claim(
    "amsgrad/repairs-it",
    over={
        T: choice(1, 10, 600),
        g: sequence(10),
        C: between(2, 10),
        periodic: integers(0, 1),
        maximum: integers(0, 1),
        beta1: sometimes(0.0, between(0.5, 0.95)),
        beta2: between(0.001, 0.99),
        eta: sometimes(2.0, decades(-1, 1)),
    },
    assuming=[Eq(beta1, 0), Eq(maximum, 1)],
    says={
        "regret": at_most(
            regret,
            4 * sqrt(T) / (2 * eta) * root_v
            + eta * sqrt(1 + log(T)) / (2 * sqrt(1 - beta2)) * length,
        )
    },
    where={
        regret: "after T rounds on [-1, 1] from 1, of losses g_t x, again and again, or where"
        " periodic is 1 of C x, -x, -x; AMSGrad without debiasing, eps = 0, steps eta / sqrt t",
        root_v: "sqrt of the running maximum of v after T rounds, where maximum is 1, else of v",
        length: "|g_(1:T)|_2, of the losses played",
    },
    cites=derived("for beta1 = 0; Reddi, Kale & Kumar 2018, Theorem 4 (recalled), has others"),
    instances=80,
)
def repairs_it(T, g, C, periodic, maximum, beta1, beta2, eta):
    """sqrt(t v) / eta does not decrease, so distances to the best point telescope; v >= (1 - beta2)
    g^2, Cauchy-Schwarz and sum 1 / t <= 1 + log T bound what the steps add. Without the maximum the
    losses C x, -x, -x cost T (2 C - 4) / 3: adam/non-convergence.

    With x* the best point: distances are at most 2, and telescope to 4 sqrt(T v) / (2 eta). What a
    step adds is eta g^2 / (2 sqrt(t v)) <= eta |g| / (2 sqrt(1 - beta2) sqrt t); sum |g_t| / sqrt t
    <= |g_(1:T)|_2 sqrt(1 + log T).

    Gradients bounded by G give O(G sqrt(T log T)): per round it goes to 0, with any beta2 and
    without knowing T. Nothing here says that it is better than the bound of AdaGrad, which has no
    logarithm.

    Hypotheses: beta1 = 0, with memory the published bounds have more terms; the maximum, without
    which the periodic losses break it. Space: ten random losses again and again, or Reddi's with C
    from 2 to 10, T up to 600.
    """
    # one adversary for every T: ten losses again and again
    drawn = np.tile(g, T // 10 + 1)[:, :T].T
    reddi = np.where(np.arange(T)[:, None] % 3 == 0, C, -1.0)
    # by instance, which of the two adversaries plays
    losses = np.where(periodic == 1, reddi, drawn)[..., None]
    found = []
    # both are played, since some instances are outside the hypothesis
    for method, field in ((Adam, "v"), (AMSGrad, "top")):
        player = Scheduled(InverseSqrt(), method(eta, beta1, beta2, 0.0, debias="none"))
        found.append(_played(player, losses, field))
    kept = {name: np.where(maximum == 1, found[1][name], x) for name, x in found[0].items()}
    return kept | {length: np.sqrt((losses**2).sum((0, 2)))}


def _played(player, losses, field) -> dict:
    """Regret and the last sqrt(v) of a game from 1, (R,) both.

    losses (T, R, 1); field: the name of the average in the state by whose root the step is divided.
    """
    v = {"v": lambda theta, state: getattr(state.inner, field)}
    game = play(player, losses, np.ones(losses.shape[1:]), record=v)
    return {regret: game.regret[-1], root_v: np.sqrt(game.series["v"][-1, :, 0])}

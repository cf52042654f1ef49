"""AdaGrad against an adversary.

Online: in round t the player stands at x_t, then learns g_t and pays <g_t, x_t>. Regret is what
this costs beyond the best fixed point of the box, and nothing is assumed of the g_t. AdaGrad
divides by sqrt(s), s = sum of g^2 with the current gradient in it, per coordinate.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sqrt

from lab.claims import (
    at_most,
    choice,
    claim,
    data,
    decades,
    derived,
    dimension,
    named,
    sometimes,
    symbols,
)
from lab.instruments.online import play
from lab.optimizers import AdaGrad

n, T, D, eta, eps, g = symbols("n T D eta eps g")
regret, best = symbols("regret best")


@named
def length(g, rounds):
    """the sum over coordinates of |g_(1:T)|_2"""
    return np.sqrt((g[:, :rounds] ** 2).sum(1)).sum(-1)


@claim(
    "adagrad/regret",
    over={
        n: dimension(1, 3),
        T: choice(1, 2, 15),
        # one box for all instances of a game
        D: choice(0.5, 2.0),
        eta: decades(-2, 2),
        eps: sometimes(0.0, decades(0, 2)),
        g: data(15, n),
    },
    assuming=[Eq(eps, 0)],
    says={
        "any step": at_most(regret, (D**2 / (2 * eta) + eta) * length(g, T)),
        "best step": at_most(best, sqrt(2) * D * length(g, T)),
    },
    where={
        regret: "of AdaGrad after T rounds of losses <g_t, x> on [-D/2, D/2]^n, from a corner",
        best: "the same with eta = D / sqrt 2",
    },
    cites=derived("for the current gradient included; after Duchi, Hazan & Singer 2011, recalled"),
    instances=80,
)
def adagrad_regret(n, T, D, eta, eps, g):
    """Distances telescope in the metric diag(sqrt s) / eta, which does not decrease; what the steps
    add is eta / 2 sum g^2 / sqrt(s) <= eta |g_(1:T)|_2 per coordinate. The first round attains 1 /
    sqrt 2 of it; the supremum is open.

    Per coordinate: <g_t, x_t - x*> <= sqrt(s_t) / (2 eta) ((x_t - x*)^2 - (x_(t+1) - x*)^2) + eta
    g_t^2 / (2 sqrt(s_t)), since projecting on the box brings x no further from x*. Summed, the
    first is at most D^2 sqrt(s_T) / (2 eta), and sum g_t^2 / sqrt(s_t) <= 2 sqrt(s_T) because 2
    (sqrt(s_t) - sqrt(s_(t-1))) >= g_t^2 / sqrt(s_t).

    Best at eta = D / sqrt 2, where both are equal: no gradient has to be known. From a corner the
    first round costs |g_1| D at most, 1 / sqrt 2 of the bound.

    Hypothesis: eps = 0. What eps adds to the metric is paid for by distances, and is in no term of
    the bound. Space: up to three coordinates, each of which has its own regret, and up to fifteen
    rounds.
    """
    losses = g[:, :T].swapaxes(0, 1)
    # as far from the best point as a start can be
    corner = np.full((len(g), n), D / 2)
    box = {"low": -D / 2, "high": D / 2}
    return {
        regret: play(AdaGrad(eta, eps), losses, corner, **box).regret[-1],
        best: play(AdaGrad(D / np.sqrt(2), eps), losses, corner, **box).regret[-1],
    }

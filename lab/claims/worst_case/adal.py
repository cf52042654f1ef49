"""AdaL against an adversary: linear losses in a box, where weighing gradients by their size can
fail, and what it still guarantees. Nobody is known to claim otherwise.

AdaL follows averages of h = |g|_1 g: a gradient counts by its size squared. Where the signs of sum
g and of sum h differ it goes the wrong way, and no choice of its averages helps. What it does
promise is the same with h for g: the regret weighted by |g|_1.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational, log, sqrt

from lab.arrays import norm
from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    data,
    decades,
    derived,
    dimension,
    equal,
    integers,
    let,
    named,
    sometimes,
    symbols,
)
from lab.instruments.online import play
from lab.optimizers import AdaL, with_

n, k, C, a, beta1, beta2, eta = symbols("n k C a beta1 beta2 eta")
T, maximum, push, g = symbols("T maximum push g")
late, regret, tail, root_s = symbols("late regret tail root_s")


def periodic(large: np.ndarray, k: int, steps: int) -> np.ndarray:
    """C once, then -1 k times, again and again: (steps, R, 1).

    The gradients of losses C x and -x on a line; a period of k + 1 rounds sums to C - k in g and to
    C^2 - k in h.
    """
    first = np.arange(steps)[:, None] % (k + 1) == 0
    return np.where(first, large, -1.0)[..., None]


@claim(
    "adal/regret-fails",
    over={
        k: choice(3, 5, 10),
        a: around(Rational(1, 2), 0.3, 2.4, near=(0.1, 0.3)),
        C: let(k**a),
        beta1: between(0, 0.9),
        beta2: between(0.9, 0.999),
    },
    assuming=[k < C**2, k > C],
    says={
        "average": equal(
            late, 2 * (k - C) / (k + 1), rtol=0.01, atol=5e-3, because="a step eta / sqrt T"
        )
    },
    where={
        late: "regret per round in the last third of 90 (k + 1) rounds on [-1, 1] from -1, with"
        " gradients C, then k times -1, of AdaL with AMSGrad's maximum, eps = 0, eta = 0.3"
    },
    cites=derived("sum g < 0 < sum |g| g: no O(sqrt T) for AdaL, whatever its averages"),
)
def regret_fails(k, C, beta1, beta2):
    """AdaL follows the sign of C^2 - k, the best point that of C - k. Where they differ it stays
    at the wrong wall, 2 away from the best one, and loses k - C per unit and period.

    C = k^a: both hypotheses together are 1/2 < a < 1. At the wall -1 a period costs (k - C), at the
    best point 1 it costs -(k - C): 2 (k - C) per k + 1 rounds, without end. Outside of them C^2 - k
    and C - k have one sign, and the regret per round is small.

    The tolerance: the player leaves the wall within a period by some steps of eta / sqrt t and
    returns. Space: k = 3, 5, 10, all averages that are in use; AMSGrad's maximum is there, so that
    it is not what fails in adam/non-convergence that fails here.
    """
    # whole periods, of which each costs the same
    third = 30 * (k + 1)
    adal = AdaL(0.3, beta1, beta2, 0.0, amsgrad=True)
    game = play(adal, periodic(C, k, 3 * third), np.full((len(C), 1), -1.0))
    return {late: (game.regret[-1] - game.regret[-1 - third]) / third}


@named
def length(g, rounds):
    """the sum over coordinates of |h_(1:T)|_2, h = |g|_1 g"""
    h = norm(g[:, :rounds], 1)[..., None] * g[:, :rounds]
    return np.sqrt((h**2).sum(1)).sum(-1)


def both_sides(adal, rounds, divisor) -> dict:
    """What the bounds are about, of a game from (1, ..., 1) on rounds (T, R, n); divisor(state, t)
    is s_t (R, n).

    regret (R,) is linear in x*, so that the best point is a corner, at which it is + sum |sum h|;
    root_s and tail (R,) are of the same run.
    """
    record = {"s": lambda theta, state: divisor(state, max(state.t, 1))}
    game = play(adal, rounds, np.ones(rounds.shape[1:]), record=record)

    h = norm(rounds, 1)[..., None] * rounds
    t = np.arange(1, len(rounds) + 1)[:, None, None]
    s = game.series["s"][1:]
    return {
        regret: (h * game.points[:-1]).sum((0, 2)) + np.abs(h.sum(0)).sum(-1),
        root_s: np.sqrt(s[-1]).sum(-1),
        tail: (h**2 / np.sqrt(t * s)).sum((0, 2)),
    }


@claim(
    "adal/weighted-regret",
    over={
        n: dimension(1, 2),
        T: choice(1, 2, 24),
        eta: sometimes(2.0, decades(-1, 1), share=0.5),
        beta1: sometimes(0.0, between(0.5, 0.95)),
        beta2: sometimes(0.0, between(0, 0.99), share=0.3),
        maximum: integers(0, 1),
        g: data(24, n),
        push: integers(0, 1),
    },
    assuming=[Eq(beta1, 0), Eq(maximum, 1)],
    says={
        "regret": at_most(regret, 4 * sqrt(T) / (2 * eta) * root_s + eta / 2 * tail),
        "tail": at_most(tail, sqrt((1 + log(T)) / (1 - beta2)) * length(g, T)),
    },
    where={
        regret: "sum of <h_t, theta_t - theta*> over T rounds, theta* the best point of [-1, 1]^n,"
        " h = |g|_1 g, from (1, ..., 1); AdaL, eps = 0, on the gradients g, where push is 1 on |g|",
        root_s: "the sum over coordinates of sqrt(s_T), s_t the running maximum of v_hat where"
        " maximum is 1, else v_hat",
        tail: "the sum of h_(t,i)^2 / sqrt(t s_(t,i))",
    },
    cites=derived("bounds the regret weighted by |g_t|_1; with h = g that of AMSGrad"),
    instances=80,
)
def weighted_regret(n, T, eta, beta1, beta2, maximum, g, push):
    """diag(sqrt(t s_t)) / eta does not decrease, so the distances to theta* telescope, in a box of
    width D = 2; what is left is eta h^2 / 2 in its inverse. For the tail s_t >= (1 - beta2) h_t^2,
    Cauchy-Schwarz, and sum 1 / t <= 1 + log T.

    In one coordinate the sum of h_t (x_t - x*) is at most 4 sqrt(T s_T) / (2 eta) and what the
    steps add. By the second part the tail is O(|h_(1:T)|_2 sqrt(log T)): for bounded gradients
    sqrt(T log T), so that the weighted mean of <g, x - x*> goes to 0. It is no bound of the plain
    regret, whose weights are equal: adal/regret-fails.

    Hypotheses: beta1 = 0, as with memory the step does not follow the last gradient; the maximum,
    without which t s_t may fall. push = 1 has gradients of one sign, which lead from one wall to
    the other.
    """
    # of one sign in every coordinate where push is 1
    pushed = np.where(push[:, None, None] == 1, np.abs(g), g)
    rounds = pushed[:, :T].swapaxes(0, 1)
    adal = AdaL(eta, beta1, beta2, 0.0)
    # with and without the maximum, since some instances are outside the hypothesis
    kept = both_sides(with_(adal, amsgrad=True), rounds, lambda state, t: state.top)
    forgot = both_sides(adal, rounds, lambda state, t: state.v / (1 - beta2[:, None] ** t))
    return {name: np.where(maximum == 1, kept[name], forgot[name]) for name in kept}

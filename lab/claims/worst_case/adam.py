"""Adam against an adversary: the largest step, and online losses on which it does not learn."""

from __future__ import annotations

import numpy as np
from sympy import Eq, Integer, Rational, sqrt

from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    claim,
    decades,
    derived,
    equal,
    let,
    refuted,
    sequence,
    sometimes,
    stated_by,
    symbols,
    threshold,
)
from lab.instruments.online import play
from lab.optimizers import Adam, InverseSqrt, Scheduled
from lab.simulation import replay

beta1, beta2, eta, eps, q, t, g = symbols("beta1 beta2 eta eps q t g")
step, extremal, bounded = symbols("step extremal bounded")

SPAN = "gradients span a hundred decades"
DEBIASED = (1 - beta2**t) / (1 - beta2) * (1 - q**t) / (1 - q)
BOUND = (1 - beta1) / (1 - beta1**t) * sqrt(DEBIASED)


def steps(adam, gradients) -> np.ndarray:
    """|theta_t - theta_(t-1)| (R, T) on gradients (R, T)."""
    rounds = gradients.T[..., None]
    path = np.asarray(replay(adam, np.zeros(rounds.shape[1:]), rounds))
    return np.abs(np.diff(path, axis=0))[..., 0].T


def growing(beta1, beta2, count: int) -> np.ndarray:
    """(beta2 / beta1)^k, k = 0 ... count - 1, for which Cauchy-Schwarz is an equality: (R,
    count)."""
    return (beta2 / beta1)[:, None] ** np.arange(count)


@claim(
    "adam/step-bound",
    over={
        beta2: between(0.05, 0.999),
        beta1: around(sqrt(beta2), 0.05, 1.2, most=0.99),
        q: let(beta1**2 / beta2),
        eta: decades(-3, 1),
        eps: sometimes(0.0, decades(-8, 0)),
        g: sequence(60, decades=6),
    },
    says={
        "any gradients": at_most(step, eta * BOUND, slack=1e-9, because=SPAN),
        "attained": equal(extremal, eta * BOUND, rtol=1e-9, because=SPAN),
    },
    where={
        step: "|theta_t - theta_(t-1)| of Adam on the gradients g_1 ... g_60",
        extremal: "the same with eps = 0 on the gradients (beta2 / beta1)^t",
        t: "1 ... 60",
    },
    cites=derived(
        "Kingma & Ba 2015 give (1 - beta1) / sqrt(1 - beta2), the step after a single gradient"
    ),
)
def step_bound(beta1, beta2, eta, eps, g):
    """m_hat^2 <= sum (beta1^2 / beta2)^k sum beta2^k g_(t-k)^2 times the debiasing factors, by
    Cauchy-Schwarz; equality for g_(t-k) proportional to (beta1 / beta2)^k; eps only shortens."""
    extreme = growing(beta1, beta2, g.shape[1])
    return {
        step: steps(Adam(eta, beta1, beta2, eps), g),
        extremal: steps(Adam(eta, beta1, beta2, 0.0), extreme),
        t: np.broadcast_to(np.arange(1.0, 61.0), g.shape),
    }


@claim(
    "adam/bounded-steps",
    over={beta2: between(0.3, 0.88)},
    says={
        "border": threshold(
            beta1, sqrt(beta2), bounded, margin=0.05, because="0.95^200 and 1.05^200 are apart"
        )
    },
    where={
        bounded: "step 200 of Adam with eps = 0 on the gradients (beta2 / beta1)^t is at most 1.1"
        " times step 100"
    },
    cites=derived("adam/step-bound as t grows; 7.2703 at the defaults"),
)
def bounded_steps(beta1, beta2):
    """The bound of adam/step-bound has the limit (1 - beta1) / sqrt((1 - beta2)(1 - q)) where q =
    beta1^2 / beta2 < 1, and grows like q^(t/2) where q > 1: then no constant bounds the step."""
    taken = steps(Adam(1.0, beta1, beta2, 0.0), growing(beta1, beta2, 200))
    return {bounded: taken[:, -1] <= 1.1 * taken[:, 99]}


a, C, wall, late, growth = symbols("a C wall late growth")


@claim(
    "adam/non-convergence",
    over={
        C: around(Integer(2), 0.4, 5),
        beta2: around(1 / (1 + C**2), 0.05, 6, most=0.95),
        a: between(0.05, 0.95),
        eta: let(a * sqrt(1 - beta2)),
        beta1: sometimes(0.0, between(0.5, 0.95)),
    },
    assuming=[C > 2, beta2 <= 1 / (1 + C**2), Eq(beta1, 0)],
    says={
        "O(sqrt T)": refuted(at_most(growth, Rational(1, 2)), by=0.3),
        "wall": equal(wall, 1, rtol=1e-15, because="a point on the wall is clipped to it"),
        "at least": at_least(late, (2 * C - 4) / 3),
        "average": equal(late, (2 * C - 4) / 3, atol=0.026, because="2 a / (3 sqrt 600)"),
    },
    where={
        growth: "log2 of R_T / R_(T/2), the exponent with which the regret grows",
        wall: "smallest x at the start of a period",
        late: "regret per round in the second half of T = 1200 rounds of losses C x, -x, -x on"
        " [-1, 1], from x = 1; Adam without debiasing, eps = 0, steps eta / sqrt t",
    },
    cites=stated_by(
        "Kingma & Ba 2015 (recalled): regret O(sqrt T). The losses are those of Reddi, Kale & Kumar"
        " 2018, Theorem 1 (recalled), which has beta2 = 1 / (1 + C^2)"
    ),
)
def non_convergence(C, beta1, beta2, eta, rounds=1200):
    """The loss C moves x to the left by less than 2 eta_t, the two losses -1 by more to the right,
    because v has forgotten C: x is back at the wall 1 when the period ends, and -1 is the best
    point. A period costs C - x_2 - x_3 + C - 2, between 2 C - 4 and 2 a / sqrt t more."""
    losses = np.where(np.arange(rounds)[:, None] % 3 == 0, C, -1.0)[..., None]
    adam = Scheduled(InverseSqrt(), Adam(eta, beta1, beta2, 0.0, debias="none"))
    game = play(adam, losses, np.ones((len(C), 1)))
    half = game.regret[rounds // 2 - 1]
    end = game.regret[-1]
    return {
        growth: np.log2(np.maximum(end, 1e-9) / np.maximum(half, 1e-9)),
        wall: game.points[:-1:3, :, 0].min(0),
        late: (end - half) / (rounds / 2),
    }

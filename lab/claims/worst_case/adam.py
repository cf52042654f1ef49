"""Adam against an adversary: the largest step, and online losses on which it does not learn.

theta_t = theta_(t-1) - eta m_hat / (sqrt(v_hat) + eps), m and v the averages of g and g^2 with
beta1 and beta2. Two things can go wrong, both because v is an average over time: it lags behind
gradients that grow, which makes steps longer than eta; and rare large gradients are divided by a v
that has just seen them, many small ones by a v that has forgotten.

Everything here is one coordinate: Adam treats each alone, so that one is the general case.
"""

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
    """|theta_t - theta_(t-1)| (R, T) on gradients (R, T).

    With eps = 0 they do not depend on the scale of the gradients, and are proportional to eta.
    """
    rounds = gradients.T[..., None]
    path = np.asarray(replay(adam, np.zeros(rounds.shape[1:]), rounds))
    return np.abs(np.diff(path, axis=0))[..., 0].T


def growing(beta1, beta2, count: int) -> np.ndarray:
    """(beta2 / beta1)^k, k = 0 ... count - 1, for which Cauchy-Schwarz is an equality: (R,
    count).

    Growing gradients are where beta2 > beta1, as usual: the last ones count most in m, and are not
    yet in v. R instances, beta1 and beta2 (R,).
    """
    return (beta2 / beta1)[:, None] ** np.arange(count)


@claim(
    "adam/step-bound",
    over={
        beta2: between(0.05, 0.999),
        beta1: around(sqrt(beta2), 0.05, 1.2, most=0.99),
        q: let(beta1**2 / beta2),
        eta: decades(-3, 1),
        eps: sometimes(0.0, decades(-8, 0)),
        # over so many decades a scale that entered somewhere would show
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
    Cauchy-Schwarz; equality for g_(t-k) proportional to (beta1 / beta2)^k; eps only shortens.

    In full: m / (1 - beta1) = sum beta1^k g_(t-k) = sum (beta1 / sqrt(beta2))^k beta2^(k/2)
    g_(t-k), k = 0 ... t - 1, so that its square is at most (1 - q^t) / (1 - q) times v / (1 -
    beta2). Debiasing divides m by 1 - beta1^t and v by 1 - beta2^t.

    Limits: the first step is eta at most, for t = 1 makes the bound 1. beta1 = 0 leaves sqrt((1 -
    beta2^t) / (1 - beta2)), the step after zeros and one gradient. At the defaults 0.9 and 0.999 no
    step is longer than 7.2703 eta, a single gradient after zeros moves by 3.16 eta, and the bound
    does not see how large gradients are.

    Space: beta1 on both sides of sqrt(beta2), from where on the bound grows with t; gradients over
    six decades, because a scale that entered somewhere would show; eps from 0, where the second
    part is, to 1.
    """
    # for these Cauchy-Schwarz is an equality
    extreme = growing(beta1, beta2, g.shape[1])
    return {
        step: steps(Adam(eta, beta1, beta2, eps), g),
        extremal: steps(Adam(eta, beta1, beta2, 0.0), extreme),
        t: np.broadcast_to(np.arange(1.0, 61.0), g.shape),
    }


@claim(
    "adam/bounded-steps",
    # the upper side of the border, 1.05 sqrt(beta2), is below 1
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
    beta1^2 / beta2 < 1, and grows like q^(t/2) where q > 1: then no constant bounds the step.

    So sqrt(beta2), and not beta2, is the border of beta1. Where q < 1 step 200 and step 100 differ
    by q^100 <= 4e-5 of them at the margin; where q > 1 step 200 is some q^50 > 100 times the other:
    between the two lies 1.1. beta2 ends at 0.88, since beta1 = 1.05 sqrt(beta2) must stay below 1.

    Not a statement on convergence: a bounded step may still lead to the wrong place,
    adam/non-convergence.
    """
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
    point. A period costs C - x_2 - x_3 + C - 2, between 2 C - 4 and 2 a / sqrt t more.

    A period has the loss (C - 2) x in sum: for C > 2 the best point is -1, and at the wall 1 a
    period costs 2 (C - 2) more than there, that is (2 C - 4) / 3 per round. The regret is linear in
    T, its exponent 1, and the stated 1/2 is far off.

    Why x comes back: v >= (1 - beta2) C^2 right after C, so that C moves x by at most a / sqrt t,
    while two rounds later beta2^2 of that is left in v beside the small gradients, which therefore
    move x further. At beta2 <= 1 / (1 + C^2) the two losses -1 give back at least what C took.
    AMSGrad keeps the maximum of v, with which it learns: amsgrad/repairs-it.

    Space: C and beta2 on both sides of their borders, memory beta1 from none to 0.95. Without
    debiasing, so that the first rounds are as all others.
    """
    losses = np.where(np.arange(rounds)[:, None] % 3 == 0, C, -1.0)[..., None]
    adam = Scheduled(InverseSqrt(), Adam(eta, beta1, beta2, 0.0, debias="none"))
    game = play(adam, losses, np.ones((len(C), 1)))
    # an exponent between T / 2 and T: the first rounds count for both
    half = game.regret[rounds // 2 - 1]
    end = game.regret[-1]
    return {
        # a regret that is not positive has no logarithm
        growth: np.log2(np.maximum(end, 1e-9) / np.maximum(half, 1e-9)),
        wall: game.points[:-1:3, :, 0].min(0),
        late: (end - half) / (rounds / 2),
    }

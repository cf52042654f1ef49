"""Full-batch logistic regression with one-hot inputs, worst logits: constant steps separate the
methods exponentially, a line search does not.

One-hot inputs make coordinates of the logits: input j comes with the frequency pi_j, and its logit
z_j moves by itself, by -eta c_j S(z_j). S is sigma(z) - 1/2 times the curvature to the power p,
which for GN^-1 grows like e^|z|: a large logit allows a small step only, and then a small logit
waits. Sign descent has no such S.

M is the largest logit at the start, m a small one, kappa the ratio of their frequencies.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sympy import Eq, Integer, Rational, ceiling, cosh, exp, log, sinh, sqrt, tanh

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    identity,
    let,
    symbols,
)
from lab.claims.logistic.logistic import VERSION, logits
from lab.objectives import OneHotLogistic
from lab.optimizers import DiagonalGN, ExactLineSearch, Halving, Scheduled, SignSGD
from lab.simulation import simulate

M, m, kappa, eps, c = symbols("M m kappa eps c")
x_newton, x_root, x_gd = symbols("x_newton x_root x_gd")
steps_newton, steps_root, steps_gd, steps_sign = symbols(
    "steps_newton steps_root steps_gd steps_sign"
)


def steps_taken(f, optimizer, z, accuracy, most=500) -> np.ndarray:
    """Steps from the logits z (R, n) to max |z| <= accuracy (R,); inf when more than `most`.

    f: one-hot, so that logits are parameters. Methods may be a sweep, one rate and one power per
    run.
    """
    reached = np.abs(logits(f, optimizer, z, most)).max(-1) <= accuracy
    return np.where(reached.any(0), reached.argmax(0), np.inf)


@claim(
    "logistic/constant-step-separation",
    over={
        kappa: choice(4.0, 10.0, 100.0, 1000.0),
        M: between(1, 7),
        m: between(0.1, 3),
        eps: decades(-1.7, -0.3),
        c: between(0.3, 1.1),
        x_newton: let(2 * M * sinh(m) / (m * sinh(M))),
        x_root: let(2 * M * sinh(m / 2) / (sqrt(kappa) * m * sinh(M / 2))),
        x_gd: let(2 / kappa),
    },
    assuming=[m < M, m > eps, c < 1, x_newton < 1, x_root < 1],
    says={
        "GN^-1": at_least(steps_newton, -log(m / eps) / log(1 - x_newton)),
        "GN^-1/2": at_least(steps_root, -log(m / eps) / log(1 - x_root)),
        "GD": at_least(steps_gd, -log(m / eps) / log(1 - x_gd)),
        "sign": at_most(steps_sign, ceiling(M / eps)),
    },
    where={
        steps_newton: "steps of GN^-1 from logits (M, m) of frequencies kappa : 1 to max |z| <="
        " eps,"
        " with c times the step 2M/sinh M at which logit M stops converging",
        steps_root: "the same of GN^-1/2, with c times 2M/sinh(M/2)/sqrt(pi_max)",
        steps_gd: "the same of GD, with c times 8/pi_max, the linear stability limit",
        steps_sign: "the same of sign descent with step eps",
    },
    cites=derived(VERSION),
    instances=96,
)
def constant_step_separation(kappa, M, m, eps, c):
    """Stability of the large logit caps eta. The small one has z+ >= z (1 - x), x = eta_max c_j
    S(m)/m, so it needs log(m/eps) / -log(1 - x) > (1/x - 1) log(m/eps) steps: exponential in M for
    GN^-1, in M/2 for GN^-1/2. One logit alone can jump to 0: two are needed.

    eta_max is where logit M jumps to -M: 2M / sinh M for GN^-1, 2M / sinh(M/2) / sqrt(pi_1) for
    GN^-1/2, and 8 / pi_1 for GD, the edge at z = 0, where the curvature is largest. GD's step does
    not fall with M, and its small logit waits for kappa alone: x_gd = 2 / kappa.

    Hypotheses: c < 1 is stability; m > eps, or nothing is left to do; x < 1, or the small logit is
    there in one step. Space: M up to 7, where sinh M is 548, kappa from 4 to 1000, c on both sides
    of 1. Sign descent needs M / eps steps of size eps, rounded up.
    """
    pi = np.array([kappa, 1.0]) / (kappa + 1)
    f = OneHotLogistic(pi, 0.5, 1.0)
    # two, as one logit alone can jump to 0
    z = np.stack([M, m], -1)
    newton = c * 2 * M / np.sinh(M)
    root = c * 2 * M / np.sinh(M / 2) / np.sqrt(pi[0])
    gd = c * 8 / pi[0]
    # one sweep over rates and powers
    power = np.repeat([-1.0, -0.5, 0.0], len(M))
    methods = DiagonalGN(np.concatenate([newton, root, gd]), power=power)
    steps = steps_taken(f, methods, np.tile(z, (3, 1)), np.tile(eps, 3)).reshape(3, -1)
    signs = steps_taken(f, SignSGD(eps), z, eps)
    return dict(zip((steps_newton, steps_root, steps_gd), steps, strict=True)) | {steps_sign: signs}


n, spread, search, steps_search, steps_halved = symbols("n spread search steps_search steps_halved")


@claim(
    "logistic/line-search-removes-separation",
    over={
        n: choice(40, 200),
        spread: choice(1.0, 100.0),
        search: choice(1, 0),
        M: between(4, 16),
    },
    assuming=[Eq(search, 1)],
    says={"steps": at_most(steps_search, steps_halved)},
    where={
        steps_search: "steps of GN^-1 to an excess loss of 1e-6, from n logits uniform in [-M, M] "
        "of"
        " frequencies spread : 1; an exact line search in each step where search is 1, else 0.9 of"
        " the step at which logit M stops converging",
        steps_halved: "the same of sign descent with steps M/2, M/4, ...",
    },
    cites=derived("measured: the separation is one of constant steps"),
    instances=12,
)
def line_search_removes_separation(n, spread, search, M):
    """With a line search GN^-1 moves the largest logits first, whatever e^M is: no proof.

    So "exponential in M" is about constant steps, and not about the direction of GN^-1. The search
    costs loss values, which are not counted.

    Space: 40 or 200 logits, spread evenly, of equal frequencies or of such as differ by up to 100;
    M up to 16. The hypothesis is the search; without it the step is 1.8 M / sinh M. 40 steps are
    enough for the halved steps to get from M / 2 below 10^-11.
    """
    f = OneHotLogistic(np.geomspace(spread, 1.0, n))
    start = M[:, None] * np.linspace(-1.0, 1.0, n)
    # a search takes the direction alone, so any rate does
    newton = ExactLineSearch(DiagonalGN(1.0)) if search else DiagonalGN(1.8 * M / np.sinh(M))
    sign_descent = Scheduled(Halving(), SignSGD(M / 2))
    methods = {steps_search: newton, steps_halved: sign_descent}
    # log 2 is the loss at z = 0, the minimum
    target = np.log(2) + 1e-6
    return {k: simulate(f, m, start, steps=40).steps_to(target) for k, m in methods.items()}


p, z, x = symbols("p z x")
# log m/eps over -log(1 - x), at least (1/x - 1) log(m/eps): at M = 8, m = 1, kappa = 100, eps = 0.1
NEWTON = (m * sinh(M) / (2 * M * sinh(m)) - 1) * log(10)
ROOT = (10 * m * sinh(M / 2) / (2 * M * sinh(m / 2)) - 1) * log(10)
DECIMAL: dict[str, Any] = {"atol": 0.05, "because": "printed to one decimal"}


@claim(
    "logistic/separation-constants",
    over={M: between(1, 8), m: between(0.01, 1), x: between(0.02, 0.95)},
    says={
        "GN^-1": identity(
            m * sinh(M) / (2 * M * sinh(m)), m / sinh(m) * exp(M) / (4 * M) * (1 - exp(-2 * M))
        ),
        "GN^-1/2": identity(
            m * sinh(M / 2) / (2 * M * sinh(m / 2)),
            m / 2 / sinh(m / 2) * exp(M / 2) / (2 * M) * (1 - exp(-M)),
        ),
        "0.85": enclosed(at_least(m / sinh(m), Rational(85, 100)), m=(0.01, 1)),
        "0.959": enclosed(at_least(m / 2 / sinh(m / 2), Rational(959, 1000)), m=(0.01, 1)),
        "steps": enclosed(at_least(-1 / log(1 - x), 1 / x - 1), x=(0.02, 0.95)),
        "GN^-1 at M = 8": enclosed(equal(NEWTON.subs({M: 8, m: 1}), Rational(1802, 10), **DECIMAL)),
        "GN^-1/2 at M = 8": enclosed(equal(ROOT.subs({M: 8, m: 1}), Rational(731, 10), **DECIMAL)),
    },
    cites=derived("the constants behind logistic/constant-step-separation"),
)
def separation_constants():
    """1 / x_newton and 1 / x_root of logistic/constant-step-separation (kappa = 1) as exponentials
    of M, with what the small logit m <= 1 costs, and log(1/(1 - x)) <= x / (1 - x).

    At M = 8, m = 1 and eps = 0.1 these are at least 180.2 steps for GN^-1 (kappa = 1) and, at kappa
    = 100, 73.1 for GN^-1/2. m / sinh m >= 0.85 and its half-angle >= 0.959 for m <= 1 are what a
    small logit costs.
    """
    return {}


GROWTH = z * cosh(z / 2) / sinh(z / 2) / 2 - (2 * p + 1) / 2 * z * tanh(z / 2)


@claim(
    "logistic/thresholds-increase",
    over={p: between(-1, -0.34), z: between(0.3, 12)},
    says={
        "S(z)/z increases": enclosed(at_least(GROWTH, Integer(1)), p=(-1, -0.34), z=(0.3, 12)),
        "GN^-1 first": enclosed(at_most(2 * z / sinh(z), 2 * z / sinh(z / 2) / 2), z=(0.3, 12)),
        "at M = 8": enclosed(
            equal(
                16 / sinh(Integer(8)),
                Rational(107348, 10**7),
                atol=5e-8,
                because="printed to six digits",
            )
        ),
    },
    cites=derived("the factor of logistic/stability-thresholds, on intervals"),
)
def thresholds_increase():
    """S(z) = (2 cosh(z/2))^(-2p-1) sinh(z/2) has z S'/S = (z/2) coth(z/2) - (2p+1) (z/2) tanh(z/2),
    >= 1 iff S(z)/z does not fall: at small z it is 1 - (p + 1/3) z^2 / 2. 2M/sinh M is
    at most half of 2M/sinh(M/2), as cosh(M/2) >= 1, and exponentially smaller.

    Why it is needed: the largest stable step of a logit is 2 z / (c S(z)), so that it falls with z
    iff S(z) / z grows, and then the largest logit alone decides. p = -1 is GN^-1, -1/2 GN^-1/2; p >
    -1/3 has S(z) / z falling at small z, which the interval leaves out.
    """
    return {}

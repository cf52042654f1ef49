"""Momentum with constant parameters on quadratics: rates.

Eigenvalue by eigenvalue a step is a linear map of (x, memory). Heavy ball has the characteristic
polynomial z^2 - (1 + beta - eta lam) z + beta, Nesterov z^2 - (1 + beta) u z + beta u with u = 1 -
eta lam. The rate is the largest |z| over the spectrum [mu, L], asymptotically: at a double root the
error goes like k rate^k and is not bounded by rate^k times the first.

                      eta                        beta                            rate
    heavy ball        4 / (sqrt L + sqrt mu)^2   rate^2                          (r - 1)/(r + 1)
    Nesterov, usual   1 / L                      (r - 1)/(r + 1)                 1 - 1 / r
    Nesterov, best    4 / (3 L + mu)             (w - 2)/(w + 2)                 1 - 2 / w

with r = sqrt kappa and w = sqrt(3 kappa + 1). Rates on quadratics only: heavy ball with the
parameters of kappa = 25 has a three-cycle on a strongly convex function. Polyak 1964; Lessard,
Recht & Packard 2016.
"""

from __future__ import annotations

import numpy as np
from sympy import exp, sqrt

from lab.arrays import lift
from lab.claims import (
    around,
    at_least,
    at_most,
    between,
    claim,
    decades,
    derived,
    enclosed,
    equal,
    identity,
    let,
    stated_by,
    symbols,
    unit,
)
from lab.optimizers import HeavyBall, Nesterov
from lab.oracle import Answers
from lab.theory import stability

kappa, mu, L, inner, x, y = symbols("kappa mu L inner x y")
heavy, usual, best = symbols("heavy usual best")


def response(optimizer, lam, kick=0.0) -> tuple[np.ndarray, np.ndarray]:
    """One step of the optimizer itself on lam x^2 / 2 (R, K), as an affine map of (x, memory):
    matrices (R, K, 2, 2), and what a gradient that is off by `kick` adds (R, K, 2). Found from two
    steps, from (1, 0) and (0, 1): the map is read off the optimizer, not assumed.
    """

    def after(x, memory, kick):
        theta = np.full_like(lam, x)
        method = lift(optimizer, theta)
        state = type(method.init(theta))(np.full_like(lam, memory))
        answers = Answers({"grad": lam * theta + kick})
        delta, state = method.step(state, answers, theta)
        return np.stack([theta + delta, state[0]], -1)

    # the images of the two unit vectors are the columns of the map
    columns = [after(1.0, 0.0, 0.0), after(0.0, 1.0, 0.0)]
    return np.stack(columns, -1), after(0.0, 0.0, kick)


def radius(optimizer, lam) -> np.ndarray:
    """The largest |eigenvalue| of the step over the spectrum lam (R, K), (R,)."""
    return np.abs(np.linalg.eigvals(response(optimizer, lam)[0])).max((-2, -1))


# sqrt(1e-16) = 1e-8, times the few operations of a step
DOUBLE = "a root that is double to rounding moves by its square root"


# kappa >= 1.26: at 1 all rates are 0, and every step is the last
SPECTRUM = {kappa: decades(0.1, 4), mu: decades(-1, 1), L: let(kappa * mu), inner: unit()}


def rate(method, spectrum, tuned, x=1.0, y=1.0) -> np.ndarray:
    """The largest |eigenvalue| of a step over the spectrum (R, K), with x times the tuned step and
    y times the tuned 1 - beta, (R,)."""
    # the share of 1 - beta is what moves the rate; beta < 0 is another method
    beta = np.maximum(1 - y * (1 - tuned.beta), 0.0)
    return radius(method(x * tuned.lr, beta), spectrum)


def eigenvalues(mu, L, inner) -> np.ndarray:
    """mu, mu^(1-inner) L^inner and L, (R, 3)."""
    return np.stack([mu, mu ** (1 - inner) * L**inner, L], -1)


@claim(
    "momentum/quadratic-rates",
    over=SPECTRUM,
    says={
        "heavy ball": equal(
            heavy, (sqrt(kappa) - 1) / (sqrt(kappa) + 1), atol=1e-7, because=DOUBLE
        ),
        "Nesterov, usual": equal(usual, 1 - 1 / sqrt(kappa), atol=1e-7, because=DOUBLE),
        "Nesterov, best": equal(best, 1 - 2 / sqrt(3 * kappa + 1), atol=1e-7, because=DOUBLE),
    },
    where={
        heavy: "largest |eigenvalue| of a step over the eigenvalues mu, L and mu^(1-inner) L^inner,"
        " eta = 4 / (sqrt L + sqrt mu)^2, beta = ((sqrt kappa - 1) / (sqrt kappa + 1))^2",
        usual: "eta = 1 / L, beta = (sqrt kappa - 1) / (sqrt kappa + 1)",
        best: "eta = 4 / (3 L + mu), beta = (w - 2) / (w + 2), w = sqrt(3 kappa + 1)",
    },
    cites=stated_by("Polyak 1964; Lessard, Recht & Packard 2016 (recalled)"),
)
def quadratic_rates(mu, L, inner):
    """Roots that are complex have the size sqrt(beta) for heavy ball, sqrt(beta u) for Nesterov;
    real ones spread, and the larger is the rate. Heavy ball's discriminant (1 + beta - eta lam)^2 -
    4 beta is negative inside (mu, L) and 0 at both ends: momentum/double-roots, so the rate is sqrt
    beta all over the spectrum.

    Nesterov's (1 + beta)^2 u^2 - 4 beta u is 0 at mu for both choices of parameters, with root (1 +
    beta) u / 2. For lam > mu u is smaller and the roots are too, down to u = 0 at L with the usual
    eta; with the best one u < 0 at L, where the larger root, in size, is -(1 - 2/w), the same as at
    mu.

    Three eigenvalues are drawn, both ends and one inside. Tolerance: a double root moves by the
    square root of rounding.
    """
    lam = eigenvalues(mu, L, inner)
    return {
        heavy: rate(HeavyBall, lam, stability.heavy_ball_tuning(mu, L)),
        usual: rate(Nesterov, lam, stability.nesterov_tuning(mu, L)),
        best: rate(Nesterov, lam, stability.nesterov_best_tuning(mu, L)),
    }


@claim(
    "momentum/best-rates",
    # a third of the draws at the best step, and at the best momentum
    over=SPECTRUM | {x: around(1, 0.2, 2, near=(0, 0)), y: around(1, 0.2, 5, near=(0, 0))},
    says={
        "heavy ball": at_least(
            heavy, (sqrt(kappa) - 1) / (sqrt(kappa) + 1), slack=1e-6, because=DOUBLE
        ),
        "Nesterov": at_least(best, 1 - 2 / sqrt(3 * kappa + 1), slack=1e-6, because=DOUBLE),
    },
    where={
        heavy: "largest |eigenvalue| of a step of heavy ball with x times the eta, y times the"
        " 1 - beta of momentum/quadratic-rates, beta >= 0",
        best: "the same of Nesterov and its best parameters",
    },
    cites=stated_by("Polyak 1964; Lessard, Recht & Packard 2016 (recalled)"),
)
def best_rates(mu, L, inner, x, y):
    """Heavy ball: the roots have the product beta, so that none is below sqrt(beta) in size; and
    for beta below the best, at one of the two ends the roots are real with the larger one above
    (sqrt kappa - 1)/(sqrt kappa + 1), whatever eta. For Nesterov the same two ends decide: at mu
    more is lost by smaller eta, at L by larger.

    That no pair (eta, beta) does better is Lessard, Recht & Packard's statement for these two
    forms; here it is looked for around the tuned pair, a fifth to twice the step and to five times
    1 - beta, with a third of the draws on it, where both bounds are attained.
    """
    lam = eigenvalues(mu, L, inner)
    polyak = stability.heavy_ball_tuning(mu, L)
    nesterov = stability.nesterov_best_tuning(mu, L)
    return {
        heavy: rate(HeavyBall, lam, polyak, x, y),
        best: rate(Nesterov, lam, nesterov, x, y),
    }


high, low, r, w = symbols("high low r w")
BETA = ((high - low) / (high + low)) ** 2
BETA_W = (w - 2) / (w + 2)
# 1 - eta L at eta = 4 / (3 L + mu), L / mu = (w^2 - 1) / 3
AT_L = 1 - 4 * (w**2 - 1) / 3 / w**2


@claim(
    "momentum/double-roots",
    over={high: decades(0, 1), low: decades(-1, 0), r: decades(0, 2), w: decades(0.31, 2)},
    says={
        "heavy ball at L": identity((1 + BETA - 4 * high**2 / (high + low) ** 2) ** 2, 4 * BETA),
        "heavy ball at mu": identity((1 + BETA - 4 * low**2 / (high + low) ** 2) ** 2, 4 * BETA),
        "Nesterov, usual, at mu": identity(
            (1 + (r - 1) / (r + 1)) ** 2 * (1 - 1 / r**2), 4 * (r - 1) / (r + 1)
        ),
        "Nesterov, best, at mu": identity((1 + BETA_W) ** 2 * (1 - 4 / w**2), 4 * BETA_W),
        "Nesterov, best, at L": identity(
            (1 - 2 / w) ** 2 + (1 + BETA_W) * AT_L * (1 - 2 / w), -BETA_W * AT_L
        ),
    },
    cites=derived(
        "discriminants of the characteristic polynomials behind momentum/quadratic-rates"
    ),
)
def double_roots():
    """high = sqrt L, low = sqrt mu, r = sqrt kappa, w = sqrt(3 kappa + 1), u = 1 - eta lam. Heavy
    ball's z^2 - (1 + beta - eta lam) z + beta is a square where its discriminant is 0, that is (1 +
    beta - eta lam)^2 = 4 beta, at L and at mu. Nesterov's z^2 - (1 + beta) u z + beta u is where (1
    + beta)^2 u = 4 beta: at mu u = 1 - 1/r^2 for eta = 1/L, and 1 - 4/w^2 for the best eta, as mu
    eta = 4 mu / (3 L + mu) = 4 / w^2.

    At L the latter has the root -(1 - 2 / w): put into the polynomial, with L eta = 4 kappa / w^2
    and kappa = (w^2 - 1)/3. The other root there is smaller in size, their product being beta u.
    Identities, decided exactly.
    """
    return {}


@claim(
    "momentum/ordered-rates",
    over={kappa: between(1.02, 10**4)},
    says={
        "best against usual": enclosed(
            at_most(1 - 2 / sqrt(3 * kappa + 1), 1 - 1 / sqrt(kappa)), kappa=(1.02, 1e4)
        ),
        "heavy ball against Nesterov": enclosed(
            at_most((sqrt(kappa) - 1) / (sqrt(kappa) + 1), 1 - 2 / sqrt(3 * kappa + 1)),
            kappa=(1.02, 1e4),
        ),
        "usual against GD": enclosed(
            at_most(1 - 1 / sqrt(kappa), (kappa - 1) / (kappa + 1)), kappa=(1.02, 1e4)
        ),
    },
    cites=derived("the rates of momentum/quadratic-rates and gd/quadratic-rate, on an interval"),
)
def ordered_rates():
    """With r = sqrt kappa > 1 the three lines are 2 / sqrt(3 r^2 + 1) >= 1 / r, 2 / (r + 1) >= 2 /
    sqrt(3 r^2 + 1) and 1 / r >= 2 / (r^2 + 1): that is 4 r^2 >= 3 r^2 + 1, 3 r^2 + 1 >= (r + 1)^2,
    which is 2 r (r - 1) >= 0, and r^2 + 1 >= 2 r. All are equalities at kappa = 1, where every rate
    is 0, and nowhere else; so the interval starts at 1.02, where the differences can still be told
    from 0 in ball arithmetic.
    """
    return {}


@claim(
    "momentum/iteration-counts",
    over={kappa: between(1.02, 100)},
    says={
        "heavy ball": enclosed(
            at_most((sqrt(kappa) - 1) / (sqrt(kappa) + 1), exp(-2 / sqrt(kappa))),
            kappa=(1.02, 100),
        ),
        "Nesterov, usual": enclosed(
            at_most(1 - 1 / sqrt(kappa), exp(-1 / sqrt(kappa))), kappa=(1.02, 100)
        ),
        # beyond 20 the two differ by less than 1e-4
        "GD": enclosed(at_most((kappa - 1) / (kappa + 1), exp(-2 / kappa)), kappa=(1.02, 20)),
    },
    cites=derived("the rates of momentum/quadratic-rates and gd/quadratic-rate, on an interval"),
)
def iteration_counts():
    """With x = 1/r: log((1 + x)/(1 - x)) = 2 (x + x^3/3 + ...) >= 2 x and log(1/(1 - x)) >= x; for
    gradient descent the first with x = 1 / kappa. So log(1/eps) is reached in (sqrt kappa / 2)
    log(1/eps) steps of heavy ball, up to the factor of a double root, in twice that of Nesterov
    with the usual parameters, and in (kappa / 2) log(1/eps) of gradient descent. Sharp as kappa ->
    inf: the ratios of the logarithms tend to 1.
    """
    return {}

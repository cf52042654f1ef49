"""False statements, as somebody might print them: a falsifier that does not refute each of these
is not looking.

The first six were once claims of this lab, in these words. The others are true statements with one
thing wrong.
"""

from __future__ import annotations

import numpy as np
from sympy import Ne, Rational, exp, log, sqrt

from lab.arrays import norm
from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    spectrum,
    start,
    symbols,
    unit,
    vector,
)
from lab.claims.adaptive import floors
from lab.claims.loops import descend
from lab.claims.quadratics import adal
from lab.claims.worst_case import logistic
from lab.optimizers import SignSGD
from lab.spectra import power_law
from lab.theory.sgd import best_exponent

WRONG = derived("a lie")
# each lie is found within this many seconds on two cores
SECONDS = 60

beta1, beta2, eta, lam, p, rho, s, n, T, N, best = symbols("beta1 beta2 eta lam p rho s n T N best")
B, floor, M, m, kappa, eps, c, steps, stays = symbols("B floor M m kappa eps c steps stays")
x, g, H, mean_g, delta, l_1, fall, size, u = symbols("x g H mean_g delta l_1 fall size u")


# --- the six


@claim(
    "lies/linear-rate",
    over={
        beta2: between(0.3, 0.995),
        beta1: between(0.0, 0.99),
        eta: decades(-3, 0),
        lam: decades(-1, 1),
    },
    assuming=[beta1 < beta2, 2 - 1 / sqrt(beta2) > -1],
    says={"rate": equal(rho, sqrt(beta2), rtol=1e-4, because="transients")},
    where={rho: adal.MEANS[adal.rho]},
    cites=WRONG,
)
def linear_rate(beta1, beta2, eta, lam):
    """The condition on beta1 is beta1 < beta2^(3/2)."""
    return {rho: adal.decay(beta1, beta2, eta, lam, 2 + 0 * lam, factor="l1")[adal.rho]}


@claim(
    "lies/power-rate",
    over={p: between(1.5, 4), beta2: between(0.3, 0.995), beta1: unit(0.01), eta: decades(-3, 0)},
    assuming=[beta2 ** (-1 / (2 * (p - 1))) < (p + 1) / (p - 1)],
    says={"rate": equal(rho, beta2 ** (1 / (2 * (p - 1))), rtol=1e-4, because="transients")},
    where={rho: adal.MEANS[adal.rho]},
    cites=WRONG,
)
def power_rate(p, beta1, beta2, eta):
    """No hypothesis on beta1 at all."""
    return {rho: adal.decay(beta1, beta2, eta, 1 + 0 * eta, p, factor="coordinate")[adal.rho]}


@claim(
    "lies/noise-floor",
    over={n: choice(256), B: choice(1, 16), lam: spectrum(n, -4, -0.5)},
    assuming=[n >= 16 * B],
    says={
        "edge": equal(floor, sqrt(B) / floors.stable_step(lam, B), rtol=0.03, because="order B/n")
    },
    where={floor: "sqrt(tau) / eta of idealised Adam"},
    cites=WRONG,
    instances=4,
)
def noise_floor(B, lam, seed):
    """It is the effective rank that must be far above B."""
    return {floor: np.exp(np.log(floors.residuals(lam, 1.0, B, seed)).mean((1, 2)) / 2)}


@claim(
    "lies/finite-horizon",
    over={s: integers(-1, 3, step=0.25, together=True), T: choice(1, 5, 10, 50)},
    assuming=[Ne(s, 1)],
    says={
        "above -1": at_least(best + 1, Rational(1, 8)),
        "below 0": at_least(-best, Rational(1, 8)),
    },
    where={best: "best power p in -5/2, -19/8, ..., 1/2 after T steps, n = 50, lam_i = i^-1.5"},
    cites=WRONG,
)
def finite_horizon(s, T):
    """ "A power p in (-1, 0) is best, unless s = 1": false for s > 1."""
    powers = np.linspace(-2.5, 0.5, 25)
    return {best: best_exponent(power_law(50, 1.5), s, [T], 1, powers=powers).best}


@claim(
    "lies/separation",
    over={
        kappa: choice(4.0, 100.0),
        M: between(2, 7),
        m: between(0.1, 2),
        eps: decades(-1.7, -0.3),
    },
    assuming=[m < M, m > eps],
    says={"GN^-1": at_least(steps, (exp(M) / (4 * M) - 1) * log(m / eps))},
    where={steps: "steps of GN^-1 just below the stability threshold, as in the true claim"},
    cites=WRONG,
)
def separation(kappa, M, m, eps):
    """1/x is m sinh M / (2 M sinh m): the printed constant lacks the factor m / sinh m."""
    found = logistic.constant_step_separation.measure(kappa, M, m, eps, 0.9999 + 0 * M)
    return {steps: found[logistic.steps_newton]}


@claim(
    "lies/smoothness",
    over={N: choice(5, 40), lam: vector(4, -1, 1), x: start(4, size=10.0), c: decades(-1, 1)},
    says={"rate": at_most(mean_g, sqrt(2 * delta * l_1 / N))},
    where={mean_g: "mean |g|_1 over N steps of sign descent", delta: "f - min f", l_1: "|L|_1"},
    cites=WRONG,
)
def smoothness(N, lam, x, c):
    """Only for the step sqrt(2 Delta / (N |L|_1)); here it is c times that."""
    gap = (lam * x**2).sum(-1) / 2
    total = lam.sum(-1)
    path = descend(SignSGD(c * np.sqrt(2 * gap / (N * total))), lambda z: lam * z, x, N)
    return {mean_g: norm(lam * path[:-1], 1).mean(0), delta: gap, l_1: total}


# --- not lies: what a careless falsifier would refute


@claim(
    "traps/cancellation",
    over={x: decades(-9, 0)},
    says={"limit": at_least(size, Rational(45, 100))},
    where={size: "(1 - cos x) / x^2"},
    cites=derived("Taylor: at least 1/2 - x^2/24"),
)
def rounding_trap(x):
    """True for |x| <= 1; in floating point 1 - cos x is 0 for small x."""
    return {size: (1 - np.cos(x)) / x**2}


@rounding_trap.second
def rounding_trap_again(x):
    """In as many digits as x has."""
    import mpmath

    return {size: (1 - mpmath.cos(x)) / x**2}


SIX = [linear_rate, power_rate, noise_floor, finite_horizon, separation, smoothness]

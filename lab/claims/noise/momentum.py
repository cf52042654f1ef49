"""Momentum on quadratics under additive gradient noise: steady states.

One coordinate lam x^2 / 2, gradient lam x + sigma e_t with white e_t, s = eta lam. Domains: heavy
ball |beta| < 1 and 0 < s < 2 (1 + beta); Nesterov (the iterate is the y-sequence) 0 < s (1 + 2
beta) < 2 + 2 beta and |beta (1 - s)| < 1. Outside them the formulas give numbers, some of them
positive, that are no variances.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from lab.claims import between, claim, decades, derived, equal, identity, let, symbols, within
from lab.claims.loops import descend
from lab.claims.quadratics.momentum import response
from lab.optimizers import HeavyBall, Nesterov

eta, lam, sigma, beta, s, z = symbols("eta lam sigma beta s z")
heavy, nesterov, heavy_mean, heavy_error, nesterov_mean, nesterov_error = symbols(
    "heavy nesterov heavy_mean heavy_error nesterov_mean nesterov_error"
)

HEAVY = eta * sigma**2 * (1 + beta) / (lam * (1 - beta) * (2 * (1 + beta) - s))
ABOVE = eta * sigma**2 * (1 + beta + s * beta * (1 + 2 * beta))
NESTEROV = ABOVE / (lam * (1 - beta + s * beta) * (2 + 2 * beta - s * (1 + 2 * beta)))
INVERTED = "the equation is inverted at 1 - |root|^2 >= 0.05"


def measured(method, lam, sigma, rng, runs=600) -> tuple[np.ndarray, ...]:
    """The stationary variance by the Lyapunov equation of one step, and mean and standard error of
    x^2 over runs, in each the mean of the last 1000 of 1200 steps from 0; (R,) each.

    The noise is white: a fresh normal number per step, run and coordinate.
    """
    matrices, kicks = response(method, lam[:, None], sigma[:, None])
    noise = kicks[..., :, None] * kicks[..., None, :]
    pairs = zip(matrices[:, 0], noise[:, 0], strict=True)
    solved = np.array([solve_discrete_lyapunov(*pair)[0, 0] for pair in pairs])

    def gradient(theta):
        return lam[:, None] * theta + sigma[:, None] * rng.standard_normal(theta.shape)

    # |root|^2 <= 0.95: after 200 steps less than 4e-5 of the start is left
    # one mean per run, so that its correlation in time is inside the standard error
    squares = (descend(method, gradient, np.zeros((len(lam), runs)), 1200)[201:] ** 2).mean(0)
    return solved, squares.mean(-1), squares.std(-1, ddof=1) / np.sqrt(runs)


@claim(
    "momentum/steady-state",
    over={
        lam: decades(-1, 1),
        sigma: decades(-1, 1),
        # at 0.95 of the edge: 1 - |root|^2 >= 0.05, and 200 steps forget the start
        beta: between(0, 0.9),
        # a share of Nesterov's edge, the smaller one
        z: between(0.1, 0.95),
        s: let(2 * z * (1 + beta) / (1 + 2 * beta)),
        eta: let(s / lam),
    },
    says={
        "heavy ball": equal(heavy, HEAVY, rtol=1e-10, because=INVERTED),
        "Nesterov": equal(nesterov, NESTEROV, rtol=1e-10, because=INVERTED),
        "heavy ball, run": within(heavy_mean, heavy, heavy_error),
        "Nesterov, run": within(nesterov_mean, nesterov, nesterov_error),
    },
    where={
        heavy: "stationary variance of x on lam x^2 / 2 with gradient noise sigma, from the"
        " Lyapunov"
        " equation of one measured step of heavy ball",
        nesterov: "the same of Nesterov's y-sequence, which is the iterate",
        heavy_mean: "mean of x^2 over the last 1000 of 1200 steps from 0, and 600 runs",
        heavy_error: "its standard error",
        nesterov_mean: "mean of y^2 over the same",
        nesterov_error: "its standard error",
    },
    cites=derived("discrete Lyapunov equation; as formulas in momentum/stationary-equations"),
    instances=16,
)
def steady_state(lam, sigma, beta, eta, seed):
    """x is an autoregression of order two with the characteristic polynomial of the method, driven
    by the noise of one gradient (heavy ball) or of the last two (Nesterov, whose extrapolation
    repeats the noise of the step before). The stationary covariance S of (x, memory) solves S = A S
    A^T + k k^T with A the measured step and k what noise adds: one inversion. The formulas are its
    first entry, shown in momentum/stationary-equations; beta = 0 gives eta sigma^2 / (lam (2 - s))
    in both. For small s heavy ball has eta sigma^2 / (2 lam (1 - beta)): the noise of plain descent
    with the step eta / (1 - beta).

    Steps are shares of Nesterov's edge, which is the smaller of the two. The run part is
    statistics: 600 runs, each the mean of 1000 steps, so that the correlation in time is inside the
    standard error.
    """
    # one stream, so that both methods have noise of their own
    rng = np.random.default_rng(seed)
    found = measured(HeavyBall(eta, beta), lam, sigma, rng)
    other = measured(Nesterov(eta, beta), lam, sigma, rng)
    names = (heavy, heavy_mean, heavy_error, nesterov, nesterov_mean, nesterov_error)
    return dict(zip(names, found + other, strict=True))


UNITS = {eta: s, lam: 1, sigma: 1}


def driven(variance, a, b, k_0, k_1):
    """What x_(t+1) = a x_t - b x_(t-1) + k_0 e_t + k_1 e_(t-1), Var e = 1, must get from the noise:
    E x_(t+1)^2 less what is carried. `lag` is E x_t x_(t-1) by the equation multiplied by x_t."""
    lag = (a * variance + k_0 * k_1) / (1 + b)
    return variance - a * lag + b * (a * lag - b * variance)


@claim(
    "momentum/stationary-equations",
    over={s: between(0.01, 1.9), beta: between(0, 0.9)},
    says={
        "heavy ball": identity(driven(HEAVY.subs(UNITS), 1 + beta - s, beta, -s, 0), s**2),
        "Nesterov": identity(
            driven(
                NESTEROV.subs(UNITS),
                (1 + beta) * (1 - s),
                beta * (1 - s),
                -(1 + beta) * s,
                beta * s,
            ),
            s**2 * (1 + 2 * beta + 2 * beta**2 - beta * (1 + beta) ** 2 * (1 - s)),
        ),
    },
    cites=derived("the covariances of an autoregression of order two with two noise terms"),
)
def stationary_equations():
    """In units with lam = sigma = 1, eta = s. Multiply x_(t+1) = a x_t - b x_(t-1) + k_0 e_t + k_1
    e_(t-1) by x_t, x_(t-1) and x_(t+1): g_1 (1 + b) = a g_0 + k_0 k_1, g_2 = a g_1 - b g_0, and g_0
    - a g_1 + b g_2 = k_0^2 + k_1^2 + a k_0 k_1, g_j the covariance at lag j. The steady states of
    momentum/steady-state satisfy the last identically.

    Heavy ball: a = 1 + beta - s, b = beta, k_0 = -s, k_1 = 0. Nesterov: a = (1 + beta)(1 - s), b =
    beta (1 - s), k_0 = -(1 + beta) s, k_1 = beta s.
    """
    return {}

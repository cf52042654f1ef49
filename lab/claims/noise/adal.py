"""AdaL under gradient noise: what it converges to, and how heavy the tails of its steps are.

h = |g|_1 g weights a sample by the size of its gradient. Two consequences. Small steps find E h =
0, not E g = 0, so skewed noise moves the fixed point; in one dimension that is the minimiser of E|x
- xi|^3 in place of the mean. And the law of h has heavier tails than that of g, by O(1 / n) in n
dimensions, since |g|_1 is a sum of n terms that hardly fluctuates. Derived from the printed update;
the paper's text is not known.
"""

from __future__ import annotations

import itertools
from math import gamma

import numpy as np
from sympy import Rational, cancel, pi, sqrt

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    enclosed,
    equal,
    let,
    sometimes,
    symbols,
)
from lab.claims.loops import follow
from lab.objectives import LeastSquares
from lab.optimizers import AdaL
from lab.simulation import simulate

k, p, eta, beta2 = symbols("k p eta beta2")
settled = symbols("settled")
FORMULA = "from the update h = |g|_1 g; the paper's text is not known"
SMALL = "of order eta and 1 - beta2, and the sampling error of 200 runs"


@claim(
    "adal/skew-bias",
    over={
        k: choice(1, 2),
        # as printed 2, h = f g 3; 1 is Adam, whose point is the mean
        p: between(1.5, 3.5),
        # 1 / 250: 600 steps are 2.4 time constants, and what it leaves of order eta is below 1 %
        eta: sometimes(0.004, decades(-1, -0.5)),
        # a memory of 2000 steps: v hardly correlates with h
        beta2: sometimes(0.9995, between(0.3, 0.6)),
    },
    assuming=[eta <= Rational(1, 250), beta2 > Rational(999, 1000)],
    says={"bias": equal(settled, 1 / (1 + (8 / k - 1) ** (1 / p)), rtol=0.012, because=SMALL)},
    where={
        settled: "where AdaL with h = |g|^(p-1) g, constant step eta and batch 1 settles on"
        " (x - xi)^2 / 2, xi = 1 in k of 8 samples, else 0"
    },
    cites=derived(FORMULA),
    instances=12,
)
def skew_bias(k, p, eta, beta2, steps=1600):
    """Where steps are small and v nearly constant, stationarity is E h / sqrt v = 0, that is E h =
    0: with g = x - xi and h = |g|^(p-1) g, (8 - k) x^p = k (1 - x)^p, so x = 1 / (1 + (8/k -
    1)^(1/p)). It is the minimiser of E|x - xi|^(p+1), and the mean k / 8 only for p = 1, or for
    symmetric noise, k = 4. As printed, p = 2: 0.366 at k = 2 (the mean of 0, 0, 0, 1 is 0.25); h =
    f g, the other reading, is p = 3 here, 0.409.

    Both hypotheses are limits: at eta = 0.1 the point is some 7 % of its way back to the mean, and
    for beta2 = 0.3 ... 0.6 v follows the sample itself, so that a large h is divided by its own
    size. The tolerance is of their order at eta = 1 / 250 and beta2 = 0.9995.
    """
    f = LeastSquares(np.ones((8, 1)), np.where(np.arange(8) < k, 1.0, 0.0))
    rows = {"lr": eta[:, None], "beta2": beta2[:, None], "exponent": p[:, None] - 1}
    run = simulate(
        f,
        AdaL(**rows, eps=0.0, factor="coordinate", schedule="constant"),
        # some of the points are above it, some below
        np.full((200, 1), 0.3),
        steps=steps,
        batch=1,
        every=10,
        record={"x": lambda theta: theta[..., 0]},
    )
    # in 600 steps, eta times which is 2.4, x has come from 0.3 to its place
    return {settled: run["x"][60:].mean((0, 2))}


n, t, s, R_1, R_2, R_3, R_4, kurtosis = symbols("n t s R_1 R_2 R_3 R_4 kurtosis")
OTHERS = {
    s: let(sqrt(2 / pi)),
    R_1: let((n - 1) * s),
    R_2: let((n - 1) * (1 + (n - 2) * s**2)),
    R_3: let((n - 1) * s * (2 + (n - 2) * (3 + (n - 3) * s**2))),
    R_4: let((n - 1) * (3 + (n - 2) * (3 + 8 * s**2 + (n - 3) * s**2 * (6 + (n - 4) * s**2)))),
}
SECOND = 3 + 4 * s * R_1 + R_2
FOURTH = 105 + 192 * s * R_1 + 90 * R_2 + 32 * s * R_3 + 3 * R_4


def half_normal_rule(points: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of E f(|g|), g ~ N(0, 1), exact for polynomials up to degree 2 points - 1:
    the Gauss rule of the half-normal law, from its moments E|g|^j = 2^(j/2) Gamma((j + 1)/2) / sqrt
    pi. Nodes are the roots of the orthogonal polynomial of degree `points`, whose coefficients
    solve a Hankel system.
    """
    order = np.arange(2 * points)
    moments = np.array([2 ** (j / 2) * gamma((j + 1) / 2) for j in order]) / np.sqrt(np.pi)
    hankel = moments[order[:points, None] + order[:points]]
    inner = np.linalg.solve(hankel, -moments[points:])
    nodes = np.sort(np.roots(np.append(1.0, inner[::-1])))
    # weights make the first moments right, and the nodes the others
    powers = nodes ** order[:points, None]
    return nodes, np.linalg.solve(powers, moments[:points])


@claim(
    "adal/noise-kurtosis",
    over={n: dimension(1, 5)} | OTHERS,
    says={
        "kurtosis": equal(
            kurtosis, FOURTH / SECOND**2, rtol=1e-8, because="a 5 x 5 Hankel matrix, kappa 1e6"
        )
    },
    where={
        kurtosis: "E h_1^4 / (E h_1^2)^2 of AdaL's h for n independent standard normal coordinates,"
        " by a product rule that is exact for polynomials in |g_i| of degree 9"
    },
    cites=derived("R_j = E (|g_2| + ... + |g_n|)^j from half-normal moments"),
    instances=10,
)
def noise_kurtosis(n):
    """E (a + R)^4 a^4 and E (a + R)^2 a^2 with a = |g_1|, R the l1 norm of the others: expanded by
    the binomial theorem, with E a^j = 1, s, 1, 2s, 3, 8s, 15, 48s, 105 for j = 0 ... 8 and R_j = E
    R^j by the same theorem over n - 1 coordinates. 35/3 for n = 1 (against 3), 8.56 for n = 2, 6.21
    for 4, 3 + (6 pi - 4) / n for many: AdaL's steps have heavier tails than Adam's. In one
    dimension h is |g| g, whose fourth moment is that of g^8.

    The numerator has degree four in n, so five dimensions determine it. Independent standard normal
    coordinates are assumed: signs in their place have kurtosis 1 in every dimension. Tolerance: the
    nodes come from a Hankel matrix, which loses six of sixteen digits.
    """
    nodes, weights = half_normal_rule()
    g = np.array(list(itertools.product(nodes, repeat=n)))
    weight = np.array(list(itertools.product(weights, repeat=n))).prod(-1)

    first = follow(
        AdaL(1.0, 0.0), lambda theta: g, np.zeros_like(g), 1, {"h": lambda x, state: state.m}
    )
    h = first["h"][1][:, 0]
    return {kurtosis: np.array([weight @ h**4 / (weight @ h**2) ** 2])}


def expanded(excess):
    """The excess as a fraction in t = 1/n, without the cancellation in it: at t = 1e-6 the kurtosis
    and 3 agree in six digits."""
    for symbol, piece in reversed(OTHERS.items()):
        excess = excess.subs(symbol, piece.formula)
    return cancel(excess.subs(n, 1 / t))


@claim(
    "adal/kurtosis-vanishes",
    over={t: decades(-6, -4)},
    says={
        "excess": enclosed(
            equal(
                expanded(n * (FOURTH / SECOND**2 - 3)),
                6 * pi - 4,
                rtol=2e-3,
                because="the next order, 10 t",
            ),
            t=(1e-6, 1e-4),
        )
    },
    cites=derived("adal/noise-kurtosis, expanded in t = 1/n"),
)
def kurtosis_vanishes():
    """|g|_1 = n s + O(sqrt n) fluctuates by a relative sqrt((pi/2 - 1) / n), so h is a multiple of
    g up to O(1 / n), and its excess kurtosis vanishes like (6 pi - 4) / n: the limit of n times the
    excess of adal/noise-kurtosis at t = 1/n -> 0. On the whole interval [1e-6, 1e-4] at once, in
    ball arithmetic; the next order there is 10 t. So on a network with 10^6 weights and stationary
    noise AdaL's steps are Adam's up to a slowly varying weight.
    """
    return {}

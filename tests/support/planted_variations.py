"""True statements with one thing wrong: a constant by 2 %, an exponent by 0.05, a hypothesis
dropped, a special case taken for the general one. See planted_lies.py.
"""

from __future__ import annotations

import numpy as np
from planted_lies import WRONG, smoothness
from sympy import Integer, Rational, sinh, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    dimension,
    equal,
    named,
    one_by_one,
    sequence,
    sometimes,
    spd,
    spectrum,
    start,
    symbols,
    threshold,
    unit,
    vector,
)
from lab.claims.adaptive.sign import max_norm_curvature
from lab.claims.logistic import logistic
from lab.claims.loops import descend
from lab.claims.quadratics import gd
from lab.linalg import matvec
from lab.optimizers import SGD, Adam
from lab.simulation import replay
from lab.theory.sgd import rate

beta1, beta2, eta, lam, p, rho, s, n, T, N, best = symbols("beta1 beta2 eta lam p rho s n T N best")
B, floor, M, m, kappa, eps, c, steps, stays = symbols("B floor M m kappa eps c steps stays")
x, g, H, mean_g, delta, l_1, fall, size, u = symbols("x g H mean_g delta l_1 fall size u")


@named
def trace(h):
    """the sum of the eigenvalues"""
    return np.trace(h, axis1=-2, axis2=-1)


@named
def single(beta1, beta2):
    """max(1, (1 - beta1) / sqrt(1 - beta2))"""
    return np.maximum(1.0, (1 - beta1) / np.sqrt(1 - beta2))


def replayed(optimizer, gradients):
    """The path (T + 1, R) of a method on given gradients (R, T), one coordinate per run."""
    return replay(optimizer, np.zeros((len(gradients), 1)), gradients.T[..., None])[..., 0]


# --- constants off by 2 %, exponents by 0.05


def descent(name, formula, over=None, relation=equal, **tolerance):
    """A wrong law for the best contraction of gradient descent on quadratics."""

    @claim(
        f"lies/{name}",
        over=over or {n: dimension(1, 5), H: spd(n, -4, 0)},
        says={"rate": relation(rho, formula, **tolerance)},
        where={rho: "the largest contraction over starts at eta = 2 / (L + mu)"},
        cites=WRONG,
    )
    def law(H):
        """Wrong on purpose."""
        ends = np.linalg.eigvalsh(H)[:, [0, -1]].sum(-1)
        return {rho: gd.worst_contraction(H, 2 / ends)}

    return law


ROUNDING = {"atol": 1e-12, "because": "rounding"}
K = gd.kappa(H)
kappa_2_percent = descent("gd-constant", (K - 1) / (K + Rational(102, 100)), **ROUNDING)
kappa_exponent = descent("gd-exponent", (K**1.05 - 1) / (K**1.05 + 1), **ROUNDING)
only_large_kappa = descent("gd-first-order", 1 - 2 / K, relation=at_most)
only_one_dimension = descent("gd-one-dimension", Integer(0), **ROUNDING)
only_identity = descent(
    "gd-equal-eigenvalues", (K - 1) / 2, {n: dimension(2, 5), H: spd(n, -1, 0)}, **ROUNDING
)


def sign_law(name, bound, relation=at_most, steps_over=(5, 40)):
    """A wrong bound on the mean gradient of sign descent, with the right step."""

    @claim(
        f"lies/{name}",
        over={
            N: choice(*steps_over),
            lam: vector(4, -1, 1),
            x: start(4, size=10.0),
            c: decades(-1, 1),
        },
        says={"rate": relation(mean_g, bound)},
        where={mean_g: "mean |g|_1 over N steps", delta: "f - min f", l_1: "|L|_1"},
        cites=WRONG,
    )
    def law(N, lam, x, c):
        """Wrong on purpose."""
        return smoothness.measure(N, lam, x, c)

    return law


TRUE = sqrt(2 * delta * l_1 / N) * (c + 1 / c) / 2
sign_constant = sign_law("sign-constant", Rational(98, 100) * TRUE)
sign_exponent = sign_law("sign-exponent", TRUE * N ** Rational(-5, 100))
sign_without_inverse = sign_law("sign-small-steps", sqrt(2 * delta * l_1 / N) * (1 + c) / 2)


def stable(name, at, margin=5e-3):
    """A wrong threshold of GN^-1 on one logit."""

    @claim(
        f"lies/{name}",
        over={M: decades(-1, 1)},
        says={"converges": threshold(eta, at, stays, margin=margin, because="as the true claim")},
        where={stays: "GN^-1 from the logit M with step eta converges"},
        cites=WRONG,
    )
    def law(M, eta):
        """Wrong on purpose."""
        true = logistic.stability_thresholds.measure(np.full(len(M), -1.0), 1.0, 0.5, M, eta)
        return {stays: true[logistic.stays]}

    return law


threshold_constant = stable("threshold-constant", Rational(204, 100) * M / sinh(M))
threshold_exponent = stable("threshold-exponent", 2 * M / sinh(M) ** Rational(105, 100))
threshold_local = stable("threshold-local", Integer(2))
threshold_half = stable("threshold-half-power", 2 * M / sinh(M / 2))


def sgd_law(name, bound):
    """A wrong lower bound on the mean-square rate of preconditioned SGD."""

    @claim(
        f"lies/{name}",
        over={n: dimension(1, 5), B: choice(1, 8, 100), size: vector(n, -1.5, 0.3)},
        says={"rate": at_least(rho, bound)},
        where={rho: "mean-square rate with lr P Sigma of eigenvalues B / (B + n + 1) times size"},
        cites=WRONG,
    )
    def law(n, B, size):
        """Wrong on purpose."""
        return {rho: one_by_one(lambda q: rate(q * B / (B + n + 1), 0.0, B, 1.0), size)}

    return law


sgd_constant = sgd_law("sgd-constant", Rational(102, 100) * (n + 1) / (B + n + 1))
sgd_only_one = sgd_law("sgd-one-dimension", 2 * n / (B + n + 1))
sgd_small_batch = sgd_law("sgd-small-batch", (n + 1) / (n + 2) * B / B + 0 * B)


# --- dropped hypotheses, special cases, seeds


@claim(
    "lies/contraction",
    over={n: dimension(1, 4), H: spd(n, -2, 0), eta: between(0.1, 2.5), x: start(n)},
    says={"decrease": at_most(fall, 1)},
    where={fall: "f(x_1) / f(x_0) of gradient descent"},
    cites=WRONG,
)
def contraction(H, eta, x):
    """Only for eta <= 2 / L."""
    path = descend(SGD(eta), lambda z: matvec(H, z), x, 1)
    loss = (path * matvec(H, path)).sum(-1)
    return {fall: loss[1] / loss[0]}


@claim(
    "lies/trace",
    over={n: dimension(1, 5), H: spd(n, -2, 0)},
    says={"curvature": at_most(max_norm_curvature(H), trace(H))},
    cites=WRONG,
)
def trace_is_enough(H):
    """tr H is the max-norm smoothness constant only of diagonal H."""
    return {}


@claim(
    "lies/two-cycle",
    over={
        beta1: sometimes(0.0, between(0.01, 0.12)),
        beta2: between(0.5, 0.9),
        eta: decades(-2, 0),
    },
    says={"amplitude": equal(size, eta / 2, rtol=1e-6, because="1500 steps")},
    where={size: "|x| after 1500 steps of Adam on x^2 / 2"},
    cites=WRONG,
)
def two_cycle(beta1, beta2, eta):
    """Only for beta1 = 0: the amplitude is eta (1 - beta1) / (2 (1 + beta1))."""
    path = descend(Adam(eta, beta1, beta2, 0.0), lambda z: z, 1.3 * eta[:, None], 1500)
    return {size: np.abs(path[-1, :, 0])}


@claim(
    "lies/heavy-ball",
    over={lam: decades(-2, 0), u: between(0.0, 0.95)},
    says={"rate": at_most(rho, sqrt(u), slack=1e-3, because="finite time")},
    where={rho: "asymptotic contraction of heavy ball with step 1 and momentum u on lam x^2 / 2"},
    cites=WRONG,
)
def heavy_ball(lam, u):
    """Only while the roots are complex: (1 - sqrt(u))^2 <= lam."""
    roots = [np.abs(np.roots([1, -(1 + b - k), b])).max() for k, b in zip(lam, u, strict=True)]
    return {rho: np.array(roots)}


@claim(
    "lies/distinct",
    over={n: dimension(2, 5), lam: spectrum(n, -2, -0.1)},
    says={"gap": at_least(size, Rational(1, 10**7))},
    where={size: "smallest gap between neighbouring eigenvalues"},
    cites=WRONG,
)
def distinct(lam):
    """Only of distinct eigenvalues."""
    return {size: -np.diff(lam, axis=-1).max(-1)}


@claim(
    "lies/seed",
    over={x: between(0, 1)},
    says={"sample": at_most(size, Rational(7, 10))},
    where={size: "a number drawn with the seed"},
    cites=WRONG,
)
def one_seed(x, seed):
    """Only of the numbers that the default seed draws."""
    return {size: np.random.default_rng(seed).random(1) + 0 * x}


@claim(
    "lies/step-bound",
    over={beta1: unit(0.05), beta2: between(0.3, 0.99), g: sequence(60, decades=20.0)},
    assuming=[beta1**2 < beta2],
    says={"step": at_most(size, single(beta1, beta2))},
    where={size: "largest |x_(t+1) - x_t| / eta of Adam over 60 gradients"},
    cites=WRONG,
)
def step_bound(beta1, beta2, g):
    """max(1, (1 - beta1) / sqrt(1 - beta2)) bounds the step after a single gradient only."""
    path = replayed(Adam(1.0, beta1, beta2, 0.0), g)
    return {size: np.abs(np.diff(path, axis=0)).max(0)}


VARIATIONS = [
    *(kappa_2_percent, kappa_exponent, only_large_kappa, only_one_dimension, only_identity),
    *(sign_constant, sign_exponent, sign_without_inverse),
    *(threshold_constant, threshold_exponent, threshold_local, threshold_half),
    *(sgd_constant, sgd_only_one, sgd_small_batch),
    *(contraction, trace_is_enough, two_cycle, heavy_ball, distinct, one_seed, step_bound),
]

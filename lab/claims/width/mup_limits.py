"""Limits and laws of the Kronecker family: thin solves, batches, critical rates, constants."""

from __future__ import annotations

import numpy as np
from sympy import Rational

from lab.claims import (
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    exponent,
    integers,
    symbols,
)
from lab.claims.formulas import one_by_one
from lab.claims.width.limits import (
    hidden_move,
    layer_grams,
    of_limit,
    of_width,
    spreads,
    tall,
)
from lab.claims.width.networks import Sizes, study
from lab.instruments.width import slope
from lab.linalg import symmetric_power
from lab.optimizers import SGD
from lab.optimizers.matrix.thin import ThinKronecker
from lab.theory.mup import (
    critical_rate,
    effective_kernel,
    exponents,
    kronecker,
)
from lab.thin import power_times, pushed

e, e_A, e_B, rho, b_L, seed_of = symbols("e e_A e_B rho b_L seed_of")
thin, dense, gap, method = symbols("thin dense gap method")
by_batch, matched, single, swept = symbols("by_batch matched single swept")
features, limits, last, last_limit = symbols("features limits last last_limit")

RATIO = "the largest eigenvalue of Z Z^T is at most 30, and an eigenvalue r is known to 30 eps / r"


SCATTER = "8 starts at M = 512: four times the scatter of 0.02, and terms of order n / M"


@claim(
    "mup-limits/push-through",
    over={e: between(0, 1), rho: decades(-8, 1), seed_of: integers(0, 999)},
    says={
        "on its range": equal(thin, dense, rtol=1e-6, because=RATIO),
        "anywhere": at_most(gap, 3e-14 * (30 / rho) ** e),
    },
    where={
        thin: "|Z (Z^T Z + rho)^-e|_F from the 4 columns of Z (12, 4), one of them twice",
        dense: "|(Z Z^T + rho)^-e Z|_F from the 12 x 12 matrix",
        gap: "largest entry of the difference of both, over the largest entry, applied to Z",
    },
    cites=derived("Z = U S V^T: both sides are U S (S^2 + rho)^-e V^T"),
)
def push_through(e, rho, seed_of):
    """g(Z Z^T) Z = Z g(Z^T Z) for every g. Outside the range the thin form is rho^-e X plus what
    cancels it on the range, which loses (lam / rho)^e of the digits."""

    def one(power, shift, seed):
        z = tall(seed)
        whole = symmetric_power(z @ z.T + shift * np.eye(12), -power) @ z
        by_thin = power_times(z, z, -power, shift)
        lost = np.abs(by_thin - whole).max() / np.abs(whole).max()
        return [np.linalg.norm(pushed(z, -power, shift)), np.linalg.norm(whole), lost]

    return dict(zip((thin, dense, gap), one_by_one(one, e, rho, seed_of).T, strict=True))


@claim(
    "mup-limits/critical-rate",
    over={seed_of: integers(0, 999), b_L: between(0.4, 2), rho: decades(-2, 0)},
    says={
        "head": equal(matched, swept, rtol=1e-8, because="solves of condition 1 / rho"),
        "one example": equal(single, 2 * (1 + rho) ** 2 / 3, rtol=1e-9, because="rounding"),
    },
    where={
        matched: "largest stable rate of linearised K-FAC, three layers of tanh, M = 32, three"
        " examples, trace damping, W_L of entries M^-1",
        swept: "the same with W_L of entries M^-b_L",
        single: "of the first example alone",
    },
    cites=derived("K_eff = sum_l n S_B o S_A, S_X = X (X + rho tr X)^-1; Ishikawa & Karakida 2024"),
)
def critical(seed_of, b_L, rho):
    """B of output gradients is multiplied by a number, which relative damping cancels: SP and muP
    have one critical rate at every width. For n = 1 every S is 1 / (1 + rho)."""

    def one(head, shift, seed):
        grams = layer_grams(int(seed))
        scale = float(32 ** (1 - head)) ** 2
        heads = [*(scale * b for b in grams[1][:-1]), grams[1][-1]]
        alone = [[x[:1, :1] for x in part] for part in grams]
        rates = [(grams[0], grams[1]), (grams[0], heads), alone]
        return [critical_rate(effective_kernel(a, b, shift)) for a, b in rates]

    names = (matched, swept, single)
    return dict(zip(names, one_by_one(one, b_L, rho, seed_of).T, strict=True))


@claim(
    "mup-limits/constants",
    over={e_A: between(0, 1), e_B: between(0, 1), seed_of: integers(0, 99)},
    says={
        "features": equal(features, limits, rtol=0.12, because=SCATTER),
        "output": equal(last, last_limit, rtol=0.12, because=SCATTER),
    },
    where={
        features: "(RMS(dW_1 x), RMS(dW_2 h_1)), two hidden layers of ReLU, M = 512, at the first"
        " example, 8 starts; one step of the Kronecker family, trace damping 0.1",
        limits: "the same at M = inf, by arc-cosine kernels",
        last: "RMS over starts of dW_3 h_2 there",
        last_limit: "the same at M = inf",
    },
    cites=derived("limits of the Gram matrices in (*)"),
    instances=6,
)
def constants(e_A, e_B, seed_of):
    """dW_l h = Z (Z^T Z + rho_B)^-e_B X (H^T H + rho_A)^-e_A H^T h: a function of Gram matrices."""

    def one(a, b, seed):
        made = study("relu", int(seed), Sizes((512, 1024), 8))
        return [*of_width(made, int(seed), a, b), *of_limit(made, a, b)]

    rows = one_by_one(one, e_A, e_B, seed_of)
    return {features: rows[:, :2], last: rows[:, 2], limits: rows[:, 3:5], last_limit: rows[:, 5]}


BATCHES = (2, 4, 8)


@claim(
    "mup-limits/batch-exponent",
    over={e_A: between(0, 1), e_B: between(0, 0.5), seed_of: integers(0, 99)},
    says={
        "power": exponent(
            by_batch,
            e_A + e_B - 1,
            tol=0.15,
            because="M = 512, and the Gram of J, one output, is not diagonal: 0.2 e_B",
        )
    },
    where={
        by_batch: "slope in the number n of examples, 2 to 8, of RMS(dW_2 h_1) in two hidden"
        " layers of tanh, orthogonal inputs, targets +-1, trace damping 1e-4, M = 512"
    },
    cites=derived("each example moves itself: A, B ~ 1/n of its own, G ~ 1/n"),
    instances=6,
)
def batch_exponent(e_A, e_B, seed_of):
    """On orthogonal features and errors, full rank and rho below 1 / n, the eigenvalues of A and B
    are 1 / n of those of one example, to the powers -e_A and -e_B, and G is 1 / n."""

    def one(a, b, seed):
        sizes = [hidden_move(n, a, b, int(seed)) for n in BATCHES]
        return slope(BATCHES, sizes).value

    return {by_batch: one_by_one(one, e_A, e_B, seed_of)}


TAUGHT = {
    "SGD": (SGD(0.02), kronecker(0, 0)),
    "K-FAC": (ThinKronecker(0.03, 0.1), kronecker(1, 1)),
}
KINDS = ("muP", "lazy")
SPREAD = "128 starts at widths 16 and 128: four times the scatter of 0.04"
spread, lazy_spread = symbols("spread lazy_spread")


@claim(
    "mup-limits/deterministic-limit",
    over={method: choice(*TAUGHT), seed_of: integers(0, 99)},
    says={
        "muP": equal(spread, -Rational(1, 2), atol=0.16, because=SPREAD),
        "lazy": equal(lazy_spread, Rational(1, 2), atol=0.16, because=SPREAD),
    },
    where={
        spread: "slope in M of the standard deviation over starts of f after three steps, tanh,"
        " drawn networks of widths 16 and 128, muP",
        lazy_spread: "that of sqrt(M) times it in the lazy parameterization",
    },
    cites=derived("f is a smooth function of means over M units; the lazy f_0 is a sum of M terms"),
    instances=4,
)
def deterministic_limit(method, seed_of):
    """In muP all starts of a wide network train to one function; in the lazy one f_0 is of order 1
    at every width, and what training leaves of it too."""
    optimizer, rule = TAUGHT[method]

    def one(seed):
        maximal, lazy = (spreads(optimizer, exponents(rule, x), int(seed)) for x in KINDS)
        return [maximal, lazy + 0.5]

    rows = one_by_one(one, seed_of)
    return {spread: rows[:, 0], lazy_spread: rows[:, 1]}

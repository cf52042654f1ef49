"""Limits and laws of the Kronecker family: thin solves, batches, critical rates, constants.

All are corollaries of (*), lab.claims.width.limits: a step is a function of two Gram matrices of n
examples. That it may be computed from them (push-through), how large a rate they allow (critical
rate), what they tend to (constants), what the number of examples does (batch exponent), and that f
is the same for all starts in the end (deterministic limit). Derived, beside Ishikawa & Karakida
2024.
"""

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
    """Z = U S V^T: g(Z Z^T) Z = U g(S^2) S V^T = Z g(Z^T Z) for every g. So M x M powers become n x
    n ones, at a cost of M n^2. Outside the range of Z the thin form is rho^-e X plus what cancels
    it on the range, which loses (lam / rho)^e of the digits: the second part.

    Space: Z (12, 4) of rank 3, so that 0 is an eigenvalue of both sides; all powers, dampings over
    nine decades. 3e-14 is some hundred eps, and 30 a bound of the largest eigenvalue."""

    def one(power, shift, seed):
        """Both norms, and the largest entry of the difference over the largest."""
        z = tall(seed)
        # the 12 x 12 matrix, by all its eigenvalues
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
    """df / d eta = -K_eff chi with K_eff = sum_l n S_B o S_A (o entry by entry), S_X = X (X + rho
    tr X)^-1 of the Gram matrices over n: in half squares the linearised step is stable iff eta < 2
    / lam_max(K_eff). B of output gradients is multiplied by a number when W_L is, which relative
    damping cancels: SP (b_L = 1/2) and muP have one critical rate at every width. That a rate
    transfers says nothing about features. With e_B < 1, the empirical B or the heuristic the number
    does not cancel.

    For n = 1 every S is 1 / (1 + rho), and K_eff = 3 / (1 + rho)^2 in three layers.

    Space: three layers of tanh, width 32, heads on both sides of muP's, dampings over two
    decades.

    Full batch, half squares: the Hessian enters by K_eff alone. Two networks are never trained:
    Gram matrices of one start are scaled as another head would scale them.
    """

    def one(head, shift, seed):
        """The critical rates with muP's head, with another, and of one example."""
        grams = layer_grams(int(seed))
        # B is made of squares of J, which the head multiplies
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
    """dW_l h = Z (Z^T Z + rho_B)^-e_B X (H^T H + rho_A)^-e_A H^T h: a function of Gram matrices,
    whose limits for ReLU are arc-cosine kernels. With kappa_1 = E[relu relu] and kappa_0 = E[step
    step] of Gaussian pairs of a given covariance:

        features  K_0 = X^T X / d,  K_1 = kappa_1(K_0),  K_2 = kappa_1(2 K_1)
        errors    P_2 = kappa_0(2 K_1),  P_1 = 2 P_2 o kappa_0(K_0)      (o entry by entry)

    q = (P/n + rho tr P/n)^-e_B diag(chi) (K/n + rho tr K/n)^-e_A k/n, chi = -y as f_0 is 0, K the
    kernel of what a layer is given (X^T X, K_1, K_2), k the same of the examples with the point,
    and RMS(dW h)^2 -> q^T P q: no draw is left. At the output P is 1, and the factor of B (1 +
    rho)^-e_B.

    Space: all powers of the family at muP's rates, orthogonal examples, M = 512. Errors are of
    order M^(-1/2) and, at the output, of one number per start: a mean over 8, and 12 %. Inputs that
    are nearly parallel have small eigenvalues, which are counts of few units, and need a larger
    rho."""

    def one(a, b, seed):
        """Moves at M = 512, and at M = inf."""
        made = study("relu", int(seed), Sizes((512, 1024), 8))
        return [*of_width(made, a, b), *of_limit(made, a, b)]

    rows = one_by_one(one, e_A, e_B, seed_of)
    return {features: rows[:, :2], last: rows[:, 2], limits: rows[:, 3:5], last_limit: rows[:, 5]}


# at most d = 8 orthogonal inputs
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
    are 1 / n of those of one example, to the powers -e_A and -e_B, and G is 1 / n: n^(e_A + e_B -
    1). K-FAC's step grows as n, SGD's falls as 1 / n.

    Needed: Gram matrices near a diagonal, of h where e_A < 1 and of J where e_B < 1. Linear
    networks of one output have all J equal, and B of rank one: no e_B is seen. ReLU features share
    a mean. A damping above 1 / n hides the law.

    Space: tanh, orthogonal inputs, e_B up to 1/2, above which the J of one output are too far from
    orthogonal.

    Why it matters: K-FAC's best rate at batch size n is then no guide for another n.
    """

    def one(a, b, seed):
        sizes = [hidden_move(n, a, b, int(seed)) for n in BATCHES]
        return slope(BATCHES, sizes).value

    return {by_batch: one_by_one(one, e_A, e_B, seed_of)}


# small rates: near an edge the spread is that of bursts
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
    """In muP f is a smooth function of means over M units, at every step: it spreads by M^(-1/2)
    over starts, and all starts of a wide network train to one function. In the lazy
    parameterization f_0 is a sum of M terms of size M^(-1/2), of order 1 at every width, and what
    training leaves of it is too. That steps after the first are such functions is a sketch: scalars
    of a tensor program, smooth in Gram matrices because the damping is a share of them.

    Space: SGD and K-FAC, three steps at rates well below the edge, tanh, widths 16 and 128."""
    optimizer, rule = TAUGHT[method]

    def one(seed):
        """Slopes of the spread in both tables."""
        maximal, lazy = (spreads(optimizer, exponents(rule, x), int(seed)) for x in KINDS)
        # times sqrt(M): an exponent of 0 has no control that could fail
        return [maximal, lazy + 0.5]

    rows = one_by_one(one, seed_of)
    return {spread: rows[:, 0], lazy_spread: rows[:, 1]}

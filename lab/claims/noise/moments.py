"""Second moments of mini-batch gradients in linear regression, and what they say about Adam and
GN^-1/2.

Rows x = Sigma^(1/2) z, the coordinates of z independent and of one kurtosis; label noise of
standard deviation `noise`, independent of x; fresh examples. Expectations are enumerated. "Adam" is
Adam with the expected squared gradient: what v is as beta2 -> 1. Letters: d the distance from the
minimum, tau = d^T Sigma d + noise^2 = E (y - x^T theta)^2, r = d^T Sigma d / tau in [0, 1], rho_i =
u_i^T Sigma d / sqrt(u_i^T Sigma u_i d^T Sigma d) in [-1, 1], K = 1 + (B + 1) r. Then E (u_i^T
g_B)^2 = (tau / B) u_i^T Sigma u_i k_i with k_i = 1 + (B + 1) r rho_i^2 in [1, K]: at small batch
Adam's preconditioner is GN^-1/2's up to a learning rate and a factor sqrt K, sqrt 3 at B = 1 and
less with label noise; at large batch it is sign descent's. In every basis, and for Gaussian rows,
or elliptical ones at B = 1.

Liu et al. 2025 (arXiv 2510.13680) say so without a constant known to us: proofs are ours.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational, sqrt

from lab.bases import eigenvectors
from lab.claims import (
    at_least,
    at_most,
    batch_sizes,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    integers,
    lattice,
    orthogonal,
    sometimes,
    spd,
    start,
    symbols,
    threshold,
)
from lab.claims.enumerated import along, exact_mean_outer, of_batch, single_moments, whole_gradients
from lab.claims.noise.formulas import excess, first, highest, inside, lowest, outer, progress, share
from lab.claims.noise.regressions import BOUND, KURTOSIS, NOISE, SHARE, SPACE, TAU, powers_apart
from lab.linalg import matvec

n, B, Sigma, A, d, noise, kurtosis = symbols("n B Sigma A d noise kurtosis")
tau, r, K, U, p = symbols("tau r K U p")
moment, over_half, largest, smallest = symbols("moment over_half largest smallest")
like_gn, spread, k4, ratio, own, other = symbols("like_gn spread k4 ratio own other")

CONDITION = "kappa(Sigma) eps"


@claim(
    "moments/isserlis",
    over={
        n: dimension(1, 3),
        B: choice(1, 2),
        A: lattice(n, n),
        d: lattice(n),
        noise: integers(0, 3),
        kurtosis: choice(3, 1),
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "moment": equal(
            moment,
            (1 + 1 / B) * outer(Sigma, d) + (excess(Sigma, d) + noise**2) / B * Sigma,
            because="in fractions",
        )
    },
    where={
        moment: "E[g_B g_B^T], g_B the gradient at distance d from the minimum, over all batches of"
        " B rows, and their labels",
        Sigma: "A A^T, the covariance of the rows",
    },
    cites=derived("Isserlis' theorem"),
    instances=24,
)
def isserlis(B, A, d, noise, kurtosis):
    """For Gaussian x, E x_i x_j x_k x_l = S_ij S_kl + S_ik S_jl + S_il S_jk; contracted with d_k
    d_l, E[x x^T (x^T d)^2] = 2 Sigma d d^T Sigma + (d^T Sigma d) Sigma. Label noise adds noise^2
    Sigma. B independent examples have 1/B of that and 1 - 1/B of the squared mean Sigma d d^T
    Sigma, which makes (1 + 1/B) and tau / B.

    Only fourth moments of x and the variance of the noise enter: rows x = A z, z of five integers,
    have those of Gaussian ones. Kurtosis 1 adds -2 A diag((A^T d)_i^2) A^T, and the formula fails.
    """
    found = []
    for a, delta, size in zip(A, d, noise, strict=True):
        g, weight, total = whole_gradients(a, delta, int(size), kurtosis, B)
        found.append(exact_mean_outer(g, weight, total * B**2))
    return {moment: np.array(found), Sigma: A @ A.swapaxes(-1, -2)}


@claim(
    "moments/sandwich",
    over=SPACE | {B: batch_sizes(10**5), tau: TAU, r: SHARE, K: BOUND},
    assuming=[Eq(kurtosis, 3)],
    says={
        "above": at_most(over_half, sqrt(B / tau), slack=1e-9, because=CONDITION),
        "below": at_least(over_half, sqrt(B / (tau * K)), slack=1e-9, because=CONDITION),
    },
    where={
        over_half: "P_Adam / P_GN^-1/2 = sqrt(u^T Sigma u / E (u^T g_B)^2), u every column of U"
    },
    cites=derived("Cauchy-Schwarz; Liu et al. 2025 state it without a constant known to us"),
)
def sandwich(B, Sigma, d, noise, U, kurtosis):
    """E (u^T g_B)^2 = (tau/B) [u^T Sigma u + (B+1) (u^T Sigma d)^2 / tau] by moments/isserlis, and
    0 <= (u^T Sigma d)^2 <= (u^T Sigma u) (d^T Sigma d) by Cauchy and Schwarz: the bracket over u^T
    Sigma u is in [1, K]. P_GN^-1/2 = (u^T Sigma u)^(-1/2), so the ratio of the two preconditioners
    is sqrt(B / tau) k^(-1/2).

    Both ends at once: Sigma diagonal, U the coordinates, d = e_1, no noise, where k = (B + 2, 1,
    ..., 1). Only the spread of k matters, as a common factor is a learning rate. U is any
    orthonormal basis; sum rho_i^2 = 1 in the eigenbasis, so that only one direction can be near the
    upper end there.

    Kurtosis 3 is the Gaussian hypothesis as far as it is used: below it k can be under 1, and
    one-hot rows have no bound at all (moments/one-hot-breaks-it).
    """
    s = along(U, *single_moments(Sigma, d, noise, kurtosis), B)
    return {over_half: np.sqrt(inside(U, Sigma) / s)}


@claim(
    "moments/loewner-sandwich",
    over={
        n: dimension(1, 3),
        # beyond both ends of the powers for which the order holds
        p: between(-2, 0.5),
        # K up to 1000: the two sides of the order are still above rounding
        B: batch_sizes(1000),
        Sigma: spd(n, -2, 0),
        d: start(n),
        noise: NOISE,
        kurtosis: KURTOSIS,
        tau: TAU,
        r: SHARE,
        K: BOUND,
    },
    assuming=[p >= -1, p <= 0, Eq(kurtosis, 3)],
    says={
        "above": at_most(largest, 1, slack=1e-9, because="kappa(Sigma) kappa(E g g^T) eps"),
        "below": at_least(smallest, K**p, slack=1e-9, because="kappa(Sigma) kappa(E g g^T) eps"),
    },
    where={
        largest: "the largest c with det(E[g_B g_B^T]^p - c (tau Sigma / B)^p) = 0",
        smallest: "the smallest such c",
    },
    cites=derived("the matrix sandwich and the Loewner-Heinz inequality; p = -1/2 is Adam's"),
)
def loewner_sandwich(p, B, Sigma, d, noise, kurtosis):
    """Sigma d d^T Sigma <= (d^T Sigma d) Sigma as matrices (Cauchy and Schwarz for all u at once),
    so (tau/B) Sigma <= E[g g^T] <= K (tau/B) Sigma. x -> -x^p is operator monotone for p in [-1, 0]
    (Loewner and Heinz): the order turns round and K becomes K^p, which is what full-matrix Adam at
    p = -1/2 needs.

    Both sides are attained, by directions across and along Sigma d, at p = -1 and p = 0, and for
    Sigma a multiple of 1 at all p between. Beyond [-1, 0], x^p is not operator monotone, and
    positive powers keep the order. "c" are the eigenvalues of the pencil.
    """
    moments = of_batch(*single_moments(Sigma, d, noise, kurtosis), B)
    tau = (d * matvec(Sigma, d)).sum(-1) + noise**2
    found = powers_apart(moments, (tau / B)[:, None, None] * Sigma, p)
    return {largest: found[:, -1], smallest: found[:, 0]}


EACH = share(Sigma, d, noise, U)


@claim(
    "moments/batch-crossover",
    over=SPACE,
    # a first direction that turns at some batch size from 1 to 10^9; beyond, k - 2 is rounding
    assuming=[first(EACH) <= Rational(1, 2), first(EACH) >= 1e-9, Eq(kurtosis, 3)],
    says={
        "turns": threshold(B, 1 / first(EACH) - 1, like_gn, because="any margin far above eps"),
        "spread": equal(
            spread,
            sqrt((1 + (B + 1) * highest(EACH)) / (1 + (B + 1) * lowest(EACH))),
            rtol=1e-9,
            because=CONDITION,
        ),
    },
    where={
        like_gn: "(P_Adam / P_GN^-1/2)^2 tau / B > 1/2 in the first direction",
        spread: "largest over smallest P_Adam / P_GN^-1/2 of all directions, at that batch size",
    },
    cites=derived("the exact second moment"),
)
def batch_crossover(Sigma, d, noise, U, kurtosis, B):
    """tau / B (P_GN^-1/2 / P_Adam)^2 = k, k = 1 + (B+1) r rho^2: GN^-1/2 with one learning rate
    while it is near 1, sign descent where the squared mean dominates. k reaches 2 at B = 1 / (r
    rho^2) - 1, the threshold; so deviations begin at 1 / (r max rho^2), some n for a generic d in
    the eigenbasis, and sign descent is reached at 1 / (r min rho^2).

    Only directions with r rho^2 in [1e-9, 1/2] turn at a batch size between 1 and 1e9. The second
    part is the exact spread there.
    """
    s = along(U, *single_moments(Sigma, d, noise, kurtosis), B)
    ratio = inside(U, Sigma) / s
    tau = (d * matvec(Sigma, d)).sum(-1) + noise**2
    apart = np.sqrt(ratio.max(-1) / ratio.min(-1))
    return {like_gn: ratio[:, 0] * tau / B > 0.5, spread: apart}


@claim(
    "moments/one-step-progress",
    over={
        n: dimension(1, 3),
        B: batch_sizes(10**4),
        Sigma: spd(n, -6, 0, bases=("coordinate", "random")),
        d: start(n, ("generic", "sparse")),
        # up to K - 1 = 1e-8, where both sides of every bound meet
        noise: sometimes(0.0, decades(-2, 4), 0.4),
        U: orthogonal(n),
        kurtosis: KURTOSIS,
        tau: TAU,
        r: SHARE,
        K: BOUND,
    },
    assuming=[Eq(kurtosis, 3)],
    says={
        "at least, in the eigenbasis": at_least(own, 1 / K, slack=1e-7, because=CONDITION),
        "at most, in the eigenbasis": at_most(own, K, slack=1e-7, because=CONDITION),
        "at least, in any": at_least(other, 1 / K**2, slack=1e-7, because=CONDITION),
        "at most, in any": at_most(other, K**2, slack=1e-7, because=CONDITION),
    },
    where={
        own: "D(Adam) / D(GN^-1/2) in the eigenbasis of Sigma, D(P) the largest expected decrease"
        " of the loss along P g_B",
        other: "the same in the basis U",
    },
    cites=derived("Schur's product theorem; the lower side is an infimum, the upper is not sharp"),
)
def one_step_progress(B, Sigma, d, noise, U, kurtosis):
    """D(P) is (g^T P g)^2 / (2 p^T (Sigma o M) p), o entry by entry in the basis of P, and p_Adam =
    p_GN k^(-1/2) up to a factor that cancels, 1 <= k <= K. g^T P g = sum p_i g_i^2 loses at most
    K^(1/2), its square K.

    In the eigenbasis of Sigma, Sigma o M is diagonal and the denominator falls by 1 to K as well:
    the quotient is in [1/K, K]. In any basis (tau/B) Sigma o Sigma <= Sigma o M <= K (tau/B) Sigma
    o Sigma by Schur's product theorem, and Sigma o Sigma has entries >= 0, so the form is monotone
    in p >= 0: the denominator changes by a factor in [1/K^2, K], the quotient is in [1/K^2, K^2].

    1/K is the infimum in the eigenbasis, without noise, as the eigenvalue along d becomes small.
    The upper side is far from sharp: the largest found grows like B^0.3 to B^0.4.
    """
    single = single_moments(Sigma, d, noise, kurtosis)
    moment = of_batch(*single, B)
    found = []
    for u in (eigenvectors(Sigma), U):
        half, adam = inside(u, Sigma) ** -0.5, along(u, *single, B) ** -0.5
        gain = [progress(u, p, Sigma, d, moment) for p in (adam, half)]
        found.append(gain[0] / gain[1])
    return {own: found[0], other: found[1]}


@claim(
    "moments/elliptical",
    # k4 = 1 is Gaussian; at 1e6 the spread of 3 is attained
    over=SPACE | {B: batch_sizes(10**5), k4: decades(0, 6), tau: TAU, r: SHARE},
    assuming=[Eq(kurtosis, 3)],
    says={
        "moment": equal(
            ratio,
            k4 * r + 1 - r + (2 * k4 + B - 1) * share(Sigma, d, noise, U),
            rtol=1e-9,
            because=CONDITION,
        ),
        "spread": at_most(spread, 3, slack=1e-9, because=CONDITION),
    },
    where={
        ratio: "E (u^T g_B)^2 / (tau/B u^T Sigma u), u every column of U, rows sqrt(w) Sigma^(1/2)"
        " z, E w = 1, E w^2 = k4",
        spread: "its largest over its smallest entry at B = 1",
    },
    cites=derived("fourth moments of elliptical laws"),
    instances=80,
)
def elliptical(B, Sigma, d, noise, U, kurtosis, k4):
    """x = sqrt(w) Sigma^(1/2) z, E w = 1, E w^2 = k4 >= 1: w multiplies the fourth moment by k4 and
    leaves the second. M_1 = k4 (2 Sigma d d^T Sigma + (d^T Sigma d) Sigma) + noise^2 Sigma; of B
    examples 1/B of it and 1 - 1/B of the squared mean, which is the first part.

    At B = 1 the entries lie between a = k4 r + 1 - r and a + 2 k4 r <= 3 a: the spread is at most 3
    whatever k4 is, in every dimension. Attained at both ends as k4 grows, d along one direction of
    a diagonal Sigma.  Beyond B = 1 the spread is at most 1 + (2 k4 + B - 1) r / (k4 r + 1 - r),
    which is K at k4 = 1.
    """
    single = single_moments(Sigma, d, noise, kurtosis, k4)
    tau = (d * matvec(Sigma, d)).sum(-1) + noise**2
    unit = inside(U, Sigma) * tau[:, None]
    one, many = (along(U, *single, b) for b in (1, B))
    apart = one / unit
    return {ratio: many * B[:, None] / unit, spread: apart.max(-1) / apart.min(-1)}

"""TNT's statistics as random numbers: one gradient, a batch's mean, many samples.

M_i, the second moments of the unfoldings of a gradient, are averages of Gram matrices such as G
G^T. How much they fluctuate decides how long they must be averaged; whether they come from single
samples or from a batch's mean changes their scale by B, which damping does not follow, and their
noise. Moments are enumerated over laws of finitely many values, whose fourth moments are chosen.
"""

from __future__ import annotations

import itertools

import numpy as np
from sympy import Eq, sqrt

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    named,
    psd,
    sometimes,
    spd,
    start,
    symbols,
)
from lab.claims.enumerated import points
from lab.claims.kronecker.drawn import DENSE, SINGULAR, second_moments, tr
from lab.linalg import symmetric_power, transposed
from lab.modes import multiply_modes
from lab.theory.kronecker.approximations import tnt_factors

U, V, kurtosis, mean, fluctuation, columns = symbols("U V kurtosis mean fluctuation columns")


@named
def fourth(u):
    """U_aa U_bb + U_ab^2, (2, 2)

    The variance of g_a g_b for g ~ N(0, U): Isserlis.
    """
    diagonal = np.diagonal(u, axis1=-2, axis2=-1)
    return diagonal[:, :, None] * diagonal[:, None, :] + u**2


@named
def squared(v):
    """V^2

    Its trace is the sum of squares of V's entries.
    """
    return v @ v


@claim(
    "tnt/sample-fluctuation",
    over={
        U: spd(2, -2, 0),
        # singular ones too: a rank-one V is a single column
        V: psd(2, -2, 0),
        # laws of three values with these fourth moments: lab.claims.enumerated.points
        kurtosis: sometimes(3.0, between(1, 5)),
        mean: sometimes(0.0, between(0.1, 1)),
    },
    assuming=[Eq(kurtosis, 3), Eq(mean, 0)],
    says={
        "variance": equal(
            fluctuation, tr(squared(V)) * fourth(U), atol=1e-12, because="81 outcomes of size 100"
        ),
    },
    where={
        fluctuation: "the variance of every entry of G G^T, G = U^(1/2) Z V^(1/2) + mean, over all"
        " outcomes of Z, 2 x 2 independent entries of mean 0, variance 1 and this kurtosis",
    },
    cites=derived("Isserlis' theorem"),
)
def sample_fluctuation(U, V, kurtosis, mean):
    """With V = W diag(v) W^T the columns of G W are independent N(0, v_j U): G G^T = sum_j v_j y_j
    y_j^T, y_j ~ N(0, U), and the variances of independent terms add up, sum v_j^2 (U_aa U_bb +
    U_ab^2). So one draw of G carries (tr V)^2 / tr V^2 <= n effective columns, n iff V is a
    multiple of 1: a statistic of a wide layer hardly needs averaging, one whose inputs all point
    one way does.

    Entries of kurtosis 3 have all moments that enter. Necessary: signs with U = V = 1 have no
    variance on the diagonal at all; a mean adds mixed terms, three times the variance at mean 1 for
    3 x 4 entries.
    """
    left = symmetric_power(U, 0.5)
    right = symmetric_power(V, 0.5, floor=0.0)
    found = []
    for u, v, k, shift in zip(left, right, kurtosis, mean, strict=True):
        # all 3^4 outcomes of the four entries of Z
        z, chance = points(4, k)
        g = u @ z.reshape(-1, 2, 2) @ v + shift
        squares = g @ transposed(g)
        average = np.tensordot(chance, squares, 1)
        found.append(np.tensordot(chance, squares**2, 1) - average**2)
    return {fluctuation: np.array(found)}


C, B, dims, alpha, eps, off, g = symbols("C B dims alpha eps off g")
by_mean = symbols("by_mean")


@named
def order(dims):
    """the number of modes k

    1 for a bias, 2 for a matrix; modes of size one count.
    """
    return np.asarray(float(len(dims)))


@named
def step(c, dims, g, alpha, eps):
    """the step alpha prod_i (U_i + eps I)^-1 along mode i of g, U_i the factors of TNT for C

    C (R, D, D), g (R, >= D) of which D entries count, alpha and eps (R,). The factors have one
    average eigenvalue, (tau / D)^(1/k).
    """
    tensor = g[:, : c.shape[-1]].reshape(len(g), *dims)
    inverses = []
    for u in tnt_factors(c, dims):
        damped = u + eps[:, None, None] * np.eye(u.shape[-1])
        inverses.append(np.linalg.inv(damped))
    moved = multiply_modes(tensor, inverses)
    return alpha[:, None] * moved.reshape(len(g), -1)


@claim(
    "tnt/batch-mean-scaling",
    over={
        dims: choice((4,), (2, 3), (2, 1, 3), (2, 2, 1, 2)),
        C: second_moments(dims, DENSE[:1] + SINGULAR[:1], decades=1.0),
        B: integers(1, 1000),
        alpha: decades(-3, 0),
        # beside factors of average eigenvalue 1 times their scale: under- and over-damped
        eps: decades(-2, 1),
        off: sometimes(1.0, between(0.3, 0.9)),
        g: start(8, ("generic",)),
    },
    assuming=[Eq(off, 1)],
    says={
        "same step": equal(
            by_mean,
            step(C, dims, g, alpha * B, eps * B ** (1 / order(dims))),
            rtol=1e-8,
            because="kappa of the damped factors times eps, entries cancel to 1e-3",
        ),
    },
    where={
        by_mean: "the step of alpha and eps on the statistics off C / B, those of a batch's mean"
    },
    cites=derived("U_i of C / B is U_i B^(-1/k)"),
)
def batch_mean_scaling(dims, C, B, alpha, eps, off, g):
    """U_i = c d_i M_i / tau, c = (tau / D)^(1/k), for k modes of sizes d_i, D their product: C / B
    has the factors U_i B^(-1/k). (U B^(-1/k) + eps)^-1 is B^(1/k) (U + eps B^(1/k))^-1, and k of
    them make B: the step of (alpha, eps) on C / B is that of (alpha B, eps B^(1/k)) on C. So a bias
    is damped by eps B, a matrix by eps sqrt(B), and changing B changes their ratio.

    An identity for statistics that are scaled by 1 / B; `off` scales them by another factor, and it
    fails. Those of a batch's mean agree with it in expectation only (tnt/batch-mean-is-noisy).
    """
    share = (off / B)[:, None, None]
    return {by_mean: step._imp_(share * C, dims, g, alpha, eps)}


rms, variance, variance_one, count = symbols("rms variance variance_one count")


@claim(
    "tnt/batch-mean-is-noisy",
    over={
        # 9^3 = 729 batches of three
        B: choice(2, 3),
        kurtosis: between(1.2, 8),
        mean: sometimes(0.0, between(0.1, 1)),
        U: spd(2, -1, 0),
    },
    assuming=[Eq(mean, 0)],
    says={
        "noise": equal(
            rms, sqrt(1 + (B - 1) * variance / variance_one), rtol=1e-9, because="729 outcomes"
        ),
    },
    where={
        rms: "standard deviation of every entry of B g_B g_B^T over that of (1/B) sum g_j g_j^T,"
        " g_j = U^(1/2) z_j + mean, over all outcomes, z_j as in tnt/sample-fluctuation",
        variance: "U_aa U_bb + U_ab^2, the variance of an entry of g g^T for a Gaussian g",
        variance_one: "the variance of an entry of g_1 g_1^T",
    },
    cites=derived("of (sum_j a_j)(sum_j b_j) / B the B (B - 1) mixed terms have V_G / B each"),
    # each enumerates up to 729 batches
    instances=24,
)
def batch_mean_is_noisy(B, kurtosis, mean, U):
    """B g_B g_B^T = (1/B) sum_jk g_j g_k^T has the same mean as (1/B) sum_j g_j g_j^T for
    independent g_j of mean 0. Its B diagonal terms have the variance V_1 / B together, its B (B -
    1) mixed ones, uncorrelated with them, (B - 1) / B times V_G = U_aa U_bb + U_ab^2: the ratio of
    the two standard deviations is sqrt(1 + (B - 1) V_G / V_1).

    sqrt(B) for Gaussian gradients, V_1 = V_G; less for heavy tails, whose V_1 is large in both: a
    scalar has V_G / V_1 = 1 / (1 + (kurtosis - 3) / 2). Mean 0 is necessary, as model labels
    provide: with another mean B g_B g_B^T has (B - 1) E g E g^T besides.
    """
    found = []
    for u, k, shift in zip(symmetric_power(U, 0.5), kurtosis, mean, strict=True):
        z, chance = points(2, k)
        found.append(noise_of(z @ u + shift, chance, B))
    ratios, single = (np.array(column) for column in zip(*found, strict=True))
    return {rms: ratios, variance: fourth._imp_(U), variance_one: single}


def noise_of(g, chance, size) -> tuple[np.ndarray, np.ndarray]:
    """The ratio of standard deviations, and the variance of one sample, of all entries (2, 2) each.

    Over all N^size batches of outcomes g (N, 2) with their probabilities: nothing is sampled, and
    size 3 is what can be enumerated.
    """
    rows = np.array(list(itertools.product(range(len(g)), repeat=size)))
    weight = chance[rows].prod(-1)
    batches = g[rows]
    each = batches[..., :, None] * batches[..., None, :]
    mean = batches.mean(1)
    by_batch = size * mean[:, :, None] * mean[:, None, :]
    single = variance_of(g[:, :, None] * g[:, None, :], chance)
    ratio = variance_of(by_batch, weight) / variance_of(each.mean(1), weight)
    return np.sqrt(ratio), single


def variance_of(x, chance) -> np.ndarray:
    """The variance of every entry of outcomes x (N, ...)."""
    mean = np.tensordot(chance, x, 1)
    return np.tensordot(chance, (x - mean) ** 2, 1)

"""Normalised inputs: the Hessian of one neuron, before and after."""

from __future__ import annotations

import numpy as np
from sympy import Eq, Min, asinh, exp

from lab.claims import (
    at_least,
    at_most,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    named,
    refuted,
    sometimes,
    spd,
    start,
    symbols,
    vector,
)
from lab.claims.normalization.examples import (
    can_be_told,
    can_be_told_where_it_counts,
    hidden,
    kappa_of,
    weighted_kappa,
    weights,
)
from lab.claims.normalization.neurons import of_neuron
from lab.linalg import kappa, kappa_gram
from lab.theory import hidden_data, normalization
from lab.theory import normalization_witnesses as witnesses
from lab.theory.conditioning import jacobi_hurts

m, N, h, s, w, d, C, v, t, k = symbols("m N h s w d C v t k")
phi, hessian, before, after, best, mu = symbols("phi hessian before after best mu")
moments, weight, two, hurt = symbols("moments weight two hurt")
RECALLED = "after Lange, Helfrich & Ye 2022 and Ye 2024, whose wording is not known to us"
ROUNDING = "singular values, relative to the largest, kappa up to 1e8 in squares"


@named
def gram(h, s):
    """(1, h)^T diag(s) (1, h) / N"""
    return hidden_data.neuron_hessian(h, s)


@claim(
    "normalization/neuron-hessian",
    over={
        phi: choice("tanh", "softplus"),
        m: dimension(1, 4),
        N: dimension(1, 6),
        h: hidden(N, m, 0.5, 0.0),
        w: start(6),
    },
    says={
        "Hessian": equal(
            hessian, gram(h, s), rtol=1e-9, atol=1e-11, because="sums of N terms of either sign"
        )
    },
    where={
        hessian: "of half the squared error by bias and weights (b, w) of one hidden neuron phi(b +"
        " w^T h_j), two outputs",
        s: "d^2 L_j / da_j^2 = |v|^2 phi'(a_j)^2 + (z_j - y_j)^T v phi''(a_j), which may be < 0",
    },
    cites=derived(RECALLED),
    instances=48,
)
def neuron_hessian(phi, h, w):
    """a_j is linear in (b, w), with gradient (1, h_j)."""
    pairs = [of_neuron(phi, x, point) for x, point in zip(h, w, strict=True)]
    hessians, seconds = zip(*pairs, strict=True)
    return {hessian: np.array(hessians), s: np.array(seconds)}


@named
def centred_kappa(c):
    """max(1, lam_max C) / min(1, lam_min C)"""
    return normalization.centred_kappa(c)


@named
def uncentred_bound(mu, c):
    """(1 + |mu|^2 + mu^T C mu / (1 + |mu|^2)) max_k (1 + (mu^T y_k)^2) / lam_k, C y_k = lam_k
    y_k"""
    return normalization.uncentred_bound(mu, c)


@claim(
    "normalization/centring",
    over={
        m: dimension(1, 4),
        N: dimension(2, 9),
        h: hidden(N, m),
        weight: sometimes(1.0, decades(-6, -1)),
    },
    assuming=[m < N, can_be_told(h), Eq(weight, 1)],
    says={
        "never worse": at_most(after, before, slack=1e-8, because=ROUNDING),
        "after": equal(after, centred_kappa(C), rtol=1e-6, because=ROUNDING),
        "before": at_least(before, uncentred_bound(mu, C), slack=1e-6, because=ROUNDING),
    },
    where={
        before: "kappa of the Hessian of a neuron with inputs h and s = 1, but for the last example"
        " s = weight",
        after: "the same with h - mu",
        mu: "mean of h",
        C: "covariance of h",
    },
    cites=derived(RECALLED),
)
def centring(h, weight):
    """After it the matrix is diag(1, C). Before: y^T (C + mu mu^T) y >= y^T C y at the top, and
    (-mu^T y, y) at the bottom."""
    s = np.ones(h.shape[:2])
    s[:, -1] = weight
    moved = hidden_data.centred(h)
    found = {mu: hidden_data.mean(h), C: hidden_data.covariance(h)}
    return found | {before: weighted_kappa(h, s), after: weighted_kappa(moved, s)}


@claim(
    "normalization/weighted-centring",
    over={
        m: dimension(1, 4),
        N: dimension(2, 9),
        h: hidden(N, m),
        w: vector(N, -4, 1),
        k: choice(1, 0, -1),
    },
    assuming=[k >= 0, m < N, can_be_told_where_it_counts(h, w, k)],
    says={
        "never worse": at_most(after, before, slack=1e-7, because=ROUNDING),
        "after": equal(after, centred_kappa(C), rtol=1e-6, because=ROUNDING),
    },
    where={
        before: "kappa of (1, h)^T diag(s) (1, h), s proportional to w, the first times k, of mean"
        " 1",
        after: "the same with h - mu_S, mu_S = sum s_j h_j / sum s_j",
        C: "the covariance of h weighted by |s|",
    },
    cites=derived(RECALLED),
)
def weighted_centring(h, w, k):
    """The proof of normalization/centring with weighted means. Centred by the plain mean it fails,
    `saturated_outlier`: examples where a unit saturates count for that mean and not for the
    Hessian."""
    s = weights(w, k)
    mean = (s[..., None] * h).sum(1) / s.sum(1, keepdims=True)
    c = hidden_data.covariance(h, np.abs(s))
    return {before: weighted_kappa(h, s), after: weighted_kappa(h - mean[:, None], s), C: c}


@named
def distance(h, w, moments):
    """Delta = sqrt(mu^T C^-1 mu), mu and C the moments of h, weighted by s or plain"""
    s = w if moments == "weighted" else np.ones_like(w)
    return normalization.mahalanobis(hidden_data.mean(h, s), hidden_data.covariance(h, s))


@named
def are_weighted(moments):
    """mean and covariance are weighted by s"""
    return moments == "weighted"


@claim(
    "normalization/diagonal-cannot-centre",
    over={
        m: dimension(1, 3),
        N: dimension(5, 9),
        h: hidden(N, m),
        w: vector(N, -2, 1),
        d: vector(4, -2, 2),
        t: choice(0, 1),
        moments: choice("weighted", "plain"),
    },
    assuming=[can_be_told(h), are_weighted(moments)],
    says={
        "every scaling": at_least(
            best, exp(2 * asinh(distance(h, w, moments))), slack=1e-5, because=ROUNDING
        )
    },
    where={
        best: "kappa(D M D), M = (1, h)^T diag(s) (1, h), s = w, D = diag(M)^(-1/2), times"
        " diag(d) where t = 1"
    },
    cites=derived("Kantorovich's inequality at the first unit vector; " + RECALLED),
    # enough of plain moments with one variable, where the bound is attained
    instances=160,
)
def diagonal_cannot_centre(m, h, w, d, t):
    """M_11 (M^-1)_11 = 1 + Delta^2 does not change with D, and is at most (1 + kappa)^2 / (4
    kappa). With one variable D = diag(M)^(-1/2) attains it. It holds for every h: can_be_told only
    keeps out what rounding would decide, which at singular values 1e16 apart it does."""
    hhat = np.sqrt(w)[..., None] * hidden_data.extended(h)
    columns = np.linalg.norm(hhat, axis=1, keepdims=True)
    scale = d[:, None, : m + 1] ** t / np.where(columns > 0, columns, 1)
    return {best: kappa_gram(hhat * scale)}


@named
def correlation_kappa(c):
    """kappa of the correlation matrix of C"""
    size = np.sqrt(np.einsum("rii->ri", c))
    return kappa(c / size[:, :, None] / size[:, None, :])


@named
def scaled_kappa(c, d):
    """kappa(D C D), D = diag(d) diag(C)^(-1/2), which are all diagonal matrices"""
    d = d / np.sqrt(np.einsum("rii->ri", c))
    return kappa(c * d[:, :, None] * d[:, None, :])


@named
def first_two(c):
    """the first two rows and columns of C"""
    return c[:, :2, :2]


@claim(
    "normalization/scaling",
    over={m: dimension(3, 6), C: spd(m, -4, 0), d: vector(m, -2, 2), v: vector(2, -2, 2)},
    says={
        "correlations": equal(after, correlation_kappa(C), rtol=1e-8, because=ROUNDING),
        "near the best": at_most(
            after,
            Min(m * scaled_kappa(C, d), scaled_kappa(C, d) ** 2),
            slack=1e-8,
            because=ROUNDING,
        ),
        "two variables": at_most(two, scaled_kappa(first_two(C), v), slack=1e-8, because=ROUNDING),
        "can be worse": equal(
            hurt, m / 2, rtol=5e-3, because="the limits share -> 0, then spike share -> inf"
        ),
    },
    where={
        after: "kappa with bias of standardised data of covariance C",
        two: "the same of data with the first two variables alone",
        hurt: "kappa after / kappa before standardising centred data with"
        " covariance jacobi_hurts(m, 1e9, 1e-3)",
    },
    cites=derived("van der Sluis 1969 with the bias apart; " + RECALLED),
)
def scaling(m, C):
    """The bias column is orthogonal to centred variables and has their length, so only R is left. k
    = kappa(D C D) with diagonal in [1, k]: standardising multiplies the largest eigenvalue by at
    most 1, and is at most the trace m; the smallest by at least 1 / k."""
    pairs = [C, C[:, :2, :2]]
    both = [[kappa_of(standard(one)) for one in stack] for stack in pairs]
    worst = witnesses.with_covariance(jacobi_hurts(m, 1e9, 1e-3))
    worse = kappa_of(hidden_data.standardised(worst)) / kappa_of(worst)
    found = {after: np.array(both[0]), two: np.array(both[1])}
    return found | {hurt: np.full(len(C), worse)}


def standard(c) -> np.ndarray:
    """Standardised data whose covariance was C (m, m)."""
    return hidden_data.standardised(witnesses.with_covariance(c))


@claim(
    "normalization/rank-deficient-batch",
    over={t: decades(-1, 3)},
    says={
        "never worse": refuted(at_most(after, before)),
        "by how much": equal(after, 1 + t**2, rtol=1e-9, because="singular values"),
    },
    where={
        before: "kappa* of (1, h)^T (1, h), two examples h = (t, +-sqrt(1 + t^2))",
        after: "the same centred",
    },
    cites=derived("normalization/centring without its rank; nobody is known to have stated it so"),
)
def rank_deficient_batch(t):
    """The rows of (1, h) are orthogonal with one length; centring takes t from both."""
    batches = [witnesses.short_batch(one) for one in t]
    plain = [kappa_of(h) for h in batches]
    moved = [kappa_of(hidden_data.centred(h)) for h in batches]
    return {before: np.array(plain), after: np.array(moved)}

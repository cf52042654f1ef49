"""Normalised inputs: the Hessian of one neuron, before and after.

A neuron a_j = b + w^T h_j with the loss L_j has the Hessian (1, h)^T diag(s) (1, h) / N in (b, w),
s_j = d^2 L_j / da_j^2: with s of mean 1 it is M = [[1, mu^T], [mu, C + mu mu^T]], mu and C the mean
and covariance of h weighted by s. All statements are about kappa(M).

What they say together. Centring never hurts if h has more examples than variables and s is positive
and the mean weighted by it; it fails by any factor for N <= m, and for the plain mean where s is
not constant. No diagonal scaling can replace it. Scaling to the correlation matrix is within min(m
k, k^2) of the best diagonal k, but can be worse than no scaling, by m / 2. kappa is of squared
singular values of (1, h), throughout.
"""

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
    refuted,
    sometimes,
    spd,
    start,
    symbols,
    vector,
)
from lab.claims.normalization.examples import (
    are_weighted,
    can_be_told,
    can_be_told_where_it_counts,
    centred_kappa,
    correlation_kappa,
    distance,
    first_two,
    gram,
    hidden,
    kappa_of,
    scaled_kappa,
    standard,
    uncentred_bound,
    weighted_kappa,
    weights,
)
from lab.claims.normalization.neurons import of_neuron
from lab.linalg import kappa_gram
from lab.theory import hidden_data
from lab.theory import normalization_witnesses as witnesses
from lab.theory.conditioning import jacobi_hurts

m, N, h, s, w, d, C, v, t, k = symbols("m N h s w d C v t k")
phi, hessian, before, after, best, mu = symbols("phi hessian before after best mu")
moments, weight, two, hurt = symbols("moments weight two hurt")
RECALLED = "after Lange, Helfrich & Ye 2022 and Ye 2024, whose wording is not known to us"
ROUNDING = "singular values, relative to the largest, kappa up to 1e8 in squares"


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
    """a_j is linear in (b, w) with the gradient (1, h_j), so that the chain rule has no term with a
    second derivative of a_j: Hess = (1/N) sum_j s_j (1, h_j)(1, h_j)^T. s_j is the total second
    derivative through everything behind the neuron. With z_j = v phi(a_j) + c its first part |v|^2
    phi'^2 is the Gauss-Newton part, and the second may be negative: M is then indefinite, and
    statements on kappa need s > 0, as near a minimum.

    Space: two outputs, one to four inputs, one to six examples of three laws; phi'' has both signs
    (tanh) or one (softplus)."""
    pairs = [of_neuron(phi, x, point) for x, point in zip(h, w, strict=True)]
    hessians, seconds = zip(*pairs, strict=True)
    return {hessian: np.array(hessians), s: np.array(seconds)}


@claim(
    "normalization/centring",
    over={
        m: dimension(1, 4),
        N: dimension(2, 9),
        h: hidden(N, m),
        # of the last example: an outlier that does not count
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
    """M = [[1, mu^T], [mu, C + mu mu^T]] becomes diag(1, C), whose kappa is max(1, lam_max C) /
    min(1, lam_min C). Before: at the top (0, y) gives y^T (C + mu mu^T) y >= y^T C y, and e_1 gives
    1. At the bottom (-mu^T y, y) gives y^T C y / (|y|^2 + (mu^T y)^2) <= lam_min C for the lowest
    y, and e_1 gives 1. So neither end is better than after.

    The bound: (1, mu) at the top gives 1 + |mu|^2 + mu^T C mu / (1 + |mu|^2), and (-mu^T y_k, y_k)
    at the bottom lam_k / (1 + (mu^T y_k)^2), for every eigenpair of C.

    Equality with mu != 0: mu orthogonal to the lowest and highest eigenvectors of C, not too long,
    and lam_min C < 1 < lam_max C. Hypotheses: with N <= m (1, h) has no full column rank, see
    rank-deficient-batch; one example with another weight is an outlier that doesn't count, and the
    plain mean is the wrong one."""
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
        # the first is multiplied by 1, 0 or -1: a plain weight, an example that does not count, an
        # indefinite matrix
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
    """The proof of normalization/centring with the moments weighted by s: M has the same form with
    mu_S and C_S, and never uses that s is constant, only that s >= 0 with (1, h) of full column
    rank where s > 0. One s_j = 0 is allowed (k = 0). A negative one (k = -1) makes M indefinite;
    eigenvalues may then cross 0, and centring made kappa in absolute eigenvalues worse in a fifth
    of the instances tried.

    Centred by the plain mean it fails, `saturated_outlier`: h = (-1, 1, 10) with s = (1, 1, 1e-6)
    goes from 1.00005 to 169.9. Examples where a unit saturates count for that mean and not for the
    Hessian."""
    s = weights(w, k)
    mean = (s[..., None] * h).sum(1) / s.sum(1, keepdims=True)
    c = hidden_data.covariance(h, np.abs(s))
    return {before: weighted_kappa(h, s), after: weighted_kappa(h - mean[:, None], s), C: c}


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
    """(D M D)_11 ((D M D)^-1)_11 = M_11 (M^-1)_11 for every diagonal D, and with M_11 = 1 it is
    (M^-1)_11 = 1 + mu^T C^-1 mu = 1 + Delta^2. Kantorovich's inequality at the first unit vector:
    x^T A x x^T A^-1 x <= (1 + kappa)^2 / (4 kappa) for |x| = 1. With kappa = e^(2 r) the right side
    is cosh^2 r, so that cosh r >= sqrt(1 + Delta^2) and r >= asinh Delta.

    Equality: one variable, D = diag(M)^(-1/2). With a mean 30 standard deviations from 0 the best
    kappa is 3602; centred and scaled it is 1. With plain moments the bound is violated.

    Space: weights over three decades, the diagonal's scaling and 10^-2 ... 10^2 times its entries.
    It holds for every h: can_be_told only keeps out what rounding would decide."""
    hhat = np.sqrt(w)[..., None] * hidden_data.extended(h)
    columns = np.linalg.norm(hhat, axis=1, keepdims=True)
    # t = 0: the diagonal's own scaling alone, which attains the bound with one variable
    scale = d[:, None, : m + 1] ** t / np.where(columns > 0, columns, 1)
    return {best: kappa_gram(hhat * scale)}


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
    """Centred, the bias column is orthogonal to the variables; standardised, it has their length: M
    = diag(1, R), R the correlation matrix. As R has the diagonal 1, its spectrum contains 1 in its
    span, and kappa(M) = kappa(R).

    near the best: take D with k = kappa(D C D) scaled to the spectrum [1, k]; its diagonal is in
    [1, k]. Standardising multiplies from both sides by E <= 1, diagonal, E^2 >= 1/k: the largest
    eigenvalue is then at most k, and at most the trace m; the smallest at least 1/k. Together
    min(k, m) k. (van der Sluis 1969 has m k, which the parent theorem has as m + 1 with the bias.)

    two variables: R = [[1, c], [c, 1]] has kappa (1 + |c|) / (1 - |c|), which is the least for any
    D by Kantorovich's inequality, as R_11 (R^-1)_11 = 1 / (1 - c^2). can be worse: `jacobi_hurts`,
    one spike along u with two large entries of u and m - 2 small ones. Unscaled, kappa is the
    spike; after, the two large variables are almost equal, and R is almost a matrix of ones with
    the trace m and lam_min 2 / spike: a quotient of m / 2."""
    pairs = [C, C[:, :2, :2]]
    both = [[kappa_of(standard(one)) for one in stack] for stack in pairs]
    # both limits at once: a share of 1e-3, a spike of 1e9
    worst = witnesses.with_covariance(jacobi_hurts(m, 1e9, 1e-3))
    worse = kappa_of(hidden_data.standardised(worst)) / kappa_of(worst)
    found = {after: np.array(both[0]), two: np.array(both[1])}
    return found | {hurt: np.full(len(C), worse)}


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
    """The rows of (1, h) are (1, t, +-sqrt(1 + t^2)): orthogonal, as 1 + t^2 - (1 + t^2) = 0, with
    one length, so that kappa* = 1. Centring takes t from both, which leaves (1, +-sqrt(1 + t^2)),
    whose columns are orthogonal with the squares 2 and 2 (1 + t^2): kappa* = 1 + t^2, without
    bound.

    Nobody is known to state the refuted sentence: it is the theorem without its hypothesis on the
    rank."""
    batches = [witnesses.short_batch(one) for one in t]
    plain = [kappa_of(h) for h in batches]
    moved = [kappa_of(hidden_data.centred(h)) for h in batches]
    return {before: np.array(plain), after: np.array(moved)}

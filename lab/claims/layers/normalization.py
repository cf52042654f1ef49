"""Normalisation inside a network: what is left of the Hessian's condition number.

h (N, m) examples of m hidden variables, kappa* the condition number over the range, of the rank
that is named: an invariance (a common shift of a row, the length of v) leaves a null direction that
is not to be counted. For one neuron with weights w and a bias the Hessian is Hhat^T S Hhat, Hhat =
(1, h), S the second derivatives of the loss.

Layer normalisation takes the mean of every example off and divides by its length; batch
normalisation standardises a pre-activation u = w^T h over the batch; weight normalisation writes w
= gain v / |v|. None of them is always an improvement; what each does to kappa is here, derived,
with the instance that attains it. The setting is that of Ye 2024 (arXiv 2410.00232), section 6 of
our derivations.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Max, Min, sqrt

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
    hidden,
    kappa_of,
    star,
    star_of_layernorm,
)
from lab.claims.normalization.neurons import of_batchnorm, of_weightnorm
from lab.linalg import kappa
from lab.theory import hidden_data, normalization
from lab.theory import normalization_witnesses as witnesses

m, N, n, h, a, d, C, H, v, t = symbols("m N n h a d C H v t")
raw, along, before, biased, after, scaled, centred = symbols(
    "raw along before biased after scaled centred"
)
hessian, turn, sign, eps, y, w, nonzero, rank, gain, free, ratio, balanced = symbols(
    "hessian turn sign eps y w nonzero rank gain free ratio balanced"
)
ROUNDING = "singular values, relative to the largest, kappa up to 1e8 in squares"


@claim(
    "normalization/layernorm",
    # row scalings d over four decades: the bound is for the best of them
    over={m: dimension(2, 4), N: dimension(2, 9), h: hidden(N, m), d: vector(N, -2, 2)},
    assuming=[m < N, can_be_told(h)],
    says={
        "mean": at_most(along, raw, slack=1e-8, because=ROUNDING),
        "mean and bias": at_most(biased, before, slack=1e-8, because=ROUNDING),
        "scale": at_most(after, N * scaled, slack=1e-8, because=ROUNDING),
    },
    where={
        raw: "kappa of H^T H, H the examples as rows",
        along: "kappa* of the same after every example's own mean over variables is taken off, rank"
        " m - 1",
        before: "kappa of (1, H)^T (1, H)",
        biased: "kappa* of the same after the means are off, rank m",
        after: "kappa* of H^T H, layer normalised, rank m - 1",
        scaled: "kappa* of diag(d) H Pi, H without the means of examples, rank m - 1",
    },
    cites=derived("Cauchy compression, and van der Sluis 1969 for rows"),
    # a mean that happens to be across what is left is one of some hundred
    instances=640,
)
def layernorm(m, N, h, d):
    """Taking means off is h Pi, Pi = 1 - 1 1^T / m the projection on the complement of 1: Pi H^T H
    Pi is a compression of H^T H, whose eigenvalues interlace its own (Cauchy), so its largest is no
    larger and its least on the range no smaller, if H has full column rank. A bias column is
    unchanged by it, which is the second part. Dividing rows by their length is within N of every
    scaling of the rows, van der Sluis's theorem for the N rows of H Pi: the largest eigenvalue is
    at most the trace N, and the least not below that of diag(d) H Pi over its largest row.

    Space: two to four variables, two to nine examples of three laws. kappa* is that of the rank
    that is left, m - 1: with rank m it would be infinite. Both bounds on means are attained where a
    mean happens to be across the rest; two examples of two variables break "mean and bias". The N
    of "scale" is van der Sluis's, and not sharp on this space: one row across N - 1 equal ones has
    the ratio N - 1. can_be_told is a convenience: the bounds hold for every h of full rank, and
    beyond it the slack would be that of rounding.
    """
    moved = h - h.mean(-1, keepdims=True)
    rank = min(N, m - 1)
    size = np.linalg.norm(moved, axis=-1, keepdims=True)
    return {
        raw: star(h, min(N, m)),
        along: star(moved, rank),
        before: kappa_of(h),
        biased: star(hidden_data.extended(moved), min(N, m)),
        after: star(moved / np.where(size > 0, size, 1), rank),
        scaled: star(d[..., None] * moved, rank),
    }


@claim(
    "normalization/layernorm-can-hurt",
    over={a: decades(0.2, 1.5)},
    says={
        "never worse": refuted(at_most(after, before)),
        "before": equal(
            before,
            ((4 * a**2 + 2 + sqrt((4 * a**2 + 2) ** 2 - 4)) / 2) ** 2,
            rtol=1e-8,
            because=ROUNDING,
        ),
        "a mean along 1": equal(along, centred, rtol=1e-6, because=ROUNDING),
    },
    where={
        before: "kappa of (1, h)^T (1, h), h of covariance I in four variables, mean a (1, -1, 1,"
        " -1)",
        after: "kappa* of the same, layer normalised, rank 4",
        along: "kappa* of the same, layer normalised, mean a (1, 1, 1, 1)",
        centred: "kappa* of the same, layer normalised, mean 0",
    },
    cites=derived("nobody is known to have stated it without the rank and the mean"),
)
def layernorm_can_hurt(a):
    """The mean over variables of (1, -1, 1, -1) is 0: it stays, and rows of a common length lie
    along it. "before" is kappa of [[1, 2 a], [2 a, 1 + 4 a^2]], of determinant 1 and trace 2 + 4
    a^2, on the plane of the bias and the mean; the other eigenvalues are 1, between its two. The
    formula is its larger eigenvalue squared.

    Rows of a common length lie on a sphere about the mean: relative to it their variance is of
    order a^-2 across the mean and a^-4 along it. kappa is of order a^4 as before, and 16 to 35
    times larger from a = 2 on. So a mean over the batch is not removed unless it is along 1.

    Space: means from 1.6 to 32 standard deviations. What layer normalisation takes off is the mean
    along 1, "a mean along 1": the same examples with that mean end as if they had none.
    """
    across = [witnesses.ring(one * np.array([1.0, -1, 1, -1])) for one in a]
    parallel = [witnesses.ring(one * np.ones(4)) for one in a]
    plain = [kappa_of(h) for h in across]
    hurt = [star_of_layernorm(h) for h in across]
    removed = [star_of_layernorm(h) for h in parallel]
    # a number: the same sixteen examples for all means
    base = np.full(len(a), star_of_layernorm(witnesses.ring(np.zeros(4))))
    found = {before: plain, after: hurt, along: removed}
    return {name: np.array(x) for name, x in found.items()} | {centred: base}


@named
def projected(c, w, gain):
    """gain / (w^T C w) (C - C w w^T C / (w^T C w))

    (R, m, m), of rank m - 1 with the null direction w: scaling w does not change u.
    """
    size = np.einsum("ri,rij,rj->r", w, c, w)
    return normalization.batchnorm_hessian(c, w, gain / size)


@named
def whole_kappa(c):
    """kappa(C)

    Of all m directions, for comparison with the m - 1 that are left.
    """
    return kappa(c)


@claim(
    "normalization/batchnorm-interlacing",
    over={
        m: dimension(2, 4),
        # kappa <= 100: its square times eps, 1e-12, is far below the tolerance of the Hessian
        C: spd(m, -2, 0),
        y: start(m, ("generic",)),
        gain: decades(-1, 1),
        sign: choice(1, -1),
        # from 1e-2: a smaller eps would be hidden by the tolerance
        eps: sometimes(0.0, decades(-2, 0)),
        turn: sometimes(0.0, decades(-1, 0)),
    },
    assuming=[Eq(eps, 0), Eq(turn, 0), sign > 0],
    says={
        "Hessian": equal(
            hessian, projected(C, w, gain), rtol=1e-8, atol=1e-9, because="n eps kappa^2"
        ),
        "interlacing": at_most(nonzero, whole_kappa(C), slack=1e-8, because=ROUNDING),
    },
    where={
        hessian: "the w-block of the Hessian of the mean of (gain u + beta - y_j)^2 / 2, u = w^T h,"
        " batch normalised with eps, on data of covariance C",
        w: "C^-1 cov(h, y) times sign, scaled so that cov(u, y) = sign, and moved by turn times"
        " its length",
        nonzero: "kappa* of that block in absolute eigenvalues, rank m - 1",
    },
    cites=derived("stationary in w means w parallel to C^-1 cov(h, y)"),
    instances=64,
)
def batchnorm_interlacing(m, C, y, gain, sign, eps, turn):
    """u = w^T (h - mean) / sigma, sigma^2 = w^T C w; the loss is quadratic in (gain, beta) and
    depends on w through -gain cov(u, y) alone, as var u = 1. cov(u, y) = w^T k / sigma, k = cov(h,
    y), is stationary in w iff k is parallel to C w: k = (w^T k) C w / sigma^2. There -gain cov(u,
    y) has the second derivative gain (w^T k) / sigma^3 (C - C w w^T C / sigma^2): positive where
    gain cov(u, y) > 0, and C^(1/2) (1 - e e^T) C^(1/2) with e = C^(1/2) w / sigma, whose nonzero
    eigenvalues interlace those of C. So kappa* <= kappa(C): it centres, and scales no single
    variable.

    Necessary: at a w that is turned away another term appears and eigenvalues may be negative; with
    sign -1 the stationary point is a maximum in w; eps > 0 gives w's own direction a small
    eigenvalue, of order eps^2 near 0, and no bound holds for kappa over all.
    """
    points, blocks = [], []
    for c, k, g, e, z in zip(C, y, gain, eps, turn, strict=True):
        h = witnesses.with_covariance(c)
        # stationary in w: w parallel to C^-1 cov(h, y)
        point = np.linalg.solve(c, k)
        targets = h @ point / np.sqrt(point @ c @ point)
        point = sign * point + z * np.linalg.norm(point) * np.eye(m)[0]
        points.append(point)
        blocks.append(of_batchnorm(h, targets, point, g, e))
    # the smallest in size is the null direction, of rounding
    size = np.sort(np.abs(np.linalg.eigvalsh(np.array(blocks))), -1)
    return {hessian: np.array(blocks), w: np.array(points), nonzero: size[:, -1] / size[:, 1]}


@named
def reparameterised(h, v, gain):
    """J^T H J, J = [v / |v|, (gain / |v|)(I - v v^T / |v|^2)]

    (R, n + 1, n + 1) in (gain, v); J (n, n + 1) is the derivative of w = gain v / |v|.
    """
    return normalization.weightnorm_hessian(h, v, gain)


@claim(
    "normalization/weightnorm",
    over={
        n: dimension(2, 5),
        H: spd(n, -2, 0),
        v: start(n),
        # the gain over |v|: at 1 J is orthogonal on its range
        t: decades(-1, 1),
    },
    says={
        "Hessian": equal(
            hessian,
            reparameterised(H, v, gain),
            rtol=1e-6,
            atol=1e-6,
            because="central differences at distance 1e-5 |v|",
        ),
        "at |v| = gain": equal(balanced, whole_kappa(H), rtol=1e-8, because="eps kappa"),
        "at most": at_most(ratio, Max(t**2, t**-2), slack=1e-8, because=ROUNDING),
        "at least": at_least(ratio, Min(t**2, t**-2), slack=1e-8, because=ROUNDING),
    },
    where={
        hessian: "of (w - w*)^T H (w - w*) / 2 in (gain, v), w = gain v / |v|, where w = w*",
        gain: "t |v|",
        balanced: "kappa* of the formula at gain = |v|, rank n",
        ratio: "kappa* at gain = t |v|, over kappa(H)",
    },
    cites=derived("J is orthogonal on its range at gain = |v|, and stretched by t across v"),
)
def weightnorm(H, v, t):
    """At a stationary point the Hessian is J^T H J, the gradient's own term being 0. J J^T = v v^T
    / |v|^2 + t^2 (I - v v^T / |v|^2), t = gain / |v|: nonzero eigenvalues of J^T H J are those of
    H^(1/2) J J^T H^(1/2), which lies between min(1, t^2) H and max(1, t^2) H. So kappa* is kappa(H)
    at t = 1 and within max(t^2, t^-2) of it otherwise.

    Both ends are attained: v along an eigenvector whose eigenvalue K is K times all others, which
    t^2 = K evens out and t^2 = 1 / K squares. So weight normalisation improves conditioning or
    spoils it according to the gain; at |v| = gain it does nothing.
    """
    length = np.linalg.norm(v, axis=-1)
    instances = zip(H, v, t * length, strict=True)
    measured = [of_weightnorm(one, at, size) for one, at, size in instances]
    found = {hessian: np.array(measured), gain: t * length}
    stretched = normalization.weightnorm_hessian(H, v, t * length)
    plain = normalization.weightnorm_hessian(H, v, length)
    return found | {balanced: over_range(plain), ratio: over_range(stretched) / kappa(H)}


def over_range(h) -> np.ndarray:
    """The largest over the second smallest eigenvalue, (R,): v is the null direction."""
    lam = np.linalg.eigvalsh(h)
    return lam[:, -1] / lam[:, 1]

"""Normalisation inside a network: what is left of the Hessian's condition number."""

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
    """Taking means off is the projection Pi on the complement of 1: a compression of H^T H, whose
    spectrum is inside. Dividing rows by their length is within N of every scaling of the rows.

    Space: two to four variables, two to nine examples of three laws. kappa* is that of the rank
    that is left, m - 1: with rank m it would be infinite. Both bounds on means are attained where a
    mean happens to be across the rest; two examples of two variables break "mean and bias". The N
    of "scale" is van der Sluis's, and not sharp on this space: one row across N - 1 equal ones has
    the ratio N - 1. can_be_told is a convenience: the bounds hold for every h of full rank, and
    beyond it the slack would be that of rounding."""
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
    along it. "before" is kappa of [[1, 2 a], [2 a, 1 + 4 a^2]], of determinant 1.

    Space: means from 1.6 to 32 standard deviations. What layer normalisation takes off is the mean
    along 1, "a mean along 1": the same examples with that mean end as if they had none."""
    across = [witnesses.ring(one * np.array([1.0, -1, 1, -1])) for one in a]
    parallel = [witnesses.ring(one * np.ones(4)) for one in a]
    plain = [kappa_of(h) for h in across]
    hurt = [star_of_layernorm(h) for h in across]
    removed = [star_of_layernorm(h) for h in parallel]
    base = np.full(len(a), star_of_layernorm(witnesses.ring(np.zeros(4))))
    found = {before: plain, after: hurt, along: removed}
    return {name: np.array(x) for name, x in found.items()} | {centred: base}


@named
def projected(c, w, gain):
    """gain / (w^T C w) (C - C w w^T C / (w^T C w))"""
    size = np.einsum("ri,rij,rj->r", w, c, w)
    return normalization.batchnorm_hessian(c, w, gain / size)


@named
def whole_kappa(c):
    """kappa(C)"""
    return kappa(c)


@claim(
    "normalization/batchnorm-interlacing",
    over={
        m: dimension(2, 4),
        C: spd(m, -2, 0),
        y: start(m, ("generic",)),
        gain: decades(-1, 1),
        sign: choice(1, -1),
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
    """-gain cov(u, y) has the second derivative gain (w^T k) / sigma^3 (C - C w w^T C / sigma^2), k
    = cov(h, y) = (w^T k) C w / sigma^2: a compression of C off C^(1/2) w."""
    points, blocks = [], []
    for c, k, g, e, z in zip(C, y, gain, eps, turn, strict=True):
        h = witnesses.with_covariance(c)
        point = np.linalg.solve(c, k)
        targets = h @ point / np.sqrt(point @ c @ point)
        point = sign * point + z * np.linalg.norm(point) * np.eye(m)[0]
        points.append(point)
        blocks.append(of_batchnorm(h, targets, point, g, e))
    size = np.sort(np.abs(np.linalg.eigvalsh(np.array(blocks))), -1)
    return {hessian: np.array(blocks), w: np.array(points), nonzero: size[:, -1] / size[:, 1]}


@named
def reparameterised(h, v, gain):
    """J^T H J, J = [v / |v|, (gain / |v|)(I - v v^T / |v|^2)]"""
    return normalization.weightnorm_hessian(h, v, gain)


@claim(
    "normalization/weightnorm",
    over={
        n: dimension(2, 5),
        H: spd(n, -2, 0),
        v: start(n),
        t: decades(-1, 1),
    },
    says={
        "Hessian": equal(
            hessian,
            reparameterised(H, v, gain),
            rtol=1e-6,
            atol=1e-6,
            because="central differences at distance 1e-5",
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
    """At a stationary point the Hessian is J^T H J; J J^T = v v^T / |v|^2 + t^2 (I - v v^T /
    |v|^2)."""
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

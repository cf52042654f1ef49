"""TNT at its worst: how far from the nearest product, how slow at most, and without
independence."""

from __future__ import annotations

import numpy as np
from sympy import Rational, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    integers,
    named,
    orthogonal,
    refuted,
    symbols,
    threshold,
    vector,
)
from lab.claims.kronecker.drawn import DENSE, PUBLISHED, SINGULAR, normals, second_moments, tnt
from lab.linalg import transposed
from lab.theory.kronecker import approximations, bounds
from lab.theory.kronecker.divergences import frobenius
from lab.theory.kronecker.moments import rearranged
from lab.theory.kronecker.quality import natural_cosine

C, dims, m, n, delta = symbols("C dims m n delta")
mine, best, by_left, by_right, witness = symbols("mine best by_left by_right witness")


@named
def second_value(c, dims):
    """sigma_2 / sigma_1 of the rearrangement of C: 0 iff C is a Kronecker product"""
    s = np.linalg.svd(rearranged(c, dims), compute_uv=False)
    return s[:, 1] / s[:, 0]


def single(m, n, delta) -> np.ndarray:
    """diag(vec p), p_11 = 1, p_ij = delta for i, j >= 2, 0 elsewhere."""
    p = np.zeros((len(delta), m, n))
    p[:, 1:, 1:] = delta[:, None, None]
    p[:, 0, 0] = 1.0
    return p.reshape(-1, 1, m * n) * np.eye(m * n)


@claim(
    "tnt/nearest-kronecker-gap",
    over={
        dims: choice((2, 3), (3, 2), (2, 2), (3, 3), (2, 4)),
        C: second_moments(dims, DENSE + SINGULAR + ("separable",)),
        m: dimension(2, 3),
        n: dimension(2, 4),
        delta: decades(-9, -1),
    },
    assuming=[second_value(C, dims) > Rational(1, 10**6)],
    says={
        "at least": at_least(mine, 1, slack=1e-9, because="norms of differences"),
        "left": at_most(mine, by_left, slack=1e-9, because="the same"),
        "right": at_most(mine, by_right, slack=1e-9, because="the same"),
        "sizes": at_most(witness, sqrt(m * n), slack=1e-6, because="1e-16 / delta"),
        "attained": equal(
            witness, sqrt(m * n) / (1 + (m - 1) * (n - 1) * delta), rtol=1e-6, because="1e-16/delta"
        ),
    },
    where={
        mine: "|C - F_TNT| over the distance of the nearest Kronecker product",
        by_left: "sqrt m |M_1| / tau times sqrt n |V_1| / tr V_1, V_1 the nearest right factor",
        by_right: "sqrt n |M_2| / tau times sqrt m |U_1| / tr U_1, U_1 the nearest left one",
        witness: "the first ratio for diag(vec p), p of m x n, p_11 = 1, p_ij = delta for i, j >="
        " 2",
    },
    cites=derived("oblique projections; |I - P| = |P|"),
)
def nearest_kronecker_gap(dims, C, m, n, delta):
    """With E = R - sigma_1 u_1 v_1^T, R - R(F_TNT) = (I - P) E (I - v_n v_1^T / (v_1 . v_n)), P = R
    v_n v_m^T / tau oblique. Each norm is |M_1| sqrt m / tau or its like, at most the root of a
    size.

    The gap is relative to the nearest product's distance, so that a C which is a product has none:
    the hypothesis keeps it off. Each factor sqrt m |M|_F / tr M of a bound is between 1 and sqrt m,
    of a matrix without negative eigenvalues: TNT is never further than sqrt(m n) times the nearest,
    and diag(vec p) has that in the limit delta -> 0.
    """
    left, right = approximations.nearest_gap_bound(C, dims)
    nearest = approximations.nearest_kronecker(C, dims).distance
    extreme = single(m, n, delta)
    far = frobenius(extreme, tnt(extreme, (m, n)))
    return {
        mine: frobenius(C, tnt(C, dims)) / nearest,
        by_left: left,
        by_right: right,
        witness: far / approximations.nearest_kronecker(extreme, (m, n)).distance,
    }


N, beta, Lam, low, high, sigma, h, x, g = symbols("N beta Lam low high sigma h x g")
mean_square, bound_of, sums, after, before, slope2 = symbols(
    "mean_square bound_of sums after before slope2"
)


@claim(
    "tnt/convergence-bound",
    over={
        N: integers(1, 60),
        beta: between(0.5, 0.999),
        Lam: decades(-1, 1),
        low: decades(-1, 0),
        # the largest eigenvalue of the metric over the smallest, minus 1
        high: decades(-6, 0.5),
        sigma: decades(-2, 1),
        h: vector(2, -2, 0),
        x: decades(-1, 1),
    },
    says={
        "sum": at_most(sums, (N**-beta - beta / N) / (1 - beta), slack=1e-12),
        "descent": at_most(
            after,
            before - (slope2 - sigma**2) / (2 * Lam * (1 + high) ** 2),
            slack=1e-12,
        ),
        "mean": at_most(mean_square, bound_of, slack=1e-12),
    },
    where={
        sums: "(1/N) sum of t^-beta over t <= N",
        before: "f(x) = (Lam / 2) sum of h_i x_i^2, h over its largest, at (x, 1)",
        slope2: "|grad f|^2 there",
        after: "E f after a step low / (Lam (low (1 + high))^2) along -P g, P diagonal between low"
        " and low (1 + high), g unbiased of variance sigma^2, independent of P",
        mean_square: "(1/N) sum E |grad f|^2 of N steps that fall as t^-beta, exactly",
        bound_of: "2 Lam M (1 + high)^2 N^(beta - 1) + sigma^2 (N^-beta - beta / N) / (1 - beta), M"
        " the largest E f",
    },
    cites=derived(f"{PUBLISHED}, with beta / N where it has 1 / N, which is below the sum"),
    instances=640,
)
def convergence_bound(N, beta, Lam, low, high, sigma, h, x):
    """E f+ <= f - a low |grad|^2 + Lam a^2 up^2 / 2 (|grad|^2 + sigma^2) with up = low (1 + high);
    a <= low / (Lam up^2) halves the first. Abel summation of t^beta, and an integral from 1 on.

    Mean over steps of E |grad|^2: with beta near 1/2 the terms balance at N^(-1/2). A metric that
    is no better than its condition number 1 + high squared costs that factor in the first term and
    nothing in the second.
    """
    # the metric's largest eigenvalue
    up = low * (1 + high)
    rate = low / (Lam * up**2)
    curvature = Lam[:, None] * h / h.max(-1, keepdims=True)
    start = np.stack([x, np.ones_like(x)], -1) ** 2
    # the metric of the steeper direction is the larger one
    metric = np.where(h == h.max(-1, keepdims=True), up[:, None], low[:, None])
    squares, values, limits = [], [], []
    for k in range(len(N)):
        steps = rate[k] * np.arange(1, N[k] + 2.0) ** -beta[k]
        square, met = path(steps, curvature[k], metric[k], start[k], sigma[k])
        squares.append(square)
        values.append(met)
        limits.append(
            limit(N[k], beta[k], met[2], smoothness=Lam[k], metric=(low[k], up[k]), sigma=sigma[k])
        )
    first, then, _ = np.array(values).T
    return {
        sums: np.array(
            [(np.arange(1, a + 1.0) ** -b).mean() for a, b in zip(N, beta, strict=True)]
        ),
        before: first,
        slope2: (curvature**2 * start).sum(-1),
        after: then,
        mean_square: np.array(squares),
        bound_of: np.array(limits),
    }


def limit(rounds, beta, excess, *, smoothness, metric, sigma) -> float:
    """The bound of one instance.

    M of the bound is `excess`; smoothness, metric (least and largest eigenvalue) and sigma^2 are
    its letters Lam, low, low (1 + high) and the variance.
    """
    return bounds.tnt_convergence(
        int(rounds),
        float(beta),
        excess=float(excess),
        smoothness=float(smoothness),
        metric=(float(metric[0]), float(metric[1])),
        variance=float(sigma**2),
    )


def path(steps, h, p, square, sigma) -> tuple[float, np.ndarray]:
    """The mean of E |grad f|^2 over all steps but the last, and E f at the first two points, then
    the largest: (3,). E x_i^2 is followed exactly; noise is in the first coordinate only."""
    noise = sigma**2 * np.array([1.0, 0.0])
    gradients, losses = [], []
    for a in steps:
        gradients.append((h**2 * square).sum())
        losses.append((h * square).sum() / 2)
        square = (1 - a * p * h) ** 2 * square + a**2 * p**2 * noise
    return np.mean(gradients[:-1]), np.array([losses[0], losses[1], max(losses[:-1])])


eps, a, b, own, mean_step, e = symbols("eps a b own mean_step e")


@claim(
    "tnt/independence-needed",
    over={a: between(1.1, 4), b: between(0.1, 1), e: decades(-2, 1)},
    says={
        "same gradient": threshold(
            eps, a * b, own, margin=1e-3, because="a rational function changes its sign there"
        ),
        "same inputs": refuted(at_least(mean_step, 1)),
    },
    where={
        own: "whether E[P g] E[g] < 0 for g = a or -b, half each, and P = 1 / (g^2 + eps): TNT on"
        " empirical gradients, one entry, no average",
        mean_step: "1 + E[P g] E[g] for residuals -1, a / 5 at the inputs 1, 3 of half-MSE,"
        " labels drawn afresh: P = 1 / (x^2 + e)",
    },
    cites=derived("the published algorithm takes statistics and gradient of one batch"),
)
def independence_needed(eps, a, b, e):
    """E[P g] = (a - b)(eps - a b) / (2 (a^2 + eps)(b^2 + eps)). Sharing the inputs is enough: where
    x is large, so are P^-1 and g. The theorem asks for P independent of the noise of g.

    For eps < a b the expected step goes uphill. Shorter steps do not help, as the sign of E[P g]
    E[g] does not see the rate. Statistics of earlier batches would be independent of the noise of
    g.
    """
    by_own = a / (a**2 + eps) - b / (b**2 + eps)
    size = np.array([1.0, 3.0])
    residual = np.stack([-np.ones_like(a), a / 5], -1)
    inputs = residual * size
    moved = inputs / (size**2 + e[:, None])
    return {
        own: by_own * (a - b) < 0,
        mean_step: 1 + inputs.mean(-1) * moved.mean(-1),
    }


A, B, Z, cosine, against = symbols("A B Z cosine against")


@claim(
    "tnt/over-inversion",
    over={
        delta: decades(-4, 0),
        A: orthogonal(2),
        B: orthogonal(2),
        # three entries of four gradients, around integers where the directions part
        Z: normals(4, 2, 2, size=0.1),
    },
    says={
        "rank one": equal(
            cosine,
            (1 + delta**-2) / sqrt((1 + delta**2) * (1 + delta**-6)),
            rtol=1e-6,
            because="eigenvalues of M_i to 1e-16 against delta^2 >= 1e-8",
        ),
        "alignment": refuted(at_least(1 + against, 1)),
    },
    where={
        cosine: "of F_TNT^-1 g and the natural direction g, C = g g^T, G = A diag(1, delta) B",
        against: "cosine of F_TNT^-1 g_1 and C^-1 g_1, C = sum of g_t g_t^T, g_t unrolled from"
        " [[-3, -1], [-3, -2]], [[3, 2], [1, 1]], [[-2, -1], [-2, -2]], [[0, -1], [-1, -3]] + Z",
    },
    cites=derived("tau M_1^-1 G M_2^-1 = tau Q Sigma^-3 Z^T; a search over small integer matrices"),
    instances=60,
)
def over_inversion(delta, A, B, Z):
    """On a rank-one C the factors divide by sigma three times too often: the cosine goes to delta.
    On a definite C the direction, still one of descent, can be opposed to the natural one.

    So TNT is no approximation of the natural gradient where C is singular: at delta = 0.01 the
    cosine is 0.01. For a definite C the product is definite as well, and its step descends,
    whatever the angle to C^-1 g.
    """
    graded = np.stack([np.ones_like(delta), delta], -1)
    g = (A * graded[:, None, :]) @ B
    m_1, m_2 = g @ transposed(g), transposed(g) @ g
    found = np.linalg.solve(m_1, g) @ np.linalg.inv(m_2)
    # found by a search over small integers, written out so that anyone can type it
    witness = np.array([[[-3, -1], [-3, -2]], [[3, 2], [1, 1]], [[-2, -1], [-2, -2]]])
    last = np.array([[[0, -1], [-1, -3]]])
    rows = (np.concatenate([witness, last]) + Z).reshape(-1, 4, 4)
    second = transposed(rows) @ rows
    return {
        cosine: (found * g).sum((-2, -1))
        / np.sqrt((found**2).sum((-2, -1)) * (g**2).sum((-2, -1))),
        against: natural_cosine(second, tnt(second, (2, 2)), rows[:, 0], 0.0),
    }

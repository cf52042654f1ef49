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
    refuted,
    symbols,
    threshold,
    vector,
)
from lab.claims.kronecker.drawn import DENSE, PUBLISHED, SINGULAR, second_moments, tnt
from lab.theory.kronecker import approximations, bounds
from lab.theory.kronecker.divergences import frobenius
from lab.theory.kronecker.moments import rearranged

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
    size."""
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
)
def convergence_bound(N, beta, Lam, low, high, sigma, h, x):
    """E f+ <= f - a low |grad|^2 + Lam a^2 up^2 / 2 (|grad|^2 + sigma^2) with up = low (1 + high);
    a <= low / (Lam up^2) halves the first. Abel summation of t^beta, and an integral from 1 on."""
    up = low * (1 + high)
    rate = low / (Lam * up**2)
    curvature = Lam[:, None] * h / h.max(-1, keepdims=True)
    start = np.stack([x, np.ones_like(x)], -1) ** 2
    # the metric of the steeper direction is the larger one
    metric = np.where(h == h.max(-1, keepdims=True), up[:, None], low[:, None])
    noise = sigma[:, None] ** 2 * np.array([1.0, 0.0])

    rows = []
    for k in range(len(N)):
        rows.append(path(N[k], beta[k], rate[k], curvature[k], metric[k], start[k], noise[k]))
    squares, values = (np.array(column) for column in zip(*rows, strict=True))
    limits = [
        bounds.tnt_convergence(
            int(N[k]),
            float(beta[k]),
            excess=float(values[k].max()),
            smoothness=float(Lam[k]),
            metric=(float(low[k]), float(up[k])),
            variance=float(sigma[k] ** 2),
        )
        for k in range(len(N))
    ]
    return {
        sums: np.array(
            [(np.arange(1, a + 1.0) ** -b).mean() for a, b in zip(N, beta, strict=True)]
        ),
        before: values[:, 0],
        slope2: (curvature**2 * start).sum(-1),
        after: values[:, 1],
        mean_square: squares,
        bound_of: np.array(limits),
    }


def path(steps, beta, rate, h, p, square, noise) -> tuple[float, np.ndarray]:
    """The mean of E |grad f|^2 over `steps` steps, and E f at the first two points, then the
    largest: (3,)."""
    gradients, losses = [], []
    for t in range(1, int(steps) + 2):
        gradients.append((h**2 * square).sum())
        losses.append((h * square).sum() / 2)
        a = rate * t**-beta
        square = (1 - a * p * h) ** 2 * square + a**2 * p**2 * noise
    met = losses[: int(steps)]
    return np.mean(gradients[: int(steps)]), np.array([losses[0], losses[1], max(met)])


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
    x is large, so are P^-1 and g. The theorem asks for P independent of the noise of g."""
    by_own = a / (a**2 + eps) - b / (b**2 + eps)
    size = np.array([1.0, 3.0])
    residual = np.stack([-np.ones_like(a), a / 5], -1)
    inputs = residual * size
    moved = inputs / (size**2 + e[:, None])
    return {
        own: by_own * (a - b) < 0,
        mean_step: 1 + inputs.mean(-1) * moved.mean(-1),
    }

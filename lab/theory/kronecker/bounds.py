"""Guarantees of Shampoo, TNT and K-BFGS as numbers: regret, convergence, eigenvalues.

Each says what it bounds, under which hypotheses, in the first lines; ValueError for arguments out
of the domains stated. Matrices are stacks (*r, n, n); bounds are numbers or (*r,).
"""

from __future__ import annotations

import math

import numpy as np

from lab.checks import count, loops, nonnegative, positive
from lab.domains import Numbers, in_range, number, several, together
from lab.linalg import symmetric_power
from lab.theory.kronecker.arguments import square_factors
from lab.theory.kronecker.invariants import trace


@in_range
def shampoo_regret(
    factors,
    diameter: float,
    rank: float,
) -> np.ndarray:
    """sqrt(2 r) D prod_i tr H_i^(1/(2k)), (*r,), for the step D / sqrt(2 r)

    factors: H_i = eps I + sum_t mat_i(G_t) mat_i(G_t)^T after the last round, (*r, d_i, d_i), not
    powers of them. D: the largest |W_t - W*|_F over the rounds played, which is not bounded without
    a projection. r: the largest rank of a G_t; of tensors the k-th root of the product of the
    largest ranks of the unfoldings. (Gupta, Koren & Singer 2018)

    For convex losses and a step eta it is (D^2 / (2 eta) + eta r) prod_i tr H_i^(1/(2k)): the first
    term is mirror descent with growing metrics, the second rests on eps I + (1/r) sum g g^T <=
    H_1^(1/2) kron H_2^(1/2), g = vec G_t. eta = D / sqrt(2 r) makes both equal.
    """
    given = square_factors("factors", factors)
    diameter = number("diameter", diameter, nonnegative)
    rank = number("rank", rank, positive)
    power = 1 / (2 * len(given))
    traces = [trace(symmetric_power(h, power)) for h in given]
    scale = math.sqrt(2 * rank) * diameter
    return scale * np.prod(traces, axis=0)


@in_range
def tnt_metric_bounds(
    damping: Numbers,
    energy: Numbers,
    dims: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """kappa_low <= P <= kappa_high for TNT's P = prod_i (U_i + eps I)^-1 with tr C <= Gamma surely

    kappa_high = eps^-k,  kappa_low = prod_i (eps + d_i s)^-1,  s = (Gamma / D)^(1/k). A bound of
    the mean of tr C does not do. damping eps > 0 and energy Gamma >= 0 are numbers or arrays.

    U_i has the average eigenvalue (tr C / D)^(1/k) <= s, hence none above d_i s: attained by C of
    rank one with tr C = Gamma. Gamma = 0: P = eps^-k I, and both are equal.
    """
    eps, energy = together(damping=damping, energy=energy)
    positive("damping", eps)
    nonnegative("energy", energy)
    sizes = [count("dims", d) for d in several("dims", dims)]
    if not sizes:
        raise ValueError("dims is empty: must have at least one mode")

    scale = (energy / math.prod(sizes)) ** (1 / len(sizes))
    largest = [eps + d * scale for d in sizes]
    return 1 / np.prod(largest, axis=0), eps ** -float(len(sizes))


@in_range
def mean_power(
    rounds: int,
    beta: float,
) -> float:
    """(N^-beta - beta / N) / (1 - beta) >= (1/N) sum_(t <= N) t^-beta;  beta >= 0, log at 1

    Equal at N = 1. The published N^-beta - 1 / N over 1 - beta is below the sum that it replaces.
    From t^-beta <= the integral over [t - 1, t] for t >= 2, and the term 1 of t = 1.
    """
    n = count("rounds", rounds)
    beta = number("beta", beta, nonnegative)
    # the limit, where numerator and denominator both vanish
    if beta == 1:
        return (1 + math.log(n)) / n
    return (n**-beta - beta / n) / (1 - beta)


@in_range
def tnt_convergence(
    rounds: int,
    beta: float,
    *,
    excess: float,
    smoothness: float,
    metric: tuple[float, float],
    variance: float,
) -> float:
    """(1/N) sum E|grad f|^2 <= 2 Lambda M (k_high / k_low)^2 N^(beta - 1) + v mean_power(N, beta)

    rounds N, steps k_low / (Lambda k_high^2) t^-beta, excess M = the largest E f(theta_t) above the
    infimum, smoothness Lambda, metric (k_low, k_high) with k_low <= P_t <= k_high, P_t independent
    of the noise of the gradient at t, whose variance is v. (Ren & Goldfarb 2021, with the constant
    of mean_power)

    From the descent lemma, E f(theta+) <= f - (alpha k_low / 2) |grad f|^2 + Lambda alpha^2
    k_high^2 v / 2 at these steps, divided by alpha k_low / 2 and summed by parts. Without the
    independence E P g may point uphill, and nothing is left of it.
    """
    n = count("rounds", rounds)
    beta = number("beta", beta, nonnegative)
    excess = number("excess", excess, nonnegative)
    smoothness = number("smoothness", smoothness, positive)
    variance = number("variance", variance, nonnegative)
    low, high = (number("metric", k, positive) for k in _two("metric", metric))
    if low > high:
        raise ValueError(f"metric = ({low:g}, {high:g}): must be increasing")

    first = 2 * smoothness * excess * (high / low) ** 2 * n ** (beta - 1)
    return first + variance * mean_power(n, beta)


def _two(name, values):
    """A pair."""
    given = several(name, values)
    if len(given) != 2:
        raise ValueError(f"{name} has {len(given)} entries: must have two")
    return given


@in_range
def damped_pair_bound(
    mu1: float,
    norm: Numbers,
) -> np.ndarray:
    """max(1 / mu1, |H|) >= y . H y / (s . y) of a pair after double damping with mu2 <= 1

    0 < mu1 < 1; norm: |H|_2 > 0, a number or an array. The second damping mixes (s, y) with (s, s):
    y . H y is convex and s . y linear. For mu2 > 1 it extrapolates, and nothing bounds the
    quotient. The first damping alone gives s . y >= mu1 y . H y, the 1 / mu1; a pair that is all s
    gives s . H s / (s . s), the |H|.
    """
    mu1 = number("mu1", mu1, positive)
    if mu1 >= 1:
        raise ValueError(f"mu1 = {mu1:g}: must be in (0, 1)")
    (size,) = together(norm=norm)
    positive("norm", size)
    return np.maximum(1 / mu1, size)


@in_range
def limited_memory_bounds(
    pairs: int,
    smoothness: float,
    mu2: float,
) -> tuple[float, float]:
    """1 / (1 + p c) <= H <= K_p,  K_0 = 1,  K_(j+1) = K_j (1 + sqrt(c / mu2))^2 + 1 / mu2

    of p doubly damped pairs from H_0 = I when the raw ones have |y|^2 <= Lambda s . y and mu2 <= 1;
    c = max(Lambda, 1). Without a Lambda no bound depends on p, mu1, mu2 alone: pairs are damped for
    the H of their time, and replayed for another.

    Damped pairs have |y|^2 <= c s . y, since both terms of a mixture do, and s . y >= mu2 s . s. So
    the inverse grows by at most y y^T / (s . y) <= c I each time. In H+ = (I - s y^T / (s . y)) H
    (I - y s^T / (s . y)) + s s^T / (s . y) the brackets have norms <= 1 + sqrt(c / mu2).
    """
    p = loops("pairs", pairs, 0)
    c = max(number("smoothness", smoothness, positive), 1.0)
    mu2 = number("mu2", mu2, positive)
    if mu2 > 1:
        raise ValueError(f"mu2 = {mu2:g}: must be in (0, 1]")

    # |s| |y| / (s . y) <= sqrt(c / mu2), on both sides of H
    growth = (1 + math.sqrt(c / mu2)) ** 2
    high = 1.0
    for _ in range(p):
        high = high * growth + 1 / mu2
    return 1 / (1 + p * c), high

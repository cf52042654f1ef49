"""TNT's statistics as random numbers: one gradient, a batch's mean, many samples."""

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
    """U_aa U_bb + U_ab^2, (2, 2)"""
    diagonal = np.diagonal(u, axis1=-2, axis2=-1)
    return diagonal[:, :, None] * diagonal[:, None, :] + u**2


@named
def squared(v):
    """V^2"""
    return v @ v


@claim(
    "tnt/sample-fluctuation",
    over={
        U: spd(2, -2, 0),
        V: psd(2, -2, 0),
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
    """G G^T is a sum over columns with the weights of V: one draw has (tr V)^2 / tr V^2 effective
    columns. Entries of kurtosis 3 have all moments that enter."""
    left = symmetric_power(U, 0.5)
    right = symmetric_power(V, 0.5, floor=0.0)
    found = []
    for u, v, k, shift in zip(left, right, kurtosis, mean, strict=True):
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
    """the number of modes k"""
    return np.asarray(float(len(dims)))


@named
def step(c, dims, g, alpha, eps):
    """the step alpha prod_i (U_i + eps I)^-1 along mode i of g, U_i the factors of TNT for C"""
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
    """The common scale (tau / D)^(1/k) goes with B^(-1/k), and (U B^(-1/k) + eps)^-1 is B^(1/k) (U
    + eps B^(1/k))^-1: a bias is damped by eps B, a matrix by eps sqrt(B)."""
    share = (off / B)[:, None, None]
    return {by_mean: step._imp_(share * C, dims, g, alpha, eps)}


rms, variance, variance_one, count = symbols("rms variance variance_one count")


@claim(
    "tnt/batch-mean-is-noisy",
    over={
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
    instances=24,
)
def batch_mean_is_noisy(B, kurtosis, mean, U):
    """sqrt(B) for Gaussian gradients, less for heavy tails: a scalar has V_G / V_1 = 1 / (1 +
    (kurtosis - 3) / 2)."""
    found = []
    for u, k, shift in zip(symmetric_power(U, 0.5), kurtosis, mean, strict=True):
        z, chance = points(2, k)
        found.append(noise_of(z @ u + shift, chance, B))
    ratios, single = (np.array(column) for column in zip(*found, strict=True))
    return {rms: ratios, variance: fourth._imp_(U), variance_one: single}


def noise_of(g, chance, size) -> tuple[np.ndarray, np.ndarray]:
    """The ratio of standard deviations, and the variance of one sample, of all entries (3,)."""
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

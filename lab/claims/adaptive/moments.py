"""What second moments of mini-batch gradients say about a step of Adam beside one of GN^-1/2.

The problem and its moments are those of noise/moments.py: linear regression, fresh examples,
expectations enumerated. "Adam" is Adam with the expected squared gradient: what v is as beta2 -> 1.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, sqrt

from lab.bases import eigenvectors
from lab.claims import (
    at_least,
    at_most,
    batch_sizes,
    claim,
    derived,
    dimension,
    equal,
    named,
    orthogonal,
    refuted,
    spd,
    start,
    symbols,
    vector,
)
from lab.claims.enumerated import along, of_batch, single_moments
from lab.claims.noise.moments import BOUND, CONDITION, KURTOSIS, NOISE, SHARE, TAU, inside
from lab.linalg import matvec
from lab.objectives import OneHot, RandomDesign
from lab.objectives.designs import Examples

n, B, Sigma, d, noise, kurtosis, tau, r, K, U = symbols("n B Sigma d noise kurtosis tau r K U")
spread, own, other = symbols("spread own other")


def progress(u, p, sigma, d, moment) -> np.ndarray:
    """D(P) = (g^T P g)^2 / (2 tr(P Sigma P M)) (R,), P = U diag(p) U^T, g = Sigma d."""
    turn = u.swapaxes(-1, -2)
    g = matvec(turn, matvec(sigma, d))
    weights = (turn @ sigma @ u) * (turn @ moment @ u)
    return (p * g**2).sum(-1) ** 2 / (2 * (p * matvec(weights, p)).sum(-1))


@claim(
    "moments/one-step-progress",
    over={
        n: dimension(1, 3),
        B: batch_sizes(10**4),
        Sigma: spd(n, -6, 0, bases=("coordinate", "random")),
        d: start(n, ("generic", "sparse")),
        noise: NOISE,
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
    """With p_Adam = p_GN sqrt(1 / k_i) up to a factor and 1 <= k_i <= K, numerator and denominator
    of D each change by at most K; in the eigenbasis only one of them does."""
    single = single_moments(Sigma, d, noise, kurtosis)
    moment = of_batch(*single, B)
    found = []
    for u in (eigenvectors(Sigma), U):
        half, adam = inside(u, Sigma) ** -0.5, along(u, *single, B) ** -0.5
        gain = [progress(u, p, Sigma, d, moment) for p in (adam, half)]
        found.append(gain[0] / gain[1])
    return {own: found[0], other: found[1]}


@named
def most(d):
    """max |d_i|"""
    return np.abs(d).max(-1)


@named
def least(d):
    """min |d_i|"""
    return np.abs(d).min(-1)


@claim(
    "moments/one-hot-breaks-it",
    over={n: dimension(2, 6), d: vector(n, -2, 1)},
    says={
        "spread": equal(spread, most(d) / least(d), rtol=1e-13, because="a dozen operations"),
        "as if Gaussian": refuted(at_most(spread, sqrt(3))),
    },
    where={
        spread: "largest over smallest P_Adam / P_GN^-1/2 at batch 1, rows sqrt(n) e_i, no label"
        " noise"
    },
    cites=derived("E g_i^2 = n d_i^2 while Sigma = I; sqrt(3) is moments/sandwich at B = 1"),
)
def one_hot(d):
    """One coordinate is seen at a time: g = n d_i e_i, and Adam is sign descent."""
    n = d.shape[-1]
    f = RandomDesign(np.ones(n), 0.0, OneHot())
    rows = Examples(np.sqrt(n) * np.eye(n)[:, None], np.zeros((n, 1)))
    squares = np.array([(f.grad(np.broadcast_to(x, (n, n)), rows) ** 2).mean(0) for x in d])
    return {spread: np.sqrt(squares.max(-1) / squares.min(-1))}

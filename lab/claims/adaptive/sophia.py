"""Estimators of a curvature diagonal, over everything that they can draw.

Hutchinson's u * (H u) needs products with the Hessian and may be negative; the one by labels that
are drawn from the model, B g^2, needs a gradient and is never negative, but estimates the
Gauss-Newton diagonal. Expectations here are sums over all probes or labellings: nothing is sampled.

For the scale of the loss they differ: u (H u) scales as H does, B g^2 as its square, so that a step
m / h of the second is not invariant to it. The authors' code keeps the average of g^2 and
multiplies by B at use.
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import expit
from sympy import Eq

from lab.claims import (
    between,
    choice,
    claim,
    classical,
    data,
    derived,
    dimension,
    equal,
    lattice,
    named,
    sometimes,
    start,
    symbols,
)
from lab.claims.enumerated import fractions, whole, whole_points
from lab.curvature import Dense
from lab.objectives import Logistic
from lab.optimizers.second_order.sophia import hutchinson
from lab.oracle import Answers

n, B, S, H, kurtosis, mean, variance = symbols("n B S H kurtosis mean variance")
X, theta, coins, estimate, G = symbols("X theta coins estimate G")


@named
def diag(h):
    """the diagonal of a matrix"""
    return np.einsum("rii->ri", h)


@named
def off(h):
    """sum_(j != i) H_ij^2, for every i

    The variance of one probe of signs: 0 for diagonal H, where one probe is exact.
    """
    return (h**2).sum(-1) - np.einsum("rii->ri", h) ** 2


@claim(
    "sophia/hutchinson",
    over={n: dimension(1, 5), S: lattice(n, n, low=-9, high=9), kurtosis: choice(1, 4)},
    assuming=[Eq(kurtosis, 1)],
    says={
        "mean": equal(mean, diag(H), because="in fractions"),
        "variance": equal(variance, off(H), because="in fractions"),
    },
    where={
        mean: "E[u (H u)] entry by entry, over all probes u whose coordinates are independent, of"
        " mean 0, variance 1 and this kurtosis: 1 for signs",
        variance: "its variance",
        H: "S + S^T, a symmetric matrix of either sign",
    },
    cites=classical("Hutchinson 1990"),
    # all 3^5 probes of kurtosis 4 in five dimensions are summed, in whole numbers
    instances=24,
)
def hutchinson_moments(n, S, kurtosis):
    """u_i (H u)_i = H_ii u_i^2 + sum_(j != i) H_ij u_i u_j: odd moments vanish, and the mean is
    H_ii E u_i^2 = H_ii for any kurtosis. The two terms are uncorrelated, the products u_i u_j of
    different j too, so the variance is sum_(j != i) H_ij^2 + (kurtosis - 1) H_ii^2. The last term
    is 0 iff u is a sign; it is 2 H_ii^2 for Gaussian probes, kurtosis 3.

    Space: one to five dimensions, symmetric matrices of whole numbers and either sign, so that both
    moments are fractions and compared without rounding; probes are signs (kurtosis 1), or have
    kurtosis 4, which leaves the mean and breaks the variance.
    """
    u, weight = whole_points(n, kurtosis)
    total = int(weight.sum())
    h = S + S.swapaxes(-1, -2)
    means, variances = [], []
    for matrix in h.astype(float):
        # all probes at once, as runs
        oracle = Answers({"hessian": Dense(matrix), "probes": u.astype(float)})
        drawn = whole(np.asarray(hutchinson(oracle)))
        means.append(fractions(weight @ drawn, total))
        variances.append(fractions(weight @ drawn**2, total) - means[-1] ** 2)
    return {H: h, mean: np.array(means), variance: np.array(variances)}


@claim(
    "sophia/bartlett",
    over={
        n: dimension(1, 3),
        B: choice(1, 2, 5),
        # five rows, the largest batch: 2^5 labellings
        X: data(5, n),
        theta: start(n),
        # 1 in a hundred already shows, at 1e-13
        coins: sometimes(0.0, between(0.01, 1)),
    },
    assuming=[Eq(coins, 0)],
    says={"unbiased": equal(estimate, diag(G), atol=1e-13, because="32 labellings")},
    where={
        estimate: "B E[g^2] entry by entry, g the mean gradient of the first B rows of X, over all"
        " labels; this share of them is a fair coin's, the rest the model's at theta",
        G: "the Gauss-Newton matrix of logistic regression on these rows",
    },
    cites=derived("Bartlett's second identity; the estimator is that of Liu et al. 2023 (Sophia)"),
)
def bartlett(n, B, X, theta, coins):
    """Scores of independent examples have mean zero under the model's own labels, so the cross
    terms of g^2 vanish: E g_i^2 = (1 / B^2) sum_b E (score_b)_i^2. One example's score is (sig - y)
    x, of second moment sig (1 - sig) x x^T, its Gauss-Newton matrix; hence E B g^2 = diag G for
    every B, with g the gradient of the mean.

    Space: batches of 1, 2 and 5 rows in up to three dimensions, at generic theta, all 2^B
    labellings weighted by their probability. Labels of another law, a share of fair coins or the
    data's own, have scores of another mean: B g^2 is then biased, and more so the larger B.
    Tolerance: a sum of 32 products of size 1.
    """
    labels = np.array(list(itertools.product((0.0, 1.0), repeat=B)))
    estimates, exact = [], []
    for x, at, share in zip(X[:, :B], theta, coins, strict=True):
        f = Logistic(x, np.zeros(B))
        p = (1 - share) * expit(x @ at) + share / 2
        chance = np.where(labels == 1, p, 1 - p).prod(1)
        everywhere = np.broadcast_to(at, (len(labels), n))
        g = f.curvature(everywhere, None, labels, None).mean()
        estimates.append(B * chance @ g**2)
        exact.append(f.curvature(at, None, "exact", None).dense())
    return {estimate: np.array(estimates), G: np.array(exact)}

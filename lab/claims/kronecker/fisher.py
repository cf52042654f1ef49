"""Fisher matrices of networks: what sampled labels estimate, and what closeness is worth.

F = E_x E_t[s s^T], s the score, the gradient of one example's loss at a label t drawn from the
model. The first claim is about what one batch of such labels estimates, the second about why the
Frobenius distance to F does not rank preconditioners."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import expit

from lab.claims import (
    at_most,
    choice,
    claim,
    decades,
    derived,
    equal,
    named,
    refuted,
    start,
    symbols,
)
from lab.claims.enumerated import mean_outer
from lab.claims.kronecker.drawn import gram, normals
from lab.objectives import MLP
from lab.theory.kronecker.approximations import nearest_kronecker
from lab.theory.kronecker.moments import kronecker_product
from lab.theory.kronecker.quality import preconditioned_kappa

B, labels, normalised, X, theta = symbols("B labels normalised X theta")
sampled, exact = symbols("sampled exact")


@named
def from_model(labels):
    """labels are drawn from the model"""
    return labels == "the model's"


@claim(
    "fisher/sampled-label-scaling",
    over={
        B: choice(2, 3),
        # twice: two of three instances satisfy the hypothesis
        labels: choice("the model's", "the model's", "fair coins"),
        normalised: choice("none", "batch", "layer"),
        X: normals(3, 2),
        # 2-2-1 has 9 weights and biases, its normalisation a scale and a shift for each of two
        # units
        theta: start(13, ("generic",)),
    },
    assuming=[from_model(labels)],
    says={"scaling": equal(sampled, exact / B, atol=1e-12, because="8 outcomes of size 10")},
    where={
        sampled: "E[S S^T] over all labels of B rows, S the gradient of the mean loss of a network"
        " 2-2-1 with BCE, its hidden layer normalised or not",
        exact: "its Fisher matrix at these rows: the mean over them of p (1 - p) J^T J, J the"
        " derivative of an output in all weights, through the batch's statistics",
    },
    cites=derived("given the rows, scores are independent of mean 0"),
    instances=24,
)
def sampled_label_scaling(B, labels, normalised, X, theta):
    """S = (1/B) sum_i s_i. Given the rows, the labels are independent and E[s_i] = 0 under the
    model, so that of the B^2 terms of E[S S^T] the B(B - 1) with i != j vanish: E[S S^T] = (1/B^2)
    sum_i E[s_i s_i^T] = F / B. Nothing is asked of the rows: a batch normalisation, which couples
    them, is a part of J, the derivative of the logits in the weights, and s_i = (p_i - t_i) J_i
    gives E[s_i s_i^T] = p_i (1 - p_i) J_i J_i^T.

    Labels from anything but the model have E[s_i] = p_i - E t_i != 0 and another variance: fair
    coins break both. The batch statistic of TNT is therefore F / B, and its (lr, damping) mean (lr
    B, damping B^(1/k)) on statistics per example.

    Measured: all 2^B labels with their probabilities. The gradient is affine in the labels, so that
    the difference of two outcomes that differ in label j is J_j / B."""
    found = []
    for rows, at in zip(X[:, :B], theta, strict=True):
        kind = None if normalised == "none" else normalised
        # all of them, so that nothing is estimated
        outcomes = np.array(list(itertools.product((0.0, 1.0), repeat=B)))
        networks = [MLP(rows, y, (2,), loss="bce", normalised=kind) for y in outcomes]
        flatten = networks[0].flatten
        weights = flatten.to(at[: sum(int(np.prod(s)) for s in flatten.shapes)])
        g = np.array([flatten.back(f.grad(weights)) for f in networks])

        # outcomes 0, e_B, ..., e_1 differ from the first in one label
        ones = [2 ** (B - 1 - j) for j in range(B)]
        # labels enter a mean loss with 1 / B
        jacobian = B * (g[0] - g[ones])
        p = probabilities(networks[0], weights)
        drawn = p if labels == "the model's" else 0.5
        chance = np.where(outcomes == 1, drawn, 1 - drawn)
        fisher = jacobian.T @ ((p * (1 - p))[:, None] * jacobian) / B
        pair = mean_outer(g, chance.prod(-1)), fisher
        found.append([padded(matrix, 13) for matrix in pair])
    columns = map(np.array, zip(*found, strict=True))
    return dict(zip((sampled, exact), columns, strict=True))


def probabilities(f, theta) -> np.ndarray:
    """The model's probability of label 1 of every row."""
    return expit(f.evaluate(theta).z[..., 0])


def padded(matrix, size) -> np.ndarray:
    """A square matrix with zeros up to `size`, so that networks with and without scales stack."""
    missing = size - len(matrix)
    return np.pad(matrix, (0, missing))


Z, t, by_nearest, by_one = symbols("Z t by_nearest by_one")


@claim(
    "fisher/rank-order-is-not-preconditioning-order",
    over={Z: normals(20, 12), t: decades(-4, -1)},
    says={"order": refuted(at_most(by_nearest, by_one))},
    where={
        by_nearest: "kappa of F^-1 C, F the Kronecker product nearest to C in Frobenius norm; C ="
        " mean of z z^T, z_k[a] = sin(a^2 + 3 a k + k) + t Z_ka, a = 1 ... 12 (3 x 4), k = 1 ..."
        " 20",
        by_one: "kappa of C itself, no preconditioner",
    },
    cites=derived(
        "Frobenius error weighs large eigenvalues, a preconditioner divides by small ones"
    ),
    instances=12,
)
def rank_order(Z, t):
    """The Frobenius error weighs what is large in C; kappa(F^-1 C) is decided by what F makes of
    the small eigenvalues of C, which the best rank-one term of the rearrangement may miss
    altogether. So the product nearest to C can be a worse preconditioner than none: as t -> 0 kappa
    is 3760 by the nearest product, 1979 by nothing.

    It is no curiosity of one stream: on a block of a network 1316 (none), 199 (diagonal), 124
    (K-FAC), 196 (TNT) and 658 (nearest product) were measured, the order of errors turned round.

    Space: one stream of 20 gradients 3 x 4, written as a formula so that anyone can type it again,
    and small normal changes of it: the order is not a matter of rounding. The published rank order
    is by Frobenius error; it is refuted as an order of preconditioners, not as an order of
    errors."""
    a = np.arange(1.0, 13.0)
    k = np.arange(1.0, 21.0)[:, None]
    stream = np.sin(a**2 + 3 * a * k + k) + t[:, None, None] * Z
    c = gram(stream) / 20
    # undamped: small eigenvalues are what this is about
    best = nearest_kronecker(c, (3, 4))
    nearest = kronecker_product([best.left, best.right])
    return {
        by_nearest: preconditioned_kappa(c, nearest, 0.0),
        by_one: preconditioned_kappa(c, np.broadcast_to(np.eye(12), c.shape), 0.0),
    }

"""Batch normalisation as a preconditioner: what its step is, and how large.

BNP multiplies the gradient of a layer (b, W) by P P^T, P = U diag(1, 1 / sigma), U = [[1, -mu^T],
[0, I]], mu and sigma those of the layer's inputs. By the law theta = P z that is gradient descent
on the network whose inputs are standardised; as a matrix it is the inverse of K-FAC's A with a
diagonal covariance, without B; and q2 = max(m / N, 1) follows the largest eigenvalue of what is
left.

sigma^2 is var + eps1 max(var) + eps2 in the algorithm, and plain where the claim says eps = 0. With
e = eps1 + eps2 / max(var) the largest is at most (1 + e) / e times the smallest, 101 by default:
wider spreads are not repaired. It differs from batch normalisation in that nothing is
differentiated through the statistics. As printed, var is a running mean of variances of batches,
too small by 1 - 1 / N, and 0 at N = 1; the variance of the running sample is right at every N
(BNP's `variance`).

Constants and wording of Lange, Helfrich & Ye 2022 are recalled; what is proved here is derived.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.claims import (
    at_least,
    at_most,
    choice,
    claim,
    decades,
    derived,
    dimension,
    equal,
    integers,
    named,
    sometimes,
    start,
    symbols,
    vector,
)
from lab.claims.normalization.descents import (
    RATE,
    by_bnp,
    by_factors,
    by_standardised_network,
    joined,
    network,
    point,
)
from lab.claims.normalization.examples import can_be_told, hidden
from lab.optimizers import BNP
from lab.theory import bnp as theory
from lab.theory import hidden_data, normalization

m, N, h, t, z, k, eps1, eps2, full, mu, sigma = symbols("m N h t z k eps1 eps2 full mu sigma")
path, descent, step, factored, frozen, inverse, law, largest, shape = symbols(
    "path descent step factored frozen inverse law largest shape"
)
RECALLED = "after Lange, Helfrich & Ye 2022, recalled"


@claim(
    "bnp/is-standardised-descent",
    over={
        m: dimension(1, 4),
        N: choice(1, 2, 8),
        h: hidden(8, m, 0.5, 0.0),
        z: start(9, ("generic",)),
        eps1: decades(-2, 0),
        eps2: decades(-2, 0),
        frozen: choice(1, 0),
    },
    assuming=[Eq(frozen, 1)],
    says={"path": equal(path, descent, rtol=1e-12, atol=1e-12, because="three steps of rounding")},
    where={
        path: "parameters of a network of two layers after three steps of BNP on N examples, its"
        " statistics those of the first batch where frozen, else averaged",
        descent: "W^ / s and b^ - W^ mu / s after three steps of gradient descent at lr / q2 on W^"
        " (a - mu) / s + b^, s^2 = var + eps1 max(var) + eps2, by hand",
    },
    cites=derived(RECALLED),
    instances=32,
)
def is_standardised_descent(N, h, z, eps1, eps2, frozen):
    """(b, W) = (b^ - W^ mu / s, W^ / s) is theta = P z, z = (b^, W^), and the network is the same
    function. Gradient descent in z moves theta by P P^T times its gradient: BNP, with q2 dividing
    the rate of the layer. P has to stay: it is that of the first batch for all steps, in both.

    Space: one to four inputs, batches of 1, 2 and 8 examples of three laws, both eps over two
    decades, so that a batch of one, whose variance is 0, has a P. The descent on the other side is
    written by hand on (W^, b^) and shares nothing with BNP but the statistics. With statistics that
    are averaged (not frozen) P moves, z has to be carried along, and the two paths part at the
    second step."""
    ends = []
    for x, numbers, one, two in zip(h, z, eps1, eps2, strict=True):
        f = network(x)
        theta = point(f, numbers)
        # an average that moves by half, where it moves
        method = BNP(RATE, 0.5, one, two, start="first", frozen=bool(frozen))
        run = by_bnp(f, theta, N, 3, method)
        ends.append((run, joined(by_standardised_network(f, theta, N, 3, (one, two)))))
    runs, hands = zip(*ends, strict=True)
    return {path: np.array(runs), descent: np.array(hands)}


@named
def bnp_matrix(mu, sigma):
    """U diag(1, sigma^-2) U^T, U = [[1, -mu^T], [0, I]]"""
    return theory.bnp_preconditioner(mu, sigma**2)


def flat(h, t) -> np.ndarray:
    """h (R, N, m), the deviations of its first column times t."""
    mean = h[..., :1].mean(1, keepdims=True)
    first = mean + t[:, None, None] * (h[..., :1] - mean)
    return np.concatenate([first, h[..., 1:]], -1)


@named
def flattened(h, t):
    """h, the deviations of its first column times t"""
    return flat(h, t)


@claim(
    "bnp/is-kfac",
    over={
        m: dimension(1, 4),
        h: hidden(8, m, 0.5, 0.0),
        t: sometimes(1.0, decades(-12, -9)),
        z: start(9, ("generic",)),
        mu: start(m),
        sigma: vector(m, -1, 1),
        eps1: sometimes(0.0, decades(-2, 0)),
        eps2: sometimes(0.0, decades(-2, 0)),
        full: choice(0, 1),
    },
    assuming=[Eq(eps1, 0), Eq(eps2, 0), Eq(full, 0), can_be_told(flattened(h, t))],
    says={
        "step": equal(step, factored, rtol=1e-9, atol=1e-9, because="eps kappa, kappa to 1e6"),
        "inverse": equal(inverse, bnp_matrix(mu, sigma), rtol=1e-9, atol=1e-9, because="the same"),
    },
    where={
        step: "parameters of a network of two layers after one step of BNP on eight examples, h"
        " flattened by t, q2 = 1",
        factored: "the same after a step -lr G A^-1, A = E (a, 1)(a, 1)^T, its covariance replaced"
        " by its diagonal unless full; no damping, no output factor",
        inverse: "the inverse of (1, mu)(1, mu)^T + diag(0, sigma^2)",
    },
    cites=derived(RECALLED + "; with the full covariance: FOOF"),
    instances=32,
)
def is_kfac(h, t, z, mu, sigma, eps1, eps2, full):
    """P P^T = U diag(1, sigma^-2) U^T, whose inverse is U^-T diag(1, sigma^2) U^-1 with U^-1 = [[1,
    mu^T], [0, I]]: that is [[1, mu^T], [mu, mu mu^T + diag(sigma^2)]], which is E (1, a)(1, a)^T
    with the covariance cut to its diagonal. So the step is -lr G A^-1: K-FAC's input factor with a
    diagonal covariance, the output factor I, no damping. With the whole covariance it is FOOF; with
    s constant and the whole covariance it is Newton's for one neuron, but for a number.

    Unlike a ridge on A, eps changes diag(sigma^2) alone: the mean is taken out exactly.

    Space: eight examples in one to four variables. With eps1 or eps2 the variances are not those of
    the data; with the full covariance (full = 1) the steps agree only where the inputs of a layer
    are uncorrelated. A column that is nearly constant (t < 1) has no variance to divide by without
    eps: least squares leave it out, and BNP takes a step without bound."""
    ends = []
    seen = flat(h, t)
    for x, numbers, one, two in zip(seen, z, eps1, eps2, strict=True):
        f = network(x)
        theta = point(f, numbers)
        run = by_bnp(f, theta, len(x), 1, BNP(RATE, eps1=one, eps2=two))
        # without eps and with N >= m q2 is 1, and BNP's step is the factors'
        ends.append((run, joined(by_factors(f, theta, full))))
    runs, hands = zip(*ends, strict=True)

    moment = normalization.extended_moment(mu, sigma[:, :, None] ** 2 * np.eye(mu.shape[1]))
    found = {step: np.array(runs), factored: np.array(hands)}
    return found | {inverse: np.linalg.inv(moment)}


@named
def q2(m, N):
    """max(m / N, 1)"""
    return theory.bnp_size(m, N)


@named
def are_independent(law):
    """variables are independent, none constant"""
    return law == "independent"


# one variable: an identity matrix, which attains the lower bound
SHAPES = ((400, 50), (50, 400), (400, 400), (400, 401), (1, 50))


@claim(
    "bnp/step-size-control",
    over={
        shape: choice(*SHAPES),
        law: choice("independent", "repeated", "half constant"),
        k: integers(0, 10**6),
    },
    assuming=[are_independent(law)],
    says={
        "at least": at_least(largest, q2(m, N), because="a trace over a rank"),
        "at most": at_most(largest, 4 * q2(m, N), slack=0.1, because="finite m and N"),
    },
    where={
        largest: "the largest eigenvalue of (1, h)^T (1, h) / N, N examples h of m standardised"
        " normal variables",
        m: "variables",
        N: "examples",
    },
    cites=derived("the edge (1 + sqrt(m / N))^2 of Marchenko & Pastur; " + RECALLED),
    instances=16,
)
def step_size_control(shape, law, k):
    """(1, h)^T (1, h) / N has the trace m + 1, of standardised variables and the column of ones,
    and a rank of at most min(N, m + 1): its largest eigenvalue is at least (m + 1) / min(N, m + 1)
    >= max(m / N, 1). From above independence gives the edge (1 + sqrt(m / N))^2 of Marchenko and
    Pastur, at most 4 max(1, m / N), with equality at m = N. Divided by q2, Hessians of all layers
    have norms within 4 of each other, and one rate fits all.

    Space: wide, tall and square batches; the edge is 4 at m = N, and 10 % are allowed for its
    fluctuations, so that 4 is told from 3.6 and not from 3.9. These are 2.5 N^(-2/3) times a
    variable of Tracy and Widom: at N = 400 one batch in 10^9 is 10 % out, at N = 100 one in 10^4.
    One variable attains the lower bound. Independence is needed from above: m copies of one
    variable have the eigenvalue m, at m = 400, N = 50 twelve times the bound. Constant variables
    take away from the trace, and break the lower bound."""
    columns, rows = shape
    found = []
    # one batch per seed: the statement is about one batch, not about a mean
    for seed in k:
        x = np.random.default_rng(seed).standard_normal((rows, columns))
        if law == "repeated":
            # m copies of one variable
            x[:] = x[:, :1]
        g = hidden_data.standardised(x)
        if law == "half constant":
            g[:, ::2] = 0.0
        found.append(np.linalg.norm(hidden_data.extended(g), 2) ** 2 / rows)
    everywhere = np.full(len(k), 1.0)
    return {largest: np.array(found), m: columns * everywhere, N: rows * everywhere}

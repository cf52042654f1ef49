"""Sign descent: how much a step decreases the loss, and the law of a sign under gradient noise.

x+ = x - eta sign(g), sign(0) = 0: Adam with beta1 = beta2 = eps = 0. Two halves.

Full batch: a step of sign descent is one of steepest descent in the max norm, so smoothness is to
be measured in that norm: by sum L_i with L_i the coordinate constants, or by L_inf = max of s^T H s
over sign vectors s, tr H <= L_inf <= sum |H_ij| for H >= 0. Both statements name their step and are
false at others; c measures how far from the best step one is.

Batch 1: g = e x with x ~ N(0, Sigma) a row and e = x^T d + noise its residual. Signs of such
products have closed laws, by Sheppard's formula P(X Y > 0) = 1/2 + arcsin(c) / pi for two centred
normal numbers of correlation c. So the mean step of sign descent is within [2/pi, 1] of GN^-1/2's,
in any basis. Derived here; exact risk curves of signSGD are known in the literature.
"""

from __future__ import annotations

import numpy as np
from sympy import asin, pi, sqrt

from lab.arrays import norm
from lab.bases import Orthogonal
from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    enclosed,
    named,
    one_by_one,
    orthogonal,
    spd,
    start,
    symbols,
    vector,
    within,
)
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.objectives import Gaussian, GaussianRegression, Rademacher, RandomDesign
from lab.objectives.designs import Design
from lab.optimizers import SignSGD
from lab.theory.worst_cases import max_norm_smoothness

n, lam, x, c, N, H, g, eta, B = symbols("n lam x c N H g eta B")
fall, mean_g, Delta, L_1, g_1 = symbols("fall mean_g Delta L_1 g_1")
Sigma, U, d, noise, mean, error = symbols("Sigma U d noise mean error")
law, product = symbols("law product")
LOSSES = "differences of two losses lose the digits of the larger"


@named
def max_norm_curvature(h):
    """L_inf, the largest s^T H s over sign vectors s

    By enumeration: 2^(n-1) vectors, so for small n only. It is the smoothness constant of theta^T H
    theta / 2 in the max norm, as a convex function on the cube is largest in a corner.
    """
    return one_by_one(max_norm_smoothness, h)


ROWS: dict[str, Design] = {"Gaussian": Gaussian(), "signs": Rademacher()}


@named
def are_gaussian(law):
    """the rows are Gaussian

    The other law, independent signs turned to the same covariance, has Gaussian second moments and
    other orthants.
    """
    return law == "Gaussian"


RECALLED = "after Bernstein et al. 2018 and Balles, Pedregosa & Le Roux 2020, both recalled"


@claim(
    "sign/smoothness",
    over={
        n: dimension(1, 6),
        N: choice(1, 5, 40),
        lam: vector(n, -1, 1),
        # against steps of 1e-3 to 10: they fall short of the minimum, and overshoot it
        x: start(n, size=10.0),
        eta: decades(-3, 1),
        # a tenth to ten times the best step, where the factor (c + 1/c) / 2 is 5
        c: decades(-1, 1),
    },
    says={
        "one step": at_least(fall, eta * g_1 - eta**2 * L_1 / 2, slack=1e-9, because=LOSSES),
        "N steps": at_most(mean_g, sqrt(2 * Delta * L_1 / N) * (c + 1 / c) / 2),
    },
    where={
        fall: "f(x) - f(x - eta sign(g)), f = sum lam_i x_i^2 / 2",
        g_1: "|grad f(x)|_1",
        L_1: "sum lam_i, the l1 norm of the coordinate smoothness constants",
        Delta: "f(x) - min f",
        mean_g: "mean of |g|_1 over N steps of size c sqrt(2 Delta / (N L_1)) from x",
    },
    cites=derived(RECALLED),
)
def smoothness(N, lam, x, eta, c):
    """f(x - eta s) <= f(x) - eta |g|_1 + eta^2 sum L_i / 2, s = sign(g), as s_i^2 <= 1. Summed over
    N steps, N eta mean|g|_1 <= Delta + N eta^2 |L|_1 / 2, because f(x_N) >= min f; divided by N eta
    at eta = c sqrt(2 Delta / (N |L|_1)) the right side is sqrt(2 Delta |L|_1 / N) (c + 1 / c) / 2,
    and c = 1 is the best step.

    Equality: the first line is one on a diagonal quadratic without zero entries of g, which is what
    is drawn. The second is attained up to f(x_N) - min f, which a path that ends in the minimum
    makes small. The step uses Delta and N, hence is not a rule that can be run: it is the best that
    a constant step could do.
    """
    best = np.sqrt((lam * x**2).sum(-1) / (N * lam.sum(-1)))
    one = descend(SignSGD(eta), lambda theta: lam * theta, x, 1)
    path = descend(SignSGD(c * best), lambda theta: lam * theta, x, N)
    loss = (lam * one**2).sum(-1) / 2
    sizes = {g_1: norm(lam * x, 1), L_1: lam.sum(-1), Delta: loss[0]}
    return sizes | {fall: loss[0] - loss[1], mean_g: norm(lam * path[:-1], 1).mean(0)}


@claim(
    "sign/max-norm",
    # up to 3.2: the bound is vacuous from c = 2 on
    over={n: dimension(1, 6), c: decades(-1, 0.5), H: spd(n, -2, 0), g: start(n)},
    says={
        "decrease": at_least(
            fall,
            (2 * c - c**2) * g_1**2 / (2 * max_norm_curvature(H)),
            slack=1e-9,
            because=LOSSES,
        )
    },
    where={
        fall: "decrease of theta^T H theta / 2 where its gradient is g, by a sign step of size c"
        " |g|_1 / L_inf",
        g_1: "|g|_1",
    },
    cites=derived(RECALLED),
)
def max_norm(c, H, g):
    """f(x - eta s) = f(x) - eta |g|_1 + eta^2 s^T H s / 2 with s = sign(g), and s^T H s <= L_inf.
    At eta = c |g|_1 / L_inf this is a decrease of at least (2c - c^2) |g|_1^2 / (2 L_inf): largest
    at c = 1, vacuous for c >= 2.

    Equality at g = H s, s the sign vector of L_inf: flipping s_i cannot increase s^T H s, so that
    s_i (H s)_i >= H_ii > 0, sign(g) = s and |g|_1 = L_inf. tr H in place of L_inf is too small
    unless H is diagonal; sum |H_ij| is safe and looser.
    """
    theta = np.linalg.solve(H, g[..., None])[..., 0]
    size = c * norm(g, 1) / one_by_one(max_norm_smoothness, H)
    path = descend(SignSGD(size), lambda z: matvec(H, z), theta, 1)
    loss = (path * matvec(H, path)).sum(-1) / 2
    return {fall: loss[0] - loss[1], g_1: norm(g, 1)}


@named
def correlation(sigma, u, d, noise):
    """c_i = u_i^T Sigma d / sqrt(tau u_i^T Sigma u_i), tau = d^T Sigma d + noise^2

    (R, n). The correlation of u_i^T x with the residual x^T d + noise, whose variance is tau. With
    d = 0 and no noise it is 0/0; starts are never 0.
    """
    rows = u.swapaxes(-1, -2)
    tau = (d * matvec(sigma, d)).sum(-1) + noise**2
    variance = np.einsum("rij,rjk,rik->ri", rows, sigma, rows)
    found = matvec(rows, matvec(sigma, d)) / np.sqrt(tau[:, None] * variance)
    # arcsin turns a rounding error beyond 1 into a NaN: d an eigenvector, no label noise
    return np.clip(found, -1, 1)


@claim(
    "sign/arcsin-law",
    over={
        n: dimension(1, 4),
        # batch 4 is outside the hypothesis: a sum has no sign of a product
        B: choice(1, 4),
        noise: choice(0.0, 1.0),
        Sigma: spd(n, -2, 0),
        U: orthogonal(n),
        d: start(n),
    },
    assuming=[B < 2],
    says={"mean sign": within(mean, 2 / pi * asin(correlation(Sigma, U, d, noise)), error)},
    where={
        mean: "the mean of sign(u_i^T g) over 20000 gradients g of B examples x ~ N(0, Sigma) at"
        " distance d from the minimum",
        error: "its standard error, at least 1e-3",
    },
    cites=derived("Sheppard's formula for orthants"),
    instances=32,
)
def arcsin_law(n, B, noise, Sigma, U, d, seed, runs=20_000):
    """g = x (x^T d + noise): its sign in direction u is the product of the signs of two centred
    normal numbers of correlation c_i. They agree with probability 1/2 + arcsin(c_i) / pi
    (Sheppard), so the mean of the product of signs is (2 / pi) arcsin(c_i). U need not be an
    eigenbasis, and no averaging over time enters.

    B < 2 is necessary: the sum over a larger batch is no such product, and its mean sign tends to 2
    Phi(sqrt(B) c / sqrt(1 + c^2)) - 1. Statistics: 20000 gradients and five standard errors, with
    the standard error at least 1e-3.
    """
    rng = np.random.default_rng([seed, n, B])
    means = []
    for sigma, u, delta in zip(Sigma, U, d, strict=True):
        f = GaussianRegression(sigma, 0.0, noise)
        gradients = f.grad(np.broadcast_to(delta, (runs, n)), f.draw(rng, (runs,), B))
        means.append(np.sign(Orthogonal(u).to(gradients)).mean(0))
    # signs that never change have no spread; a correlation within 1e-6 of 1 is seen changing once
    # in 2000
    spread = np.sqrt(np.maximum(1 - np.square(means), 0.0) / runs)
    return {mean: np.array(means), error: np.maximum(spread, 1e-3)}


@named
def coherence(sigma, u):
    """the correlation matrix of U^T x

    (R, n, n): U^T Sigma U scaled to unit diagonal. The loss does not enter.
    """
    turned = u.swapaxes(-1, -2) @ sigma @ u
    scale = np.sqrt(np.einsum("rii->ri", turned))
    # as in `correlation`
    return np.clip(turned / scale[:, :, None] / scale[:, None, :], -1, 1)


@claim(
    "sign/second-moment",
    over={
        n: dimension(1, 4),
        B: choice(1, 4),
        # at 3 the residual is mostly label noise, and nothing may change
        noise: choice(0.0, 3.0),
        Sigma: spd(n, -2, 0),
        U: orthogonal(n),
        d: start(n),
        law: choice("Gaussian", "signs"),
    },
    assuming=[B < 2, are_gaussian(law)],
    says={"products": within(product, 2 / pi * asin(coherence(Sigma, U)), error)},
    where={
        product: "the mean of sign(U^T g) sign(U^T g)^T over 10000 gradients of B rows of that law"
        " and covariance Sigma at distance d from the minimum, with label noise",
        error: "its standard error, at least 1e-3",
    },
    cites=derived("the square of the residual's sign is 1; then Sheppard's formula"),
    instances=32,
)
def second_moment(n, B, noise, Sigma, U, d, law, seed, runs=10_000):
    """g = e x, so sign(u^T g) sign(v^T g) = sign(u^T x) sign(v^T x), as sign(e)^2 = 1 whatever the
    residual e, which the distance and the label noise enter alone; then Sheppard's formula for the
    pair (u^T x, v^T x). Noise of any law will do, even dependent on x, if e = 0 has probability 0.

    So one step of sign descent at batch 1 adds a covariance that does not depend on where it is.
    Both hypotheses are necessary: at B = 4 the residuals do not factor out, and rows of signs have
    other orthant probabilities than Gaussian rows of their covariance.
    """
    rng = np.random.default_rng([seed, n, B])
    means = []
    for sigma, u, delta in zip(Sigma, U, d, strict=True):
        f = RandomDesign(sigma, 0.0, ROWS[law], noise)
        gradients = f.grad(np.broadcast_to(delta, (runs, n)), f.draw(rng, (runs,), B))
        signs = np.sign(Orthogonal(u).to(gradients))
        means.append(signs.T @ signs / runs)
    spread = np.sqrt(np.maximum(1 - np.square(means), 0.0) / runs)
    return {product: np.array(means), error: np.maximum(spread, 1e-3)}


@claim(
    "sign/arcsin-bounds",
    over={c: between(0.01, 0.9999)},
    says={
        "at least": enclosed(at_least(2 / pi * asin(c), 2 / pi * c), c=(0.01, 0.9999)),
        "at most": enclosed(at_most(2 / pi * asin(c), c), c=(0.01, 0.9999)),
    },
    cites=derived("the law of sign/arcsin-law, on an interval"),
)
def arcsin_bounds():
    """arcsin is convex on [0, 1], with slope 1 at 0 and the value pi/2 at 1: it is above its
    tangent c and below its chord (pi/2) c, and 2/pi of both is the statement. At c -> 0 the ratio
    to c is 2/pi, at c = 1 it is 1, so neither constant can be improved; odd in c, so that negative
    correlations follow.

    So at batch size 1 the mean step of sign descent is between 2/pi and 1 of the step of GN^-1/2
    that is scaled by the root of the expected loss, direction by direction, in every basis.
    """
    return {}

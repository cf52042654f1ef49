"""Mini-batch gradients of Gaussian regression from n + 3 random numbers, for every batch size.

The pair (gradient, loss) of a batch of B Gaussian rows depends on them through a few sums, whose
joint law is known; so a batch of 10^9 costs what a batch of 1 does. Three ways to draw are compared
with one exact characteristic function: those sums, the rows themselves, and, as the outside of the
hypothesis, rows of signs with the same covariance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    dimension,
    named,
    one_by_one,
    sometimes,
    spd,
    start,
    symbols,
    within,
)
from lab.objectives import GaussianRegression, Rademacher, RandomDesign

n, B, Sigma, d, noise, t, s, drawn, mu = symbols("n B Sigma d noise t s drawn mu")
cosine, sine, error_c, error_s = symbols("cosine sine error_c error_s")

PROBLEMS: dict[str, Callable[..., Any]] = {
    "n + 3 numbers": lambda sigma, noise: GaussianRegression(sigma, 0.0, noise),
    "rows": lambda sigma, noise: GaussianRegression(sigma, 0.0, noise, sampler="rows"),
    "rows of signs": lambda sigma, noise: RandomDesign(sigma, 0.0, Rademacher(), noise),
}


@named
def gaussian(drawn):
    """the rows, if there are any, are Gaussian

    "n + 3 numbers" draws no rows; it is exact for Gaussian ones only, which it stands for.
    """
    return drawn != "rows of signs"


@named
def phi_c(mu, batch):
    """Re prod_j (1 - i mu_j / B)^(-B/2)

    The characteristic function of a mean of B independent forms sum_j mu_j z_j^2 / 2, at 1.
    """
    return np.prod((1 - 1j * mu / batch) ** (-batch / 2), -1).real


@named
def phi_s(mu, batch):
    """the imaginary part of that product

    Each factor is raised to -B/2 in the right half-plane, so that the principal branch is the
    continuous one.
    """
    return np.prod((1 - 1j * mu / batch) ** (-batch / 2), -1).imag


def eigenvalues(sigma, d, noise, t, s) -> np.ndarray:
    """mu (n + 1,) with t^T x e + s e^2 / 2 = sum_j mu_j z_j^2 / 2, e = x^T d - xi, z ~ N(0, I). (x,
    xi) has the covariance diag(Sigma, noise^2)."""
    a, direction = np.append(d, -1.0), np.append(t, 0.0)
    cross = np.outer(direction, a)
    covariance = np.zeros((len(a), len(a)))
    covariance[:-1, :-1] = sigma
    covariance[-1, -1] = noise**2
    # those of R Q R, R^2 the covariance of (x, xi), are those of R^2 Q
    return np.linalg.eigvals(covariance @ (cross + cross.T + s * np.outer(a, a))).real


@claim(
    "sampler/exact-in-law",
    over={
        n: dimension(1, 4),
        # at 50 signs are hardly told from normal rows: 1 and 3 are what shows the hypothesis
        B: choice(1, 3, 50),
        drawn: choice("n + 3 numbers", "rows", "rows of signs"),
        Sigma: spd(n, -2, 0),
        d: start(n),
        noise: sometimes(0.0, decades(-1, 0.5), 0.3),
        t: start(n),
        # the weight of the loss: with it the pair is tested, not the gradient alone
        s: between(-1, 1),
    },
    assuming=[gaussian(drawn)],
    says={
        "cos": within(cosine, phi_c(mu, B), error_c),
        "sin": within(sine, phi_s(mu, B), error_s),
    },
    where={
        cosine: "the mean of cos(t^T g + s f) over 5000 mini-batches, g their gradients and f their"
        " losses at distance d from the minimum",
        error_c: "its standard error",
        sine: "the mean of the sine",
        error_s: "its standard error",
        mu: "the eigenvalues of the quadratic form t^T x e + s e^2 / 2 in independent normal"
        " numbers, e = x^T d - xi the residual of one example",
    },
    cites=derived("rotation invariance of Gaussian rows; the law of a Gaussian quadratic form"),
    # three ways to draw at three batch sizes, some instances each
    instances=48,
)
def exact_in_law(n, B, drawn, Sigma, d, noise, t, s, seed, runs=5000):
    """t^T g + s f is a mean of B independent quadratic forms in (x, xi), whose characteristic
    function is known: E exp(i mu z^2 / (2 B)) = (1 - i mu / B)^(-1/2) for each eigenvalue and
    example. At all t and s it is the joint law of g and f, by the theorem of Cramer and Wold for
    the pair.

    From n + 3 numbers: g = Sigma^(1/2) [u (nu A - C) / B + |e| / B (I - u u^T) w], u = Sigma^(1/2)
    d / nu, nu = |Sigma^(1/2) d|. Along u the batch's rows enter through A, their squared length,
    chi-squared with B degrees, and C, their product with the noise, normal of variance noise^2 A;
    across u rotation invariance leaves a normal w times the length |e| of the residuals.

    Rows must be Gaussian: signs of the same covariance have another law at small batches.
    Statistics: 5000 batches, five standard errors, batches of 1, 3 and 50.
    """
    rng = np.random.default_rng([seed, n, B])
    found = []
    for sigma, delta, size, direction, weight in zip(Sigma, d, noise, t, s, strict=True):
        f = PROBLEMS[drawn](sigma, float(size))
        theta, batch = np.broadcast_to(delta, (runs, n)), f.draw(rng, (runs,), B)
        phase = f.grad(theta, batch) @ direction + weight * f.loss(theta, batch)
        waves = np.stack([np.cos(phase), np.sin(phase)])
        found.append([*waves.mean(1), *waves.std(1) / np.sqrt(runs)])
    values = dict(zip((cosine, sine, error_c, error_s), np.array(found).T, strict=True))
    return values | {mu: one_by_one(eigenvalues, Sigma, d, noise, t, s)}

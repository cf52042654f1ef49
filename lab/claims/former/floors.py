"""Where Adam and sign-SGD stop on Gaussian linear regression, the arcsine laws, and the sampler behind the simulations."""

from __future__ import annotations

import numpy as np

from lab.bases import random
from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, assume, at_least, equal, every, within
from lab.objectives import Gaussian, GaussianRegression, Rademacher, RandomDesign
from lab.objectives.designs import Design
from lab.optimizers import IdealisedAdam
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.floors import adam_floor, adam_label_floor, sign_second_moment

DESIGNS: dict[str, Design] = {"gaussian": Gaussian(), "rademacher": Rademacher()}


@claim(
    "adam/label-noise-floor",
    paper="liu2025",
    statement=r"with label noise Adam stops at \tau(1 - Q(\eta\sqrt{B/\tau})) = \sigma^2, about \sqrt\tau = c/2 + \sqrt{c^2/4+\sigma^2}",
    source="derived: stationary risk of GN^{-1/2} at the effective step",
    assumes="Gaussian inputs, idealised Adam in the eigenbasis, (B+1) E << tau",
    evidence="numeric",
    control={"factor": np.pi / 2},
)
def label_noise_floor(factor=1.0, seed=1):
    """E = tau - noise^2 within 5 %: (B + 1) E / tau corrections and 1 % of sampling error; factor pi/2 would be sign-SGD."""
    lam, lr, measured, expected, first = geometric(32, 100.0), 0.01, [], [], []
    for batch in (1, 8):
        excess = adam_floor(lam, lr, batch, 1.0) - 1
        assume((batch + 1) * excess / 32 < 0.05, "label noise does not dominate")
        theta = np.random.default_rng(seed).standard_normal((60, 32)) * np.sqrt(excess / 32 / lam)
        run = simulate(GaussianRegression(lam, 0.0, 1.0), IdealisedAdam(lr), theta, steps=2500, batch=batch, rng=seed, every=10)
        measured.append((2 * run["loss"][50:] - 1).mean())
        expected.append(factor * excess)
        first.append(factor * adam_label_floor(lam, lr, batch, 1.0))
    return every(equal(measured, expected, rtol=0.05, what="floor"), equal(first, expected, rtol=0.05, what="first order"))


def _signs(rng, runs, noise, delta=None):
    """A correlated problem, a basis, and signs of batch-1 gradients in it."""
    sigma, basis = with_spectrum(geometric(4, 20.0), random(4, rng)), random(4, rng)
    delta = rng.standard_normal(4) if delta is None else delta
    f = GaussianRegression(sigma, 0.0, noise)
    g = basis.to(f.grad(np.broadcast_to(delta, (runs, 4)), f.draw(rng, (runs,), 1)))
    return sigma, delta, basis, np.sign(g)


@claim(
    "sign/second-moment",
    paper="liu2025",
    statement=r"at batch 1, E[sign(g) sign(g)^T] = (2/\pi) arcsin(corr(U^T x)): independent of d and of the label noise",
    source="derived: sign(residual)^2 = 1, then Sheppard's formula",
    assumes="Gaussian inputs, any basis",
    evidence="statistical",
    control={"law": "linear"},
)
def sign_moment(law="arcsin", runs=200_000, seed=3):
    """Off-diagonal products of signs, with and without label noise; law="linear" expects the correlation itself."""
    checks = []
    for noise, delta in ((0.0, np.array([1.0, -2.0, 0.5, 0.1])), (2.0, np.array([0.0, 0.0, 3.0, 1.0]))):
        sigma, _, basis, s = _signs(np.random.default_rng(seed), runs, noise, delta)
        expected = sign_second_moment(sigma, basis)
        if law == "linear":
            expected = np.sin(np.pi / 2 * expected)
        off = np.triu_indices(4, 1)
        products = s[:, off[0]] * s[:, off[1]]
        checks.append(within(products.mean(0), expected[off], products.std(0) / np.sqrt(runs), what=f"noise {noise:g}"))
    return every(*checks)


@claim(
    "sampler/exact-in-law",
    paper="liu2025",
    statement=r"g = \Sigma^{1/2}[\hat u(\nu A - C)/B + (|e|/B)(I - \hat u\hat u^T) w] has the law of the mini-batch gradient and its loss",
    source="derived: rotation invariance of the Gaussian rows",
    assumes="Gaussian inputs and label noise",
    evidence="statistical",
    control={"design": "rademacher"},
)
def exact_in_law(design="gaussian", runs=40_000, seed=4):
    """n + 3 random numbers against rows: moments 1 to 4 and the Kolmogorov-Smirnov distance of gradient projections and loss."""
    rng, checks = np.random.default_rng(seed), []
    sigma, theta = with_spectrum(geometric(4, 20.0), random(4, rng)), np.broadcast_to(rng.standard_normal(4), (runs, 4))
    directions = np.vstack([np.eye(4), random(4, rng).q])
    for batch, noise in ((1, 0.0), (1, 0.8), (3, 0.8), (50, 0.8)):
        law = GaussianRegression(sigma, 0.0, noise)
        rows = RandomDesign(sigma, 0.0, DESIGNS[design], noise)
        x, y = (_projections(f, theta, f.draw(rng, (runs,), batch), directions) for f in (law, rows))
        checks.append(_same_law(x, y, f"B = {batch}, noise {noise:g}"))
    return every(*checks)


def _projections(f, theta, batch, directions):
    """(runs, k): the gradient along the directions, the loss, and their products."""
    g, loss = f.grad(theta, batch) @ directions.T, f.loss(theta, batch)[:, None]
    return np.concatenate([g, loss, g * loss], 1)


def _same_law(x, y, what) -> Check:
    """Two-sample z of the first four powers, and the two-sample KS test at the level of z = 5."""
    from scipy.stats import ks_2samp  # half a second to import, which `lab list` does not need

    center, scale = y.mean(0), y.std(0)
    powers = [np.stack([((s - center) / scale) ** k for k in range(1, 5)]) for s in (x, y)]
    error = np.sqrt(sum(p.var(1) for p in powers) / len(x))
    moments = within(powers[0].mean(1), powers[1].mean(1), error, what=f"{what}: moments 1-4")
    p_value = min(ks_2samp(a, b, method="asymp").pvalue for a, b in zip(x.T, y.T, strict=True))
    return every(moments, at_least(max(p_value, 1e-300), 5.7e-7, what=f"{what}: smallest KS p-value"))

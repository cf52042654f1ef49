"""SGD with a fixed preconditioner on Gaussian linear regression: the recursion, and what is best in it."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from lab.bases import random
from lab.claims.former.registry import claim
from lab.claims.former.relations import at_least, equal, every, searched, within
from lab.exact import exact
from lab.objectives import Gaussian, GaussianRegression, OneHot, RandomDesign
from lab.objectives.designs import Design
from lab.optimizers import DiagonalGN, InBasis
from lab.simulation import simulate
from lab.spectra import geometric, power_law, two_level, with_spectrum
from lab.theory.recursion import covariance_recursion, risk_curve
from lab.theory.sgd import feedback, preconditioned_spectrum, rate, stability_limit, stationary_risk

DESIGNS: dict[str, Design] = {"gaussian": Gaussian(), "one-hot": OneHot()}
FIXED = "Gaussian inputs, fresh batches, constant step, fixed symmetric positive definite P"


def _transfer(q, batch):
    """T = diag(1 - 2q + (1 + 1/B) q^2) + q^2 1^T / B."""
    return np.diag(1 - 2 * q + (1 + 1 / batch) * q**2) + np.outer(q**2, np.ones(len(q))) / batch


@claim(
    "sgd/covariance-recursion",
    paper="liu2025",
    statement=r"C_{t+1} = C - P\Sigma C - C\Sigma P + P[(1+1/B)\Sigma C\Sigma + (1/B)(tr(\Sigma C)+\sigma^2)\Sigma]P",
    source="derived: the exact second moment",
    assumes=FIXED,
    evidence="statistical",
    control={"design": "one-hot"},
)
def covariance(design="gaussian", runs=20_000, steps=10, seed=0):
    """Simulated rows against the exact loss; and the full n x n recursion against the reduced one, for a rotated diagonal P."""
    rng, n, batch, noise = np.random.default_rng(seed), 4, 2, 0.6
    sigma, delta, basis = with_spectrum(geometric(n, 20.0), random(n, rng)), rng.standard_normal(n), random(n, rng)
    optimizer = InBasis(basis, DiagonalGN(lr=0.15, power=-0.5))
    f = RandomDesign(sigma, 0.0, DESIGNS[design], noise)
    run = simulate(f, optimizer, np.broadcast_to(delta, (runs, n)), steps=steps, batch=batch, rng=rng).mean()
    loss = exact(GaussianRegression(sigma, 0.0, noise), optimizer, delta, steps=steps, batch=batch)["loss"]
    statistical = within(run["loss"][1:], loss[1:], run.error["loss"][1:], what="simulated loss")
    p = 0.15 * basis.q @ np.diag(np.diag(basis.q.T @ sigma @ basis.q) ** -0.5) @ basis.q.T
    path = covariance_recursion((p + p.T) / 2, sigma, np.outer(delta, delta), steps, batch, noise=noise)
    full = (np.trace(sigma @ path, axis1=1, axis2=2) + noise**2) / 2
    return every(statistical, equal(loss, full, rtol=1e-12 * steps, what="reduced loss"))


@claim(
    "sgd/spectrum-only",
    paper="liu2025",
    statement=r"the mean-square rate depends on the preconditioner and the basis only through the spectrum of P\Sigma",
    source="derived: the diagonal in the eigenbasis of \\Sigma^{1/2} P \\Sigma^{1/2} closes and dominates",
    assumes=FIXED,
    evidence="exact",
    control={"commuting": True},
)
def spectrum_only(commuting=False, draws=30, seed=1):
    """The spectral radius of the n^2 x n^2 operator on C against rate(spec(P Sigma)); commuting: pretend that P and Sigma commute."""
    rng, n, measured, expected = np.random.default_rng(seed), 4, [], []
    for _ in range(draws):
        sigma, p = (with_spectrum(geometric(n, 10 ** rng.uniform(0, 3)), random(n, rng)) for _ in range(2))
        batch, a = int(10 ** rng.uniform(0, 3)), p @ sigma
        lr = rng.uniform(0.1, 1.3) * stability_limit(preconditioned_spectrum(p, sigma), 0.0, batch)
        p, a, eye = lr * p, lr * a, np.eye(n)
        operator = np.kron(eye, eye) - np.kron(eye, a) - np.kron(a, eye) + (1 + 1 / batch) * np.kron(a, a)
        heat = a @ p
        operator += np.outer(heat.T.ravel(), sigma.T.ravel()) / batch
        q = np.linalg.eigvalsh(p) * np.linalg.eigvalsh(sigma) if commuting else preconditioned_spectrum(p, sigma)
        measured.append(np.abs(np.linalg.eigvals(operator)).max())
        expected.append(rate(q, 0.0, batch, 1.0))
    # a non-symmetric eigenvalue problem: rounding times the condition number of the eigenvectors, kappa(Sigma) <= 1e3
    return equal(measured, expected, rtol=1e-10, what="spectral radius")


@claim(
    "sgd/stability",
    paper="liu2025",
    statement=r"mean-square stable iff (1/B) \sum_i q_i/(2-(1+1/B) q_i) < 1 with all q_i < 2/(1+1/B)",
    source="derived: Perron-Frobenius and the matrix determinant lemma",
    assumes=FIXED,
    evidence="exact",
    control={"formula": "small steps"},
)
def stability(formula="exact", seed=2):
    """The root against bisection on the spectral radius of T; "small steps" is the first-order limit 2B / sum mu."""
    rng, measured, expected = np.random.default_rng(seed), [], []
    spectra = [geometric(20, 1e4), power_law(20, 1.5), two_level(20, 1e4), two_level(20, 1e-4), rng.uniform(0, 1, 20)]
    for mu in spectra:
        for batch in (1, 8, 1000, 10**6):
            low, high = 0.0, 2 / mu.max()
            for _ in range(50):
                middle = (low + high) / 2
                stable = np.linalg.eigvals(_transfer(middle * mu, batch)).real.max() < 1
                low, high = (middle, high) if stable else (low, middle)
            measured.append(low)
            expected.append(stability_limit(mu, 0.0, batch) if formula == "exact" else 2 * batch / mu.sum())
    # an eigenvalue near 1 is known to some eps, and moves by at least 2 min q per unit of relative step: 1e-16 n / 1e-4
    return equal(measured, expected, rtol=1e-9, what="largest stable step")


@claim(
    "sgd/best-preconditioner",
    paper="liu2025",
    statement=r"mean-square rate >= (n+1)/(B+n+1) for every P and every step, with equality iff lr P = B/(B+n+1) \Sigma^{-1}",
    source="derived: each term of the rate equation is smallest at q_i = B/(B+n+1)",
    assumes=FIXED,
    evidence="search",
    control={"extra": 2},
)
def best_preconditioner(extra=1, draws=300, seed=3):
    """Random spectra, and a local minimisation of the rate over log q started from some of them; bound (n + extra) / (B + n + extra)."""
    rng, rates, bounds = np.random.default_rng(seed), [], []
    for k in range(draws):
        n, batch = int(rng.integers(1, 9)), int(10 ** rng.uniform(0, 3))
        log_q = np.log(batch / (batch + n + 1)) + rng.normal(0, 10 ** rng.uniform(-3, 0), n)
        if k < 5:
            log_q = minimize(lambda x, b=batch: rate(np.exp(x), 0.0, b, 1.0), log_q, method="Nelder-Mead", options={"maxfev": 300}).x
        rates.append(rate(np.exp(log_q), 0.0, batch, 1.0))
        bounds.append((n + extra) / (batch + n + extra))
    rates.append(rate(np.full(5, 8 / 14), 0.0, 8, 1.0))
    bounds.append((5 + extra) / (8 + 5 + extra))
    witness = "GN^-1 with lr = B/(B+n+1), n = 5, B = 8"
    return searched(at_least(rates, bounds, slack=1e-12, what="rate", witness=witness), f"{draws} spectra, 5 local minimisations")


@claim(
    "sgd/stationary-risk",
    paper="liu2025",
    statement=r"\lim E[d^T \Sigma d] = \sigma^2 Q/(1-Q),  Q = (1/B) \sum_i q_i/(2-(1+1/B) q_i)",
    source="derived: fixed point of the moment recursion",
    assumes=FIXED + ", below the stability limit",
    evidence="exact",
    control={"formula": "small steps"},
)
def stationary(formula="exact"):
    """Against (I - T)^-1 and against a billion steps of the recursion, up to 99.9 % of the limit."""
    lam, noise, solved, iterated, expected = geometric(12, 1e3), 0.7, [], [], []
    for batch in (1, 8, 1000):
        for share in (0.01, 0.5, 0.9, 0.999):
            lr = share * stability_limit(lam, -0.5, batch)
            q = lr * np.sqrt(lam)
            solved.append(np.linalg.solve(np.eye(12) - _transfer(q, batch), noise**2 / batch * q**2).sum())
            iterated.append(risk_curve(q, np.ones(12), np.array([10**9]), batch, noise)[0])
            small = noise**2 * feedback(q * 1e-9, batch) * 1e9
            expected.append(stationary_risk(lam, -0.5, lr, batch, noise) if formula == "exact" else small)
    # 1 - Q = 1e-3 amplifies rounding a thousand times, the slowest mode (1 - r >= 1e-4) ten thousand
    return every(equal(solved, expected, rtol=1e-10, what="(I - T)^-1"), equal(iterated, expected, rtol=1e-8, what="10^9 steps"))

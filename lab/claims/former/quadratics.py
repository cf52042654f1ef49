"""Full-batch quadratics: rates of gradient descent and diagonal Gauss-Newton, and sign descent where the Hessian is diagonal.

The rates are textbook facts (Polyak 1964; Nesterov 2004); the statements on sign descent are derived, rigorous versions of what
Liu et al. 2025 discuss, not that paper's theorems.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import norm
from lab.bases import Orthogonal, eigen, random
from lab.claims.former.registry import claim
from lab.claims.former.relations import at_most, equal, every
from lab.exact import exact
from lab.objectives.quadratic import Quadratic
from lab.optimizers import DiagonalGN, Geometric, InBasis, Scheduled, SignSGD
from lab.simulation import simulate
from lab.spectra import geometric, with_spectrum
from lab.theory.polynomials import gradient_descent_rate, steps_at_rate

EPS = float(np.finfo(float).eps)


def _worst_contraction(f: Quadratic, optimizer) -> np.ndarray:
    """The operator norm of one step over the eigenvectors of H as starts, one value per setting of the sweep (L, 1)."""
    starts = eigen(f.h).q.T
    return simulate(f, optimizer, starts, steps=1, record={"size": norm})["size"][-1].max(-1)


@claim(
    "gn/eigenbasis-rate",
    paper="liu2025",
    statement=r"GN^p in the eigenbasis: \rho = (\kappa^{1+p} - 1)/(\kappa^{1+p} + 1); GN^{-1} takes one step",
    source="derived: d_i+ = (1 - eta lam_i^(1+p)) d_i, so kappa_eff = kappa^(1+p)",
    assumes="quadratic, full batch, basis = eigenbasis of H, best constant step 2 / (max + min) of lam^(1+p)",
    evidence="numeric",
    control={"aligned": False},
)
def gn_eigenbasis_rate(aligned=True):
    """The worst contraction over all starts, and the steps to 1e-8 of the first loss from d_i = 1 at kappa = 1e4, n = 50.

    The steps are bounded by log(1 / eps) / (2 log(1 / rho)). Rounding: GN^-1 divides by lam_min, so kappa n eps. The control
    uses a random basis instead.
    """
    rng, n, power = np.random.default_rng(2), 12, np.array([[0.0], [-0.5], [-1.0]])
    checks = []
    for kappa in (1e2, 1e4):
        lam = geometric(n, kappa)
        h = with_spectrum(lam, random(n, rng))
        lr = 2 / (1 + kappa ** -(1 + power))
        factor = _worst_contraction(Quadratic(h), InBasis(eigen(h) if aligned else random(n, rng), DiagonalGN(lr, power)))
        effective = kappa ** (1 + power[:, 0])
        rate = (effective - 1) / (effective + 1)
        checks.append(equal(factor, rate, atol=n * kappa * EPS, what=f"kappa {kappa:g}: rate"))
    taken = gauss_newton_steps(1e4, 50, 1e-8)
    bound = steps_at_rate(gradient_descent_rate(np.array([1e4, 1e2])), 1e-8)
    steps = at_most(taken, np.append(np.ceil(bound), 1), what=f"steps {', '.join(f'{k:.0f}' for k in taken)}")
    return every(*checks, steps)


def gauss_newton_steps(kappa: float, n: int, eps: float) -> np.ndarray:
    """Steps of GD, GN^-1/2, GN^-1 (3,) in the eigenbasis to eps of the first loss: geometric spectrum, d_i = 1, best constant steps."""
    f, theta, taken = Quadratic(np.diag(geometric(n, kappa))), np.ones(n), []
    for power in (0.0, -0.5, -1.0):
        effective = kappa ** (1 + power)
        most = 2 if effective == 1 else int(np.ceil(steps_at_rate(gradient_descent_rate(effective), eps)))
        run = exact(f, DiagonalGN(2 / (1 + 1 / effective), power), theta, steps=most)
        taken.append(run.steps_to(eps * f.loss(theta)))
    return np.array(taken, dtype=float)


@claim(
    "sign/halving",
    paper="liu2025",
    statement=r"\eta_t = (1-g) R g^t, g \in [1/2, 1), R \ge \|d_0\|_\infty \Rightarrow \|d_t\|_\infty \le R g^t",
    source="derived: |d+| = ||d| - eta_t| <= max(eta_t, R_t - eta_t) = g R_t; g = 1/2 is minimax since that max is >= R_t / 2",
    assumes="H diagonal in the basis of the sign, full batch, g >= 1/2",
    evidence="search",
    control={"smallest": 0.4},
)
def sign_halving(smallest=0.5):
    """Random starts, some at the corner and near 0, for 9 ratios g from `smallest`, in the eigenbasis of a random H; tight at d_0 = R.

    Rounding: every step errs by eps R_t, in the eigenbasis by n eps times the largest coordinate, and a sign step does not contract
    errors: n eps R / (1 - g) altogether.
    """
    rng, n, steps = np.random.default_rng(3), 6, 25
    basis, radius = random(n, rng), 1.7
    h = with_spectrum(geometric(n, 1e3), basis)
    ratio = np.linspace(smallest, 0.9, 9)[:, None]
    z = radius * np.concatenate([np.ones((1, n)), 1e-9 * np.ones((1, n)), rng.uniform(-1, 1, (300, n))])
    method = InBasis(basis, Scheduled(Geometric(ratio), SignSGD((1 - ratio) * radius)))
    size = simulate(Quadratic(h), method, basis.back(z), steps=steps, record={"d": lambda x: norm(basis.to(x), np.inf)})
    bound = radius * ratio ** np.arange(steps + 1)[:, None, None] + 4 * n * EPS * radius / (1 - ratio)
    return at_most(size["d"], bound, what="max |d_t|", witness="d_0 = R (1, ..., 1)")


@claim(
    "sign/two-cycle",
    paper="liu2025",
    statement=r"\eta constant: after \lceil |d_i|/\eta \rceil steps |d_i| alternates between r_i and \eta - r_i, r_i = |d_i| mod \eta",
    source="derived: |d+| = ||d| - eta|; hence the floor L <= eta^2 tr(H) / 2",
    assumes="H diagonal in the basis of the sign, full batch, constant step, |d_i| no multiple of it",
    evidence="numeric",
    control={"angle": 0.3},
)
def sign_two_cycle(angle=0.0):
    """Simulated |d| over 40 steps after the walk against the formula, and the loss floor. The control turns H away from the basis of
    the sign by `angle`. Rounding: t eps per coordinate."""
    rng, lr, n = np.random.default_rng(4), np.array([[0.05], [0.3]]), 4
    c, s = np.cos(angle), np.sin(angle)
    turn = np.kron(np.eye(n // 2), [[c, -s], [s, c]])
    f = Quadratic(with_spectrum(geometric(n, 1e2), Orthogonal(turn)))
    d = rng.uniform(-3, 3, (20, n))
    walk = int(np.ceil(3 / lr.min()))
    run = simulate(f, SignSGD(lr), d, steps=walk + 40, record={"d": np.abs, "loss": f.loss})
    k, r = np.floor(np.abs(d) / lr[..., None]), np.abs(d) % lr[..., None]
    t = run.t[walk:].reshape(-1, 1, 1, 1)
    cycle = equal(run["d"][walk:], np.where((t - k) % 2 == 0, r, lr[..., None] - r), atol=2 * (walk + 40) * EPS, what="|d_t|")
    return every(cycle, at_most(run["loss"][walk:], lr**2 * np.trace(f.h) / 2, what="loss in the cycle"))

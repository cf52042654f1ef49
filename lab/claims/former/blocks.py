"""Block-wise covariance in the identity basis: where diagonal Gauss-Newton is gradient descent and sign descent is free of kappa.

Blocks H_k = Q diag(...) Q^T with Q = Hadamard / sqrt(b) have a constant diagonal; the start excites one eigenvector v_k in {-1, 1}^b
per block. Our rigorous version of what Liu et al. 2025 claim for the identity basis; their own matrices are not known.
"""

from __future__ import annotations

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import at_least, at_most, equal, every, searched, slope
from lab.exact import exact
from lab.linalg import blockdiag, hadamard
from lab.objectives.quadratic import Quadratic
from lab.optimizers import SGD, DiagonalGN, Geometric, Halving, HeavyBall, Scheduled, SignSGD
from lab.simulation import simulate
from lab.spectra import hadamard_blocks
from lab.theory.polynomials import (
    chebyshev_extrema,
    chebyshev_minimax,
    chebyshev_step_sizes,
    constant_step_lower_bound,
    minimax_on,
    optimised_schedules,
)

EPS = float(np.finfo(float).eps)


@claim(
    "blocks/gn-equals-gd",
    paper="liu2025",
    statement=r"diag(H) = c 1 \Rightarrow GN^p with step \eta is GD with step \eta c^p, for every p",
    source="derived: (c I)^p = c^p I",
    assumes="quadratic, full batch, identity basis, constant diagonal",
    evidence="numeric",
    control={"spread": 2.0},
)
def gn_equals_gd(spread=1.0):
    """Whole paths of 50 steps, for 11 powers in [-1, 0] and random Hadamard blocks with spectra of equal means c. The control
    rescales coordinates so that the diagonal varies by spread^2. Rounding: steps n eps of the largest iterate."""
    rng, powers, size, c = np.random.default_rng(0), np.linspace(-1, 0, 11)[:, None], 8, 3.0
    checks = []
    for _ in range(4):
        spectra = rng.uniform(0.01, 1, (3, size)) ** 2
        q = hadamard(size)
        h = blockdiag([(q * (c * lam / lam.mean())) @ q.T for lam in spectra])
        s = np.geomspace(1, spread, len(h))
        f, theta, lr = Quadratic(s[:, None] * h * s), rng.standard_normal((5, len(h))), 1 / (c * size)
        path = {"theta": lambda x: x}
        ours = simulate(f, DiagonalGN(lr * c**-powers, powers), theta, steps=50, record=path)["theta"]
        plain = simulate(f, SGD(lr), theta, steps=50, record=path)["theta"]
        checks.append(equal(ours, plain[:, None], atol=50 * len(h) * EPS * np.abs(theta).max(), what="theta"))
    return every(*checks)


@claim(
    "blocks/constant-step-lower-bound",
    paper="liu2025",
    statement=r"GD = GN^p, any constant step: L_T \le \epsilon L_0 \Rightarrow T \ge \frac{\kappa - 1}{4} \log(w/\epsilon)",
    source="derived: L_T / L_0 >= w ((kappa - 1) / (kappa + 1))^(2T), w the smaller loss share of the two extreme blocks",
    assumes="constant diagonal, one active eigenvalue per block, full batch",
    evidence="search",
    control={"factor": 1.1},
)
def constant_step_bound(factor=1.0):
    """Best T over 41 learning rates for 150 random instances: kappa in [4, 200], 2 to 5 blocks, weights over three decades.

    In the coordinates alpha_k of the active vectors, a subspace that gradient descent does not leave. The bound is nearly tight when
    the smaller share lies on the softest block.
    """
    rng, eps, ratios = np.random.default_rng(6), 1e-8, []
    for _ in range(150):
        kappa, blocks = 4 * 50 ** rng.uniform(), int(rng.integers(2, 6))
        lam = np.concatenate([[1, 1 / kappa], kappa ** -rng.uniform(0, 1, blocks - 2)])
        alpha = 10 ** rng.uniform(-1.5, 0, blocks)
        share = float((lam * alpha**2)[:2].min() / (lam * alpha**2).sum())
        bound = constant_step_lower_bound(kappa, eps, share)
        grid, times = 2 / (1 + 1 / kappa) * np.linspace(0.9, 1.02, 41), np.arange(int(bound / 2), int(2.5 * bound) + 20)
        ratios.append(best_steps(Quadratic(np.diag(lam)), alpha, grid, eps, times) / (factor * bound))
    return searched(at_least(ratios, np.ones(150), what="best T / bound"), "150 random instances x 41 learning rates")


def best_steps(f: Quadratic, start: np.ndarray, grid: np.ndarray, eps: float, times: np.ndarray) -> float:
    """The fewest steps to eps of the first loss over a grid of constant learning rates; ValueError unless within the recorded steps."""
    best = exact(f, SGD(grid), start, steps=times).steps_to(eps * f.loss(start)).min()
    if not times[0] < best < np.inf:
        raise ValueError(f"steps {times[0]} ... {times[-1]} do not contain the first passage")
    return float(best)


@claim(
    "blocks/any-schedule-lower-bound",
    paper="liu2025",
    statement=r"\min_{\eta} \max_k |\alpha_k(T)/\alpha_k(0)| = 1/T_T((\kappa+1)/(\kappa-1)) for \lambda_k the extrema of T_T",
    source="derived: alternation theorem; the minimax polynomial is real-rooted, so a schedule attains it",
    assumes="constant diagonal (GN^p = GD), one active eigenvalue per block, full batch, any schedule of T steps",
    evidence="search",
    control={"extra": 1},
)
def any_schedule_bound(extra=0):
    """kappa = 100, T = 5, 10, 20: a linear program over all polynomials, the Chebyshev schedule run on the blocks, and 12 descents over
    schedules from random starts. The control claims the bound of T - extra steps. Linear program: feasible to 1e-7."""
    kappa, checks, found = 100.0, [], []
    for steps in (5, 10, 20):
        lam, bound = chebyshev_extrema(8 / kappa, 8.0, steps), chebyshev_minimax(kappa, steps - extra)
        reached = _reduction(lam, chebyshev_step_sizes(8 / kappa, 8.0, steps))
        # a product of T factors of size up to kappa, eps each, against a result of size 1 / T_T
        checks += [
            equal(minimax_on(lam, steps), bound, atol=1e-6, what=f"T = {steps}: linear program"),
            equal(reached, bound, rtol=1e-9, what="Chebyshev schedule"),
        ]
        found.append(optimised_schedules(lam, steps, np.random.default_rng(steps), starts=12) / bound)
    return every(
        *checks, searched(at_least(found, np.ones((3, 1)), slack=1e-9, what="best / bound"), "12 descents over schedules for each T")
    )


def _reduction(lam: np.ndarray, eta: np.ndarray) -> float:
    """max_k |alpha_k(T) / alpha_k(0)| of gradient descent with step sizes eta (T,), simulated on Hadamard blocks of 16."""
    h, v = hadamard_blocks(lam, 16)
    run = simulate(Quadratic(h), Scheduled(lambda t: eta[t], SGD(1.0)), v.ravel(), steps=len(eta), record={"theta": np.abs})
    return float(run["theta"][-1].max())


@claim(
    "blocks/sign-rate",
    paper="liu2025",
    statement=r"identity basis: \alpha_k^+ = \alpha_k - \eta\, sign \alpha_k; halved from R/2: \|\alpha\|_\infty \le R 2^{-t}, any \kappa",
    source="derived: H_k v_k = lam_k v_k with v_k in {-1, 1}^b, so sign(g) = sign(alpha_k) v_k",
    assumes="constant +-1 eigenvectors at the start (aligned), full batch, radius R = max |alpha_k| known",
    evidence="numeric",
    control={"generic": 0.5},
)
def sign_rate(generic=0.0):
    """kappa = 10 ... 1e4: the radius, the loss L_t <= sum_k b lam_k R^2 4^-t / 2, and one step when all |alpha_k| = lr.

    The control adds a generic component of size `generic` to the start. Rounding: 2 R eps per step, not contracted.
    """
    rng, blocks, size, steps = np.random.default_rng(8), 6, 16, 25
    checks = []
    for kappa in (1e1, 1e2, 1e3, 1e4):
        lam = 12 * np.geomspace(1 / kappa, 1, blocks)
        h, v = hadamard_blocks(lam, size)
        alpha = rng.choice([-1.0, 1.0], (20, blocks)) * rng.uniform(0.3, 1, (20, blocks))
        theta = (alpha[..., None] * v).reshape(20, -1) + generic * rng.standard_normal((20, blocks * size))
        f, t = Quadratic(h), np.arange(steps + 1)[:, None]
        run = simulate(f, Scheduled(Halving(), SignSGD(0.5)), theta, steps=steps, record={"d": lambda x: np.abs(x).max(-1), "loss": f.loss})
        bound = 2.0**-t + 4 * steps * EPS
        checks += [
            at_most(run["d"], bound, what=f"kappa {kappa:g}: |theta|"),
            at_most(run["loss"], size * lam.sum() * bound**2 / 2, what="loss"),
        ]
        equal_size = (np.sign(alpha)[..., None] * 0.25 * v).reshape(20, -1) + generic * rng.standard_normal(theta.shape)
        checks.append(equal(simulate(f, SignSGD(0.25), equal_size, steps=1)["loss"][-1], 0.0, what="after one step"))
    return every(*checks)


@claim(
    "blocks/generic-start-loses-advantage",
    paper="liu2025",
    statement=r"from generic angles tuned sign descent needs \kappa^s steps, 0.2 < s < 0.5; tuned heavy ball fewer, up to \kappa = 10^3",
    source="derived: measured; a step eta meets the cone of signs along the soft direction with probability w / (kappa eta)",
    assumes="16 blocks [[1, a], [a, 1]], unit starts at random angles, target 1e-4 of the loss in the soft directions, first passage",
    evidence="numeric",
    control={"aligned": True},
)
def generic_start(aligned=False):
    """Sign descent tuned over 20 x 20 (lr, geometric decay), heavy ball over 11 x 11 (lr, beta), medians of 3 starts.

    The count depends on the grid, as first passages of an irregular path do: a finer one (60 x 60) finds 23, 53, 108, 175 steps at
    kappa = 10 ... 1e4 and there beats heavy ball at 1e4 (tuned: 243; sqrt(kappa) formula: 230). The control
    starts on the soft eigenvectors.
    """
    kappas = np.array([1e1, 1e2, 1e3, 1e4])
    sign = np.array([_generic_steps(kappa, aligned, _tuned_sign, 350) for kappa in kappas])
    heavy = np.array([_generic_steps(kappa, aligned, _tuned_heavy_ball, 120) for kappa in kappas[:3]])
    growth = slope(kappas, sign, 0.35, tol=0.15, what=f"sign {', '.join(f'{k:.0f}' for k in sign)}: exponent")
    return every(growth, at_most(heavy, sign[:3], what=f"heavy ball {', '.join(f'{k:.0f}' for k in heavy)}"))


def _generic_steps(kappa, aligned, tuned, steps, blocks=16, starts=3):
    a, rng = (kappa - 1) / (kappa + 1), np.random.default_rng(0)
    f = Quadratic(np.kron(np.eye(blocks), [[1.0, a], [a, 1.0]]))
    angle = rng.uniform(0, 2 * np.pi, (starts, blocks)) if not aligned else np.full((starts, blocks), -np.pi / 4)
    theta = np.stack([np.cos(angle), np.sin(angle)], -1).reshape(starts, -1)
    soft = (1 - a) / 4 * ((theta[:, 0::2] - theta[:, 1::2]) ** 2).sum(-1)
    return float(np.median(tuned(f, kappa, theta, steps).steps_to(1e-4 * soft).min((0, 1))))


def _tuned_sign(f, kappa, theta, steps):
    lr, ratio = np.geomspace(0.03, 3, 20)[:, None, None], 1 - np.geomspace(3e-3, 0.5, 20)[:, None]
    return simulate(f, Scheduled(Geometric(ratio), SignSGD(lr)), theta, steps=steps)


def _tuned_heavy_ball(f, kappa, theta, steps):
    lr = 2 * kappa / (kappa + 1) * np.linspace(0.3, 1.3, 11)[:, None, None]
    beta = 1 - np.geomspace(0.5, 8, 11)[:, None] / np.sqrt(kappa)
    return exact(f, HeavyBall(lr, np.maximum(beta, 0)), theta, steps=steps)

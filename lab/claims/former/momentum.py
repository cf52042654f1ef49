"""Momentum on quadratics: rates, steady states, and the function on which heavy ball with the optimal parameters cycles."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

from lab.arrays import lift
from lab.batches import Batch
from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, equal, every, searched, within
from lab.objectives.quadratic import Quadratic
from lab.objectives.regression import LeastSquares
from lab.objectives.worst_case import lessard_recht_packard
from lab.optimizers import SGD, HeavyBall, Nesterov
from lab.oracle import Asked
from lab.simulation import simulate
from lab.theory import stability, steady_state


def _response(optimizer, lam: np.ndarray, noise: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The affine map of the optimizer itself on lam x^2 / 2, for its state (x, memory): matrices (n, 2, 2), and what a unit of gradient
    noise adds (n, 2). Measured by one step from each unit vector, all coordinates at once."""
    theta, memory = np.array([1.0, 0.0, 0.0])[:, None], np.array([0.0, 1.0, 0.0])[:, None]
    theta, memory = np.broadcast_to(theta, (3, len(lam))), np.broadcast_to(memory, (3, len(lam)))
    f, kick = Quadratic(np.diag(lam)), np.array([0.0, 0.0, 1.0])[:, None] * np.ones(len(lam))
    optimizer = lift(optimizer, theta)
    delta, state = optimizer.step(type(optimizer.init(theta))(memory), Asked(f, theta, Batch(kick)), theta)
    new = np.stack([theta + delta, state[0]], -1)
    return new[:2].transpose(1, 2, 0), new[2]


def _measured_radius(optimizer, lam):
    return np.abs(np.linalg.eigvals(_response(optimizer, lam)[0])).max(-1)


@claim(
    "momentum/quadratic-rates",
    paper="lessard2016",
    statement=r"heavy ball (\sqrt\kappa-1)/(\sqrt\kappa+1), Nesterov 1 - 1/\sqrt\kappa and at best 1 - 2/\sqrt{3\kappa+1}",
    source="Polyak 1964; Lessard, Recht & Packard 2016 (recalled)",
    assumes="quadratic with spectrum in [mu, L], constant parameters",
    evidence="numeric",
    control=dict(power=1.0),
)
def quadratic_rates(power: float = 0.5, kappas: tuple[float, ...] = (10.0, 100.0), grid: int = 80) -> Check:
    """power: of kappa in the rate of heavy ball. Tolerance 1e-7: the roots are double, so that rounding enters as its square root."""
    checks = []
    for kappa in kappas:
        lam = np.linspace(1.0, kappa, 41)
        rates = {
            HeavyBall: (stability.heavy_ball_tuning(1.0, kappa), (kappa**power - 1) / (kappa**power + 1)),
            Nesterov: (best := stability.nesterov_best_tuning(1.0, kappa), best.rate),
        }
        usual = stability.nesterov_tuning(1.0, kappa)
        radius = _measured_radius(Nesterov(usual.lr, usual.beta), lam).max()
        checks.append(equal(radius, 1 - 1 / np.sqrt(kappa), atol=1e-7, what=f"Nesterov, usual, kappa={kappa:g}"))
        for method, (tuned, rate) in rates.items():
            radius = _measured_radius(method(tuned.lr, tuned.beta), lam).max()
            checks.append(equal(radius, rate, atol=1e-7, what=f"{method.__name__}, kappa={kappa:g}"))
        checks.append(_none_better(kappa, grid, {"heavy ball": best_heavy_ball(kappa), "Nesterov": best.rate}))
    return every(*checks)


def best_heavy_ball(kappa: float) -> float:
    """The rate of heavy_ball_tuning."""
    return float(stability.heavy_ball_tuning(1.0, kappa).rate)


def _none_better(kappa, grid, rates):
    """No parameters of a grid beat the optimal ones; the radius over the spectrum is largest at one of its ends."""
    lr, beta = np.linspace(0.05, 4, grid)[:, None] / kappa, 1 - np.geomspace(1, 0.05 / np.sqrt(kappa), grid)
    found = {
        "heavy ball": np.maximum(stability.heavy_ball_radius(1.0, lr, beta), stability.heavy_ball_radius(kappa, lr, beta)),
        "Nesterov": np.maximum(stability.nesterov_radius(1.0, lr, beta), stability.nesterov_radius(kappa, lr, beta)),
    }
    checks = [at_least(found[name].min(), rate, slack=1e-9, what=f"best {name} of a grid") for name, rate in rates.items()]
    return searched(every(*checks), f"{grid}^2 pairs of parameters")


@claim(
    "heavy-ball/three-cycle",
    paper="lessard2016",
    statement=r"heavy ball, \eta = 1/9, \beta = 4/9, has an attracting cycle (792, -2208, 2592)/1225 on a function with \mu = 1, L = 25",
    source="Lessard, Recht & Packard 2016 (recalled); the cycle solved exactly (derived)",
    assumes="parameters optimal on quadratics with kappa = 25",
    evidence="exact",
    control=dict(inverse_lr=25),
)
def three_cycle(inverse_lr: int = 9, steps: int = 600) -> Check:
    """Exact in rationals, and reached by the optimizer from 3.3. inverse_lr: 1 / lr, for which 25 is a step that converges."""
    cycle, beta = [Fraction(k, 1225) for k in (792, -2208, 2592)], Fraction(4, 9)
    moved = [x - _slope(x) / inverse_lr + beta * (x - before) for before, x in zip(cycle, cycle[1:] + cycle[:1], strict=True)]
    exact = [float(x - y) for x, y in zip(moved, cycle[2:] + cycle[:2], strict=True)]
    run = simulate(
        lessard_recht_packard(), HeavyBall(1 / inverse_lr, 4 / 9), np.array([3.3]), steps=steps, record={"x": lambda x: x[..., 0]}
    )
    reached = np.sort(run["x"][-3:])
    return every(
        equal(exact, 0.0, what="defect of the cycle, in rationals"),
        equal(reached, np.sort([float(x) for x in cycle]), atol=1e-9, what="reached from 3.3:"),
    )


def _slope(x: Fraction) -> Fraction:
    """The derivative of lessard_recht_packard, written independently of it."""
    return 25 * x if x < 1 else (x + 24 if x < 2 else 25 * x - 24)


@claim(
    "momentum/steady-state",
    paper="derived",
    statement=r"heavy ball: Var = \eta\sigma^2(1+\beta)/(\lambda(1-\beta)(2(1+\beta)-\eta\lambda)); Nesterov's y-sequence similarly",
    source="derived: discrete Lyapunov equation",
    assumes="quadratic, additive gradient noise, stable constant parameters",
    evidence="statistical",
    control=dict(nesterov_as_heavy_ball=True),
)
def momentum_steady_state(nesterov_as_heavy_ball: bool = False, seeds: int = 4000, steps: int = 400) -> Check:
    """nesterov_as_heavy_ball: use heavy ball's formula for both. steps: 400 leave less than 1e-6 of the start."""
    lam, lr, beta, sigma = np.array([2.5, 1.0, 0.4]), 0.3, 0.7, np.array([0.5, 1.0, 2.0])
    f, checks = Quadratic(np.diag(lam), noise=sigma), []
    second = steady_state.heavy_ball_variance if nesterov_as_heavy_ball else steady_state.nesterov_variance
    for method, formula in ((HeavyBall, steady_state.heavy_ball_variance), (Nesterov, second)):
        variance = formula(lam, lr, beta, sigma)
        matrices, kicks = _response(method(lr, beta), lam)
        noise = [s**2 * np.outer(b, b) for s, b in zip(sigma, kicks, strict=True)]
        solved = [solve_discrete_lyapunov(a, q)[0, 0] for a, q in zip(matrices, noise, strict=True)]
        checks.append(equal(solved, variance, rtol=1e-10, what=f"{method.__name__}: Lyapunov"))
        x2 = simulate(f, method(lr, beta), np.zeros((seeds, 3)), steps=steps, batch=1, rng=6, every=steps, record={"x2": np.square})["x2"][
            -1
        ]
        checks.append(within(x2.mean(0), variance, x2.std(0, ddof=1) / np.sqrt(seeds), what=f"{method.__name__}, {seeds} runs"))
    return every(*checks)


@claim(
    "sgd/steady-state",
    paper="derived",
    statement=r"M_i = (\eta/B)(S+\sigma^2)/d_i, S = \sigma^2 c/(1-c), c = (\eta/B)\sum_j \lambda_j/d_j, d_i = 2-\eta\lambda_i(B+1)/B",
    source="derived: fourth moments of Gaussian inputs",
    assumes="linear regression, independent inputs of kurtosis 3, fresh batches, mean-square stable constant step",
    evidence="statistical",
    control=dict(kurtosis=1.0),
)
def sgd_steady_state(kurtosis: float = 3.0, seeds: int = 10_000, steps: int = 250) -> Check:
    """The inputs take the values -a, 0, a: six equally likely ones for kurtosis 3, two for kurtosis 1, so that every expectation is a
    finite sum. Start: the stationary law is reached to e^(-2 lr lam_min steps) = 3e-7."""
    lam, lr, sigma, checks = np.array([2.0, 1.0, 0.3]), 0.1, np.sqrt(0.5), []
    values = {3.0: np.sqrt(3) * np.array([-1.0, 0, 0, 0, 0, 1]), 1.0: np.array([-1.0, 1.0])}[kurtosis]
    points = np.array(list(itertools.product(*np.sqrt(lam)[:, None] * values, (-sigma, sigma))))
    f = LeastSquares(points[:, :3], points[:, 3])
    for batch in (1, 4):
        moments = steady_state.regression_moments(lam, lr, batch, sigma)
        kept = steady_state.regression_step(moments, lam, lr, batch, sigma)
        checks.append(equal(kept, moments, rtol=1e-12, what="fixed point"))
        x2 = simulate(f, SGD(lr), np.zeros((seeds, 3)), steps=steps, batch=batch, rng=7, every=steps, record={"x2": np.square})["x2"][-1]
        checks.append(within(x2.mean(0), moments, x2.std(0, ddof=1) / np.sqrt(seeds), what=f"B={batch}, {seeds} runs"))
    start = np.array([0.3, 0.1, 0.7])
    squares = (np.eye(3) - lr * f.x[:, :, None] * f.x[:, None, :]) @ np.diag(np.sqrt(start))
    moved = ((squares**2).sum(-1) + (lr * f.x * f.y[:, None]) ** 2).mean(0)
    checks.append(equal(moved, steady_state.regression_step(start, lam, lr, 1, sigma), rtol=1e-12, what="one step, enumerated"))
    return every(*checks)

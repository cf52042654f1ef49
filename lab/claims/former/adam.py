"""Adam on simple problems: how far it can step, where it stays, the cycle it ends in, its edge of stability; and sign descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, at_most, equal, every, identity, searched
from lab.instruments.two_cycle import deviations, jacobian
from lab.objectives.quadratic import Quadratic
from lab.optimizers import SGD, AdaGrad, Adam, AdamW, HeavyBall, NAdam, Nesterov, RMSProp
from lab.simulation import replay, simulate
from lab.theory import stability, two_cycle

BETAS = ((0.9, 0.999), (0.9, 0.95), (0.5, 0.8), (0.0, 0.9))


def _wild(rng, steps: int, runs: int) -> np.ndarray:
    """Gradients (steps, runs) over many magnitudes: heavy tails, trends, sparsity."""
    trend = np.exp(rng.normal(0, 0.2, runs) * np.arange(steps)[:, None])
    return rng.standard_t(1, (steps, runs)) * trend * (rng.random((steps, runs)) < rng.uniform(0.1, 1, runs))


@claim(
    "adam/step-bound",
    paper="derived",
    statement=r"|\Delta_t| \le \eta B_t, B_t \to (1-\beta_1)/\sqrt{(1-\beta_2)(1-\beta_1^2/\beta_2)} = 7.2703 at the defaults, attained",
    source="derived: Cauchy-Schwarz; Kingma & Ba 2015 print (1-\\beta_1)/\\sqrt{1-\\beta_2}, the step after a single gradient",
    assumes="beta1^2 < beta2, eps = 0",
    evidence="search",
    control=dict(single_gradient=True),
)
def adam_step_bound(single_gradient: bool = False, runs: int = 2000, steps: int = 100) -> Check:
    """single_gradient: bound by max(1, (1 - beta1) / sqrt(1 - beta2)) instead, true only when one gradient is not 0. Slack 1e-9: rounding
    of gradients that span up to 150 decades."""
    checks = []
    for beta1, beta2 in BETAS:
        adam, single = Adam(1.0, beta1, beta2, 0.0), max(1.0, (1 - beta1) / np.sqrt(1 - beta2))
        extremal = _extremal(beta1, beta2)
        largest = _steps(adam, extremal[:, None])[:, 0]
        bound = stability.adam_step_bound(beta1, beta2, np.arange(1, max(len(extremal), steps) + 1))
        checks.append(equal(largest[-1], bound[len(extremal) - 1], rtol=1e-9, what=f"extremal step, {beta1}, {beta2}"))
        moved = _steps(adam, _wild(np.random.default_rng(3), steps, runs))
        for found, name in ((moved, "random"), (largest[:, None], "extremal")):
            allowed = single if single_gradient else bound[: len(found), None]
            checks.append(at_most(found, allowed, slack=1e-9, what=f"{name} step", witness="gradients (beta2 / beta1)^t"))
    return searched(every(*checks), f"{runs} sequences of {steps} gradients, 4 pairs of betas")


def _steps(optimizer, gradients: np.ndarray) -> np.ndarray:
    """|delta_t| on recorded gradients, like them."""
    path: Any = replay(optimizer, np.zeros(gradients.shape[1]), gradients)
    return np.abs(np.diff(path, axis=0))


def _extremal(beta1, beta2):
    """Gradients (beta2 / beta1)^t over 150 decades; with beta1 = 0 that is a single gradient, after 149 zeros."""
    if beta1 == 0:
        return np.eye(150)[-1]
    return (beta2 / beta1) ** np.arange(int(150 / np.log10(beta2 / beta1)))


@claim(
    "adamw/invariant-box",
    paper="derived",
    statement=r"|\theta_i| \le \max(|\theta_{0,i}|, B/w) for decoupled decay w, tight",
    source="derived: |theta+| <= (1 - lr w)|theta| + lr B",
    assumes="lr w <= 1, beta1^2 < beta2, eps = 0",
    evidence="search",
    control=dict(unit_steps=True),
)
def adamw_invariant_box(unit_steps: bool = False, runs: int = 1000, steps: int = 400) -> Check:
    """unit_steps: the box 1 / w, which is that of sign methods. Slack 1e-9: rounding over the steps; B_t has converged to B by 0.8^400."""
    beta1, beta2, decay = 0.5, 0.8, 2.0
    reach = (1.0 if unit_steps else stability.adam_step_bound(beta1, beta2)) / decay
    start, rng = np.linspace(-3, 3, runs), np.random.default_rng(4)
    gradients = np.concatenate([_wild(rng, steps, runs - 1), (beta2 / beta1) ** np.arange(steps)[:, None]], 1)
    start[-1], checks = 0.0, []
    for lr in (0.02, 0.2, 0.5):
        path = np.abs(replay(AdamW(lr, beta1, beta2, 0.0, weight_decay=decay), start, gradients))[1:]
        checks.append(
            at_most(path, np.maximum(np.abs(start), reach), slack=1e-9, what=f"|theta|, lr={lr}", witness="gradients (beta2 / beta1)^t")
        )
    checks.append(equal(path[-1, -1], reach, rtol=1e-9, what="reached"))
    return searched(every(*checks), f"{runs} sequences of {steps} gradients, 3 rates")


@claim(
    "adam/two-cycle",
    paper="derived",
    statement=r"on \lambda x^2/2 Adam has the exact cycle \pm a, a = \eta(1-\beta_1)/(2(1+\beta_1)) - \epsilon/\lambda, for every \beta_2",
    source="derived",
    assumes="a > 0, debiasing over",
    evidence="exact",
    control=dict(momentum=False),
)
def adam_two_cycle(momentum: bool = True) -> Check:
    """momentum: whether the amplitude knows of beta1. Reached from a generic start where it is stable (beta1 <= 0.12)."""
    b1, b2, eps = (x.ravel() for x in np.meshgrid([0.0, 0.3, 0.9, 0.99], [0.5, 0.999], [0.0, 0.001]))
    off = deviations(Adam(0.7, b1, b2, eps), steps=2, lam=1.7, kick=0.0)
    checks = [equal(off, 0.0, atol=1e-13, what="relative defect after two steps")]
    b1, b2, eps = (x.ravel() for x in np.meshgrid([0.0, 0.06, 0.12], [0.5, 0.9], [0.0, 0.02]))
    run = simulate(Quadratic(np.array([[1.7]])), Adam(0.3, b1, b2, eps), np.array([0.4]), steps=1501, record={"x": lambda x: x[..., 0]})[
        "x"
    ]
    expected = two_cycle.amplitude(0.3, b1 if momentum else 0 * b1, eps=eps, lam=1.7)
    checks.append(equal(np.abs(run[-2:]), expected, rtol=1e-9, what="amplitude reached"))
    return every(*checks, equal(run[-1], -run[-2], rtol=1e-9, what="and its mirror image"))


@claim(
    "adam/two-cycle-stability",
    paper="derived",
    statement=r"the cycle is linearly stable iff 1 - 3\beta_1(1+\beta_2) + \beta_1^2\beta_2 > 0: \beta_1 < 0.1717 at \beta_2 = 0.999",
    source="derived: characteristic polynomial of the linearised cycle",
    assumes="eps = 0, debiasing over, 0 < beta2 < 1",
    evidence="exact",
    control=dict(at_limit=True),
)
def adam_two_cycle_stability(at_limit: bool = False) -> Check:
    """at_limit: use the threshold 3 - 2 sqrt 2 of beta2 -> 1 for every beta2. The optimizer's own Jacobian (central differences, h = 1e-6:
    error 1e-9) has the roots of the polynomial; the optimizer itself leaves or returns 2 % beside the threshold."""
    b2 = np.array([0.3, 0.5, 0.9, 0.99])
    critical = two_cycle.critical_beta1(np.ones(4) if at_limit else b2)
    own = np.linalg.eigvals(jacobian(Adam(0.3, critical, b2, 0.0)))
    coefficients = np.stack([np.poly(z) for z in own]).real
    off = np.abs(deviations(Adam(0.3, np.array([[0.98], [1.02]]) * critical, b2, 0.0), steps=6000, kick=1e-4))
    later = off[-100:].max(0) / off[:100].max(0)
    return every(
        _boundary(),
        equal(coefficients, two_cycle.polynomial(critical, b2), atol=1e-7, what="coefficient of the measured Jacobian"),
        equal(two_cycle.radius(critical, b2), 1.0, atol=1e-12, what="spectral radius at the threshold"),
        at_most(later[0], 0.5, what="deviation below the threshold, late / early"),
        at_least(later[1], 2.0, what="deviation above it, late / early"),
    )


def _boundary() -> Check:
    """The condition for a pair of roots on the unit circle, 1 - p1 + p0 p2 - p0^2 = 0, factors."""
    import sympy

    b1, b2 = sympy.symbols("b1 b2")
    p2, p1, p0 = 1 - b1 - 3 * b2, 3 * b1 + b2 - b1 * b2, -b1 * b2
    return identity(1 - p1 + p0 * p2 - p0**2, (1 - b2) * (1 - 3 * b1 * (1 + b2) + b1**2 * b2), what="unit-circle condition")


@claim(
    "adam/edge-of-stability",
    paper="cohen2022",
    statement=r"the edge is 2(1+\beta_1)/((1-\beta_1)\eta): 38/\eta at the default, and Adam on a quadratic hovers just below it",
    source="Cohen et al. 2022 (Adam); the others and the hovering derived",
    assumes="preconditioner frozen: eps far above sqrt(v); hovering: eps = 0, beta1 = 0.9",
    evidence="numeric",
    control=dict(forget_momentum=True),
)
def adam_edge_of_stability(forget_momentum: bool = False, steps: int = 20_000) -> Check:
    """Two coordinates, 2 % inside and outside the edge, started 1e-12 from the minimum. AdaGrad grows too, until its sum of
    squares has moved the edge. forget_momentum: 2 / lr for every method."""
    eps, below, above = 1.0, [], []
    for method, edge in _methods_and_edges(0.1, eps):
        lam = np.array([0.98, 1.02]) * (stability.sgd_edge(0.1) if forget_momentum else edge)
        run = simulate(Quadratic(np.diag(lam)), method, np.full(2, 1e-12), steps=1200, every=30, record={"x": np.abs})["x"]
        below.append(run[-1, 0] / 1e-12)
        above.append(run[:, 1].max() / 1e-12)
    hovering = _preconditioned_sharpness(np.array([0.95, 0.99, 0.999]), steps)
    edge = stability.sgd_edge(1.0) if forget_momentum else stability.adam_edge(1.0, 0.9)
    return every(
        at_most(below, 1e-3, what="2 % inside: shrinks by"),
        at_least(above, 1e3, what="2 % outside: grows by"),
        at_most(hovering, edge, what="median of lr lam / sqrt(v_hat)"),
        at_least(hovering, 0.85 * edge, what="median of lr lam / sqrt(v_hat)"),
    )


def _methods_and_edges(lr, eps):
    return [
        (SGD(lr), stability.sgd_edge(lr)),
        (HeavyBall(lr, 0.9), stability.heavy_ball_edge(lr, 0.9)),
        (Nesterov(lr, 0.9), stability.nesterov_edge(lr, 0.9)),
        (RMSProp(lr, 0.9, eps), stability.sgd_edge(lr) * eps),
        (AdaGrad(lr, eps), stability.sgd_edge(lr) * eps),
        (Adam(lr, 0.9, 0.99, eps), stability.adam_edge(lr, 0.9) * eps),
        (NAdam(lr, 0.9, 0.99, eps, warmup=False), stability.nadam_edge(lr, 0.9) * eps),
        (AdamW(lr, 0.9, 0.99, eps, weight_decay=0.5), stability.adamw_edge(lr, 0.9, 0.5) * eps),
    ]


def _preconditioned_sharpness(beta2, steps):
    """Median over the second half of lr lam / sqrt(v_hat), for lam = 1 and the defaults' beta1, (len(beta2),)."""
    record, lr = {"x": lambda x: x[..., 0]}, 0.01
    x = simulate(Quadratic(np.eye(1)), Adam(lr, 0.9, beta2, 0.0), np.full(1, lr), steps=steps, record=record)["x"]
    v, hats = np.zeros_like(beta2), []
    for t, g in enumerate(x):
        v = beta2 * v + (1 - beta2) * g**2
        hats.append(v / (1 - beta2 ** (t + 1)))
    return np.median(lr / np.sqrt(hats[steps // 2 :]), axis=0)

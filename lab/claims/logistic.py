"""Claims about full-batch logistic regression with one-hot inputs."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from lab.claims.registry import claim
from lab.claims.relations import Check, assume, at_least, at_most, equal, every, identity
from lab.objectives import OneHotLogistic
from lab.objectives.instances import many_logits, two_logits
from lab.optimizers import DiagonalGN, ExactLineSearch, Halving, Scheduled, SignSGD
from lab.simulation import simulate
from lab.theory.logistic import (
    METHODS,
    POWERS,
    constant_step_bound,
    learning_rates,
    residual,
    separable_flow,
    stability_threshold,
    two_cycle_partner,
)

DERIVED = "derived: a rigorous version of a claim whose exact form is not known to us; "


@claim(
    "logistic/one-hot-maps",
    paper="liu2025",
    statement=r"z^+ = z - \eta (\pi a^2)^{1+p} S(z): working (p=-1), Pearson (p=-1/2), response (p=0) residual; Adam without memory: its sign",
    source=DERIVED + "the Gauss-Newton matrix is diag(pi a^2 sig (1 - sig)) everywhere",
    assumes="full batch, one-hot inputs",
    evidence="symbolic",
    control=dict(weight_power=1.0),
)
def one_hot_maps(weight_power: float | None = None, draws: int = 200) -> Check:
    """The residuals as identities in y = e^(z/2), and one step of the optimizers against the maps at random pi, a, q, theta, p."""
    rng, n = np.random.default_rng(3), 12
    f = OneHotLogistic(rng.uniform(0.1, 1, n), rng.uniform(0, 1, n), rng.uniform(0.3, 3, n))
    theta, weight = 4 * rng.standard_normal((draws, n)), f.pi * f.a**2
    power, lr = np.append([-1.0, -0.5, 0.0], -rng.uniform(0, 1, draws - 3)), rng.uniform(0.1, 1, draws)
    c = weight ** (1 + power[:, None] if weight_power is None else weight_power)
    predicted = lr[:, None] * c * residual(f.a * theta, power[:, None], f.q)
    moved = f.a * (theta - simulate(f, DiagonalGN(lr, power=power), theta, steps=1).final)
    # theta - final loses the digits of the larger of the two; both are of the order of |z| + |step|
    scale = np.abs(f.a * theta) + np.abs(predicted)
    return every(*_residual_identities(), equal((moved - predicted) / scale, 0.0, atol=1e-12, what="step error / scale"))


def _residual_identities():
    import sympy

    y, q = sympy.symbols("y q", positive=True)
    sig = y**2 / (1 + y**2)
    w = sig * (1 - sig)
    half = sympy.Rational(1, 2)
    return (
        identity((sig - q) / w, (1 - 2 * q) + (1 - q) * y**2 - q / y**2, what="working residual"),
        identity((sig - q) ** 2 / w, ((1 - q) * y - q / y) ** 2, what="squared Pearson residual"),
        identity((sig - half) / w, (y**2 - y**-2) / 2, what="sinh z at q = 1/2"),
        identity((sig - half) ** 2 / w, ((y - 1 / y) / 2) ** 2, what="sinh(z/2)^2 at q = 1/2"),
    )


@claim(
    "logistic/stability-thresholds",
    paper="liu2025",
    statement=r"from z_0 = M: GN^{-1} converges iff \eta < 2M/\sinh M, GN^{-1/2} iff \eta c < 2M/\sinh(M/2); at equality an exact 2-cycle",
    source=DERIVED + "S(z)/z increases; for q != 1/2 the unstable 2-cycle through z_0, S(z') = -S(z_0)",
    assumes="one-hot logits, constant step; for q != 1/2 convergence below the threshold is measured, not proved",
    evidence="numeric",
    control=dict(mirror=True),
)
def stability_thresholds(mirror: bool = False) -> Check:
    """Bisected in simulation to 1e-7 relative, for M from 1 to 10 and for q = 0.7 from both sides; mirror: 2 (z - z*) / S(z) for every q."""
    checks = []
    for power, q in ((-1.0, 0.5), (-0.5, 0.5), (-1.0, 0.7), (-0.5, 0.7)):
        f = OneHotLogistic(np.array([0.4, 0.6]), q, np.array([1.3, 1.0]))
        weight, optimum = f.pi[0] * f.a[0] ** 2, np.log(q / (1 - q))
        z = optimum + np.array([-6.0, -4.0, 1.0, 4.0, 6.0, 10.0])
        cycle = 2 * (z - optimum) if mirror else z - two_cycle_partner(z, power, q)
        formula = cycle / residual(z, power, q) / weight ** (1 + power)
        measured = _bisect(f, power, z / f.a[0])
        checks.append(equal(measured / formula, 1.0, atol=1e-6, what=f"threshold / formula (p = {power:g}, q = {q:g})"))
        if q == 0.5 and not mirror:
            exact = [stability_threshold([x], power=power, weight=weight) for x in z]
            step = simulate(f, DiagonalGN(np.array(exact), power=power), _start(f, z / f.a[0]), steps=1).final[:, 0] * f.a[0]
            checks.append(equal(step / z, -1.0, atol=1e-12, what="2-cycle at the threshold: z+ / z"))
    return every(*checks)


def _start(f, theta):
    """The logit under test in coordinate 0, the other at its optimum, (S, 2)."""
    return np.stack([theta, np.full(theta.shape, np.log(f.q[1] / (1 - f.q[1])) / f.a[1])], -1)


def _bisect(f, power, theta, points=60, levels=5):
    """The largest convergent lr per start, by refining a grid of lrs `levels` times; relative width points^-levels < 1e-8."""
    optimum = np.log(f.q[0] / (1 - f.q[0])) / f.a[0]
    low, high = np.full(theta.shape, 1e-4), np.full(theta.shape, 50.0)
    for _ in range(levels):
        lr = low * (high / low) ** np.linspace(0, 1, points)[:, None]
        run = simulate(f, DiagonalGN(lr, power=power), _start(f, theta), steps=150, every=150)
        closer = np.abs(run.final[..., 0] - optimum) < np.abs(theta - optimum)
        first = np.argmax(~closer, 0)
        low, high = (np.take_along_axis(lr, np.maximum(first + k, 0)[None], 0)[0] for k in (-1, 0))
    return np.sqrt(low * high)


@claim(
    "logistic/constant-step-separation",
    paper="liu2025",
    statement=r"T \ge (1/x - 1) \log(m/\epsilon) for every constant step, 1/x ~ e^M/(4M), \sqrt{\kappa_\pi} e^{M/2}/(4M), \kappa_\pi/2; sign: M/\epsilon",
    source=DERIVED + "the large logit caps the step, the small one then crawls",
    assumes="two logits M > m, constant step below the stability threshold",
    evidence="search",
    control=dict(half=-1.0),
)
def constant_step_separation(half: float = -0.5, points: int = 1000) -> Check:
    """Every lr of a fine grid needs at least the bound; the 40-rate protocol gives 216, 77, 117, 41. half: the power assumed of GN^-1/2."""
    instance, tuned, checks = two_logits(), [], []
    weight = instance.objective.pi
    for method in METHODS:
        coarse = _steps(instance, method, learning_rates(instance, method))
        tuned.append(coarse.min())
        if method != "sign":
            threshold = stability_threshold(instance.theta, power=POWERS[method], weight=weight)
            bound = constant_step_bound(instance.theta, power=half if method == "GN^-1/2" else POWERS[method], accuracy=0.1, weight=weight)
            fine = _steps(instance, method, np.geomspace(threshold / 3, 0.99999 * threshold, points))
            checks.append(at_least(fine, bound, what=f"{method} steps", witness=f"{method}, best lr"))
    return every(
        *checks,
        equal(tuned, [216, 77, 117, 41], what="tuned steps"),
        at_most(tuned[3], np.array(tuned[:3]) - 1, what="sign descent against each Gauss-Newton power"),
    )


def _steps(instance, method, lr):
    """Steps to max|z| <= 0.1 at each lr, inf when not in 400."""
    optimizer = SignSGD(lr) if method == "sign" else DiagonalGN(lr, power=POWERS[method])
    largest = {"z": lambda theta: np.abs(theta).max(-1)}
    return simulate(instance.objective, optimizer, instance.theta, steps=400, record=largest).steps_to(0.1, "z")


@claim(
    "logistic/line-search-removes-separation",
    paper="liu2025",
    statement=r"with an exact line search per step GN^{-1} needs fewer steps than halved sign descent, at M = 4, 8, 12: no e^M",
    source="derived: measured",
    assumes="200 logits uniform in [-M, M], frequencies spread over 100, excess loss 1e-6, q = 1/2",
    evidence="numeric",
    control=dict(search=False),
)
def line_search_removes_separation(search: bool = True) -> Check:
    """GN^-1 with line search against sign descent halved from radius M; search=False: GN^-1 at 0.9 of its stability threshold instead."""
    instances = [many_logits(200, largest) for largest in (4.0, 8.0, 12.0)]
    f, theta = instances[0].objective, np.stack([instance.theta for instance in instances])
    constant = np.array([0.9 * stability_threshold(x, power=-1.0) for x in theta])
    newton = ExactLineSearch(DiagonalGN(1.0)) if search else DiagonalGN(constant)
    halved = Scheduled(Halving(), SignSGD(theta.max(-1) / 2))
    steps = [simulate(f, method, theta, steps=25).steps_to(np.log(2) + 1e-6) for method in (newton, halved)]
    assume(bool(np.isfinite(steps[1]).all()), "sign descent reaches the target")
    return at_most(steps[0], steps[1], what=f"steps {steps[0]} against {steps[1]}; worst")


@claim(
    "logistic/flow-laws",
    paper="liu2025",
    statement=r"q = 1: z = \log(2e^t-1) (GN^{-1}), 2\log(1+t/2) (GN^{-1/2}), z+e^z = 1+t (GD), t (sign); losses e^{-t}/2, 4/t^2, 1/t, e^{-t}",
    source=DERIVED + "each flow separates",
    assumes="separable data, z(0) = 0, unit weight; elsewhere by a shift and a factor of time",
    evidence="numeric",
    control=dict(gd="GN^-1/2"),
)
def flow_laws(gd: str = "GD") -> Check:
    """Integrated numerically from two starts and weights, and the losses at t = 1e6 (GN^-1/2, GD) or 30; gd: the law assumed of GD."""
    laws, t = dict(zip(METHODS, METHODS, strict=True)) | {"GD": gd}, np.linspace(0, 40, 21)
    checks = []
    for start, weight in ((0.0, 1.0), (-1.5, 0.3)):
        for method, law in laws.items():
            z = separable_flow(t, law, start=start, weight=weight)
            # the integrator is asked for 1e-11 per step, over some hundred steps
            checks.append(equal(_integrate(method, t, start, weight), z, atol=1e-8, rtol=1e-8, what=f"{method} at weight {weight:g}"))
    late = {"GN^-1": (30.0, np.exp(-30.0) / 2), "GN^-1/2": (1e6, 4e-12), "GD": (1e6, 1e-6), "sign": (30.0, np.exp(-30.0))}
    for method, (time, loss) in late.items():
        z = separable_flow(time, laws[method])
        checks.append(equal(np.log1p(np.exp(-z)) / loss, 1.0, atol=2e-5, what=f"{method} loss / law"))
    return every(*checks)


def _integrate(method, t, start, weight):
    def rate(_, z):
        sig = expit(z)
        if method == "sign":
            return -np.sign(sig - 1)
        return -(weight ** (1 + POWERS[method])) * (sig * expit(-z)) ** POWERS[method] * (sig - 1)

    return solve_ivp(rate, (0, t[-1]), [start], "DOP853", t, rtol=1e-11, atol=1e-11).y[0]

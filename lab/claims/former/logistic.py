"""Claims about full-batch logistic regression with one-hot inputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, assume, at_most, equal, every, identity
from lab.objectives import OneHotLogistic
from lab.objectives.instances import many_logits
from lab.optimizers import DiagonalGN, ExactLineSearch, Halving, Scheduled, SignSGD
from lab.simulation import simulate
from lab.theory.logistic import METHODS, POWERS, residual, separable_flow, stability_threshold

DERIVED = "derived: a rigorous version of a claim whose exact form is not known to us; "


@claim(
    "logistic/one-hot-maps",
    paper="liu2025",
    statement=r"z^+ = z - \eta (\pi a^2)^{1+p} S(z): working (p=-1), Pearson (p=-1/2), response (p=0) residual; sign descent: its sign",
    source=DERIVED + "the Gauss-Newton matrix is diag(pi a^2 sig (1 - sig)) everywhere",
    assumes="full batch, one-hot inputs",
    evidence="symbolic",
    control={"weight_power": 1.0},
)
def one_hot_maps(weight_power: float | None = None, draws: int = 200) -> Check:
    """The residuals as identities in y = e^(z/2), and one step of the optimizers against the maps at random pi, a, q, theta, p."""
    rng, n = np.random.default_rng(3), 12
    f = OneHotLogistic(rng.uniform(0.1, 1, n), rng.uniform(0, 1, n), rng.uniform(0.3, 3, n))
    theta, weight = 4 * rng.standard_normal((draws, n)), f.pi * f.a**2
    power, lr = np.append([-1.0, -0.5, 0.0], -rng.uniform(0, 1, draws - 3)), rng.uniform(0.1, 1, draws)
    c = weight ** (1 + power[:, None] if weight_power is None else weight_power)
    predicted = lr[:, None] * c * residual(f.a * theta, power[:, None], f.q)
    moved = f.a * theta - _last_logits(f, DiagonalGN(lr, power=power), theta, 1)
    # theta - final loses the digits of the larger of the two; both are of the order of |z| + |step|
    scale = np.abs(f.a * theta) + np.abs(predicted)
    return every(*_residual_identities(), equal((moved - predicted) / scale, 0.0, atol=1e-12, what="step error / scale"))


def _residual_identities():
    import sympy

    y, q = sympy.symbols("y q", positive=True)
    sig = y**2 / (1 + y**2)
    w = sig * (1 - sig)
    return (
        identity((sig - q) / w, (1 - 2 * q) + (1 - q) * y**2 - q / y**2, what="working residual"),
        identity((sig - q) ** 2 / w, ((1 - q) * y - q / y) ** 2, what="squared Pearson residual"),
        identity((2 * sig - 1) / (2 * w), (y**2 - y**-2) / 2, what="sinh z at q = 1/2"),
        identity((2 * sig - 1) ** 2 / (4 * w), ((y - 1 / y) / 2) ** 2, what="sinh(z/2)^2 at q = 1/2"),
    )


def _last_logits(f, optimizer, theta, steps):
    return simulate(f, optimizer, theta, steps=steps, every=steps, record={"z": lambda x: f.a * x})["z"][-1]


@claim(
    "logistic/line-search-removes-separation",
    paper="liu2025",
    statement=r"with an exact line search per step GN^{-1} needs fewer steps than halved sign descent, at M = 4, 8, 12: no e^M",
    source="derived: measured",
    assumes="200 logits uniform in [-M, M], frequencies spread over 100, excess loss 1e-6, q = 1/2",
    evidence="numeric",
    control={"search": False},
)
def line_search_removes_separation(search: bool = True) -> Check:
    """GN^-1 with line search against sign descent halved from radius M; search=False: GN^-1 at 0.9 of its stability threshold instead."""
    instances = [many_logits(200, largest) for largest in (4.0, 8.0, 12.0)]
    f, theta = instances[0].objective, np.stack([instance.theta for instance in instances])
    constant = np.array([0.9 * stability_threshold(x, power=-1.0) for x in theta])
    newton: Any = DiagonalGN(1.0 if search else constant)
    sign: Any = SignSGD(theta.max(-1) / 2)
    methods = (ExactLineSearch(newton) if search else newton, Scheduled(Halving(), sign))
    steps = [simulate(f, method, theta, steps=25).steps_to(np.log(2) + 1e-6) for method in methods]
    assume(bool(np.isfinite(steps[1]).all()), "sign descent reaches the target")
    return at_most(steps[0], steps[1], what=f"steps {steps[0]} against {steps[1]}; worst")


@claim(
    "logistic/flow-laws",
    paper="liu2025",
    statement=r"q = 1: z = \log(2e^t-1), 2\log(1+t/2), z+e^z = 1+t, t (GN^{-1}, GN^{-1/2}, GD, sign); losses e^{-t}/2, 4/t^2, 1/t, e^{-t}",
    source=DERIVED + "each flow separates",
    assumes="separable data, z(0) = 0, unit weight; elsewhere by a shift and a factor of time",
    evidence="numeric",
    control={"gd": "GN^-1/2"},
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
        sig, miss = expit(z), expit(-z)  # 1 - sig without cancellation
        return np.sign(miss) if method == "sign" else weight ** (1 + POWERS[method]) * (sig * miss) ** POWERS[method] * miss

    return solve_ivp(rate, (0, t[-1]), [start], "DOP853", t, rtol=1e-11, atol=1e-11).y[0]

"""Worst-case rates with exact constants: each is attained by the optimizer itself on an extremal function, and searched for violations.

The search runs over random one-smooth functions, whose second derivative is piecewise constant and which are 0 at their minimum 0.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_most, equal, every, searched
from lab.objectives.quadratic import Quadratic
from lab.objectives.worst_case import (
    Huber,
    MaxCoordinate,
    PiecewiseQuadratic,
    worst_huber_for_gap,
    worst_huber_for_gradient,
    worst_nonconvex,
    worst_nonsmooth,
)
from lab.optimizers import OGM, SGD, AcceleratedGradient, ExactLineSearch, subgradient_lr
from lab.simulation import simulate
from lab.theory import worst_cases as worst

ATTAINED = 1e-9
STEPS = (1, 2, 4, 9)
UNIT = np.ones(1)


def _random_function(rng, low: float, high: float, dims: int = 3) -> PiecewiseQuadratic:
    """Knots anywhere in [-1, 1], curvatures in [low, high], mostly at the ends of the range, the outermost at the top."""
    knots = np.sort(rng.uniform(-1, 1, rng.integers(1, 9)))
    c = rng.choice([low, high, rng.uniform(low, high)], len(knots) + 1)
    c[[0, -1]] = high
    return PiecewiseQuadratic(knots, c, dims)


def _squared(x: np.ndarray) -> np.ndarray:
    return (x**2).sum(-1)


def _measures(f) -> dict:
    return {"gap": f.loss, "gradient": lambda x: _squared(f.grad(x)), "distance": _squared}


def _last(objective, optimizer, theta, steps: int, name: str = "gap") -> float:
    run = simulate(objective, optimizer, theta, steps=steps, every=steps, record=_measures(objective))
    return float(run[name][-1])


@claim(
    "gd/smooth-convex",
    paper="drori2014",
    statement=r"f_N - f^* \le \frac{L R^2}{2} \max\{1/(2Nh+1), (1-h)^{2N}\}, and two bounds on |g_N|, all attained",
    source="Drori & Teboulle 2014 (h <= 1; h > 1 recalled); the attaining functions derived",
    assumes="f convex and L-smooth, step h / L, 0 < h < 2",
    evidence="search",
    control=dict(constant=2.0),
)
def gd_smooth_convex(constant: float = 1.0, trials: int = 60) -> Check:
    """constant: beside 2 N h in the denominator of the gap."""
    n, h = (grid.ravel() for grid in np.meshgrid(STEPS, (0.5, 1.0, 1.5, 1.8)))
    attained = np.array([_attained(int(steps), float(step)) for steps, step in zip(n, h, strict=True)]).T
    gap_bound = np.maximum(1 / (2 * n * h + constant), (1 - h) ** (2 * n)) / 2
    bounds = {"gap": gap_bound, "|g|": worst.gd_gradient_from_distance(n, h), "|g|^2 from the gap": worst.gd_gradient_from_gap(n, h)}
    checks = [equal(x, bound, rtol=ATTAINED, what=name) for x, (name, bound) in zip(attained, bounds.items(), strict=True)]
    found = at_most(*_gd_search(constant, trials), what="gap / (L R^2)", witness="Huber functions and quadratics")
    return every(searched(found, f"{trials} random convex functions, 12 steps, 19 step sizes"), *checks)


def _attained(n, h):
    """The largest gap, |g_N| and |g_N|^2 / (f_0 - f*) of GD on the Huber functions made for them and on the quadratic, L = R = 1."""
    kink, quadratic = worst_huber_for_gradient(n * h), Quadratic(np.eye(1))
    gap = max(_last(worst_huber_for_gap(n * h), SGD(h), UNIT, n), _last(quadratic, SGD(h), UNIT, n))
    squares = [_last(f, SGD(h), UNIT, n, "gradient") for f in (kink, quadratic)]
    return gap, np.sqrt(max(squares)), max(squares[0] / kink.loss(UNIT), squares[1] / quadratic.loss(UNIT))


def _gd_search(constant, trials):
    h, t, measured = np.linspace(0.1, 1.9, 19), np.arange(1, 13)[:, None], []
    for rng in np.random.default_rng(1).spawn(trials):
        f = _random_function(rng, 0.0, 1.0)
        theta = rng.standard_normal(3) * rng.choice([0.3, 1, 10])
        measured.append(simulate(f, SGD(h), theta, steps=12)["loss"][1:] / (theta @ theta))
    return np.stack(measured), np.maximum(1 / (2 * t * h + constant), (1 - h) ** (2 * t)) / 2


@claim(
    "gd/strongly-convex",
    paper="taylor2018",
    statement=r"distance, |g|, \sqrt{gap} shrink by max(|1-\eta\mu|, |1-\eta L|) per step; line search: gap by ((\kappa-1)/(\kappa+1))^2",
    source="Taylor, Hendrickx & Glineur 2018, de Klerk, Glineur & Taylor 2017 (recalled)",
    assumes="f mu-strongly convex and L-smooth, step < 2 / L",
    evidence="search",
    control=dict(claimed_smoothness=5.0),
)
def gd_strongly_convex(claimed_smoothness: float = 10.0, trials: int = 60) -> Check:
    """mu = 1, L = 10; claimed_smoothness: what the bound believes."""
    lr, top = np.linspace(0.01, 0.19, 19), Quadratic(np.diag([1.0, 10.0]))
    rho = worst.gd_contraction(1.0, claimed_smoothness, lr)
    line = worst.line_search_contraction(1.0, claimed_smoothness)
    attained = [simulate(top, SGD(lr), theta, steps=1, record=_measures(top)) for theta in np.eye(2)]
    checks = [
        equal(np.max([run[name][1] / run[name][0] for run in attained], 0), rho**2, rtol=ATTAINED, what=name)
        for name in ("gap", "gradient", "distance")
    ]
    searching = simulate(top, ExactLineSearch(SGD(0.1)), np.array([1.0, 0.1]), steps=6)["loss"]
    checks.append(equal(searching[1:] / searching[:-1], line, rtol=ATTAINED, what="line search"))
    ratios, searches = [], []
    for rng in np.random.default_rng(2).spawn(trials):
        f, theta = _random_function(rng, 1.0, 10.0), rng.standard_normal((8, 1, 3)) * 2
        run = simulate(f, SGD(lr), theta, steps=1, record=_measures(f))
        ratios.append([run[name][1] / run[name][0] for name in ("gap", "gradient", "distance")])
        descent = simulate(f, ExactLineSearch(SGD(0.1)), theta, steps=1)["loss"]
        searches.append(descent[1] / descent[0])
    return every(
        searched(at_most(np.stack(ratios), rho**2, what="ratio per step", witness="quadratics"), f"{trials} random functions, 8 starts"),
        at_most(np.stack(searches), line, slack=1e-9, what="line search"),
        *checks,
    )


@claim(
    "gd/nonconvex",
    paper="abbaszadehpeivasti2022",
    statement=r"\min_{k \le N} |g_k|^2 \le 4 L (f_0 - f^*) / (3 N + 2)",
    source="Abbaszadehpeivasti, de Klerk & Zamani 2022 (recalled); the attaining function derived",
    assumes="f L-smooth and bounded below, step 1 / L",
    evidence="search",
    control=dict(constant=3.0),
)
def gd_nonconvex(constant: float = 2.0, trials: int = 300) -> Check:
    """constant: beside 3 N in the denominator."""
    checks = []
    for n in STEPS:
        f, theta = worst_nonconvex(n)
        squares = simulate(f, SGD(1.0), theta, steps=n, record=_measures(f))["gradient"]
        checks.append(equal(squares.min(), 4 * f.loss(theta) / (3 * n + constant), rtol=ATTAINED, what=f"min |g|^2, N={n}"))
    ratios, t = [], np.arange(10)
    for rng in np.random.default_rng(3).spawn(trials):
        f, theta = _random_function(rng, -1.0, 1.0, 1), rng.uniform(-3, 3, (4, 1))
        squares = simulate(f, SGD(1.0), theta, steps=9, record=_measures(f))["gradient"]
        gap = f.loss(theta) - f.loss(_stationary(f)).min()
        ratios.append(np.minimum.accumulate(squares) * (3 * t + constant)[:, None] / (4 * gap))
    found = at_most(np.stack(ratios), 1.0, slack=1e-9, what="min |g|^2 / bound", witness="a derivative that dips between iterates")
    return every(searched(found, f"{trials} random functions, 4 starts"), *checks)


def _stationary(f: PiecewiseQuadratic) -> np.ndarray:
    """Points (k, 1) that contain every minimiser: the zeros of both linear extensions of phi' at every knot."""
    g = f.grad(f.knots[:, None])[:, 0]
    sides = [c != 0 for c in (f.curvatures[:-1], f.curvatures[1:])]
    roots = [f.knots[ok] - g[ok] / c[ok] for ok, c in zip(sides, (f.curvatures[:-1], f.curvatures[1:]), strict=True)]
    return np.concatenate([np.zeros(1), *roots])[:, None]


@claim(
    "ogm/rate",
    paper="kim2016",
    statement=r"f(x_N) - f^* \le L R^2 / (2 a_N^2), attained by a Huber function and by the quadratic",
    source="Kim & Fessler 2016 (recalled)",
    assumes="f convex and L-smooth, lr = 1 / L, the number of steps known",
    evidence="search",
    control=dict(wrong_horizon=1),
)
def ogm_rate(wrong_horizon: int = 0, trials: int = 60) -> Check:
    """wrong_horizon: how many steps more the method believes it has."""
    checks, found = [], []
    for n in STEPS:
        method, bound = OGM(1.0, n + wrong_horizon), worst.ogm_gap(n)
        gaps = [_last(f, method, UNIT, n) for f in (worst_huber_for_gap(worst.ogm_travel(n)), Quadratic(np.eye(1)))]
        checks.append(equal(gaps, bound, rtol=ATTAINED, what=f"gap N={n}"))
        found.append(np.array(_relative_gaps(method, n, trials)) / bound)
    worst_found = at_most(np.concatenate(found), 1.0, slack=1e-9, what="gap / bound", witness="Huber and quadratic")
    return every(searched(worst_found, f"{trials} random convex functions for N in {STEPS}"), *checks)


def _relative_gaps(method, steps, trials, record=None):
    """Gap / R^2 after `steps` steps on random convex one-smooth functions; record: f -> what to measure instead of f."""
    gaps = []
    for rng in np.random.default_rng(4).spawn(trials):
        f, theta = _random_function(rng, 0.0, 1.0), rng.standard_normal(3)
        measure = f.loss if record is None else partial(record, f)
        gaps.append(simulate(f, method, theta, steps=steps, every=max(steps, 1), record={"gap": measure})["gap"][-1] / (theta @ theta))
    return gaps


def _at_x(f, y):
    """f(x_{t+1}), x_{t+1} = y_t - g(y_t): the sequence that Nesterov's rate is about, lr = 1."""
    return f.loss(y - f.grad(y))


@claim(
    "nesterov/rate",
    paper="nesterov1983",
    statement=r"f(x_N) - f^* \le 2 L R^2 / (N^2 + 5 N + 6) with momentum t / (t + 3)",
    source="performance estimation of N = 1, 2, 5 (derived); attained by the Huber function of slope L R / (2 c + 1) (derived)",
    assumes="f convex and L-smooth, lr = 1 / L, the x-sequence",
    evidence="search",
    control=dict(constant=7.0),
)
def nesterov_rate(constant: float = 6.0, trials: int = 60) -> Check:
    """constant: beside N^2 + 5 N in the denominator."""
    checks, found, method = [], [], AcceleratedGradient(1.0)
    for n in STEPS:
        bound, f = 2 / (n**2 + 5 * n + constant), worst_huber_for_gap(float(worst.nesterov_travel(n)))
        gap = _at_x(f, simulate(f, method, UNIT, steps=n - 1).final)
        checks.append(equal(gap, bound, rtol=ATTAINED, what=f"gap N={n}"))
        found.append(np.array([gap / bound]))
        found.append(np.array(_relative_gaps(method, n - 1, trials, _at_x)) / bound)
    worst_found = at_most(np.concatenate(found), 1.0, slack=1e-9, what="gap / bound", witness="Huber functions")
    return every(searched(worst_found, f"{trials} random convex functions for N in {STEPS}"), *checks)


@claim(
    "subgradient/rate",
    paper="drori2016",
    statement=r"\min_{k \le N} f_k - f^* \le M R / \sqrt{N+1} with steps R / (M \sqrt{N+1}), attained",
    source="classical (recalled); the attaining function after Nemirovski",
    assumes="f convex and M-Lipschitz, R the distance to a minimiser",
    evidence="search",
    control=dict(claimed_lipschitz=0.9),
)
def subgradient_rate(claimed_lipschitz: float = 1.0, trials: int = 60) -> Check:
    """M = 1; claimed_lipschitz: what step and bound believe."""
    checks, found = [], []
    for n in STEPS:
        f, method = worst_nonsmooth(n), SGD(subgradient_lr(1.0, claimed_lipschitz, n))
        bound = worst.subgradient_gap(n, claimed_lipschitz)
        best = simulate(f, method, np.zeros(n + 1), steps=n)["loss"].min()
        checks.append(equal(best - f.lowest, bound, rtol=ATTAINED, what=f"gap N={n}"))
        found.append((best - f.lowest) / bound)
        for rng in np.random.default_rng(5).spawn(trials):
            found.append(_best_gap(rng, n, claimed_lipschitz))
    worst_found = at_most(np.stack(found), 1.0, slack=1e-9, what="gap / bound", witness="max of coordinates")
    return every(searched(worst_found, f"{trials} random nonsmooth functions for N in {STEPS}"), *checks)


def _best_gap(rng, steps, lipschitz):
    """Best gap / bound on a random function with M = 1, whose minimiser has all coordinates equal to its minimum."""
    dims, theta = int(rng.integers(1, 6)), rng.standard_normal(5)
    f = MaxCoordinate(1.0, rng.uniform(0.1, 3), dims) if rng.random() < 0.5 else Huber(1 / (delta := rng.uniform(1e-6, 1)), delta, dims)
    lowest = getattr(f, "lowest", 0.0)
    radius = float(np.linalg.norm(theta[:dims] - lowest))
    run = simulate(f, SGD(subgradient_lr(radius, lipschitz, steps)), theta[:dims], steps=steps)
    return (run["loss"].min() - lowest) / worst.subgradient_gap(steps, lipschitz, radius)

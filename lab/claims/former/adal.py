"""AdaL: what its formula implies. The paper's own theorem is not known; every statement here is derived from the printed update."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import numpy as np

from lab.arrays import lift, norm
from lab.claims.former.registry import claim
from lab.claims.former.relations import Check, at_least, at_most, equal, every, refuted, searched, within
from lab.objectives.regression import LeastSquares
from lab.optimizers.adaptive.adal import AdaL
from lab.optimizers.adaptive.adam import Adam
from lab.simulation import replay, simulate

PAPER = "zhang2021"
FORMULA = "derived: from the update h = |g|_1 g of the zij optimizer catalogue (the paper's text is not known to us)"


def stream(steps: int = 12, n: int = 4, seed: int = 0) -> np.ndarray:
    """Gradients (steps, n) with a trend and coordinates of different size."""
    g = np.random.default_rng(seed).standard_normal((steps, n))
    return g * np.geomspace(2.0, 0.2, steps)[:, None] * np.geomspace(3.0, 0.1, n)


@claim(
    "adal/first-step",
    paper=PAPER,
    statement=r"\theta_1 = \theta_0 - \eta\,\mathrm{sign}(g_1) for every size of g_1, when eps = 0",
    source=f"{FORMULA}; the factor cancels in m_hat / sqrt(v_hat)",
    assumes="eps = 0, no coordinate of g zero, h^2 in the floating range",
    evidence="exact",
    control={"eps": 0.1},
)
def first_step(eps=0.0) -> Check:
    """Gradients over 122 decades; the first step is compared with sign(g) to rounding."""
    g = np.geomspace(1e-60, 1e60, 41)[:, None] * stream(1)
    delta = replay(AdaL(1.0, eps=eps), np.zeros(g.shape), [g])[1]
    return equal(delta, -np.sign(g), atol=8e-16, what="first step over eta, gradients from 1e-61 to 1e61:")


@claim(
    "adal/constant-norm-is-adam",
    paper=PAPER,
    statement=r"\|g_t\|_1 constant in t  implies  AdaL = Adam (same schedule, eps = 0), whatever the constant",
    source=f"{FORMULA}; m_hat and sqrt(v_hat) are homogeneous of degree one in h",
    assumes="eps = 0, constant l1 norm",
    evidence="exact",
    control={"constant": False},
)
def constant_norm(constant=True) -> Check:
    """12 random gradients scaled to one l1 norm, three sizes of that norm; constant=False keeps their own norms."""
    g = stream()
    g = g / norm(g, 1)[:, None] if constant else g
    adal = [replay(AdaL(0.1, eps=0.0, schedule="constant"), np.zeros(4), c * g) for c in (1e-3, 1.0, 40.0)]
    return equal(adal, replay(Adam(0.1, eps=0.0), np.zeros(4), g), atol=1e-14, what="path of AdaL and Adam:")


@claim(
    "adal/readings-differ",
    paper=PAPER,
    statement="the readings |g|_1 g (R1) and |g| g (R3) coincide in dimension one and nowhere else: only R1 couples the coordinates",
    source=FORMULA,
    assumes="eps = 0, at least two coordinates",
    evidence="exact",
    control={"dims": 1},
)
def readings_differ(dims=4) -> Check:
    """The first coordinate's path with, without, and with rescaled other coordinates; in dims=1 there are none to couple."""

    def path(factor, g):
        return replay(AdaL(0.1, eps=0.0, factor=factor), np.zeros(g.shape[1]), g)[:, :1]

    g, scale = stream(n=dims), np.geomspace(5.0, 1.0, dims)
    alone = path("coordinate", g[:, :1])
    coupling = max(np.abs(path("l1", g) - alone).max(), np.finfo(float).eps)
    return every(
        at_least(coupling, 1e-3, what="R1: what the other coordinates do to the first"),
        equal(path("coordinate", g), alone, atol=1e-15, what="R3: the first coordinate with and without the others"),
        equal(path("coordinate", g * scale), alone, atol=1e-14, what="R3: the same after rescaling coordinates"),
    )


@claim(
    "adal/scale-invariance",
    paper=PAPER,
    statement=r"f -> c f leaves the path unchanged when eps = 0; the literal eps adds -\eta_t\,eps\,\hat m_t, which grows like c^2",
    source=FORMULA,
    assumes="eps = 0 for the invariance",
    evidence="exact",
    control={"eps": 1e-3},
)
def scale_invariance(eps=0.0, c=7.3) -> Check:
    """Gradients g against c g at eps, and at eps = 0.01 what it adds to the path: -eta_t eps m_hat, of degree two in g."""
    g = stream()

    def path(scale, eps):
        return replay(AdaL(0.1, eps=eps), np.zeros(4), scale * g)

    extra = [path(scale, 0.01) - path(scale, 0.0) for scale in (1.0, c)]
    return every(
        equal(path(c, eps), path(1.0, eps), atol=1e-14, what="path under c f:"),
        equal(extra[1], c**2 * extra[0], atol=1e-12, what="the eps term under c f:"),
    )


def play(optimizer, gradients: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, list]:
    """Points (T, *r, n) and states of the projected method on the box [-1, 1]^n against gradients (T, *r, n) of linear losses."""
    x, optimizer = start, lift(optimizer, start)
    state, points, states = optimizer.init(x), [], []
    for g in gradients:
        points.append(x)
        delta, state = optimizer.step(state, SimpleNamespace(grad=g), x)
        states.append(state)
        x = np.clip(x + delta, -1.0, 1.0)
    return np.array(points), states


PATTERNS = ((3, 5), (10, 30), (2, 3))


@claim(
    "adal/regret-fails",
    paper=PAPER,
    statement=r"no theorem R_T = O(\sqrt T) holds for AdaL on all bounded convex losses, not even with AMSGrad's maximum",
    source=f"{FORMULA}; the refuted statement is the pattern of the Adam literature, not a quotation. Cause: sum g < 0 < sum |g| g",
    assumes="linear losses on [-1, 1], gradient C once, then -1 k times, repeated, with k > C and C^2 > k",
    evidence="numeric",
    control={"factor": "none"},
)
def regret_fails(factor="l1", steps=4960) -> Check:
    """Regret / T tends to 2 (k - C) / (k + 1): the method sits at the wrong end. AMSGrad (the control) finds the right one."""
    g = np.stack([np.where(np.arange(steps) % (k + 1) == 0, float(big), -1.0) for big, k in PATTERNS], axis=-1)[..., None]
    optimizer = AdaL(0.5, 0.9, 0.99, factor=factor, amsgrad=True)
    points = play(optimizer, g, np.zeros((len(PATTERNS), 1)))[0]
    regret = np.cumsum(points * g, axis=0)[..., 0] + np.abs(np.cumsum(g, axis=0))[..., 0]
    limit = np.array([2 * (k - big) / (k + 1) for big, k in PATTERNS])
    slopes = np.log2(np.maximum(regret[-1], 1e-9) / np.maximum(regret[steps // 2 - 1], 1e-9))
    detail = (
        f"regret / T {np.round(regret[-1] / steps, 4).tolist()}, limits {np.round(limit, 4).tolist()}; exponent of R_T {slopes.min():.3f}"
    )
    return refuted(float(slopes.min()) - 0.9, detail=detail, witness=f"gradients C, then -1 k times: (C, k) in {PATTERNS}")


@claim(
    "adal/skew-bias",
    paper=PAPER,
    statement=r"with small steps AdaL settles where E[\|g\|_1 g] = 0, not where E[g] = 0: samples 0, 0, 0, 1 give 1/(1 + \sqrt 3), not 1/4",
    source=f"{FORMULA}; minimiser of E|x - xi|^3. Reading R4 (h = f g) gives 1/(1 + 3^(1/3))",
    assumes="small constant step, beta2 near 1, skewed noise",
    evidence="statistical",
    control={"factor": "none"},
)
def skew_bias(factor: Any = "l1") -> Check:
    """The allowance of 2e-3 is the O(lr) + O(1 - beta2) bias of finite steps."""
    f = LeastSquares(np.ones((4, 1)), np.array([0.0, 0.0, 0.0, 1.0]))
    checks = []
    limits: list[tuple[Any, float]] = [(factor, 1 / (1 + math.sqrt(3))), ("loss", 1 / (1 + 3 ** (1 / 3)))]
    for reading, expected in limits:
        optimizer = AdaL(0.003, 0.9, 0.9995, factor=reading, schedule="constant")
        start = np.full((200, 1), 0.35)
        found = simulate(f, optimizer, start, steps=3000, batch=1, every=20, record={"x": lambda theta: theta[:, 0]})["x"]
        settled = found[len(found) // 2 :].mean(0)
        checks.append(within(settled.mean(), expected, settled.std() / np.sqrt(200) + 2e-3 / 5, what=f"{reading}: {settled.mean():.4f},"))
    return every(*checks)


@claim(
    "adal/weighted-regret",
    paper=PAPER,
    statement=r"\sum_t\langle h_t,\theta_t-\theta^*\rangle \le \frac{D^2\sqrt T}{2\eta}\sum_i\sqrt{s_{T,i}}"
    r" + \frac\eta2\sum_{t,i}\frac{h_{t,i}^2}{\sqrt{t\,s_{t,i}}}, last sum \le"
    r" \frac{\sqrt{1+\ln T}}{\sqrt{1-\beta_2}}\sum_i\|h_{1:T,i}\|_2",
    source="derived: telescoping in the non-decreasing metric diag(sqrt(t s_t)) / eta; with h = g it bounds the regret of AMSGrad",
    assumes="box of width D, beta1 = 0, eps = 0, s_t the running maximum of v_hat, losses linear (or convex: the left side bounds "
    "the regret weighted by |g_t|_1)",
    evidence="search",
    control={"first": 0.5},
)
def weighted_regret(first=1.0, beta2=0.9, runs=300) -> Check:
    """Random and adversarial streams (gradients pushing away from the centre), T = 1 ... 24, eta = 0.2 ... 4; D = 2."""
    rng, checks = np.random.default_rng(3), []
    for steps in (1, 2, 6, 24):
        eta, start = rng.uniform(0.2, 4.0, runs), np.sign(rng.standard_normal((runs, 2)))
        eta[0] = 2.0
        g = rng.standard_normal((steps, runs, 2)) * 10.0 ** rng.uniform(-1, 1, (steps, runs, 1))
        g[:, ::2] = np.abs(g[:, ::2]) * start[::2]
        points, states = play(AdaL(eta, 0.0, beta2, 0.0, amsgrad=True), g, start)
        h, t = norm(g, 1)[..., None] * g, np.arange(1, steps + 1)[:, None, None]
        regret = (h * points).sum((0, 2)) + np.abs(h.sum(0)).sum(-1)
        s = np.array([state.top for state in states])
        tail = (h**2 / np.sqrt(t * s)).sum((0, 2))
        coarse = np.sqrt(1 + np.log(steps)) / np.sqrt(1 - beta2) * np.sqrt((h**2).sum(0)).sum(-1)
        bound = first * 2 * np.sqrt(steps) / eta * np.sqrt(s[-1]).sum(-1) + eta / 2 * tail
        checks += [at_most(regret, bound, what=f"T = {steps}: weighted regret", witness="T = 1, eta = D, start at the far corner")]
        checks += [at_most(tail, coarse, what=f"T = {steps}: sum of h^2 / sqrt(t s)")]
    return searched(every(*checks), f"{4 * runs} streams")


def kurtosis_of_weighted_gradient(n: int) -> float:
    """E h_1^4 / (E h_1^2)^2 for h = |g|_1 g and n independent standard normal coordinates, from half-normal moments.

    With a = |g_1| and R the sum of the other n - 1: E (a + R)^4 a^4 / (E (a + R)^2 a^2)^2. n = 1: 35/3; n -> infinity: 3 + O(1/n).
    """
    half = [1.0] + [2 ** (k / 2) * math.gamma((k + 1) / 2) / math.sqrt(math.pi) for k in range(1, 9)]
    rest = [1.0, 0.0, 0.0, 0.0, 0.0]
    for _ in range(n - 1):
        rest = [sum(math.comb(k, j) * rest[j] * half[k - j] for j in range(k + 1)) for k in range(5)]
    fourth, second = (sum(math.comb(p, j) * half[j + p] * rest[p - j] for j in range(p + 1)) for p in (4, 2))
    return fourth / second**2


@claim(
    "adal/noise-kurtosis",
    paper=PAPER,
    statement=r"under Gaussian noise the kurtosis of h_1 is 35/3, 8.5629, 6.2123, 4.4048, ... for n = 1, 2, 4, 10, and 3 + O(1/n):"
    " AdaL's steps have heavier tails than Adam's, by an amount that vanishes with the dimension",
    source=f"{FORMULA}; half-normal moments",
    assumes="independent standard normal coordinates",
    evidence="statistical",
    control={"factor": "none"},
)
def noise_kurtosis(factor="l1", runs=200_000, table=((1, 35 / 3), (2, 8.5629), (4, 6.2123), (10, 4.4048))) -> Check:
    """The optimizer's own m with beta1 = 0, against the exact fourth moment; all coordinates of a draw have the same law."""
    checks = [equal([kurtosis_of_weighted_gradient(n) for n, _ in table], [k for _, k in table], atol=1e-4, what="closed form")]
    for n in (1, 4, 30):
        g = np.random.default_rng(n).standard_normal((runs // n, n))
        optimizer = lift(AdaL(1.0, 0.0, factor=factor), g)
        h = optimizer.step(optimizer.init(g), SimpleNamespace(grad=g), g)[1].m
        second = (h**2).mean()
        per_run = (h**4).mean(-1) / second**2 - 2 * kurtosis_of_weighted_gradient(n) * ((h**2).mean(-1) / second - 1)
        error = per_run.std() / np.sqrt(len(per_run))
        checks.append(within((h**4).mean() / second**2, kurtosis_of_weighted_gradient(n), error, what=f"n = {n}"))
    return every(*checks)

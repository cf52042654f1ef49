"""Full-batch logistic regression with one-hot inputs, where every logit moves alone: residuals,
thresholds, separation."""

from __future__ import annotations

import numpy as np
from sympy import Rational, ceiling, cosh, exp, log, sinh, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    identity,
    let,
    symbols,
    threshold,
)
from lab.objectives import OneHotLogistic
from lab.optimizers import DiagonalGN, SignSGD
from lab.simulation import simulate

x, q, p, M, m, kappa, eps, c, a, pi_1, eta = symbols("x q p M m kappa eps c a pi_1 eta")
x_newton, x_root, x_gd, stays, turned = symbols("x_newton x_root x_gd stays turned")
steps_newton, steps_root, steps_gd, steps_sign = symbols(
    "steps_newton steps_root steps_gd steps_sign"
)
VERSION = "a rigorous version of a claim of Liu et al. 2025 whose exact form is not known to us"

y = exp(x)
SIG = y / (1 + y)


@claim(
    "logistic/residuals",
    over={x: between(-20, 20), q: between(0, 1)},
    says={
        "working": identity((SIG - q) / (SIG * (1 - SIG)), (1 - 2 * q) + (1 - q) * y - q / y),
        "squared Pearson": identity(
            (SIG - q) ** 2 / (SIG * (1 - SIG)), ((1 - q) * exp(x / 2) - q * exp(-x / 2)) ** 2
        ),
        "working at 1/2": identity((SIG - Rational(1, 2)) / (SIG * (1 - SIG)), sinh(x)),
        "squared Pearson at 1/2": identity(
            (SIG - Rational(1, 2)) ** 2 / (SIG * (1 - SIG)), sinh(x / 2) ** 2
        ),
    },
    cites=derived(VERSION),
)
def residuals():
    """x is the logit, sig = e^x / (1 + e^x) its probability. GN^-1 divides the residual sig - q by
    the weight sig (1 - sig), which gives the working residual; GN^-1/2 by its root, which gives
    the Pearson residual."""
    return {}


def logits(f, optimizer, z, steps: int) -> np.ndarray:
    """z_0 ... z_steps (steps + 1, R, logits)."""
    return simulate(f, optimizer, z / f.a, steps=steps, record={"z": lambda theta: f.a * theta})[
        "z"
    ]


@claim(
    "logistic/stability-thresholds",
    over={p: between(-1, -0.2), a: choice(0.7, 1.3), pi_1: choice(0.1, 0.9), M: decades(-1, 1)},
    assuming=[p <= -Rational(1, 3)],
    says={
        "converges": threshold(
            eta,
            2 * M * (2 * cosh(M / 2)) ** (2 * p + 1) / sinh(M / 2) / (a**2 * pi_1) ** (1 + p),
            stays,
            margin=5e-3,
            because="0.99^300 = 0.05 where the map is linear, at small M",
        ),
        "2-cycle": equal(turned, -M, rtol=1e-12, because="one step, a dozen operations"),
    },
    where={
        stays: "GN^p with constant step eta, started at the logit M, is below M/10 after 300"
        " steps, or still shrinking by 1e-4 per step",
        turned: "the logit after one step with eta at the threshold",
    },
    cites=derived(VERSION),
    instances=32,
)
def stability_thresholds(p, a, pi_1, M, eta):
    """z+ = z (1 - eta c S(z)/z), c = (pi a^2)^(1+p), S(z) = (2 cosh(z/2))^(-2p-1) sinh(z/2).
    S(z)/z is even, and increases in |z| iff p <= -1/3: below the threshold the factor stays inside
    (-1, 1), above it |z| grows, at it z+ = -z. GN^-1: 2M/sinh M; GN^-1/2: 2M/sinh(M/2) / c."""
    f = OneHotLogistic(np.array([pi_1, 1 - pi_1]), 0.5, a)
    path = logits(f, DiagonalGN(eta, power=p), M[:, None] * [1.0, 0.0], 300)[..., 0]
    size = np.abs(path)
    shrinking = size[-1] < (1 - 1e-4) * size[-2]
    return {stays: (size[-1] < M / 10) | ((size[-1] < M) & shrinking), turned: path[1]}


def steps_taken(f, optimizer, z, accuracy, most=500) -> np.ndarray:
    """Steps from the logits z (R, n) to max |z| <= accuracy (R,); inf when more than `most`."""
    reached = np.abs(logits(f, optimizer, z, most)).max(-1) <= accuracy
    return np.where(reached.any(0), reached.argmax(0), np.inf)


@claim(
    "logistic/constant-step-separation",
    over={
        kappa: choice(4.0, 10.0, 100.0, 1000.0),
        M: between(1, 7),
        m: between(0.1, 3),
        eps: decades(-1.7, -0.3),
        c: between(0.3, 1.1),
        x_newton: let(2 * M * sinh(m) / (m * sinh(M))),
        x_root: let(2 * M * sinh(m / 2) / (sqrt(kappa) * m * sinh(M / 2))),
        x_gd: let(2 / kappa),
    },
    assuming=[m < M, m > eps, c < 1, x_newton < 1, x_root < 1],
    says={
        "GN^-1": at_least(steps_newton, -log(m / eps) / log(1 - x_newton)),
        "GN^-1/2": at_least(steps_root, -log(m / eps) / log(1 - x_root)),
        "GD": at_least(steps_gd, -log(m / eps) / log(1 - x_gd)),
        "sign": at_most(steps_sign, ceiling(M / eps)),
    },
    where={
        steps_newton: "steps of GN^-1 from logits (M, m) of frequencies kappa : 1 to max |z| <="
        " eps,"
        " with c times the step 2M/sinh M at which logit M stops converging",
        steps_root: "the same of GN^-1/2, with c times 2M/sinh(M/2)/sqrt(pi_max)",
        steps_gd: "the same of GD, with c times 8/pi_max, the linear stability limit",
        steps_sign: "the same of sign descent with step eps",
    },
    cites=derived(VERSION),
    instances=24,
)
def constant_step_separation(kappa, M, m, eps, c):
    """Stability of the large logit caps eta. The small one has z+ >= z (1 - x), x = eta_max c_j
    S(m)/m, so it needs log(m/eps) / -log(1 - x) > (1/x - 1) log(m/eps) steps: exponential in M for
    GN^-1, in M/2 for GN^-1/2. One logit alone can jump to 0: two are needed."""
    pi = np.array([kappa, 1.0]) / (kappa + 1)
    f, z = OneHotLogistic(pi, 0.5, 1.0), np.stack([M, m], -1)
    newton = DiagonalGN(c * 2 * M / np.sinh(M), power=-1.0)
    root = DiagonalGN(c * 2 * M / np.sinh(M / 2) / np.sqrt(pi[0]), power=-0.5)
    gd = DiagonalGN(c * 8 / pi[0], power=0.0)
    methods = {steps_newton: newton, steps_root: root, steps_gd: gd, steps_sign: SignSGD(eps)}
    return {name: steps_taken(f, method, z, eps) for name, method in methods.items()}

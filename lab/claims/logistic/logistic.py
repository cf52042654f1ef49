"""Full-batch logistic regression with one-hot inputs, where every logit moves alone: residuals,
thresholds, flows.

x = a_i e_i with frequency pi_i and label 1 in a share q_i of them; L = sum pi_i [softplus(z_i) -
q_i z_i] in the logits z_i = a_i theta_i. G = diag(pi_i a_i^2 sig (1 - sig)) for every theta: the
coordinates are its eigenbasis along the whole path, and G is the Hessian. A step of GN^p is z+ = z
- eta (pi a^2)^(1+p) S(z), S = (sig - q)(sig (1 - sig))^p: the working residual for p = -1, free of
pi and a, the Pearson residual for p = -1/2, the response residual for p = 0; sign descent keeps the
sign.

GN^-1 overshoots where a logit is large: sinh z grows like e^z / 2, so its largest stable constant
step shrinks like e^-M, and with it the speed of small logits. This tension is Liu et al.'s (2025);
the instance is ours, as theirs is not known. It is one of constant steps: a line search or damping
removes it (logistic/line-search-removes-separation).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from sympy import Rational, cosh, diff, exp, log, sign, sinh, sqrt

from lab.claims import (
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    identity,
    one_by_one,
    symbols,
    threshold,
)
from lab.claims.logistic.flows import flow, integrated
from lab.objectives import OneHotLogistic
from lab.optimizers import DiagonalGN, SignSGD
from lab.simulation import simulate

x, q, p, M, a, pi_1, eta = symbols("x q p M a pi_1 eta")
stays, turned = symbols("stays turned")
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
    the weight sig (1 - sig), which gives the working residual, (1 - 2 q) + (1 - q) e^x - q e^-x;
    GN^-1/2 by its root, which gives the Pearson residual. With q = 1/2 they are sinh x and sinh(x /
    2), up to sign conventions squared here, since roots are no rational functions of e^x. Both are
    0 at the logit of q alone.
    """
    return {}


def logits(f, optimizer, z, steps: int) -> np.ndarray:
    """z_0 ... z_steps (steps + 1, R, logits) of full-batch runs from z (R, logits) or (logits,):
    theta starts at z / a. Where a run diverges its logits are inf."""
    return simulate(f, optimizer, z / f.a, steps=steps, record={"z": lambda theta: f.a * theta})[
        "z"
    ]


@claim(
    "logistic/stability-thresholds",
    # powers on both sides of -1/3; one problem (a, pi) for all starts, as a run takes one
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
    """z+ = z (1 - eta c S(z)/z), c = (pi a^2)^(1+p), S(z) = (2 cosh(z/2))^(-2p-1) sinh(z/2) at q =
    1/2. S(z)/z is even, and increases in |z| iff p <= -1/3 (its z^2 coefficient has the sign of
    -p/4 - 1/12).

    So below the threshold 2 M / (c S(M)) the factor is inside (-1, 1) at M, and nearer to 1 at
    every smaller |z|: the logit shrinks for ever. Above it |z_1| > |z_0|, and the factor grows with
    every step. At it z+ = -z, an exact two-cycle, which is the second part.

    GN^-1: 2 M / sinh M, independent of pi and a; GN^-1/2: 2 M / sinh(M/2) / c. In words: the
    largest stable constant step falls exponentially in the largest logit, twice as fast for GN^-1,
    and every smaller logit then moves as slowly.

    Necessary: for p > -1/3 S(z)/z falls at first, and near 0 the linear threshold 2 / (c S'(0)) is
    the smaller one: at p = -1/4, M = 3 it is 5.66 where the formula says 6.11. Of several logits
    the least threshold decides. q = 1/2 throughout; for other q the border is a two-cycle that has
    no closed form.
    """
    f = OneHotLogistic(np.array([pi_1, 1 - pi_1]), 0.5, a)
    path = logits(f, DiagonalGN(eta, power=p), M[:, None] * [1.0, 0.0], 300)[..., 0]
    size = np.abs(path)
    # beside the threshold the factor at M is 0.99: below M/10 after 229 steps, unless the factor
    # near 0, 1 - eta S'(0), is slower; that takes off at least 2M / sinh M >= 1.8e-3 per step
    shrinking = size[-1] < (1 - 1e-4) * size[-2]
    return {stays: (size[-1] < M / 10) | ((size[-1] < M) & shrinking), turned: path[1]}


z, w, landed, by_sign = symbols("z w landed by_sign")
SIG_Z = 1 / (1 + exp(-z))
LOGITS = "of order 1e3 in a step, each a dozen operations"


@claim(
    "logistic/one-hot-maps",
    over={
        p: between(-1, 0),
        q: between(0, 1),
        pi_1: between(0.05, 0.95),
        a: between(0.3, 3),
        eta: decades(-2, 0),
        z: between(-8, 8),
    },
    says={
        "GN^p": equal(
            landed,
            z - eta * (pi_1 * a**2) ** (1 + p) * (SIG_Z - q) * (SIG_Z * (1 - SIG_Z)) ** p,
            rtol=1e-11,
            atol=1e-11,
            because=LOGITS,
        ),
        "sign": equal(
            by_sign, z - eta * a * sign(SIG_Z - q), rtol=1e-14, atol=1e-14, because=LOGITS
        ),
    },
    where={
        landed: "the logit a theta after a step of GN^p with step eta, for inputs a e_1 of "
        "frequency"
        " pi_1 and label 1 in a share q of them, beside another input; from the logit z",
        by_sign: "the same of sign descent",
    },
    cites=derived(VERSION),
)
def one_hot_maps(p, q, pi_1, a, eta, z):
    """The Gauss-Newton matrix is diag(pi a^2 sig (1 - sig)) everywhere, and the gradient in theta_i
    is pi a (sig - q). A step in theta, times a, is z+ = z - eta (pi a^2)^(1 + p) S(z), with the
    working residual S for p = -1, the Pearson residual for p = -1/2, the response residual sig - q
    for p = 0: logistic/residuals. So every logit moves alone, and the other input, of logit 0.7 a,
    does not enter. Sign descent moves theta by eta, hence z by eta a.

    GN^-1's step is free of pi and a, as Newton's is of affine maps; GN^-1/2's is the only one that
    is linear in a sqrt(pi); gradient descent's has both squared, a rare input moves slowly. At the
    logit of q, sig = q, nothing moves.
    """
    moved: dict[Any, list] = {landed: [], by_sign: []}
    for power, label, share, scale, step, logit in zip(p, q, pi_1, a, eta, z, strict=True):
        f = OneHotLogistic(np.array([share, 1 - share]), label, scale)
        # the other input is somewhere else, and must not matter
        start = np.array([logit, 0.7])
        moved[landed].append(logits(f, DiagonalGN(step, power=power), start, 1)[1, 0])
        moved[by_sign].append(logits(f, SignSGD(step), start, 1)[1, 0])
    return {name: np.array(found) for name, found in moved.items()}


t, late, z_0 = symbols("t late z_0")
z_newton, z_root, z_gd, z_sign = symbols("z_newton z_root z_gd z_sign")
loss_newton, loss_root, loss_gd = symbols("loss_newton loss_root loss_gd")
INTEGRATED = "the integrator is asked for 1e-11 per step, over some hundred steps"


@claim(
    "logistic/flow-laws",
    over={
        z_0: between(-4, 4),
        w: decades(-1, 1),
        t: between(0, 40),
        # log(w late) / (w late) <= 1.4e-5 for w >= 0.1, and the other remainder 1e-5
        late: decades(7, 9),
    },
    says={
        "GN^-1": equal(
            z_newton, log((1 + exp(z_0)) * exp(t) - 1), rtol=1e-8, atol=1e-8, because=INTEGRATED
        ),
        "GN^-1/2": equal(
            z_root,
            2 * log(exp(z_0 / 2) + sqrt(w) * t / 2),
            rtol=1e-8,
            atol=1e-8,
            because=INTEGRATED,
        ),
        "GD": equal(
            z_gd + exp(z_gd), z_0 + exp(z_0) + w * t, rtol=1e-8, atol=1e-8, because=INTEGRATED
        ),
        "sign": equal(z_sign, z_0 + t, rtol=1e-8, atol=1e-8, because=INTEGRATED),
        "loss of GN^-1": equal(
            loss_newton, exp(-20 - t) / (1 + exp(z_0)), rtol=1e-6, because="e^-20 of it, and e^-z"
        ),
        "loss of GN^-1/2": equal(
            loss_root, 4 / (w * late**2), rtol=1e-4, because="4 e^(z_0/2) / (sqrt w late) of it"
        ),
        "loss of GD": equal(
            loss_gd, 1 / (w * late), rtol=1e-4, because="log(w late) / (w late) of it"
        ),
    },
    where={
        z_newton: "the logit at time t of the flow of GN^-1 from z_0, all labels 1, weight w",
        z_root: "that of GN^-1/2",
        z_gd: "that of GD",
        z_sign: "that of sign descent",
        loss_newton: "log(1 + e^-z) at time 20 + t of the flow of GN^-1",
        loss_root: "that at time `late` of GN^-1/2",
        loss_gd: "that at time `late` of GD",
    },
    cites=derived(VERSION),
    instances=24,
)
def flow_laws(z_0, w, t, late):
    """dz/dt = w^(1+p) (1 - sig)(sig (1 - sig))^p with all labels 1, which separates. p = -1: 1 /
    sig = 1 + e^-z, so d(e^z + 1) = (e^z + 1) dt. p = -1/2: sqrt(w) e^(-z/2), so d e^(z/2) = sqrt(w)
    dt / 2. p = 0: w / (1 + e^z), so d(z + e^z) = w dt. The sign is 1.

    The loss is log(1 + e^-z) ~ e^-z: e^-t for GN^-1 and sign descent, 4 / (w t^2) for GN^-1/2, 1 /
    (w t) for gradient descent. So on separable data the power decides the exponent, and the weight
    w, a unit of time, drops out for GN^-1 alone; sign descent matches it without curvature.

    The last two laws are limits, with what is left out of relative size 1 / t and log t / t; hence
    late times, taken from the closed forms, which the other parts compare with an integrator up to
    t = 40.
    """
    found = {
        name: one_by_one(partial(integrated, power), z_0, w, t)
        for name, power in {z_newton: -1.0, z_root: -0.5, z_gd: 0.0, z_sign: None}.items()
    }
    # 20 more for GN^-1, whose loss is then e^-z to a relative e^-20
    for name, method, time in (
        (loss_newton, "GN^-1", 20 + t),
        (loss_root, "GN^-1/2", late),
        (loss_gd, "GD", late),
    ):
        at = one_by_one(partial(flow, method), z_0, w, time)
        found[name] = np.log1p(np.exp(-at))
    return found


# where the three implicit laws of logistic/flow-laws are at time t: f(z) = f(z_0) + rate t
GROWN = (1 + exp(z_0)) * exp(t)
HALF = exp(z_0 / 2) + sqrt(w) * t / 2
MISS = 1 / (1 + exp(z))
HIT = 1 - MISS


@claim(
    "logistic/flow-equations",
    over={z_0: between(-4, 4), z: between(-8, 8), w: decades(-1, 1), t: between(0, 40)},
    says={
        "GN^-1": identity(diff(log(GROWN - 1), t), 1 / (1 - 1 / GROWN), positive=(t,)),
        "GN^-1 flow": identity(MISS / (HIT * MISS), 1 + exp(-z)),
        "GN^-1/2": identity(diff(2 * log(HALF), t), sqrt(w) / HALF, positive=(w, t)),
        "GN^-1/2 flow": identity(MISS**2 / (HIT * MISS), exp(-z)),
        "GD": identity(diff(z + exp(z), z) * w * MISS, w),
    },
    cites=derived("logistic/flow-laws, differentiated"),
)
def flow_equations():
    """dz/dt = w^(1+p) (1 - sig)(sig (1 - sig))^p. For p = -1 that is 1 + e^-z, and e^z = GROWN - 1
    makes it 1/(1 - 1/GROWN). For p = -1/2 its square is w e^-z, and e^(z/2) = HALF makes it
    sqrt(w)/HALF. For p = 0 it is w (1 - sig), so that z + e^z grows by w per unit of time.

    The explicit laws of logistic/flow-laws, differentiated, are these rates; the implicit one is
    differentiated along z and multiplied by dz/dt. Decided exactly, so that logistic/flow-laws is
    left with the initial values.
    """
    return {}

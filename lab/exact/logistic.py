"""Exact recursions of one-hot logistic regression, logit by logit.

With z = a theta, sig = 1 / (1 + e^-z) and h = pi a^2 sig (1 - sig), the diagonal of the
Gauss-Newton matrix, full batch:

    GD      z+ = z - lr pi a^2 (sig - q)                                response residual
    GN^p    z+ = z - lr (pi a^2)^(1+p) (sig (1 - sig))^p (sig - q)      p = -1 working, -1/2 Pearson
    damped  z+ = z - lr pi a^2 (h + damping)^p (sig - q)
    sign    z+ = z - lr a sign(sig - q)                                 its sign

These need no gradient and no curvature: they are written from the residuals and share no code with
objectives or optimizers. A logit that leaves the floating-point range is inf. (derived, for Liu et
al. 2025; `lab.theory.logistic` has the thresholds)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import logit

from lab.arrays import all_runs, lift, with_runs
from lab.exact.registry import solves
from lab.objectives import OneHotLogistic
from lab.optimizers import SGD, DiagonalGN, SignSGD
from lab.theory.logistic import residual
from lab.trajectory import Trajectory

LOGITS = ("pi", "q", "a")


class Call(NamedTuple):
    """What `exact` was called with.

    t (K,): the recorded steps; theta (*r, n).
    """

    f: OneHotLogistic
    optimizer: object
    theta: np.ndarray
    t: np.ndarray
    batch: int | None


@solves(OneHotLogistic, SGD, of=LOGITS, reads=("lr",))
def gradient_descent(f, optimizer, theta, t, batch):
    """z+ = z - lr pi a^2 (sig - q)"""
    weight = f.pi * f.a**2

    def move(opt, z):
        return opt.lr * weight * residual(z, 0.0, f.q)

    return _iterate(Call(f, optimizer, theta, t, batch), move)


@solves(
    OneHotLogistic,
    DiagonalGN,
    of=LOGITS,
    reads=("lr", "power", "damping", "labels"),
    only={"labels": ("exact",)},
)
def diagonal_gauss_newton(f, optimizer, theta, t, batch):
    """z+ = z - lr pi a^2 (h + damping)^p (sig - q), with the labels of the model."""
    weight = f.pi * f.a**2

    # two forms, since each loses the far logits of the other: h underflows without damping, S
    # overflows with it
    def move(opt, z):
        spread = 2 * np.cosh(z / 2)
        h = weight / spread**2 + opt.damping
        damped = np.where(h > 0, h, 1.0) ** opt.power
        with_damping = weight * damped * residual(z, 0.0, f.q)

        scale = weight ** (1 + opt.power)
        without = scale * residual(z, opt.power, f.q)
        chosen = np.where(opt.damping > 0, with_damping, without)
        return opt.lr * chosen

    return _iterate(Call(f, optimizer, theta, t, batch), move)


@solves(OneHotLogistic, SignSGD, of=LOGITS, reads=("lr",))
def sign_descent(f, optimizer, theta, t, batch):
    """z+ = z - lr a sign(z - z*),  z* = log(q / (1 - q)), which is infinite for separable data"""
    optimum = logit(f.q)

    def move(opt, z):
        return opt.lr * f.a * np.sign(z - optimum)

    return _iterate(Call(f, optimizer, theta, t, batch), move)


def _iterate(call, move):
    """Series "loss" (K, *r) and "theta" (K, *r, n) at the steps t of z+ = z - move(optimizer, z)

    Run axes and sweeps broadcast as in simulate. TypeError for mini-batches.
    """
    f, optimizer, theta, t, batch = call
    if batch is not None:
        raise TypeError(
            f"no closed form for mini-batches (batch = {batch}) of OneHotLogistic; "
            "leave batch out, or simulate"
        )

    start = with_runs(theta, all_runs(optimizer, theta))
    lifted = lift(optimizer, start)
    with np.errstate(over="ignore", invalid="ignore"):
        z = _path(f.a * start, lambda z: move(lifted, z), t)
        loss = _loss(f, z)

    path = _inf_for_nan(z) / f.a
    series = {"loss": _inf_for_nan(loss), "theta": path}
    return Trajectory(t, series, final=path[-1])


def _inf_for_nan(x):
    """inf - inf, where a logit has left the range, is a diverged run too."""
    return np.where(np.isnan(x), np.inf, x)


def _path(z, move, t):
    """The logits (K, *r, n) at the steps t.

    Steps between recorded ones are taken and forgotten: memory is that of K points.
    """
    wanted = set(t.tolist())
    kept = []
    for step in range(t[-1] + 1):
        if step in wanted:
            kept.append(z)
        z = z - move(z)
    return np.stack(kept)


def _loss(f, z):
    """sum_i pi_i (log(1 + e^z_i) - q_i z_i), with terms of one sign."""
    size = np.abs(z)
    softplus = np.log1p(np.exp(-size))

    # the logit, where it stands against the label
    zeros = 1 - f.q
    wrong = np.where(z > 0, zeros, f.q) * size
    terms = f.pi * (softplus + wrong)
    return terms.sum(-1)

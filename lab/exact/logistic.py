"""Exact recursions of one-hot logistic regression, logit by logit.

With z = a theta, sig = 1 / (1 + e^-z) and h = pi a^2 sig (1 - sig), the diagonal of the Gauss-Newton matrix, full batch:

    GD      z+ = z - lr pi a^2 (sig - q)                                                  response residual
    GN^p    z+ = z - lr (pi a^2)^(1+p) (sig (1 - sig))^p (sig - q)                        p = -1 working, p = -1/2 Pearson residual
    damped  z+ = z - lr pi a^2 (h + damping)^p (sig - q)
    sign    z+ = z - lr a sign(sig - q)                                                   its sign

These need no gradient and no curvature: they are written from the residuals and share no code with objectives or optimizers.
A logit that leaves the floating-point range is inf. (derived, for Liu et al. 2025; `lab.theory.logistic` has the thresholds)
"""

from __future__ import annotations

import numpy as np
from scipy.special import logit

from lab.arrays import lift, sweep_shape, with_runs
from lab.exact.registry import solves
from lab.objectives import OneHotLogistic
from lab.optimizers import SGD, DiagonalGN, SignSGD
from lab.theory.logistic import residual
from lab.trajectory import Trajectory


@solves(OneHotLogistic, SGD)
def gradient_descent(f, optimizer, theta, t, batch):
    """z+ = z - lr pi a^2 (sig - q)"""
    return _iterate(f, optimizer, theta, t, batch, lambda opt, z: opt.lr * f.pi * f.a**2 * residual(z, 0.0, f.q))


@solves(OneHotLogistic, DiagonalGN)
def diagonal_gauss_newton(f, optimizer, theta, t, batch):
    """z+ = z - lr pi a^2 (h + damping)^p (sig - q);  TypeError unless labels are "exact", the labels of the model."""
    if optimizer.labels != "exact":
        raise TypeError(f"no closed form for DiagonalGN with labels = {optimizer.labels!r}; there is one for 'exact'")
    weight = f.pi * f.a**2

    def move(opt, z):
        # two forms, since each loses the far logits of the other: h underflows without damping, S overflows with it
        h = weight / (2 * np.cosh(z / 2)) ** 2
        pure = weight ** (1 + opt.power) * residual(z, opt.power, f.q)
        damped = weight * np.where(h + opt.damping > 0, h + opt.damping, 1.0) ** opt.power * residual(z, 0.0, f.q)
        return opt.lr * np.where(opt.damping > 0, damped, pure)

    return _iterate(f, optimizer, theta, t, batch, move)


@solves(OneHotLogistic, SignSGD)
def sign_descent(f, optimizer, theta, t, batch):
    """z+ = z - lr a sign(z - z*),  z* = log(q / (1 - q)), which is infinite for separable data"""
    return _iterate(f, optimizer, theta, t, batch, lambda opt, z: opt.lr * f.a * np.sign(z - logit(f.q)))


def _iterate(f, optimizer, theta, t, batch, move):
    """Series "loss" (K, *r) and "theta" (K, *r, n) at the steps t; run axes and sweeps broadcast as in simulate."""
    if batch is not None:
        raise TypeError(f"no closed form for mini-batches (batch = {batch}) of OneHotLogistic; leave batch out, or simulate")
    theta = with_runs(theta, np.broadcast_shapes(theta.shape[:-1], sweep_shape(optimizer)))
    z, lifted = f.a * theta, lift(optimizer, theta)
    wanted, kept = set(t.tolist()), []
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(t[-1] + 1):
            if step in wanted:
                kept.append(z)
            z = z - move(lifted, z)
        z = np.stack(kept)
        loss = (f.pi * (np.log1p(np.exp(-np.abs(z))) + (1 - f.q) * np.maximum(z, 0) + f.q * np.maximum(-z, 0))).sum(-1)
    path = np.where(np.isnan(z), np.inf, z) / f.a
    return Trajectory(t, {"loss": np.where(np.isnan(loss), np.inf, loss), "theta": path}, final=path[-1])

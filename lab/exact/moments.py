"""The expected loss of SGD with a fixed preconditioner on Gaussian linear regression.

In any basis, at any batch size. E[f(theta_t)] = (E[delta_t^T Sigma delta_t] + noise^2) / 2 follows
from the recursion of lab.theory.recursion, with momentum from that of lab.exact.carried: exact,
without an error series, whichever sampler the objective has. theta (*r, n) and sweeps of the
hyper-parameters broadcast as in simulate.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import runs, sweep_shape
from lab.checks import real
from lab.exact.carried import Memory, carried_risk
from lab.exact.registry import honoured, solves
from lab.linalg import symmetric_power, transposed
from lab.matrix_checks import square
from lab.objectives import GaussianRegression
from lab.optimizers import SGD, DiagonalGN, GaussNewton, InVariables, lr_of
from lab.theory.recursion import modes, risk_curve
from lab.trajectory import Trajectory

REGRESSION = ("sigma", "theta_star", "noise", "sampler")
EXACT_LABELS = {"labels": ("exact",)}


@solves(
    GaussianRegression,
    SGD,
    of=REGRESSION,
    reads=("lr", "momentum", "dampening", "nesterov"),
)
@solves(
    GaussianRegression,
    DiagonalGN,
    of=REGRESSION,
    reads=("lr", "power", "damping", "labels"),
    only=EXACT_LABELS,
)
@solves(
    GaussianRegression,
    GaussNewton,
    of=REGRESSION,
    reads=("lr", "damping", "labels"),
    only=EXACT_LABELS,
)
@solves(GaussianRegression, InVariables, of=REGRESSION, reads=("change", "inner"))
def expected_loss(objective, optimizer, theta, t, batch):
    """Series "loss", (K, *r).

    TypeError for a preconditioner that depends on the batch (labels "sampled" or "true") or on the
    gradient.

    Any t costs as many steps of an O(n) recursion; the eigenbasis is found once. Momentum couples
    the moments E d^2, E d b, E b^2. The series begins with the loss of theta itself; no "theta" is
    recorded, which is random.
    """
    q, m = _modes(objective, optimizer, theta - objective.theta_star)
    # the rate may sweep, and the modes do not depend on it
    q = np.asarray(lr_of(optimizer))[..., None] * q
    memory = _memory(optimizer)
    if np.any(memory.momentum):
        risk = carried_risk(q, m, memory, t, batch=batch, noise=objective.noise)
    else:
        risk = risk_curve(q, m, t, batch, objective.noise)

    shape = np.broadcast_shapes(runs(theta), sweep_shape(optimizer))
    loss = (risk + objective.noise**2) / 2
    return Trajectory(t, {"loss": np.broadcast_to(loss, (len(t), *shape))})


def _memory(optimizer) -> Memory:
    """The momentum of the method inside all bases, (*r, 1).

    All 0 for methods that have no momentum.
    """
    if isinstance(optimizer, InVariables):
        return _memory(optimizer.inner)
    if not isinstance(optimizer, SGD):
        return Memory(np.zeros(1), np.zeros(1), False)
    momentum = np.asarray(optimizer.momentum)[..., None]
    dampening = np.asarray(optimizer.dampening)[..., None]
    return Memory(momentum, dampening, optimizer.nesterov)


def _modes(objective, optimizer, delta):
    """q and m of lab.theory.recursion, without the learning rate."""
    # SGD with a diagonal Sigma needs no eigenbasis
    sigma = objective.sigma
    if isinstance(optimizer, SGD):
        return modes(np.ones(len(sigma)), sigma, delta)
    dense = np.diag(sigma) if sigma.ndim == 1 else sigma
    return modes(_preconditioner(optimizer, dense), dense, delta)


def preconditioner(optimizer, sigma: np.ndarray) -> np.ndarray:
    """P (*p, n, n) with delta = -lr P g when the curvature is sigma (n, n) positive semi-definite

    Without the learning rate; *p the sweep of power and damping. TypeError for a method whose step
    is not such a fixed P.
    """
    sigma = square("sigma", real("sigma", sigma, 2))
    p = _preconditioner(optimizer, sigma)
    if np.any(_memory(optimizer).momentum):
        raise TypeError("optimizer has SGD.momentum > 0: its step is no fixed matrix times g")
    return p


def _preconditioner(optimizer, sigma):
    """P of the gradient, or of the average of gradients."""
    if isinstance(optimizer, InVariables):
        basis = optimizer.change
        if not hasattr(basis, "rows"):
            change = type(basis).__name__
            raise TypeError(
                f"no closed form for InVariables.change = {change}; "
                "there is one for an Orthogonal basis"
            )
        inside = _preconditioner(optimizer.inner, _both_sides(basis.to, sigma))
        return _both_sides(basis.back, inside)

    kind = type(optimizer)
    if kind not in (SGD, DiagonalGN, GaussNewton):
        raise TypeError(
            f"no closed form for {kind.__name__}: its step is no fixed matrix times the gradient"
        )
    honoured(GaussianRegression, optimizer)
    # the rate stands apart, and momentum in the recursion
    if kind is SGD:
        return np.eye(len(sigma))
    return _inverse_curvature(optimizer, sigma)


def _inverse_curvature(optimizer, sigma):
    """(Sigma + damping I)^-1, or (diag(Sigma) + damping)^power."""
    eye = np.eye(len(sigma))
    damping = np.asarray(optimizer.damping)[..., None]
    if isinstance(optimizer, GaussNewton):
        return symmetric_power(sigma + damping[..., None] * eye, -1.0)

    # a coordinate without curvature has no gradient either: it rests
    h = np.diag(sigma) + damping
    power = np.asarray(optimizer.power)[..., None]
    diagonal = np.where(h > 0, np.where(h > 0, h, 1.0) ** power, 0.0)
    return diagonal[..., None] * eye


def _both_sides(turn, matrix):
    """A X A^T for the map x -> A x on vectors, applied to the rows of X and then to its columns."""
    # bases act on the last axis, so the columns take two transpositions
    return transposed(turn(transposed(turn(matrix))))

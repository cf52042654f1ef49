"""Closed forms on quadratics that are those of a method inside, on another quadratic."""

from __future__ import annotations

import numpy as np

from lab.arrays import lift
from lab.curvature import Dense
from lab.exact.bowl import BOWL, Bowl, bowl, prepared, trajectory
from lab.exact.registry import solver_of, solves
from lab.exact.rules import evolve, modes, rule_of
from lab.linalg import matvec, ratio, transposed
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.first_order import Nesterov
from lab.optimizers.protocol import lr_of
from lab.optimizers.wrappers.in_basis import InBasis
from lab.optimizers.wrappers.regularized import L2, Regularized


@solves(Quadratic, InBasis, of=BOWL, reads=("basis", "inner"))
def in_basis(f, optimizer, theta, t, batch):
    """InBasis(Q, opt) on f is opt on f(Q z): theta_t = Q z_t

    z_t is the closed form of opt on Q^T H Q from z_0 = Q^T theta_0. Nests. TypeError when the inner
    optimizer has no closed form, or for a basis of Layers. ValueError for a basis of another
    dimension.
    """
    # the bowl, not f: its minimum would be searched again in every basis
    b = bowl(f, batch)
    basis = optimizer.basis
    if not hasattr(basis, "rows"):
        kind = type(basis).__name__
        raise TypeError(f"InBasis.basis is {kind}: a vector problem needs an Orthogonal basis")
    if basis.q.shape[-1] != theta.shape[-1]:
        raise ValueError(
            f"InBasis.basis has dimension {basis.q.shape[-1]}: theta has {theta.shape[-1]}"
        )

    h = Dense(b.h).rotated(basis).dense()
    rotated = Bowl(h, basis.to(b.minimiser), b.lowest)
    solver = solver_of(Quadratic, type(optimizer.inner))
    inside = solver(rotated, optimizer.inner, basis.to(theta), t, None)
    return trajectory(t, basis.back(inside["theta"]), inside["loss"])


@solves(Quadratic, Regularized, of=BOWL, reads=("inner", "penalty", "on", "form", "times"))
def regularized(f, optimizer, theta, t, batch):
    """on="p": the path of `inner` on f + weight_decay |theta|^2 / 2, and the loss of f along it

    on="z": the rule of `inner` with decay beside it, see `decoupled`.
    TypeError for another penalty than L2.
    """
    if type(optimizer.penalty) is not L2:
        kind = type(optimizer.penalty).__name__
        raise TypeError(
            f"no closed form for Regularized.penalty of type {kind}; there is one for L2; use simulate"
        )
    solve = coupled if optimizer.on == "p" else decoupled
    return solve(bowl(f, batch), optimizer, theta, t)


def coupled(b: Bowl, optimizer, theta, t):
    """`inner` on the bowl of H + weight_decay I, whose minimiser in a mode is q x* / (q + decay)."""
    decay = np.asarray(lift(optimizer, theta).penalty.weight_decay)
    m = modes(b.h)
    turn = transposed(m.v)
    shrunk = ratio(m.q, m.q + decay, 1.0) * matvec(turn, b.minimiser)

    h = b.h + decay[..., None] * np.eye(b.h.shape[-1])
    both = Bowl(h, matvec(m.v, shrunk), 0.0)
    solver = solver_of(Quadratic, type(optimizer.inner))
    path = solver(both, optimizer.inner, theta, t, None)["theta"]

    away = matvec(turn, path - b.minimiser)
    excess = (np.sqrt(m.q / 2) * away) ** 2
    return trajectory(t, path, b.lowest + excess.sum(-1))


def decoupled(b: Bowl, optimizer, theta, t):
    """theta+ = (1 - decay) theta + share delta,  r = weight_decay, times lr with times="lr"

    (decay, share) is (r, 1) for form="before", (r, 1 - r) for "after", (r, 1) / (1 + r) for "prox".
    times="schedule" multiplies by lr / lr_0, which is 1 here, as is times="one".
    TypeError for ascent, which has no fixed point where it balances the decay, and for Nesterov,
    whose memory is a point that the decay has not moved.
    """
    p = prepared(b, optimizer, theta, t, None)
    o = p.optimizer
    inside = rule_of(b, o.inner)
    if isinstance(o.inner, Nesterov) or np.any(inside.gain < 0):
        kind = type(o.inner).__name__
        raise TypeError(
            f"no closed form for Regularized.on = 'z' around {kind}; there is one for on = 'p', "
            "or around SGD with momentum and nesterov; use simulate"
        )

    rate = lr_of(o.inner) if o.times == "lr" else 1.0
    r = rate * o.penalty.weight_decay
    decay = r / (1 + r) if o.form == "prox" else r
    share = 1.0 if o.form == "before" else 1 - decay
    return evolve(p, inside._replace(decay=decay, share=share))

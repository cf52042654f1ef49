"""Closed forms on quadratics that are those of a method inside, on another quadratic.

A basis turns H, an L2 penalty on p shifts it, decay beside the step shrinks towards 0: what is left
is a quadratic and a method for which there may be a closed form again. TypeError where there is
none, naming the method inside.
"""

from __future__ import annotations

import numpy as np

from lab.arrays import lift
from lab.curvature import Dense
from lab.exact.bowl import BOWL, Bowl, bowl, prepared, trajectory
from lab.exact.registry import solver_of, solves
from lab.exact.rules import evolve, excess, modes, rule_of
from lab.linalg import matvec, ratio, transposed
from lab.objectives.quadratic import Quadratic
from lab.optimizers.gradient.first_order import Nesterov
from lab.optimizers.protocol import lr_of
from lab.optimizers.wrappers.in_variables import InVariables
from lab.optimizers.wrappers.penalties import L2
from lab.optimizers.wrappers.regularized import Regularized


@solves(Quadratic, InVariables, of=BOWL, reads=("change", "inner"))
def in_basis(f, optimizer, theta, t, batch):
    """InBasis(Q, opt) on f is opt on f(Q z): theta_t = Q z_t

    z_t is the closed form of opt on Q^T H Q from z_0 = Q^T theta_0. Nests. TypeError when the inner
    optimizer has no closed form, or for a basis of Layers. ValueError for a basis of another
    dimension.

    The loss does not depend on the basis; theta is turned back.
    """
    # the bowl, not f: its minimum would be searched again in every basis
    b = bowl(f, batch)
    basis = optimizer.change
    if not hasattr(basis, "rows"):
        kind = type(basis).__name__
        raise TypeError(f"InBasis.basis is {kind}: a vector problem needs an Orthogonal basis")
    size = basis.q.shape[-1]
    n = theta.shape[-1]
    if size != n:
        raise ValueError(f"InBasis.basis has dimension {size}: theta has {n}")

    curvature = Dense(b.h).rotated(basis)
    minimiser = basis.to(b.minimiser)
    rotated = Bowl(curvature.dense(), minimiser, b.lowest)
    inner = optimizer.inner
    solver = solver_of(Quadratic, type(inner))
    start = basis.to(theta)
    inside = solver(rotated, inner, start, t, None)
    path = basis.back(inside["theta"])
    return trajectory(t, path, inside["loss"])


@solves(Quadratic, Regularized, of=BOWL, reads=("inner", "penalty", "on", "form", "times"))
def regularized(f, optimizer, theta, t, batch):
    """on="p": the path of `inner` on f + weight_decay |theta|^2 / 2, and the loss of f along it

    on="z": the rule of `inner` with decay beside it, see `decoupled`.
    TypeError for another penalty than L2.
    """
    if type(optimizer.penalty) is not L2:
        kind = type(optimizer.penalty).__name__
        raise TypeError(
            f"no closed form for Regularized.penalty of type {kind}; there is one for L2; "
            "use simulate"
        )
    solve = coupled if optimizer.on == "p" else decoupled
    b = bowl(f, batch)
    return solve(b, optimizer, theta, t)


def coupled(b: Bowl, optimizer, theta, t):
    """`inner` on H + weight_decay I, whose minimiser in a mode is q x* / (q + weight_decay).

    theta* moves towards 0 by the factor q / (q + weight_decay); a mode without curvature and
    without decay keeps its place (kept = 1). TypeError for form = "prox", another path.
    """
    if optimizer.form != "before":
        raise TypeError(
            f"no closed form for Regularized.form = {optimizer.form!r} with on = 'p'; "
            "there is one for form = 'before'; use simulate"
        )
    penalty = lift(optimizer, theta).penalty
    decay = np.asarray(penalty.weight_decay)
    m = modes(b.h)
    turn = transposed(m.v)

    # modes of H are those of H + weight_decay I: one eigendecomposition serves both
    both = m.q + decay
    kept = ratio(m.q, both, 1.0)
    shrunk = kept * matvec(turn, b.minimiser)
    minimiser = matvec(m.v, shrunk)
    n = b.h.shape[-1]
    eye = np.eye(n)
    shift = decay[..., None] * eye
    penalised = Bowl(b.h + shift, minimiser, 0.0)

    inner = optimizer.inner
    solver = solver_of(Quadratic, type(inner))
    inside = solver(penalised, inner, theta, t, None)
    path = inside["theta"]
    away = matvec(turn, path - b.minimiser)
    loss = b.lowest + excess(m, away)
    return trajectory(t, path, loss)


def decoupled(b: Bowl, optimizer, theta, t):
    """theta+ = (1 - decay) theta + share delta,  r = weight_decay, times lr with times="lr"

    (decay, share) is (r, 1) for form="before", (r, 1 - r) for "after", (r, 1) / (1 + r) for "prox".
    times="schedule" multiplies by lr / lr_0, which is 1 here, as is times="one".
    TypeError for ascent, which has no fixed point where it balances the decay, and for Nesterov,
    whose memory is a point that the decay has not moved.

    With r = 0 this is `inner`. Loshchilov & Hutter 2019 have form "before" with times "schedule",
    torch.optim.AdamW has times "lr".
    """
    p = prepared(b, optimizer, theta, t, None)
    o = p.optimizer
    inside = rule_of(b, o.inner)
    climbs = np.any(inside.gain < 0)
    if climbs or isinstance(o.inner, Nesterov):
        kind = type(o.inner).__name__
        raise TypeError(
            f"no closed form for Regularized.on = 'z' around {kind}; there is one for on = 'p', "
            "or around SGD with momentum and nesterov; use simulate"
        )

    # constant rates only: a schedule is at lr / lr_0 = 1 for ever
    rate = lr_of(o.inner) if o.times == "lr" else 1.0
    r = rate * o.penalty.weight_decay
    if o.form == "prox":
        r = r / (1 + r)
    share = 1.0 if o.form == "before" else 1 - r
    rule = inside._replace(decay=r, share=share)
    return evolve(p, rule)

"""The expected risk of SGD with momentum on Gaussian linear regression: a recursion of moments.

In the eigenbasis of lab.theory.recursion, d a coordinate of the whitened theta - theta_star, q its
eigenvalue, g the gradient in it (learning rate included) and b the sum that momentum keeps,

    b+ = momentum b + (1 - dampening) g,    d+ = d - b+,  or d - g - momentum b+ (nesterov)

close the second moments E d^2, E d b, E b^2 of every coordinate, coupled by the risk R = sum E d^2:
    E[g | d] = q d,    E[g^2] = (1 + 1/B) q^2 E d^2 + (1/B) q^2 (R + noise^2)
(derived; checked against the recursion of the full 2n x 2n second moment)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.theory.recursion import inverse_batch


class Memory(NamedTuple):
    """The hyper-parameters of the sum, (*r, 1)."""

    momentum: np.ndarray
    dampening: np.ndarray
    nesterov: bool


class Second(NamedTuple):
    """E d^2, E d b, E b^2, each (*r, n)."""

    dd: np.ndarray
    db: np.ndarray
    bb: np.ndarray


def carried_risk(
    q: np.ndarray,
    m: np.ndarray,
    memory: Memory,
    t: np.ndarray,
    *,
    batch: int | None,
    noise: float,
) -> np.ndarray:
    """E[delta^T Sigma delta] at the steps t: twice the excess loss, shape (K, *r)

    q, m (*r, n) as lab.theory.recursion.modes has them, q with the learning rate. O(n) per step,
    stepped. A diverging risk becomes inf. The full batch (None) has no noise of examples, and label
    noise drops out with it.
    """
    inverse = inverse_batch(batch)
    square = q**2

    # in the shape of all runs from the start
    shape = np.broadcast_shapes(q.shape, m.shape, memory.momentum.shape, memory.dampening.shape)
    zero = np.zeros(shape)
    now = Second(m + zero, zero, zero)

    # dampening does not touch the first gradient
    acting = memory._replace(dampening=np.zeros(1))
    wanted = set(t.tolist())
    kept = []
    for step in range(t[-1] + 1):
        risk = now.dd.sum(-1, keepdims=True)
        if step in wanted:
            kept.append(risk[..., 0])

        seen = (1 + inverse) * now.dd
        heat = inverse * (risk + noise**2)
        gg = square * (seen + heat)
        now = _stepped(now, q, gg, acting)
        acting = memory

    found = np.stack(kept)
    return np.where(np.isnan(found), np.inf, found)


def _stepped(now: Second, q, gg, memory: Memory) -> Second:
    """The moments one step later; gg is E g^2.

    With momentum = 0 and dampening = 0 the memory is the gradient, and E d^2 follows the recursion
    of SGD: (1 - 2 q) E d^2 + E g^2. Products with g use E[g | d, b] = q d: the batch is fresh.
    """
    beta = memory.momentum
    weight = 1 - memory.dampening
    dg = q * now.dd
    bg = q * now.db

    # with the new b
    db = beta * now.db + weight * dg
    gb = beta * bg + weight * gg
    bb = beta**2 * now.bb + beta * weight * bg + weight * gb

    # the step u: its product with d, with b, with itself
    if memory.nesterov:
        du = dg + beta * db
        bu = gb + beta * bb
        uu = gg + beta * gb + beta * bu
    else:
        du = db
        bu = bb
        uu = bb
    return Second(now.dd - 2 * du + uu, db - bu, bb)

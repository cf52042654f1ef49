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
    """The hyper-parameters of the sum, numbers or (*r, 1)."""

    momentum: np.ndarray | float
    dampening: np.ndarray | float
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
    batch: int | None,
    noise: float,
) -> np.ndarray:
    """E[delta^T Sigma delta] at the steps t: twice the excess loss, shape (K, *r)

    q, m (*r, n) as lab.theory.recursion.modes has them, q with the learning rate. O(n) per step,
    stepped. A diverging risk becomes inf.
    """
    inverse = inverse_batch(batch)
    now = Second(m, np.zeros_like(m), np.zeros_like(m))
    first = memory._replace(dampening=0.0)
    wanted = set(t.tolist())
    kept = []
    for step in range(t[-1] + 1):
        risk = now.dd.sum(-1, keepdims=True)
        if step in wanted:
            kept.append(risk[..., 0])

        heat = inverse * q**2 * (risk + noise**2)
        gg = (1 + inverse) * q**2 * now.dd + heat
        # dampening does not touch the first gradient
        now = _stepped(now, q, gg, memory if step else first)

    # the first steps have not met the sweep yet
    risks = np.broadcast_arrays(*kept, now.dd[..., 0])[:-1]
    found = np.stack(risks)
    return np.where(np.isnan(found), np.inf, found)


def _stepped(now: Second, q, gg, memory: Memory) -> Second:
    """The moments one step later; gg is E g^2."""
    beta = memory.momentum
    weight = 1 - memory.dampening
    dg = q * now.dd
    bg = q * now.db

    # with the new b
    db = beta * now.db + weight * dg
    bb = beta**2 * now.bb + 2 * beta * weight * bg + weight**2 * gg
    if not memory.nesterov:
        return Second(now.dd - 2 * db + bb, db - bb, bb)

    gb = beta * bg + weight * gg
    step = gg + 2 * beta * gb + beta**2 * bb
    return Second(now.dd - 2 * (dg + beta * db) + step, db - gb - beta * bb, bb)

"""Functions of one variable to look for violations of worst-case bounds: phi'' is constant between
knots.

With enough knots, and curvatures between 0 and L, they come as near as one likes to every convex
L-smooth function of one variable; four knots hold Huber's function and quadratics, which are
extremal for most bounds. They cannot show that a bound holds, only that it fails.
"""

from __future__ import annotations

import numpy as np

from lab.claims.formulas import evaluate
from lab.claims.spaces import Piece
from lab.objectives.worst_case import PiecewiseQuadratic

# phi'' between the knots of Huber's function, whose slope is constant outside the inner two
HUBER = np.array([0.0, 0.0, 1.0, 0.0, 0.0])


def curvatures(low, high) -> Piece:
    """c (R, 5), each entry low or high or, in two fifths of the draws, between them; formulas in
    symbols declared before.

    As a piece of a space it has five coordinates; two ends that are formulas let the range follow
    symbols that a hypothesis is about.
    """

    def at(u, values):
        ends = [np.asarray(evaluate(end, values))[..., None] for end in (low, high)]
        share = np.clip(2.5 * u - 0.75, 0.0, 1.0)
        return ends[0] + (ends[1] - ends[0]) * share

    return Piece(f"[{low}, {high}]^5", at, size=lambda largest: 5)


def functions(delta, s, c, dims: int = 1) -> list[PiecewiseQuadratic]:
    """phi(x_1) + ... + phi(x_dims), with phi'' = c_0 ... c_4 between -s delta, -delta, delta and s
    delta; one per instance.

    delta, s (R,), c (R, 5) or (5,). dims > 1 is the sum over coordinates, smooth and convex as phi
    is.
    """
    knots = delta[:, None] * np.stack([-s, -np.ones_like(s), np.ones_like(s), s], -1)
    c = np.broadcast_to(c, (len(knots), 5))
    return [PiecewiseQuadratic(k, row, dims) for k, row in zip(knots, c, strict=True)]


def least(f: PiecewiseQuadratic) -> float:
    """The minimum of a function of one variable that grows at both ends: the lowest value at a zero
    of phi', which the linear pieces of phi' on both sides of every knot contain."""
    slope = f.grad(f.knots[:, None])[:, 0]
    roots = [np.zeros(1)]
    for c in (f.curvatures[:-1], f.curvatures[1:]):
        bent = c != 0
        roots.append(f.knots[bent] - slope[bent] / c[bent])
    return float(f.loss(np.concatenate(roots)[:, None]).min())

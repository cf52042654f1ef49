"""Linear minimisation over balls of matrix norms: sign descent, Muon, normalised steps.

Delta(G) is the point of the unit ball with the largest <G, Delta>; its value is the dual norm of G.
max: signs (sum); spectral: the polar factor (nuclear), Muon's step; row and column: normalised rows
or columns; Frobenius: G / |G|; nuclear: the leading pair of singular vectors (spectral); sum: one
entry.

A step along -Delta(M), M a buffer for the gradient G, descends by the dual norm of G less what the
buffer is wrong by: with L the smoothness of f in the norm, f(W - lr Delta(M)) <= f(W) - lr |G|_* +
2 lr |G - M|_* + L lr^2 / 2. The last term is the descent lemma's; the others are claimed here. A
root with singular values in [1 - E, 1 + E] in place of the polar factor has <G, X> >= (1 - E) |G|_*
and a norm of at most 1 + E: both terms change by such a factor, no more.
"""

from __future__ import annotations

import numpy as np

from lab.claims import at_most, choice, claim, decades, derived, equal, symbols
from lab.claims.kronecker.drawn import normals
from lab.theory.kronecker.minimisers import dual_norm, matrix_norm, steepest

norm, kind, G, D, M, t, scale = symbols("norm kind G D M t scale")
value, dual_of, size, other, lost, gap = symbols("value dual_of size other lost gap")

NORMS = ("max", "spectral", "row", "column", "frobenius", "nuclear", "sum")
# where a minimiser is unique, and where it is not
KINDS = {
    "normal": lambda g: g,
    "rank one": lambda g: g[:, :, :1] * g[:, :1, :],
    "sparse": lambda g: np.where(np.abs(g) > 1, g, 0.0),
    "integer": lambda g: np.round(g),
}


@claim(
    "lmo/duality",
    over={
        norm: choice(*NORMS),
        kind: choice(*KINDS),
        G: normals(3, 4),
        D: normals(3, 4),
        M: normals(3, 4),
        # down to where the 2 is attained, up to buffers that are nothing but noise
        t: decades(-4, 1),
        scale: decades(-3, 3),
    },
    says={
        "value": equal(value, scale * dual_of, rtol=1e-12, because="rounding"),
        "inside": at_most(size, 1),
        "ball": at_most(other, scale * dual_of),
        "buffer": at_most(lost, 2 * gap, slack=1e-9, because="differences of norms"),
    },
    where={
        value: "<G', Delta(G')>, G' = scale G of the kind named",
        dual_of: "the dual norm of G",
        size: "|Delta(G')|",
        other: "<G', D'> / |D'|, D' = Delta(G') + t D",
        lost: "|G|_* - <G, Delta(M')>, M' = -t G or G + t M, in turn",
        gap: "|G - M'|_*",
    },
    cites=derived("norms and their duals; the 2 is what a direction of a buffer costs"),
    # a dozen of each norm
    instances=84,
)
def duality(norm, kind, G, D, M, t, scale):
    """value: <G, Delta(G)> = |G|_* by the table of lab.theory.kronecker.minimisers, norm by norm;
    Delta does not change when G is multiplied by a positive number. ball: <G, D> <= |G|_* |D| is
    the definition of the dual norm, with equality along Delta. Delta is the subgradient of the dual
    norm of least Frobenius norm: 0 on zero entries, rows and null spaces.

    buffer: <G, Delta(M)> = |M|_* + <G - M, Delta(M)> >= |M|_* - |G - M|_*, as |Delta(M)| <= 1, and
    |M|_* >= |G|_* - |G - M|_*. Each triangle inequality costs one |G - M|_*: hence the 2. At M = -t
    G what is lost is 2 |G|_* and the gap (1 + t) |G|_*: the 2 is attained as t -> 0, by a buffer
    that is almost nothing and points the wrong way.

    Space: matrices (3, 4), normal, of rank one, sparse (zero rows and entries, where the minimiser
    is not unique and 0 is the sign of 0) and of small integers (ties), over six decades of scale,
    on which Delta does not depend. Buffers are opposed to G, or G and noise. "ball" would show a
    minimiser that is not one: no other direction, divided by its norm, has a larger product."""
    g = KINDS[kind](G)
    moved = scale[:, None, None] * g
    best = steepest(moved, norm)
    step = t[:, None, None]
    point = best + step * D
    # alternate instances: half of them come near the 2, half are what a momentum buffer looks like
    opposed = np.arange(len(g))[:, None, None] % 2 == 0
    buffer = np.where(opposed, -step * g, g + step * M)
    kept = (g * steepest(buffer, norm)).sum((-2, -1))
    return {
        value: (moved * best).sum((-2, -1)),
        dual_of: dual_norm(g, norm),
        size: matrix_norm(best, norm),
        other: (moved * point).sum((-2, -1)) / matrix_norm(point, norm),
        lost: dual_norm(g, norm) - kept,
        gap: dual_norm(g - buffer, norm),
    }

"""Linear minimisation over the unit ball of a matrix norm: the directions of sign descent, Muon,
normalised and coordinate descent.

min over |D| <= 1 of <G, D> is -|G|_dual, attained at D = -Delta(G). Matrices are (*r, m, n).

norm        |D|                     dual        Delta(G)
max         largest |entry|         sum         sign G
spectral    sigma_1                 nuclear     polar factor U V^T
row         largest 2-norm of rows  their sum   rows over their norms
column      the same of columns     their sum   columns over their norms
frobenius   Frobenius               Frobenius   G / |G|_F
nuclear     sum of sigma            spectral    u_1 v_1^T
sum         sum of |entries|        max         the sign at the first largest |entry|

Where the minimiser is not unique (zero entries, rows, singular values), Delta is the one of least
Frobenius norm; ties of the last two go to the first. Delta(0) = 0, Delta(c G) = Delta(G) for c > 0,
and Delta is discontinuous where the rank drops. An operator norm scaled by r has Delta / r.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.checks import one_of
from lab.domains import in_range
from lab.linalg import polar_factor, ratio
from lab.matrix_checks import matrices

Norm = Literal["max", "spectral", "row", "column", "frobenius", "nuclear", "sum"]
DUAL: dict[str, Norm] = {
    "max": "sum",
    "spectral": "nuclear",
    "frobenius": "frobenius",
    "nuclear": "spectral",
    "sum": "max",
}


@in_range
def matrix_norm(
    d: np.ndarray,
    norm: Norm,
) -> np.ndarray:
    """|D| in one of the seven norms, (*r,). ValueError for another name, as below."""
    d = matrices("d", d)
    if _known(norm) in ("row", "column"):
        return _lengths(d, norm).max((-2, -1))
    return _norms(d, norm)


@in_range
def dual_norm(
    g: np.ndarray,
    norm: Norm,
) -> np.ndarray:
    """max <G, D> over |D| <= 1, (*r,): what a step of length eta gains, eta |G|_dual, at first."""
    g = matrices("g", g)
    if _known(norm) in ("row", "column"):
        return _lengths(g, norm).sum((-2, -1))
    return _norms(g, DUAL[norm])


def _known(norm):
    """The name itself, which is one of the seven."""
    one_of("norm", norm, (*DUAL, "row", "column"))
    return norm


def _lengths(d, norm):
    """2-norms of the rows (*r, m, 1) or the columns (*r, 1, n)."""
    axis = -1 if norm == "row" else -2
    return np.linalg.norm(d, axis=axis, keepdims=True)


def _norms(d, norm):
    """The norms that are norms of the entries, or of the singular values."""
    # each is the infinity-, 2- or 1-norm of one list or the other
    if norm in ("max", "sum", "frobenius"):
        values = np.abs(d).reshape(*d.shape[:-2], -1)
    else:
        values = np.linalg.svd(d, compute_uv=False)

    if norm in ("max", "spectral"):
        return values.max(-1)
    if norm == "frobenius":
        return np.linalg.norm(values, axis=-1)
    return values.sum(-1)


@in_range
def steepest(
    g: np.ndarray,
    norm: Norm,
) -> np.ndarray:
    """Delta(G), (*r, m, n): <G, Delta> = |G|_dual and |Delta| <= 1.

    Where f is L-smooth in the norm, W - eta Delta(G) lowers it by at least eta |G|_dual - L eta^2 /
    2, most at eta = |G|_dual / L, by |G|_dual^2 / (2 L). That step is gradient descent in the
    Frobenius norm only; the others forget all of G but Delta and one number.
    """
    g = matrices("g", g)
    _known(norm)
    if norm == "max":
        return np.sign(g)
    if norm == "spectral":
        return polar_factor(g)
    if norm in ("row", "column"):
        return ratio(g, _lengths(g, norm))
    if norm == "frobenius":
        size = np.linalg.norm(g, axis=(-2, -1), keepdims=True)
        return ratio(g, size)
    return _first_pair(g) if norm == "nuclear" else _largest_entry(g)


def _first_pair(g):
    """u_1 v_1^T, 0 for G = 0."""
    u, s, vt = np.linalg.svd(g, full_matrices=False)
    pair = u[..., :, :1] * vt[..., :1, :]
    return np.where(s[..., :1, None] > 0, pair, 0.0)


def _largest_entry(g):
    """The sign of the first largest |entry|, in row-major order, 0 elsewhere."""
    # argmax answers the first of equal ones
    flat = g.reshape(*g.shape[:-2], -1)
    place = np.abs(flat).argmax(-1)
    chosen = np.arange(flat.shape[-1]) == place[..., None]
    signs = np.where(chosen, np.sign(flat), 0.0)
    return signs.reshape(g.shape)

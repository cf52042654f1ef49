"""Linear minimisation oracles: the steepest direction of a gradient in a norm of matrices.

argmin_{|D| <= 1} <G, D> = -Delta(G),    <G, Delta(G)> = |G|_*, the dual norm

    norm        |D|                     Delta(G)                     |G|_*
    sign        largest |entry|         sign G                       sum of |entries|
    spectral    largest singular value  U V^T                        sum of singular values
    row         longest row             every row over its length    sum of the rows' lengths
    column      longest column          every column over its length sum of the columns' lengths
    frobenius   |D|_F                   G / |G|_F                    |G|_F

Where several D attain the minimum, Delta is the one of least length: 0 for a zero entry, row or
column, and on null spaces. A block of order 1 is one column, of order k > 2 the matrix
(d_1, d_2 ... d_k). Delta(c G) = Delta(G) for c > 0, and Delta is not continuous where a row, a
column or a singular value vanishes.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from lab.arrays import Params, Scalar, each_tensor, per_matrix, tensors
from lab.curvature import Diagonal
from lab.linalg import ratio
from lab.metrics import Kronecker, PerTensor
from lab.optimizers.matrix.polar import Root, as_matrix, divides, frobenius, orthogonal

Norm = Literal["sign", "spectral", "row", "column", "frobenius"]
NORMS = ("sign", "spectral", "row", "column", "frobenius")
Scale = Literal["none", "shape", "operator"]


def steepest(norm, x, root, iterations, eps):
    """Delta(X) for matrices (*r, m, n); the root of "spectral" may be an approximate one."""
    if norm == "spectral":
        return orthogonal(x, root, iterations, eps)
    # 0/0 = 0: the shortest of the directions that are steepest
    return ratio(x, lengths(norm, x))


def lengths(norm: str, x: np.ndarray) -> np.ndarray:
    """What divides the entries of X, broadcast over them, for all norms but "spectral"."""
    if norm == "sign":
        return np.abs(x)
    if norm == "frobenius":
        return frobenius(x)
    axis = -1 if norm == "row" else -2
    return np.sqrt((x**2).sum(axis, keepdims=True))


def factor(norm: str, scale: Scale, rows: int, columns: int) -> float:
    """The radius of the ball.

    "none": 1. "shape": sqrt(max(1, rows / columns)) (Muon). "operator": the ball of an operator
    norm between RMS norms, which keeps the change of a layer's output the same at all widths
    (Scion): RMS -> RMS for "spectral", sqrt(rows / columns); 1 -> RMS for "column", sqrt(rows);
    RMS -> largest entry for "row" and "sign", 1 / sqrt(columns) and 1 / columns; the RMS of all
    entries for "frobenius", sqrt(rows columns).
    """
    if scale == "none":
        return 1.0
    if scale == "shape":
        return np.sqrt(max(1.0, rows / columns))
    # each is 1 over the named norm of Delta, of full rank and without zeros
    return {
        "sign": 1 / columns,
        "spectral": np.sqrt(rows / columns),
        "row": 1 / np.sqrt(columns),
        "column": np.sqrt(rows),
        "frobenius": np.sqrt(rows * columns),
    }[norm]


def metric(norm, k, u, radius, *, root, iterations, eps):
    """M with M (radius Delta(U)) = U, of one tensor of order k."""
    x = as_matrix(k, u)
    # the one norm whose direction is no division of entries
    if norm == "spectral":
        on_first = divides(x, root, iterations, eps) / radius
        others = [np.eye(d) for d in u.shape[u.ndim - k + 1 :]]
        return Kronecker(((on_first, *others),), (1.0,))
    d = np.broadcast_to(lengths(norm, x), x.shape) / radius
    return Diagonal(d.reshape(u.shape))


def spectral(
    u: Params,
    eps: Scalar,
    root: Root,
    iterations: int,
    scale: Scale = "none",
) -> Params:
    """radius Delta(U) of the spectral norm, tensor by tensor; eps as lifted."""

    def direction(k, x, eps):
        matrix = as_matrix(k, x)
        o = orthogonal(matrix, root, iterations, per_matrix(eps, k))
        return factor("spectral", scale, *matrix.shape[-2:]) * o.reshape(x.shape)

    return each_tensor(direction, u, eps)


def spectral_metric(
    u: Params,
    eps: Scalar,
    root: Root,
    iterations: int,
    scale: Scale = "none",
) -> PerTensor:
    """M with M spectral(U) = U, one per tensor."""
    options = {"root": root, "iterations": iterations}
    parts = []
    for k, x, lifted in tensors(u, eps):
        radius = factor("spectral", scale, *as_matrix(k, x).shape[-2:])
        parts.append(metric("spectral", k, x, radius, **options, eps=per_matrix(lifted, k)))
    return PerTensor(tuple(parts))

"""Matrices and tensors (*r, d_1, ..., d_k) by their modes: unfoldings, products with a mode, vec.

vec stacks columns: (A kron B) vec(W) = vec(B W A^T).

A tensor of order k has k trailing axes; whatever stands before them are runs. A matrix W (out, in)
has order 2, with the outputs for its first mode; a vector has order 1, whose only mode is itself.

Domain: as in lab.linalg; NaN and inf are data, the runs that diverged.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, one_line
from lab.domains import entries, last_axis, runs_fit, several
from lab.linalg import transposed


def unfold(
    x: np.ndarray,
    mode: int,
    order: int,
) -> np.ndarray:
    """The mode-j unfolding of tensors (*r, d_1, ..., d_k): (*r, d_j, product of the others).

    mode: j, counted from 0; order: k.

    The other modes keep their order. NumPy copies unless j is the first mode. A matrix G has the
    unfoldings G and G^T, a vector (order 1) the column of its entries.
    """
    x = entries("x", x, count("order", order))
    _below("mode", mode, order)

    first = x.ndim - order
    # counted from the end, since there may be any number of run axes before the tensor's own
    moved = np.moveaxis(x, mode - order, first)
    kept = moved.shape[: first + 1]
    others = moved.shape[first + 1 :]
    return moved.reshape(*kept, int(np.prod(others)))


def _below(name, mode, order):
    """ValueError unless 0 <= mode < order, an integer."""
    if count(name, mode, 0) >= order:
        raise ValueError(f"{name} = {mode}: must be below order = {order}")


def gram(
    x: np.ndarray,
    mode: int,
    order: int,
) -> np.ndarray:
    """X_(j) X_(j)^T of the mode-j unfolding, (*r, d_j, d_j).

    G G^T and G^T G for the two modes of a matrix G.

    Symmetric positive semi-definite of rank at most the product of the other d; the statistic of
    Shampoo. Its trace is |X|_F^2 for every mode. A vector has x x^T.
    """
    flat = unfold(x, mode, order)
    return flat @ transposed(flat)


def multiply_modes(
    x: np.ndarray,
    factors,
) -> np.ndarray:
    """Every mode j of x (*r, d_1, ..., d_k) times its matrix (d_j, m_j) or (*r, d_j, m_j).

    Q_1^T X Q_2 for a matrix X.

    From the first mode to the last; the order does not matter, since they act on different axes.
    Costs prod(d) times the sum of the d_j.
    """
    factors = several("factors", factors)
    order = len(factors)
    x = entries("x", x, order)
    for j, q in enumerate(factors):
        x = _multiply_mode(x, q, j, order, f"factors[{j}]")
    return x


def mode_times(
    x: np.ndarray,
    q: np.ndarray,
    mode: int,
    order: int,
) -> np.ndarray:
    """Mode j of x (*r, d_1, ..., d_k) times q (d_j, m_j) or (*r, d_j, m_j); the others rest.

    mode: j, counted from 0; order: k.

    For methods that update one mode at a time. One product of matrices per run, O(prod(d) m_j).
    """
    x = entries("x", x, count("order", order))
    _below("mode", mode, order)
    return _multiply_mode(x, q, mode, order, "q")


def _multiply_mode(x, q, j, order, name):
    """Mode j < order of x times q, which is called `name`."""
    q = entries(name, q, 2)
    axis = j - order
    moved = np.moveaxis(x, axis, -1)
    length = q.shape[-2]
    last_axis(f"x, mode {j} by {name},", moved, length)

    first = x.ndim - order
    runs = moved.shape[:first]
    others = moved.shape[first:-1]
    runs_fit(name, q.shape[:-2], runs)

    # the other modes as one axis: one product per run, in which the mode is the last axis
    rows = int(np.prod(others))
    flat = moved.reshape(*runs, rows, length)
    turned = flat @ q

    # q may have brought run axes that x did not have
    *runs, _, columns = turned.shape
    unflat = turned.reshape(*runs, *others, columns)
    return np.moveaxis(unflat, -1, axis)


def vec(w: np.ndarray) -> np.ndarray:
    """(*r, out, in) -> (*r, out in), columns stacked.

    Columns stacked, as in Kronecker algebra; C order would stack rows and exchange A and B. It is
    a copy unless out or in is 1.
    """
    w = entries("w", w, 2)
    *runs, out, into = w.shape
    return transposed(w).reshape(*runs, out * into)


def unvec(
    x: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    """The inverse of vec: (*r, out in) -> (*r, out, in); shape: (out, in).

    One length has many shapes (out, in), so that it must be told. ValueError unless out in is the
    length of the last axis.
    """
    x = entries("x", x, 1)
    if len(several("shape", shape)) != 2:
        raise ValueError(f"shape = {one_line(shape)}: must be (out, in)")
    out, into = (count("shape", k) for k in shape)
    last_axis("x", x, out * into)

    *runs, _ = x.shape
    stacked = x.reshape(*runs, into, out)
    return transposed(stacked)

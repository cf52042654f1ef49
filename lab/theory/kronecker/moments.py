"""Second moments C (*r, D, D) of tensors d_1 x ... x d_k, D = d_1 ... d_k: partial traces, products
of factors, rearrangements, and moments of layers.

ValueError for a C that is not symmetric and positive semi-definite, or whose size is not the
product of dims. Moments are about 0, not about the mean: those of gradients keep their mean.
"""

from __future__ import annotations

import numpy as np

from lab.domains import in_range, runs_fit
from lab.linalg import transposed
from lab.theory.kronecker.arguments import (
    layer_rows,
    second_moment,
    square_factors,
    two_modes,
)
from lab.theory.kronecker.invariants import Pair


@in_range
def mode_moments(
    c: np.ndarray,
    dims: tuple[int, ...],
) -> tuple[np.ndarray, ...]:
    """M_i = E[mat_i(G) mat_i(G)^T], (*r, d_i, d_i): the partial traces of C.

    E[G G^T] and E[G^T G] for a matrix: (M_1)_ab = sum_j C[(a, j), (b, j)]. Every one has the trace
    tau = tr C = E |G|^2. If C = U_1 kron ... kron U_k then M_i = U_i prod_(j != i) tr U_j: up to a
    factor they are the U_i. One mode: C itself.
    """
    c, dims = second_moment(c, dims)
    modes = range(len(dims))
    return tuple(_partial_trace(c, dims, i) for i in modes)


def _partial_trace(c, dims, i):
    """The trace of C over all modes but i."""
    # axes named by integers, rows 0 ... k - 1: a name that stands twice is summed over
    order = len(dims)
    tensor = c.reshape(*c.shape[:-2], *dims, *dims)
    rows = list(range(order))
    columns = list(range(order))
    columns[i] = order
    return np.einsum(tensor, [..., *rows, *columns], [..., i, order])


@in_range
def kronecker_product(factors) -> np.ndarray:
    """U_1 kron ... kron U_k of square matrices (*r, d_i, d_i): (*r, D, D).

    Run axes broadcast. Of symmetric factors it is symmetric, and definite if all are.
    """
    return _product(square_factors("factors", factors))


def _product(factors):
    """One factor after the other: entry [(a, i), (b, j)] is U_ab V_ij."""
    first, *others = factors
    whole = first
    for factor in others:
        outer = whole[..., :, None, :, None] * factor[..., None, :, None, :]
        d = whole.shape[-1] * factor.shape[-1]
        whole = outer.reshape(*outer.shape[:-4], d, d)
    return whole


@in_range
def transported(
    c: np.ndarray,
    maps,
) -> np.ndarray:
    """The second moment of G times A_i along every mode i: (A_1 kron ...) C (A_1 kron ...)^T.

    maps: A_i (*r, d_i, d_i), any square matrices. A G B^T for a matrix G and maps (A, B).
    """
    a = _product(square_factors("maps", maps))
    c, _ = second_moment(c, (a.shape[-1],))
    runs_fit("maps", a.shape[:-2], c.shape[:-2])
    moved = a @ c @ transposed(a)
    # symmetric to the last bit, which two products are not
    return (moved + transposed(moved)) / 2


@in_range
def rearranged(
    c: np.ndarray,
    dims: tuple[int, int],
) -> np.ndarray:
    """R(C) (*r, m^2, n^2), R[(a, b), (i, j)] = C[(a, i), (b, j)] for matrices m x n.

    R(L kron R) = vec(L) vec(R)^T: Kronecker products become matrices of rank one. (Van Loan &
    Pitsianis 1993)
    """
    c, _ = second_moment(c, dims)
    m, n = two_modes(dims)
    runs = c.shape[:-2]
    tensor = c.reshape(*runs, m, n, m, n)
    turned = np.swapaxes(tensor, -3, -2)
    return turned.reshape(*runs, m * m, n * n)


@in_range
def layer_moment(
    g: np.ndarray,
    a: np.ndarray,
    weight: np.ndarray,
) -> np.ndarray:
    """F = sum_n w_n (g_n g_n^T) kron (a_n a_n^T), the Fisher block of a dense layer, (*r, D, D).

    g (*r, N, out) back-propagated errors, a (*r, N, in) inputs, weight (*r, N) >= 0, the shares of
    examples and labels. D = out in, ordered as the weight matrix (out, in) is raveled. With a 1
    appended to a it is the block of weight and bias together.
    """
    g, a, weight = layer_rows(g, a, weight)
    outer = g[..., :, None] * a[..., None, :]
    rows = outer.reshape(*outer.shape[:-2], -1)
    weighted = weight[..., None] * rows
    return transposed(rows) @ weighted


@in_range
def layer_factors(
    g: np.ndarray,
    a: np.ndarray,
    weight: np.ndarray,
) -> Pair:
    """K-FAC: sum w g g^T / sqrt W and sum w a a^T / sqrt W, W = sum w. (Martens & Grosse 2015)

    Arguments as of layer_moment. E[g g^T] and E[a a^T] where the weights sum to 1. Zero weights
    give 0. Their product is F where g g^T and a a^T are uncorrelated over the weights; its trace is
    that of F times E|g|^2 E|a|^2 / E[|g|^2 |a|^2]: for N equal weights any number from 1 / N on.
    """
    g, a, weight = layer_rows(g, a, weight)
    # the root of W in both factors, so that their product has the weight of one sum
    total = weight.sum(-1)[..., None, None]
    scale = np.sqrt(np.where(total > 0, total, 1.0))
    left = transposed(g) @ (weight[..., None] * g)
    right = transposed(a) @ (weight[..., None] * a)
    return left / scale, right / scale

"""Bases: orthogonal changes of coordinates, z = Q^T x, and paths between them.

A Basis has `to(x)` = Q^T x and `back(z)` = Q z on Params with any run axes. `rows(x)` applies Q^T
to every row of (*r, m, n). The columns of Q are the basis vectors. Q may carry run axes (*r, n, n):
one basis per run. A diagonal method in a basis is one that divides by Q D Q^T: which basis that is
matters, the order and the signs of its columns do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lab.arrays import Layers, Params
from lab.checks import count, keep, real
from lab.linalg import WIDEST, matvec, transposed
from lab.maps import Change, linear_step, rotated, unbent
from lab.matrix_checks import ASYMMETRY, orthogonal, symmetric
from lab.modes import multiply_modes
from lab.ties import rounded


class Basis(Protocol):
    """An orthogonal change of variables (lab.maps), theta = Q z.

    pull = to, push = back, and curve rotates.
    """

    def to(self, x: Params) -> Params:
        """Q^T x: points, steps and gradients alike."""
        ...

    def back(self, z: Params) -> Params:
        """Q z, the inverse of `to`."""
        ...


def turned(basis: Basis, z: Params, g: Params) -> Params:
    """pull of an orthogonal change: Q^T g, whatever the point z. Gradients turn as points do."""
    return basis.to(g)


@dataclass(frozen=True, eq=False)
class Orthogonal:
    """z = Q^T x for vectors (*r, n); q (n, n), or (*r, n, n) for one basis per run.

    ValueError unless orthogonal to 1e-8.

    x Q costs O(n^2) per vector. The columns are the basis vectors in the order in which a diagonal
    preconditioner numbers its coordinates; their order and signs do not change what it does.
    """

    q: np.ndarray

    asks = "rotated"

    def __post_init__(self):
        keep(self, q=orthogonal("q", self.q))

    def to(self, x):
        n = self.q.shape[-1]
        shape = np.shape(x)
        if shape[-1:] != (n,):
            raise ValueError(
                f"x has shape {shape}: its last axis must be {n}, the size of the basis"
            )
        return matvec(transposed(self.q), x)

    def back(self, z):
        return matvec(self.q, z)

    def rows(self, x):
        return x @ self.q

    pull = turned
    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent


@dataclass(frozen=True, eq=False)
class Kronecker:
    """One orthogonal matrix per mode: Z = Q_out^T W Q_in for a matrix W.

    That is vec(Z) = (Q_in kron Q_out)^T vec(W).

    factors: (Q_1, ..., Q_k), each (d_j, d_j) or (*r, d_j, d_j), for tensors (*r, d_1, ..., d_k).

    Rows of flat vectors are not turned (no `rows`): a curvature over vec(W) is turned by the dense
    basis only. Costs out in (out + in) per matrix, where that basis would cost (out in)^2.
    ValueError for a factor that is not orthogonal to 1e-8.
    """

    factors: tuple[np.ndarray, ...]

    asks = "rotated"

    def __post_init__(self):
        checked = [orthogonal(f"factors[{j}]", q) for j, q in enumerate(self.factors)]
        keep(self, factors=tuple(checked))

    def to(self, x):
        return multiply_modes(x, self.factors)

    def back(self, z):
        inverses = [transposed(q) for q in self.factors]
        return multiply_modes(z, inverses)

    pull = turned
    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent


@dataclass(frozen=True, eq=False)
class PerLayer:
    """One linear change of variables per block of Layers: bases, or any of lab.maps for vectors and
    rows.

    bases: as many as blocks, in their order; ValueError otherwise, where it is used. A curvature of
    layers is turned block by block, also where it couples them.
    """

    bases: tuple[Change, ...]

    asks = "rotated"

    def to(self, x):
        return self._each(lambda change, block: change.to(block), x)

    def back(self, z):
        return self._each(lambda change, block: change.back(block), z)

    def pull(self, z, g):
        return self._each(lambda change, block: change.pull(None, block), g)

    def _each(self, move, x):
        blocks = []
        for change, block in zip(self.bases, x, strict=True):
            blocks.append(move(change, block))
        return Layers(blocks, x.orders, x.roles)

    along = linear_step
    push = linear_step
    curve = rotated
    bend = unbent


def is_orthogonal(change: Change) -> bool:
    """Whether a change of variables is a basis, or one basis per block."""
    if isinstance(change, PerLayer):
        return all(map(is_orthogonal, change.bases))
    return isinstance(change, (Orthogonal, Kronecker))


def coordinate(n: int) -> Orthogonal:
    """The identity basis.

    For comparing a method with itself: in this basis every change of variables does nothing.
    """
    size = count("n", n, most=WIDEST)
    return Orthogonal(np.eye(size))


def eigenvectors(h: np.ndarray) -> np.ndarray:
    """Eigenvectors of a symmetric matrix or stack, by decreasing eigenvalue.

    The largest entry of each column is positive, the first of those that agree to 12 digits. Within
    a multiple eigenvalue the basis is arbitrary (LAPACK's choice).
    """
    _, increasing = np.linalg.eigh(h)
    q = increasing[..., ::-1]
    # two entries that agree up to rounding must not decide the sign by their last bit
    size = rounded(np.abs(q), 1.0)
    row = size.argmax(-2, keepdims=True)
    largest = np.take_along_axis(q, row, -2)
    return q * np.where(largest < 0, -1.0, 1.0)


def eigen(h: np.ndarray) -> Orthogonal:
    """The eigenbasis of a symmetric matrix (n, n), decreasing eigenvalues.

    ValueError unless real, finite and symmetric; it may be indefinite. With InBasis(eigen(h), opt)
    a diagonal method sees a diagonal Hessian.
    """
    h = real("h", h, 2)
    rows, columns = h.shape
    symmetric = rows == columns
    if symmetric:
        gap = np.abs(h - h.T).max()
        largest = np.abs(h).max()
        symmetric = gap <= ASYMMETRY * largest
    if not symmetric:
        raise ValueError(f"h with shape {h.shape}: must be symmetric")
    return Orthogonal(eigenvectors(h))


def kronecker_eigen(a: np.ndarray, b: np.ndarray) -> Kronecker:
    """The eigenbasis of A kron B acting on vec(W), W (out, in): Z = Q_B^T W Q_A.

    ValueError unless both are symmetric positive semi-definite. Its columns are Kronecker products
    of eigenvectors, so the eigenvalues of A kron B come in no sorted order.
    """
    # W (out, in): B acts on its columns, from the left
    left = eigen(symmetric("b", b))
    right = eigen(symmetric("a", a))
    return Kronecker((left.q, right.q))


def random(n: int, rng: np.random.Generator) -> Orthogonal:
    """A Haar-distributed basis: QR of a Gaussian matrix, with the signs of diag(R) moved into Q.

    Its determinant is 1 or -1 with equal probability. Rotating by another Q changes nothing in law.
    """
    size = count("n", n)
    drawn = rng.standard_normal((size, size))
    q, r = np.linalg.qr(drawn)
    diagonal = np.diag(r)
    # QR alone fixes the signs by its own rule, which is not Haar's measure
    signs = np.where(diagonal < 0, -1.0, 1.0)
    return Orthogonal(q * signs)

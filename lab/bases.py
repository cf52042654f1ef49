"""Bases: orthogonal changes of coordinates, z = Q^T x, and paths between them.

A Basis has `to(x)` = Q^T x and `back(z)` = Q z on Params with any run axes. `rows(x)` applies Q^T
to every row of (*r, m, n). The columns of Q are the basis vectors. Q may carry run axes (*r, n, n):
one basis per run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import schur
from scipy.optimize import linear_sum_assignment

from lab.arrays import Layers, Params
from lab.checks import ASYMMETRY, able, count, keep, real, symmetric
from lab.domains import orthogonal
from lab.linalg import WIDEST, matvec, transposed
from lab.maps import Change, linear_step, rotated, unbent
from lab.modes import multiply_modes
from lab.ties import rounded

# a rotation is normal: rounding moves its eigenvalues by some n eps, so that a pair -1, -1 may
# arrive as -1 +- i 1e-15
REAL = 1e-12


class Basis(Protocol):
    """An orthogonal change of variables (lab.maps), theta = Q z.

    pull = to, push = back, and curve rotates.
    """

    def to(self, x: Params) -> Params: ...

    def back(self, z: Params) -> Params: ...


def turned(basis: Basis, z: Params, g: Params) -> Params:
    """pull of an orthogonal change: Q^T g, whatever the point."""
    return basis.to(g)


@dataclass(frozen=True, eq=False)
class Orthogonal:
    """z = Q^T x for vectors (*r, n); q (n, n), or (*r, n, n) for one basis per run.

    ValueError unless orthogonal to 1e-8.
    """

    q: np.ndarray

    asks = "rotated"

    def __post_init__(self):
        keep(self, q=orthogonal("q", self.q))

    def to(self, x):
        n = self.q.shape[-1]
        if np.shape(x)[-1:] != (n,):
            raise ValueError(
                f"x has shape {np.shape(x)}: its last axis must be {n}, the size of the basis"
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
    rows."""

    bases: tuple[Change, ...]

    asks = "rotated"

    def to(self, x):
        return self._each(lambda change, block: change.to(block), x)

    def back(self, z):
        return self._each(lambda change, block: change.back(block), z)

    def pull(self, z, g):
        return self._each(lambda change, block: change.pull(None, block), g)

    def _each(self, move, x):
        blocks = [move(change, block) for change, block in zip(self.bases, x, strict=True)]
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
    """The identity basis."""
    return Orthogonal(np.eye(count("n", n, most=WIDEST)))


def eigenvectors(h: np.ndarray) -> np.ndarray:
    """Eigenvectors of a symmetric matrix or stack, by decreasing eigenvalue.

    The largest entry of each column is positive, the first of those that agree to 12 digits. Within
    a multiple eigenvalue the basis is arbitrary (LAPACK's choice).
    """
    _, increasing = np.linalg.eigh(h)
    q = increasing[..., ::-1]
    size = rounded(np.abs(q), 1.0)
    row = size.argmax(-2, keepdims=True)
    largest = np.take_along_axis(q, row, -2)
    return q * np.where(largest < 0, -1.0, 1.0)


def eigen(h: np.ndarray) -> Orthogonal:
    """The eigenbasis of a symmetric matrix (n, n), decreasing eigenvalues.

    ValueError unless real, finite and symmetric.
    """
    h = real("h", h, 2)
    rows, columns = h.shape
    if rows != columns or np.abs(h - h.T).max() > ASYMMETRY * np.abs(h).max():
        raise ValueError(f"h with shape {h.shape}: must be symmetric")
    return Orthogonal(eigenvectors(h))


def kronecker_eigen(a: np.ndarray, b: np.ndarray) -> Kronecker:
    """The eigenbasis of A kron B acting on vec(W), W (out, in): Z = Q_B^T W Q_A."""
    left = symmetric("b", b)
    right = symmetric("a", a)
    return Kronecker((eigen(left).q, eigen(right).q))


def random(n: int, rng: np.random.Generator) -> Orthogonal:
    """A Haar-distributed basis: QR of a Gaussian matrix, with the signs of diag(R) moved into Q."""
    drawn = rng.standard_normal((count("n", n), n))
    q, r = np.linalg.qr(drawn)
    signs = np.where(np.diag(r) < 0, -1.0, 1.0)
    return Orthogonal(q * signs)


def align(q: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The columns of q, permuted and signed to match those of target.

    The assignment that maximises sum |<target_j, q_j>|, then signs. A diagonal preconditioner does
    not see the difference, a path between bases and a carried state do. Inner products that agree
    to 12 digits count as equal, and those of that size as 0, which keeps the sign of the column.
    """
    overlap = rounded(target.T @ q, 1.0)
    _, chosen = linear_sum_assignment(-np.abs(overlap))
    matched = overlap[np.arange(len(q)), chosen]
    signs = np.where(matched < 0, -1.0, 1.0)
    return q[:, chosen] * signs


def rotation_log(r: np.ndarray) -> np.ndarray:
    """K = log R of a rotation (det = +1): real, skew-symmetric, exp(K) = R, angles in [-pi, pi]

    From its real Schur form. Below pi the angles and their planes are determined by R. The
    eigenspace of -1, of even dimension, is turned by pi, and there every choice of planes and of
    their senses gives another logarithm. Ours depends on the space only: see `_half_turn`. (A
    matrix logarithm computed over the complex numbers loses these planes when only its real part is
    kept.) ValueError when det = -1.
    """
    t, z = schur(r, output="real")
    k = np.zeros_like(t)
    minus = []
    j = 0
    while j < len(t):
        if j + 1 < len(t) and abs(t[j + 1, j]) > REAL:
            k[j + 1, j] = np.arctan2(t[j + 1, j], t[j, j])
            j += 2
        else:
            minus += [j] if t[j, j] < 0 else []
            j += 1

    if len(minus) % 2:
        raise ValueError(
            "the matrix has determinant -1: it has no real logarithm, flip one column first"
        )
    turned_by_less = z @ (k - k.T) @ z.T
    return turned_by_less + _half_turn(z[:, minus])


def _half_turn(z: np.ndarray) -> np.ndarray:
    """A skew-symmetric K (n, n) that turns the span of the orthonormal columns of z (n, 2m) by pi

    The same for all such z. Coordinate axes are projected onto the space and orthonormalised:
    always the one with the longest rest, the first of those that agree to 12 digits, so that no
    length is below sqrt(1 / n). The first turns to the second, the third to the fourth, and so on.
    """
    projector = z @ z.T
    axes = np.zeros_like(z)
    for j in range(z.shape[1]):
        rests = rounded(np.diag(projector), 1.0)
        longest = rests.argmax()
        length = np.sqrt(projector[longest, longest])
        axis = projector[:, longest] / length
        projector = projector - np.outer(axis, axis)
        axes[:, j] = axis

    first = axes[:, ::2]
    second = axes[:, 1::2]
    forth = second @ first.T
    back = first @ second.T
    return np.pi * (forth - back)


def geodesic(start: Orthogonal, end: Orthogonal, s: float) -> Orthogonal:
    """Q(s) = Q0 exp(s log Q0^T Q1), after aligning the columns and the determinant of Q1 to Q0's

    s = 0 is start; s = 1 is end up to order and signs of its columns, which no diagonal
    preconditioner sees. The path is the same on every machine: ties of the alignment are settled by
    `align`; where the determinants differ the column closest to orthogonal is flipped, the first of
    those that agree to 12 digits; planes turned by pi are those of `rotation_log`. Each is a
    convention of ours: between bases such as the identity and Hadamard's there are several shortest
    paths. Bases without run axes only.
    """
    able("start", start, "rows")
    able("end", end, "rows")
    if start.q.ndim != 2 or start.q.shape != end.q.shape:
        raise ValueError(
            f"start has shape {start.q.shape} and end {end.q.shape}: "
            "must be two bases of one size, without run axes"
        )
    s = float(real("s", s, 0))
    q0 = start.q
    q1 = align(end.q, start.q)
    if np.linalg.det(q0.T @ q1) < 0:
        overlap = np.abs(np.einsum("ij,ij->j", q0, q1))
        worst = rounded(overlap, 1.0).argmin()
        flip = np.where(np.arange(len(q1)) == worst, -1.0, 1.0)
        q1 = q1 * flip

    # i K is Hermitian: exp(s K) from its real eigenvalues
    skew = rotation_log(q0.T @ q1)
    lam, u = np.linalg.eigh(1j * skew)
    phases = np.exp(-1j * s * lam)
    rotation = (u * phases) @ u.conj().T
    return Orthogonal(q0 @ rotation.real)

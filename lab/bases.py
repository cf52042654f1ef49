"""Bases: orthogonal changes of coordinates, z = Q^T x, and paths between them.

A Basis has `to(x)` = Q^T x and `back(z)` = Q z on Params with any run axes. `rows(x)` applies Q^T to every row of (*r, m, n).
The columns of Q are the basis vectors. Q may carry run axes (*r, n, n): one basis per run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.linalg import schur
from scipy.optimize import linear_sum_assignment

from lab.arrays import Layers, Params
from lab.checks import count, real
from lab.linalg import matvec, multiply_modes
from lab.maps import linear_push, rotated, unbent


class Basis(Protocol):
    """An orthogonal change of variables (lab.maps), theta = Q z: pull = to, push = back, and curve rotates."""

    def to(self, x: Params) -> Params: ...

    def back(self, z: Params) -> Params: ...


def turned(basis: Basis, z: Params, g: Params) -> Params:
    """pull of an orthogonal change: Q^T g, whatever the point."""
    return basis.to(g)


def _orthogonal(name: str, q: np.ndarray) -> np.ndarray:
    q = real(name, q)
    if q.ndim < 2 or q.shape[-1] != q.shape[-2]:
        raise ValueError(f"{name} has shape {q.shape}: must be square")
    defect = np.abs(q.swapaxes(-1, -2) @ q - np.eye(q.shape[-1])).max()
    if defect > 1e-8:
        raise ValueError(f"{name} is not orthogonal: |Q^T Q - I| reaches {defect:.2g}")
    return q


@dataclass(frozen=True, eq=False)
class Orthogonal:
    """z = Q^T x for vectors (*r, n); q has shape (n, n), or (*r, n, n) for one basis per run. ValueError unless orthogonal to 1e-8."""

    q: np.ndarray

    def __post_init__(self):
        object.__setattr__(self, "q", _orthogonal("q", self.q))

    def to(self, x):
        n = self.q.shape[-1]
        if np.shape(x)[-1:] != (n,):
            raise ValueError(f"x has shape {np.shape(x)}: its last axis must be {n}, the size of the basis")
        return matvec(self.q.swapaxes(-1, -2), x)

    def back(self, z):
        return matvec(self.q, z)

    def rows(self, x):
        return x @ self.q

    pull = turned
    push = linear_push
    curve = rotated
    bend = unbent


@dataclass(frozen=True, eq=False)
class Kronecker:
    """One orthogonal matrix per mode: for a matrix Z = Q_out^T W Q_in, that is vec(Z) = (Q_in kron Q_out)^T vec(W).

    factors: (Q_1, ..., Q_k), each (d_j, d_j) or (*r, d_j, d_j), for tensors (*r, d_1, ..., d_k).
    """

    factors: tuple[np.ndarray, ...]

    def __post_init__(self):
        checked = tuple(_orthogonal(f"factors[{j}]", q) for j, q in enumerate(self.factors))
        object.__setattr__(self, "factors", checked)

    def to(self, x):
        return multiply_modes(x, self.factors)

    def back(self, z):
        return multiply_modes(z, [q.swapaxes(-1, -2) for q in self.factors])

    pull = turned
    push = linear_push
    curve = rotated
    bend = unbent


@dataclass(frozen=True, eq=False)
class PerLayer:
    """One basis per block of Layers."""

    bases: tuple[Basis, ...]

    def to(self, x):
        return Layers([basis.to(block) for basis, block in zip(self.bases, x, strict=True)], x.orders, x.roles)

    def back(self, z):
        return Layers([basis.back(block) for basis, block in zip(self.bases, z, strict=True)], z.orders, z.roles)

    pull = turned
    push = linear_push
    curve = rotated
    bend = unbent


def coordinate(n: int) -> Orthogonal:
    """The identity basis."""
    return Orthogonal(np.eye(count("n", n)))


def eigenvectors(h: np.ndarray) -> np.ndarray:
    """Eigenvectors of a symmetric matrix or stack: decreasing eigenvalues, largest entry of each column positive.

    Within a multiple eigenvalue the basis is arbitrary (LAPACK's choice).
    """
    q = np.linalg.eigh(h)[1][..., ::-1]
    largest = np.take_along_axis(q, np.abs(q).argmax(-2, keepdims=True), -2)
    return q * np.where(largest < 0, -1.0, 1.0)


def eigen(h: np.ndarray) -> Orthogonal:
    """The eigenbasis of a symmetric matrix (n, n), decreasing eigenvalues. ValueError unless real, finite and symmetric."""
    h = real("h", h, 2)
    if h.shape[0] != h.shape[1] or np.abs(h - h.T).max() > 1e-12 * np.abs(h).max():
        raise ValueError(f"h with shape {h.shape}: must be symmetric")
    return Orthogonal(eigenvectors(h))


def kronecker_eigen(a: np.ndarray, b: np.ndarray) -> Kronecker:
    """The eigenbasis of A kron B acting on vec(W), W (out, in): Z = Q_B^T W Q_A."""
    return Kronecker((eigen(b).q, eigen(a).q))


def random(n: int, rng: np.random.Generator) -> Orthogonal:
    """A Haar-distributed basis: QR of a Gaussian matrix, with the signs of diag(R) moved into Q."""
    q, r = np.linalg.qr(rng.standard_normal((count("n", n), n)))
    return Orthogonal(q * np.where(np.diag(r) < 0, -1.0, 1.0))


def align(q: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The columns of q, permuted and signed to match those of target: assignment maximising sum |<target_j, q_j>|, then signs.

    A diagonal preconditioner does not see the difference, a path between bases and a carried state do.
    """
    overlap = target.T @ q
    chosen = linear_sum_assignment(-np.abs(overlap))[1]
    signs = np.where(overlap[np.arange(len(q)), chosen] < 0, -1.0, 1.0)
    return q[:, chosen] * signs


def rotation_log(r: np.ndarray) -> np.ndarray:
    """The real logarithm of a rotation (det = +1), from its real Schur form: a skew-symmetric K with exp(K) = R, angles in [-pi, pi].

    Eigenvalues -1 come in pairs, each pair being a rotation by pi in a plane of our choice; a matrix logarithm computed over the
    complex numbers loses them when only its real part is kept. ValueError when det = -1.
    """
    t, z = schur(r, output="real")
    k, minus = np.zeros_like(t), []
    j = 0
    while j < len(t):
        if j + 1 < len(t) and abs(t[j + 1, j]) > 1e-12:
            k[j + 1, j] = np.arctan2(t[j + 1, j], t[j, j])
            j += 2
        else:
            minus += [j] if t[j, j] < 0 else []
            j += 1
    if len(minus) % 2:
        raise ValueError("the matrix has determinant -1: it has no real logarithm, flip one column first")
    k[minus[1::2], minus[::2]] = np.pi
    return z @ (k - k.T) @ z.T


def geodesic(start: Orthogonal, end: Orthogonal, s: float) -> Orthogonal:
    """Q(s) = Q0 exp(s log Q0^T Q1), after aligning the columns of Q1 to those of Q0 and making the determinants agree.

    s = 0 is start; s = 1 is end up to order and signs of its columns, which no diagonal preconditioner sees.
    Without the alignment the path is an accident of the eigenvalue routine. Bases without run axes only.
    """
    if start.q.ndim != 2 or start.q.shape != end.q.shape:
        raise ValueError(f"start has shape {start.q.shape} and end {end.q.shape}: must be two bases of one size, without run axes")
    s = float(real("s", s, 0))
    q0, q1 = start.q, align(end.q, start.q)
    if np.linalg.det(q0.T @ q1) < 0:
        worst = np.abs(np.einsum("ij,ij->j", q0, q1)).argmin()
        q1 = q1 * np.where(np.arange(len(q1)) == worst, -1.0, 1.0)
    lam, u = np.linalg.eigh(1j * rotation_log(q0.T @ q1))
    return Orthogonal(q0 @ ((u * np.exp(-1j * s * lam)) @ u.conj().T).real)

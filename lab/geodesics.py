"""Shortest paths between two orthogonal bases, the same on every machine.

A path from Q0 to Q1 turns Q0^T Q1 away plane by plane. Between bases there may be several shortest
paths (an alignment with ties, planes turned by pi); which one is taken is a convention, stated
where it is chosen, so that an experiment along a path has one result.

The length of a path is |log Q0^T Q1|_F, the root of twice the sum of squared angles; at share s of
it every plane has turned by s times its angle.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import schur
from scipy.optimize import linear_sum_assignment

from lab.bases import Orthogonal
from lab.checks import able, real
from lab.ties import rounded

# a rotation is normal: rounding moves its eigenvalues by some n eps, so that a pair -1, -1 may
# arrive as -1 +- i 1e-15
REAL = 1e-12


def align(
    q: np.ndarray,
    target: np.ndarray,
) -> np.ndarray:
    """The columns of q, permuted and signed to match those of target.

    The assignment that maximises sum |<target_j, q_j>|, then signs. A diagonal preconditioner does
    not see the difference, a path between bases and a carried state do. Inner products that agree
    to 12 digits count as equal, and those of that size as 0, which keeps the sign of the column.
    """
    overlap = rounded(target.T @ q, 1.0)
    gain = np.abs(overlap)
    _, chosen = linear_sum_assignment(-gain)
    rows = np.arange(len(q))
    matched = overlap[rows, chosen]
    signs = np.where(matched < 0, -1.0, 1.0)
    return q[:, chosen] * signs


def rotation_log(r: np.ndarray) -> np.ndarray:
    """K = log R of a rotation (det = +1): real, skew-symmetric, exp(K) = R, angles in [-pi, pi]

    From its real Schur form. Below pi the angles and their planes are determined by R. The
    eigenspace of -1, of even dimension, is turned by pi, and there every choice of planes and of
    their senses gives another logarithm. Ours depends on the space only: see `_half_turn`. (A
    matrix logarithm computed over the complex numbers loses these planes when only its real part is
    kept.) R (n, n) orthogonal; 0 for R = I. ValueError when det = -1.
    """
    t, z = schur(r, output="real")
    k = np.zeros_like(t)
    minus = []
    j = 0
    # blocks of the real Schur form: 2 x 2 is a rotation by an angle, 1 x 1 is +1 or -1
    while j < len(t):
        here = t[j, j]
        below = t[j + 1, j] if j + 1 < len(t) else 0.0
        if abs(below) > REAL:
            k[j + 1, j] = np.arctan2(below, here)
            j += 2
        else:
            if here < 0:
                minus.append(j)
            j += 1

    if len(minus) % 2:
        raise ValueError(
            "the matrix has determinant -1: it has no real logarithm, flip one column first"
        )
    skew = k - k.T
    turned_by_less = z @ skew @ z.T

    half = z[:, minus]
    return turned_by_less + _half_turn(half)


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


def geodesic(
    start: Orthogonal,
    end: Orthogonal,
    s: float,
) -> Orthogonal:
    """Q(s) = Q0 exp(s log Q0^T Q1), after aligning the columns and the determinant of Q1 to Q0's

    s = 0 is start; s = 1 is end up to order and signs of its columns, which no diagonal
    preconditioner sees. The path is the same on every machine: ties of the alignment are settled by
    `align`; where the determinants differ the column closest to orthogonal is flipped, the first of
    those that agree to 12 digits; planes turned by pi are those of `rotation_log`. Each is a
    convention of ours: between bases such as the identity and Hadamard's there are several shortest
    paths. Bases without run axes only; s outside [0, 1] goes on along the same planes.
    """
    able("start", start, "rows")
    able("end", end, "rows")
    shape = start.q.shape
    other = end.q.shape
    if len(shape) != 2 or shape != other:
        raise ValueError(
            f"start has shape {shape} and end {other}: "
            "must be two bases of one size, without run axes"
        )
    s = float(real("s", s, 0))
    q0 = start.q
    q1 = align(end.q, start.q)
    # between determinants of two signs there is no path of rotations
    if np.linalg.det(q0.T @ q1) < 0:
        overlap = np.abs(np.einsum("ij,ij->j", q0, q1))
        worst = rounded(overlap, 1.0).argmin()
        columns = np.arange(len(q1))
        flip = np.where(columns == worst, -1.0, 1.0)
        q1 = q1 * flip

    # i K is Hermitian: exp(s K) from its real eigenvalues
    skew = rotation_log(q0.T @ q1)
    lam, u = np.linalg.eigh(1j * skew)
    phases = np.exp(-1j * s * lam)
    rotation = (u * phases) @ u.conj().T
    return Orthogonal(q0 @ rotation.real)

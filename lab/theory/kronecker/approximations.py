"""Kronecker products near a second moment: TNT's, the nearest, and the family of trace powers that
has both.

C (*r, D, D) as in lab.theory.kronecker.moments. Factors are returned, (*r, d_i, d_i), because they
are what is inverted; kronecker_product multiplies them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lab.checks import EPS, count, nonnegative
from lab.domains import in_range, number, runs_fit
from lab.linalg import ratio, symmetric_power, transposed
from lab.theory.kronecker.arguments import second_moment, square_factors, two_modes
from lab.theory.kronecker.moments import kronecker_product, mode_moments, rearranged

# the fixed point of trace powers has come to rest when no entry moves by more than this share
RESTS = 1e-14


class Nearest(NamedTuple):
    """The factors (*r, m, m), (*r, n, n), equal in norm; distance (*r,) |C - product|_F, which no
    Kronecker product beats; gap (*r,) sigma_1 - sigma_2 > 0 certifies that it is the only one.
    """

    left: np.ndarray
    right: np.ndarray
    distance: np.ndarray
    gap: np.ndarray


@in_range
def tnt_factors(
    c: np.ndarray,
    dims: tuple[int, ...],
) -> tuple[np.ndarray, ...]:
    """U_i = s d_i M_i / tau,  s = (tau / D)^(1/k): all of the average eigenvalue s.

    Their product is M_1 kron ... kron M_k / tau^(k - 1). tau = 0 gives 0, the limit. Logarithms
    keep products of traces from overflowing. (Ren & Goldfarb 2021)
    """
    moments = mode_moments(c, dims)
    total = math.prod(m.shape[-1] for m in moments)
    first = moments[0]
    tau = np.trace(first, axis1=-2, axis2=-1)
    logarithm = np.log(np.where(tau > 0, tau, 1.0)) - math.log(total)
    scale = np.exp(logarithm / len(moments))
    share = ratio(scale, tau)
    return tuple(share[..., None, None] * m.shape[-1] * m for m in moments)


@in_range
def trace_power_factors(
    c: np.ndarray,
    dims: tuple[int, int],
    q: float,
    sweeps: int,
) -> tuple[np.ndarray, np.ndarray]:
    """L = E[G R^(q-1) G^T] / tr R^q,  R = E[G^T L^(q-1) G] / tr L^q, by turns from R = I

    q = 0 the maximum-likelihood factors (flip-flop), 1/2 Kron-PSGD's, 1 TNT's (in one sweep), 2 the
    nearest product in Frobenius norm (power iteration). 0 <= q <= 2; at most `sweeps` sweeps. The
    fixed point minimises trace_power_divergence; for q < 1 it needs a positive definite C.
    """
    q = number("q", q, nonnegative)
    if q > 2:
        raise ValueError(f"q = {q:g}: must be in [0, 2]")
    most = count("sweeps", sweeps)
    turned = rearranged(c, dims)
    m, n = two_modes(dims)
    runs = turned.shape[:-2]
    left = np.zeros((*runs, m, m))
    right = np.broadcast_to(np.eye(n), (*runs, n, n))

    for _ in range(most):
        before = left
        columns = _powered(right, q - 1)
        left = turned @ columns[..., None]
        left = left.reshape(*runs, m, m) / _trace(right, q)

        rows = _powered(left, q - 1)
        right = rows[..., None, :] @ turned
        right = right.reshape(*runs, n, n) / _trace(left, q)
        moved = np.abs(left - before).max((-2, -1))
        if (moved <= RESTS * np.abs(left).max((-2, -1))).all():
            break
    return left, right


def _powered(h, power):
    """vec(H^power), (*r, d^2)."""
    raised = symmetric_power(h, power)
    return raised.reshape(*h.shape[:-2], -1)


def _trace(h, power):
    """tr H^power, (*r, 1, 1)."""
    lam = np.linalg.eigvalsh(h)
    kept = lam > h.shape[-1] * EPS * lam[..., -1:]
    raised = np.where(kept, lam, 1.0) ** power
    total = np.where(kept, raised, 0.0).sum(-1)
    return np.where(total > 0, total, 1.0)[..., None, None]


@in_range
def nearest_kronecker(
    c: np.ndarray,
    dims: tuple[int, int],
) -> Nearest:
    """The Kronecker product nearest to C in Frobenius norm: sigma_1 u_1 v_1^T of R(C).

    Both factors are positive semi-definite. (Van Loan & Pitsianis 1993)
    """
    turned = rearranged(c, dims)
    m, n = two_modes(dims)
    runs = turned.shape[:-2]
    u, s, vt = np.linalg.svd(turned, full_matrices=False)
    left = u[..., 0].reshape(*runs, m, m)
    right = vt[..., 0, :].reshape(*runs, n, n)

    # the SVD leaves the sign of the pair free
    negative = np.trace(left, axis1=-2, axis2=-1) < 0
    sign = np.where(negative, -1.0, 1.0)
    scale = (sign * np.sqrt(s[..., 0]))[..., None, None]
    rest = s[..., 1:]
    second = rest[..., 0] if rest.shape[-1] else np.zeros(runs)
    distance = np.sqrt((rest**2).sum(-1))
    return Nearest(scale * left, scale * right, distance, s[..., 0] - second)


@in_range
def nearest_gap_bound(
    c: np.ndarray,
    dims: tuple[int, int],
) -> tuple[np.ndarray, np.ndarray]:
    """Two bounds (*r,) of |C - F_TNT|_F over the distance of the nearest Kronecker product

    sqrt m |M_1|_F / tau  times  sqrt n |V_1|_F / tr V_1, V_1 the nearest right factor; and the same
    with M_2 and the nearest left factor. At most sqrt(m n) each. inf at C = 0.
    """
    m, n = two_modes(dims)
    one, two = mode_moments(c, dims)
    best = nearest_kronecker(c, dims)
    by_left = _flatness(one, m) * _flatness(best.right, n)
    by_right = _flatness(two, n) * _flatness(best.left, m)
    return by_left, by_right


def _flatness(h, d):
    """sqrt d |H|_F / tr H: from 1, of the identity, to sqrt d, of rank one."""
    size = np.sqrt((h**2).sum((-2, -1)))
    trace = np.trace(h, axis1=-2, axis2=-1)
    return ratio(math.sqrt(d) * size, trace, np.inf)


@in_range
def eigenbases(
    c: np.ndarray,
    dims: tuple[int, ...],
) -> tuple[np.ndarray, ...]:
    """Q_i (*r, d_i, d_i), the eigenvectors of the mode moments M_i, by increasing eigenvalue."""
    return tuple(np.linalg.eigh(m)[1] for m in mode_moments(c, dims))


@in_range
def eigen_corrected(
    c: np.ndarray,
    bases,
) -> np.ndarray:
    """Q diag(Q^T C Q) Q^T, Q = Q_1 kron ... kron Q_k orthogonal: (*r, D, D).

    The matrix nearest to C, in Frobenius norm, of those that Q diagonalises. With the eigenbases of
    C it is never farther than F_TNT; with others nothing is promised. (George et al. 2018)
    """
    q = kronecker_product(square_factors("bases", bases))
    error = np.abs(transposed(q) @ q - np.eye(q.shape[-1])).max()
    # as far as products of a few orthogonal matrices drift
    if error > 1e-10:
        raise ValueError(f"bases are not orthogonal: |Q^T Q - I| reaches {error:.2g}")

    c, _ = second_moment(c, (q.shape[-1],))
    runs_fit("bases", q.shape[:-2], c.shape[:-2])
    lam = ((c @ q) * q).sum(-2)
    return (q * lam[..., None, :]) @ transposed(q)

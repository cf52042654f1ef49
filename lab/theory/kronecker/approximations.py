"""Kronecker products near a second moment: TNT's, the nearest, and the family of trace powers that
has both.

C (*r, D, D) as in lab.theory.kronecker.moments. Factors are returned, (*r, d_i, d_i), because they
are what is inverted; kronecker_product multiplies them.

No approximation is nearest in every sense: TNT's is in von Neumann's divergence, the nearest in
Frobenius norm, the maximum-likelihood factors in log det (`divergences`); what is nearest need not
be the best preconditioner (`quality`). All of them are exact where C is a Kronecker product.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lab.checks import count, nonnegative
from lab.domains import in_range, number, runs_fit
from lab.linalg import matvec, ratio, symmetric_power, transposed, vecmat
from lab.theory.kronecker.arguments import second_moment, square_factors, two_modes
from lab.theory.kronecker.invariants import Pair, along, per_run, size, spectrum, trace
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

    Their product is M_1 kron ... kron M_k / tau^(k - 1), of trace tau as C: prod d_i s / tau is
    D (tau / D) / tau^k. The product alone is determined; equal average eigenvalues choose among
    the factors c_i U_i with prod c_i = 1. tau = 0 gives 0, the limit. (Ren & Goldfarb 2021)

    It minimises `von_neumann` over products: tr C log(L kron R) = tr M_1 log L + tr M_2 log R and
    tr(L kron R) = tr L tr R, so that L ~ M_1 and R ~ M_2 by Gibbs' inequality, at any traces.
    """
    moments = mode_moments(c, dims)
    sizes = [m.shape[-1] for m in moments]
    tau = trace(moments[0])
    # as logarithms: prod_i d_i and tau may be large or small enough to overflow as a quotient
    safe = np.where(tau > 0, tau, 1.0)
    total = math.prod(sizes)
    logarithm = np.log(safe) - math.log(total)
    s = np.exp(logarithm / len(sizes))
    share = ratio(s, tau)
    share = per_run(share)
    return tuple(share * d * m for d, m in zip(sizes, moments, strict=True))


@in_range
def trace_power_factors(
    c: np.ndarray,
    dims: tuple[int, int],
    q: float,
    sweeps: int,
) -> Pair:
    """L = E[G R^(q-1) G^T] / tr R^q,  R = E[G^T L^(q-1) G] / tr L^q, by turns from R = I

    q = 0 the maximum-likelihood factors (flip-flop), 1/2 Kron-PSGD's, 1 TNT's (in one sweep), 2 the
    nearest product in Frobenius norm (power iteration). 0 <= q <= 2; at most `sweeps` sweeps. The
    fixed point minimises trace_power_divergence; for q < 1 it needs a positive definite C.

    At q = 1 the powers are the identity: L = M_1 / tr R whatever R is, and the second sweep repeats
    the first. At q = 2 it reaches the pair with the largest singular value of R(C) unless its gap
    is 0. Powers of singular factors are pseudo-inverse ones.
    """
    q = number("q", q, nonnegative)
    if q > 2:
        raise ValueError(f"q = {q:g}: must be in [0, 2]")
    most = count("sweeps", sweeps)
    turned = rearranged(c, dims)
    m, n = two_modes(dims)
    runs = turned.shape[:-2]
    # no left factor yet: 0 moves by all of itself, so that one sweep never rests
    left = np.zeros((*runs, m, m))
    one = np.eye(n)
    right = np.broadcast_to(one, (*runs, n, n))

    for _ in range(most):
        before = left
        columns = _powered(right, q - 1)
        summed = matvec(turned, columns)
        left = summed.reshape(*runs, m, m) / _trace(right, q)

        rows = _powered(left, q - 1)
        summed = vecmat(rows, turned)
        right = summed.reshape(*runs, n, n) / _trace(left, q)
        moved = size(left - before)
        rests = moved <= RESTS * size(left)
        if rests.all():
            break
    return left, right


def _powered(h, power):
    """vec(H^power), (*r, d^2)."""
    raised = symmetric_power(h, power)
    return raised.reshape(*h.shape[:-2], -1)


def _trace(h, power):
    """tr H^power over the positive eigenvalues, (*r, 1, 1); 1 for H = 0, which is a divisor."""
    lam, _ = spectrum(h)
    kept = lam > 0
    base = np.where(kept, lam, 1.0)
    raised = np.where(kept, base**power, 0.0)
    total = raised.sum(-1)
    safe = np.where(total > 0, total, 1.0)
    return per_run(safe)


@in_range
def nearest_kronecker(
    c: np.ndarray,
    dims: tuple[int, int],
) -> Nearest:
    """The Kronecker product nearest to C in Frobenius norm: sigma_1 u_1 v_1^T of R(C).

    |C - L kron R|_F = |R(C) - vec(L) vec(R)^T|_F, so that it is a best approximation of rank one:
    the distance is the root of the sum of the other sigma_i^2. Both factors are positive
    semi-definite. Where gap = 0 it is one of several. (Van Loan & Pitsianis 1993)
    """
    turned = rearranged(c, dims)
    m, n = two_modes(dims)
    runs = turned.shape[:-2]
    u, s, vt = np.linalg.svd(turned, full_matrices=False)
    first = u[..., 0]
    shape = (*runs, m, m)
    left = first.reshape(shape)
    row = vt[..., 0, :]
    shape = (*runs, n, n)
    right = row.reshape(shape)

    # the SVD leaves the sign of the pair free
    sign = np.where(trace(left) < 0, -1.0, 1.0)
    largest = s[..., 0]
    scale = per_run(sign * np.sqrt(largest))
    rest = s[..., 1:]
    second = rest.max(-1, initial=0.0)
    distance = np.linalg.norm(rest, axis=-1)
    return Nearest(scale * left, scale * right, distance, largest - second)


@in_range
def nearest_gap_bound(
    c: np.ndarray,
    dims: tuple[int, int],
) -> Pair:
    """Two bounds (*r,) of |C - F_TNT|_F over the distance of the nearest Kronecker product

    sqrt m |M_1|_F / tau  times  sqrt n |V_1|_F / tr V_1, V_1 the nearest right factor; and the same
    with M_2 and the nearest left factor. At most sqrt(m n) each, which is sharp; at least 1. inf at
    C = 0. Both hold, so that the smaller one is the bound.

    With v_m = vec(I_m), R(F_TNT) = P R, P = R v_n v_m^T / tau an oblique projection whose norm is
    the first factor. R - P R = (I - P) (R - sigma_1 u_1 v_1^T) (I - v_n v_1^T / v_1^T v_n), and the
    last bracket, oblique too, has the second for a norm.
    """
    m, n = two_modes(dims)
    one, two = mode_moments(c, dims)
    best = nearest_kronecker(c, dims)
    first = _flatness(one, m)
    second = _flatness(two, n)
    by_left = first * _flatness(best.right, n)
    by_right = second * _flatness(best.left, m)
    return by_left, by_right


def _flatness(h, d):
    """sqrt d |H|_F / tr H: from 1, of the identity, to sqrt d, of rank one."""
    return ratio(math.sqrt(d) * size(h), trace(h), np.inf)


@in_range
def eigenbases(
    c: np.ndarray,
    dims: tuple[int, ...],
) -> tuple[np.ndarray, ...]:
    """Q_i (*r, d_i, d_i), the eigenvectors of the mode moments M_i, by increasing eigenvalue.

    The bases of SOAP and of Shampoo's and TNT's roots. Equal eigenvalues leave them open.
    """
    pairs = [spectrum(m) for m in mode_moments(c, dims)]
    return tuple(q for _, q in pairs)


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
    one = np.eye(q.shape[-1])
    gap = transposed(q) @ q - one
    error = np.abs(gap).max()
    # as far as products of a few orthogonal matrices drift; what is no basis is off by far more
    if error > 1e-10:
        raise ValueError(f"bases are not orthogonal: |Q^T Q - I| reaches {error:.2g}")

    c, _ = second_moment(c, (q.shape[-1],))
    runs_fit("bases", q.shape[:-2], c.shape[:-2])
    lam = along(c, q)
    scaled = q * lam[..., None, :]
    return scaled @ transposed(q)

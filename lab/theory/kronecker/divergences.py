"""How far a matrix S is from a second moment C, and how much of C is not a Kronecker product.

Stacks (*r, D, D), symmetric positive semi-definite; divergences (*r,), 0 at S = C, inf where S does
not cover the range of C. Logarithms are natural. An eigenvalue below n eps times the largest counts
as 0 (`invariants.spectrum`), with 0 log 0 = 0.

Each is least at its own approximation (`approximations`): von Neumann's at TNT's factors, log det
at the maximum-likelihood ones, Frobenius' at the nearest product.
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS, nonnegative
from lab.domains import in_range, number, runs_fit
from lab.matrix_checks import symmetric_matrices
from lab.theory.kronecker.arguments import positive_semidefinite, second_moment
from lab.theory.kronecker.invariants import along, per_run, size, spectrum, trace
from lab.theory.kronecker.moments import mode_moments


@in_range
def von_neumann(
    c: np.ndarray,
    s: np.ndarray,
) -> np.ndarray:
    """tr(C log C - C log S - C + S): the quantum relative entropy. F_TNT minimises it.

    inf where C has a direction that S has not; one that only S has costs its eigenvalue. C and S
    need not have one trace: with tr C = tr S = 1 the last two terms cancel. It bounds the trace
    norm: |C - S|_tr^2 <= 2 tau D where both traces are tau (Pinsker).
    """
    c, s = _same_size(c, s)
    lam_c, _ = spectrum(c)
    lam_s, q = spectrum(s)
    seen = along(c, q)
    covered = _covered(c, seen, lam_s)

    # tr C log S from the diagonal of C in the eigenvectors of S
    own = _x_log_x(lam_c).sum(-1)
    safe = np.where(lam_s > 0, lam_s, 1.0)
    terms = seen * np.log(safe)
    cross = terms.sum(-1)
    total = own - cross - trace(c) + trace(s)
    return np.where(covered, total, np.inf)


@in_range
def log_det(
    c: np.ndarray,
    s: np.ndarray,
) -> np.ndarray:
    """tr C S^-1 - log det C S^-1 - D: twice KL(N(0, C) | N(0, S)). Maximum likelihood minimises it.

    inf where C or S is singular. The one divergence here that no change of variables moves: A C A^T
    and A S A^T have the same, for every invertible A.
    """
    c, s = _same_size(c, s)
    lam_c, _ = spectrum(c)
    lam_s, q = spectrum(s)
    least = np.minimum(lam_c, lam_s)
    regular = (least > 0).all(-1)

    seen = along(c, q)
    safe_s = np.where(lam_s > 0, lam_s, 1.0)
    safe_c = np.where(lam_c > 0, lam_c, 1.0)
    traced = seen / safe_s
    logarithm = np.log(safe_c / safe_s)
    terms = traced - logarithm - 1
    total = terms.sum(-1)
    return np.where(regular, total, np.inf)


@in_range
def frobenius(
    c: np.ndarray,
    s: np.ndarray,
) -> np.ndarray:
    """|C - S|_F. The nearest Kronecker product minimises it."""
    c, s = _same_size(c, s)
    return size(c - s)


@in_range
def trace_power_divergence(
    c: np.ndarray,
    s: np.ndarray,
    q: float,
) -> np.ndarray:
    """D_q = tr S^q / q - tr(C S^(q-1)) / (q - 1), up to what depends on C alone; q >= 0

    q = 0: log det S + tr C S^-1; q = 1: tr S - tr C log S. Not 0 at S = C, but least there. inf for
    q <= 1 where C has a direction that S has not; at q = 0 wherever S is singular.

    The derivative in s of s^q / q - c s^(q-1) / (q - 1) is s^(q-2) (s - c). q = 2 is half of
    |C - S|_F^2 without |C|_F^2; q = 0 and 1 are `log_det` and `von_neumann` without what depends on
    C alone: the limits, less the terms D / q and -tr C / (q - 1) that diverge.
    """
    c, s = _same_size(c, s)
    q = number("q", q, nonnegative)
    lam, basis = spectrum(s)
    in_s = along(c, basis)
    present = lam > 0
    safe = np.where(present, lam, 1.0)
    seen = np.where(present, in_s, 0.0)

    # the two limits of the formula, where one of its quotients is 0 / 0
    if q == 0:
        terms = np.log(safe) + seen / safe
        regular = present.all(-1)
        return np.where(regular, terms.sum(-1), np.inf)
    if q == 1:
        terms = lam - seen * np.log(safe)
    else:
        powers = np.where(present, safe**q, 0.0)
        slope = safe ** (q - 1)
        linear = seen * slope
        terms = powers / q - linear / (q - 1)
    covered = _covered(c, in_s, lam) | (q > 1)
    return np.where(covered, terms.sum(-1), np.inf)


def _same_size(c, s):
    """Two stacks of positive semi-definite matrices of one size."""
    c = positive_semidefinite("c", c)
    s = positive_semidefinite("s", s)
    if c.shape[-1] != s.shape[-1]:
        raise ValueError(f"s has shape {s.shape}: must be of the size of c, {c.shape[-1]}")
    runs_fit("s", s.shape[:-2], c.shape[:-2])
    return c, s


def _covered(c, seen, lam):
    """Whether C vanishes, up to its rounding, where the eigenvalues of S do."""
    outside = np.where(lam > 0, 0.0, seen)
    rounding = 10 * c.shape[-1] * EPS
    return outside.sum(-1) <= rounding * trace(c)


def _x_log_x(x):
    """x log x, 0 at 0."""
    safe = np.where(x > 0, x, 1.0)
    return x * np.log(safe)


@in_range
def entropy(rho: np.ndarray) -> np.ndarray:
    """-tr rho log rho, (*r,), von Neumann's: 0 for rank one, log n for I / n, where tr rho = 1."""
    rho = positive_semidefinite("rho", rho)
    lam, _ = spectrum(rho)
    return -_x_log_x(lam).sum(-1)


@in_range
def mutual_information(
    c: np.ndarray,
    dims: tuple[int, ...],
) -> np.ndarray:
    """I = sum_i S(rho_i) - S(rho),  rho = C / tau,  (*r,): 0 iff C is a Kronecker product

    tau I is the least von Neumann divergence from C to a Kronecker product, that of F_TNT. rho_i:
    the mode moments of rho. Two modes: at most 2 log min(m, n), of C = vec(G) vec(G)^T whose G has
    equal singular values. More than two: the total correlation. 0 at C = 0.
    """
    c, dims = second_moment(c, dims)
    tau = trace(c)
    safe = np.where(tau > 0, tau, 1.0)
    rho = c / per_run(safe)
    # C = 0 has no rho: its mode moments are 0 as well, and all entropies
    parts = [entropy(part) for part in mode_moments(rho, dims)]
    return sum(parts) - entropy(rho)


@in_range
def trace_norm(h: np.ndarray) -> np.ndarray:
    """The sum of the absolute eigenvalues of symmetric matrices (*r, n, n), definite or not."""
    h = symmetric_matrices("h", h)
    lam = np.linalg.eigvalsh(h)
    return np.abs(lam).sum(-1)

"""TNT's Kronecker product of mode covariances: what it is, and what it minimises."""

from __future__ import annotations

import numpy as np
from sympy import Eq

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    named,
    psd,
    sometimes,
    stated_by,
    symbols,
)
from lab.claims.kronecker.drawn import (
    DENSE,
    PUBLISHED,
    SEPARABLE,
    SINGULAR,
    normals,
    perturbed,
    second_moments,
    separable,
    share,
    tnt,
    tr,
    unit,
)
from lab.linalg import ratio, transposed
from lab.theory.kronecker import approximations, divergences
from lab.theory.kronecker.moments import kronecker_product, rearranged

U, V, W, C, Z, mix, dims, t = symbols("U V W C Z mix dims t")
left, middle, right, traced = symbols("left middle right traced")

SIZES = choice((2, 3), (3, 2), (2, 2), (1, 3), (3, 3), (2, 4))
TENSORS = choice((2, 3), (3, 2), (2, 2, 2), (2, 3, 2))


@claim(
    "tnt/moment-identity",
    over={
        U: psd(2, -3, 0),
        V: psd(3, -3, 0),
        W: psd(2, -3, 0),
        mix: sometimes(0.0, between(0.05, 0.5)),
        Z: normals(12, 12),
    },
    assuming=[Eq(mix, 0)],
    says={
        "first": equal(left, tr(V) * tr(W) * U, atol=1e-13, because="12 terms of size 6"),
        "second": equal(middle, tr(U) * tr(W) * V, atol=1e-13, because="12 terms of size 6"),
        "third": equal(right, tr(U) * tr(V) * W, atol=1e-13, because="12 terms of size 6"),
        "energy": equal(traced, tr(U) * tr(V) * tr(W), atol=1e-13, because="the same"),
    },
    where={
        left: "E[mat_1(G) mat_1(G)^T] of tensors 2 x 3 x 2 with the second moment U kron V kron W +"
        " mix Z Z^T / 144, as the mean over the atoms +- sqrt(12 lam_j) q_j of its eigenvectors",
        middle: "the same of the second mode",
        right: "the same of the third",
        traced: "E |G|^2",
    },
    cites=stated_by(f"{PUBLISHED} (for tensor normal G; the moments alone matter)"),
)
def moment_identity(U, V, W, mix, Z):
    """(M_1)_ab = sum over the other modes of C, and of a product that is U_ab tr V tr W. No
    normality is needed, and the factors may be singular."""
    c = kronecker_product([U, V, W]) + mix[:, None, None] * (Z @ transposed(Z)) / 144
    lam, q = np.linalg.eigh((c + transposed(c)) / 2)
    atoms = (q * np.sqrt(np.maximum(lam, 0.0))[:, None, :]).swapaxes(-1, -2)
    g = atoms.reshape(-1, 12, 2, 3, 2)
    return {
        left: np.einsum("rtaij,rtbij->rab", g, g),
        middle: np.einsum("rtiaj,rtibj->rab", g, g),
        right: np.einsum("rtija,rtijb->rab", g, g),
        traced: (atoms**2).sum((-1, -2)),
    }


product, mean, factors = symbols("product mean factors")
error, distance, average = symbols("error distance average")


@claim(
    "tnt/exact-iff-separable",
    over={
        dims: TENSORS,
        C: second_moments(dims),
        Z: normals(4, 4),
    },
    assuming=[separable(C, dims)],
    says={
        "if": equal(product, share(C), atol=1e-12, because="products of three factors, kappa 1e4"),
        "only if": at_least(error, distance, slack=1e-9, because="norms of differences"),
        "average": equal(average, 1, rtol=1e-12, because="rounding"),
    },
    where={
        product: "F_TNT / tr C",
        error: "|C' - F_TNT| / |C'|, C' = Z Z^T of 2 x 2 gradients, which is no product",
        distance: "sqrt(sigma_2^2 + ...) / |sigma| of the rearrangement of C'",
        average: "the average eigenvalues of all U_i, over (tr C / D)^(1/k)",
    },
    cites=derived("partial traces of a product are its factors; F_TNT is a product itself"),
)
def exact_iff_separable(dims, C, Z):
    """If C = kron U_i, then M_i = U_i tr C / tr U_i, and their product over tau^(k-1) is C. If C =
    F_TNT, it is a product. Any product is as far from C as the nearest."""
    scale = np.trace(C, axis1=-2, axis2=-1) / C.shape[-1]
    found = approximations.tnt_factors(C, dims)
    averages = [np.trace(u, axis1=-2, axis2=-1) / u.shape[-1] for u in found]
    other = Z @ transposed(Z)
    s = np.linalg.svd(rearranged(other, (2, 2)), compute_uv=False)
    return {
        product: unit(kronecker_product(found)),
        average: np.stack(averages, -1) / scale[:, None] ** (1 / len(dims)),
        error: divergences.frobenius(other, tnt(other, (2, 2))) / np.linalg.norm(s, axis=-1),
        distance: np.linalg.norm(s[:, 1:], axis=-1) / np.linalg.norm(s, axis=-1),
    }


rank, rank_after = symbols("rank rank_after")


@named
def skeleton(c, dims):
    """R v_n v_m^T R / (v_m^T R v_n), R the rearrangement of C / tr C, v = vec(identity)"""
    r = rearranged(unit(c), dims)
    by_columns = r @ np.eye(dims[1]).ravel()
    by_rows = np.eye(dims[0]).ravel() @ r
    middle = by_columns @ np.eye(dims[0]).ravel()
    return ratio(by_columns[:, :, None] * by_rows[:, None, :], middle[:, None, None])


@claim(
    "tnt/cross-approximation",
    over={dims: SIZES, C: second_moments(dims, DENSE[:1] + SINGULAR + SEPARABLE + ("zero",))},
    assuming=[tr(C) > 0],
    says={
        "cross": equal(
            product, skeleton(C, dims), atol=1e-13, because="sums of at most 16 shares of 1"
        ),
        "rank": equal(rank_after, rank - 1, because="integers"),
    },
    where={
        product: "the rearrangement of F_TNT / tr C, (m^2, n^2)",
        rank: "singular values of the rearrangement of C above 1e-9 of the largest",
        rank_after: "the same of C - F_TNT, above 1e-9 of the largest of C",
    },
    cites=derived("Wedderburn's rank reduction"),
)
def cross_approximation(dims, C):
    """R v_n = vec(M_1), v_m^T R = vec(M_2)^T, v_m^T R v_n = tau, and R(F_TNT) = vec(M_1) vec(M_2)^T
    / tau. Subtracting R y x^T R / (x^T R y) takes one from the rank whenever the divisor is not
    0."""
    whole = rearranged(unit(C), dims)
    mine = rearranged(unit(tnt(C, dims)), dims)
    before = np.linalg.svd(whole, compute_uv=False)
    after = np.linalg.svd(whole - mine, compute_uv=False)
    floor = 1e-9 * before[:, :1]
    return {
        product: mine,
        rank: (before > floor).sum(-1),
        rank_after: (after > np.maximum(floor, 1e-300)).sum(-1),
    }


value, other, information, spread = symbols("value other information spread")


@claim(
    "tnt/von-neumann-optimal",
    over={
        dims: TENSORS,
        C: second_moments(dims, DENSE + SEPARABLE + SINGULAR[:1], decades=0.0),
        Z: normals(4, 4),
        t: decades(-4, 0),
    },
    says={"least": at_least(1 + other, 1 + value, slack=1e-12)},
    where={
        value: "tr(C log C - C log F - C + F) / tr C at F = F_TNT",
        other: "the same at another product, of exp(t S) U_i exp(t S)",
    },
    cites=derived("Gibbs' inequality, factor by factor; VN-Shampoo has the same factors"),
)
def von_neumann_optimal(dims, C, Z, t):
    """-tr C log(kron U_i) = -sum tr M_i log U_i: for given traces the least is at U_i ~ M_i, and
    s - tau log s is least at s = tau. For a singular M_i the minimum is in the closure."""
    found = approximations.tnt_factors(C, dims)
    size = np.trace(C, axis1=-2, axis2=-1)
    return {
        value: divergences.von_neumann(C, kronecker_product(found)) / size,
        other: divergences.von_neumann(C, perturbed(found, Z, t)) / size,
    }


@named
def mutual(c, dims):
    """the quantum mutual information of C / tr C"""
    return divergences.mutual_information(c, dims)


pinsker = symbols("pinsker")


@claim(
    "tnt/mutual-information",
    over={dims: TENSORS, C: second_moments(dims, DENSE + SINGULAR + ("weak",))},
    says={
        "value": equal(value, mutual(C, dims), atol=1e-12, because="sums of 12 entropies"),
        "Pinsker": at_most(pinsker**2, 2 * mutual(C, dims), slack=1e-9, because="I > 1e-5"),
    },
    where={
        value: "tr(C log C - C log F - C + F) / tr C at F = F_TNT, the least of all products",
        pinsker: "the sum of the |eigenvalues| of (C - F_TNT) / tr C",
    },
    cites=derived("relative entropy to the product of the marginals; Pinsker's inequality"),
)
def mutual_information(dims, C):
    """With rho = C / tau the divergence is tau tr(rho log rho - sum_i rho_i log rho_i). The 2 is
    sharp: I + d Z kron Z, Z = diag(1, -1), as d -> 0."""
    mine = tnt(C, dims)
    size = np.trace(C, axis1=-2, axis2=-1)
    return {
        value: divergences.von_neumann(C, mine) / size,
        pinsker: divergences.trace_norm(C - mine) / size,
    }

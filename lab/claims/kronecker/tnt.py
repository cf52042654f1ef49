"""TNT's Kronecker product of mode covariances: what it is, and what it minimises.

F_TNT = M_1 kron ... kron M_k / tau^(k-1), the product with the partial traces of C and its trace; 0
for C = 0. The authors scale factors to one average eigenvalue c = (tau / D)^(1/k): U_i = c d_i M_i
/ tau, the same product. They call it tensor-normal; no normality is needed, and it is not the
maximum-likelihood estimate, which minimises another divergence (log-det). What is shown: method of
moments on products; exact iff C is a product; one step of rank reduction of the rearrangement; and
the least von Neumann divergence, whose value is the mutual information of the modes. Source of the
estimator: Ren & Goldfarb 2021, with its formula as in the authors' code.
"""

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

# wide, tall and square, and a mode of one, where every C is a product
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
    """(M_1)_ab = sum_j C_(a,j),(b,j), the partial trace over the other modes: linear in C, and U_ab
    tr V tr W for C = U kron V kron W. The same of every mode; the trace is the product of traces.
    No normality is needed: any G with this second moment will do, and the factors may be singular.
    Something else added to the product (mix > 0) adds its own partial traces.

    Space: factors down to rank-deficient ones over three decades; the tensor is the discrete one
    whose 2 D atoms are eigenvectors of C, so that the mean is a finite sum. The second atom of a
    pair +- has the same Gram matrix: one of them is summed."""
    c = kronecker_product([U, V, W]) + mix[:, None, None] * (Z @ transposed(Z)) / 144
    lam, q = np.linalg.eigh((c + transposed(c)) / 2)
    # eigenvalues of singular products are negative by rounding
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
    """If C = kron U_i, then M_i = U_i tr C / tr U_i, and their product over tau^(k-1) is C, since
    prod tr U_i = tr C. If C = F_TNT, it is a product. How far otherwise: the rearrangement turns
    products into matrices of rank one and keeps Frobenius norms, so that no product is nearer to C
    than sqrt(sigma_2^2 + ...) of it (Eckart and Young).

    average: tr U_i / d_i = c for all i, which fixes what a product leaves open, the factors'
    scales.

    Space: two and three modes, C of all kinds, separable and not; the bound on 2 x 2, where diag(1,
    0, 0, 1) meets it."""
    scale = np.trace(C, axis1=-2, axis2=-1) / C.shape[-1]
    found = approximations.tnt_factors(C, dims)
    averages = [np.trace(u, axis1=-2, axis2=-1) / u.shape[-1] for u in found]
    # of four gradients: no product, with probability one
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
    """With v = vec(identity): R v_n = vec(M_1), because summing R's columns (j, j) is the partial
    trace; v_m^T R = vec(M_2)^T; v_m^T R v_n = tau. R(F_TNT) = vec(M_1) vec(M_2)^T / tau is
    therefore the cross R v_n v_m^T R / (v_m^T R v_n). Wedderburn: R - R y x^T R / (x^T R y) has one
    rank less than R whenever the divisor is not 0, since its kernel gains y. Here the divisor is
    tau, which is 0 only for C = 0.

    Exact iff R has rank one, that is iff C is a product; TNT is one step of the power method from
    the identity on either side, without a norm.

    Space: two modes up to 3 x 3 and 2 x 4, separable and singular C among them, and 0."""
    whole = rearranged(unit(C), dims)
    mine = rearranged(unit(tnt(C, dims)), dims)
    before = np.linalg.svd(whole, compute_uv=False)
    after = np.linalg.svd(whole - mine, compute_uv=False)
    # singular values are shares of 1 or rounding: the ill-conditioned kind is left out above
    floor = 1e-9 * before[:, :1]
    return {
        product: mine,
        rank: (before > floor).sum(-1),
        # C = 0 has a floor of 0, and a rank of 0 less rounding
        rank_after: (after > np.maximum(floor, 1e-300)).sum(-1),
    }


value, other, information, spread = symbols("value other information spread")


@claim(
    "tnt/von-neumann-optimal",
    over={
        dims: TENSORS,
        # of the singular kinds the one whose mode moments are definite
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
    """-tr C log(kron U_i) = -sum_i tr(M_i log U_i), as the logarithm of a product is a sum of
    logarithms, each times identities. For given traces Gibbs' inequality makes -tr(M_i log U_i)
    least at U_i ~ M_i, and only there. What is left is the scale s = tr kron U_i in s - tau log s,
    least at s = tau. So F_TNT is the minimiser, alone as a product, when every M_i is definite; C
    itself may be singular. For a singular M_i the infimum is in the closure.

    Other divergences have other minimisers: log-det the maximum-likelihood product, Frobenius the
    nearest one.

    Space: two and three modes; the rival is kron exp(t S) U_i exp(t S), from 1e-4 away, where a
    wrong minimum would show as a slope, to e-fold changes."""
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
    """With rho = C / tau and its partial traces rho_i, F_TNT = tau kron rho_i, and the divergence
    is tau tr(rho log rho - sum_i rho_i log rho_i): the sum of the entropies of the modes less the
    entropy of the whole, 0 iff C is a product. Pinsker's inequality for relative entropy, (tr |rho
    - sigma|)^2 <= 2 times it, bounds the distance in trace norm.

    The 2 is sharp: I + d Z kron Z, Z = diag(1, -1), as d -> 0 (0.998 of it at d = 0.1).

    Space: two and three modes, dense, singular and weakly coupled C, the last from d = 0.01 to
    0.5."""
    mine = tnt(C, dims)
    size = np.trace(C, axis1=-2, axis2=-1)
    return {
        value: divergences.von_neumann(C, mine) / size,
        pinsker: divergences.trace_norm(C - mine) / size,
    }

"""Kronecker products of second moments as metrics: equivariance, corrections, damping, directions,
and the family of divergences around TNT.

C = E[vec G vec G^T] of a matrix G (o x d), rows of G stacked; M_1 = E[G G^T], M_2 = E[G^T G], tr
M_1 = tr M_2 = tr C = tau. TNT's metric is F_TNT = M_1 kron M_2 / tau: a method of moments, exact
iff C is a Kronecker product. With more modes M_1 kron ... kron M_k / tau^(k-1). The algorithm is
Ren & Goldfarb's (2021); what is claimed here about it is derived, except for the sentence on
memory.
"""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational

from lab.arrays import Layers, Role
from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    integers,
    orthogonal,
    psd,
    refuted,
    sometimes,
    stated_by,
    symbols,
)
from lab.claims.kronecker.drawn import (
    DENSE,
    PUBLISHED,
    normals,
    perturbed,
    product_of_modes,
    second_moments,
    tnt,
    unit,
)
from lab.claims.quadratics.products import numbers_in, stretched, symmetric_trace
from lab.optimizers import TNT
from lab.theory.kronecker import approximations, divergences
from lab.theory.kronecker.damping import equal_average, pi_damped
from lab.theory.kronecker.moments import kronecker_product, transported

C, Z, dims, q, t = symbols("C Z dims q t")
SIZES = choice((2, 3), (3, 2), (2, 2))
excess, at_one, at_two, nearest = symbols("excess at_one at_two nearest")


@claim(
    "tnt/trace-power-family",
    over={
        dims: SIZES,
        q: choice(0, Rational(1, 2), 1, Rational(3, 2), 2),
        C: second_moments(dims, DENSE[:1] + ("separable", "identity"), decades=0.0),
        Z: normals(4, 4),
        # how far the product is moved: at 1e-4 the gap is of size 1e-8, far above its rounding
        t: decades(-4, -1),
    },
    says={
        "least": at_least(1 + excess, 1, slack=1e-12),
        "q = 1": equal(at_one, product_of_modes(C, dims), atol=1e-13, because="sums of 9 terms"),
        "q = 2": equal(at_two, nearest, atol=1e-10, because="1e-14 over the gap of sigma"),
    },
    where={
        excess: "D_q(S') - D_q(S) over tr C^q: S the fixed point L_q kron R_q, S' = exp(t X) S"
        " exp(t X), X = X_1 kron 1 + 1 kron X_2; D_q(S) = tr S^q / q - tr(C S^(q-1)) / (q-1), its"
        " limits at 0 and 1",
        at_one: "L_1 kron R_1 / tr C after one sweep",
        at_two: "L_2 kron R_2 / tr C",
        nearest: "the Kronecker product nearest in Frobenius norm, over tr C",
    },
    cites=derived("stationarity in L^(q-1); a family of Bregman divergences studied for Shampoo"),
    instances=30,
)
def trace_power_family(dims, q, C, Z, t):
    """D_q(S) = tr S^q / q - tr(C S^(q-1)) / (q-1) over S = L kron R. With Y = L^(q-1), tr S^q = tr
    L^q tr R^q and the gradient in Y is (Y^(1/(q-1)) tr R^q - E[G R^(q-1) G^T]) / (q - 1): 0 at L =
    E[G R^(q-1) G^T] / tr R^q, and the same for R.

    q = 0 is maximum likelihood (log det S + tr C S^-1), q = 1/2 Kron-PSGD. q = 1 is TNT (tr S - tr
    C log S): R^0 = 1 decouples the two, and one sweep is the answer, L = M_1 / d and R = E[G^T G] /
    tr L, which is M_1 kron M_2 / tau. q = 2 is least squares, the nearest product in Frobenius
    norm, by alternating between the factors.

    Least: no product nearby has a smaller D_q; equality as t -> 0. Moves are exp(t X_1) on L and
    exp(t X_2) on R, which are all products. Local for q > 1; up to 1 the divergence is geodesically
    convex. At q = 2 the gap of the two largest singular values decides how accurately the fixed
    point is found. Sizes are divided by tr C, as D_q has the degree q in C.
    """
    power = float(q)
    found = approximations.trace_power_factors(C, dims, power, 2000)
    here, moved = kronecker_product(found), perturbed(found, Z, t)
    size = np.trace(C, axis1=-2, axis2=-1)
    gap = divergences.trace_power_divergence(C, moved, power)
    gap = gap - divergences.trace_power_divergence(C, here, power)
    one = kronecker_product(approximations.trace_power_factors(C, dims, 1.0, 1))
    two = kronecker_product(approximations.trace_power_factors(C, dims, 2.0, 2000))
    best = approximations.nearest_kronecker(C, dims)
    return {
        excess: gap / symmetric_trace(C, power),
        at_one: one / size[:, None, None],
        at_two: two / size[:, None, None],
        nearest: kronecker_product([best.left, best.right]) / size[:, None, None],
    }


A, B, stretch, scale = symbols("A B stretch scale")
mine, theirs, any_map, likelihood, moved = symbols("mine theirs any_map likelihood moved")


@claim(
    "tnt/equivariance",
    over={
        C: second_moments((2, 3), DENSE[:1]),
        A: orthogonal(2),
        B: orthogonal(3),
        scale: decades(-1, 1),
        stretch: sometimes(1.0, between(1.02, 2)),
        Z: normals(3, 3),
    },
    assuming=[Eq(stretch, 1)],
    says={
        "TNT": equal(mine, moved, atol=1e-11, because="sums of 36 shares of 1, times 10"),
        "likelihood": equal(any_map, likelihood, atol=1e-8, because="fixed points to 1e-12, kappa"),
    },
    where={
        mine: "F_TNT of A G B^T, A times scale, over its trace; the first row of A is stretched",
        moved: "(A kron B) F_TNT (A kron B)^T over its trace",
        any_map: "the maximum-likelihood product of A G X^T, X = Z + 3 I, over its trace",
        likelihood: "(A kron X) F (A kron X)^T of that of G, over its trace",
    },
    cites=derived("M_1' = A E[G B^T B G^T] A^T"),
)
def equivariance(C, A, B, scale, stretch, Z):
    """M_1' = E[A G B^T B G^T A^T] = A E[G B^T B G^T] A^T, which is c A M_1 A^T where B^T B = c 1;
    so F_TNT of A G B^T is (A kron B) F_TNT (A kron B)^T if A and B are orthogonal up to a factor.
    For every C only then: with one row of A stretched by 2 % the two already differ, as M_2 takes
    E[G^T A^T A G]. K-FAC's factors E[g g^T] and E[a a^T], averages over one vector each, move along
    with any pair of maps.

    Of maximum likelihood, whose divergence log det S + tr C S^-1 changes by a constant under any
    invertible map of G, every pair of maps: the minimiser moves along. Its fixed points are found
    by iteration, hence the wider tolerance.
    """
    a = scale[:, None, None] * stretched(A, stretch)
    # any invertible map, kept away from singular ones
    x = Z + 3 * np.eye(3)
    other = transported(C, [a, B])
    skew = transported(C, [a, x])
    # maximum likelihood is the power 0, by flip-flop sweeps
    flat = kronecker_product(approximations.trace_power_factors(C, (2, 3), 0.0, 4000))
    there = kronecker_product(approximations.trace_power_factors(skew, (2, 3), 0.0, 4000))
    return {
        mine: unit(tnt(other, (2, 3))),
        moved: unit(transported(tnt(C, (2, 3)), [a, B])),
        any_map: unit(there),
        likelihood: unit(transported(flat, [a, x])),
    }


corrected, plain, turn = symbols("corrected plain turn")


@claim(
    "tnt/eigenvalue-correction",
    over={
        dims: choice((2, 3), (3, 2), (2, 2, 2)),
        C: second_moments(dims, DENSE + ("offset",)),
        # 0.2 radians: a basis that is a few steps old
        turn: sometimes(0.0, between(0.2, 1)),
    },
    assuming=[Eq(turn, 0)],
    says={"nearer": at_most(corrected, plain, slack=1e-9, because="norms of differences")},
    where={
        corrected: "|C - Q diag(Q^T C Q) Q^T| / tr C, Q = kron Q_i, Q_i the eigenvectors of M_i"
        " turned by the angle `turn` in the plane of the first two",
        plain: "|C - F_TNT| / tr C",
    },
    cites=derived("a projection; the basis of E-KFAC and SOAP"),
)
def eigenvalue_correction(dims, C, turn):
    """F_TNT is diagonal in Q, and Q diag(Q^T C Q) Q^T is the nearest to C, in Frobenius norm, of
    all matrices that are: |C - Q D Q^T|^2 = |Q^T C Q - D|^2 is least where D is the diagonal. So it
    is at least as near as F_TNT, for any number of modes. Equal when Q^T (C - F_TNT) Q has no
    diagonal, in particular where C is a product; "offset" draws such C that are none.

    Stale bases carry no promise: with Q turned, F_TNT is not diagonal in Q any more, and may be
    nearer. E-KFAC and SOAP keep this diagonal in bases that they refresh every few steps.
    """
    bases = []
    for basis in approximations.eigenbases(C, dims):
        c, s = np.cos(turn)[:, None], np.sin(turn)[:, None]
        first, second = basis[..., 0], basis[..., 1]
        turned = np.stack([c * first - s * second, s * first + c * second], -1)
        bases.append(np.concatenate([turned, basis[..., 2:]], -1))
    size = np.trace(C, axis1=-2, axis2=-1)
    return {
        corrected: divergences.frobenius(C, approximations.eigen_corrected(C, bases)) / size,
        plain: divergences.frobenius(C, tnt(C, dims)) / size,
    }


L, R, eps, off, damped, theirs = symbols("L R eps off damped theirs")


@claim(
    "tnt/damping-is-pi",
    over={
        L: psd(2, -3, 0),
        R: psd(3, -3, 0),
        scale: decades(-3, 3),
        eps: decades(-3, 1),
        off: sometimes(1.0, between(1.1, 2)),
    },
    assuming=[Eq(off, 1)],
    says={"same": equal(damped, theirs, atol=1e-13, because="rounding of shares of 1")},
    where={
        damped: "(U_1 + eps I) kron (U_2 + eps I) over its largest entry, U_1 kron U_2 = scale L"
        " kron R with equal average eigenvalues",
        theirs: "K-FAC's (scale L + sqrt(lam) / pi I) kron (R + pi sqrt(lam) I) over the same,"
        " pi^2 = (tr R / 3) / (scale tr L / 2), lam = (off eps)^2",
    },
    cites=derived("multiply one factor by pi and divide the other"),
)
def damping_is_pi(L, R, scale, eps, off):
    """(G + sqrt(lam) / pi) kron (A + pi sqrt(lam)) = (pi G + sqrt(lam)) kron (A / pi + sqrt(lam)):
    multiply one factor by pi and divide the other. For pi^2 = (tr A / dim A) / (tr G / dim G) the
    two have one average eigenvalue, which is TNT's choice of factors; so TNT's eps is the root of
    K-FAC's lam, for two modes and positive traces.

    Both over-damp: the product has eps (U_1 kron 1 + 1 kron U_2) beside F_TNT + eps^2. lam off by a
    factor off^2 breaks the identity. The scale of the product runs over six decades against eps,
    from no damping to nothing else.
    """
    left = scale[:, None, None] * L
    one, two = equal_average(left, R)
    shift = eps[:, None, None]
    mine = kronecker_product([one + shift * np.eye(2), two + shift * np.eye(3)])
    # K-FAC's lambda is TNT's eps squared
    rows = zip(left, R, (off * eps) ** 2, strict=True)
    other = [kronecker_product(pi_damped(g, a, float(lam))) for g, a, lam in rows]
    # entries off the diagonals are compared to the largest
    size = np.abs(mine).max((-2, -1), keepdims=True)
    return {damped: mine / size, theirs: np.array(other) / size}


o, d, entries = symbols("o d entries")


@claim(
    "tnt/memory",
    over={o: integers(1, 40), d: integers(1, 40)},
    says={
        "count": equal(
            entries, o * d + o + 2 * (o**2 + d**2) + 2 * o**2, because="integers are counted"
        ),
        "slightly": refuted(at_most(entries, 3 * (o * d + o))),
    },
    where={
        entries: "numbers in the state of TNT, momentum included, for one dense layer o x d with a"
        " bias of its own, whose parameters are o d + o; Adam's state has 2 (o d + o)"
    },
    cites=stated_by(f"{PUBLISHED}, abstract: slightly higher than first-order methods'"),
    instances=24,
)
def memory(o, d):
    """A statistic and a root per mode: 2 (o^2 + d^2) for the weight, and 2 o^2 for the bias, a full
    matrix, beside the momentum o d + o. For o = d large that is seven times the parameters, where
    Adam has two. Three times are never enough, as 4 o^2 + 2 d^2 > 2 (o d + o) for all o, d >= 1;
    long thin layers are worse, since the larger side enters squared. Counted in the state itself.
    """
    method = TNT(0.1, 0.1)
    found = []
    for rows, columns in zip(o.tolist(), d.tolist(), strict=True):
        # a bias of its own is a vector, whose one statistic is a full matrix
        roles = [Role("weight", 0, "output"), Role("bias", 0, "output")]
        theta = Layers([np.zeros((rows, columns)), np.zeros(rows)], [2, 1], roles)
        found.append(numbers_in(method.init(theta)))
    return {entries: np.array(found)}

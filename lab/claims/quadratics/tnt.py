"""Kronecker products of second moments as metrics: equivariance, corrections, damping, directions,
and the family of divergences around TNT."""

from __future__ import annotations

import numpy as np
from sympy import Eq, Rational, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    choice,
    claim,
    decades,
    derived,
    equal,
    orthogonal,
    psd,
    refuted,
    sometimes,
    symbols,
)
from lab.claims.kronecker.drawn import (
    DENSE,
    normals,
    perturbed,
    product_of_modes,
    second_moments,
    tnt,
    unit,
)
from lab.linalg import transposed
from lab.theory.kronecker import approximations, divergences
from lab.theory.kronecker.damping import equal_average, pi_damped
from lab.theory.kronecker.moments import kronecker_product, transported
from lab.theory.kronecker.quality import natural_cosine

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
    """With Y = L^(q-1) the gradient is (Y^(1/(q-1)) tr R^q - E[G R^(q-1) G^T]) / (q - 1): 0 at L =
    E[G R^(q-1) G^T] / tr R^q. Maximum likelihood, Kron-PSGD, TNT, the nearest product."""
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


def symmetric_trace(c, power) -> np.ndarray:
    """tr C^q, (R,)."""
    lam = np.linalg.eigvalsh(c)
    return (np.maximum(lam, 0.0) ** power).sum(-1)


A, B, stretch, scale = symbols("A B stretch scale")
mine, theirs, any_map, likelihood, moved = symbols("mine theirs any_map likelihood moved")


def stretched(q, stretch) -> np.ndarray:
    """Q with its first row times `stretch`: Q^T Q is a multiple of I iff that is 1."""
    rows = np.arange(q.shape[-1])[:, None] < 1
    return q * np.where(rows, stretch[:, None, None], 1.0)


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
    """B^T B ~ I leaves M_1 as it was, up to scale and A. Of maximum likelihood, whose divergence no
    invertible map changes, every pair of maps."""
    a = scale[:, None, None] * stretched(A, stretch)
    x = Z + 3 * np.eye(3)
    other = transported(C, [a, B])
    skew = transported(C, [a, x])
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
    """F_TNT is diagonal in Q, and Q diag(Q^T C Q) Q^T is the nearest to C of all that are.
    Stale bases carry no promise. Equal when C - F_TNT has no diagonal there."""
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
    """(G + sqrt(lam) / pi) kron (A + pi sqrt(lam)) = (pi G + sqrt(lam)) kron (A / pi + sqrt(lam)),
    and pi G, A / pi have one average eigenvalue."""
    left = scale[:, None, None] * L
    one, two = equal_average(left, R)
    shift = eps[:, None, None]
    mine = kronecker_product([one + shift * np.eye(2), two + shift * np.eye(3)])
    rows = zip(left, R, (off * eps) ** 2, strict=True)
    other = [kronecker_product(pi_damped(g, a, float(lam))) for g, a, lam in rows]
    # entries off the diagonals are compared to the largest
    size = np.abs(mine).max((-2, -1), keepdims=True)
    return {damped: mine / size, theirs: np.array(other) / size}


cosine, against, delta = symbols("cosine against delta")


@claim(
    "tnt/over-inversion",
    over={
        delta: decades(-4, 0),
        A: orthogonal(2),
        B: orthogonal(2),
        # three entries of four gradients, around integers where the directions part
        Z: normals(4, 2, 2, size=0.1),
    },
    says={
        "rank one": equal(
            cosine,
            (1 + delta**-2) / sqrt((1 + delta**2) * (1 + delta**-6)),
            rtol=1e-6,
            because="eigenvalues of M_i to 1e-16 against delta^2 >= 1e-8",
        ),
        "alignment": refuted(at_least(1 + against, 1)),
    },
    where={
        cosine: "of F_TNT^-1 g and the natural direction g, C = g g^T, G = A diag(1, delta) B",
        against: "cosine of F_TNT^-1 g_1 and C^-1 g_1, C = sum of g_t g_t^T, g_t unrolled from"
        " [[-3, -1], [-3, -2]], [[3, 2], [1, 1]], [[-2, -1], [-2, -2]], [[0, -1], [-1, -3]] + Z",
    },
    cites=derived("tau M_1^-1 G M_2^-1 = tau Q Sigma^-3 Z^T; a search over small integer matrices"),
    instances=60,
)
def over_inversion(delta, A, B, Z):
    """On a rank-one C the factors divide by sigma three times too often: the cosine goes to delta.
    On a definite C the direction, still one of descent, can be opposed to the natural one."""
    graded = np.stack([np.ones_like(delta), delta], -1)
    g = (A * graded[:, None, :]) @ B
    m_1, m_2 = g @ transposed(g), transposed(g) @ g
    found = np.linalg.solve(m_1, g) @ np.linalg.inv(m_2)
    witness = np.array([[[-3, -1], [-3, -2]], [[3, 2], [1, 1]], [[-2, -1], [-2, -2]]])
    last = np.array([[[0, -1], [-1, -3]]])
    rows = (np.concatenate([witness, last]) + Z).reshape(-1, 4, 4)
    second = transposed(rows) @ rows
    return {
        cosine: (found * g).sum((-2, -1))
        / np.sqrt((found**2).sum((-2, -1)) * (g**2).sum((-2, -1))),
        against: natural_cosine(second, tnt(second, (2, 2)), rows[:, 0], 0.0),
    }

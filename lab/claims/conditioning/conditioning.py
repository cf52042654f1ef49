"""Diagonal scalings D H D of a positive definite matrix: bounds on the best, and how it is found.

kappa*_d is the smallest kappa over all positive diagonals; J = diag(H)^(-1/2) is Jacobi's scaling.
Units Y H Y, in which most H are drawn, change kappa(H), but not kappa*_d or J H J. The search for D
ends with a certificate, a lower bound on kappa over all diagonals that is computed from two
positive semi-definite matrices, so that "the best" needs no trust in an optimiser.
"""

from __future__ import annotations

import numpy as np
from sympy import E, Eq, Min, log, sqrt

from lab.claims import (
    at_least,
    at_most,
    between,
    claim,
    classical,
    derived,
    dimension,
    equal,
    sometimes,
    spd,
    symbols,
    unit,
    vector,
)
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import (
    jacobi,
    kappa_with,
    omega,
    optimal_diagonal,
    scaled,
)

n, H, y, s, t, u = symbols("n H y s t u")
best, bound, plain, unit_diagonal, half = symbols("best bound plain unit_diagonal half")

# eigenvalues of H, of size 1, are known to n eps: kappa <= 1e6 to 1e-9
ROUNDING = "n eps kappa, kappa <= 1e6"
CERTIFIED = "the certified gap, which the search for D ends at"
# a tenth of what the claims ask for: kappa and certificate may both be off by it
GAP = 1e-6


def optima(h) -> tuple[np.ndarray, np.ndarray]:
    """The attained kappa and its certificate, (R,) each."""
    found = [optimal_diagonal(each, gap=GAP) for each in h]
    return np.array([f.kappa for f in found]), np.array([f.bound for f in found])


@claim(
    "conditioning/van-der-sluis",
    over={n: dimension(1, 6), H: spd(n, -5, 0), y: vector(n, -2, 2)},
    says={
        "bound": at_most(unit_diagonal, Min(n, best) * best, slack=1e-9, because=ROUNDING),
    },
    where={
        unit_diagonal: "kappa of Y H Y scaled by Jacobi to unit diagonal",
        best: "the smallest kappa(D H D) that was found",
    },
    cites=classical("van der Sluis 1969; the square: Jambulapati et al. 2023"),
    instances=48,
)
def van_der_sluis(H, y):
    """lam_max(J H J) <= n, its trace. Let M = D H D with the spectrum [1, k], so that its diagonal
    is in [1, k]; J H J = E M E with E^2 = 1 / diag M in [1/k, 1]. Hence lam_min(J H J) >= 1/k and
    lam_max <= k: kappa <= min(n, k) k.

    The bounds hold for every D, not the best alone, and Y is any units. n is all but attained by
    jacobi/factor-n for large n; the square is the better one below k = n.

    Space: one to six dimensions, condition up to 10^5, units over four decades."""
    m = scaled(H, y)
    return {unit_diagonal: kappa_with(m, jacobi(m)), best: optima(m)[0]}


def two_cyclic(n, h, s) -> np.ndarray:
    """[[I, B], [B^T, I]] of size 2 n with |B|_2 = s, B a multiple of h, (R, 2 n, 2 n). Its
    eigenvalues are 1 +- the singular values of B."""
    b = s[:, None, None] * h / np.linalg.norm(h, 2, axis=(-2, -1))[:, None, None]
    whole = np.broadcast_to(np.eye(2 * n), (len(b), 2 * n, 2 * n)).copy()
    whole[:, :n, n:] = b
    whole[:, n:, :n] = b.swapaxes(-1, -2)
    return whole


@claim(
    "conditioning/forsythe-straus",
    over={
        n: dimension(1, 3),
        H: spd(n, -3, 0),
        s: unit(0.01),
        y: vector(n, -2, 2),
        u: sometimes(0, between(0.3, 0.9)),
    },
    assuming=[Eq(u, 0)],
    says={
        "optimal": equal(bound, unit_diagonal, rtol=1e-5, because=CERTIFIED),
        "value": equal(unit_diagonal, (1 + s) / (1 - s), rtol=1e-9, because=ROUNDING),
    },
    where={
        unit_diagonal: "kappa of the matrix scaled by Jacobi",
        bound: "a certified lower bound of kappa over all diagonals, of a matrix of size 2 n with "
        "two diagonal diagonal blocks and coupling B, |B|_2 = s; u: an entry inside a block",
    },
    cites=classical("Forsythe & Straus 1955"),
    instances=48,
)
def forsythe_straus(n, H, s, y, u):
    """J leaves [[I, B], [B^T, I]], with the eigenvalues 1 +- sigma_i(B): kappa = (1 + s) / (1 - s).
    S = diag(I, -I) turns M into S M S = 2 I - M: top and bottom eigenvectors x and S x have the
    same squares. So X = x x^T and Y = S X S have equal diagonals, and kappa(D M D) >= tr(M X) /
    tr(M Y) for every D, conditioning/optimal-diagonal: (1 + s) / (1 - s) cannot be beaten.

    n = 2 always has the form. An entry inside a block (u != 0) breaks it: then another scaling is
    better."""
    m = two_cyclic(n, H, s)
    # a block of one has no inside
    if n > 1:
        # below 1 - s, so that M stays definite
        inside = u * (1 - s)
        m[:, 0, 1] = inside
        m[:, 1, 0] = inside
    # units that Jacobi has to undo
    m = scaled(m, np.concatenate([y, 1 / y], -1))
    return {unit_diagonal: kappa_with(m, jacobi(m)), bound: optima(m)[1]}


@claim(
    "conditioning/optimal-diagonal",
    over={n: dimension(1, 6), H: spd(n, -6, 0), y: vector(n, -2, 2)},
    says={
        "certified": equal(best, bound, rtol=1e-5, because=CERTIFIED),
        "no worse than none": at_most(best, plain, slack=1e-9, because=ROUNDING),
        "no worse than Jacobi": at_most(best, unit_diagonal, slack=1e-9, because=ROUNDING),
        "a bound for every D": at_least(half, bound, slack=1e-9, because=ROUNDING),
    },
    where={
        best: "the attained kappa(D H D)",
        bound: "tr(M X) / tr(M Y), M = D H D, diag X = diag Y",
        plain: "kappa(H)",
        unit_diagonal: "kappa of Jacobi's scaling",
        half: "kappa(Y H Y)",
    },
    cites=derived("weak duality; convexity and the dual problem: Qu et al. 2025"),
    instances=48,
)
def optimal(H, y):
    """lam_min(D M D) tr(D^-2 Y) <= tr(M Y), and tr(M X) <= lam_max(D M D) tr(D^-2 X), for positive
    semi-definite X and Y, by M = D^-1 (D M D) D^-1. Equal diagonals of X and Y make the two sums
    one: kappa(D M D) >= tr(M X) / tr(M Y) for every D. Where the largest and the smallest
    eigenvalue of the best D M D are simple, X and Y are their eigenvectors' squares; else mixtures.

    log kappa is convex in log d (conditioning/log-convexity), so that a local search finds the
    best; it ends when value and certificate are within 1e-6. Compared with no scaling, Jacobi's,
    and a scaling at random."""
    attained, certified = optima(H)
    return {
        best: attained,
        bound: certified,
        plain: condition_number(H),
        unit_diagonal: kappa_with(H, jacobi(H)),
        half: kappa_with(H, y),
    }


middle = symbols("middle")


@claim(
    "conditioning/log-convexity",
    over={n: dimension(1, 6), H: spd(n, -4, 0), y: vector(n, -2, 2), t: between(-1, 2)},
    assuming=[t * (1 - t) >= 0],
    says={
        "kappa": at_most(middle, plain ** (1 - t) * best**t, slack=1e-8, because=ROUNDING),
    },
    where={
        middle: "kappa(D^t H D^t)",
        plain: "kappa(H)",
        best: "kappa(D H D), D = diag(y)",
    },
    cites=derived("Hadamard's three lines theorem for H^(1/2) D^z"),
)
def log_convexity(H, y, t):
    """F(z) = H^(1/2) D^z is analytic in the strip 0 <= Re z <= 1, bounded, and |F(x + i v)| =
    |F(x)|, because D^(i v) is unitary. By Hadamard's three lines theorem log |F(x)| is convex in x,
    and so is log |F(x)^-1|. kappa(D^x H D^x) = |F|^2 |F^-1|^2: log kappa is convex along D^x, and
    as D is any diagonal, in log d. A geometric mean of two scalings is no worse than the geometric
    mean of their condition numbers.

    Outside 0 <= t <= 1 a convex function is above its chord: there the inequality turns round.
    Equality for diagonal H while the order of h_i d_i^(2 t) stays.

    Space: t from -1 to 2, so that two of three instances are outside."""
    return {
        middle: kappa_with(H, y ** t[:, None]),
        plain: condition_number(H),
        best: kappa_with(H, y),
    }


@claim(
    "conditioning/chord-bound",
    over={n: dimension(1, 6), H: spd(n, -4, 0), y: vector(n, -2, 2)},
    says={
        "noisy Adam": at_most(half, sqrt(plain * unit_diagonal), slack=1e-9, because=ROUNDING),
    },
    where={
        half: "kappa(D H D), D = diag(H)^(-1/4), which is GN^-1/2, of H -> Y H Y",
        plain: "kappa(H)",
        unit_diagonal: "kappa(D H D), D = diag(H)^(-1/2), which is Jacobi",
    },
    cites=derived("conditioning/log-convexity in the middle"),
)
def chord_bound(H, y):
    """The middle of the geodesic from no scaling to Jacobi's, t = 1/2 in conditioning/log-convexity
    with D = J: kappa(J^(1/2) H J^(1/2)) <= sqrt(kappa(H) kappa(J H J)). J^(1/2) = diag(H)^(-1/4) is
    Adam's P where gradients are noise, adam/noisy-is-gn-half. Equality for diagonal H, where kappa
    becomes its square root."""
    m = scaled(H, y)
    return {
        half: kappa_with(m, jacobi(m) ** 0.5),
        plain: condition_number(m),
        unit_diagonal: kappa_with(m, jacobi(m)),
    }


inflation = symbols("inflation")


@claim(
    "conditioning/vif-bound",
    over={n: dimension(1, 6), H: spd(n, -5, 0), y: vector(n, -2, 2)},
    says={
        "bound": at_least(
            best, (sqrt(inflation) + sqrt(inflation - 1)) ** 2, slack=1e-8, because=ROUNDING
        ),
    },
    where={
        best: "the smallest kappa(D H D) that was found",
        inflation: "the largest h_ii (H^-1)_ii of Y H Y, which no Y changes",
    },
    cites=derived("Kantorovich's inequality along a coordinate"),
    instances=48,
)
def vif(H, y):
    """Kantorovich: e^T M e e^T M^-1 e <= (kappa + 1)^2 / (4 kappa) for |e| = 1. For M = D H D and e
    = e_i the left side is d_i^2 h_ii d_i^-2 (H^-1)_ii = h_ii (H^-1)_ii, whatever D: the variance
    inflation factor f of column i. With kappa = e^(2 r), cosh^2 r >= f, and kappa >= (sqrt(f) +
    sqrt(f - 1))^2.

    Equality for n = 2, where H scaled is [[1, c], [c, 1]]. For n > 2 it may be far below
    kappa*_d."""
    m = scaled(H, y)
    product = np.diagonal(m, axis1=-2, axis2=-1) * np.diagonal(np.linalg.inv(m), axis1=-2, axis2=-1)
    return {best: optima(m)[0], inflation: np.maximum(product.max(-1), 1.0)}


jacobi_omega = symbols("jacobi_omega")
SPECHT = (best - 1) * best ** (1 / (best - 1)) / (E * log(best))


@claim(
    "conditioning/omega",
    over={n: dimension(2, 6), H: spd(n, -5, -0.5), y: vector(n, -1, 1)},
    says={
        "Jacobi is optimal": at_least(half, jacobi_omega, slack=1e-9, because=ROUNDING),
        "Specht's ratio": at_most(plain, SPECHT, slack=1e-9, because=ROUNDING),
    },
    where={
        half: "omega(Y J H J Y), Y = diag(y), J H J with unit diagonal",
        jacobi_omega: "omega(J H J), omega = (tr / n) / det^(1/n)",
        plain: "omega(H)",
        best: "kappa(H)",
    },
    cites=derived("the arithmetic and the geometric mean; Specht 1960"),
    # few spectra have the shares of ones and k that attain Specht's ratio
    instances=320,
)
def omega_is_jacobis(H, y):
    """omega(D H D) = (sum d_i^2 h_ii / n) / (prod d_i^2 det H)^(1/n): the arithmetic over the
    geometric mean of d_i^2 h_ii, times what doesn't depend on D. Least where all d_i^2 h_ii agree,
    which is Jacobi's, and only there up to a factor.

    Specht's ratio (k - 1) k^(1/(k-1)) / (e log k) bounds the arithmetic over the geometric mean of
    numbers in [1, k]: here of the eigenvalues. It is attained in the limit of many, by the right
    shares of ones and k. n log omega bounds conjugate gradients; its best scaling is in closed
    form, that of kappa is not."""
    j = jacobi(H)
    return {
        half: omega(scaled(H, j * y)),
        jacobi_omega: omega(scaled(H, j)),
        plain: omega(H),
        best: condition_number(H),
    }

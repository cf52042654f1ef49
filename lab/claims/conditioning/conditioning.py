"""Diagonal scalings D H D of a positive definite matrix: bounds on the best, and how it is found.

kappa*_d is the smallest kappa over all positive diagonals.
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
    """lam_max(J H J) <= n, its trace; D H D has diagonals in [lam_min, lam_max] of it, so that
    Jacobi on top changes lam_min by at most the largest of them. With spectrum in [1, k] Jacobi
    multiplies lam_max by <= 1, lam_min by >= 1 / k. The bounds hold for every D, Y any units."""
    m = scaled(H, y)
    return {unit_diagonal: kappa_with(m, jacobi(m)), best: optima(m)[0]}


def two_cyclic(n, h, s) -> np.ndarray:
    """[[I, B], [B^T, I]] of size 2 n with |B|_2 = s, B a multiple of h, (R, 2 n, 2 n)."""
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
    """S = diag(I, -I) turns M into 2 I - M: top and bottom eigenvectors have the same squares, so
    X = x x^T and Y = S X S prove that (1 + s) / (1 - s) cannot be beaten."""
    m = two_cyclic(n, H, s)
    if n > 1:
        inside = u * (1 - s)
        m[:, 0, 1] = inside
        m[:, 1, 0] = inside
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
    """lam_min tr(D^-2 Y) <= tr(M Y) and tr(M X) <= lam_max tr(D^-2 X) for M = D^-1 (D M D) D^-1;
    equal diagonals make the two sums one."""
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
    """F(z) = H^(1/2) D^z is analytic with |F(x + i v)| = |F(x)|: log |F| and log |F^-1| are convex
    in x. So log kappa is convex in log d, and a geometric mean of two scalings is no worse than the
    geometric mean of their condition numbers."""
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
    """The middle of the geodesic from no scaling to Jacobi's. Equality for diagonal H, where
    kappa becomes its square root."""
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
    """e^T M e e^T M^-1 e <= (kappa + 1)^2 / (4 kappa) for M = D H D and e = e_i; the left side is
    h_ii (H^-1)_ii for every D. Solved for kappa. Equality for n = 2."""
    m = scaled(H, y)
    product = np.diagonal(m, axis1=-2, axis2=-1) * np.diagonal(np.linalg.inv(m), axis1=-2, axis2=-1)
    return {best: optima(m)[0], inflation: np.maximum(product.max(-1), 1.0)}


jacobi_omega = symbols("jacobi_omega")


@claim(
    "conditioning/omega",
    over={n: dimension(2, 6), H: spd(n, -5, -0.5), y: vector(n, -1, 1)},
    says={
        "Jacobi is optimal": at_least(half, jacobi_omega, slack=1e-9, because=ROUNDING),
        "Specht's ratio": at_most(
            plain,
            (best - 1) * best ** (1 / (best - 1)) / (E * log(best)),
            slack=1e-9,
            because=ROUNDING,
        ),
    },
    where={
        half: "omega(Y J H J Y), Y = diag(y), J H J with unit diagonal",
        jacobi_omega: "omega(J H J), omega = (tr / n) / det^(1/n)",
        plain: "omega(H)",
        best: "kappa(H)",
    },
    cites=derived("the arithmetic and the geometric mean; Specht 1960"),
)
def omega_is_jacobis(H, y):
    """omega(D H D) = (sum d_i^2 h_ii / n) / (prod d_i^2 det H)^(1/n), least where all d_i^2 h_ii
    agree. Specht's ratio bounds the arithmetic over the geometric mean of numbers in [1, kappa]."""
    j = jacobi(H)
    return {
        half: omega(scaled(H, j * y)),
        jacobi_omega: omega(scaled(H, j)),
        plain: omega(H),
        best: condition_number(H),
    }

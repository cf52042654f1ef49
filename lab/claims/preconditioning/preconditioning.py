"""Preconditioned descent: local rates, their basin, changes of variables, valleys of minimisers."""

from __future__ import annotations

import numpy as np
from sympy import Abs, Max

from lab.arrays import norm
from lab.claims import (
    around,
    at_most,
    between,
    choice,
    claim,
    classical,
    data,
    decades,
    derived,
    dimension,
    equal,
    named,
    orthogonal,
    spd,
    spectrum,
    start,
    symbols,
    vector,
)
from lab.claims.loops import descend
from lab.claims.quadratics.gd import kappa
from lab.linalg import matvec, transposed
from lab.optimizers import SGD
from lab.theory.preconditioning import basin as basin_radius
from lab.theory.preconditioning import descent_steps, logistic_lipschitz

n, H, Q, d, eta, theta, tol, lam, e = symbols("n H Q d eta theta tol lam e")
rho, worst, needed, first, slack, share, x, h, M = symbols(
    "rho worst needed first slack share x h M"
)


@named
def smallest(h):
    """the smallest eigenvalue"""
    return np.linalg.eigvalsh(h)[:, 0]


@named
def largest(h):
    """the largest eigenvalue"""
    return np.linalg.eigvalsh(h)[:, -1]


def ends(h) -> np.ndarray:
    """v_min + v_max (R, n), the start from which the best constant step contracts least."""
    v = np.linalg.eigh(h)[1]
    return v[:, :, 0] + v[:, :, -1] * (h.shape[-1] > 1)


def pace(path) -> np.ndarray:
    """The largest (|e_k| / |e_0|)^(1/k) of a path (K + 1, R, n) to 0, (R,)."""
    sizes = norm(path)
    k = np.arange(1, len(path))[:, None]
    return ((sizes[1:] / sizes[0]) ** (1 / k)).max(0)


@claim(
    "preconditioning/local-rate",
    over={
        n: dimension(1, 6),
        H: spd(n, -4, 0),
        theta: start(n),
        eta: around(2 / (smallest(H) + largest(H)), 0.1, 1.3, near=(0, 0)),
        tol: decades(-6, -1),
    },
    says={
        "every step": at_most(
            worst,
            Max(Abs(1 - eta * smallest(H)), Abs(1 - eta * largest(H))),
            slack=1e-12,
            because="n eps per step",
        ),
        "best step": equal(
            rho, (kappa(H) - 1) / (kappa(H) + 1), atol=1e-12, because="eigenvectors to n eps / gap"
        ),
    },
    where={
        worst: "largest (|e_k| / |e_0|)^(1/k), k <= 20, of GD on theta^T H theta / 2 from theta and"
        " from v_min + v_max, the sum of the extreme eigenvectors",
        rho: "|e_20| / |e_19| from v_min + v_max at eta = 2 / (L + mu)",
    },
    cites=classical("Polyak 1964; the setting of Ye 2024"),
)
def local_rate(H, theta, eta):
    """|1 - eta lam_i| is largest at an end of the spectrum. At 2 / (L + mu) the two ends flip and
    keep their sizes' ratio, so the bound is attained at every step."""

    def path(eta, start):
        return descend(SGD(eta), lambda x: matvec(H, x), start, 20)

    low, high = np.linalg.eigvalsh(H)[:, [0, -1]].T
    best = norm(path(2 / (low + high), ends(H)))
    paces = [pace(path(eta, start)) for start in (theta, ends(H))]
    # n = 1: everything is gone after one step
    last = np.where(best[-2] > 0, best[-1] / np.maximum(best[-2], 1e-300), 0.0)
    return {worst: np.max(paces, 0), rho: last if H.shape[-1] > 1 else 0 * last}


@named
def steps_to(kappa, tol):
    """log(1 / tol) / (2 artanh(1 / kappa)), rounded up"""
    return descent_steps(kappa, tol)


K = symbols("K")


@claim(
    "preconditioning/steps",
    over={K: decades(0.1, 3), tol: decades(-6, -1)},
    says={
        "enough": at_most(needed, steps_to(K, tol), because="whole steps"),
        "sharp": at_most(steps_to(K, tol) - 1, needed, because="whole steps"),
    },
    where={
        needed: "the first k with |e_k| <= tol (1 + 1e-9) |e_0| of GD at its best step from"
        " v_min + v_max, spectrum {1, 1 / K}"
    },
    cites=derived("from preconditioning/local-rate; at most K / 2 log(1 / tol), rounded up"),
    instances=12,
)
def steps(K, tol):
    """-log((K - 1) / (K + 1)) = 2 artanh(1 / K)."""
    lam = np.stack([1 / K, np.ones_like(K)], -1)
    most = int(descent_steps(K, tol).max()) + 2
    path = descend(SGD(2 / lam.sum(-1)), lambda x: lam * x, np.ones_like(lam), most)
    # a run that needs exactly k steps may miss by rounding
    there = norm(path) <= tol * (1 + 1e-9) * norm(path[0])
    return {needed: there.argmax(0)}


def sigmoid(z):
    return (1 + np.tanh(z / 2)) / 2


ROWS = 12


@claim(
    "preconditioning/basin",
    over={
        n: dimension(1, 4),
        x: data(ROWS, n, -1, 1),
        theta: start(n),
        e: start(n),
        h: decades(-2, 2),
        M: decades(-2, 2),
        share: decades(-1, 1),
        slack: between(0.02, 0.3),
        eta: between(0.55, 0.8),
    },
    assuming=[share <= 1],
    says={
        "logistic": at_most(worst, rho + slack, slack=1e-12, because="rounding"),
        "cubic": equal(
            first, 2 * eta - 1 + share * slack, rtol=1e-12, because="a dozen operations"
        ),
    },
    where={
        rho: "max(|1 - a mu|, |1 - a L|), a = 2 eta / L, of the Hessian at the minimiser",
        worst: "largest |e_(k+1)| / |e_k| of 30 steps of GD on a logistic loss of rows x, minimised"
        " at theta, from |e_0| = share 2 slack / (a M), M the bound mean |x|^3 / (6 sqrt 3)",
        first: "|e_1| / e_0 on h e^2 / 2 + M e^3 / 6 from that distance",
    },
    cites=derived("the rate near a minimiser of Ye 2024, with an explicit neighbourhood"),
)
def basin(x, theta, e, h, M, share, slack, eta):
    """e+ = (I - a Int_0^1 H(p* + t e) dt) e, and the integral is within M |e| / 2 of H(p*). The
    cubic attains it: e+ = (1 - a h - a M e / 2) e. Twice the smallest slack keeps rho + slack < 1
    unnecessary to ask for: where it is >= 1 nothing is claimed about convergence."""
    z = np.einsum("rin,rn->ri", x, theta)
    s = sigmoid(z)
    hessian = np.einsum("rin,ri,rim->rnm", x, s * (1 - s), x) / ROWS
    low, high = np.linalg.eigvalsh(hessian)[:, [0, -1]].T
    a = 2 * eta / high

    def gradient(e):
        moved = sigmoid(z + np.einsum("rin,rn->ri", x, e)) - s
        return np.einsum("rin,ri->rn", x, moved) / ROWS

    radius = share * basin_radius(a, logistic_lipschitz(x), slack)
    path = descend(SGD(a), gradient, (radius / norm(e))[:, None] * e, 30)
    sizes = norm(path)
    # what has converged to rounding has no ratio
    ratios = np.where(sizes[:-1] > 1e-12 * radius, sizes[1:] / np.maximum(sizes[:-1], 1e-300), 0)

    step = 2 * eta / h
    far = share * basin_radius(step, M, slack)
    cubic = descend(SGD(step), lambda x: h[:, None] * x + M[:, None] * x**2 / 2, far[:, None], 1)
    rate = np.maximum(np.abs(1 - a * low), np.abs(1 - a * high))
    return {rho: rate, worst: ratios.max(0), first: np.abs(cubic[1, :, 0]) / far}


moved, plain = symbols("moved plain")


@named
def kappa_in_z(h, q, d):
    """the condition number of A = P^T H P, P = Q diag(d)"""
    low, high = np.linalg.eigvalsh(in_z(h, q, d))[:, [0, -1]].T
    return high / low


@named
def kappa_of_p(d):
    """kappa_2(P) = max d / min d"""
    return d.max(-1) / d.min(-1)


def in_z(h, q, d) -> np.ndarray:
    """A = P^T H P (R, n, n), P = Q diag(d), symmetric to the last bit."""
    p = q * d[:, None, :]
    a = transposed(p) @ h @ p
    return (a + transposed(a)) / 2


@claim(
    "preconditioning/change-of-variable",
    over={
        n: dimension(2, 6),
        H: spd(n, -2, 0),
        Q: orthogonal(n),
        d: vector(n, -1, 1),
        theta: start(n),
    },
    says={
        "same path": equal(moved, plain, rtol=1e-10, because="kappa(P)^2 eps <= 1e4 eps"),
        "rate": equal(
            rho,
            (kappa_in_z(H, Q, d) - 1) / (kappa_in_z(H, Q, d) + 1),
            atol=1e-9,
            because="kappa(A) <= 1e6, eps kappa",
        ),
        "in p": at_most(
            worst, kappa_of_p(d) * ((kappa_in_z(H, Q, d) - 1) / (kappa_in_z(H, Q, d) + 1)) ** 9
        ),
    },
    where={
        moved: "|P z_9| / |theta| of GD on L(P z), P = Q diag(d), from P z_0 = theta",
        plain: "|p_9| / |theta| of p+ = p - a P P^T g(p)",
        rho: "|z_2| / |z_1| from v_min + v_max of A at the best step",
        worst: "|p_9| / |theta| at the best step",
    },
    cites=derived("p = P z, as in Ye 2024: preconditioning is a change of variables"),
)
def change_of_variable(H, Q, d, theta):
    """grad_z L(P z) = P^T g, so P z+ = P z - a P P^T g. What contracts is |P^-1 e|, not |e|."""
    a_z = in_z(H, Q, d)
    low, high = np.linalg.eigvalsh(a_z)[:, [0, -1]].T
    eta = 2 / (low + high)
    p = Q * d[:, None, :]

    z_0 = matvec(transposed(Q), theta) / d
    z = descend(SGD(eta), lambda z: matvec(transposed(p), matvec(H, matvec(p, z))), z_0, 9)
    both = p @ transposed(p)
    direct = descend(SGD(eta), lambda x: matvec(both, matvec(H, x)), theta, 9)
    slow = norm(descend(SGD(eta), lambda z: matvec(a_z, z), ends(a_z), 2))

    size = norm(theta)
    return {
        moved: norm(matvec(p, z[-1])) / size,
        plain: norm(direct[-1]) / size,
        rho: slow[2] / slow[1],
        worst: norm(direct[-1]) / size,
    }


law, length, best = symbols("law length best")


@named
def valley(law):
    """the null space of the Hessian is tangent to the set of minimisers"""
    return law != "x^2 + y^4"


def rayleigh(lam, w):
    """The gradient of sum lam w^2 / |w|^2."""
    square = (w**2).sum(-1, keepdims=True)
    quotient = (lam * w**2).sum(-1, keepdims=True) / square
    return 2 * (lam - quotient) * w / square


@claim(
    "preconditioning/singular-hessian",
    over={
        law: choice("Rayleigh", "Rayleigh, double", "x^2 + y^4"),
        n: dimension(3, 6),
        lam: spectrum(n, -2, -0.3),
        length: decades(-1, 1),
        eta: between(0.2, 1.8),
    },
    assuming=[valley(law)],
    says={
        "rate": equal(
            worst,
            Max(Abs(1 - eta), Abs(1 - eta / K)),
            atol=1e-4,
            because="second order in |e| = 1e-5",
        ),
        "best": equal(best, (K - 1) / (K + 1), atol=1e-4, because="second order in |e| = 1e-5"),
    },
    where={
        K: "kappa*, the largest over the smallest nonzero eigenvalue of the Hessian: (l_n - l_1) /"
        " (l_(r+1) - l_1) for w^T diag(lam) w / |w|^2, r the multiplicity of l_1; 1 for x^2 + y^4",
        worst: "largest contraction of the distance to the minimisers by a step of GD of size eta /"
        " lmax, over eigenvectors, from 1e-5 |w| away (.3 for y^4) of a minimiser w",
        best: "the same with the step 2 / (lmax + lmin*)",
    },
    cites=derived(
        "kappa* for losses with a manifold of minimisers: recalled from Lange, Helfrich & Ye 2022"
    ),
)
def singular_hessian(law, lam, length, eta):
    """The step preserves the normal space to second order, and the distance to the nearest
    minimiser is at most that to the last one. A direction that is flat, yet no valley, is slower:
    y+ = y - 4 a y^3."""
    lam = np.array(lam)
    if law == "Rayleigh, double":
        lam[:, -2] = lam[:, -1]
    if law == "x^2 + y^4":
        return flat(eta)
    free = 1 if law == "Rayleigh" else 2
    gaps = 2 * (lam[:, :-free] - lam[:, -1:]) / length[:, None] ** 2
    top, bottom = gaps.max(-1), gaps.min(-1)

    def contraction(step):
        found = []
        for k in range(lam.shape[-1] - free):
            w = np.zeros_like(lam)
            w[:, -1] = length
            w[:, k] = 1e-5 * length
            after = descend(SGD(step), lambda w: rayleigh(lam, w), w, 1)[1]
            found.append(norm(after[:, :-free]) / (1e-5 * length))
        return np.max(found, 0)

    return {
        K: top / bottom,
        worst: contraction(eta / top),
        best: contraction(2 / (top + bottom)),
    }


def flat(eta):
    """x^2 + y^4: y contracts by 1 - 4 a y^2, at lmax = 2 of the Hessian at 0."""
    y = np.full((len(eta), 1), 0.3)
    after = descend(SGD(eta / 2), lambda y: 4 * y**3, y, 1)[1, :, 0] / 0.3
    return {K: np.ones_like(eta), worst: np.abs(after), best: np.abs(after)}

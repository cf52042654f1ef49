"""Preconditioned descent on quadratics: rates, counts of steps, changes of variables.

p+ = p - a P P^T g(p) is gradient descent in z, p = P z, on L(P z), whose Hessian is A = P^T H P
with the spectrum of P P^T H. So what is said about gradient descent holds with kappa(A), for |P^-1
e| in place of the error |e|; in the original norm a factor kappa_2(P) is lost at most. P is
constant and invertible here. "A smaller kappa is faster" presumes that the step is tuned again.

The view is that of Ye 2024 (arXiv 2410.00232); the rate is Polyak's.
"""

from __future__ import annotations

import numpy as np
from sympy import Abs, Max

from lab.arrays import norm
from lab.claims import (
    around,
    at_most,
    claim,
    classical,
    decades,
    derived,
    dimension,
    equal,
    named,
    orthogonal,
    spd,
    start,
    symbols,
    vector,
)
from lab.claims.loops import descend
from lab.claims.quadratics.gd import kappa
from lab.linalg import matvec, transposed
from lab.optimizers import SGD
from lab.theory.preconditioning import worst_descent_steps

n, H, Q, d, eta, theta, tol = symbols("n H Q d eta theta tol")
rho, worst, needed = symbols("rho worst needed")


@named
def smallest(h):
    """the smallest eigenvalue

    mu of an array of symmetric matrices (R, n, n), (R,).
    """
    return np.linalg.eigvalsh(h)[:, 0]


@named
def largest(h):
    """the largest eigenvalue

    L of an array of symmetric matrices (R, n, n), (R,).
    """
    return np.linalg.eigvalsh(h)[:, -1]


def ends(h) -> np.ndarray:
    """v_min + v_max (R, n), the start from which the best constant step contracts least, at every
    step alike; the only eigenvector for n = 1."""
    v = np.linalg.eigh(h)[1]
    return v[:, :, 0] + v[:, :, -1] * (h.shape[-1] > 1)


def pace(path) -> np.ndarray:
    """The largest (|e_k| / |e_0|)^(1/k) of a path (K + 1, R, n) to 0, (R,): a bound rate^k for all
    k at once."""
    sizes = norm(path)
    k = np.arange(1, len(path))[:, None]
    return ((sizes[1:] / sizes[0]) ** (1 / k)).max(0)


# of |theta| <= kappa(P)^2 eps
STEP_ROUNDING = 3e-12


@claim(
    "preconditioning/local-rate",
    over={
        n: dimension(1, 6),
        H: spd(n, -4, 0),
        theta: start(n),
        # a third at the best step itself, the rest on both sides of the largest stable one
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
    """e+ = (1 - eta H) e, and |1 - eta lam_i| is largest at an end of the spectrum, as it is convex
    in lam. So |e_k| <= rho(eta)^k |e_0| for every k, with equality at every k from the eigenvector
    of that end.

    At 2 / (L + mu) both factors have the size (kappa - 1)/(kappa + 1) and opposite signs: v_min +
    v_max flips one of its components and keeps their sizes' ratio, so the bound is attained at
    every step, not only asymptotically. At a fixed eta <= 2 / (L + mu) the rate is 1 - eta mu: what
    conditioning buys is a larger mu at the same L.

    For a loss with an M-Lipschitz Hessian the same holds near a minimum, up to eps within |e_0| <=
    2 eps / (eta M). n = 1: one step.
    """

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
    """log(1 / tol) / (2 artanh(1 / kappa)), rounded up

    By `lab.theory.preconditioning.worst_descent_steps`; 1 for kappa = 1.
    """
    return worst_descent_steps(kappa, tol)


K = symbols("K")


@claim(
    "preconditioning/steps",
    # kappa 1.26 to 1000: a run of some 7000 steps at most
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
    """|e_k| = ((K - 1)/(K + 1))^k |e_0| exactly from v_min + v_max (preconditioning/local-rate),
    and -log((K - 1) / (K + 1)) = 2 artanh(1 / K). So k steps are enough iff k >= log(1 / tol) / (2
    artanh(1 / K)): the bound, rounded up, is the number, and one step fewer never is enough from
    this start.

    As artanh x >= x this is at most K / 2 log(1 / tol), rounded up: the usual (K + 1) / 2 is a
    little too large.
    """
    lam = np.stack([1 / K, np.ones_like(K)], -1)
    most = int(worst_descent_steps(K, tol).max()) + 2
    path = descend(SGD(2 / lam.sum(-1)), lambda x: lam * x, np.ones_like(lam), most)
    # a run that needs exactly k steps may miss by rounding
    there = norm(path) <= tol * (1 + 1e-9) * norm(path[0])
    return {needed: there.argmax(0)}


moved, plain = symbols("moved plain")


@named
def kappa_in_z(h, q, d):
    """the condition number of A = P^T H P, P = Q diag(d)

    It depends on P P^T alone: P Z with Z orthogonal has the same.
    """
    low, high = np.linalg.eigvalsh(in_z(h, q, d))[:, [0, -1]].T
    return high / low


@named
def kappa_of_p(d):
    """kappa_2(P) = max d / min d"""
    return d.max(-1) / d.min(-1)


def in_z(h, q, d) -> np.ndarray:
    """A = P^T H P (R, n, n), P = Q diag(d), symmetric to the last bit, so that its eigenvalues are
    real."""
    p = q * d[:, None, :]
    a = transposed(p) @ h @ p
    return (a + transposed(a)) / 2


@claim(
    "preconditioning/change-of-variable",
    over={
        n: dimension(2, 6),
        H: spd(n, -2, 0),
        Q: orthogonal(n),
        # kappa(P) up to 100: kappa(A) <= 1e6, and the factor kappa_2(P) shows
        d: vector(n, -1, 1),
        theta: start(n),
    },
    says={
        "same path": equal(
            moved,
            plain,
            rtol=1e-10,
            atol=STEP_ROUNDING,
            because="a step is rounded by kappa(P)^2 eps <= 1e4 eps of |theta|",
        ),
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
        worst: "|p_9| / |theta| at the best step, less 3e-12: kappa(P)^2 eps, what rounding leaves",
    },
    cites=derived("p = P z, as in Ye 2024: preconditioning is a change of variables"),
)
def change_of_variable(H, Q, d, theta):
    """grad_z L(P z) = P^T g, so P z+ = P z - a P P^T g: the two paths are one, for every a. The
    Hessian in z is A = P^T H P, so |z_k - z*| contracts by (kappa(A) - 1)/(kappa(A) + 1) at the
    best step, attained from v_min + v_max of A.

    What contracts is |P^-1 e|, not |e|: |e_k| = |P z_k| <= |P| rate^k |P^-1 e_0| <= kappa_2(P)
    rate^k |e_0|. The factor can be needed at first, as |e| may grow before it falls; no equality is
    claimed for the last part.
    """
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
        # with kappa(A) = 1 all of it is rounding, and its ninth power beyond any bound
        worst: np.maximum(norm(direct[-1]) / size - STEP_ROUNDING, 0.0),
    }

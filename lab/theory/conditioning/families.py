"""Families of matrices on which scalings, or condition numbers, fail.

Dense matrices (n, n), positive definite, or a spectrum (n,). ValueError outside the domains stated.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, loops, nonnegative, positive
from lab.domains import in_range, number


@in_range
def jacobi_hurts(
    n: int,
    kappa: float,
    eta: float,
) -> np.ndarray:
    """H = I + (kappa - 1) u u^T,  u^2 = ((1 - eta) / 2, (1 - eta) / 2, eta / (n - 2), ...)

    No diagonal improves on kappa(H) = kappa, and Jacobi makes it up to n / 2 times larger: in the
    limit eta -> 0 with kappa eta -> inf. As the covariance of data, it is what dividing by standard
    deviations makes worse. n >= 3, kappa >= 1, 0 < eta <= 1; shape (n, n). The first holds for
    every u with max u_i^2 <= 1/2. (derived)

    Why n / 2: with kappa u_i^2 large the diagonal is about kappa u_i^2, and the scaled matrix about
    the matrix of ones, of largest eigenvalue n. Along e_1 - e_2 it has 1 / h_11, about 2 / kappa.
    """
    n = loops("n", n, 3)
    kappa = _at_least_one(kappa)
    eta = number("eta", eta, positive)
    nonnegative("1 - eta", 1 - eta)
    square = np.full(n, eta / (n - 2))
    square[:2] = (1 - eta) / 2
    return _spiked(square, kappa)


@in_range
def row_norm_hurts(
    n: int,
    kappa: float,
) -> np.ndarray:
    """The same H with u^2 = (x, x, (1 - 2 x) / (n - 2), ...), the worst x for row norms

    Dividing by row norms, as Adam does where the error is isotropic, multiplies kappa by
    max_x [2 x + sqrt(x (1 - 2 x) (n - 2))] = (1 + sqrt(n / 2)) / 2 as kappa -> inf, at
    x = (1 + sqrt(2 / n)) / 4; no diagonal improves on kappa. n >= 3, kappa >= 1; shape (n, n).
    (derived)
    """
    n = loops("n", n, 3)
    kappa = _at_least_one(kappa)
    x = (1 + np.sqrt(2 / n)) / 4
    square = np.full(n, (1 - 2 * x) / (n - 2))
    square[:2] = x
    return _spiked(square, kappa)


@in_range
def simplex_and_copies(
    n: int,
    t: int,
    eps: float,
) -> tuple[np.ndarray, np.ndarray]:
    """H of unit diagonal, and a scaling d that is about n + 2 - t - n / t times better than none

    With v_1, ..., v_t the corners of a regular simplex and n - t more rows that are copies of v_1,
    H_ij = <v_i, v_j>, but for a part sqrt(2 n eps) by which the copies differ and eps of the
    identity. The null vector of the simplex makes lam_min = eps; lam_max is n - t + t / (t - 1),
    to which the copies add without need: scaled down, they leave t / (t - 1).

    At t = sqrt(n) it is (sqrt(n) - 1)^2 + 1: so the n of van der Sluis's bound for Jacobi's scaling
    is the right one for large n (n / 2, from `jacobi_hurts`, is more up to n = 6), and sqrt(n) for
    row norms, which are 1 in H^(1/2). Both to sqrt(8 n eps). 2 <= t < n, 0 < eps < 1 / (2 n).
    (derived)
    """
    t = loops("t", t, 2)
    n = loops("n", n, t + 1)
    eps = number("eps", eps, positive)
    positive("1 - 2 n eps", 1 - 2 * n * eps)

    identity = np.eye(t)
    corners = identity - (1 - identity) / (t - 1)
    copies = np.zeros(n - t, dtype=int)
    index = np.append(np.arange(t), copies)
    together = corners[np.ix_(index, index)]
    apart = np.sqrt(2 * n * eps)
    h = (1 - apart - eps) * together
    h[:t, :t] += apart * corners
    h[t:, t:] += apart * np.eye(n - t)
    h += eps * np.eye(n)

    # the copies' own differences stay above eps
    down = np.sqrt(2 * eps / apart)
    d = np.ones(n)
    d[t:] = down
    return h, d


@in_range
def jacobi_wins(n: int) -> np.ndarray:
    """G(n): kappa-optimal among its scalings, and slow; Jacobi has 1.8 to 3 times its kappa

    A block I + (n - 1) u u^T of size 6, u^2 = (.495, .495, .0025, ...), whose best kappa is n, and
    D (I + E) D of size n - 6, E tridiagonal with 1/20 off the diagonal, d^2 evenly spread such that
    its spectrum is inside [1, n]. Conjugate gradients with b = 1 need tens of times more steps than
    with Jacobi: kappa is not what they follow. n >= 7; shape (n, n). (derived, after a remark of
    Jung, Torregrosa-Belen & Wolkowicz 2025 on omega)
    """
    n = loops("n", n, 7)
    square = np.array([0.495, 0.495, 0.0025, 0.0025, 0.0025, 0.0025])
    m = n - len(square)
    # the largest row sum of |E|: I + E has its spectrum in [1 - e, 1 + e] (Gershgorin)
    e = 0.1
    # d^2 from low to high, so that D (I + E) D stays inside [1, n]
    low = 1 / (1 - e)
    high = n / (1 + e)
    d = np.sqrt(low + (high - low) * (np.arange(m) + 0.5) / m)
    chain = np.eye(m) + e / 2 * (np.eye(m, k=1) + np.eye(m, k=-1))

    h = np.zeros((n, n))
    h[:6, :6] = _spiked(square, float(n))
    h[6:, 6:] = d[:, None] * chain * d
    return h


@in_range
def strakos(
    n: int,
    low: float,
    high: float,
    decay: float,
) -> np.ndarray:
    """lam_i = low + (i - 1) / (n - 1) (high - low) decay^(n - i),  i = 1, ..., n

    A spectrum with separated large eigenvalues, on which rounding delays conjugate gradients most.
    0 < low <= high, decay > 0, n >= 2; shape (n,). (Strakos 1991)
    """
    n = count(
        "n",
        n,
        2,
        2**20,
    )
    low = number("low", low, positive)
    high = number("high", high, positive)
    nonnegative("high - low", high - low)
    decay = number("decay", decay, positive)
    i = np.arange(1, n + 1)
    return low + (i - 1) / (n - 1) * (high - low) * decay ** (n - i)


def _at_least_one(kappa) -> float:
    """kappa as a number >= 1."""
    kappa = number("kappa", kappa)
    nonnegative("kappa - 1", kappa - 1)
    return kappa


def _spiked(
    square,
    kappa,
) -> np.ndarray:
    """I + (kappa - 1) u u^T for u^2 = square of sum 1: the eigenvalue kappa once, else 1."""
    u = np.sqrt(square)
    return np.eye(len(u)) + (kappa - 1) * np.outer(u, u)

"""Jacobi's scaling, GN^-1 in the coordinate basis: never much worse than the best, and no rule.

J = diag(H)^(-1/2) makes the diagonal of J H J equal to 1, in any units of H.
conditioning/van-der-sluis bounds kappa(J H J) by n times, and by the square of, the best. Both
families here show that the n is real: measured against no scaling n / 2 is lost, against the best
scaling next to n. With two variables Jacobi is the best; so it is for matrices with two diagonal
diagonal blocks, conditioning/forsythe-straus.
"""

from __future__ import annotations

import numpy as np

from lab.claims import (
    at_most,
    claim,
    classical,
    decades,
    derived,
    dimension,
    equal,
    refuted,
    symbols,
)
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import jacobi, jacobi_hurts, kappa_with, simplex_and_copies

n, K, eta, plain, scaled_kappa = symbols("n K eta plain scaled_kappa")
t, eps, better = symbols("t eps better")


@claim(
    "jacobi/worse-than-nothing",
    # from n = 3 on there are entries beyond the second; eta is on both sides of n / K, below which
    # their diagonal is 1
    over={n: dimension(3, 20), K: decades(2, 6), eta: decades(-6, -1)},
    says={
        "an improvement": refuted(at_most(scaled_kappa, plain)),
        "no worse than this": at_most(scaled_kappa, n * K / 2, slack=1e-8, because="n eps kappa"),
        "kappa": equal(plain, K, rtol=1e-8, because="n eps kappa"),
    },
    where={
        scaled_kappa: "kappa of J H J, J = diag(H)^(-1/2), H = I + (K - 1) u u^T, u^2 = "
        "((1 - eta) / 2, (1 - eta) / 2, eta / (n - 2), ...)",
        plain: "kappa(H)",
    },
    cites=classical("folklore: that scaling to unit diagonal improves kappa"),
    instances=96,
)
def worse_than_nothing(n, K, eta):
    """kappa(H) = K: eigenvalues 1 and K. For the diagonal of H, 1 + (K - 1) u_i^2, the entries
    beyond the second are large as soon as their squares, eta / (n - 2), are above 1 / K: J H J then
    has entries next to 1 everywhere, and lam_max -> n. Two equal largest squares 1/2 pin the
    smallest eigenvalue to 2 / K by interlacing. So eta -> 0 with K eta -> inf gives n K / 2; the
    order of the limits matters, and n K / 2 is an upper bound throughout. No diagonal improves on K
    here, as no square is above 1/2.

    Space: 3 to 20 dimensions, K over four decades, eta over five: on both sides of eta = n / K.
    That a scaling to unit diagonal improves kappa is folklore, and not of anybody in particular."""
    h = np.stack([jacobi_hurts(n, *row) for row in zip(K.tolist(), eta.tolist(), strict=True)])
    return {plain: condition_number(h), scaled_kappa: kappa_with(h, jacobi(h))}


@claim(
    "jacobi/factor-n",
    # eps: sqrt(8 n eps) is at most 0.23 %, and n eps kappa far below it
    over={t: dimension(2, 8), eps: decades(-9, -8)},
    says={
        "how much worse": equal(
            scaled_kappa / better,
            (t - 1) ** 2 + 1,
            rtol=2.5e-3,
            because="sqrt(8 n eps) is left out",
        ),
    },
    where={
        scaled_kappa: "kappa of J H J, J = diag(H)^(-1/2), n = t^2, H_ij = <v_i, v_j> + eps "
        "(i = j), v_1 ... v_t a regular simplex, the others v_1 up to (2 n eps)^(1/2)",
        better: "kappa of D H D, d = (1, ..., 1, s, ..., s), s^2 = (2 eps / n)^(1/2)",
    },
    cites=derived("that no factor below n, the one of van der Sluis 1969, holds for every n"),
    instances=96,
)
def factor_n(t, eps):
    """v_1 ... v_t is a regular simplex, <v_i, v_j> = -1 / (t - 1), whose Gram matrix has the
    eigenvalue t / (t - 1), t - 1 times, and a null vector (1, ..., 1). n - t further vectors are
    copies of v_1. The copies make lam_max = n - t + t / (t - 1) and leave lam_min, the simplex's
    null vector up to eps, alone; J changes nothing, as all diagonals are 1. Scaled down to s the
    copies add nothing, and lam_max is t / (t - 1), with lam_min as before: the quotient is (n -
    t)(t - 1) / t + 1 = (t - 1)^2 + 1.

    Of n = t^2 that is (sqrt(n) - 1)^2 + 1, which tends to all of it: van der Sluis' factor n can't
    be lowered for all n. Space: as for adam/row-norm-factor."""
    pairs = [simplex_and_copies(t**2, t, share) for share in eps.tolist()]
    worse = np.array([condition_number(h) for h, _ in pairs])
    return {scaled_kappa: worse, better: np.array([kappa_with(h, d) for h, d in pairs])}

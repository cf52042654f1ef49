"""Jacobi's scaling, GN^-1 in the coordinate basis: never much worse than the best, and no rule."""

from __future__ import annotations

import numpy as np

from lab.claims import at_most, claim, classical, decades, dimension, equal, refuted, symbols
from lab.linalg import kappa as condition_number
from lab.theory.conditioning import jacobi, jacobi_hurts, kappa_with

n, K, eta, plain, scaled_kappa = symbols("n K eta plain scaled_kappa")


@claim(
    "jacobi/worse-than-nothing",
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
    """The entries of u beyond the second are small, but their squares above 1 / K: scaling makes
    them as large as all others. In the limit eta -> 0, K eta -> inf kappa grows n / 2 times, and no
    diagonal improves on K."""
    h = np.stack([jacobi_hurts(n, *row) for row in zip(K.tolist(), eta.tolist(), strict=True)])
    return {plain: condition_number(h), scaled_kappa: kappa_with(h, jacobi(h))}

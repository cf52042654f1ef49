"""NAdam on quadratics."""

from __future__ import annotations

from lab.claims import claim, derived, symbols, threshold
from lab.claims.quadratics.adam import AVERAGES, FROZEN, shrinks
from lab.optimizers import NAdam

beta1, beta2, eta, eps, lam, stays = symbols("beta1 beta2 eta eps lam stays")


@claim(
    "nadam/edge-of-stability",
    over=AVERAGES,
    says={
        "NAdam": threshold(
            lam,
            2 * (1 + beta1) / ((1 - beta1) * (1 + 2 * beta1) * eta) * eps,
            stays,
            margin=5e-3,
            because=FROZEN,
        )
    },
    where={stays: "as in adam/edge-of-stability, for NAdam with beta1 constant"},
    cites=derived("13.6 / eta at beta1 = 0.9, against Adam's 38 / eta"),
)
def edge_of_stability(beta1, beta2, eta, eps, lam):
    """The step is beta1 m + (1 - beta1) g with m already averaged: a root at -1 where eta lam / eps
    (1 - beta1)(1 + 2 beta1) = 2 (1 + beta1)."""
    return {stays: shrinks(NAdam(eta, beta1, beta2, eps, warmup=False), lam)}

"""AdamW on quadratics."""

from __future__ import annotations

from lab.claims import between, claim, derived, let, symbols, threshold
from lab.claims.quadratics.adam import AVERAGES, FROZEN, shrinks
from lab.optimizers import AdamW

beta1, beta2, eta, eps, lam, w, share, stays = symbols("beta1 beta2 eta eps lam w share stays")


@claim(
    "adamw/edge-of-stability",
    over=AVERAGES | {share: between(0, 1.5), w: let(share / eta)},
    says={
        "AdamW": threshold(
            lam,
            (1 + beta1) * (2 - eta * w) / ((1 - beta1) * eta) * eps,
            stays,
            margin=5e-3,
            because=FROZEN,
        )
    },
    where={stays: "as in adam/edge-of-stability, for AdamW with decoupled decay w"},
    cites=derived("370.5 at eta = 0.1, beta1 = 0.9, w = 0.5"),
)
def edge_of_stability(beta1, beta2, eta, eps, w, lam):
    """x+ = (1 - eta w) x - eta m / eps: a root at -1 where eta lam / eps (1 - beta1) is
    (1 + beta1)(2 - eta w)."""
    return {stays: shrinks(AdamW(eta, beta1, beta2, eps, weight_decay=w), lam)}

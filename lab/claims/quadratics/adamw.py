"""AdamW on quadratics: decoupled decay w, x+ = (1 - eta w) x - eta m_hat / (sqrt(v_hat) + eps)."""

from __future__ import annotations

from lab.claims import between, claim, derived, let, symbols, threshold
from lab.claims.quadratics.edges import AVERAGES, FROZEN, shrinks
from lab.optimizers import AdamW

beta1, beta2, eta, eps, lam, w, share, stays = symbols("beta1 beta2 eta eps lam w share stays")


@claim(
    "adamw/edge-of-stability",
    # eta w up to 1.5: at 2 decay alone would turn x over
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
    """With a = eta lam / eps the map of (x, m) has the trace 1 - eta w + beta1 - a (1 - beta1) and
    the determinant beta1 (1 - eta w). 1 + trace + det = (1 + beta1)(2 - eta w) - a (1 - beta1): a
    root at -1 where a (1 - beta1) = (1 + beta1)(2 - eta w). w = 0 is Adam's edge, and decay lowers
    it, to 0 at eta w = 2, where decay alone turns x over.

    Drawn up to eta w = 1.5; the determinant stays inside (-1, 1), and no other root leaves first.
    """
    return {stays: shrinks(AdamW(eta, beta1, beta2, eps, weight_decay=w), lam)}

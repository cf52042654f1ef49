"""AdaGrad on quadratics."""

from __future__ import annotations

from lab.claims import claim, decades, derived, symbols, threshold
from lab.claims.quadratics.adam import FROZEN, shrinks
from lab.optimizers import AdaGrad

eta, eps, lam, stays = symbols("eta eps lam stays")


@claim(
    "adagrad/edge-of-stability",
    over={eta: decades(-3, 1), eps: decades(-3, 1)},
    says={"AdaGrad": threshold(lam, 2 / eta * eps, stays, margin=5e-3, because=FROZEN)},
    where={stays: "as in adam/edge-of-stability, for AdaGrad"},
    cites=derived("that of gradient descent; above it only until the sum of squares moves it"),
)
def edge_of_stability(eta, eps, lam):
    """x+ = (1 - eta lam / eps) x while the sum of squares is far below eps^2."""
    return {stays: shrinks(AdaGrad(eta, eps), lam)}

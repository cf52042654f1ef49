"""AdaGrad on quadratics: theta+ = theta - eta g / (sqrt s + eps), s the sum of all g^2 (Duchi et
al. call eps delta; Optax puts it under the root, where the edge would be at 2 sqrt(eps) / eta)."""

from __future__ import annotations

from lab.claims import claim, decades, derived, symbols, threshold
from lab.claims.quadratics.edges import FROZEN, shrinks
from lab.optimizers import AdaGrad

eta, eps, lam, stays = symbols("eta eps lam stays")


@claim(
    "adagrad/edge-of-stability",
    # the edge is at lam = 2 eps / eta, from 2e-4 to 2e4
    over={eta: decades(-3, 1), eps: decades(-3, 1)},
    says={"AdaGrad": threshold(lam, 2 / eta * eps, stays, margin=5e-3, because=FROZEN)},
    where={stays: "as in adam/edge-of-stability, for AdaGrad"},
    cites=derived("that of gradient descent; above it only until the sum of squares moves it"),
)
def edge_of_stability(eta, eps, lam):
    """While the sum of squares is far below eps^2 the preconditioner is eps and x+ = (1 - eta lam /
    eps) x, which falls iff 0 < eta lam / eps < 2. The edge is that of gradient descent with the
    step eta / eps.

    Beyond it x grows until sqrt s is as large as eta lam / 2 - eps, and then falls for good, as s
    never falls: the statement is about the run as long as s does not count, which is why it starts
    at 1e-100.
    """
    return {stays: shrinks(AdaGrad(eta, eps), lam)}

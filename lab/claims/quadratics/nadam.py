"""NAdam on quadratics, in the form with a constant beta1 (Optax): m_hat is replaced by beta1 m_hat
+ (1 - beta1) g. PyTorch's beta1 warms up towards it and has this limit."""

from __future__ import annotations

from lab.claims import claim, derived, symbols, threshold
from lab.claims.quadratics.edges import AVERAGES, FROZEN, shrinks
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
    """The step is (eta / eps)(beta1 m+ + (1 - beta1) g) with m+ = beta1 m + (1 - beta1) g already
    averaged. With a = eta lam / eps the map of (x, m) has the trace 1 + beta1 - a (1 - beta1)(1 +
    beta1) and the determinant beta1 - a beta1 (1 - beta1), so 1 + trace + det = 2 (1 + beta1) - a
    (1 - beta1)(1 + 2 beta1): a root at -1 where that is 0.

    There the determinant is -beta1 / (1 + 2 beta1), so that no pair has left before. Looking ahead
    costs stability: at beta1 = 0.9 the edge is a third of Adam's; at beta1 = 0 they agree.
    """
    return {stays: shrinks(NAdam(eta, beta1, beta2, eps, warmup=False), lam)}

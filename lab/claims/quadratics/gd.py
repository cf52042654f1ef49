"""Gradient descent on quadratics: theta+ = (1 - eta H) theta, H positive definite with eigenvalues
mu <= ... <= L, kappa = L / mu, minimum at 0."""

from __future__ import annotations

import numpy as np

from lab.arrays import norm
from lab.claims import around, at_least, claim, classical, dimension, equal, named, spd, symbols
from lab.claims.loops import descend
from lab.linalg import matvec
from lab.optimizers import SGD

n, H, eta, rho, least = symbols("n H eta rho least")


@named
def kappa(h):
    """the condition number of a positive definite matrix

    (R, n, n) to (R,). 1 for n = 1. Known to n eps kappa, as the smallest eigenvalue is.
    """
    lam = np.linalg.eigvalsh(h)
    return lam[:, -1] / lam[:, 0]


@named
def mean_curvature(h):
    """half the sum of the largest and the smallest eigenvalue

    Its inverse is the best constant step, 2 / (L + mu).
    """
    lam = np.linalg.eigvalsh(h)
    return (lam[:, -1] + lam[:, 0]) / 2


def worst_contraction(h, eta) -> np.ndarray:
    """The largest |theta_1| / |theta_0| over eigenvectors as starts, (R,): the operator norm of
    one step."""
    starts = np.linalg.eigh(h)[1].swapaxes(-1, -2)
    return np.max(
        [
            norm(descend(SGD(eta), lambda x: matvec(h, x), starts[:, k], 1)[1])
            for k in range(h.shape[-1])
        ],
        axis=0,
    )


# eigenvectors of H are known to n eps / gap, but their images only to n eps: contraction is that
# accurate, and no better
ROUNDING = "n eps, n <= 6"


@claim(
    "gd/quadratic-rate",
    over={n: dimension(1, 6), H: spd(n, -6, 0), eta: around(1 / mean_curvature(H), 0.5, 1.5)},
    says={
        "best step": equal(rho, (kappa(H) - 1) / (kappa(H) + 1), atol=1e-14, because=ROUNDING),
        "any step": at_least(least, (kappa(H) - 1) / (kappa(H) + 1), because=ROUNDING),
    },
    where={
        rho: "largest contraction |theta_1| / |theta_0| on theta^T H theta / 2, over all starts,"
        " at eta = 2 / (L + mu)",
        least: "the same at eta",
    },
    cites=classical("Polyak 1964"),
)
def quadratic_rate(H, eta):
    """One step is the symmetric matrix 1 - eta H, and its norm the largest |1 - eta lam_i|. As a
    function of lam that is convex, hence largest at an end of the spectrum: rho(eta) = max(|1 - eta
    mu|, |1 - eta L|). One end falls and the other grows with eta; they are equal at eta = 2 / (L +
    mu), and there smallest, (kappa - 1)/(kappa + 1).

    Equality is in both parts: at the best step eigenvectors of mu and L are starts that contract by
    exactly that, in every step. "Any step" is for constant eta; twenty steps of Chebyshev's
    schedule do better than twenty of these. n = 1: rho = 0 in one step.
    """
    lam = np.linalg.eigvalsh(H)
    return {
        rho: worst_contraction(H, 2 / (lam[:, 0] + lam[:, -1])),
        least: worst_contraction(H, eta),
    }

"""What claims about second moments of gradients quantify over, and what
they compare: a regression, a distance, a basis; matrices to a power.

tau = E (y - x^T theta)^2; r, the share of it that comes from the distance; K = 1 + (B + 1) r.
"""

from __future__ import annotations

import numpy as np

from lab.claims import between, decades, dimension, let, orthogonal, sometimes, spd, start, symbols
from lab.claims.noise.formulas import excess
from lab.linalg import symmetric_power

n, B, Sigma, d, noise, U, kurtosis, tau, r = symbols("n B Sigma d noise U kurtosis tau r")

# both sides of "the rows are Gaussian": with kurtosis 3 all moments up to the fifth are
KURTOSIS = sometimes(3.0, between(1, 5))
NOISE = sometimes(0.0, decades(-2, 1), 0.4)
SPACE = {
    n: dimension(1, 3),
    Sigma: spd(n, -4, 0),
    d: start(n),
    noise: NOISE,
    U: orthogonal(n),
    kurtosis: KURTOSIS,
}
TAU = let(excess(Sigma, d) + noise**2)
SHARE = let(excess(Sigma, d) / tau)
BOUND = let(1 + (B + 1) * r)


def powers_apart(first, second, p) -> np.ndarray:
    """The c with det(first^p - c second^p) = 0, ascending, (R, n), of positive definite matrices
    (R, n, n) and powers p (R,).

    For p = 1 the generalised eigenvalues of the pencil; all are 1 iff both matrices are equal. p =
    -1 gives the reciprocals. Computed from the root of second^p, which is symmetric.
    """
    pencils = []
    for one, other, power in zip(first, second, p, strict=True):
        # a symmetric matrix has real eigenvalues, also after rounding
        root = symmetric_power(other, -power / 2)
        pencils.append(np.linalg.eigvalsh(root @ symmetric_power(one, power) @ root))
    return np.array(pencils)

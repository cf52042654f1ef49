"""What batch normalisation as a preconditioner multiplies the gradient of a layer by.

For a layer whose m inputs have mean mu and running variance, see `lab.optimizers.matrix.bnp`.
(Lange, Helfrich & Ye 2022; constants as recalled.) ValueError outside the domains stated.

In the variables zhat, what = P zhat, the data Hhat = [e, H] become Hhat P: P = U diag(1, v^(-1/2))
centres the columns of H and divides them by sqrt v, and gradient descent there is the step
-lr g P P^T in the weights and bias what (Ye 2024).
"""

from __future__ import annotations

import numpy as np

from lab.checks import nonnegative, positive, real
from lab.domains import Numbers, filled, in_range, last_axis, runs_fit, together
from lab.linalg import transposed


@in_range
def bnp_variance(
    variance: np.ndarray,
    eps1: Numbers = 1e-2,
    eps2: Numbers = 1e-4,
) -> np.ndarray:
    """variance + eps1 max(variance) + eps2, (*r, m): what BNP divides by

    So that the largest is at most (1 + e) / e times the smallest, e = eps1 + eps2 / max(variance):
    spreads beyond 1 / eps1 are not repaired. At the defaults 101 at most. eps1, eps2 >= 0, numbers
    or (*r,); both 0 leave the variance, and a constant variable at 0, which is then no divisor.
    """
    variance = filled("variance", real("variance", variance))
    nonnegative("variance", variance)
    if not variance.ndim:
        raise ValueError(f"variance = {variance}: must have one number per variable")
    eps1, eps2 = together(eps1=eps1, eps2=eps2)
    nonnegative("eps1", eps1)
    nonnegative("eps2", eps2)
    runs_fit("eps1", eps1.shape, variance.shape[:-1])
    # per run: the layer's own largest, not that of all runs
    largest = variance.max(-1)
    added = eps1 * largest + eps2
    return variance + added[..., None]


@in_range
def bnp_preconditioner(
    mu: np.ndarray,
    variance: np.ndarray,
) -> np.ndarray:
    """P P^T = U diag(1, 1 / variance) U^T, U = [[1, -mu^T], [0, I]], (*r, m + 1, m + 1)

    The inverse of E[hhat hhat^T] with the covariance replaced by diag(variance) > 0, (*r, m):
    `lab.theory.normalization.extended_moment`. The bias comes first: written out, with V =
    diag(variance), [[1 + mu^T V^-1 mu, -mu^T V^-1], [-V^-1 mu, V^-1]]. K-FAC's factor of the inputs
    has the whole covariance in the place of V.
    """
    variance = filled("variance", real("variance", variance))
    positive("variance", variance)
    mu = filled("mu", real("mu", mu))
    if not (mu.ndim and variance.ndim):
        raise ValueError("mu and variance must have one number per variable")
    last_axis("mu", mu, variance.shape[-1])
    runs_fit("mu", mu.shape[:-1], variance.shape[:-1])

    mu, variance = np.broadcast_arrays(mu, variance)
    *runs, m = mu.shape
    u = np.zeros((*runs, m + 1, m + 1))
    u += np.eye(m + 1)
    u[..., 0, 1:] = -mu
    one = np.ones((*runs, 1))
    scale = np.concatenate([one, 1 / variance], -1)
    # U diag(...) without the diagonal matrix: columns of U are scaled
    scaled = u * scale[..., None, :]
    return scaled @ transposed(u)


@in_range
def bnp_size(
    m: Numbers,
    batch: Numbers,
) -> Numbers:
    """q^2 = max(m / N, 1): what BNP divides the gradient of a layer of m inputs by

    The largest eigenvalue of Ghat^T Ghat / N of N standardised examples is at least q^2, and at
    most about (1 + sqrt(m / N))^2 <= 4 q^2 where the m inputs are independent. Correlated inputs
    reach m (`normalization_witnesses.repeated_variable`). m, N > 0 broadcast; q^2 = 1 for N >= m.
    """
    m, batch = together(m=m, batch=batch)
    positive("m", m)
    positive("batch", batch)
    return np.maximum(m / batch, 1.0)

"""Second moments of mini-batch gradients in Gaussian linear regression.

And how far Adam is from GN^-1/2 because of them. Common arguments: sigma (n, n) or (n,) for a
diagonal covariance; delta = theta - theta_star, (*r, n); noise: label-noise standard deviation;
batch B; basis: an Orthogonal basis U, the coordinates unless given. E = delta^T Sigma delta, tau =
E + noise^2, r = E / tau. Everything is derived (Isserlis' theorem); Liu et al. 2025 state that
Adam is close to GN^-1/2 at small batches, without our constants.

ValueError for a batch that is no integer >= 1, negative noise, a covariance that is not PSD, shapes
that don't fit; TypeError for a basis that is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lab.bases import Orthogonal
from lab.checks import able, count, nonnegative, real
from lab.domains import entries, filled, in_range, last_axis, number, runs_fit
from lab.linalg import multiply, ratio, vecmat
from lab.matrix_checks import covariance
from lab.theory.recursion import inverse_batch


class AdamOverGN(NamedTuple):
    """(P_Adam / P_GN^-1/2)_i = sqrt(B / (tau k_i)), lower <= k_i <= upper in every basis.

    k (*r, n); lower and upper (*r,): 1 and K = 1 + (B + 1) r for Gaussian inputs; r (*r,);
    rho2 (*r, n): rho_i^2, rho_i the correlation of u_i^T x with delta^T x. A common factor of k is
    a learning rate, so only `spread` is a difference between the methods.
    """

    k: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    r: np.ndarray
    rho2: np.ndarray

    @property
    def spread(self) -> np.ndarray:
        """max / min over coordinates of P_Adam / P_GN^-1/2, (*r,)."""
        largest = self.k.max(-1)
        smallest = self.k.min(-1)
        return np.sqrt(largest / smallest)


@in_range
def second_moment(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    batch: int | None,
    basis: Orthogonal | None = None,
) -> np.ndarray:
    """E[g_B g_B^T] = (1 + 1/B) Sigma delta delta^T Sigma + (tau / B) Sigma

    In the basis, (*r, n, n); batch None: B -> inf. One example has E[x x^T (x^T delta)^2] = 2 Sigma
    delta delta^T Sigma + E Sigma (Isserlis); two different ones have Sigma delta delta^T Sigma.
    """
    sigma, delta, noise = _problem(sigma, delta, noise)
    # 0 for the full batch: the noise is gone, and the mean is left
    inverse = inverse_batch(batch)
    dense, g = _in_basis(sigma, multiply(sigma, delta), basis)
    tau = (delta * multiply(sigma, delta)).sum(-1) + noise**2

    mean = (1 + inverse) * g[..., :, None] * g[..., None, :]
    return mean + inverse * tau[..., None, None] * dense


@in_range
def adam_over_gn_half(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    batch: int,
    basis: Orthogonal | None = None,
    *,
    k4: float = 1.0,
) -> AdamOverGN:
    """s_i = E[(u_i^T g_B)^2] = (tau / B) Sigma_ii k_i

        k_i = (k4 r + 1 - r) + (2 k4 + B - 1) r rho_i^2

    k4 = E w^2 >= 1 is the kurtosis factor of elliptical inputs x = sqrt(w) z; k4 = 1, Gaussian,
    gives k_i = 1 + (B + 1) r rho_i^2. Since 0 <= rho_i^2 <= 1, upper / lower <= 3 at B = 1 for
    every k4, sigma, delta and basis. Both sides are attained: Sigma diagonal, delta = e_1, noise =
    0 has k = (B + 2, 1, ..., 1). As r -> 0 (label noise dominates) Adam becomes GN^-1/2 exactly, as
    B -> inf with r > 0 sign descent. A Sigma of rank one has rho_i^2 = 1 for all i: no spread.

    Right for delta and noise of any size. ValueError when they both vanish: there is no gradient.
    """
    r, rho2 = _correlations(sigma, delta, noise, basis)
    b = count("batch", batch)
    k4 = number("k4", k4)
    if not k4 >= 1:
        raise ValueError(f"k4 = {k4:g}: must be >= 1")

    lower = k4 * r + 1 - r
    above = (2 * k4 + b - 1) * r
    k = lower[..., None] + above[..., None] * rho2
    return AdamOverGN(k, lower, lower + above, r, rho2)


@in_range
def batch_crossover(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    basis: Orthogonal | None = None,
) -> np.ndarray:
    """B_i = 1 / (r rho_i^2) - 1, (*r, n): where coordinate i turns from GN^-1/2-like to sign-like

    The batch size at which k_i = 2; inf for a coordinate with rho_i = 0, which stays GN^-1/2-like
    at every batch size. ValueError as in `adam_over_gn_half`.
    """
    r, rho2 = _correlations(sigma, delta, noise, basis)
    share = r[..., None] * rho2
    return ratio(1.0, share, np.inf) - 1


@in_range
def one_step_progress(
    p: np.ndarray,
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: float,
    batch: int | None,
    *,
    basis: Orthogonal | None = None,
) -> np.ndarray:
    """D(P) = (g^T P g)^2 / (2 tr(P Sigma P E[g_B g_B^T])),  g = Sigma delta, (*r,)

    The expected decrease of the loss with the best step, g^T P g over the trace. P = U diag(p) U^T,
    p (*r, n). Any factor of p drops out. ValueError when the trace is 0: no step, or no gradient.
    """
    m = second_moment(sigma, delta, noise, batch, basis)
    sigma, delta, noise = _problem(sigma, delta, noise)
    p = entries("p", real("p", p), 1)
    last_axis("p", p, len(sigma))
    runs_fit("p", p.shape[:-1], delta.shape[:-1])

    dense, g = _in_basis(sigma, multiply(sigma, delta), basis)
    # tr(P Sigma P M) = p^T (Sigma o M) p: O(n^2) instead of three products of matrices
    moved = vecmat(p, dense * m)
    quadratic = (moved * p).sum(-1)
    if not (quadratic > 0).all():
        raise ValueError("p, or delta and noise, is 0: there is no step, or no gradient")
    slope = (p * g**2).sum(-1)
    return slope**2 / (2 * quadratic)


@in_range
def matrix_regression_moment(
    sigma: np.ndarray,
    delta: np.ndarray,
    noise: np.ndarray,
    batch: int,
) -> np.ndarray:
    """E[vec g_B vec g_B^T] = (Sigma kron C + X) / B + vec(Delta Sigma) vec(Delta Sigma)^T

    (m n, m n). C = Delta Sigma Delta^T + N; y = W_star x + N(0, N), Delta = W - W_star (m, n), x ~
    N(0, Sigma), g = mean_j (Delta x_j - xi_j) x_j^T; vec stacks columns; X has the entries
    X[(a, i), (b, j)] = (Delta Sigma)_bi (Delta Sigma)_aj, a, b < m. sigma (n, n) or (n,), noise the
    covariance N, (m, m) or (m,), both positive semi-definite; batch B >= 1. ValueError otherwise.

    G = Sigma kron I: any basis on the left diagonalises it with that of Sigma on the right, whereas
    label noise singles out the eigenvectors of N: as Delta -> 0 the second moment is exactly
    Sigma kron N / B.
    """
    sigma = _matrix("sigma", sigma)
    noise = _matrix("noise", noise)
    delta = filled("delta", real("delta", delta, 2))
    size = count("batch", batch)
    wanted = (len(noise), len(sigma))
    if delta.shape != wanted:
        raise ValueError(f"delta has shape {delta.shape}: must be {wanted}, as noise and sigma")

    g = delta @ sigma
    k = delta.size
    # the third pairing of Isserlis' theorem, besides the residual's and the mean's
    swapped = np.einsum("bi,aj->iajb", g, g).reshape(k, k)
    residual = np.kron(sigma, delta @ g.T + noise)
    # columns of g one after the other
    mean = g.T.ravel()
    return (residual + swapped) / size + np.outer(mean, mean)


def _problem(sigma, delta, noise):
    """The arguments, checked."""
    sigma = covariance("sigma", real("sigma", sigma))
    delta = entries("delta", real("delta", delta), 1)
    last_axis("delta", delta, len(sigma))
    return sigma, delta, number("noise", noise, nonnegative)


def _in_basis(sigma, g, basis):
    """U^T Sigma U and U^T g."""
    dense = np.diag(sigma) if sigma.ndim == 1 else sigma
    if basis is None:
        return dense, g
    able("basis", basis, "to", "rows")
    last_axis("basis.q", basis.q, len(sigma))
    # bases act on rows: Sigma U, then its columns as rows
    half = basis.rows(dense)
    both = basis.rows(half.T)
    return both.T, basis.to(g)


def _correlations(sigma, delta, noise, basis):
    """r (*r,) and rho_i^2 (*r, n); rho_i = 0 where u_i^T x or delta^T x vanishes."""
    sigma, delta, noise = _problem(sigma, delta, noise)

    # both depend on ratios only: powers of two, which round nothing, keep the squares in range
    largest = np.abs(delta).max(-1, keepdims=True)
    size = _power_of_two(largest)
    unit = _power_of_two(np.abs(sigma).max())
    delta = delta / size
    sigma = sigma / unit
    relative = noise / size[..., 0] / np.sqrt(unit)

    # E and tau are the same in every basis
    dense, g = _in_basis(sigma, multiply(sigma, delta), basis)
    e = (delta * multiply(sigma, delta)).sum(-1)
    tau = e + relative**2
    if not (tau > 0).all():
        raise ValueError(
            "delta^T Sigma delta and noise are both 0: there is no gradient to precondition"
        )
    # rounding of a singular Sigma
    variance = np.maximum(np.diagonal(dense), 0.0)
    rho2 = ratio(g**2, variance * e[..., None])
    return e / tau, rho2


def _power_of_two(x):
    """The power of four next to x (so that its root is exact, too), 1 for 0."""
    _, exponent = np.frexp(x)
    power = np.ldexp(1.0, exponent // 2 * 2)
    return np.where(x > 0, power, 1.0)


def _matrix(name, sigma):
    """A covariance (n, n), or (n,) for a diagonal one, as a matrix."""
    sigma = covariance(name, real(name, sigma))
    return np.diag(sigma) if sigma.ndim == 1 else sigma

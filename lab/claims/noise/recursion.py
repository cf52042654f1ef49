"""The recursion of E[delta delta^T] under SGD with a fixed preconditioner: one step in fractions,
the whole map as a matrix, and the rate that its spectrum gives."""

from __future__ import annotations

import numpy as np

from lab.claims import named, one_by_one
from lab.claims.enumerated import exact_mean_outer, whole_gradients
from lab.theory import sgd


def moved(a, delta, p, *, noise, kurtosis, batch) -> np.ndarray:
    """E[(delta - P g_B)(delta - P g_B)^T] (n, n) of one delta, as fractions."""
    g, weight, total = whole_gradients(a, delta, noise, kurtosis, batch)
    # g is B times a gradient: whole numbers, as are B delta and P
    return exact_mean_outer(batch * delta - g @ p, weight, total * batch**2)


def operator(p, sigma, batch) -> np.ndarray:
    """The recursion of sgd/covariance-recursion without label noise, as a matrix on vec(C): 1 - 1
    kron A - A kron 1 + (1 + 1/B) A kron A + vec(A P) vec(Sigma)^T / B, A = P Sigma. (n^2, n^2), for
    small n.
    """
    eye = np.eye(len(p))
    a = p @ sigma
    linear = np.kron(eye, eye) - np.kron(eye, a) - np.kron(a, eye)

    # tr(Sigma C) is the product of vec(Sigma) and vec(C)
    heated = (a @ p).ravel()
    hot = np.outer(heated, sigma.ravel()) / batch
    squared = np.kron(a, a)
    return linear + (1 + 1 / batch) * squared + hot


def spectral_radius(p, sigma, batch) -> float:
    """The mean-square rate, from all n^2 entries of C: nothing is assumed about a diagonal that
    closes."""
    lam = np.linalg.eigvals(operator(p, sigma, batch))
    return np.abs(lam).max()


@named
def spectrum_rate(p, sigma, batch):
    """the largest r = 1 - x with (1/B) sum q_i^2 / (2 q_i - (1 + 1/B) q_i^2 - x) = 1, q = eig(P
    Sigma)"""
    return one_by_one(_rate, p, sigma, batch)


def _rate(p, sigma, batch):
    q = sgd.preconditioned_spectrum(p, sigma)
    return sgd.rate(q, 0.0, batch, 1.0)


def limit(p, sigma, batch):
    """The step eta at which eta P is no longer mean-square stable, from eig(P Sigma)."""
    q = sgd.preconditioned_spectrum(p, sigma)
    return sgd.stability_limit(q, 0.0, batch)

"""Traces, sizes and spectra of stacks of symmetric matrices (*r, n, n) that are checked already."""

from __future__ import annotations

import numpy as np

from lab.checks import EPS

Pair = tuple[np.ndarray, np.ndarray]


def trace(h: np.ndarray) -> np.ndarray:
    """tr H, (*r,)."""
    return np.trace(h, axis1=-2, axis2=-1)


def size(h: np.ndarray) -> np.ndarray:
    """|H|_F, (*r,)."""
    return np.linalg.norm(h, axis=(-2, -1))


def spectrum(h: np.ndarray) -> Pair:
    """Eigenvalues (*r, n), increasing, 0 where they are rounding, and eigenvectors (*r, n, n).

    Rounding: at most n eps times the largest, negative ones too, of matrices without negative ones.
    """
    lam, q = np.linalg.eigh(h)
    n = h.shape[-1]
    largest = lam[..., -1:]
    kept = lam > n * EPS * largest
    lam = np.where(kept, lam, 0.0)
    return lam, q


def along(
    c: np.ndarray,
    q: np.ndarray,
) -> np.ndarray:
    """The diagonal of Q^T C Q, (*r, n): C along every column of Q."""
    # two factors of n^3 and n^2 instead of two of n^3
    products = (c @ q) * q
    return products.sum(-2)


def per_run(x: np.ndarray) -> np.ndarray:
    """Numbers (*r,) as (*r, 1, 1), to multiply matrices."""
    x = np.asarray(x)
    return x[..., None, None]

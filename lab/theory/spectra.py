"""Spectra, and matrices that have them."""

from __future__ import annotations

import numpy as np

from lab.bases import Orthogonal
from lab.checks import count, positive, real
from lab.linalg import blockdiag, hadamard


def geometric(n: int, kappa: float, largest: float = 1.0) -> np.ndarray:
    """lam_i = largest kappa^(-i / (n - 1)), decreasing, (n,)."""
    count("n", n), positive("kappa", kappa), positive("largest", largest)
    return np.geomspace(largest, largest / kappa, n)


def power_law(n: int, exponent: float) -> np.ndarray:
    """lam_i = i^-exponent, i = 1 ... n."""
    return np.arange(1, count("n", n) + 1.0) ** -real("exponent", exponent)


def two_level(n: int, kappa: float, large: int = 1) -> np.ndarray:
    """`large` eigenvalues kappa, the others 1."""
    positive("kappa", kappa)
    return np.where(np.arange(count("n", n)) < count("large", large), kappa, 1.0)


def with_spectrum(lam: np.ndarray, basis: Orthogonal) -> np.ndarray:
    """Q diag(lam) Q^T, exactly symmetric."""
    h = (basis.q * real("lam", lam, 1)) @ basis.q.T
    return (h + h.T) / 2


def hadamard_blocks(lam: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Blocks H_k = Q diag(...) Q^T, Q = Hadamard / sqrt(size), with unit diagonal: one active eigenvalue lam_k per block, on the last
    column of Q, the others all equal to (size - lam_k) / (size - 1).

    Returns H (K size, K size) and the active vectors v_k in {-1, 1}^size as rows (K, size). 0 < lam_k < size, size a power of two >= 2.
    The diagonal is 1 exactly because every |Q_ij|^2 = 1 / size, so diagonal Gauss-Newton methods see a multiple of the identity.
    """
    lam = real("lam", lam, 1)
    if not ((lam > 0) & (lam < size)).all():
        raise ValueError(f"lam has entries in [{lam.min():g}, {lam.max():g}]: must be in (0, {size}), the block size")
    q = hadamard(size)
    blocks = []
    for active in lam:
        spectrum = np.full(size, (size - active) / (size - 1))
        spectrum[-1] = active
        blocks.append((q * spectrum) @ q.T)
    return blockdiag(blocks), np.tile(np.sqrt(size) * q[:, -1], (len(lam), 1))

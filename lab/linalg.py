"""Linear algebra on matrices and stacks of matrices (*r, n, n).

vec stacks columns: (A kron B) vec(W) = vec(B W A^T).
"""

from __future__ import annotations

import numpy as np


def matvec(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    """H x for one matrix (n, n) and vectors (*r, n), or a stack (*r, n, n). One matrix product when H is shared by the runs."""
    return x @ h.T if h.ndim == 2 else (h @ x[..., None])[..., 0]


def multiply(h: np.ndarray, x: np.ndarray) -> np.ndarray:
    """H x for vectors (*r, n), H a matrix (n, n) or the diagonal (n,) of one."""
    return h * x if h.ndim == 1 else matvec(h, x)


def symmetric_power(h: np.ndarray, power: float, *, floor: float | None = None) -> np.ndarray:
    """H^p of a symmetric positive semi-definite matrix or stack, on its range (the pseudo-inverse for p < 0).

    Eigenvalues up to floor * (largest eigenvalue) count as zero; floor is n times machine precision unless given.
    """
    lam, q = np.linalg.eigh(h)
    floor = h.shape[-1] * np.finfo(float).eps if floor is None else floor
    kept = lam > floor * lam[..., -1:]
    raised = np.where(kept, np.where(kept, lam, 1.0) ** power, 0.0)
    return (q * raised[..., None, :]) @ q.swapaxes(-1, -2)


def solve_symmetric(h: np.ndarray, g: np.ndarray, damping: float | np.ndarray = 0.0) -> np.ndarray:
    """(H + damping I)^-1 g on the range of H + damping I, for a symmetric matrix or stack; NaN for runs that left the floating range.

    h (n, n) or (*r, n, n), g (*r, n), damping a number or (*r, 1). Eigenvalues below n eps max|lam| count as zero.
    """
    h = h + np.asarray(damping)[..., None] * np.eye(h.shape[-1])
    finite = np.isfinite(h).all((-1, -2))
    lam, q = np.linalg.eigh(np.where(finite[..., None, None], h, 0.0))
    kept = np.abs(lam) > h.shape[-1] * np.finfo(float).eps * np.abs(lam).max(-1, keepdims=True)
    inverse = np.where(kept, 1 / np.where(kept, lam, 1.0), 0.0)
    z = (g[..., None, :] @ q)[..., 0, :] * inverse
    return np.where(finite[..., None], (q @ z[..., None])[..., 0], np.nan)


def vec(w: np.ndarray) -> np.ndarray:
    """(*r, out, in) -> (*r, out in), columns stacked."""
    return w.swapaxes(-1, -2).reshape(w.shape[:-2] + (-1,))


def unvec(x: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The inverse of vec: (*r, out in) -> (*r, out, in)."""
    out, into = shape
    return x.reshape(x.shape[:-1] + (into, out)).swapaxes(-1, -2)


def kappa(h: np.ndarray) -> np.ndarray:
    """Condition number lam_max / lam_min of a symmetric positive definite matrix or stack, shape (*r,).

    From eigenvalues: trustworthy up to 1e12 or so. For a Gram matrix A^T A use kappa_gram(A) once it exceeds 1e7.
    """
    lam = np.linalg.eigvalsh(h)
    return lam[..., -1] / lam[..., 0]


def kappa_gram(a: np.ndarray) -> np.ndarray:
    """kappa(A^T A) = (s_max / s_min)^2 from the singular values of the factor A (*r, m, n), shape (*r,)."""
    s = np.linalg.svd(a, compute_uv=False)
    return (s[..., 0] / s[..., -1]) ** 2


def hadamard(n: int) -> np.ndarray:
    """Sylvester's Hadamard matrix over sqrt(n): orthogonal, symmetric, |entries| = n^(-1/2). n must be a power of two."""
    if n < 1 or n & (n - 1):
        raise ValueError(f"n = {n}: must be a power of two")
    q = np.ones((1, 1))
    while len(q) < n:
        q = np.block([[q, q], [q, -q]])
    return q / np.sqrt(n)


def blockdiag(blocks) -> np.ndarray:
    """The block diagonal matrix of square blocks."""
    n = sum(len(block) for block in blocks)
    h, k = np.zeros((n, n)), 0
    for block in blocks:
        h[k : k + len(block), k : k + len(block)] = block
        k += len(block)
    return h

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

    Eigenvalues up to floor * (largest eigenvalue) count as zero; floor is n times machine precision unless given. NaN for runs that
    left the floating range.
    """
    finite = np.isfinite(h).all((-1, -2), keepdims=True)
    lam, q = np.linalg.eigh(np.where(finite, h, 0.0))
    floor = h.shape[-1] * np.finfo(float).eps if floor is None else floor
    kept = lam > floor * lam[..., -1:]
    raised = np.where(kept, np.where(kept, lam, 1.0) ** power, 0.0)
    return np.where(finite, (q * raised[..., None, :]) @ q.swapaxes(-1, -2), np.nan)


def unfold(x: np.ndarray, mode: int, order: int) -> np.ndarray:
    """The mode-j unfolding of tensors (*r, d_1, ..., d_k), k = order: (*r, d_j, product of the others)."""
    moved = np.moveaxis(x, mode - order, x.ndim - order)
    return moved.reshape(moved.shape[: x.ndim - order + 1] + (-1,))


def gram(x: np.ndarray, mode: int, order: int) -> np.ndarray:
    """X_(j) X_(j)^T of the mode-j unfolding, (*r, d_j, d_j): G G^T and G^T G for the two modes of a matrix G."""
    flat = unfold(x, mode, order)
    return flat @ flat.swapaxes(-1, -2)


def multiply_modes(x: np.ndarray, factors) -> np.ndarray:
    """Every mode j of x (*r, d_1, ..., d_k) times its matrix (d_j, d_j) or (*r, d_j, d_j): Q_1^T X Q_2 for a matrix X."""
    for j, q in enumerate(factors):
        axis = j - len(factors)
        moved = np.moveaxis(x, axis, -1)
        kept = moved.shape[: moved.ndim - len(factors)]
        turned = moved.reshape(kept + (-1, moved.shape[-1])) @ q
        x = np.moveaxis(turned.reshape(turned.shape[:-2] + moved.shape[len(kept) :]), -1, axis)
    return x


def polar_factor(x: np.ndarray) -> np.ndarray:
    """U V^T of X = U S V^T, on the range of X (*r, m, n); NaN for runs that left the floating range.

    Singular values up to max(m, n) eps times the largest count as zero. It is the matrix of spectral norm 1 closest to X.
    """
    finite = np.isfinite(x).all((-1, -2), keepdims=True)
    u, s, vt = np.linalg.svd(np.where(finite, x, 0.0), full_matrices=False)
    kept = s > max(x.shape[-2:]) * np.finfo(float).eps * s[..., :1]
    return np.where(finite, (u * kept[..., None, :]) @ vt, np.nan)


def newton_schulz(x: np.ndarray, coefficients, iterations: int) -> np.ndarray:
    """X <- a X + (b A + c A^2) X with A = X X^T, `iterations` times: an odd polynomial of the singular values, at matrix products' cost.

    (a, b, c) = (1.5, -0.5, 0) converges to the polar factor when |X|_2 < sqrt(3). Works on the short side of X (*r, m, n).
    """
    a, b, c = coefficients
    tall = x.shape[-2] > x.shape[-1]
    x = x.swapaxes(-1, -2) if tall else x
    for _ in range(iterations):
        square = x @ x.swapaxes(-1, -2)
        x = a * x + (b * square + c * square @ square) @ x
    return x.swapaxes(-1, -2) if tall else x


def solve_symmetric(h: np.ndarray, g: np.ndarray, damping: float | np.ndarray = 0.0) -> np.ndarray:
    """A^+ g for A = H + damping I, a symmetric matrix or stack; NaN for runs that left the floating range.

    h (n, n) or (*r, n, n), g (*r, n), damping a number or (*r, 1). The rank is that of C = S A S, whose diagonal is 1, so that no unit
    of a coordinate decides it: eigenvalues of C below n eps max|lam| count as zero. With C = Q L Q^T and P the projection off the null
    space of A, which S maps there from that of C:  A^+ = P (S Q) L^+ (S Q)^T P.
    """
    a = h + np.asarray(damping)[..., None] * np.eye(h.shape[-1])
    finite = np.asarray(np.isfinite(a).all((-1, -2)))
    a = np.where(finite[..., None, None], a, 0.0)

    scale = _unit_diagonal(a)
    lam, q = np.linalg.eigh(a * scale[..., :, None] * scale[..., None, :])
    kept = np.abs(lam) > h.shape[-1] * np.finfo(float).eps * np.abs(lam).max(-1, keepdims=True)
    inverse = np.where(kept, 1 / np.where(kept, lam, 1.0), 0.0)

    q = scale[..., :, None] * q
    null = np.where(kept[..., None, :], 0.0, q)
    z = (_off(null, g)[..., None, :] @ q)[..., 0, :] * inverse
    return np.where(finite[..., None], _off(null, (q @ z[..., None])[..., 0]), np.nan)


def _unit_diagonal(a: np.ndarray) -> np.ndarray:
    """S = diag(A)^(-1/2), (*r, n), 1 for a zero; all 1 for a matrix with a negative 1 x 1 or 2 x 2 minor, which has no such scale."""
    d = np.diagonal(a, axis1=-2, axis2=-1)
    scale = np.where(d > 0, 1 / np.sqrt(np.where(d > 0, d, 1.0)), 1.0)

    # a minor of a singular block is 0 up to a few roundings of its products
    bound = np.sqrt(np.abs(d[..., :, None])) * np.sqrt(np.abs(d[..., None, :]))
    definite = (np.abs(a) <= (1 + 8 * np.finfo(float).eps) * bound).all((-1, -2)) & (d >= 0).all(-1)
    return np.where(definite[..., None], scale, 1.0)


def _off(null: np.ndarray, x: np.ndarray) -> np.ndarray:
    """x (*r, n) less its part in the span of the columns of null (*r, n, n), most of which are 0."""
    if not null.any():
        return x
    length = np.linalg.norm(null, axis=-2, keepdims=True)
    u, s, _ = np.linalg.svd(null / np.where(length > 0, length, 1.0))

    # columns have length 1 or 0, and those that are not 0 came from orthogonal ones: half the digits tell them apart
    u = np.where(s[..., None, :] > np.sqrt(np.finfo(float).eps), u, 0.0)
    return x - (u @ (x[..., None, :] @ u).swapaxes(-1, -2))[..., 0]


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

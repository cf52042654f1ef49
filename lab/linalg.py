"""Linear algebra on matrices and stacks of matrices (*r, n, n).

Domain: real numbers in shapes that fit, TypeError or ValueError naming the parameter otherwise. NaN
and inf are data, the runs that diverged: they give NaN or inf in their own run and leave the others
alone. Only the condition numbers ask for finite entries.
"""

from __future__ import annotations

import numpy as np

from lab.checks import EPS, is_integer, loops, one_line, real
from lab.domains import (
    Numbers,
    entries,
    filled,
    last_axis,
    runs_fit,
    several,
)
from lab.matrix_checks import matrices, square, symmetric_matrices
from lab.scaling import off, unit_diagonal

# a matrix of this size is half a gigabyte
WIDEST = 2**13


def ratio(
    a: Numbers,
    b: Numbers,
    otherwise: Numbers = 0.0,
) -> np.ndarray:
    """a / b where b != 0, `otherwise` elsewhere, without warnings. The three broadcast.

    Which limit is meant at b = 0 is the caller's to say. Overflow gives inf.
    """
    defined = np.not_equal(b, 0)
    divisor = np.where(defined, b, 1.0)
    with np.errstate(all="ignore"):
        quotient = a / divisor
    return np.where(defined, quotient, otherwise)


def transposed(x: np.ndarray) -> np.ndarray:
    """X^T of every matrix of a stack (*r, m, n), as a view."""
    return x.swapaxes(-1, -2)


def vecmat(
    x: np.ndarray,
    a: np.ndarray,
) -> np.ndarray:
    """x^T A, (*r, n), for vectors x (*r, m) and matrices A (m, n) or (*r, m, n)."""
    row = x[..., None, :] @ a
    return row[..., 0, :]


def matvec(
    h: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """H x for one matrix (m, n) and vectors (*r, n), or a stack (*r, m, n).

    One matrix product when H is shared by the runs.
    """
    h = entries("h", h, 2)
    x = entries("x", x, 1)
    last_axis("x", x, h.shape[-1])
    if h.ndim == 2:
        return x @ h.T

    runs_fit("x", x.shape[:-1], h.shape[:-2])
    column = x[..., None]
    product = h @ column
    return product[..., 0]


def multiply(
    h: np.ndarray,
    x: np.ndarray,
) -> np.ndarray:
    """H x for vectors (*r, n), H a matrix (n, n), a stack, or the diagonal (n,) of one."""
    h = entries("h", h, 1)
    if h.ndim > 1:
        return matvec(h, x)

    x = entries("x", x, 1)
    last_axis("x", x, len(h))
    return h * x


def _finite_matrices(x):
    """Which matrices of a stack are finite, (*r, 1, 1), and the stack with 0 for the others."""
    finite = np.isfinite(x)
    finite = finite.all((-1, -2), keepdims=True)
    return finite, np.where(finite, x, 0.0)


def symmetric_power(
    h: np.ndarray,
    power: float,
    *,
    floor: float | None = None,
) -> np.ndarray:
    """H^p of a symmetric positive semi-definite matrix or stack (*r, n, n), on its range.

    p < 0 gives powers of the pseudo-inverse. Eigenvalues up to floor * (largest eigenvalue) count
    as zero, and negative ones; floor is n times machine precision unless given. Only the lower
    triangle of H is read. NaN for runs that left the floating range.
    """
    h = square("h", h)
    real("power", power, 0)
    if floor is None:
        floor = h.shape[-1] * EPS
    real("floor", floor, 0)

    finite, cleaned = _finite_matrices(h)
    lam, q = np.linalg.eigh(cleaned)
    largest = lam[..., -1:]
    kept = lam > floor * largest
    base = np.where(kept, lam, 1.0)
    with np.errstate(over="ignore"):
        raised = base**power
    if not np.isfinite(raised).all():
        raise ValueError(f"power = {power:g}: must keep the eigenvalues in the floating range")

    raised = np.where(kept, raised, 0.0)
    scaled = q * raised[..., None, :]
    answer = scaled @ transposed(q)
    return np.where(finite, answer, np.nan)


def polar_factor(x: np.ndarray) -> np.ndarray:
    """U V^T of X = U S V^T, on the range of X (*r, m, n); NaN for runs beyond the floating range.

    Singular values up to max(m, n) eps times the largest count as zero. It is the matrix of
    spectral norm 1 closest to X.
    """
    x = filled("x", entries("x", x, 2))
    finite, cleaned = _finite_matrices(x)
    u, s, vt = np.linalg.svd(cleaned, full_matrices=False)

    rows, columns = x.shape[-2:]
    zero = max(rows, columns) * EPS
    largest = s[..., :1]
    kept = s > zero * largest
    on_range = u * kept[..., None, :]
    factor = on_range @ vt
    return np.where(finite, factor, np.nan)


def newton_schulz(
    x: np.ndarray, coefficients: tuple[float, float, float], iterations: int
) -> np.ndarray:
    """X <- a X + (b A + c A^2) X with A = X X^T, `iterations` times; coefficients (a, b, c).

    An odd polynomial of the singular values of X (*r, m, n), by matrix products on its short side.
    (1.5, -0.5, 0) converges to the polar factor when |X|_2 < sqrt(3).
    """
    x = entries("x", x, 2)
    given = real("coefficients", coefficients, 1)
    if len(given) != 3:
        raise ValueError(
            f"coefficients = {coefficients}: must be the three of a X + b A X + c A^2 X"
        )
    a, b, c = coefficients

    rows, columns = x.shape[-2:]
    tall = rows > columns
    x = transposed(x) if tall else x
    count = loops("iterations", iterations, 0)
    for _ in range(count):
        square = x @ transposed(x)
        fourth = c * square @ square
        polynomial = b * square + fourth
        x = a * x + polynomial @ x
    return transposed(x) if tall else x


def solve_symmetric(
    h: np.ndarray,
    g: np.ndarray,
    damping: Numbers = 0.0,
) -> np.ndarray:
    """A^+ g for A = H + damping I, a symmetric matrix or stack.

    h (n, n) or (*r, n, n), g (*r, n), damping a number or (*r, 1). The rank is that of C = S A S,
    whose diagonal is 1: eigenvalues of C = Q L Q^T below n eps max|lam| count as zero. With P the
    projection off S (null space of C), A^+ = P (S Q) L^+ (S Q)^T P. NaN for runs that diverged.
    """
    h, g = _damped(h, g, damping)
    n = h.shape[-1]
    finite, a = _finite_matrices(h)
    scale = unit_diagonal(a)
    rows = scale[..., :, None]
    columns = scale[..., None, :]
    c = a * rows * columns
    lam, q = np.linalg.eigh(c)
    size = np.abs(lam)
    largest = size.max(-1, keepdims=True)
    zero = n * EPS * largest
    kept = size > zero
    inverse = ratio(1.0, np.where(kept, lam, 0.0))

    q = rows * q
    null = np.where(kept[..., None, :], 0.0, q)
    # g less its part in the null space, before and after: rounding in Q would bring it back
    seen = off(null, g)
    z = vecmat(seen, q) * inverse
    solution = q @ z[..., None]
    solved = off(null, solution[..., 0])
    return np.where(finite[..., 0], solved, np.nan)


def _damped(h, g, damping):
    """H + damping I and g, after checking that the three fit."""
    h = square("h", h)
    n = h.shape[-1]
    g = entries("g", g, 1)
    last_axis("g", g, n)

    shift = entries("damping", damping, 0)
    runs_fit("damping", (*shift.shape, 1), h.shape)
    each = shift[..., None]
    h = h + each * np.eye(n)
    runs_fit("g", g.shape[:-1], h.shape[:-2])
    return h, g


def kappa(h: np.ndarray) -> np.ndarray:
    """lam_max / lam_min, (*r,), of a symmetric positive semi-definite matrix or stack (*r, n, n).

    inf for a singular H. From eigenvalues: trustworthy up to 1e12 or so; for a Gram matrix A^T A
    use kappa_gram(A) once it exceeds 1e7. ValueError for an H that is not symmetric or is
    indefinite: an eigenvalue below -n eps max|lam|, the rounding of the computation.
    """
    lam = np.linalg.eigvalsh(symmetric_matrices("h", h))
    least = lam[..., 0]
    largest = lam[..., -1]

    n = lam.shape[-1]
    size = np.abs(lam)
    rounding = n * EPS * size.max(-1)
    indefinite = least < -rounding
    if indefinite.any():
        raise ValueError(f"h has smallest eigenvalue {least.min():.3g}: must be positive definite")
    clipped = np.maximum(least, 0.0)
    return ratio(largest, clipped, np.inf)


def kappa_gram(a: np.ndarray) -> np.ndarray:
    """kappa(A^T A) = (s_max / s_min)^2 from the singular values of A (*r, m, n), shape (*r,).

    inf where A^T A is singular, which it is for every A with fewer rows than columns.
    """
    a = matrices("a", a)
    rows, columns = a.shape[-2:]
    if rows < columns:
        return np.full(a.shape[:-2], np.inf)

    s = np.linalg.svd(a, compute_uv=False)
    largest = s[..., 0]
    least = s[..., -1]
    spread = ratio(largest, least, np.inf)
    with np.errstate(over="ignore"):
        return spread**2


def hadamard(n: int) -> np.ndarray:
    """Sylvester's Hadamard matrix over sqrt(n): orthogonal, symmetric, |entries| = n^(-1/2).

    n must be a power of two, ValueError otherwise.
    """
    valid = is_integer(n) and 1 <= n <= WIDEST
    if not valid or n & (n - 1):
        raise ValueError(f"n = {one_line(n)}: must be a power of two, at most {WIDEST}")

    q = np.ones((1, 1))
    while len(q) < n:
        q = np.block([[q, q], [q, -q]])
    return q / np.sqrt(n)


def blockdiag(blocks) -> np.ndarray:
    """The block diagonal matrix (n, n) of square blocks, n the sum of their sizes."""
    blocks = several("blocks", blocks)
    checked = []
    for j, block in enumerate(blocks):
        checked.append(square(f"blocks[{j}]", block))
    if any(block.ndim > 2 for block in checked):
        raise ValueError("blocks: each must be one matrix, not a stack")

    n = sum(len(block) for block in checked)
    h = np.zeros((n, n))
    start = 0
    for block in checked:
        end = start + len(block)
        h[start:end, start:end] = block
        start = end
    return h

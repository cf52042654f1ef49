"""Spectra, matrices that have them, and grids of sizes over which they are looked at.

ValueError for a dimension that is no integer >= 1, or a condition number or eigenvalue outside what
the function states.

A quadratic is a spectrum in a basis, and both are chosen apart. Condition 100, and no coordinate
along an eigenvector:
    h = with_spectrum(geometric(20, 100), random(20, rng))
"""

from __future__ import annotations

import numpy as np

from lab.bases import Orthogonal
from lab.checks import able, count, loops, positive, real, switch
from lab.domains import LARGEST_INTEGER, in_range, last_axis, number, vector
from lab.linalg import blockdiag, hadamard


@in_range
def geometric(
    n: int,
    kappa: float,
    largest: float = 1.0,
) -> np.ndarray:
    """lam_i = largest kappa^(-i / (n - 1)), decreasing, (n,); kappa, largest > 0.

    geometric(n, kappa) has condition number kappa exactly at its ends; n = 1 gives `largest`, n = 2
    both ends. kappa < 1 increases instead.
    """
    loops("n", n)
    kappa = number("kappa", kappa, positive)
    largest = number("largest", largest, positive)
    smallest = largest / kappa
    if not 0 < smallest < np.inf:
        raise ValueError(f"kappa = {kappa:g}: must leave the smallest eigenvalue in floating range")
    return np.geomspace(largest, smallest, n)


@in_range
def geometric_integers(
    first: float,
    last: float,
    points: int,
    down: bool = False,
) -> np.ndarray:
    """The distinct integers next to a geometric grid: batch sizes, dimensions, times; (K,).

    `points` numbers from first to last, 1 <= first <= last, to the nearest integer (halves to the
    even one) or down, increasing; K <= points, since small ones coincide. Rounding down counts a
    number within 1e-12 of an integer as that integer: a power of ten stays itself on every machine.
    """
    first = number("first", first, positive)
    last = number("last", last, positive)
    if not 1 <= first <= last <= LARGEST_INTEGER:
        raise ValueError(f"first = {first:g}, last = {last:g}: must be 1 <= first <= last <= 2^53")
    switch("down", down)
    grid = np.geomspace(first, last, loops("points", points))
    whole = np.floor(grid * (1 + 1e-12)) if down else np.rint(grid)
    return np.unique(whole.astype(int))


@in_range
def power_law(n: int, exponent: float) -> np.ndarray:
    """lam_i = i^-exponent, i = 1 ... n; any real exponent.

    Exponent 1 is the spectrum of many data sets; 0 gives n ones. It underflows to 0. The condition
    number is n^exponent, and the trace stays bounded as n grows for exponents above 1.
    """
    i = np.arange(1, loops("n", n) + 1.0)
    return i ** -real("exponent", exponent, 0)


@in_range
def two_level(
    n: int,
    kappa: float,
    large: int = 1,
) -> np.ndarray:
    """`large` eigenvalues kappa > 0, the others 1; all of them kappa when large >= n.

    The quadratic on which steepest descent zigzags; kappa < 1 makes `large` small ones. Conjugate
    gradients need two steps, whatever kappa is.
    """
    kappa = number("kappa", kappa, positive)
    first = np.arange(loops("n", n)) < count("large", large)
    return np.where(first, kappa, 1.0)


@in_range
def with_spectrum(lam: np.ndarray, basis: Orthogonal) -> np.ndarray:
    """Q diag(lam) Q^T, exactly symmetric, (n, n); lam (n,), basis of the same dimension.

    In floating point the eigenvalues are lam up to n eps max|lam|: small ones of a large condition
    number are lost in a basis that is not the coordinates.
    """
    lam = vector("lam", lam)
    able("basis", basis, "to", "back")
    last_axis("basis.q", basis.q, len(lam))
    # the product is symmetric up to rounding only
    h = (basis.q * lam) @ basis.q.T
    return (h + h.T) / 2


@in_range
def hadamard_blocks(
    lam: np.ndarray,
    size: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Blocks H_k = Q diag(...) Q^T, Q = Hadamard / sqrt(size), with unit diagonal

    One active eigenvalue lam_k per block, on the last column of Q, the others all equal to
    (size - lam_k) / (size - 1). The diagonal is 1 exactly because every |Q_ij|^2 = 1 / size, so
    diagonal Gauss-Newton methods see a multiple of the identity.

    Returns H (K size, K size) and the active vectors v_k in {-1, 1}^size as rows (K, size).
    ValueError unless 0 < lam_k < size, size a power of two >= 2.
    """
    lam = vector("lam", lam)
    if loops("size", size, 2) & (size - 1):
        raise ValueError(f"size = {size}: must be a power of two")
    q = hadamard(size)
    if not ((lam > 0) & (lam < size)).all():
        raise ValueError(
            f"lam has entries in [{lam.min():g}, {lam.max():g}]: must be in (0, {size}), the "
            "block size"
        )

    blocks = []
    for active in lam:
        spectrum = np.full(size, (size - active) / (size - 1))
        spectrum[-1] = active
        # its trace is the size, spread evenly over the diagonal
        blocks.append((q * spectrum) @ q.T)

    # +-1: the columns of q are normalised
    signs = np.sqrt(size) * q[:, -1]
    return blockdiag(blocks), np.tile(signs, (len(lam), 1))

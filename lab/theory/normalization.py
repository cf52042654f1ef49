"""What normalising the inputs of a layer does to the condition number of a neuron's Hessian.

The Hessian is Hhat^T S Hhat / N: see `lab.theory.hidden_data` for h, Hhat and s. Every kappa here
is that of such a Gram matrix, the square of a condition number of Hhat. With mu and C the moments
weighted by s and s of mean 1, it is M = [[1, mu^T], [mu, C + mu mu^T]], which centring makes
diag(1, C): M = U^-T diag(1, C) U^-1 with U = [[1, -mu^T], [0, I]]. Structure and claims are those
of Lange, Helfrich & Ye 2022 and Ye 2024, as far as they are known to us; what is exact here is
derived. ValueError outside the domains stated.
"""

from __future__ import annotations

import numpy as np

from lab.checks import count, nonnegative, positive, real
from lab.domains import Numbers, filled, in_range, last_axis, runs_fit
from lab.linalg import matvec, ratio, transposed
from lab.matrix_checks import matrices, symmetric_matrices

EPS = np.finfo(float).eps


@in_range
def range_kappa(
    a: np.ndarray,
    rank: int,
) -> np.ndarray:
    """kappa* of A^T A: the square of the largest over the rank-th singular value of A (*r, N, m)

    Over the nonzero spectrum where the rank is known: layer normalisation has the null vector 1, a
    network one per invariance. inf where the rank is less. 1 <= rank <= min(N, m).
    """
    a = matrices("a", a)
    highest = min(a.shape[-2:])
    rank = count("rank", rank, 1, highest)
    s = np.linalg.svd(a, compute_uv=False)
    largest = s[..., 0]
    least = s[..., rank - 1]
    n = max(a.shape[-2:])
    nonzero = _without_rounding(least, n, largest)
    return ratio(largest, nonzero, np.inf) ** 2


def _without_rounding(x, n, largest):
    """x, with 0 for what LAPACK leaves of a zero in a matrix of n rows or columns."""
    rounding = n * EPS * largest
    return np.where(x > rounding, x, 0.0)


@in_range
def extended_moment(
    mu: np.ndarray,
    c: np.ndarray,
) -> np.ndarray:
    """M = [[1, mu^T], [mu, C + mu mu^T]], (*r, m + 1, m + 1): Hhat^T S Hhat over the sum of s.

    mu (*r, m), C (*r, m, m) positive semi-definite. det M = det C, whatever mu is.
    """
    mu, c = _moments("mu", mu, c)
    outer = _outer(_with_one(mu))
    n = outer.shape[-1]
    own = outer.shape[:-2]
    runs = np.broadcast_shapes(own, c.shape[:-2])
    m = np.zeros((*runs, n, n))
    m += outer
    # the mean has no variance of its own: the row and column of the bias stay
    m[..., 1:, 1:] += c
    return m


def _with_one(x):
    """(1, x), (*r, m + 1)."""
    shape = (*x.shape[:-1], 1)
    one = np.ones(shape)
    return np.concatenate([one, x], -1)


def _outer(x):
    """x x^T of every vector (*r, m)."""
    column = x[..., :, None]
    row = x[..., None, :]
    return column * row


@in_range
def mahalanobis(
    mu: np.ndarray,
    c: np.ndarray,
) -> np.ndarray:
    """Delta = sqrt(mu^T C^-1 mu), (*r,): how far the mean is from 0 in standard deviations

    mu (*r, m), C (*r, m, m). inf where mu has a part in the null space of C. It does not depend on
    the units of the variables; `conditioning.shift_bound` is what that costs.
    """
    lam, along = _modes(mu, c)
    without = np.where(along != 0, np.inf, 0.0)
    squares = ratio(along**2, lam, without)
    return np.sqrt(squares.sum(-1))


def _modes(mu, c):
    """Eigenvalues of C (*r, m), 0 where they are rounding, and mu along the eigenvectors."""
    mu, c = _moments("mu", mu, c)
    lam, y = np.linalg.eigh(c)
    n = lam.shape[-1]
    largest = lam[..., -1:]
    nonzero = _without_rounding(lam, n, largest)
    # as a sum of products: what cancels is exactly 0, which a fused product might miss
    along = mu[..., None] * y
    return nonzero, along.sum(-2)


def _moments(name, mu, c):
    """mu (*r, m) and a symmetric positive semi-definite C (*r, m, m), checked against each
    other."""
    c = _semidefinite(c)
    mu = _fitting(name, mu, c)
    return mu, c


def _fitting(name, v, c):
    """Vectors v (*r, m) for the matrices C (*r, m, m), checked against them."""
    v = real(name, v)
    v = filled(name, v)
    if not v.ndim:
        raise ValueError(f"{name} = {v}: must have one number per variable")
    n = c.shape[-1]
    own = v.shape[:-1]
    others = c.shape[:-2]
    last_axis(name, v, n)
    runs_fit(name, own, others)
    return v


def _runs(v, c):
    """The runs of vectors (*r, m) and matrices (*r, m, m) together."""
    own = v.shape[:-1]
    others = c.shape[:-2]
    return np.broadcast_shapes(own, others)


def _directed(name, v):
    """|v| (*r, 1) and v / |v|. ValueError where v is 0."""
    length = np.linalg.norm(v, axis=-1, keepdims=True)
    positive(f"length of {name}", length)
    return length, v / length


def _semidefinite(c):
    """C (*r, m, m), symmetric without negative eigenvalues."""
    c = symmetric_matrices("c", c)
    lam = np.linalg.eigvalsh(c)
    least = lam[..., 0]
    sizes = np.abs(c)
    largest = sizes.max((-1, -2))
    n = c.shape[-1]
    rounding = n * EPS * largest
    # a covariance of rank below m has such zeros
    negative = least < -rounding
    if negative.any():
        lowest = least.min()
        raise ValueError(f"c has smallest eigenvalue {lowest:.3g}: must be >= 0")
    return c


@in_range
def centred_kappa(c: np.ndarray) -> np.ndarray:
    """max(1, lam_max C) / min(1, lam_min C): kappa after centring, exactly, (*r,).

    Never above kappa(M): M has the quotient 1 at (1, 0), y^T (C + mu mu^T) y >= y^T C y at (0, y),
    and at most y^T C y at (-mu^T y, y), for unit vectors y. inf for a singular C (*r, m, m).
    """
    c = _semidefinite(c)
    lam = np.linalg.eigvalsh(c)
    first = lam[..., 0]
    last = lam[..., -1]
    # beside the 1 of the bias
    largest = np.maximum(last, 1.0)
    clipped = np.maximum(first, 0.0)
    least = np.minimum(clipped, 1.0)
    return ratio(largest, least, np.inf)


@in_range
def uncentred_bound(
    mu: np.ndarray,
    c: np.ndarray,
) -> np.ndarray:
    """kappa(M) >= (1 + |mu|^2 + mu^T C mu / (1 + |mu|^2)) max_k (1 + (mu^T y_k)^2) / lam_k,  C y_k
        = lam_k y_k

    A Rayleigh quotient of M at (1, mu), and one of M^-1 at each (-mu^T y_k, y_k); or its
    entry 1 + mu^T C^-1 mu, where that is larger. inf for a singular C.
    """
    delta = mahalanobis(mu, c)
    lam, along = _modes(mu, c)
    squares = along**2
    bends = lam * squares
    bend = bends.sum(-1)
    length = 1 + squares.sum(-1)
    top = length + bend / length

    modes = ratio(1 + squares, lam, np.inf)
    largest = modes.max(-1)
    bottom = np.maximum(1 + delta**2, largest)
    return top * bottom


@in_range
def batchnorm_hessian(
    c: np.ndarray,
    w: np.ndarray,
    curvature: Numbers = 1.0,
) -> np.ndarray:
    """curvature (C - C w w^T C / (w^T C w)), (*r, m, m): batch normalisation of a pre-activation

    The w-block of a least squares loss of gamma u + beta, u = (w^T h - mean) / sqrt(w^T C w), at a
    point stationary in w with gamma cov(u, y) > 0 and eps = 0; curvature is gamma cov(u, y) / (w^T
    C w). Rank m - 1: its nonzero eigenvalues interlace those of curvature C. C positive definite, w
    (*r, m) not 0.
    """
    w, c = _moments("w", w, c)
    curvature = real("curvature", curvature)
    nonnegative("curvature", curvature)
    runs = _runs(w, c)
    runs_fit("curvature", curvature.shape, runs)
    _, unit = _directed("w", w)

    moved = matvec(c, unit)
    along = unit * moved
    size = along.sum(-1)
    # rounding of a singular C may leave 0 where w is in its null space
    positive("w^T c w", size)
    scale = size[..., None, None]
    projected = c - _outer(moved) / scale
    return curvature[..., None, None] * projected


@in_range
def weightnorm_hessian(
    h: np.ndarray,
    v: np.ndarray,
    gain: Numbers,
) -> np.ndarray:
    """J^T H J, J = [v / |v|, (gain / |v|)(I - v v^T / |v|^2)], (*r, n + 1, n + 1): in (gain, v)

    H (*r, n, n): the Hessian in w = gain v / |v| at a stationary point (Salimans & Kingma 2016). v
    itself is a null direction. kappa* is kappa(H) at |v| = |gain|, and within max(t^2, t^-2) of it
    otherwise, t = gain / |v|.
    """
    h = symmetric_matrices("h", h)
    v = _fitting("v", v, h)
    gain = real("gain", gain)
    runs = _runs(v, h)
    runs_fit("gain", gain.shape, runs)

    length, unit = _directed("v", v)
    n = h.shape[-1]
    across = np.eye(n) - _outer(unit)
    gains = gain[..., None]
    stretch = gains / length
    stretched = stretch[..., None] * across

    rows = stretched.shape[:-1]
    column = unit[..., None]
    broad = np.broadcast_to(column, (*rows, 1))
    j = np.concatenate([broad, stretched], -1)
    # no term of the second derivative of w: the gradient by w vanishes at a stationary point
    return transposed(j) @ h @ j

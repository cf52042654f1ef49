"""What the claims about Kronecker products quantify over: second moments of tensors, gradients.

A piece of a space draws from unit coordinates u (R, N): the first two choose a kind and a scale,
the others become normal numbers. The kinds are the corners where an approximation of C by a product
is exact (separable, the identity), undefined (zero), near a border (weak), or at its worst (rank
one, diagonal with zeros, offset).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import ndtri

from lab.claims import Piece, named
from lab.linalg import symmetric_power, transposed
from lab.theory.kronecker.approximations import tnt_factors
from lab.theory.kronecker.moments import kronecker_product

PUBLISHED = "Ren & Goldfarb 2021, Tensor Normal Training"
DENSE = ("gaussian", "ill-conditioned")
SINGULAR = ("low rank", "rank one", "diagonal")
SEPARABLE = ("separable", "identity")


def second_moments(
    dims: Any,
    kinds: tuple[str, ...] = DENSE + SINGULAR + SEPARABLE,
    *,
    most: int = 12,
    decades: float = 3.0,
) -> Piece:
    """C (R, D, D) of tensors of the sizes dims, D <= most, of size 10^-decades ... 10^decades.

    dims: a tuple, or the symbol that is drawn before. kinds, with equal chances: of D gaussian
    gradients, ill-conditioned (1e6), of few or one gradient, diagonal with zeros, Kronecker
    products, the identity, 0; graded, weak and offset as in `moments_of`.
    """

    def at(u, values):
        """C of the kind and the size that the first two coordinates choose."""
        sizes = dims if isinstance(dims, tuple) else values[str(dims)]
        # as many coordinates whatever the sizes are: a point of the space keeps its meaning
        numbers = normal(u[:, 2 : 2 + most * most])
        rows = numbers.reshape(-1, most, most)
        d = math.prod(sizes)
        found = moments_of(rows[:, :d, :d], sizes)
        chosen = of_kind([found[kind] for kind in kinds], u[:, 0])
        exponent = decades * (2 * u[:, 1] - 1)
        return 10.0 ** exponent[:, None, None] * chosen

    text = f"second moments ({', '.join(kinds)}) of tensors {dims}"
    return Piece(text, at, lambda largest: 2 + most * most, ())


def of_kind(arrays, share) -> np.ndarray:
    """For every instance that of its kind: arrays (R, ...) of K kinds, share (R,) in [0, 1]."""
    count = len(arrays)
    # a coordinate may be 1
    which = np.minimum((share * count).astype(int), count - 1)
    return np.stack(arrays)[which, np.arange(len(share))]


def moments_of(x, dims) -> dict[str, np.ndarray]:
    """Second moments (R, D, D) of every kind from normal numbers x (R, D, D).

    "ill-conditioned" has eigenvalues 1 ... 1e-6 in a random basis; "graded" has rows of x over
    three decades, so that its large directions are few. "low rank" is of D // 2 gradients. Those of
    "diagonal" that are below 0.16 are 0, but never all.
    """
    d = x.shape[-1]
    few = max(d // 2, 1)
    one = np.eye(d)
    place = np.arange(d) / max(d - 1, 1)
    # three decades of the rows are six of C
    sizes = 10.0 ** (-3 * place)
    mixed = np.linalg.qr(x)[0]

    first = x[:, 0]
    sparse = np.where(np.abs(first) < 0.4, 0.0, first**2)
    # the trace is above 0
    sparse[:, 0] += 0.1
    factors = [gram(x[:, :n, :n] + np.eye(n)) for n in dims]
    scaled = x * sizes[:, None]
    return {
        "gaussian": gram(x),
        "ill-conditioned": gram(transposed(mixed * sizes)),
        "low rank": gram(x[:, :few]),
        "rank one": gram(x[:, :1]),
        "diagonal": sparse[:, :, None] * one,
        "separable": kronecker_product(factors),
        "identity": np.broadcast_to(one, x.shape),
        "graded": gram(scaled),
        "weak": weak(x, dims),
        "offset": offset(x, dims),
        "zero": 0.0 * x,
    }


def weak(x, dims) -> np.ndarray:
    """I + d Z kron ... kron Z, Z = diag(1, -1, 0, ...), 0.01 <= d <= 0.5.

    With two modes or more that are larger than 1, all partial traces are multiples of the identity,
    and F_TNT is I: as d -> 0 Pinsker's inequality becomes an equality. Of a mode of size 1 Z is 1.
    """
    signs = []
    for n in dims:
        units = np.eye(n)
        signs.append(units[0] - units[1] if n > 1 else units[0])
    diagonal = signs[0]
    for other in signs[1:]:
        diagonal = np.outer(diagonal, other).ravel()
    first = np.abs(x[:, 0, :1])
    size = np.clip(first / 3, 0.01, 0.5)
    entries = 1 + size * diagonal
    return entries[:, :, None] * np.eye(x.shape[-1])


def offset(x, dims) -> np.ndarray:
    """diag(n^2, ..., 4, 1) kron the same of the others, plus s X_1 kron ... kron X_k, X_i = 1 off
    its diagonal and 0 on it, 0.01 <= s <= 0.2.

    The second term has no partial trace: averages of modes don't see it.
    """
    graded, empty = [], []
    for n in dims:
        squares = np.arange(n, 0.0, -1.0) ** 2
        graded.append(np.diag(squares))
        empty.append(1 - np.eye(n))
    # at most a fifth: for sizes up to 3 the first term stays above it, and C definite
    first = np.abs(x[:, 0, :1])
    size = np.clip(first / 10, 0.01, 0.2)
    return kronecker_product(graded) + size[:, :, None] * kronecker_product(empty)


def gram(x) -> np.ndarray:
    """X^T X, exactly symmetric."""
    c = transposed(x) @ x
    return (c + transposed(c)) / 2


def normal(u) -> np.ndarray:
    """Standard normal values of unit coordinates, clipped at 4.76."""
    # a coordinate may be 0 or 1, whose value is infinite
    return ndtri(np.clip(u, 1e-6, 1 - 1e-6))


def normals(*shape, size: float = 1.0) -> Piece:
    """Independent normal entries (R, *shape) of standard deviation `size`."""
    count = math.prod(shape)

    def at(u, values):
        flat = size * normal(u[:, :count])
        return flat.reshape(-1, *shape)

    sizes = " x ".join(map(str, shape))
    return Piece(f"normal arrays {sizes}", at, lambda largest: count, ())


def gradients(
    count: int,
    dims: Any,
    *,
    most: int = 12,
    growth: float = 0.0,
) -> Piece:
    """G (R, count, D), unrolled tensors of the sizes drawn as `dims`, D <= most.

    Normal, of rank one in every unfolding, sparse (a third of the entries), or multiples of the
    identity.

    Sizes trend from 1 to between 10^-growth and 10^growth: a sum then hangs on its first or its
    last gradient. The identity is where Shampoo's bound is attained.
    """

    def at(u, values):
        """G of the kind and the trend that the first two coordinates choose."""
        sizes = dims if isinstance(dims, tuple) else values[str(dims)]
        d = math.prod(sizes)
        numbers = normal(u[:, 2 : 2 + count * most])
        x = numbers.reshape(-1, count, most)[:, :, :d]
        columns = math.prod(sizes[1:])
        ones = np.eye(sizes[0], columns).ravel()
        found = [
            x,
            rank_one(x, sizes),
            np.where(np.abs(x) > 1, x, 0.0),
            x[:, :, :1] * ones,
        ]
        chosen = of_kind(found, u[:, 0])

        last = growth * (2 * u[:, 1:2] - 1)
        trend = 10.0 ** (last * np.linspace(0, 1, count))
        return trend[:, :, None] * chosen

    text = f"{count} gradients (normal, rank one, sparse, identity) of sizes {dims}"
    return Piece(text, at, lambda largest: 2 + count * most, ())


def rank_one(x, sizes) -> np.ndarray:
    """Outer products of vectors (R, N, D), of the first numbers of x (R, N, D).

    The same numbers go into every mode: of sizes (n, n) the matrices are x x^T.
    """
    whole = np.ones((*x.shape[:2], 1))
    for n in sizes:
        own = x[..., None, :n]
        outer = whole[..., :, None] * own
        whole = outer.reshape(*x.shape[:2], -1)
    return whole


@named
def tr(h):
    """the trace"""
    return np.trace(h, axis1=-2, axis2=-1)


@named
def separable(c, dims):
    """C is a Kronecker product of matrices of the sizes dims"""
    tensor = c.reshape(len(c), *dims, *dims)
    k = len(dims)
    alone = np.ones(len(c), bool)
    for i in range(k):
        # mode i against all others: a product iff it splits off for every i
        rows = 1 + i
        columns = rows + k
        pair = np.moveaxis(tensor, (rows, columns), (1, 2))
        turned = pair.reshape(len(c), dims[i] ** 2, -1)
        s = np.linalg.svd(turned, compute_uv=False)
        # rank one to rounding: products of a few matrices of condition 1e4
        rounding = 1e-11 * s[:, :1]
        others = s[:, 1:]
        alone &= (others <= rounding).all(-1)
    return alone


def unit(c) -> np.ndarray:
    """C over its trace, 0 for 0: what is compared, so that tolerances mean shares."""
    trace = np.trace(c, axis1=-2, axis2=-1)
    size = np.where(trace > 0, trace, 1.0)
    return c / size[:, None, None]


def tnt(c, sizes) -> np.ndarray:
    """F_TNT = M_1 kron ... kron M_k / tau^(k-1), (R, D, D); 0 for C = 0. tr F_TNT = tr C = tau."""
    return kronecker_product(tnt_factors(c, sizes))


@named
def share(c):
    """C / tr C, 0 for 0"""
    return unit(c)


@named
def product_of_modes(c, dims):
    """F_TNT / tr C"""
    return unit(tnt(c, dims))


def perturbed(factors, z, t) -> np.ndarray:
    """The product of exp(t S) U exp(t S), (R, D, D), S symmetric from the corner of z (R, 4, 4).

    factors U (R, n, n), n <= 4; t (R,). Every positive definite U' of the size is reached by some
    S, and the result stays definite however large t is.
    """
    moved = []
    for factor in factors:
        n = factor.shape[-1]
        corner = z[:, :n, :n]
        lam, q = np.linalg.eigh(corner + transposed(corner))
        sizes = np.exp(t[:, None] * lam)
        grown = (q * sizes[:, None, :]) @ transposed(q)
        moved.append(grown @ factor @ grown)
    whole = kronecker_product(moved)
    return (whole + transposed(whole)) / 2


def from_inverse(a, h) -> np.ndarray:
    """|A^(1/2) H A^(1/2) - I|_F, (R,): 0 iff H = A^-1."""
    root = symmetric_power(a, 0.5)
    gap = root @ h @ root - np.eye(a.shape[-1])
    return np.linalg.norm(gap, axis=(-2, -1))

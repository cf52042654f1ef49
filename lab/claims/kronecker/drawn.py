"""What the claims about Kronecker products quantify over: second moments of tensors, gradients."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtri

from lab.claims import Piece, named
from lab.linalg import transposed
from lab.theory.kronecker.approximations import tnt_factors
from lab.theory.kronecker.moments import kronecker_product

PUBLISHED = "Ren & Goldfarb 2021, Tensor Normal Training"
DENSE = ("gaussian", "ill-conditioned")
SINGULAR = ("low rank", "rank one", "diagonal")
SEPARABLE = ("separable", "identity")


def second_moments(
    dims,
    kinds: tuple[str, ...] = DENSE + SINGULAR + SEPARABLE,
    *,
    most: int = 12,
    decades: float = 3.0,
) -> Piece:
    """C (R, D, D) of tensors of the sizes dims, drawn or given, D <= most, of size 10^-decades ...
    10^decades: of D gaussian gradients, ill-conditioned (1e6), of few or one, diagonal with zeros,
    Kronecker products, the identity, 0."""

    def at(u, values):
        sizes = dims if isinstance(dims, tuple) else values[str(dims)]
        rows = normal(u[:, 2 : 2 + most * most]).reshape(-1, most, most)
        d = math.prod(sizes)
        found = moments_of(rows[:, :d, :d], sizes)
        c = np.stack([found[kind] for kind in kinds])
        which = np.minimum((u[:, 0] * len(kinds)).astype(int), len(kinds) - 1)
        scale = 10.0 ** (decades * (2 * u[:, 1] - 1))
        return scale[:, None, None] * c[which, np.arange(len(u))]

    text = f"second moments ({', '.join(kinds)}) of tensors {dims}"
    return Piece(text, at, lambda largest: 2 + most * most, ())


def moments_of(x, dims) -> dict[str, np.ndarray]:
    """Second moments (R, D, D) of every kind from normal numbers (R, D, D)."""
    d = x.shape[-1]
    few = max(d // 2, 1)
    place = np.arange(d) / max(d - 1, 1)
    # three decades of the rows are six of C
    scaled = x * 10.0 ** (-3 * place)[:, None]
    mixed = np.linalg.qr(x)[0]
    sparse = np.where(np.abs(x[:, 0]) < 0.4, 0.0, x[:, 0] ** 2)
    sparse[:, 0] += 0.1
    return {
        "gaussian": gram(x),
        "ill-conditioned": gram(transposed(mixed * 10.0 ** (-3 * place))),
        "low rank": gram(x[:, :few]),
        "rank one": gram(x[:, :1]),
        "diagonal": sparse[:, :, None] * np.eye(d),
        "separable": kronecker_product([gram(x[:, :n, :n] + np.eye(n)) for n in dims]),
        "identity": np.broadcast_to(np.eye(d), x.shape),
        "graded": gram(scaled),
        "weak": weak(x, dims),
        "offset": offset(x, dims),
        "zero": 0.0 * x,
    }


def weak(x, dims) -> np.ndarray:
    """I + d Z kron ... kron Z, Z = diag(1, -1, 0, ...), 0.01 < d < 0.5."""
    signs = [np.eye(n)[0] - (np.eye(n)[1] if n > 1 else 0.0) for n in dims]
    diagonal = signs[0]
    for other in signs[1:]:
        diagonal = np.outer(diagonal, other).ravel()
    size = np.clip(np.abs(x[:, 0, :1]) / 3, 0.01, 0.5)
    return (1 + size * diagonal)[:, :, None] * np.eye(x.shape[-1])


def offset(x, dims) -> np.ndarray:
    """A product of diagonal matrices and X_1 kron ... kron X_k, X_i = 0 on its diagonal."""
    graded = [np.diag(np.arange(n, 0.0, -1.0) ** 2) for n in dims]
    empty = [np.ones((n, n)) - np.eye(n) for n in dims]
    size = np.clip(np.abs(x[:, 0, :1]) / 10, 0.01, 0.2)[:, :, None]
    return kronecker_product(graded) + size * kronecker_product(empty)


def gram(x) -> np.ndarray:
    """X^T X, exactly symmetric."""
    c = transposed(x) @ x
    return (c + transposed(c)) / 2


def normal(u) -> np.ndarray:
    """Standard normal values of unit coordinates, clipped at 4.7."""
    return ndtri(np.clip(u, 1e-6, 1 - 1e-6))


def normals(*shape, size: float = 1.0) -> Piece:
    """Independent normal entries (R, *shape)."""
    count = math.prod(shape)
    return Piece(
        f"normal arrays {' x '.join(map(str, shape))}",
        lambda u, values: size * normal(u[:, :count]).reshape(-1, *shape),
        lambda largest: count,
        (),
    )


def gradients(count: int, dims, *, most: int = 12, growth: float = 0.0) -> Piece:
    """G (R, count, D), unrolled tensors of the sizes drawn as `dims`: normal, of rank one in every
    unfolding, sparse, or multiples of the identity; sizes trend over 10^-growth ... 10^growth."""
    kinds = 4

    def at(u, values):
        sizes = values[str(dims)]
        d = math.prod(sizes)
        x = normal(u[:, 2 : 2 + count * most]).reshape(-1, count, most)[:, :, :d]
        ones = np.eye(sizes[0], math.prod(sizes[1:])).ravel()
        found = [x, rank_one(x, sizes), np.where(np.abs(x) > 1, x, 0.0), x[:, :, :1] * ones]
        which = np.minimum((u[:, 0] * kinds).astype(int), kinds - 1)
        trend = 10.0 ** (growth * (2 * u[:, 1:2] - 1) * np.linspace(0, 1, count))
        return trend[:, :, None] * np.stack(found)[which, np.arange(len(u))]

    text = f"{count} gradients (normal, rank one, sparse, identity) of sizes {dims}"
    return Piece(text, at, lambda largest: 2 + count * most, ())


def rank_one(x, sizes) -> np.ndarray:
    """Outer products of vectors, of the first numbers of x (R, N, D)."""
    whole = np.ones((*x.shape[:2], 1))
    for n in sizes:
        outer = whole[..., :, None] * x[..., None, :n]
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
        pair = np.moveaxis(tensor, (1 + i, 1 + k + i), (1, 2))
        s = np.linalg.svd(pair.reshape(len(c), dims[i] ** 2, -1), compute_uv=False)
        # rank one to rounding: products of a few matrices of condition 1e4
        alone &= (s[:, 1:] <= 1e-11 * s[:, :1]).all(-1)
    return alone


def unit(c) -> np.ndarray:
    """C over its trace, 0 for 0: what is compared, so that tolerances mean shares."""
    size = np.trace(c, axis1=-2, axis2=-1)[:, None, None]
    return c / np.where(size > 0, size, 1.0)


def tnt(c, sizes) -> np.ndarray:
    """F_TNT, (R, D, D)."""
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
    """The product of exp(t S) U exp(t S), S symmetric from the corner of z (R, 4, 4)."""
    moved = []
    for factor in factors:
        n = factor.shape[-1]
        s = z[:, :n, :n] + transposed(z[:, :n, :n])
        lam, q = np.linalg.eigh(s)
        grown = (q * np.exp(t[:, None] * lam)[:, None, :]) @ transposed(q)
        moved.append(grown @ factor @ grown)
    whole = kronecker_product(moved)
    return (whole + transposed(whole)) / 2
